package store_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/model/store"
	"reviewlens/api/model/store/storetest"
)

// A place that fails for a while is retried with growing delays, one that always fails is not.
func TestFetchTriesAgain(t *testing.T) {
	for _, tt := range []struct {
		name     string
		failures int32
		err      error
		want     string        // in the error; "" for none
		least    time.Duration // the back-off doubles from 0.2 s, half of it random
		most     time.Duration
	}{
		{"once", 1, errors.New("503"), "", 100 * time.Millisecond, 300 * time.Millisecond},
		{"five times", 5, errors.New("503"), "", 3100 * time.Millisecond, 9300 * time.Millisecond},
		{"for ever", 1000, errors.New("503"), "6 attempts at bytes 0 to 4 of",
			3100 * time.Millisecond, 9300 * time.Millisecond},
		{"stalls twice", 2, nil, "", 30 * time.Second, 31 * time.Second},
		{"stalls for ever", 1000, nil, "no data arrives", 90 * time.Second, 100 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := new(storetest.Memory)
				s := store.New(p, nil)
				id := storetest.Publish(t, s, "graph")
				var requests atomic.Int32
				p.Fail(func(ctx context.Context, name string) error {
					if !strings.HasSuffix(name, ".onnx") || requests.Add(1) > tt.failures {
						return nil
					}
					if tt.err == nil {
						<-ctx.Done()
						return ctx.Err()
					}
					return tt.err
				})
				start := time.Now()
				m, free, err := s.Load(t.Context(), id)
				if took := time.Since(start); took < tt.least || took > tt.most {
					t.Errorf("it took %v, want %v to %v", took, tt.least, tt.most)
				}
				if tt.want != "" {
					if err == nil || !strings.Contains(err.Error(), tt.want) {
						t.Errorf("Load = %v, want %q", err, tt.want)
					}
					return
				}
				if err != nil || string(m.ONNX) != "graph" {
					t.Fatalf("Load = %v, %v", m, err)
				}
				free()
			})
		})
	}
}

func TestFetchEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := new(storetest.Memory)
		s := store.New(p, nil)
		id := storetest.Publish(t, s, "graph")
		p.Fail(func(ctx context.Context, name string) error {
			if strings.HasSuffix(name, ".onnx") {
				<-ctx.Done()
			}
			return ctx.Err()
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if _, _, err := s.Load(ctx, id); !errors.Is(err, context.DeadlineExceeded) ||
			time.Since(start) != time.Second {
			t.Errorf("Load = %v after %v", err, time.Since(start))
		}
	})
}
