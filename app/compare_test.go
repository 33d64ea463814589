package app

import (
	"strings"
	"testing"

	goapp "github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/message"
	"reviewlens/app/state"
)

// Groups and comparisons are rendered in each state; an answer to an older request is dropped.
func TestGroupsAndComparison(t *testing.T) {
	preview := &message.Preview{Header: []string{"review", "<b>shop</b>", "title", "stars"},
		Groups:  []int{0, 1, 2, 3},
		Columns: message.Columns{Text: 0, Title: 2, Stars: 3, Date: -1, Product: -1, ID: -1}}
	s := state.State{Screen: state.ScreenResults, Preview: preview,
		Progress: &message.Progress{State: message.Finished,
			Summary: message.Summary{Figures: wire.Figures{Scored: 5, Unit: "month",
				Periods: []wire.Period{{From: "2025-01-01"}, {From: "2025-02-01"}}}}}}
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
		t.Errorf("columns = %v; the text, its title and the stars are none", got)
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
	// counted again: the known figures stay meanwhile
	s.Apply(message.Event{Name: message.EventGroups,
		Groups: &message.Groups{Column: 1, Looked: 0.5}})
	draw("3 others")

	s.Versus = state.Comparison{ID: 7, Of: state.OfPeriods, Names: [2]string{"until <i>", "since"},
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
	s.Versus.Result.Topics = []message.Shift{{Phrase: "<i>hinge</i>", A: wire.Interval{Share: 0.02},
		B: wire.Interval{Share: 0.09}, Delta: wire.Interval{Share: 0.07, Low: 0.03, High: 0.11}}}
	draw("What people complain about", "+7.0", "3.0 to 11.0")
	s.Versus.Result.Models = []string{"aaaa", "bbbb"}
	draw("Different models have scored these reviews (aaaa, bbbb)")
	s.Versus.Result.Topics, s.Versus.Result.Shifts = nil, nil
	draw("No complaint and no praise is more frequent")
	s.Versus.Problem = "Overlap."
	draw("Overlap.")
}
