package worker

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/app/client"
	"reviewlens/app/message"
)

func inState(state string) func(message.Event) bool {
	return func(e message.Event) bool {
		return e.Name == message.EventProgress && e.Progress.State == state
	}
}

// change changes the server between two calls.
func (s *server) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func TestPauseAndGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa", delay: time.Second}
		p := newPage(t, s)
		p.open(t, "r.csv", many(3000))
		p.w.Do(message.Command{Name: message.Start}, nil)
		p.wait(t, "progress",
			func(e message.Event) bool {
				return e.Name == message.EventProgress && e.Progress.Done > 100
			})
		p.w.Do(message.Command{Name: message.Pause}, nil)
		p.wait(t, "paused", inState(message.Paused))
		time.Sleep(10 * time.Second) // requests in flight are finished
		synctest.Wait()              // and handled
		calls := s.calls
		time.Sleep(time.Hour)
		synctest.Wait()
		if s.calls != calls {
			t.Errorf("%d requests were sent in the pause", s.calls-calls)
		}
		if end := p.start(t); end.State != message.Paused && end.State != message.Finished {
			t.Errorf("going on = %+v", end)
		}
		end := p.wait(t, "the end", inState(message.Finished)).Progress
		if end.Summary.Scored != 3000 {
			t.Errorf("the end = %+v", end)
		}
		s.sentAtMost(t, 1)
	})
}

func TestCancelInAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa", delay: time.Second})
		p.open(t, "r.csv", many(3000))
		p.w.Do(message.Command{Name: message.Start}, nil)
		p.wait(t, "progress",
			func(e message.Event) bool {
				return e.Name == message.EventProgress && e.Progress.Done > 100
			})
		p.w.Do(message.Command{Name: message.Pause}, nil)
		p.wait(t, "paused", inState(message.Paused))
		p.w.Do(message.Command{Name: message.Cancel}, nil)
		p.wait(t, "cancelled", inState(message.Cancelled))
		if end := p.start(t); end.State != message.Finished || end.Summary.Scored != 3000 {
			t.Errorf("the end = %+v", end)
		}
	})
}

// A server that requires a key pauses a run; with the key it continues where it was.
func TestKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa"}
		p := newPage(t, s)
		p.open(t, "r.csv", many(3000))
		s.change(func() {
			s.before = func(call int) *client.Response {
				if call == 4 {
					s.key = "second"
				}
				return nil
			}
		})
		p.w.Do(message.Command{Name: message.Start}, nil)
		locked := p.wait(t, "locked", named(message.EventLocked)).Problem
		if locked.About != message.AboutKey ||
			!strings.Contains(locked.Detail, "wants an API key") {
			t.Errorf("locked = %+v", locked)
		}
		if e := p.wait(t, "paused", inState(message.Paused)).
			Progress; !strings.Contains(e.Waiting, "a sign-in or a key") {
			t.Errorf("paused = %+v", e)
		}
		time.Sleep(time.Hour) // someone looks for it
		p.w.Do(message.Command{Name: message.Key, Key: "first"}, nil)
		p.wait(t, "locked again", named(message.EventLocked))
		p.w.Do(message.Command{Name: message.Key, Key: "second"}, nil)
		end := p.wait(t, "the end", inState(message.Finished)).Progress
		if end.Summary.Scored != 3000 || end.Summary.Failed != 0 {
			t.Errorf("the end = %+v", end)
		}
	})
}

// The key is asked for once, when a file is chosen, and not for each request that is refused.
func TestKeyIsAskedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa", key: "k"})
		p.open(t, "r.csv", many(600))
		p.w.Do(message.Command{Name: message.Score, ID: 1, Text: "good"}, nil)
		p.w.Do(message.Command{Name: message.Start}, nil)
		time.Sleep(time.Hour)
		locked := 0
		for len(p.events) > 0 {
			if e := <-p.events; e.Name == message.EventLocked {
				locked++
			}
		}
		if locked > 1 { // one may have passed while the file was opened
			t.Errorf("asked %d times", locked)
		}
		p.w.Do(message.Command{Name: message.Key, Key: "k"}, nil)
		p.wait(t, "verdict", named(message.EventVerdict))
	})
}

func TestOfflineForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa"}
		p := newPage(t, s)
		p.open(t, "r.csv", many(600))
		lost := func(lost bool) {
			s.offline.Store(lost)
			s.change(func() {
				s.before = func(int) *client.Response {
					if lost {
						return &client.Response{}
					}
					return nil
				}
			})
		}
		lost(true)
		p.w.Do(message.Command{Name: message.Start}, nil)
		p.wait(t, "offline", func(e message.Event) bool {
			return e.Name == message.EventProgress &&
				strings.Contains(e.Progress.Waiting, "offline")
		})
		go func() { time.Sleep(8 * time.Minute); lost(false) }()
		if end := p.wait(t, "the end", inState(message.Finished)).
			Progress; end.Summary.Scored != 600 {
			t.Errorf("the end = %+v", end)
		}
	})
}

// The time in which a run was paused, not authenticated or offline does not count for its speed,
// from which the remaining time, and that of the next file, are estimated.
func TestSpeedLeavesStandingOut(t *testing.T) {
	inMidst := func(e message.Event) bool {
		return e.Name == message.EventProgress && e.Progress.Done > 100
	}
	speeds := func(stand func(s *server, p *page)) (rows, tokens float64) {
		synctest.Test(t, func(t *testing.T) {
			s := &server{model: "aaaaaaaaaaaa", delay: time.Second}
			p := newPage(t, s)
			p.open(t, "r.csv", many(3000))
			p.w.Do(message.Command{Name: message.Start}, nil)
			p.wait(t, "progress", inMidst)
			stand(s, p)
			rows = p.wait(t, "the end", inState(message.Finished)).Progress.Rate
			p.w.mu.Lock()
			tokens = p.w.tokensPerSecond
			p.w.mu.Unlock()
		})
		return rows, tokens
	}
	rows, tokens := speeds(func(*server, *page) {})
	for name, stand := range map[string]func(s *server, p *page){
		"paused": func(s *server, p *page) {
			p.w.Do(message.Command{Name: message.Pause}, nil)
			time.Sleep(time.Hour)
			p.w.Do(message.Command{Name: message.Start}, nil)
		},
		"locked": func(s *server, p *page) {
			s.change(func() { s.key = "k" })
			time.Sleep(time.Hour)
			p.w.Do(message.Command{Name: message.Key, Key: "k"}, nil)
		},
		"offline": func(s *server, p *page) {
			s.offline.Store(true)
			s.change(func() {
				s.before = func(int) *client.Response { return &client.Response{} }
			})
			time.Sleep(time.Hour)
			s.change(func() { s.before = nil })
			s.offline.Store(false)
		},
	} {
		gotRows, gotTokens := speeds(stand)
		if gotRows < rows/3 || gotRows > 2*rows || gotTokens < tokens/3 || gotTokens > 2*tokens {
			t.Errorf("%s for an hour: %.1f rows and %.1f tokens a second, without %.1f and %.1f",
				name, gotRows, gotTokens, rows, tokens)
		}
	}
}

// A third of all responses are lost, late, truncated or errors; every row has its score in the end,
// and only once.
func TestEverythingGoesWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa"}
		s.before = func(call int) *client.Response {
			switch call % 15 {
			case 1:
				return &client.Response{}
			case 4:
				return &client.Response{Status: 429, RetryAfter: 2 * time.Second}
			case 7:
				return &client.Response{Status: 500, Body: []byte("<h1>oops</h1>")}
			case 10:
				return &client.Response{Status: 200, Body: []byte("RVS\x01\x0caaaa")} // truncated
			case 13:
				return &client.Response{Status: 503}
			}
			return nil
		}
		p := newPage(t, s)
		p.open(t, "r.csv", many(6000))
		end := p.start(t)
		if end.State != message.Finished || end.Summary.Scored != 6000 || end.Summary.Failed != 0 {
			t.Errorf("the end = %+v", end)
		}
	})
}

// A proxy that forbids does not fail the reviews: the run breaks, and no row counts as failed.
func TestForbidden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa"}
		p := newPage(t, s)
		p.open(t, "r.csv", many(600))
		s.change(func() {
			s.before = func(int) *client.Response {
				return &client.Response{Status: 403, Body: []byte("<h1>no</h1>")}
			}
		})
		if end := p.start(t); end.State != message.Broken || end.Summary.Failed != 0 ||
			end.Problem == nil {
			t.Errorf("the end = %+v, %+v", end, end.Problem)
		}
	})
}
