package state

import (
	"testing"

	"reviewlens/api/wire"
	"reviewlens/app/message"
)

// A download or a deletion that failed leaves what is known of the job.
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
	s.TakeJob(Job{Key: "k", Name: "r-scored.csv", Problem: "It broke."})
	with := finished
	with.Problem = "It broke."
	if *s.Job("k") != with || with.Text() != "no review has a score" {
		t.Errorf("with a problem: %+v", s.Job("k"))
	}
	if s.TakeJob(finished); *s.Job("k") != finished {
		t.Errorf("without it: %+v", s.Job("k"))
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
}
