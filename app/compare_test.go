package app

import (
	"strings"
	"testing"

	goapp "github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/message"
)

func TestSpans(t *testing.T) {
	for _, tt := range []struct {
		span     Span
		from, to string // of the filter, which ends before a day
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
		want  string // part of what is said
	}{
		{[2]Span{{"", "2025-01-05"}, {"2025-01-06", ""}}, ""},
		{[2]Span{{"2025-01-06", ""}, {"", "2025-01-05"}}, ""}, // in either order
		{[2]Span{{"2025-01-01", "2025-01-31"}, {"2025-03-01", "2025-03-31"}}, ""},
		{[2]Span{{"", "2025-01-06"}, {"2025-01-06", ""}}, "overlap"}, // both days count
		{[2]Span{{}, {"2025-01-06", ""}}, "overlap"},
		{[2]Span{{"2025-02-01", "2025-01-01"}, {"2025-03-01", ""}}, "ends before it begins"},
	} {
		if got := Apart(tt.spans); (got == "") != (tt.want == "") ||
			!strings.Contains(got, tt.want) {
			t.Errorf("%v: %q, want %q", tt.spans, got, tt.want)
		}
	}
	for _, sum := range []message.Summary{
		{Change: &wire.Change{From: "2025-03-01"}, Periods: make([]wire.Period, 4)},
		{Periods: []wire.Period{{From: "2025-01-01"}, {From: "2025-02-01"}, {From: "2025-03-01"},
			{From: "2025-04-01"}}},
	} {
		if spans := halves(sum); spans != [2]Span{{To: "2025-02-28"}, {From: "2025-03-01"}} ||
			Apart(spans) != "" {
			t.Errorf("proposed = %v", spans)
		}
	}
	if Apart(halves(message.Summary{})) == "" {
		t.Error("without dates there are two periods")
	}
}

// Groups and comparisons are drawn in each state; an answer to an older question is dropped.
func TestGroupsAndComparison(t *testing.T) {
	preview := &message.Preview{Header: []string{"review", "<b>shop</b>", "title"},
		Groups:  []int{0, 1, 2},
		Columns: message.Columns{Text: 0, Title: 2, Stars: -1, Date: -1, Product: -1, ID: -1}}
	s := State{Screen: ScreenResults, Preview: preview,
		Progress: &message.Progress{State: message.Finished, Summary: message.Summary{Scored: 5,
			Unit: "month", Periods: []wire.Period{{From: "2025-01-01"}, {From: "2025-02-01"}}}}}
	draw := func(want ...string) {
		t.Helper()
		html := goapp.HTMLString(&App{state: s})
		for _, w := range want {
			if !strings.Contains(html, w) {
				t.Errorf("the page lacks %q", w)
			}
		}
		for _, tag := range []string{"><b>", "><i>"} {
			if strings.Contains(html, tag) {
				t.Errorf("what the file holds is shown as HTML: %s", tag)
			}
		}
	}
	if got := s.Groupable(); len(got) != 1 || got[0] != 1 {
		t.Errorf("columns = %v; the text and its title are none", got)
	}
	draw("choose a column…", "Compare two periods")
	s.GroupBy = "1"
	draw("Reading the column…")
	s.Apply(message.Event{Name: message.EventGroups,
		Groups: &message.Groups{Column: 2, Done: true}})
	if s.Groups != nil {
		t.Error("the groups of another column are taken")
	}
	s.Apply(message.Event{Name: message.EventGroups,
		Groups: &message.Groups{Column: 1, Done: true}})
	draw("No review has anything in this column.")
	iv := wire.Interval{Share: 0.5, Low: 0.3, High: 0.7}
	s.Apply(message.Event{Name: message.EventGroups,
		Groups: &message.Groups{Column: 1, Done: true, OtherValues: 3,
			Empty: wire.Sum{Rows: 2, Share: iv},
			Values: []wire.Product{{Name: "<i>one</i>", Sum: wire.Sum{Rows: 9, Share: iv}},
				{Name: "two"}}}})
	draw("3 others", "(empty)", "30% to 70%", "Compare two of them")
	// counted anew: what is known stays meanwhile
	s.Apply(message.Event{Name: message.EventGroups,
		Groups: &message.Groups{Column: 1, Looked: 0.5}})
	draw("3 others")

	s.Versus = Versus{ID: 7, Of: ofPeriods, Names: [2]string{"until <i>", "since"},
		Filters: [2][]message.Filter{{{By: message.Days}}, {{By: message.Days}}}}
	draw("Reading both… 0%")
	s.Apply(message.Event{Name: message.EventComparison,
		Comparison: &message.Comparison{ID: 6, Done: true}})
	draw("Reading both…")
	s.Apply(message.Event{Name: message.EventComparison,
		Comparison: &message.Comparison{ID: 7, Done: true, A: wire.Sum{Rows: 5, Share: iv},
			B: wire.Sum{Rows: 6, Share: iv}, Delta: wire.Interval{Low: -0.2, High: 0.2},
			Shifts: []message.Shift{
				{Phrase: "<i>lid</i>", Sentiment: "negative", A: wire.Interval{Share: 0.06},
					B:     wire.Interval{Share: 0.005},
					Delta: wire.Interval{Share: -0.055, Low: -0.08, High: -0.01}}}}})
	draw("No difference that the numbers can show", "6.0%", "0.5%", "−5.5", "−8.0 to −1.0")
	s.Versus.Result.Shifts = nil
	draw("No complaint and no praise is more frequent")
	s.Versus.Problem = "Overlap."
	draw("Overlap.")
}
