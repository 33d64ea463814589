package state

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"reviewlens/api/wire"
	"reviewlens/app/message"
)

// The numbers that are taken away are those that are shown: message.Summary and wire.Report have
// the same names in JSON.
func TestReport(t *testing.T) {
	iv := wire.Interval{Share: 0.5, Low: 0.4, High: 0.6}
	sum := wire.Sum{Rows: 3, Positive: 1, Negative: 1, Unsure: 1, Mean: 0.5, Share: iv}
	row := message.Row{Row: 7, Title: "t", Text: "x", Stars: "5", Date: "d", Product: "p", ID: "i",
		Scored: message.Scored{Sentiment: "positive", Positive: 0.9}}
	s := State{Model: "m",
		Progress: &message.Progress{Done: 11,
			Summary: message.Summary{Scored: 10, Positive: 5, Negative: 4, Unsure: 1, Empty: 1,
				Failed: 2, Cut: 3, Repeated: 4,
				Share: iv, Histogram: []int{1, 2}, Stars: []wire.Sum{sum}, Against: 2, Unit: "day",
				Periods:  []wire.Period{{From: "2024-01-01", Sum: sum}},
				Change:   &wire.Change{From: "2024-01-01", Before: iv, After: iv, Delta: iv},
				Products: []wire.Product{{Name: "p", Sum: sum}}, ProductCount: 9,
				Drivers: []message.Driver{
					{Phrase: "lid", Sentiment: "negative", Reviews: 6, Share: iv,
						Rows: []message.Row{row}}}}},
		Preview: &message.Preview{Header: []string{"a", "b"},
			Columns: message.Columns{Text: 1, Title: -1, Stars: 0, Date: -1, Product: -1, ID: -1}}}
	got := s.Report()
	want := wire.Report{Model: "m", Columns: wire.Columns{Text: "b", Stars: "a"}, Rows: 11,
		Scored: 10, Positive: 5, Negative: 4, Unsure: 1, Empty: 1, Failed: 2, Cut: 3, Repeated: 4,
		Share: iv, Histogram: []int{1, 2}, Stars: []wire.Sum{sum}, Against: 2, Unit: "day",
		Periods:  []wire.Period{{From: "2024-01-01", Sum: sum}},
		Change:   &wire.Change{From: "2024-01-01", Before: iv, After: iv, Delta: iv},
		Products: []wire.Product{{Name: "p", Sum: sum}}, ProductCount: 9,
		Drivers: []wire.Driver{{Phrase: "lid", Sentiment: "negative", Reviews: 6, Share: iv,
			Rows: []wire.Row{{Row: 7, Title: "t", Text: "x", Stars: "5", Date: "d", Product: "p",
				ID: "i", Sentiment: "positive", Positive: 0.9}}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
