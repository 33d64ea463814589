package state

import (
	"strings"
	"testing"

	"reviewlens/app/message"
)

// ofSurvey returns a state whose file has two questions, the first of which is analysed.
func ofSurvey() *State {
	c := message.Columns{Text: 1, Title: -1, Stars: 0, Date: -1, Product: 3, ID: -1}
	second, both := c, c
	second.SetTexts([]int{2})
	both.SetTexts([]int{1, 2})
	s := &State{File: "survey.csv", Screen: ScreenResults, Preview: &message.Preview{
		Header: []string{"score", "Why?", "What else?", "shop"}, Columns: c,
		Choices: []message.Choice{{Label: "Why?", Columns: c},
			{Label: "What else?", Columns: second}, {Label: "Why? + What else?", Columns: both}}}}
	s.Progress = &message.Progress{State: message.Finished}
	return s
}

// done returns the event of a text whose answers have all been scored.
func done(scored int) message.Event {
	p := &message.Progress{State: message.Finished}
	p.Summary.Scored = scored
	return message.Event{Name: message.EventProgress, Progress: p}
}

func TestAnalyseText(t *testing.T) {
	s := ofSurvey()
	if s.Source() != "survey.csv: Why?" || s.Query() != "text=Why%3F" {
		t.Errorf("%s, %s", s.Source(), s.Query())
	}
	s.Apply(done(7))
	s.Filter(StarFilter(5), SentimentFilter("negative"), ProductFilter("Kettle & Co"))
	next, ok := s.NextText()
	if !ok || next.Label != "What else?" {
		t.Fatalf("next is %+v", next)
	}
	id := s.View.ID
	s.AnalyseText(next)
	const query = "text=What+else%3F&stars=5&product=Kettle+%26+Co"
	if s.Query() != query || s.Label() != "What else?" || s.View.ID == id || !s.Running() {
		t.Errorf("%s, %q, view %d after %d, %+v", s.Query(), s.Label(), s.View.ID, id, s.Progress)
	}
	s.Apply(done(7)) // late, of the text before
	if s.ApplyPendingQuery() || s.Analysed["What else?"].Scored != 0 {
		t.Errorf("an event of the text before counts: %+v", s.Analysed)
	}

	preview := *s.Preview
	s.Apply(message.Event{Name: message.EventPreview, Preview: &preview})
	if !s.ApplyPendingQuery() || s.Query() != query || len(s.DroppedFilters) > 0 ||
		len(s.View.Filters) != 2 {
		t.Errorf("%s, lost %v", s.Query(), s.DroppedFilters)
	}
	s.Apply(done(3))
	if s.Analysed["Why?"].Scored != 7 || s.Analysed["What else?"].Scored != 3 {
		t.Errorf("%+v", s.Analysed)
	}
	if c, more := s.NextText(); more {
		t.Errorf("next is %+v", c)
	}
	s.Apply(message.Event{Name: message.EventPreview, Preview: &preview}) // read in another way
	if s.Analysed != nil {
		t.Errorf("what came of another reading stays: %+v", s.Analysed)
	}
}

// Of two texts that are chosen at once, the second is analysed, with the previous filters.
func TestAnalyseTwoTexts(t *testing.T) {
	s := ofSurvey()
	s.Filter(StarFilter(5))
	of := func(c message.Choice) message.Event {
		preview := *s.Preview
		preview.Columns = c.Columns
		return message.Event{Name: message.EventPreview, Preview: &preview}
	}
	first, second := s.Choices()[1], s.Choices()[2]
	s.AnalyseText(first)
	s.AnalyseText(second)
	const query = "text=Why%3F+%2B+What+else%3F&stars=5"
	if s.Query() != query {
		t.Errorf("%s, want %s", s.Query(), query)
	}
	if s.Apply(of(first)) || !s.Switching || s.Progress == nil {
		t.Errorf("the first is shown: %s, %+v", s.Label(), s.Progress)
	}
	s.Apply(of(second))
	if c, again := s.WantedText(); again || s.Label() != second.Label || !s.Running() {
		t.Errorf("%s is shown, %q is asked for", s.Label(), c.Label)
	}
	if !s.ApplyPendingQuery() || s.Query() != query {
		t.Errorf("%s, want %s", s.Query(), query)
	}
}

// An address requests a text by its name, in a file that has it.
func TestWantedText(t *testing.T) {
	s := ofSurvey()
	for query, want := range map[string]string{
		"text=What+else%3F&stars=5": "What else?",
		"stars=5&text=Why%3F":       "", // it is analysed
		"stars=5":                   "",
		"text=Who%3F":               "",
		"text=%zz":                  "",
	} {
		s.PendingQuery = query
		if c, ok := s.WantedText(); c.Label != want || ok != (want != "") {
			t.Errorf("%s: %q, %v", query, c.Label, ok)
		}
	}
	if filters, lost := s.ParseQuery("text=Why%3F&stars=5"); len(filters) != 1 || len(lost) != 0 {
		t.Errorf("%+v, lost %v", filters, lost)
	}
	if _, lost := s.ParseQuery("text=Who%3F&stars=5"); strings.Join(lost, "") != "text: Who?" {
		t.Errorf("lost %v", lost)
	}
	if got := WithText("text=a+b&stars=5", "c & d"); got != "text=c+%26+d&stars=5" {
		t.Errorf("%s", got)
	}
	if got := WithText("stars=5", "c"); got != "stars=5" {
		t.Errorf("%s", got)
	}
}

// A file that cannot be read by another text says so, and nothing keeps waiting.
func TestTextThatCannotBeRead(t *testing.T) {
	s := ofSurvey()
	s.AnalyseText(s.Preview.Choices[1])
	s.Apply(message.Event{Name: message.EventProblem,
		Problem: &message.Problem{About: message.AboutFile, Detail: "It has changed."}})
	if s.Switching || s.Running() || s.FileProblem == nil {
		t.Errorf("%+v", s.Progress)
	}
}
