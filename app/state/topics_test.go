package state

import (
	"reflect"
	"slices"
	"testing"

	"reviewlens/api/wire"
	"reviewlens/app/message"
)

// withTopics returns a state in which a run has found the bass, the space bar and the price.
func withTopics() *State {
	s := &State{Preview: previewOf("review"), Progress: &message.Progress{}}
	s.Apply(message.Event{Name: message.EventTopics, Topics: &wire.Topics{List: []wire.Topic{
		{Name: "space bar", Forms: []string{"space bar", "Spacebar"}},
		{Name: "bass", Forms: []string{"bass"}},
		{Name: "price", Forms: []string{"price", "prices"}},
		{Name: "sound", Forms: []string{"sound", "Sounds", "audio", "sound quality"}},
	}}})
	return s
}

// scheme returns a scheme of these topics.
func scheme(topics ...message.OwnTopic) message.Scheme {
	return message.Scheme{Version: message.SchemeVersion, Topics: topics}
}

// Each change modifies the scheme as described, and Undo reverses it.
func TestTopicsAreChanged(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(s *State) bool
		want   message.OwnTopic
		open   string
	}{
		"rename": {func(s *State) bool { return s.RenameTopic("bass", " low  end ") },
			message.OwnTopic{Name: "low end", Terms: []string{"bass"}}, "low end"},
		"capitals": {func(s *State) bool { return s.RenameTopic("bass", "Bass") },
			message.OwnTopic{Name: "Bass", Terms: []string{"bass"}}, "Bass"},
		"rename to another": {func(s *State) bool { return s.RenameTopic("bass", "price") },
			message.OwnTopic{Name: "price", Terms: []string{"price", "bass"}}, "price"},
		"merge": {func(s *State) bool { return s.MergeTopic("bass", "space bar") },
			message.OwnTopic{Name: "space bar", Terms: []string{"space bar", "bass"}},
			"space bar"},
		"split": {func(s *State) bool { return s.SplitTopic("sound", "audio") },
			message.OwnTopic{Name: "audio", Terms: []string{"audio"}, Apart: true}, "audio"},
		"hide": {func(s *State) bool { return s.HideTopic("bass") },
			message.OwnTopic{Name: "bass", Terms: []string{"bass"}, Hidden: true}, ""},
		"pin": {func(s *State) bool { return s.PinTopic("price", true) },
			message.OwnTopic{Name: "price", Terms: []string{"price"}, Pinned: true}, "bass"},
	} {
		t.Run(name, func(t *testing.T) {
			s := withTopics()
			s.Topic = "bass"
			if !tt.change(s) {
				t.Fatal("nothing changed")
			}
			if !reflect.DeepEqual(s.Scheme, scheme(tt.want)) || s.Topic != tt.open {
				t.Errorf("scheme = %+v with %q open, want %+v with %q", s.Scheme, s.Topic, tt.want,
					tt.open)
			}
			var later State
			if !later.KeepScheme(s.SchemeJSON()) || !reflect.DeepEqual(later.Scheme, s.Scheme) {
				t.Errorf("the next page has %+v", later.Scheme)
			}
			if !s.UndoTopics() || len(s.Scheme.Topics) > 0 || s.Topic != "bass" {
				t.Errorf("after Undo: %+v with %q open", s.Scheme, s.Topic)
			}
			if s.UndoTopics() {
				t.Error("there is more to take back than was done")
			}
		})
	}
}

// The filters of the view follow a topic, and follow it back with Undo; a filter by a removed topic
// would pass no review.
func TestFiltersFollowTopics(t *testing.T) {
	bass, price := TopicFilter("bass", "negative"), TopicFilter("price", "")
	stars := message.Filter{By: message.Stars, Value: "1"}
	lowEnd, audio := TopicFilter("low end", "negative"), TopicFilter("audio", "")
	for name, tt := range map[string]struct {
		before []message.Filter
		change func(s *State) bool
		after  []message.Filter
		then   func(s *State) // before the undo
		back   []message.Filter
	}{
		"renamed": {[]message.Filter{bass, stars},
			func(s *State) bool { return s.RenameTopic("bass", "low end") },
			[]message.Filter{stars, lowEnd}, nil, []message.Filter{stars, bass}},
		"renamed, filtered by later": {nil,
			func(s *State) bool { return s.RenameTopic("bass", "low end") }, nil,
			func(s *State) { s.Filter(stars, lowEnd) }, []message.Filter{stars, bass}},
		"renamed, filter taken away": {[]message.Filter{bass},
			func(s *State) bool { return s.RenameTopic("bass", "low end") },
			[]message.Filter{lowEnd}, func(s *State) { s.Unfilter(-1) }, nil},
		"merged": {[]message.Filter{bass},
			func(s *State) bool { return s.MergeTopic("bass", "price") },
			[]message.Filter{TopicFilter("price", "negative")}, nil, []message.Filter{bass}},
		"both merged": {[]message.Filter{bass, price},
			func(s *State) bool { return s.MergeTopic("bass", "price") },
			[]message.Filter{TopicFilter("price", "negative")}, nil,
			[]message.Filter{bass, price}},
		"merged, filtered by the other": {[]message.Filter{price},
			func(s *State) bool { return s.MergeTopic("bass", "price") },
			[]message.Filter{price}, nil, []message.Filter{price}},
		"split, filtered by the part": {nil,
			func(s *State) bool { return s.SplitTopic("sound", "audio") }, nil,
			func(s *State) { s.Filter(audio) }, []message.Filter{TopicFilter("sound", "")}},
		"hidden": {[]message.Filter{bass, stars},
			func(s *State) bool { return s.HideTopic("bass") },
			[]message.Filter{stars}, nil, []message.Filter{stars, bass}},
		"hidden by a file": {[]message.Filter{bass},
			func(s *State) bool {
				return s.LoadScheme(`{"version": 1, "topics": [{"name": "bass", ` +
					`"terms": ["bass"], "hidden": true}]}`)
			}, nil, nil, []message.Filter{bass}},
		"pinned": {[]message.Filter{bass},
			func(s *State) bool { return s.PinTopic("bass", true) }, []message.Filter{bass}, nil,
			[]message.Filter{bass}},
	} {
		t.Run(name, func(t *testing.T) {
			s := withTopics()
			s.Filter(tt.before...)
			if s.BeginView(); !tt.change(s) || !slices.Equal(s.View.Filters, tt.after) {
				t.Fatalf("filters = %+v, want %+v", s.View.Filters, tt.after)
			}
			if s.ViewIsCurrent() != slices.Equal(tt.before, tt.after) {
				t.Error("the page does not know whether to show other reviews")
			}
			if tt.then != nil {
				tt.then(s)
			}
			if s.UndoTopics(); !slices.Equal(s.View.Filters, tt.back) {
				t.Errorf("after Undo: %+v, want %+v", s.View.Filters, tt.back)
			}
		})
	}
	s := withTopics() // of a topic that is shown again, and then is not
	s.HideTopic("bass")
	s.ShowTopics()
	s.Filter(bass)
	if s.UndoTopics(); len(s.View.Filters) > 0 {
		t.Errorf("the view is of a hidden topic: %+v", s.View.Filters)
	}
}

// Other spellings of a topic's name are not parts of it, and a part of an own topic leaves it.
func TestSplitTopic(t *testing.T) {
	s := withTopics()
	for topic, want := range map[string][]string{"space bar": nil, "price": nil, "bass": nil,
		"sound": {"audio", "sound quality"}} {
		if got := s.Parts(s.FindTopic(topic)); !reflect.DeepEqual(got, want) {
			t.Errorf("Parts(%s) = %q, want %q", topic, got, want)
		}
	}
	for _, part := range []string{"Spacebar", "bass", ""} {
		if s.SplitTopic("space bar", part) {
			t.Errorf("%q was split off", part)
		}
	}
	s.MergeTopic("bass", "sound")
	s.Apply(message.Event{Name: message.EventTopics, Topics: &wire.Topics{List: []wire.Topic{
		{Name: "sound", Forms: []string{"sound", "audio", "bass"}}}}})
	s.SplitTopic("sound", "bass")
	if want := scheme(message.OwnTopic{Name: "bass", Terms: []string{"bass"},
		Apart: true}); !reflect.DeepEqual(s.Scheme, want) {
		t.Errorf("scheme = %+v, want %+v", s.Scheme, want)
	}
}

// Merged topics keep which of their terms take nothing with them.
func TestMergeApart(t *testing.T) {
	apart := message.OwnTopic{Name: "audio", Terms: []string{"audio"}, Apart: true}
	for name, tt := range map[string]struct {
		before     []message.OwnTopic
		from, into string
		want       message.OwnTopic
	}{
		"apart into another": {[]message.OwnTopic{apart}, "audio", "bass",
			message.OwnTopic{Name: "bass", Terms: []string{"bass", "audio"},
				ApartTerms: []string{"audio"}}},
		"another into apart": {[]message.OwnTopic{apart}, "bass", "audio",
			message.OwnTopic{Name: "audio", Terms: []string{"audio", "bass"},
				ApartTerms: []string{"audio"}}},
		"both apart": {[]message.OwnTopic{apart,
			{Name: "bass", Terms: []string{"bass"}, Apart: true}}, "bass", "audio",
			message.OwnTopic{Name: "audio", Terms: []string{"audio", "bass"}, Apart: true}},
	} {
		s := withTopics()
		s.Topics().List = append(s.Topics().List, wire.Topic{Name: "audio"})
		s.Scheme.Topics = tt.before
		if !s.MergeTopic(tt.from, tt.into) || !reflect.DeepEqual(s.Scheme, scheme(tt.want)) {
			t.Errorf("%s: scheme = %+v, want %+v", name, s.Scheme, tt.want)
		}
	}
}

// A name in other letters is the same name: topics of both names are one.
func TestRenameInOtherLetters(t *testing.T) {
	s := withTopics()
	s.RenameTopic("price", "BASS")
	want := scheme(message.OwnTopic{Name: "bass", Terms: []string{"bass", "price"}})
	if !reflect.DeepEqual(s.Scheme, want) || s.Topic != "bass" {
		t.Errorf("scheme = %+v, topic %q; want %+v", s.Scheme, s.Topic, want)
	}
	s = withTopics()
	s.RenameTopic("price", "Price")
	if want := scheme(message.OwnTopic{Name: "Price",
		Terms: []string{"price"}}); !reflect.DeepEqual(s.Scheme, want) {
		t.Errorf("scheme = %+v, want %+v", s.Scheme, want)
	}
}

// All terms of an own topic together are not a part of it: nothing would be left. Neither is
// another number of its name.
func TestPartsOfAnOwnTopic(t *testing.T) {
	for name, tt := range map[string]struct {
		own   message.OwnTopic
		forms []string
		want  []string
	}{
		"its only term": {message.OwnTopic{Name: "Loudness", Terms: []string{"noise"}},
			[]string{"noise", "Noises"}, nil},
		"one of two": {message.OwnTopic{Name: "Loudness", Terms: []string{"noise", "hum"}},
			[]string{"noise", "hum"}, []string{"noise", "hum"}},
		"both spellings of one": {message.OwnTopic{Name: "Loudness",
			Terms: []string{"noise", "noises"}}, []string{"noise", "noises"}, nil},
		"beside a phrase": {message.OwnTopic{Name: "Loudness", Terms: []string{"noise"},
			Phrases: []string{"too loud"}}, []string{"noise"}, []string{"noise"}},
		"a plural": {message.OwnTopic{Name: "Power", Terms: []string{"battery"}},
			[]string{"battery", "batteries"}, nil},
		"of its name": {message.OwnTopic{Name: "battery", Terms: []string{"battery"}, Pinned: true},
			[]string{"battery", "batteries", "cell"}, []string{"cell"}},
	} {
		s := &State{Progress: &message.Progress{}, Scheme: scheme(tt.own)}
		s.Progress.Summary.Topics = &wire.Topics{List: []wire.Topic{
			{Name: tt.own.Name, Forms: tt.forms}}}
		parts := s.Parts(s.FindTopic(tt.own.Name))
		if !slices.Equal(parts, tt.want) {
			t.Errorf("%s: parts are %q, want %q", name, parts, tt.want)
		}
		for _, part := range parts {
			other := *s
			other.Scheme = clone(s.Scheme)
			if !other.SplitTopic(tt.own.Name, part) {
				t.Errorf("%s: %q is not split off", name, part)
			}
			terms := map[string]bool{}
			for _, o := range other.Scheme.Topics {
				for _, term := range o.Terms {
					if terms[spelling(term)] {
						t.Errorf("%s: %q of two topics: %+v", name, term, other.Scheme)
					}
					terms[spelling(term)] = true
				}
				if len(o.Terms)+len(o.Phrases) == 0 {
					t.Errorf("%s: nothing is left: %+v", name, other.Scheme)
				}
			}
		}
	}
}

// A change of an own topic changes that one, and an earlier scheme is not modified by a later one.
func TestOwnTopicsAreChangedAgain(t *testing.T) {
	s := withTopics()
	s.PinTopic("bass", true)
	s.RenameTopic("bass", "low end")
	s.Apply(message.Event{Name: message.EventTopics, Topics: &wire.Topics{List: []wire.Topic{
		{Name: "low end", Pinned: true}, {Name: "price"}}}})
	s.MergeTopic("low end", "price")
	want := scheme(message.OwnTopic{Name: "price", Terms: []string{"price", "bass"}, Pinned: true})
	if !reflect.DeepEqual(s.Scheme, want) {
		t.Errorf("merged = %+v, want %+v", s.Scheme, want)
	}
	s.UndoTopics()
	want = scheme(message.OwnTopic{Name: "low end", Terms: []string{"bass"}, Pinned: true})
	if !reflect.DeepEqual(s.Scheme, want) {
		t.Errorf("after Undo = %+v, want %+v", s.Scheme, want)
	}
	s.HideTopic("price")
	if !s.RenameTopic("low end", "Price") { // which is hidden: the two are one, and are listed
		t.Fatal("nothing changed")
	}
	want = scheme(message.OwnTopic{Name: "price", Terms: []string{"price", "bass"}, Pinned: true})
	if !reflect.DeepEqual(s.Scheme, want) || s.Topic != "price" {
		t.Errorf("renamed to a hidden one = %+v with %q open, want %+v", s.Scheme, s.Topic, want)
	}
}

// Hidden topics can be shown again, and leave nothing in the scheme.
func TestHiddenTopicsAreShownAgain(t *testing.T) {
	s := withTopics()
	s.HideTopic("bass")
	s.HideTopic("price")
	if got := s.Hidden(); !reflect.DeepEqual(got, []string{"bass", "price"}) {
		t.Errorf("hidden = %q", got)
	}
	if !s.ShowTopics() || s.SchemeJSON() != "" {
		t.Errorf("scheme = %s", s.SchemeJSON())
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

// A scheme that the worker rejects is not kept.
func TestSchemesThatDoNotFit(t *testing.T) {
	for _, text := range []string{"", "[]", `{"topics": 3}`, `{"topics": []}`, `{"name": "x"}`} {
		s := withTopics()
		if s.LoadScheme(text) || s.TopicNote == "" || len(s.TopicSteps) > 0 {
			t.Errorf("%s is taken: %+v", text, s.Scheme)
		}
	}
	s := withTopics()
	s.PinTopic("bass", true)
	if !s.LoadScheme(`{"version": 1, "topics": [{"name": "low end", "terms": [""]}]}`) ||
		s.Scheme.Topics[0].Name != "low end" {
		t.Errorf("scheme = %+v: %s", s.Scheme, s.TopicNote)
	}
	s.Apply(message.Event{Name: message.EventProblem,
		Problem: &message.Problem{About: message.AboutTopics, Detail: "A term is empty."}})
	if s.Scheme.Topics[0].Name != "bass" || s.TopicNote != "A term is empty." {
		t.Errorf("scheme = %+v: %s", s.Scheme, s.TopicNote)
	}
	later := withTopics() // of another version of the page
	later.KeepScheme(s.SchemeJSON())
	later.Apply(message.Event{Name: message.EventProblem,
		Problem: &message.Problem{About: message.AboutTopics, Detail: "It is old."}})
	if len(later.Scheme.Topics) > 0 || later.TopicNote == "" {
		t.Errorf("scheme = %+v: %s", later.Scheme, later.TopicNote)
	}
}

// Changes of another tab are applied, and can be undone.
func TestTakeScheme(t *testing.T) {
	other := withTopics()
	other.RenameTopic("bass", "low end")
	s := withTopics()
	s.PinTopic("bass", true)
	pinned := s.SchemeJSON()
	if !s.TakeScheme(other.SchemeJSON()) || s.SchemeJSON() != other.SchemeJSON() {
		t.Errorf("scheme = %s", s.SchemeJSON())
	}
	if s.TakeScheme(other.SchemeJSON()) || s.TakeScheme("{") {
		t.Error("the same is taken twice, or what is none")
	}
	if !s.TakeScheme("") || s.SchemeJSON() != "" || s.TakeScheme("") {
		t.Errorf("where all was taken back, scheme = %s", s.SchemeJSON())
	}
	s.Apply(message.Event{Name: message.EventProblem,
		Problem: &message.Problem{About: message.AboutTopics, Detail: "It is old."}})
	if s.UndoTopics(); s.SchemeJSON() != pinned {
		t.Errorf("taken back, scheme = %s, want %s", s.SchemeJSON(), pinned)
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
