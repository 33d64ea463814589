package infer

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fake runs a window by sleeping a second (of the bubble's time) and returning its first ID; a
// negative ID fails.
type fake struct{ log func(id int32) }

var errFake = errors.New("fake")

func (f fake) run(window []int32, _ bool) (result, error) {
	f.log(window[0])
	time.Sleep(time.Second)
	if window[0] < 0 {
		return result{}, errFake
	}
	return of(window[0]), nil
}

// of returns the result of a window that begins with id.
func of(id int32) result { return result{logits: [2]float32{float32(id), 1}} }

// startFakes returns a scheduler over n fakes, and the IDs that were run, in order.
func startFakes(n int) (*scheduler, func() []int32) {
	var mu sync.Mutex
	var ran []int32
	log := func(id int32) { mu.Lock(); ran = append(ran, id); mu.Unlock() }
	return &scheduler{idle: slices.Repeat([]runner{fake{log}}, n)}, func() []int32 { mu.Lock(); defer mu.Unlock(); return slices.Clone(ran) }
}

func windows(ids ...int32) (w [][]int32) {
	for _, id := range ids {
		w = append(w, []int32{id})
	}
	return w
}

func TestSchedulerAnswersInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := startFakes(3)
		defer s.close()
		got, err := s.run(t.Context(), windows(5, 4, 3, 2, 1, 0, 9), false)
		want := []result{of(5), of(4), of(3), of(2), of(1), of(0), of(9)}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("run = %v, %v, want %v", got, err, want)
		}
	})
}

func TestSchedulerIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ran := startFakes(1)
		defer s.close()
		var calls sync.WaitGroup
		send := func(w ...int32) {
			calls.Go(func() {
				if _, err := s.run(t.Context(), windows(w...), false); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		send(10, 11, 12, 13, 14) // a large file
		send(20, 21, 22)         // another
		send(30)                 // one review
		start := time.Now()
		calls.Wait()
		// 10 is in the stream when the others arrive; from then on the first request has every
		// other window, and the others alternate.
		if want := []int32{10, 20, 11, 30, 12, 21, 13, 22, 14}; !slices.Equal(ran(), want) {
			t.Errorf("ran %v, want %v", ran(), want)
		}
		if took := time.Since(start); took != 9*time.Second {
			t.Errorf("took %v, want 9 s: a window a second", took)
		}
	})
}

// However many requests arrive after one, and however small, it is done by the time in which twice
// the windows queued ahead of it and its own run.
func TestSchedulerBoundsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := startFakes(1)
		defer s.close()
		random := rand.New(rand.NewPCG(3, 4))
		var mu sync.Mutex
		before := 0 // windows in the scheduler
		ctx, stop := context.WithCancel(t.Context())
		var callers sync.WaitGroup
		slowest := 0.0
		for range 20 { // each sends another request soon
			callers.Go(func() {
				for ctx.Err() == nil {
					mu.Lock()
					pause := time.Duration(random.IntN(1e9)) // so that their order is known
					mu.Unlock()
					time.Sleep(pause)
					mu.Lock()
					n := 1 + random.IntN(8)
					if random.IntN(4) == 0 {
						n *= 4
					}
					before += n
					most := time.Duration(2*before) * time.Second
					mu.Unlock()
					start := time.Now()
					w := windows(make([]int32, n)...)
					if _, err := s.run(t.Context(), w, false); err != nil {
						t.Error(err)
					}
					took := time.Since(start)
					mu.Lock()
					before -= n // more than is left meanwhile, so that the bound is generous
					slowest = max(slowest, took.Seconds()/most.Seconds())
					mu.Unlock()
					if took > most {
						t.Errorf("%d windows took %v, want %v at most", n, took, most)
					}
				}
			})
		}
		time.Sleep(20_000 * time.Second)
		stop()
		callers.Wait()
		if slowest < 0.2 {
			t.Errorf("the slowest took %.2f of its bound: the server was never full", slowest)
		}
	})
}

func TestSchedulerUsesEveryStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := startFakes(4)
		defer s.close()
		start := time.Now()
		if _, err := s.run(t.Context(), windows(1, 2, 3, 4, 5, 6, 7, 8), false); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("8 windows on 4 streams took %v, want 2 s", took)
		}
	})
}

func TestSchedulerStopsForTheCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ran := startFakes(1)
		defer s.close()
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := s.run(ctx, windows(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), false)
		if !errors.Is(err, context.DeadlineExceeded) || len(ran()) != 3 || time.Since(start) != 3*time.Second {
			t.Errorf("run = %v after %v and %d windows, "+
				"want deadline exceeded once the third window is done", err, time.Since(start), len(ran()))
		}
		if _, err := s.run(ctx, windows(1), false); !errors.Is(err, context.DeadlineExceeded) ||
			len(ran()) != 3 {
			t.Errorf("run with a context that is done = %v, want its error and nothing run", err)
		}
		if got, err := s.run(t.Context(), windows(7), false); err != nil || got[0].logits[0] != 7 {
			t.Errorf("the next request got %v, %v", got, err)
		}
	})
}

func TestSchedulerGivesUpOnAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ran := startFakes(2)
		defer s.close()
		w := windows(0, -1, 2, 3, 4, 5, 6, 7)
		if _, err := s.run(t.Context(), w, false); !errors.Is(err, errFake) {
			t.Errorf("run = %v, want %v", err, errFake)
		}
		if n := len(ran()); n > 3 {
			t.Errorf("%d windows were run, though the second failed", n)
		}
	})
}

// A fake panics on a window without IDs. Its runner is returned, on the calling goroutine or
// another.
func TestSchedulerOutlivesAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := startFakes(1)
		defer s.close()
		for _, w := range [][][]int32{{{}}, {{}, {1}}} {
			if _, err := s.run(t.Context(), w, false); err == nil ||
				!strings.Contains(err.Error(), "scheduler_test.go") {
				t.Errorf("%d windows: run = %v, want the panic and its place", len(w), err)
			}
			got, err := s.run(t.Context(), windows(7, 8), false)
			if err != nil || !reflect.DeepEqual(got, []result{of(7), of(8)}) {
				t.Errorf("%d windows: run afterwards = %v, %v", len(w), got, err)
			}
		}
	})
}

func TestSchedulerClosesAfterWhatItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := startFakes(1)
		result := make(chan error, 1)
		go func() {
			_, err := s.run(t.Context(), windows(1, 2, 3), false)
			result <- err
		}()
		synctest.Wait()
		s.close()
		if err := <-result; err != nil {
			t.Errorf("the request in flight got %v", err)
		}
		if _, err := s.run(t.Context(), windows(1), false); !errors.Is(err, errClosed) {
			t.Errorf("run after close = %v, want %v", err, errClosed)
		}
	})
}

// Whatever arrives, is cancelled or fails concurrently, each run returns, with the results of its
// own windows.
func TestSchedulerUnderManyRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := startFakes(3)
		defer s.close()
		random := rand.New(rand.NewPCG(1, 2))
		var calls sync.WaitGroup
		for range 300 {
			ids := make([]int32, random.IntN(20))
			fails := false
			for i := range ids {
				ids[i] = random.Int32N(1000) - 1
				fails = fails || ids[i] < 0
			}
			begin := time.Duration(random.IntN(500)) * time.Second
			timeout := time.Duration(random.IntN(60))*time.Second + time.Second/2
			calls.Go(func() {
				time.Sleep(begin)
				ctx, cancel := context.WithTimeout(t.Context(), timeout)
				defer cancel()
				got, err := s.run(ctx, windows(ids...), false)
				if err != nil {
					if !errors.Is(err, errFake) && !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errFake) && !fails {
						t.Errorf("run(%v) = %v", ids, err)
					}
					return
				}
				for i, id := range ids {
					if got[i].logits[0] != float32(id) {
						t.Errorf("window %d of %v got the answer of %v", i, ids, got[i].logits[0])
					}
				}
			})
		}
		calls.Wait()
		if len(s.ring) != 0 {
			t.Errorf("%d jobs left in the ring", len(s.ring))
		}
	})
}
