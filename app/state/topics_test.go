package state

import (
	"reflect"
	"strings"
	"testing"

	"reviewlens/api/wire"
	"reviewlens/app/message"
)

// withTopics is a state in which a run has found the bass, the space bar and the price.
func withTopics() *State {
	s := &State{Progress: &message.Progress{}}
	s.Apply(message.Event{Name: message.EventTopics, Topics: &wire.Topics{List: []wire.Topic{
		{Name: "space bar", Forms: []string{"space bar", "Spacebar"}},
		{Name: "bass", Forms: []string{"bass"}},
		{Name: "price", Forms: []string{"price", "prices"}},
	}}})
	return s
}

// Each change is the one that the scheme says, and Undo takes it back.
func TestTopicsAreChanged(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(s *State) bool
		want   message.Scheme
		open   string
	}{
		"rename": {func(s *State) bool { return s.RenameTopic("bass", " low end ") },
			message.Scheme{Topics: []message.OwnTopic{{Name: "low end", Forms: []string{"bass"}}}},
			"low end"},
		"rename to another": {func(s *State) bool { return s.RenameTopic("bass", "price") },
			message.Scheme{Topics: []message.OwnTopic{{Name: "price",
				Forms: []string{"price", "prices", "bass"}}}}, "price"},
		"merge": {func(s *State) bool { return s.MergeTopic("bass", "space bar") },
			message.Scheme{Topics: []message.OwnTopic{{Name: "space bar",
				Forms: []string{"space bar", "spacebar", "bass"}}}}, "space bar"},
		"hide": {func(s *State) bool { return s.HideTopic("space bar") },
			message.Scheme{Hidden: []string{"space bar"}}, ""},
		"pin": {func(s *State) bool { return s.PinTopic("price", true) },
			message.Scheme{Topics: []message.OwnTopic{{Name: "price",
				Forms: []string{"price", "prices"}, Pinned: true}}}, "bass"},
	} {
		t.Run(name, func(t *testing.T) {
			s := withTopics()
			s.Topic = "bass"
			if !tt.change(s) {
				t.Fatal("nothing changed")
			}
			if !reflect.DeepEqual(s.Scheme, tt.want) || s.Topic != tt.open {
				t.Errorf("scheme = %+v with %q open, want %+v with %q", s.Scheme, s.Topic, tt.want,
					tt.open)
			}
			back, wrong := ReadScheme(s.SchemeJSON())
			if wrong != "" || !reflect.DeepEqual(back, tt.want) {
				t.Errorf("read back it is %+v: %s", back, wrong)
			}
			if !s.UndoTopics() || len(s.Scheme.Topics)+len(s.Scheme.Hidden) > 0 ||
				s.Topic != "bass" {
				t.Errorf("after Undo: %+v with %q open", s.Scheme, s.Topic)
			}
			if s.UndoTopics() {
				t.Error("there is more to take back than was done")
			}
		})
	}
}

// A change of an own topic changes that one, and an earlier scheme is not touched by a later one.
func TestOwnTopicsAreChangedAgain(t *testing.T) {
	s := withTopics()
	s.PinTopic("bass", true)
	s.RenameTopic("bass", "low end")
	s.Apply(message.Event{Name: message.EventTopics, Topics: &wire.Topics{List: []wire.Topic{
		{Name: "low end", Forms: []string{"bass"}, Pinned: true},
		{Name: "price", Forms: []string{"price"}}}}})
	s.MergeTopic("low end", "price")
	want := []message.OwnTopic{{Name: "price", Forms: []string{"price", "bass", "low end"},
		Pinned: true}}
	if !reflect.DeepEqual(s.Scheme.Topics, want) {
		t.Errorf("merged = %+v, want %+v", s.Scheme.Topics, want)
	}
	s.UndoTopics()
	want = []message.OwnTopic{{Name: "low end", Forms: []string{"bass"}, Pinned: true}}
	if !reflect.DeepEqual(s.Scheme.Topics, want) {
		t.Errorf("after Undo = %+v, want %+v", s.Scheme.Topics, want)
	}
}

func TestNothingChangesOfTopicsThatAreNone(t *testing.T) {
	s := withTopics()
	if s.RenameTopic("bass", "  ") || s.RenameTopic("bass", "bass") || s.RenameTopic("lid", "x") ||
		s.MergeTopic("bass", "lid") || s.MergeTopic("bass", "bass") || s.HideTopic("lid") ||
		s.PinTopic("bass", false) || s.ShowTopics() || len(s.TopicSteps) > 0 {
		t.Errorf("steps = %+v", s.TopicSteps)
	}
}

func TestSchemesThatDoNotFit(t *testing.T) {
	for _, text := range []string{"", "[]", `{"topics": 3}`, `{"topics": [{"forms": ["x"]}]}`,
		`{"topics": [{"name": "x"}]}`, `{"topics": [{"name": "x", "forms": [""]}]}`,
		`{"hidden": [" "]}`,
		`{"hidden": [` + strings.Repeat(`"x",`, maxOwnTopics) + `"x"]}`} {
		s := withTopics()
		if s.LoadScheme(text) || s.TopicNote == "" {
			t.Errorf("%.40s is taken: %+v", text, s.Scheme)
		}
	}
	s := withTopics()
	if !s.LoadScheme(`{"topics": [{"name": "low end", "forms": ["bass"]}], "hidden": ["lid"]}`) ||
		s.Scheme.Topics[0].Name != "low end" {
		t.Errorf("scheme = %+v: %s", s.Scheme, s.TopicNote)
	}
}

// Topics stay while scores arrive, and an open one that is gone is closed.
func TestTopicsStay(t *testing.T) {
	s := withTopics()
	s.Topic = "bass"
	s.Apply(message.Event{Name: message.EventProgress, Progress: &message.Progress{Done: 9}})
	if s.OpenTopic() == nil || s.Progress.Done != 9 {
		t.Error("the topics went with the next scores")
	}
	s.Apply(message.Event{Name: message.EventTopics, Topics: &wire.Topics{}})
	if s.Topic != "" {
		t.Error("a topic that is not listed is open")
	}
}
