package state

import (
	"net/url"
	"slices"
	"strings"

	"reviewlens/app/message"
)

// textKey is the key of the analysed text in an address.
const textKey = "text"

// Choices returns the texts of the open file that can be analysed; nil if it has one.
func (s *State) Choices() []message.Choice {
	if s.Preview == nil {
		return nil
	}
	return s.Preview.Choices
}

// Label returns the label of the analysed text; "" if the file has one text.
func (s *State) Label() string {
	if s.Preview == nil {
		return ""
	}
	return s.Preview.Choice().Label
}

// Source returns the file's name and, if it has several texts, the one that is analysed.
func (s *State) Source() string {
	if label := s.Label(); label != "" {
		return s.File + ": " + label
	}
	return s.File
}

// AnalyseText records that another text of the file is analysed from now on. Filters about the
// respondents stay; those about their answers are removed with the text.
func (s *State) AnalyseText(c message.Choice) {
	if s.PendingQuery == "" {
		keep := s.View.Filters[:0:0]
		for _, f := range s.View.Filters {
			if aboutPeople(f) {
				keep = append(keep, f)
			}
		}
		s.View.Filters = keep
		s.PendingQuery = s.query(c.Label)
	} else { // the last requested text has no results
		s.PendingQuery = WithText(s.PendingQuery, c.Label)
	}
	p := *s.Preview
	p.Columns = c.Columns
	s.ResetView()
	s.View.ID++ // events still to come are of the previous text
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

// isOutdated reports whether an event, still on its way, is of the text that was analysed before,
// or of a file that was closed.
func (s *State) isOutdated(e message.Event) bool {
	switch e.Name {
	case message.EventPreview:
		return s.File == "" || s.Switching && s.Preview != nil &&
			!slices.Equal(e.Preview.Columns.Texts(), s.Preview.Columns.Texts())
	case message.EventCount, message.EventProgress, message.EventTopics:
		return s.Preview == nil || s.Switching
	case message.EventRows:
		return s.Switching
	case message.EventSelection, message.EventFiltered, message.EventGroups,
		message.EventCorrection, message.EventCorrectionsSent:
		return s.Preview == nil
	}
	return false
}

// noteAnalysed records the result of the analysed text.
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

// takeAnalysed stores the known results of the texts of another file.
func (s *State) takeAnalysed(known []message.Analysed) {
	s.Analysed = nil
	for _, k := range known {
		if s.Analysed == nil {
			s.Analysed = map[string]message.Analysed{}
		}
		s.Analysed[k.Text] = k
	}
}

// OtherRuns returns the finished runs of the texts analysed before the current one.
func (s *State) OtherRuns() (runs []string) {
	for _, c := range s.Choices() {
		if a := s.Analysed[c.Label]; a.Done && a.Run != "" && c.Label != s.Label() {
			runs = append(runs, a.Run)
		}
	}
	return runs
}

// NextText returns the first question that is not analysed yet, and whether there is one.
func (s *State) NextText() (message.Choice, bool) {
	for _, c := range s.Choices() {
		if len(c.Columns.Texts()) == 1 && !s.Analysed[c.Label].Done {
			return c, true
		}
	}
	return message.Choice{}, false
}

// WantedText returns the text that the address requests, if the file has it and another is shown.
func (s *State) WantedText() (message.Choice, bool) {
	label := TextOf(s.PendingQuery)
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

// WithText replaces the text that a query requests, if it requests one.
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

// TextOf returns the label of the text that a query requests; "" for none.
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
