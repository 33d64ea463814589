package state

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"reviewlens/api/wire"
	"reviewlens/app/message"
)

// The numbers that are taken away are those that are shown, with the names of the columns.
func TestReport(t *testing.T) {
	shown := wire.Figures{Scored: 10, Positive: 5, Negative: 4, Unsure: 1, Histogram: []int{1, 2},
		Drivers: []wire.Driver{{Phrase: "lid", Sentiment: "negative", Reviews: 6,
			Rows: []wire.Row{{Row: 7, Text: "x", Sentiment: "negative", Positive: 0.1}}}}}
	s := State{Model: "m",
		Progress: &message.Progress{Done: 11, Summary: message.Summary{Figures: shown}},
		Preview: &message.Preview{Header: []string{"a", "b"},
			Columns: message.Columns{Text: 1, Title: -1, Stars: 0, Date: -1, Product: -1, ID: -1}}}
	want := wire.Report{Model: "m", Columns: wire.Columns{Text: "b", Stars: "a"}, Rows: 11,
		Figures: shown}
	if diff := cmp.Diff(want, s.Report()); diff != "" {
		t.Error(diff)
	}
	s.Progress.Model = "before" // the server has changed its model since
	if got := s.Report().Model; got != "before" {
		t.Errorf("the model of the report = %q", got)
	}
}
