package engines

import (
	"slices"
	"time"

	"reviewlens/api/model/store"
)

// watch polls the store until Close.
func (s *Set) watch() {
	for first := true; ; first = false {
		s.poll()
		if first {
			close(s.polled)
		}
		timer := time.NewTimer(s.pause())
		select {
		case <-timer.C:
		case <-s.ctx.Done():
			timer.Stop()
			return
		}
	}
}

// pause returns the time until the next poll: shorter while no model serves.
func (s *Set) pause() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	pause := Interval
	if s.current == nil {
		for _, f := range s.failures {
			pause = min(pause, max(time.Until(f.until), firstRetry))
		}
	}
	return pause
}

// poll updates the Set to the state of the store.
func (s *Set) poll() {
	p, err := s.o.Store.Current(s.ctx)
	var ids []string
	if err == nil {
		ids, err = s.o.Store.List(s.ctx)
	}
	var trial *store.Trial
	var trialErr error
	if err == nil {
		trial, trialErr = s.o.Store.Trial(s.ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closeIdle()
	if err == nil {
		defer func() { s.follow(trial, trialErr, p) }() // after the current model is set
	}
	if p.ID != "" {
		s.wanted = p.ID
	}
	if err != nil {
		s.fail("", err)
	} else {
		delete(s.failures, "")
		s.others = ids
		for id := range s.failures {
			if id != s.wanted && !slices.Contains(ids, id) {
				delete(s.failures, id)
			}
		}
	}
	if p.ID == "" || s.current != nil && s.current.id == p.ID || s.makeCurrent(p.ID) ||
		s.current != nil {
		return
	}
	if p.Previous != "" && s.ctx.Err() == nil {
		s.makeCurrent(p.Previous)
	}
}

// makeCurrent makes a model current, opening it if necessary. The caller holds the mutex, which is
// released meanwhile.
func (s *Set) makeCurrent(id string) bool {
	e := s.engines[id]
	if e == nil {
		if f := s.failures[id]; f != nil && time.Now().Before(f.until) {
			return false
		}
		e = s.open(id)
	}
	e.users++ // keeps it open until it is current
	s.mu.Unlock()
	<-e.opened
	s.mu.Lock()
	e.users--
	if e.err != nil {
		return false
	}
	before := "none"
	if s.current != nil {
		before = s.current.id
		s.current.used = time.Now()
	}
	s.current = e
	s.o.Log.Info("model is current", "model", id, "before", before)
	return true
}

// follow opens the challenger of a running trial. If the trial cannot be read, the previous one
// continues until its end. The caller holds the mutex.
func (s *Set) follow(t *store.Trial, err error, p store.Pointer) {
	if err != nil {
		if why := err.Error(); why != s.trialErr && s.ctx.Err() == nil {
			s.trialErr = why
			s.o.Log.Error("trial not readable", "err", err)
		}
		t = s.trial
	} else {
		s.trialErr = ""
	}
	if t != nil && (t.State(p, time.Now()) != store.TrialRunning || s.current == nil ||
		s.current.id != t.Pointer.ID) {
		t = nil
	}
	if t != nil && (s.trial == nil || s.trial.ID != t.ID) {
		s.o.Log.Info("trial begins", "trial", t.ID, "challenger", t.Model, "current", p.ID)
	}
	if old := s.trial; old != nil && (t == nil || t.ID != old.ID) {
		s.o.Log.Info("trial is over", "trial", old.ID, "challenger", old.Model)
		if e := s.engines[old.Model]; e != nil {
			e.used = time.Now() // runs pinned to it may still send requests
		}
	}
	s.trial = t
	if t == nil || s.engines[t.Model] != nil || s.ctx.Err() != nil {
		return
	}
	if f := s.failures[t.Model]; f == nil || !time.Now().Before(f.until) {
		s.begin(t.Model)
	}
}

// Trial is the state of a trial in a Set.
type Trial struct {
	store.Trial
	Ready bool // the challenger is open, and has passed its golden texts
	// why the challenger cannot be used here, once a retry would not help
	Err error
}

// maxLoads is the number of attempts to fetch a challenger before its trial is abandoned: a model
// that cannot be fetched for some minutes may be damaged.
const maxLoads = 4

// Trial returns the running trial, and reports whether there is one.
func (s *Set) Trial() (Trial, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trial == nil || !time.Now().Before(s.trial.Until) {
		return Trial{}, false
	}
	t := Trial{Trial: *s.trial}
	if e := s.engines[t.Model]; e != nil {
		t.Ready = e.Engine != nil
	} else if f := s.failures[t.Model]; f != nil && (f.final || f.times >= maxLoads) {
		t.Err = f.err
	}
	return t, true
}

// Store returns the store of the models.
func (s *Set) Store() *store.Store { return s.o.Store }

// closeIdle closes engines without recent requests. The caller holds the mutex.
func (s *Set) closeIdle() {
	for _, e := range s.engines {
		if s.idle(e) && time.Since(e.used) >= idleClose {
			s.close(e)
		}
	}
}
