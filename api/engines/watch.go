package engines

import (
	"slices"
	"time"
)

// watch polls the store until Close.
func (s *Set) watch() {
	for first := true; ; first = false {
		s.look()
		if first {
			close(s.looked)
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

// look brings the Set to where the store is.
func (s *Set) look() {
	p, err := s.o.Store.Current(s.ctx)
	var ids []string
	if err == nil {
		ids, err = s.o.Store.List(s.ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closeIdle()
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
	if p.ID == "" || s.current != nil && s.current.id == p.ID || s.take(p.ID) || s.current != nil {
		return
	}
	if p.Previous != "" && s.ctx.Err() == nil {
		s.take(p.Previous)
	}
}

// take makes a model current that is open or can be opened. The caller holds the mutex, which is
// free meanwhile.
func (s *Set) take(id string) bool {
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

// closeIdle closes what nobody has asked for lately. The caller holds the mutex.
func (s *Set) closeIdle() {
	for _, e := range s.engines {
		if s.idle(e) && time.Since(e.used) >= idleClose {
			s.close(e)
		}
	}
}
