package state

import (
	"testing"

	"reviewlens/api/wire"
	"reviewlens/app/message"
)

// A failed download or deletion keeps what is known of the job.
func TestTakeJobProblem(t *testing.T) {
	var s State
	s.TakeJob(Job{Key: "k", Name: "r.csv", Bytes: 9, Sent: 3})
	s.TakeJob(Job{Key: "k", Name: "r.csv", Problem: "The connection broke."})
	if j := s.Job("k"); j.Text() != "The connection broke." {
		t.Errorf("one that was not sent: %+v", j)
	}
	finished := Job{Key: "k", Name: "r.csv", Job: &wire.Job{State: wire.Finished, Rows: 4},
		Report: &message.Summary{}}
	s.TakeJob(finished)
	if *s.Job("k") != finished {
		t.Errorf("finished: %+v", s.Job("k"))
	}
	if s.TakeJob(Job{Key: "k", Name: "r.csv"}); *s.Job("k") != finished {
		t.Errorf("once it is asked for anew: %+v", s.Job("k"))
	}
	if s.TakeJob(Job{Key: "l", Name: "l.csv"}); s.Job("l").Text() != "being asked for" {
		t.Errorf("one of which no more is known: %+v", s.Job("l"))
	}
	s.TakeJob(Job{Key: "k", Name: "r-scored.csv", Trouble: "It broke."})
	with := finished
	with.Trouble = "It broke."
	if *s.Job("k") != with || with.Text() != "no review has a score" {
		t.Errorf("with a download that failed: %+v", s.Job("k"))
	}
	if s.TakeJob(finished); *s.Job("k") != with { // as a running job is polled
		t.Errorf("asked for again: %+v", s.Job("k"))
	}
	s.TakeJob(Job{Key: "k", Name: "r.csv", Problem: "It is none of yours.", Status: 403})
	with.Problem, with.Status = "It is none of yours.", 403
	if *s.Job("k") != with {
		t.Errorf("with a problem: %+v", s.Job("k"))
	}
	with.Problem, with.Status = "", 0
	if s.TakeJob(finished); *s.Job("k") != with {
		t.Errorf("without it: %+v", s.Job("k"))
	}
}

// If the server requires authentication, the job keeps its state, and the page asks once.
func TestTakeJobLocked(t *testing.T) {
	s := State{Screen: ScreenJob, JobKey: "k"}
	running := Job{Key: "k", Name: "r.csv", Job: &wire.Job{State: wire.Running, Rows: 4, Done: 3}}
	if s.TakeJob(running) {
		t.Error("it is asked who asks, though the job was told")
	}
	refused := Job{Key: "k", Name: "r.csv", Problem: "This server wants an API key.", Status: 401}
	if !s.TakeJob(refused) || s.TakeJob(Job{Key: "new", Name: "n.csv", Status: 401}) {
		t.Error("it is to be asked once who asks")
	}
	j := s.Job("k")
	if j.Job != running.Job || j.Problem != "" || j.Text() != "3 of 4 rows scored" {
		t.Errorf("it has become %+v", j)
	}
	if text := s.Job("new").Text(); text != "waits for a sign-in or a key" {
		t.Errorf("one of an earlier visit: %s", text)
	}
	if s.WantsKey() != nil {
		t.Error("it asks before it is known how people say who they are")
	}
	s.Past = &message.PastRuns{Looking: true}
	if s.WantsKey() != nil {
		t.Error("it asks while the worker is asking")
	}
	s.Past = &message.PastRuns{}
	for screen, want := range map[Screen]bool{ScreenJob: true, ScreenHome: true,
		ScreenResults: false} {
		s.Screen = screen
		if asks := s.WantsKey() != nil; asks != want {
			t.Errorf("on screen %q it asks: %v", screen, asks)
		}
	}
	s.Screen = ScreenHome
	if s.UnlockJobs(); s.WantsKey() != nil || s.Job("new").Text() != "being asked for" {
		t.Errorf("a key was given: %+v", s.Jobs)
	}
	if !s.TakeJob(refused) {
		t.Error("another key is not asked for")
	}
	if s.TakeJob(running); s.WantsKey() != nil || *s.Job("k") != running {
		t.Errorf("told again: %+v", s.Jobs)
	}
}

// A server reads a file with the columns that the page shows.
func TestJobQuery(t *testing.T) {
	p := message.Preview{Header: []string{"pros", "cons", "at"},
		Columns: message.Columns{Text: 1, Second: 1, Title: -1, Stars: -1, Date: 2, Product: -1}}
	if got := JobQuery(&p).Encode(); got != "column=2%2C1&date=3&product=-&stars=-&title=-" {
		t.Errorf("a table: %s", got)
	}
	p.Dialect.Keys = []string{"pros", "cons", "at"}
	if got := JobQuery(&p).Encode(); got != "column=cons%2Cpros&date=at&product=-&stars=-&title=-" {
		t.Errorf("JSON lines: %s", got)
	}
	p.Header[1] = "Cons (column 2)" // the page's name for it
	if got := JobQuery(&p).Encode(); got != "column=cons%2Cpros&date=at&product=-&stars=-&title=-" {
		t.Errorf("JSON lines with a name of the page's: %s", got)
	}
}
