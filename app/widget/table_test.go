package widget

import (
	"slices"
	"testing"
)

// The worker does not answer for a view that was replaced: the table must request the next one.
func TestTableAsksForTheNextView(t *testing.T) {
	var requested []int
	table := &Table{View: 1, Total: 9,
		Request: func(view, from, to int) { requested = append(requested, view) }}
	table.need()
	table.need() // one range at a time
	table.View = 2
	table.need()
	if !slices.Equal(requested, []int{1, 2}) {
		t.Errorf("asked for rows of the views %v, want 1 and 2", requested)
	}
}

// The rendered part of a list covers the part in sight, at any scroll position and any length.
func TestSight(t *testing.T) {
	for _, n := range []int{0, 1, 9, 1000, 100_000, 5_000_000} {
		for _, at := range []float64{0, 0.3, 0.7, 1} {
			s := Sight{Box: 640, Row: 68}
			s.Top = at * max(0, s.Of(n).Height-s.Box)
			got := s.Of(n)
			drawn := got.Above + float64(got.To-got.From)*s.Row
			if got.From < 0 || got.To > n || got.To-got.From > 60 || got.Height > tallest ||
				got.Above > s.Top || drawn < min(s.Top+s.Box, got.Height)-1 ||
				drawn > got.Height+1 {
				t.Errorf("%d rows at %v: %+v, drawn to %v", n, at, got, drawn)
			}
			if at == 1 && got.To != n || at == 0 && got.From != 0 {
				t.Errorf("%d rows at %v: %+v leaves out an end", n, at, got)
			}
		}
	}
	s := Sight{Top: 680, Box: 640, Row: 68}
	for place, want := range map[int]float64{0: 0, 10: 680, 12: 680, 30: 31*68 - 640} {
		if got := s.Reach(place, 1000); got != want {
			t.Errorf("Reach(%d) = %v, want %v", place, got, want)
		}
	}
}
