package infer

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"reviewlens/api/trace"
	"reviewlens/reviews/aspects"
	"reviewlens/tokenizer/batch"
)

// errClosed is the error of a request after Close.
var errClosed = errors.New("engine is closed")

// scheduler distributes the windows of many requests to a few streams, one window at a time. It
// alternates FIFO and round-robin: every other window belongs to the oldest request, the ones
// between to each of the others in turn. So a single review waits for at most two windows of every
// other request, never for a large file; and a request completes after at most twice the windows
// queued ahead of it plus its own, whatever arrives later. (With round-robin alone, a request of n
// windows waits for n windows of every other: with 64 requests of 1 to 32 texts always in flight,
// the slowest of a hundred takes 4.1 times the mean; with this, 1.7 times.)
//
// It has no queue of its own: waiting windows are held by the callers of run, which bound their
// number (package admission).
type scheduler struct {
	mu     sync.Mutex
	ring   []*job // jobs with windows not yet handed out; ring[turn] is next in round-robin order
	turn   int
	jobs   int      // number of jobs so far
	inTurn bool     // the previous window was the oldest job's: the next is by round-robin
	idle   []runner // a stack, the most recently busy last; empty while an unclaimed window waits
	closed bool
	busy   sync.WaitGroup // runners that are not idle
}

// job is one call of run. Its fields are guarded by the scheduler's mutex, except that each element
// of windows and results is read and written by the one stream that took it.
type job struct {
	number  int // in order of arrival
	windows [][]int32
	tags    bool // the windows are run for spans instead of scores
	results []result
	next    int       // first window not handed out yet
	busy    int       // windows in streams
	started time.Time // when the first window was handed out
	err     error
	done    chan struct{} // closed once the job is finished
}

// runner runs one window at a time through the model or, with tags, the aspect model.
type runner interface {
	run(window []int32, tags bool) (result, error)
}

// result is the output of a graph for a window.
type result struct {
	logits [2]float32     // {negative, positive}
	stars  [5]float32     // logits of one to five stars; zeros if the graph has none
	spans  []aspects.Span // of the aspect model; their Window is 0
}

// run returns the result of each window. It returns early when ctx is done: windows not started are
// dropped; it waits for those in a stream (some milliseconds each), which still read the caller's
// memory.
func (s *scheduler) run(ctx context.Context, windows [][]int32, tags bool) ([]result, error) {
	if len(windows) == 0 {
		return nil, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	start := time.Now()
	j := &job{windows: windows, tags: tags, results: make([]result, len(windows)),
		done: make(chan struct{})}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, errClosed
	}
	s.jobs++
	j.number = s.jobs
	// At the end of the round-robin order, which is just before the next job.
	s.ring = slices.Insert(s.ring, s.turn, j)
	s.turn = (s.turn + 1) % len(s.ring)
	// on this goroutine: another would have to wake first, on a core with cold caches
	if len(windows) == 1 && len(s.idle) > 0 {
		r := s.takeIdle()
		s.step(r)
		s.putIdle(r)
	} else {
		for range min(len(windows), len(s.idle)) {
			r := s.takeIdle()
			go s.serve(r)
		}
	}
	s.mu.Unlock()

	select {
	case <-j.done:
	case <-ctx.Done():
		s.mu.Lock()
		if !j.finished() {
			s.drop(j, ctx.Err())
			if j.finished() {
				close(j.done)
			}
		}
		s.mu.Unlock()
		<-j.done
	}
	if t := trace.From(ctx); t != nil {
		now := time.Now()
		if j.started.IsZero() { // dropped before its first window
			j.started = now
		}
		t.Add(trace.Span{Phase: trace.Queue, Begin: start, End: j.started})
		t.Add(trace.Span{Phase: trace.Run, Begin: j.started, End: now, Windows: len(windows), Tokens: batch.Tokens(windows)})
	}
	return j.results, j.err
}

// takeIdle returns the idle runner with the warmest caches. The mutex must be held and at least one
// runner idle.
func (s *scheduler) takeIdle() (r runner) {
	last := len(s.idle) - 1
	r, s.idle = s.idle[last], s.idle[:last]
	s.busy.Add(1)
	return r
}

// putIdle makes a runner idle, or restarts it if windows are waiting. The mutex must be held.
func (s *scheduler) putIdle(r runner) {
	if len(s.ring) > 0 {
		go s.serve(r)
		return
	}
	s.idle = append(s.idle, r)
	s.busy.Done()
}

// serve runs windows until none is waiting.
func (s *scheduler) serve(r runner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.ring) > 0 {
		s.step(r)
	}
	s.putIdle(r)
}

// step runs the next window. The mutex must be held, is released while the window runs, and ring
// must not be empty.
func (s *scheduler) step(r runner) {
	at := s.next()
	j := s.ring[at]
	i := j.next
	if i == 0 {
		j.started = time.Now()
	}
	j.next++
	j.busy++
	if j.next == len(j.windows) {
		s.remove(at)
	}

	s.mu.Unlock()
	got, err := runRecovered(r, j.windows[i], j.tags)
	s.mu.Lock()

	j.results[i] = got
	j.busy--
	if err != nil {
		s.drop(j, err)
	}
	if j.finished() {
		close(j.done)
	}
}

// runRecovered runs a window and converts a panic into an error: it would end the server or, on the
// caller's goroutine, lose the runner.
func runRecovered(r runner, window []int32, tags bool) (got result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return r.run(window, tags)
}

// next returns the index in ring of the job whose window is next, and advances the order. The mutex
// must be held, and ring must not be empty.
func (s *scheduler) next() (at int) {
	first := 0
	for i, j := range s.ring {
		if j.number < s.ring[first].number {
			first = i
		}
	}
	if s.inTurn = !s.inTurn; s.inTurn || len(s.ring) == 1 {
		return first
	}
	if at = s.turn; at == first { // it is the oldest job as well
		at = (at + 1) % len(s.ring)
	}
	s.turn = (at + 1) % len(s.ring)
	return at
}

// finished reports whether all windows of the job are handed out and none is in a stream.
func (j *job) finished() bool { return j.next == len(j.windows) && j.busy == 0 }

// drop abandons the rest of j; the first error is kept. The mutex must be held.
func (s *scheduler) drop(j *job, err error) {
	if j.err == nil {
		j.err = err
	}
	if i := slices.Index(s.ring, j); i >= 0 {
		s.remove(i)
	}
	j.next = len(j.windows)
}

// remove deletes ring[i] and keeps turn at the same job. The mutex must be held.
func (s *scheduler) remove(i int) {
	s.ring = slices.Delete(s.ring, i, i+1)
	if i < s.turn {
		s.turn--
	}
	if s.turn >= len(s.ring) {
		s.turn = 0
	}
}

// close lets waiting windows finish, refuses new requests, and returns when every stream has ended.
func (s *scheduler) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.busy.Wait()
}
