// Package engines runs the models of a store: the current one always, others when a request names them.
//
// A Set looks at the store's pointer every Interval. When that names another model, the model is loaded,
// proved and opened beside the one that serves, which a request notices only by the id in its answer. One that
// fails anything, its golden texts above all, never serves: the Set stays with what it has, logs why, says so
// in Status, and tries again ever more rarely. A Set that starts at such a pointer takes the model before it;
// with nothing that can be loaded at all it is not ready, and keeps trying.
//
// An engine is closed when no request has it, never under one. The current one stays open; another is closed
// once nobody has asked for it for idleClose, or when its place among the most that may be open is needed. So a
// run that is pinned to a model goes on when another becomes current.
package engines

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"reviewlens/api/model"
	"reviewlens/api/model/store"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

const (
	// Interval is how long a change of the pointer may go unnoticed. A look is one small request.
	Interval = 30 * time.Second

	// maxOpen bounds the memory: a full-size fp32 model takes some 300 MB. While a new model becomes current
	// there may be one more.
	maxOpen = 4

	// idleClose is longer than the pause between two requests of a run.
	idleClose = 2 * Interval

	// loadWait is how long a request waits for its model. One from the cache takes a second.
	loadWait = 10 * time.Second

	firstRetry = time.Second      // while no model serves
	maxRetry   = 16 * Interval    // of a model that fails
	maxLoad    = 10 * time.Minute // for a model to arrive and pass
)

// Engine is an engine that can be closed. Close is called once, when no request has the engine.
type Engine interface {
	scoring.Engine
	Close() error
}

// Options of Start.
type Options struct {
	Store *store.Store
	Open  func(context.Context, *model.Model) (Engine, error) // proves the model; must not keep its ONNX
	Log   *slog.Logger
}

// Set is the scoring.Models of a store.
type Set struct {
	o      Options
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	work   sync.WaitGroup
	looked chan struct{} // closed after the first look

	mu       sync.Mutex
	current  *engine
	wanted   string   // what the pointer names
	others   []string // ids of the store
	engines  map[string]*engine
	failures map[string]*failure // by id; "" is the store itself
}

// engine is one that is open or being opened.
type engine struct {
	Engine
	id     string
	opened chan struct{} // closed when Engine or err is set
	err    error
	users  int
	used   time.Time
}

// failure is why a model does not run, and when to try again.
type failure struct {
	err   error
	times int
	until time.Time
}

// Start begins to look after a store. It returns at once; Ready waits for the first look.
func Start(o Options) *Set {
	s := &Set{o: o, looked: make(chan struct{}), engines: make(map[string]*engine), failures: make(map[string]*failure)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.work.Go(s.watch)
	return s
}

// Ready waits until the first look is over, and gives the reason where no model serves then.
func (s *Set) Ready(ctx context.Context) error {
	select {
	case <-s.looked:
	case <-ctx.Done():
		return ctx.Err()
	}
	if st := s.Status(); st.Current == "" {
		return st.Err
	}
	return nil
}

// Status tells operators how the Set does.
type Status struct {
	Current string // id; "" while no model serves
	Wanted  string // id that the pointer names
	Open    []string
	Err     error // why Wanted does not serve, or the store cannot be read
}

// Status of this moment.
func (s *Set) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Status{Wanted: s.wanted}
	if s.current != nil {
		st.Current = s.current.id
	}
	for id, e := range s.engines {
		if e.Engine != nil {
			st.Open = append(st.Open, id)
		}
	}
	slices.Sort(st.Open)
	if f := s.failures[""]; f != nil {
		st.Err = f.err
	} else if f := s.failures[s.wanted]; f != nil && st.Current != st.Wanted {
		st.Err = f.err
	}
	return st
}

// Stale says that the store cannot be read, or names a model that cannot be used: /metrics tells it.
func (s *Set) Stale() bool { return s.Status().Err != nil }

// Acquire implements scoring.Models. A model that is not open is opened, for which the caller waits a while.
func (s *Set) Acquire(id string) (scoring.Engine, func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return nil, nil, &wire.Error{Code: wire.NotReady, Detail: "The server is stopping."}
	}
	if s.current == nil {
		if len(s.failures) > 0 {
			return nil, nil, &wire.Error{Code: wire.NotReady, Detail: "No model could be loaded; the server keeps trying."}
		}
		return nil, nil, &wire.Error{Code: wire.NotReady, Detail: "The model is being loaded. Try again in a moment."}
	}
	e := s.current
	if id != "" && id != e.id {
		if e = s.engines[id]; e == nil {
			if !slices.Contains(s.others, id) {
				return nil, nil, scoring.Unknown(id, s.current.id)
			}
			if f := s.failures[id]; f != nil && time.Now().Before(f.until) {
				return nil, nil, unloadable(id)
			}
			if e = s.begin(id); e == nil {
				return nil, nil, &wire.Error{Code: wire.Overloaded, Detail: fmt.Sprintf("%d models are in use, which is the most. Try again in a moment, or with the current one, %s.", maxOpen, s.current.id)}
			}
		}
		if err := s.await(e); err != nil {
			return nil, nil, err
		}
	}
	e.users++
	return e.Engine, sync.OnceFunc(func() { s.release(e) }), nil
}

func unloadable(id string) *wire.Error {
	return &wire.Error{Code: wire.NotReady, Detail: fmt.Sprintf("The model %s could not be loaded; the server tries again later.", id)}
}

// await waits for an engine that is being opened. The caller holds the mutex, which is free meanwhile.
func (s *Set) await(e *engine) error {
	if e.Engine != nil {
		return nil
	}
	e.users++ // keeps it open until the caller has it
	s.mu.Unlock()
	timer := time.NewTimer(loadWait)
	defer timer.Stop()
	select {
	case <-e.opened:
	case <-timer.C:
	}
	s.mu.Lock()
	e.users--
	switch {
	case e.err != nil:
		return unloadable(e.id)
	case e.Engine == nil:
		return &wire.Error{Code: wire.NotReady, Detail: fmt.Sprintf("The model %s is being loaded. Try again in a moment.", e.id)}
	}
	return nil
}

func (s *Set) release(e *engine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.users--
	e.used = time.Now()
}

// IDs implements scoring.Models: the current model, then the others that may be asked for.
func (s *Set) IDs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := []string{}
	if s.current == nil {
		return ids
	}
	ids = append(ids, s.current.id)
	for _, id := range s.others {
		if id != s.current.id && s.failures[id] == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// Close stops looking and closes every engine, which finishes the requests that it has.
func (s *Set) Close() {
	s.mu.Lock()
	s.cancel() // under the mutex: Acquire begins no work from here on
	s.mu.Unlock()
	s.work.Wait()
	s.mu.Lock()
	s.current = nil
	for _, e := range s.engines {
		s.close(e)
	}
	s.mu.Unlock()
	s.work.Wait()
	s.o.Store.Close()
}

// begin opens a model in the background, or gives nil where there is no place for it. The caller holds the mutex.
func (s *Set) begin(id string) *engine {
	for len(s.engines) >= maxOpen {
		var oldest *engine
		for _, e := range s.engines {
			if s.idle(e) && (oldest == nil || e.used.Before(oldest.used)) {
				oldest = e
			}
		}
		if oldest == nil {
			return nil
		}
		s.close(oldest)
	}
	return s.open(id)
}

// idle says that closing e would take it from nobody. The caller holds the mutex.
func (s *Set) idle(e *engine) bool { return e != s.current && e.users == 0 && e.Engine != nil }

// open opens a model in the background. The caller holds the mutex.
func (s *Set) open(id string) *engine {
	e := &engine{id: id, opened: make(chan struct{}), used: time.Now()}
	s.engines[id] = e
	s.work.Go(func() {
		begun := time.Now()
		opened, err := s.load(id)
		s.mu.Lock()
		defer s.mu.Unlock()
		defer close(e.opened)
		if err != nil {
			e.err = err
			delete(s.engines, id)
			s.fail(id, err)
			return
		}
		delete(s.failures, id)
		e.Engine = opened
		s.o.Log.Info("model opened", "model", id, "ms", time.Since(begun).Milliseconds())
	})
	return e
}

func (s *Set) load(id string) (Engine, error) {
	ctx, cancel := context.WithTimeout(s.ctx, maxLoad)
	defer cancel()
	m, free, err := s.o.Store.Load(ctx, id)
	if err != nil {
		return nil, err
	}
	defer free()
	e, err := s.o.Open(ctx, m)
	if err != nil {
		return nil, fmt.Errorf("model %s of %s: %w", id, s.o.Store, err)
	}
	return e, nil
}

// close closes an engine in the background. The caller holds the mutex, and knows that nobody uses e.
func (s *Set) close(e *engine) {
	delete(s.engines, e.id)
	s.work.Go(func() {
		if err := e.Close(); err != nil {
			s.o.Log.Error("model closed with an error", "model", e.id, "err", err)
		} else {
			s.o.Log.Info("model closed", "model", e.id)
		}
	})
}

// fail notes and logs an error of a model, "" for the store's own. The caller holds the mutex.
func (s *Set) fail(id string, err error) {
	f := s.failures[id]
	if f == nil {
		f = new(failure)
		s.failures[id] = f
	}
	again := f.err != nil && f.err.Error() == err.Error()
	f.err = err
	wait := Interval
	if s.current == nil {
		wait = firstRetry
	}
	wait = min(wait<<min(f.times, 10), maxRetry)
	if s.current == nil {
		wait = min(wait, Interval) // someone waits for it
	}
	f.times++
	f.until = time.Now().Add(wait)
	if s.ctx.Err() != nil || again {
		return
	}
	serves := "none"
	if s.current != nil {
		serves = s.current.id
	}
	s.o.Log.Error("model not usable", "model", id, "serves", serves, "err", err)
}
