package state

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"reviewlens/api/wire"
	"reviewlens/app/message"

	"github.com/google/go-cmp/cmp"
)

// shop returns a state with a file of these columns, all scored.
func shop() *State {
	return &State{Preview: &message.Preview{Header: []string{"id", "country & shop", "text"}},
		Progress: &message.Progress{Rows: 9, Done: 9,
			Summary: message.Summary{Figures: wire.Figures{Scored: 9}}}}
}

// Every filter comes back from the address, with its label, and through a browser's parsing.
func TestAddress(t *testing.T) {
	filters := []message.Filter{
		SentimentFilter("negative"), BinFilter(19, 20), StarFilter(1), StarFilter(2),
		{By: message.Days, From: "2025-06-01", To: "2025-07-01", Label: "Jun 2025"},
		{By: message.Days, From: "2024-01-01", To: "2025-01-01", Label: "2024"},
		{By: message.Days, From: "2025-06-02", Label: "since 2 Jun 2025"},
		ProductFilter("Kettle “B” & 50%/#?+=ü"), OthersFilter, PhraseFilter("lid hinge"),
		AgainstFilter, RepeatsFilter, TroubledFilter, ApartFilter(""), ApartFilter("German"),
		CellFilter("country & shop", 1, "DE=1"), CellFilter("country & shop", 1, ""),
		OtherCellsFilter("country & shop", 1), TopicFilter("space bar", ""),
		TopicFilter("space bar", "negative"), WordsFilter(`HINGE "the lid"`), OnceFilter(),
		{By: message.IsCorrected, Label: "corrected by you"},
	}
	for _, f := range filters {
		s := shop()
		s.View.Filters = []message.Filter{StarFilter(5), f}
		u, err := url.Parse("http://host" + s.Address())
		if err != nil {
			t.Fatal(err)
		}
		path, query, _ := strings.Cut(u.EscapedFragment(), "?")
		got, lost := shop().ParseQuery(query)
		if path != "results" || len(lost) > 0 || cmp.Diff(s.View.Filters, got) != "" {
			t.Errorf("%s: %+v, lost %v, want %+v", s.Address(), got, lost, s.View.Filters)
		}
	}
	s := shop()
	s.Topic = "a/b"
	if s.Address() != "/#results/topic/a%2Fb" {
		t.Errorf("with a topic: %s", s.Address())
	}
	s.View.Filters = []message.Filter{StarFilter(1)}
	if s.Row = 7; s.Address() != "/#results/7?stars=1" {
		t.Errorf("with a review: %s", s.Address())
	}
}

// Topics that an address requests are lost if the run, once it has ended, has not found them.
func TestLoseTopics(t *testing.T) {
	s := shop()
	s.Progress.State = message.Running
	s.PendingQuery = "topic=lid&stars=1&colour=red&topic%3Anegative=hinge"
	if !s.ApplyPendingQuery() || s.LoseTopics() || len(s.View.Filters) != 3 {
		t.Errorf("while it runs: %+v, lost %q", s.View.Filters, s.DroppedFilters)
	}
	s.Apply(message.Event{Name: message.EventTopics,
		Topics: &wire.Topics{List: []wire.Topic{{Name: "hinge"}}}})
	s.Apply(message.Event{Name: message.EventProgress,
		Progress: &message.Progress{State: message.Finished}})
	want := []message.Filter{StarFilter(1), TopicFilter("hinge", "negative")}
	if !s.LoseTopics() || cmp.Diff(want, s.View.Filters) != "" ||
		!slices.Equal(s.DroppedFilters, []string{"colour: red", "topic: lid"}) {
		t.Errorf("at the end: %+v, lost %q", s.View.Filters, s.DroppedFilters)
	}
	if s.LoseTopics() {
		t.Error("they are lost twice")
	}
}

// Topics of a kept run that has all its scores come before its first progress, and are not lost.
func TestTopicsBeforeProgress(t *testing.T) {
	lid := &wire.Topics{List: []wire.Topic{{Name: "lid"}}}
	s := &State{File: "a.csv", PendingQuery: "topic%3Anegative=lid"}
	for _, e := range []message.Event{
		{Name: message.EventPreview, Preview: shop().Preview},
		{Name: message.EventCount, Count: &message.Count{Done: true}},
		{Name: message.EventTopics, Topics: lid},
		{Name: message.EventProgress, Progress: &message.Progress{State: message.Finished}},
	} {
		if !s.Apply(e) {
			t.Errorf("%s is dropped", e.Name)
		}
	}
	if s.Topics() != lid || !s.ApplyPendingQuery() || s.LoseTopics() ||
		!s.FilterBy(message.OfTopic) {
		t.Errorf("topics %+v, filters %+v, lost %q", s.Topics(), s.View.Filters, s.DroppedFilters)
	}
	s.Apply(message.Event{Name: message.EventPreview, Preview: shop().Preview})
	s.Apply(message.Event{Name: message.EventTopics, Topics: lid})
	s.Apply(message.Event{Name: message.EventPreview, Preview: shop().Preview})
	s.Apply(message.Event{Name: message.EventProgress, Progress: &message.Progress{}})
	if s.Topics() != nil {
		t.Errorf("topics of another reading: %+v", s.Topics())
	}
}

// Filters that do not apply to this file are named, and the others hold.
func TestAddressOfAnotherFile(t *testing.T) {
	query := "cell:city=Rome&stars=five&stars=2&days=soon..&colour=red&%zz=1&&product=B"
	got, lost := shop().ParseQuery(query)
	want := []message.Filter{StarFilter(2), ProductFilter("B")}
	if cmp.Diff(want, got) != "" || !slices.Equal(lost,
		[]string{"cell:city: Rome", "stars: five", "days: soon..", "colour: red", ": 1"}) {
		t.Errorf("filters = %+v, lost %q", got, lost)
	}
}

// An address that was opened before its file holds until there are results.
func TestWantedView(t *testing.T) {
	s := &State{PendingQuery: "product=B&cell:id=7"}
	if s.ApplyPendingQuery() || s.PendingQuery == "" {
		t.Error("used without results")
	}
	s.Preview, s.Progress = shop().Preview, shop().Progress
	if !s.ApplyPendingQuery() || s.ApplyPendingQuery() || s.Only() != "B, id: 7" ||
		s.View.Filters[1].Column != 0 {
		t.Errorf("used: %+v", s.View.Filters)
	}
}

// What is shown matches the view once the worker has sent it, and is marked as stale until then.
func TestShown(t *testing.T) {
	s := shop()
	if s.Shown().Scored != 9 || s.Stale() || s.Reading() || s.Only() != "" || s.Suffix() != "" {
		t.Error("without filters it is not the whole")
	}
	s.Filter(ProductFilter("B/C: \"x\""))
	s.BeginView()
	if s.Shown().Scored != 9 || !s.Stale() || !s.Reading() || s.Suffix() != "" {
		t.Errorf("before the worker tells: %d, %q", s.Shown().Scored, s.Suffix())
	}
	tell := func(id, scored int, done bool) {
		s.Apply(message.Event{Name: message.EventFiltered, Filtered: &message.Filtered{ID: id,
			Done: done, Summary: &message.Summary{Figures: wire.Figures{Scored: scored}}}})
	}
	tell(s.View.ID-1, 7, true) // of a previous view
	if s.Filtered != nil {
		t.Error("what another view says is taken")
	}
	tell(s.View.ID, 4, false)
	s.Apply(message.Event{Name: message.EventFiltered,
		Filtered: &message.Filtered{ID: s.View.ID, Looked: 0.5}})
	if s.Shown().Scored != 4 || s.Stale() || !s.Reading() || s.Filtered.Looked != 0.5 ||
		s.Suffix() != " (B C x)" {
		t.Errorf("while the file is read: %+v", s.Filtered)
	}
	tell(s.View.ID, 4, true)
	if s.Reading() || s.Report().Rows != 4 {
		t.Errorf("at the end: %+v", s.Report())
	}
	s.Filter(StarFilter(1))
	s.BeginView()
	if !s.Stale() || s.Shown().Scored != 4 {
		t.Error("the numbers of the view before are not called old")
	}
	s.Selection = &message.Selection{ID: s.View.ID, Done: true}
	if !s.NoHits() {
		t.Error("no rows, and it does not say so")
	}
	s.Unfilter(-1)
	s.BeginView()
	if s.Shown().Scored != 9 || s.Filtered != nil || s.NoHits() {
		t.Error("the whole does not come back")
	}
}

// A click within a view is about its reviews: periods are intersected with the shown one, and
// phrases and topics add up; another value replaces the previous one.
func TestFiltersAddUp(t *testing.T) {
	s := shop()
	s.Filter(message.Filter{By: message.Days, From: "2025-05-01", To: "2025-06-01",
		Label: "May 2025"})
	s.Filter(message.Filter{By: message.Days, From: "2025-05-26", Label: "week of 26 May 2025"})
	if f := s.FilterOf(message.Days, 0); f.From != "2025-05-26" || f.To != "2025-06-01" ||
		f.Label != "from 26 May 2025 to 31 May 2025" {
		t.Errorf("the last week of May = %+v", f)
	}
	s.SetPeriod(Span{From: "2025-01-01", To: "2025-01-31"})
	if f := s.FilterOf(message.Days, 0); f.To != "2025-02-01" || f.Label != "Jan 2025" {
		t.Errorf("another period = %+v", f)
	}
	s.SetPeriod(Span{})
	s.Filter(PhraseFilter("lid"), PhraseFilter("hinge"), TopicFilter("bass", ""),
		TopicFilter("cord", "negative"), TopicFilter("bass", "positive"), PhraseFilter("lid"))
	if got := s.Only(); got != "“hinge”, cord: complained about, bass: praised, “lid”" {
		t.Errorf("filters = %s", got)
	}
	s.View.Filters = nil
	s.Filter(ProductFilter("A"), CellFilter("x", 1, "1"), CellFilter("y", 2, "2"),
		ProductFilter("B"))
	if got := s.Only(); got != "x: 1, y: 2, B" {
		t.Errorf("filters = %s", got)
	}
	s.DropFilter(s.FilterOf(message.Cell, 1))
	if got := s.Only(); got != "y: 2, B" {
		t.Errorf("filters = %s", got)
	}
}

func TestLines(t *testing.T) {
	lines := Lines("\n Great kettle. \r\n\r\nIt \"broke\", sadly.\n")
	if !slices.Equal(lines, []string{"Great kettle.", `It "broke", sadly.`}) {
		t.Errorf("lines = %q", lines)
	}
	if got := LinesCSV(lines); got !=
		"line,review\r\n1,\"Great kettle.\"\r\n2,\"It \"\"broke\"\", sadly.\"\r\n" {
		t.Errorf("file = %q", got)
	}
}
