package app

import (
	"strings"
	"testing"

	"reviewlens/api/wire"
	"reviewlens/app/message"
)

// A detected change is reported with its own date, one of all reviews first; the two halves of the
// time are compared only if there is none.
func TestWhetherChanging(t *testing.T) {
	sum := message.Summary{Figures: wire.Figures{Unit: "month", Change: &wire.Change{
		From: "2024-12-24", Delta: wire.Interval{Share: -0.1, Low: -0.2, High: -0.05}}}}
	product := wire.ChangePoint{Product: "Kettle B", From: "2025-06-01", Reviews: 51}
	all := wire.ChangePoint{From: "2025-03-01", Reviews: 300}
	for _, tt := range []struct {
		changes []wire.ChangePoint
		want    string
	}{
		{nil, "Yes, for the worse: "},
		{[]wire.ChangePoint{product}, "Since Jun 2025, Kettle B: "},
		{[]wire.ChangePoint{product, all}, "Since Mar 2025, "},
	} {
		sum.Changes = tt.changes
		if got := whetherChanging(sum); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%d changes: %q, want %q", len(tt.changes), got, tt.want)
		}
	}
}
