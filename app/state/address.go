package state

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/reviews/report"
)

// Address returns the address of the results: an open topic or review, and the filters of the view.
func (s *State) Address() string {
	at := "/#" + string(ScreenResults)
	switch {
	case s.Row > 0:
		at += "/" + strconv.Itoa(s.Row)
	case s.Topic != "":
		at += "/topic/" + url.PathEscape(s.Topic)
	}
	if query := s.Query(); query != "" {
		at += "?" + query
	}
	return at
}

// Query returns the part of an address that holds the analysed text, if the file has several, and
// the filters, in their order; "" for none. A column is identified by its name, so that a later
// export of the same shop is filtered in the same way.
func (s *State) Query() string {
	if s.Switching {
		return s.PendingQuery
	}
	return s.query(s.Label())
}

// query returns the Query in which the text with that label is analysed.
func (s *State) query(text string) string {
	var all []string
	if text != "" {
		all = append(all, textKey+"="+url.QueryEscape(text))
	}
	for _, f := range s.View.Filters {
		key, value := f.By, f.Value
		switch f.By {
		case message.Probability:
			value = strconv.FormatFloat(f.Low, 'g', 6, 64) + "-" +
				strconv.FormatFloat(f.High, 'g', 6, 64)
		case message.Stars:
			value = strconv.Itoa(int(f.Low))
		case message.Days:
			value = f.From + ".." + f.To
		case message.Cell, message.OtherCells:
			key += ":" + s.columnName(f.Column)
		case message.OfTopic:
			if f.Polarity != "" {
				key += ":" + f.Polarity
			}
		}
		all = append(all, url.QueryEscape(key)+"="+url.QueryEscape(value))
	}
	return strings.Join(all, "&")
}

func (s *State) columnName(i int) string { return columnName(s.Preview, i) }

// columnName returns the file's name of column i, its number if that is not known.
func columnName(p *message.Preview, i int) string {
	if p != nil && i >= 0 && i < len(p.Header) {
		return p.Header[i]
	}
	return "Column " + strconv.Itoa(i+1)
}

// ParseQuery parses the filters of a URL query. lost lists those that do not apply, for example to
// a column that the open file lacks.
func (s *State) ParseQuery(query string) (filters []message.Filter, lost []string) {
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		key, value, _ := strings.Cut(part, "=")
		key, keyErr := url.QueryUnescape(key)
		value, err := url.QueryUnescape(value)
		if key == textKey && (s.Preview == nil || value == s.Label()) {
			continue
		}
		f, ok := s.parseFilter(key, value)
		if keyErr != nil || err != nil || !ok {
			lost = append(lost, strings.TrimSuffix(key+": "+value, ": "))
			continue
		}
		filters = append(filters, f)
	}
	return filters, lost
}

func (s *State) parseFilter(key, value string) (message.Filter, bool) {
	by, of, _ := strings.Cut(key, ":")
	switch by {
	case message.Sentiment:
		return SentimentFilter(value), true
	case message.Probability:
		from, to, _ := strings.Cut(value, "-")
		low, err := strconv.ParseFloat(from, 64)
		high, highErr := strconv.ParseFloat(to, 64)
		name := strconv.Itoa(percent(low)) + "–" + strconv.Itoa(percent(high)) + "%"
		return message.Filter{By: by, Low: low, High: high, Label: name + " positive"},
			err == nil && highErr == nil
	case message.Stars:
		n, err := strconv.Atoi(value)
		return StarFilter(n), err == nil
	case message.Days:
		f := message.Filter{By: by}
		f.From, f.To, _ = strings.Cut(value, "..")
		f.Label = daysLabel(f)
		return f, isDay(f.From) && isDay(f.To)
	case message.OfProduct:
		return ProductFilter(value), true
	case message.Phrase:
		return PhraseFilter(value), true
	case message.Words:
		return WordsFilter(value), true
	case message.Once:
		return OnceFilter(), true
	case message.OfTopic:
		return TopicFilter(value, of), true
	case message.SetApart:
		return ApartFilter(value), true
	case message.Cell, message.OtherCells:
		if s.Preview == nil {
			return message.Filter{By: by, Value: value, Label: of + ": " + value}, true
		}
		for i, name := range s.Preview.Header {
			switch {
			case name != of:
			case by == message.OtherCells:
				return OtherCellsFilter(of, i), true
			default:
				return CellFilter(of, i, value), true
			}
		}
		return message.Filter{}, false
	}
	for _, f := range []message.Filter{OthersFilter, AgainstFilter, RepeatsFilter, TroubledFilter,
		{By: message.IsCorrected, Label: "corrected by you"}} {
		if f.By == by {
			return f, true
		}
	}
	return message.Filter{}, false
}

// isDay reports whether day, an end of a period, is empty (open) or a date.
func isDay(day string) bool {
	return day == "" || format.When("day", day) != day
}

func percent(share float64) int { return int(100*share + 0.5) }

// Filters without parameters.
var (
	OthersFilter   = message.Filter{By: message.OfOthers, Label: "all other products"}
	AgainstFilter  = message.Filter{By: message.AgainstIt, Label: "stars and text disagree"}
	RepeatsFilter  = message.Filter{By: message.Repeats, Label: "texts that repeat"}
	TroubledFilter = message.Filter{By: message.Troubled, Label: "without a whole score"}
)

// ApartFilter passes the reviews that the model cannot read: in a language, or all for "".
func ApartFilter(language string) message.Filter {
	f := message.Filter{By: message.SetApart, Value: language, Label: "set apart"}
	if language != "" {
		f.Label = "in " + language
	}
	return f
}

// OtherCellsFilter passes the reviews that have a rare value in a column; name is the column's.
func OtherCellsFilter(name string, column int) message.Filter {
	return message.Filter{By: message.OtherCells, Column: column, Label: name + ": another"}
}

// IsFiltered reports whether the page shows some of the reviews.
func (s *State) IsFiltered() bool { return len(s.View.Filters) > 0 }

// Shown returns the figures of the reviews that the page shows.
func (s *State) Shown() message.Summary {
	if s.IsFiltered() && s.Filtered != nil {
		return *s.Filtered.Summary
	}
	return s.Progress.Summary
}

// Stale reports whether Shown describes other reviews than the view's, which are being counted.
func (s *State) Stale() bool {
	return s.IsFiltered() && (s.Filtered == nil || s.Filtered.ID != s.View.ID)
}

// Reading reports whether phrases and changes of the view are still to be found.
func (s *State) Reading() bool {
	return s.IsFiltered() && (s.Filtered == nil || !s.Filtered.Done)
}

// takeFiltered stores the figures of the view's rows, or the progress of reading the file.
func (s *State) takeFiltered(f *message.Filtered) {
	switch {
	case f.ID != s.View.ID:
	case f.Summary != nil:
		s.Filtered, s.filteredBy = f, s.viewFilters
	case s.Filtered != nil && s.Filtered.ID == f.ID:
		now := *s.Filtered
		now.Looked = f.Looked
		s.Filtered = &now
	}
}

// BeginView begins another view. A problem of the previous filters is none of the current ones,
// which report their own.
func (s *State) BeginView() {
	if !s.ViewIsCurrent() {
		s.FileProblem = nil
	}
	s.View.ID++
	s.viewFilters = s.View.Filters
	if !s.IsFiltered() {
		s.Filtered = nil
	}
}

// ViewIsCurrent reports whether the last requested view has the current filters.
func (s *State) ViewIsCurrent() bool { return slices.Equal(s.viewFilters, s.View.Filters) }

// Only describes in words which reviews are shown; "" for all.
func (s *State) Only() string { return labels(s.View.Filters) }

func labels(filters []message.Filter) string {
	var all []string
	for _, f := range filters {
		all = append(all, report.ClipName(FilterLabel(f)))
	}
	return strings.Join(all, ", ")
}

// Scope describes in words the rows of the file that the numbers cover: those done, if its run has
// not ended, and those that pass the filters; "" for all. While the view is Stale, these are the
// filters of the previous view.
func (s *State) Scope() string {
	if !s.IsFiltered() || s.Filtered == nil {
		return s.scope(nil)
	}
	return s.scope(s.filteredBy)
}

func (s *State) scope(filters []message.Filter) string {
	only := labels(filters)
	p := s.Progress
	if p == nil || p.State == message.Finished || p.Done >= p.Rows {
		return only
	}
	part := format.Number(p.Done) + " of " + format.Number(p.Rows) + " rows so far"
	if only == "" {
		return part
	}
	return part + ", " + only
}

// OnlyName is Only as a part of a file's name, after the analysed text if the file has several.
func (s *State) OnlyName() string { return s.nameOf(s.Only()) }

// nameOf returns the part of a file name that describes its content: short, with only characters
// that are valid in file names.
func (s *State) nameOf(what string) string {
	const most = 80 // runes
	name := []rune(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return ' '
		}
		return r
	}, strings.Trim(s.Label()+", "+what, ", ")))
	if len(name) > most {
		name = append(name[:most], '…')
	}
	return strings.Join(strings.Fields(string(name)), " ")
}

// Suffix returns the part of a file's name that names the reviews in it; "" for all.
func (s *State) Suffix() string { return s.suffix(s.Scope()) }

// GroupSuffix is Suffix for Groups, which arrive separately.
func (s *State) GroupSuffix() string { return s.suffix(s.scope(s.groupedBy)) }

func (s *State) suffix(scope string) string {
	if name := s.nameOf(scope); name != "" {
		return " (" + name + ")"
	}
	return ""
}

// NoHits reports whether no review passes the filters.
func (s *State) NoHits() bool {
	return s.IsFiltered() && s.Selection != nil && s.Selection.ID == s.View.ID &&
		s.Selection.Done && s.Selection.Rows == 0
}

// ApplyPendingQuery applies the pending filters of the URL once there are results, and reports
// whether there were any.
func (s *State) ApplyPendingQuery() bool {
	if s.PendingQuery == "" || s.Preview == nil || s.Progress == nil || s.Switching {
		return false
	}
	s.View.Filters, s.DroppedFilters = s.ParseQuery(s.PendingQuery)
	s.PendingQuery = ""
	return true
}

// LoseTopics removes the filters by topics that a finished run did not find. It reports whether
// there were any.
func (s *State) LoseTopics() bool {
	if s.Progress == nil || s.Progress.State != message.Finished {
		return false
	}
	keep, lost := s.View.Filters[:0:0], s.DroppedFilters[:0:0]
	for _, f := range s.View.Filters {
		if f.By == message.OfTopic && topicAt(s.Progress.Summary.Topics, f.Value) < 0 {
			lost = append(lost, "topic: "+f.Value)
		} else {
			keep = append(keep, f)
		}
	}
	if len(lost) == 0 {
		return false
	}
	s.View.Filters, s.DroppedFilters = keep, append(slices.Clip(s.DroppedFilters), lost...)
	return true
}
