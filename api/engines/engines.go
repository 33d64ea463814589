// Package engines runs the models of a store: always the current one, and others when a request
// names them.
//
// A Set polls the store's pointer every Interval. When the pointer names another model, that model
// is loaded, verified and opened while the current one serves; requests notice only the ID in their
// responses. A model that fails any check, above all its golden texts, never serves: the Set keeps
// the one it has, logs the reason, reports it in Status, and retries with exponential backoff. A
// Set that starts with such a pointer falls back to the previous model; if no model can be loaded
// at all, it is not ready, and keeps trying.
//
// An engine is closed only when no request uses it. The current one stays open; another is closed
// after idleClose without requests, or when its slot among maxOpen is needed. So a run that is
// pinned to a model continues when another becomes current.
//
// While the store has a trial (store.Trial), its challenger stays open alongside the current model
// once it has passed the same checks, as Trial reports. Package trial decides which requests get
// it; a Set returns it to those that name it.
package engines

import (
	"context"
	"errors"
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
	// Interval is how long a change of the pointer may go unnoticed. Each poll makes three small
	// requests.
	Interval = 30 * time.Second

	// maxOpen bounds the memory: a full-size fp32 model takes some 300 MB. While a new model
	// becomes current there may be one more.
	maxOpen = 4

	// idleClose exceeds the pause between two requests of a run.
	idleClose = 2 * Interval

	// loadWait is how long a request waits for its model. Loading from the cache takes a second.
	loadWait = 10 * time.Second

	firstRetry = time.Second      // while no model serves
	maxRetry   = 16 * Interval    // for a model that keeps failing
	maxLoad    = 10 * time.Minute // for a model to be fetched and verified
)

// Engine is a scoring.Engine that can be closed. Close is called once, when no request uses the
// engine.
type Engine interface {
	scoring.Engine
	Close() error
}

// Options configures Start.
type Options struct {
	Store *store.Store
	// verifies the model; must not keep its ONNX
	Open func(context.Context, *model.Model) (Engine, error)
	Log  *slog.Logger
}

// Set implements scoring.Models for a store.
type Set struct {
	o      Options
	ctx    context.Context // cancelled by Close
	cancel context.CancelFunc
	work   sync.WaitGroup
	polled chan struct{} // closed after the first poll

	mu       sync.Mutex
	current  *engine
	wanted   string   // the ID that the pointer names
	others   []string // IDs of the store
	engines  map[string]*engine
	failures map[string]*failure // by ID; "" is the store itself
	trial    *store.Trial        // the running trial; nil if there is none
	trialErr string              // why trial.json could not be read, as logged
}

// engine is an engine that is open or being opened.
type engine struct {
	Engine
	id     string
	opened chan struct{} // closed when Engine or err is set
	err    error
	users  int
	used   time.Time
}

// failure records why a model does not run, and when to retry.
type failure struct {
	err   error
	times int
	until time.Time
	// wrong scores or a graph that cannot run, which a retry does not fix
	final bool
}

// Start begins to poll a store. It returns at once; Ready waits for the first poll.
func Start(o Options) *Set {
	s := &Set{o: o, polled: make(chan struct{}), engines: make(map[string]*engine),
		failures: make(map[string]*failure)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.work.Go(s.watch)
	return s
}

// Ready waits until the first poll is complete, and returns the reason if no model serves then.
func (s *Set) Ready(ctx context.Context) error {
	select {
	case <-s.polled:
	case <-ctx.Done():
		return ctx.Err()
	}
	if st := s.Status(); st.Current == "" {
		return st.Err
	}
	return nil
}

// Status describes the state of a Set for operators.
type Status struct {
	Current string // ID; "" while no model serves
	Wanted  string // ID that the pointer names
	Open    []string
	Err     error // why Wanted does not serve, or the store cannot be read
}

// Status returns the current state.
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

// Stale reports whether the store cannot be read or names a model that cannot be used, for
// /metrics.
func (s *Set) Stale() bool { return s.Status().Err != nil }

// Acquire implements scoring.Models. A model that is not open is opened, for which the caller waits
// at most loadWait, or until ctx is done; with scoring.OpenOnly it is refused.
func (s *Set) Acquire(ctx context.Context, id string) (scoring.Engine, func(), error) {
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
				return nil, nil, scoring.UnknownModel(id, s.current.id)
			}
			if f := s.failures[id]; f != nil && time.Now().Before(f.until) {
				return nil, nil, unloadable(id)
			}
			if scoring.OpenOnly(ctx) {
				return nil, nil, &wire.Error{Code: wire.Unauthorized, Detail: fmt.Sprintf(
					"The model %s is not in use now. This server opens it for who may score: "+
						"send an API key or a token.", id)}
			}
			if e = s.begin(id); e == nil {
				return nil, nil, &wire.Error{Code: wire.Overloaded, Detail: fmt.Sprintf("All %d places for models are in use. Try again in a moment, or with the current one, %s.", maxOpen, s.current.id)}
			}
		}
		if err := s.await(ctx, e); err != nil {
			return nil, nil, err
		}
	}
	e.users++
	return e.Engine, sync.OnceFunc(func() { s.release(e) }), nil
}

func unloadable(id string) *wire.Error {
	return &wire.Error{Code: wire.NotReady, Detail: fmt.Sprintf("The model %s could not be loaded; the server tries again later.", id)}
}

// await waits for an engine that is being opened. The mutex must be held, and is released
// meanwhile.
func (s *Set) await(ctx context.Context, e *engine) error {
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
	case <-ctx.Done():
	}
	s.mu.Lock()
	e.users--
	switch {
	case e.err != nil:
		return unloadable(e.id)
	case e.Engine == nil && ctx.Err() != nil:
		return ctx.Err()
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

// IDs implements scoring.Models: the current model first, then the others that requests may name.
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

// Close stops polling and closes every engine, which waits for its requests in flight.
func (s *Set) Close() {
	s.mu.Lock()
	s.cancel() // under the mutex, so that Acquire starts no work after this
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

// begin opens a model in the background, or returns nil if there is no slot for it. The mutex must
// be held.
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

// idle reports whether e can be closed without affecting a request. The mutex must be held.
func (s *Set) idle(e *engine) bool {
	return e != s.current && e.users == 0 && e.Engine != nil &&
		(s.trial == nil || s.trial.Model != e.id)
}

// open opens a model in the background. The mutex must be held.
func (s *Set) open(id string) *engine {
	e := &engine{id: id, opened: make(chan struct{}), used: time.Now()}
	s.engines[id] = e
	s.work.Go(func() {
		start := time.Now()
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
		s.o.Log.Info("model opened", "model", id, "ms", time.Since(start).Milliseconds())
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
		return nil, &unusableError{fmt.Errorf("model %s of %s: %w", id, s.o.Store, err)}
	}
	return e, nil
}

// unusableError is the error of a model that was loaded but cannot run or does not reproduce its
// golden scores.
type unusableError struct{ error }

func (e *unusableError) Unwrap() error { return e.error }

// close closes an engine in the background. The mutex must be held, and e must have no users.
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

// fail records and logs an error of a model, "" for the store's own. The mutex must be held.
func (s *Set) fail(id string, err error) {
	f := s.failures[id]
	if f == nil {
		f = new(failure)
		s.failures[id] = f
	}
	again := f.err != nil && f.err.Error() == err.Error()
	f.err = err
	_, f.final = errors.AsType[*unusableError](err)
	wait := Interval
	if s.current == nil {
		wait = firstRetry
	}
	wait = min(wait<<min(f.times, 10), maxRetry)
	if s.current == nil {
		wait = min(wait, Interval) // a request waits for it
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
