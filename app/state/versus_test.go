package state

import (
	"strings"
	"testing"

	"reviewlens/api/wire"
	"reviewlens/app/message"
)

func TestSpans(t *testing.T) {
	for _, tt := range []struct {
		span     Span
		from, to string // of the filter, which excludes its last day
		name     string
	}{
		{Span{"2025-01-06", "2025-02-28"}, "2025-01-06", "2025-03-01",
			"from 6 Jan 2025 to 28 Feb 2025"},
		{Span{"2025-01-06", "2025-01-06"}, "2025-01-06", "2025-01-07", "on 6 Jan 2025"},
		{Span{"", "2024-12-31"}, "", "2025-01-01", "until 31 Dec 2024"},
		{Span{"2025-01-06", ""}, "2025-01-06", "", "since 6 Jan 2025"},
		{Span{}, "", "", "at any time"},
	} {
		f, name := tt.span.Filter()
		if f.From != tt.from || f.To != tt.to || name != tt.name || f.By != message.Days {
			t.Errorf("%+v = %+v %q", tt.span, f, name)
		}
	}
	for _, tt := range []struct {
		spans [2]Span
		want  string // part of the message
	}{
		{[2]Span{{"", "2025-01-05"}, {"2025-01-06", ""}}, ""},
		{[2]Span{{"2025-01-06", ""}, {"", "2025-01-05"}}, ""}, // in either order
		{[2]Span{{"2025-01-01", "2025-01-31"}, {"2025-03-01", "2025-03-31"}}, ""},
		{[2]Span{{"", "2025-01-06"}, {"2025-01-06", ""}}, "overlap"}, // both days are included
		{[2]Span{{}, {"2025-01-06", ""}}, "overlap"},
		{[2]Span{{"2025-02-01", "2025-01-01"}, {"2025-03-01", ""}}, "ends before it begins"},
	} {
		if got := OverlapProblem(tt.spans); (got == "") != (tt.want == "") ||
			!strings.Contains(got, tt.want) {
			t.Errorf("%v: %q, want %q", tt.spans, got, tt.want)
		}
	}
	for _, sum := range []message.Summary{
		{Figures: wire.Figures{Change: &wire.Change{From: "2025-03-01"},
			Periods: make([]wire.Period, 4)}},
		{Figures: wire.Figures{Periods: []wire.Period{{From: "2025-01-01"}, {From: "2025-02-01"},
			{From: "2025-03-01"},
			{From: "2025-04-01"}}}},
	} {
		if spans := Halves(sum); spans != [2]Span{{To: "2025-02-28"}, {From: "2025-03-01"}} ||
			OverlapProblem(spans) != "" {
			t.Errorf("proposed = %v", spans)
		}
	}
	if OverlapProblem(Halves(message.Summary{})) == "" {
		t.Error("without dates there are two periods")
	}
}

// The error of a comparison is shown where its result is awaited, and nowhere else.
func TestComparisonThatFails(t *testing.T) {
	for name, tt := range map[string]struct {
		versus Comparison
		about  string
		want   string
	}{
		"of the file": {Comparison{Of: OfPeriods}, message.AboutFile, "It broke."},
		"in the middle": {Comparison{Of: OfValues, Result: &message.Comparison{}},
			message.AboutFile, "It broke."},
		"of runs": {Comparison{Of: OfRuns, Runs: [2]string{"a", "b"}},
			message.AboutPast, "It broke."},
		"it has ended": {Comparison{Of: OfPeriods, Result: &message.Comparison{Done: true}},
			message.AboutFile, ""},
		"of something else":   {Comparison{Of: OfPeriods}, message.AboutPast, ""},
		"nothing is compared": {Comparison{}, message.AboutFile, ""},
		"refused before": {Comparison{Of: OfPeriods, Problem: "Equal."},
			message.AboutFile, "Equal."},
	} {
		s := &State{Versus: tt.versus}
		s.Apply(message.Event{Name: message.EventProblem,
			Problem: &message.Problem{About: tt.about, Detail: "It broke."}})
		if s.Versus.Problem != tt.want {
			t.Errorf("%s: %q, want %q", name, s.Versus.Problem, tt.want)
		}
	}
}

// A comparison that arrives is shown, whatever failed elsewhere meanwhile.
func TestComparisonArrives(t *testing.T) {
	s := &State{Versus: Comparison{ID: 3, Of: OfPeriods, Problem: "A download failed."}}
	s.Apply(message.Event{Name: message.EventComparison,
		Comparison: &message.Comparison{ID: 3, Done: true}})
	if s.Versus.Problem != "" || s.Versus.Result == nil {
		t.Errorf("%+v", s.Versus)
	}
}
