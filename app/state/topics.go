package state

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"

	"reviewlens/api/wire"
	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/reviews/stem"
)

// The part of an open topic that is being changed.
const (
	FormRename = "rename"
	FormMerge  = "merge"
	FormSplit  = "split"
)

// TopicStep is a change of the scheme that can be undone.
type TopicStep struct {
	Done   string // what was done
	Before message.Scheme
	Topic  string // the open one

	// Its changes to the filters of the view, and the topic that it made, and from which. Undoing
	// the step removes that topic.
	gone, come []message.Filter
	made, of   string
}

// WantsTopics reports whether the next run is to find topics.
func (s *State) WantsTopics() bool { return s.HasTopics && !s.NoTopics }

// Topics returns the topics of the reviews that are shown; nil if none were looked for, or none are
// known yet.
func (s *State) Topics() *wire.Topics {
	if s.Progress == nil {
		return nil
	}
	return s.Shown().Topics
}

// takeTopics stores the topics found. It closes an open topic that is no longer listed.
func (s *State) takeTopics(t *wire.Topics) {
	if s.Progress == nil {
		s.early = t
		return
	}
	p := *s.Progress
	p.Summary.Topics = t
	s.Progress = &p
	if topicAt(t, s.Topic) < 0 {
		s.Topic, s.TopicForm = "", ""
	}
}

// FindTopic returns the topic with that name, nil if there is none.
func (s *State) FindTopic(name string) *wire.Topic {
	if at := s.TopicAt(name); at >= 0 {
		return &s.Topics().List[at]
	}
	return nil
}

// TopicAt returns the index of the topic with that name in the list, -1 if there is none.
func (s *State) TopicAt(name string) int {
	return topicAt(s.Topics(), name)
}

func topicAt(t *wire.Topics, name string) int {
	if t == nil || name == "" {
		return -1
	}
	return slices.IndexFunc(t.List, func(t wire.Topic) bool { return t.Name == name })
}

// OpenTopic returns the open topic, nil if there is none.
func (s *State) OpenTopic() *wire.Topic { return s.FindTopic(s.Topic) }

// TopicFilter passes the reviews that mention a topic, with the given polarity if any.
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

// own returns the index of the user's topic with that name in a scheme, -1 if there is none.
func own(scheme *message.Scheme, name string) int {
	return slices.IndexFunc(scheme.Topics, func(o message.OwnTopic) bool {
		return strings.EqualFold(o.Name, name)
	})
}

// makeOwn returns the user's topic with that name. If there is none, it adds one with what is found
// under that name.
func makeOwn(scheme *message.Scheme, name string) *message.OwnTopic {
	i := own(scheme, name)
	if i < 0 {
		i = len(scheme.Topics)
		scheme.Topics = append(scheme.Topics, message.OwnTopic{Name: name, Terms: []string{name}})
	}
	return &scheme.Topics[i]
}

// tidy removes topics of a scheme that change nothing: they are found in the same way without it.
func tidy(scheme *message.Scheme) {
	scheme.Topics = slices.DeleteFunc(scheme.Topics, func(o message.OwnTopic) bool {
		return !o.Pinned && !o.Hidden && !o.Apart && len(o.Phrases) == 0 && len(o.Terms) == 1 &&
			o.Terms[0] == o.Name
	})
}

// clone returns a copy of a scheme that shares nothing that can change.
func clone(s message.Scheme) message.Scheme {
	s.Topics = slices.Clone(s.Topics)
	for i := range s.Topics {
		s.Topics[i].Terms = slices.Clone(s.Topics[i].Terms)
	}
	return s
}

// change changes the scheme so that it can be undone. It returns the step, valid until the next.
func (s *State) change(done string, do func(*message.Scheme)) *TopicStep {
	const most = 50 // steps that are stored
	steps := append(s.TopicSteps, TopicStep{Done: done, Before: clone(s.Scheme), Topic: s.Topic})
	s.TopicSteps = slices.Clone(steps[max(0, len(steps)-most):])
	s.TopicNote, s.TopicForm = "", ""
	s.Scheme.Version = message.SchemeVersion
	do(&s.Scheme)
	tidy(&s.Scheme)
	return &s.TopicSteps[len(s.TopicSteps)-1]
}

// RenameTopic renames a topic; if another has that name, it merges the two. It reports whether
// anything changed.
func (s *State) RenameTopic(name, to string) bool {
	to = strings.Join(strings.Fields(to), " ")
	if s.FindTopic(name) == nil || to == "" || to == name {
		return false
	}
	if !strings.EqualFold(to, name) {
		if other := s.spelledAs(to); other != "" {
			return s.join(name, other)
		}
	}
	step := s.change("“"+name+"” is now called “"+to+"”.", func(scheme *message.Scheme) {
		makeOwn(scheme, name).Name = to
	})
	s.Topic, step.made, step.of = to, to, name
	step.gone, step.come = s.renameFilters(name, to)
	return true
}

// spelledAs returns the name of a topic, listed or of the scheme, that is equal to name but for the
// case of letters; "" if there is none.
func (s *State) spelledAs(name string) string {
	if t := s.Topics(); t != nil {
		for _, one := range t.List {
			if strings.EqualFold(one.Name, name) {
				return one.Name
			}
		}
	}
	if i := own(&s.Scheme, name); i >= 0 {
		return s.Scheme.Topics[i].Name
	}
	return ""
}

// MergeTopic makes a topic part of another.
func (s *State) MergeTopic(name, into string) bool {
	if s.FindTopic(name) == nil || s.FindTopic(into) == nil || name == into {
		return false
	}
	return s.join(name, into)
}

// join is MergeTopic for an into that need not be listed.
func (s *State) join(name, into string) bool {
	step := s.change("“"+name+"” is now part of “"+into+"”.", func(scheme *message.Scheme) {
		part := *makeOwn(scheme, name)
		i := own(scheme, name)
		scheme.Topics = slices.Delete(scheme.Topics, i, i+1)
		o := makeOwn(scheme, into)
		o.ApartTerms, o.Apart = apartTerms(o, &part), o.Apart && part.Apart
		for _, term := range part.Terms {
			if !slices.Contains(o.Terms, term) {
				o.Terms = append(o.Terms, term)
			}
		}
		o.Phrases = append(slices.Clone(o.Phrases), part.Phrases...)
		o.Pinned, o.Hidden = o.Pinned || part.Pinned, false
		into = o.Name
	})
	if s.FindTopic(into) == nil {
		step.made, step.of = into, name
	}
	s.Topic = into
	step.gone, step.come = s.renameFilters(name, into)
	return true
}

// apartTerms returns the terms of two topics that take nothing with them, unless both are apart.
func apartTerms(topics ...*message.OwnTopic) (out []string) {
	all := true
	for _, o := range topics {
		if all = all && o.Apart; o.Apart {
			out = append(out, o.Terms...)
		}
		out = append(out, o.ApartTerms...)
	}
	if all {
		return nil
	}
	return out
}

// Parts returns the forms of a topic that could be topics of their own: not those that are another
// spelling of its name, nor all that a user's topic is made of.
func (s *State) Parts(t *wire.Topic) (parts []string) {
	known := map[string]bool{spelling(t.Name): true}
	if i := own(&s.Scheme, t.Name); i >= 0 && len(s.Scheme.Topics[i].Phrases) == 0 {
		terms := map[string]bool{}
		for _, term := range s.Scheme.Topics[i].Terms {
			terms[spelling(term)] = true
		}
		if len(terms) == 1 {
			maps.Copy(known, terms)
		}
	}
	for _, form := range t.Forms {
		if s := spelling(form); !known[s] {
			known[s] = true
			parts = append(parts, form)
		}
	}
	return parts
}

// spelling normalises a term: it is equal for "space bar", "Spacebar" and "space-bars". No two
// topics of a scheme may have the same.
func spelling(term string) string {
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, term)
	return stem.Singular(letters)
}

// SplitTopic makes a part of a topic a topic of its own.
func (s *State) SplitTopic(name, part string) bool {
	t := s.FindTopic(name)
	if t == nil || !slices.Contains(s.Parts(t), part) {
		return false
	}
	step := s.change("“"+part+"” is a topic of its own now, apart from “"+name+"”.",
		func(scheme *message.Scheme) {
			if i := own(scheme, name); i >= 0 {
				o := &scheme.Topics[i]
				is := func(term string) bool { return spelling(term) == spelling(part) }
				o.Terms = slices.DeleteFunc(o.Terms, is)
				o.ApartTerms = slices.DeleteFunc(slices.Clone(o.ApartTerms), is)
			}
			makeOwn(scheme, part).Apart = true
		})
	s.Topic, step.made, step.of = part, part, name
	return true
}

// renameFilters makes the filters of the view follow a renamed topic. It returns the filters
// removed and those added.
func (s *State) renameFilters(name, to string) (gone, come []message.Filter) {
	before := s.View.Filters
	for _, f := range before {
		if f.By == message.OfTopic && f.Value == name {
			s.DropFilter(f)
			s.SetFilter(TopicFilter(to, f.Polarity))
		}
	}
	return without(before, s.View.Filters), without(s.View.Filters, before)
}

// dropHidden removes and returns the filters by topics that the scheme hides: no review passes
// them.
func (s *State) dropHidden() (gone []message.Filter) {
	before := s.View.Filters
	for _, name := range s.Hidden() {
		s.DropFilter(TopicFilter(name, ""))
	}
	return without(before, s.View.Filters)
}

// undoFilters undoes a step's changes to the filters, unless they were changed since.
func (s *State) undoFilters(step TopicStep) {
	there := func(f message.Filter) bool { return slices.Contains(s.View.Filters, f) }
	if len(step.come) == 0 || slices.ContainsFunc(step.come, there) {
		for _, f := range step.come {
			s.DropFilter(f)
		}
		for _, f := range step.gone {
			s.SetFilter(f)
		}
	}
	if step.made != "" { // and was filtered by since
		s.renameFilters(step.made, step.of)
	}
	s.dropHidden()
}

// without returns the filters that are not in others.
func without(filters, others []message.Filter) []message.Filter {
	return slices.DeleteFunc(slices.Clone(filters), func(f message.Filter) bool {
		return slices.Contains(others, f)
	})
}

// HideTopic removes a topic from the list.
func (s *State) HideTopic(name string) bool {
	if s.FindTopic(name) == nil {
		return false
	}
	step := s.change("“"+name+"” is hidden.", func(scheme *message.Scheme) {
		o := makeOwn(scheme, name)
		o.Hidden, o.Pinned = true, false
	})
	s.Topic, step.gone = "", s.dropHidden()
	return true
}

// Hidden returns the names of the hidden topics.
func (s *State) Hidden() (names []string) {
	for _, o := range s.Scheme.Topics {
		if o.Hidden {
			names = append(names, o.Name)
		}
	}
	return names
}

// ShowTopics lists all hidden topics again.
func (s *State) ShowTopics() bool {
	if len(s.Hidden()) == 0 {
		return false
	}
	s.change("Nothing is hidden any more.", func(scheme *message.Scheme) {
		for i := range scheme.Topics {
			scheme.Topics[i].Hidden = false
		}
	})
	return true
}

// PinTopic lists a topic before all others, or in its regular position.
func (s *State) PinTopic(name string, pinned bool) bool {
	t := s.FindTopic(name)
	if t == nil || t.Pinned == pinned {
		return false
	}
	sentence := "“" + name + "” is pinned: it is listed first, in the next file, too."
	if !pinned {
		sentence = "“" + name + "” is pinned no more."
	}
	s.change(sentence, func(scheme *message.Scheme) { makeOwn(scheme, name).Pinned = pinned })
	return true
}

// UndoTopics undoes the last change of the scheme.
func (s *State) UndoTopics() bool {
	n := len(s.TopicSteps)
	if n == 0 {
		return false
	}
	last := s.TopicSteps[n-1]
	s.TopicSteps = s.TopicSteps[:n-1]
	s.Scheme, s.Topic, s.TopicForm, s.TopicNote = last.Before, last.Topic, "", ""
	s.undoFilters(last)
	return true
}

// SchemeJSON returns the scheme as it is stored and exported; "" if it is empty.
func (s *State) SchemeJSON() string {
	if len(s.Scheme.Topics) == 0 {
		return ""
	}
	text, err := json.MarshalIndent(s.Scheme, "", "  ")
	if err != nil {
		panic(err) // texts and truth values only
	}
	return string(text) + "\n"
}

// LoadScheme applies the scheme of a file, if it is one. Whether its topics are valid is checked by
// the worker: see refuseScheme.
func (s *State) LoadScheme(text string) bool {
	var scheme message.Scheme
	if err := json.Unmarshal([]byte(text), &scheme); err != nil {
		s.TopicNote = "Your topics were not loaded: this is no file of topics."
		return false
	}
	if len(scheme.Topics) == 0 {
		s.TopicNote = "Your topics were not loaded: there is no topic in this file."
		return false
	}
	step := s.change(format.Plural(len(scheme.Topics), "topic of yours was",
		"topics of yours were")+" loaded.", func(now *message.Scheme) { *now = scheme })
	step.gone = s.dropHidden()
	return true
}

// KeepScheme applies the scheme that this browser has stored.
func (s *State) KeepScheme(text string) bool {
	var scheme message.Scheme
	if json.Unmarshal([]byte(text), &scheme) != nil || len(scheme.Topics) == 0 {
		return false
	}
	s.Scheme = scheme
	return true
}

// TakeScheme applies the scheme that another tab has stored, so that a change here does not undo
// those made there. It reports whether it is a different one.
func (s *State) TakeScheme(text string) bool {
	var scheme message.Scheme
	if text == s.SchemeJSON() || text != "" && json.Unmarshal([]byte(text), &scheme) != nil {
		return false
	}
	step := s.change("Your topics were changed in another tab.",
		func(now *message.Scheme) { now.Topics = scheme.Topics })
	step.gone = s.dropHidden()
	return true
}

// refuseScheme undoes the last change, which the worker has rejected.
func (s *State) refuseScheme(p *message.Problem) {
	if !s.UndoTopics() {
		s.Scheme = message.Scheme{}
	}
	s.TopicNote = p.Detail
	if p.WayOut != "" {
		s.TopicNote += " " + p.WayOut
	}
}
