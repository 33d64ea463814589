package jobs

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// A worker that makes no progress and ignores its context fails its job after a bounded time, frees
// its slot, and does not block Close.
func TestWorkerWithoutProgress(t *testing.T) {
	e := newFake(t, func(context.Context) error { return nil })
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		held := make(chan struct{})
		e.hold = func(context.Context) error { <-held; return nil }
		l := open(t, dir, func(b *Bounds) { b.Running = 1 })
		l.Start(scoring.SingleModel(e))
		stuck := create(t, l, "me", file)
		next := create(t, l, "me", file)
		time.Sleep(stallTime - time.Minute)
		if j, err := l.Get(t.Context(), "me", stuck.ID); err != nil || j.State != wire.Running {
			t.Errorf("before the bound the job is %+v, %v", j, err)
		}
		time.Sleep(stallTime/6 + stopTime)
		synctest.Wait()
		j, err := l.Get(t.Context(), "me", stuck.ID)
		if err != nil || j.State != wire.Failed || !strings.Contains(j.Error.Detail, "no progress for 1h") {
			t.Errorf("behind the bound the job is %+v, %v", j, err)
		}
		if j, err := l.Get(t.Context(), "me", next.ID); err != nil || j.State != wire.Running {
			t.Errorf("the next job is %+v, %v", j, err)
		}
		if err := l.Delete(t.Context(), "me", next.ID); err != nil {
			t.Error(err)
		}
		time.Sleep(pollInterval + stopTime)
		last := create(t, l, "me", file)
		time.Sleep(pollInterval)
		synctest.Wait()
		if j, err := l.Get(t.Context(), "me", last.ID); err != nil || j.State != wire.Running {
			t.Errorf("the job behind a deleted one is %+v, %v", j, err)
		}
		start := time.Now()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took > stopTime+time.Second {
			t.Errorf("Close took %v", took)
		}
		close(held)
		synctest.Wait()
		if n := l.bytes.Load(); n != 2*int64(len(file)) { // of the first and the last job
			t.Errorf("%d bytes are counted, want those of two files", n)
		}
	})
}

// A job that waits for memory, or for its owner's rate, is not stalled, however long it waits, and
// holds no slot that another owner's job needs.
func TestWaitsAreNoStall(t *testing.T) {
	e := newFake(t, func(context.Context) error { return nil })
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		const long = 3 * stallTime
		e.hold = func(ctx context.Context) error {
			if scoring.Owner(ctx) == "slow" {
				done := scoring.Waiting(ctx) // as for the rate of a key
				time.Sleep(long)
				done()
			}
			return nil
		}
		l := open(t, dir, func(b *Bounds) { b.Running = 2 })
		defer l.Close()
		l.Reserve = func(ctx context.Context, _ Size) (func(), error) {
			if scoring.Owner(ctx) == "large" {
				time.Sleep(long)
			}
			return func() {}, ctx.Err()
		}
		l.Start(scoring.SingleModel(e))
		waiting := []wire.Job{create(t, l, "slow", file), create(t, l, "slow", file),
			create(t, l, "slow", file)}
		time.Sleep(2 * pollInterval)
		other := create(t, l, "other", file)
		time.Sleep(2 * pollInterval)
		synctest.Wait()
		if j, err := l.Get(t.Context(), "other", other.ID); err != nil || j.State != wire.Finished {
			t.Errorf("beside jobs that wait another is %+v, %v", j, err)
		}
		if j, err := l.Get(t.Context(), "slow", waiting[2].ID); err != nil || j.State != wire.Waiting {
			t.Errorf("a third job of their owner is %+v, %v", j, err)
		}
		large := create(t, l, "large", file)
		time.Sleep(3 * long)
		synctest.Wait()
		for _, j := range waiting {
			if j, err := l.Get(t.Context(), "slow", j.ID); err != nil || j.State != wire.Finished {
				t.Errorf("a job that waited for its rate is %+v, %v", j, err)
			}
		}
		if j, err := l.Get(t.Context(), "large", large.ID); err != nil || j.State != wire.Finished {
			t.Errorf("a job that waited for memory is %+v, %v", j, err)
		}
	})
}

// lateModels have their model after some time.
type lateModels struct {
	scoring.Models
	from time.Time
}

func (m lateModels) Acquire(ctx context.Context, id string) (scoring.Engine, func(), error) {
	if time.Now().Before(m.from) {
		return nil, nil, &wire.Error{Code: wire.NotReady, Detail: "The model is being loaded."}
	}
	return m.Models.Acquire(ctx, id)
}

// A job waits for a model that is busy or being loaded, and continues where it was; a model that
// stays so finally fails it.
func TestBusyModelIsWaitedFor(t *testing.T) {
	e := newFake(t, func(context.Context) error { return nil })
	for _, tt := range []struct {
		busy time.Duration
		want wire.JobState
	}{{maxRetryTime / 2, wire.Finished}, {2 * maxRetryTime, wire.Failed}} {
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			ready := time.Now().Add(tt.busy)
			e.texts.Store(0)
			var charged, refused atomic.Int64
			e.hold = func(ctx context.Context) error {
				if !scoring.Charged(ctx) {
					charged.Add(1)
				}
				if e.texts.Load() > 0 && time.Now().Before(ready.Add(tt.busy)) {
					refused.Add(1)
					return &wire.Error{Code: wire.Overloaded, Detail: "The endpoint throttles."}
				}
				return nil
			}
			l := open(t, dir, nil)
			defer l.Close()
			l.Start(lateModels{scoring.SingleModel(e), ready})
			var b strings.Builder
			for i := range 3000 {
				fmt.Fprintf(&b, "good lid %d\n", i)
			}
			j := create(t, l, "me", "review\n"+b.String())
			time.Sleep(2*tt.busy + 2*maxPause + 2*pollInterval)
			synctest.Wait()
			got, err := l.Get(t.Context(), "me", j.ID)
			if err != nil || got.State != tt.want {
				t.Errorf("busy for %v, the job is %+v, %v", tt.busy, got, err)
			}
			if tt.want == wire.Finished && (refused.Load() == 0 || charged.Load() > 3000/100) {
				t.Errorf("%d calls were refused, %d charged", refused.Load(), charged.Load())
			}
			if got.Error != nil && !strings.Contains(got.Error.Detail, "being loaded") {
				t.Errorf("it failed for %+v", got.Error)
			}
		})
	}
}
