package state

import (
	"net/url"
	"slices"
	"strings"

	"reviewlens/app/message"
)

// textKey is what an address calls the text that is analysed.
const textKey = "text"

// Choices are the texts that the open file can be analysed by; nil where it has one.
func (s *State) Choices() []message.Choice {
	if s.Preview == nil {
		return nil
	}
	return s.Preview.Choices
}

// Label names the text that is analysed; "" where the file has one.
func (s *State) Label() string {
	if s.Preview == nil {
		return ""
	}
	return s.Preview.Choice().Label
}

// Source is the file, and where it has several texts, the one that is analysed.
func (s *State) Source() string {
	if label := s.Label(); label != "" {
		return s.File + ": " + label
	}
	return s.File
}

// AnalyseText notes that another text of the file is analysed from now on. The filters that are
// about people stay; those that are about what they said go with the text.
func (s *State) AnalyseText(c message.Choice) {
	if s.Wanted == "" {
		keep := s.View.Filters[:0:0]
		for _, f := range s.View.Filters {
			if aboutPeople(f) {
				keep = append(keep, f)
			}
		}
		s.View.Filters = keep
		s.Wanted = s.query(c.Label)
	} else { // nothing has come of the text that was asked for last
		s.Wanted = WithText(s.Wanted, c.Label)
	}
	p := *s.Preview
	p.Columns = c.Columns
	s.ResetView()
	s.View.ID++ // what is still told is of the text before
	s.Preview, s.Switching, s.RunProblem, s.FileProblem = &p, true, nil, nil
	s.Progress = &message.Progress{State: message.Running}
}

// aboutPeople reports whether a filter passes the same rows whichever text is analysed.
func aboutPeople(f message.Filter) bool {
	switch f.By {
	case message.Stars, message.Days, message.OfProduct, message.OfOthers, message.Cell,
		message.OtherCells:
		return true
	}
	return false
}

// stray reports whether an event is of the text that was analysed before, or of a file that was
// left: it was on its way then.
func (s *State) stray(e message.Event) bool {
	switch e.Name {
	case message.EventPreview:
		return s.File == "" || s.Switching && s.Preview != nil &&
			!slices.Equal(e.Preview.Columns.Texts(), s.Preview.Columns.Texts())
	case message.EventCount, message.EventProgress, message.EventTopics:
		return s.Preview == nil || s.Switching
	case message.EventRows:
		return s.Switching
	case message.EventSelection, message.EventFiltered, message.EventGroups,
		message.EventCorrection, message.EventTold:
		return s.Preview == nil
	}
	return false
}

// noteAnalysed notes what came of the text that is analysed.
func (s *State) noteAnalysed() {
	label := s.Label()
	if label == "" {
		return
	}
	if s.Analysed == nil {
		s.Analysed = map[string]message.Analysed{}
	}
	sum := s.Progress.Summary
	s.Analysed[label] = message.Analysed{Text: label, Done: s.Progress.State == message.Finished,
		Run: s.Progress.Run, Scored: sum.Scored - sum.Unread, Share: sum.Share}
}

// takeAnalysed takes over what came of the texts of another file, as far as it is known.
func (s *State) takeAnalysed(known []message.Analysed) {
	s.Analysed = nil
	for _, k := range known {
		if s.Analysed == nil {
			s.Analysed = map[string]message.Analysed{}
		}
		s.Analysed[k.Text] = k
	}
}

// OtherRuns are the finished runs of the texts that were analysed before the one that is.
func (s *State) OtherRuns() (runs []string) {
	for _, c := range s.Choices() {
		if a := s.Analysed[c.Label]; a.Done && a.Run != "" && c.Label != s.Label() {
			runs = append(runs, a.Run)
		}
	}
	return runs
}

// NextText is the first question that is not analysed yet, and whether there is one.
func (s *State) NextText() (message.Choice, bool) {
	for _, c := range s.Choices() {
		if len(c.Columns.Texts()) == 1 && !s.Analysed[c.Label].Done {
			return c, true
		}
	}
	return message.Choice{}, false
}

// WantedText is the text that the address asks for, where the file has it and another is analysed.
func (s *State) WantedText() (message.Choice, bool) {
	label := TextOf(s.Wanted)
	if label == "" || s.Switching || label == s.Label() {
		return message.Choice{}, false
	}
	for _, c := range s.Choices() {
		if c.Label == label {
			return c, true
		}
	}
	return message.Choice{}, false
}

// WithText is a query that asks for a text instead of the one that it asks for, if it asks for one.
func WithText(query, label string) string {
	var parts []string
	for part := range strings.SplitSeq(query, "&") {
		if strings.HasPrefix(part, textKey+"=") {
			part = textKey + "=" + url.QueryEscape(label)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "&")
}

// TextOf is the label of the text that a query asks for; "" for none.
func TextOf(query string) string {
	for part := range strings.SplitSeq(query, "&") {
		if value, ok := strings.CutPrefix(part, textKey+"="); ok {
			label, err := url.QueryUnescape(value)
			if err == nil {
				return label
			}
		}
	}
	return ""
}
