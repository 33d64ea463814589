package state

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reviewlens/api/wire"
	"reviewlens/app/message"
)

// The exported numbers are the shown ones, with the names of the columns.
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
	s.Preview.Reading = &wire.Reading{Sentence: "Reviews from \"b\"."}
	s.Count = &message.Count{Doubts: []string{"a date"}, RepairNote: "a row"}
	if got := s.Report().Reading.Findings; strings.Join(got, ", ") != "a date, a row" {
		t.Errorf("findings = %q", got)
	}
}

// An export of a run that has not ended gives its progress.
func TestScope(t *testing.T) {
	for _, tt := range []struct {
		state    string
		done     int
		filtered bool
		want     string
	}{
		{message.Running, 3000, false, "3,000 of 10,000 rows so far"},
		{message.Cancelled, 3000, true, "3,000 of 10,000 rows so far, B"},
		{message.Broken, 3000, false, "3,000 of 10,000 rows so far"},
		{message.Paused, 10000, false, ""},
		{message.Finished, 10000, false, ""},
		{message.Finished, 10000, true, "B"},
	} {
		s := State{Preview: &message.Preview{},
			Progress: &message.Progress{State: tt.state, Rows: 10000, Done: tt.done}}
		suffix := ""
		if tt.filtered {
			s.View.Filters = []message.Filter{ProductFilter("B")}
			s.BeginView()
			s.Apply(message.Event{Name: message.EventFiltered,
				Filtered: &message.Filtered{ID: s.View.ID, Summary: &message.Summary{}}})
		}
		if tt.want != "" {
			suffix = " (" + tt.want + ")"
		}
		if got := s.Scope(); got != tt.want || s.Suffix() != suffix {
			t.Errorf("%s, %d rows: %q, %q, want %q", tt.state, tt.done, got, s.Suffix(), tt.want)
		}
	}
}

// A long name takes no more room in the scope than in other sentences.
func TestScopeCutsNames(t *testing.T) {
	s := State{Preview: &message.Preview{}}
	long := strings.Repeat("é", 80)
	got := s.scope([]message.Filter{ProductFilter(long + "é"), ProductFilter(long)})
	if want := long + "…, " + long; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// An export is named after the reviews that it covers, not those being searched.
func TestScopeOfWhatIsShown(t *testing.T) {
	s := State{Preview: &message.Preview{}, GroupBy: "2",
		Progress: &message.Progress{State: message.Finished}}
	is := func(what, shown, grouped string) {
		t.Helper()
		if s.Suffix() != shown || s.GroupSuffix() != grouped {
			t.Errorf("%s: %q and %q, want %q and %q", what, s.Suffix(), s.GroupSuffix(), shown,
				grouped)
		}
	}
	look := func(filters ...message.Filter) {
		s.View.Filters = filters
		s.BeginView()
	}
	groups := func() {
		s.Apply(message.Event{Name: message.EventGroups,
			Groups: &message.Groups{Column: 2, Done: true}})
	}
	filtered := func() {
		s.Apply(message.Event{Name: message.EventFiltered,
			Filtered: &message.Filtered{ID: s.View.ID, Summary: &message.Summary{}}})
	}
	groups()
	look(ProductFilter("A"))
	is("A is looked for", "", "")
	groups()
	is("its groups are there", "", " (A)")
	filtered()
	is("A is shown", " (A)", " (A)")
	look(ProductFilter("B"))
	is("B is looked for", " (A)", " (A)")
	groups()
	filtered()
	is("B is shown", " (B)", " (B)")
	look()
	is("all are shown", "", " (B)")
	groups()
	is("all are grouped", "", "")
}
