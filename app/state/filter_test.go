package state

import (
	"strings"
	"testing"

	"reviewlens/api/wire"
	"reviewlens/app/message"
)

// The problem of a filter goes with it, and not when scores arrive.
func TestProblemOfAFilterGoesWithIt(t *testing.T) {
	s := State{Preview: &message.Preview{}, Progress: &message.Progress{}}
	s.Filter(WordsFilter("lid"))
	s.BeginView()
	s.Apply(message.Event{Name: message.EventProblem,
		Problem: &message.Problem{About: message.AboutFile, Detail: "It has moved."}})
	if s.BeginView(); s.FileProblem == nil {
		t.Error("it goes while the filter stays")
	}
	s.Unfilter(-1)
	if s.BeginView(); s.FileProblem != nil {
		t.Errorf("it stays: %+v", s.FileProblem)
	}
}

func TestFilters(t *testing.T) {
	sum := message.Summary{
		Figures: wire.Figures{Histogram: make([]int, 20), Stars: make([]wire.Sum, 5), Unit: "month",
			Periods: []wire.Period{{From: "2024-03-01"}, {From: "2024-04-01"}}}}
	var s State
	s.Filter(ChartFilters(sum, "stars", 4, "negative")...)
	s.Filter(ChartFilters(sum, "trend", 0, "")...)
	s.Filter(ChartFilters(sum, "histogram", 19, "")...) // replaces the sentiment
	labels := func() (out []string) {
		for _, f := range s.View.Filters {
			out = append(out, FilterLabel(f))
		}
		return out
	}
	if got := strings.Join(labels(), "; "); got != "5 stars; Mar 2024; 95–100% positive" {
		t.Errorf("filters = %s", got)
	}
	if f := s.View.Filters[1]; f.From != "2024-03-01" || f.To != "2024-04-01" {
		t.Errorf("a month = %+v", f)
	}
	s.Unfilter(1)
	if got := strings.Join(labels(), "; "); got != "5 stars; 95–100% positive" {
		t.Errorf("one taken away = %s", got)
	}
	if s.Unfilter(-1); len(s.View.Filters) != 0 {
		t.Error("filters stay")
	}
	for _, index := range []int{-1, 2, 1000} {
		if f := ChartFilters(sum, "trend", index, ""); f != nil {
			t.Errorf("period %d = %+v", index, f)
		}
	}
}

func TestSelected(t *testing.T) {
	for _, c := range []struct {
		rows, empty int
		want        string
	}{
		{1444, 0, "All 1,444 reviews"},
		{3150, 80, "All 3,150 reviews, 80 of them without text"},
		{1, 0, "1 review"},
	} {
		s := State{Selection: &message.Selection{Done: true, Rows: c.rows},
			Progress: &message.Progress{}}
		s.Progress.Summary.Empty = c.empty
		if got := s.Selected(); got != c.want {
			t.Errorf("Selected() = %q, want %q", got, c.want)
		}
	}
}

// The negative reviews of a change are those up to the next, listed or not.
func TestSinceFilter(t *testing.T) {
	sum := message.Summary{Figures: wire.Figures{Unit: "month", Changes: []wire.ChangePoint{
		{From: "2024-03-01", Until: "2024-06-01"}, {From: "2024-09-01"},
		{From: "2024-03-01", Product: "lamp"}, {From: "2024-12-01", Product: "lamp"},
	}}}
	for i, want := range []struct{ to, label string }{
		{"2024-06-01", "since Mar 2024 until Jun 2024"}, {"", "since Sep 2024"},
		{"2024-12-01", "since Mar 2024 until Dec 2024"}, // stored without
		{"", "since Dec 2024"},
	} {
		f := SinceFilter(sum, sum.Changes[i])
		if f.From != sum.Changes[i].From || f.To != want.to || f.Label != want.label {
			t.Errorf("%+v: %+v", sum.Changes[i], f)
		}
	}
}
