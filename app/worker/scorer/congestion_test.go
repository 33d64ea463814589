package scorer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// processors is a server that scores 10,000 tokens per second on each of n, in turn, and refuses
// more than most.
type processors struct {
	free    chan struct{}
	most    int32
	inside  atomic.Int32
	refused atomic.Int32
}

func (s *processors) do(tokens int) error {
	defer s.inside.Add(-1)
	if s.inside.Add(1) > s.most {
		s.refused.Add(1)
		return errors.New("busy")
	}
	s.free <- struct{}{}
	time.Sleep(20*time.Millisecond + time.Duration(tokens)*100*time.Microsecond)
	<-s.free
	return nil
}

// A congestion without measurements finds how many requests in flight the server is worth.
func TestCongestion(t *testing.T) {
	for _, c := range []struct {
		processors, most int
		low, high        int // bounds of the final limit
		perSecond        int // requests of 2,000 tokens, at least: 0.22 s each on a processor
		refused          int32
	}{
		{processors: 1, most: 64, low: 2, high: 5, perSecond: 4},
		{processors: 2, most: 64, low: 4, high: 8, perSecond: 8},
		{processors: 100, most: 1000, low: MaxInFlight, high: MaxInFlight, perSecond: 50},
		{processors: 4, most: 4, low: 1, high: 6, perSecond: 10, refused: 150},
	} {
		t.Run(fmt.Sprintf("%d processors, at most %d", c.processors, c.most), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &processors{free: make(chan struct{}, c.processors), most: int32(c.most)}
				p := NewCongestion()
				ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
				defer cancel()
				var all sync.WaitGroup
				var done atomic.Int32
				for range MaxInFlight {
					all.Go(func() {
						for p.Acquire(ctx) == nil {
							start := time.Now()
							if s.do(2000) != nil {
								p.refused(start)
								time.Sleep(500 * time.Millisecond)
							} else {
								p.succeeded(time.Since(start), 2000)
								done.Add(1)
							}
							p.Release()
						}
					})
				}
				all.Wait()
				if limit := int(p.limit); limit < c.low || limit > c.high {
					t.Errorf("%d requests travel, want %d to %d", limit, c.low, c.high)
				}
				if perSecond := int(done.Load()) / 90; perSecond < c.perSecond {
					t.Errorf("%d requests a second, want %d", perSecond, c.perSecond)
				}
				if s.refused.Load() > c.refused {
					t.Errorf("%d were refused, want at most %d", s.refused.Load(), c.refused)
				}
			})
		})
	}
}

func TestCongestionHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewCongestion()
		p.Hold(true)
		entered := false
		go func() { entered = p.Acquire(t.Context()) == nil }()
		time.Sleep(time.Hour)
		if entered {
			t.Error("a request left while they are held")
		}
		p.Hold(false)
		synctest.Wait()
		if !entered {
			t.Error("the request should leave when they are let go")
		}
	})
}
