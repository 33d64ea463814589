package state

import (
	"encoding/json"
	"slices"
	"strings"

	"reviewlens/api/wire"
	"reviewlens/app/format"
	"reviewlens/app/message"
)

// TopicsCost is how many times as long a run takes that finds topics, too.
const TopicsCost = 1.5

// What of an open topic is being changed.
const (
	FormRename = "rename"
	FormMerge  = "merge"
)

// TopicStep is a change of the scheme that can be taken back.
type TopicStep struct {
	Said   string // what was done
	Before message.Scheme
	Topic  string // that was open
}

// WantsTopics reports whether the next run is to find topics.
func (s *State) WantsTopics() bool { return s.HasTopics && !s.NoTopics }

// Topics are those that were found; nil where none were looked for, or none are known yet.
func (s *State) Topics() *wire.Topics {
	if s.Progress == nil {
		return nil
	}
	return s.Progress.Summary.Topics
}

// takeTopics takes over what was found. An open topic that is not listed any more is closed.
func (s *State) takeTopics(t *wire.Topics) {
	if s.Progress == nil {
		return
	}
	p := *s.Progress
	p.Summary.Topics = t
	s.Progress = &p
	if s.OpenTopic() == nil {
		s.Topic, s.TopicForm = "", ""
	}
}

// FindTopic is the topic of that name, nil for none.
func (s *State) FindTopic(name string) *wire.Topic {
	t := s.Topics()
	if t == nil || name == "" {
		return nil
	}
	for i := range t.List {
		if t.List[i].Name == name {
			return &t.List[i]
		}
	}
	return nil
}

// OpenTopic is the topic that is open, nil for none.
func (s *State) OpenTopic() *wire.Topic { return s.FindTopic(s.Topic) }

// TopicFilter passes the reviews that speak of a topic; with a polarity, those that speak so of it.
func TopicFilter(name, polarity string) message.Filter {
	label := name
	switch polarity {
	case "positive":
		label = name + ": praised"
	case "negative":
		label = name + ": complained about"
	}
	return message.Filter{By: message.OfTopic, Value: name, Polarity: polarity, Label: label}
}

// forms are those that a topic is known by.
func forms(t *wire.Topic) (out []string) {
	for _, f := range append(slices.Clone(t.Forms), t.Name) {
		if f = strings.ToLower(f); !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// own is a person's topic that t is, -1 where it is none.
func own(scheme *message.Scheme, t *wire.Topic) int {
	known := forms(t)
	return slices.IndexFunc(scheme.Topics, func(o message.OwnTopic) bool {
		return o.Name == t.Name || slices.ContainsFunc(o.Forms,
			func(f string) bool { return slices.Contains(known, f) })
	})
}

// makeOwn is t as a person's topic, which is added where it is none yet.
func makeOwn(scheme *message.Scheme, t *wire.Topic) *message.OwnTopic {
	i := own(scheme, t)
	if i < 0 {
		i = len(scheme.Topics)
		scheme.Topics = append(scheme.Topics, message.OwnTopic{Name: t.Name, Forms: forms(t)})
	}
	return &scheme.Topics[i]
}

// clone shares nothing with a scheme that can change.
func clone(s message.Scheme) message.Scheme {
	s.Topics, s.Hidden = slices.Clone(s.Topics), slices.Clone(s.Hidden)
	for i := range s.Topics {
		s.Topics[i].Forms = slices.Clone(s.Topics[i].Forms)
	}
	return s
}

// change changes the scheme, so that it can be taken back.
func (s *State) change(said string, do func(*message.Scheme)) {
	const most = 50 // steps that are kept
	steps := append(s.TopicSteps, TopicStep{Said: said, Before: clone(s.Scheme), Topic: s.Topic})
	s.TopicSteps = slices.Clone(steps[max(0, len(steps)-most):])
	s.TopicNote, s.TopicForm = "", ""
	do(&s.Scheme)
}

// RenameTopic calls a topic otherwise; where another has that name, the two become one. It reports
// whether anything changed.
func (s *State) RenameTopic(name, to string) bool {
	to = strings.TrimSpace(to)
	t := s.FindTopic(name)
	if t == nil || to == "" || to == name {
		return false
	}
	if s.FindTopic(to) != nil {
		return s.MergeTopic(name, to)
	}
	s.change("“"+name+"” is now called “"+to+"”.", func(scheme *message.Scheme) {
		makeOwn(scheme, t).Name = to
	})
	s.Topic = to
	return true
}

// MergeTopic makes a topic part of another.
func (s *State) MergeTopic(name, into string) bool {
	t, other := s.FindTopic(name), s.FindTopic(into)
	if t == nil || other == nil || t == other {
		return false
	}
	s.change("“"+name+"” is now part of “"+into+"”.", func(scheme *message.Scheme) {
		more, pinned := forms(t), false
		if i := own(scheme, t); i >= 0 {
			more, pinned = append(more, scheme.Topics[i].Forms...), scheme.Topics[i].Pinned
			scheme.Topics = slices.Delete(scheme.Topics, i, i+1)
		}
		o := makeOwn(scheme, other)
		for _, f := range more {
			if !slices.Contains(o.Forms, f) {
				o.Forms = append(o.Forms, f)
			}
		}
		o.Pinned = o.Pinned || pinned
	})
	s.Topic = into
	return true
}

// HideTopic takes a topic off the list.
func (s *State) HideTopic(name string) bool {
	t := s.FindTopic(name)
	if t == nil {
		return false
	}
	s.change("“"+name+"” is hidden.", func(scheme *message.Scheme) {
		form := forms(t)[0]
		if i := own(scheme, t); i >= 0 {
			form = scheme.Topics[i].Forms[0]
		}
		if !slices.Contains(scheme.Hidden, form) {
			scheme.Hidden = append(scheme.Hidden, form)
		}
	})
	s.Topic = ""
	return true
}

// ShowTopics lists all topics again that were hidden.
func (s *State) ShowTopics() bool {
	if len(s.Scheme.Hidden) == 0 {
		return false
	}
	s.change("Nothing is hidden any more.", func(scheme *message.Scheme) { scheme.Hidden = nil })
	return true
}

// PinTopic lists a topic before all others, or where it belongs.
func (s *State) PinTopic(name string, pinned bool) bool {
	t := s.FindTopic(name)
	if t == nil || t.Pinned == pinned {
		return false
	}
	said := "“" + name + "” is pinned: it is listed first, in the next file, too."
	if !pinned {
		said = "“" + name + "” is pinned no more."
	}
	s.change(said, func(scheme *message.Scheme) { makeOwn(scheme, t).Pinned = pinned })
	return true
}

// UndoTopics takes the last change of the scheme back.
func (s *State) UndoTopics() bool {
	n := len(s.TopicSteps)
	if n == 0 {
		return false
	}
	last := s.TopicSteps[n-1]
	s.TopicSteps = s.TopicSteps[:n-1]
	s.Scheme, s.Topic, s.TopicForm, s.TopicNote = last.Before, last.Topic, "", ""
	return true
}

// Bounds of a scheme: what it has beyond is none that a person made.
const (
	maxOwnTopics = 1000
	maxForms     = 1000 // of one topic
	maxTopicName = 100  // bytes
)

// ReadScheme reads a scheme as SchemeJSON writes it; what is wrong with it is said in a sentence.
func ReadScheme(text string) (scheme message.Scheme, wrong string) {
	if err := json.Unmarshal([]byte(text), &scheme); err != nil {
		return scheme, "it is no file of topics: " + err.Error()
	}
	bad := func(name string) bool {
		return strings.TrimSpace(name) == "" || len(name) > maxTopicName
	}
	if len(scheme.Topics) > maxOwnTopics || len(scheme.Hidden) > maxOwnTopics {
		return scheme, "it has more than " + format.Number(maxOwnTopics) + " topics"
	}
	for _, t := range scheme.Topics {
		switch {
		case bad(t.Name):
			return scheme, "a topic in it has no name, or one of more than " +
				format.Number(maxTopicName) + " bytes"
		case len(t.Forms) == 0 || len(t.Forms) > maxForms || slices.ContainsFunc(t.Forms, bad):
			return scheme, "its topic “" + t.Name + "” has no forms, or one that is empty or " +
				"too long"
		}
	}
	if slices.ContainsFunc(scheme.Hidden, bad) {
		return scheme, "a hidden topic in it is empty or too long"
	}
	return scheme, ""
}

// SchemeJSON is the scheme as it is kept and taken away; "" where there is nothing in it.
func (s *State) SchemeJSON() string {
	if len(s.Scheme.Topics) == 0 && len(s.Scheme.Hidden) == 0 {
		return ""
	}
	text, err := json.MarshalIndent(s.Scheme, "", "  ")
	if err != nil {
		panic(err) // texts and truth values only
	}
	return string(text) + "\n"
}

// LoadScheme takes over the scheme of a file. It reports whether there is one in it.
func (s *State) LoadScheme(text string) bool {
	scheme, wrong := ReadScheme(text)
	if wrong != "" {
		s.TopicNote = "Your topics were not loaded: " + wrong + "."
		return false
	}
	s.change(format.Plural(len(scheme.Topics), "topic", "topics")+" and "+
		format.Plural(len(scheme.Hidden), "hidden one", "hidden ones")+" were loaded.",
		func(now *message.Scheme) { *now = scheme })
	return true
}
