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
)

// errClosed is the answer to a request that comes after Close.
var errClosed = errors.New("engine is closed")

// scheduler hands the windows of many requests to few streams, one window at a time: every other one is of the request that
// came first, the others have theirs in turn. So a single review waits for two windows of each other request at most, never
// for a large file; and a request is done by the time in which twice the windows run that were there before it and its own,
// however many come after it. (In turn alone, a request of n windows waits for n of every other: with 64 requests of 1 to 32 texts
// always there, that makes the slowest of a hundred take 4.1 times the mean; this, 1.7 times.)
//
// It holds no queue of its own making: what waits is what callers of run hold, and the bound on those is the caller's (api:
// requests in flight).
type scheduler struct {
	mu     sync.Mutex
	ring   []*job // jobs with windows not yet handed out; ring[turn] is next of those in turn
	turn   int
	jobs   int      // that came, ever
	inTurn bool     // the window before was the first one's: the next is in turn
	idle   []runner // the last was busy last; none while a window waits that nobody is about to take
	closed bool
	busy   sync.WaitGroup // runners that are not idle
}

// job is one call of run. Its fields belong to the scheduler's mutex; only windows and logits are read and
// written outside, each element by the one stream that took it.
type job struct {
	number  int // in the order in which they came
	windows [][]int32
	logits  [][2]float32
	next    int       // first window not handed out
	busy    int       // windows in streams
	begun   time.Time // when the first window was handed out
	err     error
	done    chan struct{} // closed once finished
}

// runner runs one window at a time.
type runner interface {
	run(window []int32) ([2]float32, error)
}

// run gives the logits of each window. It returns early when ctx is done: windows not begun are dropped,
// those in a stream (some milliseconds each) are waited for, because they still read the caller's memory.
func (s *scheduler) run(ctx context.Context, windows [][]int32) ([][2]float32, error) {
	if len(windows) == 0 {
		return nil, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	asked := time.Now()
	j := &job{windows: windows, logits: make([][2]float32, len(windows)), done: make(chan struct{})}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, errClosed
	}
	s.jobs++
	j.number = s.jobs
	// Behind everyone who waits already: just before the one whose turn it is.
	s.ring = slices.Insert(s.ring, s.turn, j)
	s.turn = (s.turn + 1) % len(s.ring)
	if len(windows) == 1 && len(s.idle) > 0 { // on this thread: another has to wake first, on a core whose caches are cold
		r := s.wake()
		s.step(r)
		s.rest(r)
	} else {
		for range min(len(windows), len(s.idle)) {
			r := s.wake()
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
		if j.begun.IsZero() { // given up before its turn
			j.begun = now
		}
		t.Add(trace.Span{Phase: trace.Queue, Begin: asked, End: j.begun})
		t.Add(trace.Span{Phase: trace.Run, Begin: j.begun, End: now, Windows: len(windows), Tokens: tokens(windows)})
	}
	return j.logits, j.err
}

func tokens(windows [][]int32) (n int) {
	for _, w := range windows {
		n += len(w)
	}
	return n
}

// wake takes the runner whose caches are warmest. The caller holds the mutex, and one is idle.
func (s *scheduler) wake() (r runner) {
	last := len(s.idle) - 1
	r, s.idle = s.idle[last], s.idle[:last]
	s.busy.Add(1)
	return r
}

// rest gives a runner back, or has it go on elsewhere where a window waits by now. The caller holds the mutex.
func (s *scheduler) rest(r runner) {
	if len(s.ring) > 0 {
		go s.serve(r)
		return
	}
	s.idle = append(s.idle, r)
	s.busy.Done()
}

// serve runs windows until none waits.
func (s *scheduler) serve(r runner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.ring) > 0 {
		s.step(r)
	}
	s.rest(r)
}

// step runs the next window. The caller holds the mutex, which is free meanwhile, and ring is not empty.
func (s *scheduler) step(r runner) {
	at := s.take()
	j := s.ring[at]
	i := j.next
	if i == 0 {
		j.begun = time.Now()
	}
	j.next++
	j.busy++
	if j.next == len(j.windows) {
		s.remove(at)
	}

	s.mu.Unlock()
	logits, err := tried(r, j.windows[i])
	s.mu.Lock()

	j.logits[i] = logits
	j.busy--
	if err != nil {
		s.drop(j, err)
	}
	if j.finished() {
		close(j.done)
	}
}

// tried is run with a panic as an error: it would end the server, or, on the thread that asked, lose the runner.
func tried(r runner, window []int32) (logits [2]float32, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return r.run(window)
}

// take says whose window is handed out next, and whose turn it is after that. The caller holds the mutex, and ring is not empty.
func (s *scheduler) take() (at int) {
	first := 0
	for i, j := range s.ring {
		if j.number < s.ring[first].number {
			first = i
		}
	}
	if s.inTurn = !s.inTurn; s.inTurn || len(s.ring) == 1 {
		return first
	}
	if at = s.turn; at == first { // it has its own
		at = (at + 1) % len(s.ring)
	}
	s.turn = (at + 1) % len(s.ring)
	return at
}

// finished says that nothing is left to hand out and no stream is busy with it.
func (j *job) finished() bool { return j.next == len(j.windows) && j.busy == 0 }

// drop gives up what is left of j; the first reason stays. The caller holds the mutex.
func (s *scheduler) drop(j *job, err error) {
	if j.err == nil {
		j.err = err
	}
	if i := slices.Index(s.ring, j); i >= 0 {
		s.remove(i)
	}
	j.next = len(j.windows)
}

// remove takes ring[i] out; the turn stays with whoever had it. The caller holds the mutex.
func (s *scheduler) remove(i int) {
	s.ring = slices.Delete(s.ring, i, i+1)
	if i < s.turn {
		s.turn--
	}
	if s.turn >= len(s.ring) {
		s.turn = 0
	}
}

// close finishes what waits, refuses what comes, and returns when every stream has ended.
func (s *scheduler) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.busy.Wait()
}
