package state

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"reviewlens/api/wire"
	"reviewlens/app/format"
	"reviewlens/app/message"
)

// Filter adds filters to the view. A new filter replaces one of the same single-valued kind; a
// period is intersected with the current one, because the clicked figures are already within it.
func (s *State) Filter(filters ...message.Filter) {
	for _, f := range filters {
		if f.By == message.Days {
			f = s.within(f)
		}
		s.SetFilter(f)
	}
}

// SetFilter adds a filter, replacing those of its kind.
func (s *State) SetFilter(f message.Filter) {
	s.DropFilter(f)
	s.View.Filters = append(s.View.Filters, f)
}

// DropFilter removes the filters of the same kind as f.
func (s *State) DropFilter(f message.Filter) {
	s.View.Filters = slices.DeleteFunc(slices.Clone(s.View.Filters), func(o message.Filter) bool {
		if f.By == message.Phrase || f.By == message.OfTopic { // a review can have many of them
			return f.By == o.By && f.Value == o.Value
		}
		return group(f.By) == group(o.By) && f.Column == o.Column
	})
}

// FilterOf returns the filter of a kind, and of a column; the zero value if there is none.
func (s *State) FilterOf(by string, column int) message.Filter {
	for _, f := range s.View.Filters {
		if group(f.By) == group(by) && f.Column == column {
			return f
		}
	}
	return message.Filter{}
}

// FilterBy reports whether the view has a filter of exactly this kind.
func (s *State) FilterBy(by string) bool {
	return slices.ContainsFunc(s.View.Filters, func(f message.Filter) bool { return f.By == by })
}

// within returns a period filter cut to the period that is shown.
func (s *State) within(f message.Filter) message.Filter {
	o := s.FilterOf(message.Days, 0)
	cut := f
	cut.From = max(f.From, o.From) // days sort as strings
	if o.To != "" && (f.To == "" || f.To > o.To) {
		cut.To = o.To
	}
	if cut.From != f.From || cut.To != f.To {
		cut.Label = daysLabel(cut)
	}
	return cut
}

// daysLabel names a period: by its month or its year, if it is one.
func daysLabel(f message.Filter) string {
	from, err := time.Parse(time.DateOnly, f.From)
	to, toErr := time.Parse(time.DateOnly, f.To)
	if err == nil && toErr == nil && from.Day() == 1 && to.Day() == 1 {
		switch {
		case from.AddDate(0, 1, 0).Equal(to):
			return format.When("month", f.From)
		case from.Month() == time.January && from.AddDate(1, 0, 0).Equal(to):
			return format.When("year", f.From)
		}
	}
	_, name := spanOf(f).Filter()
	return name
}

// spanOf returns the period of a filter as it is typed in.
func spanOf(f message.Filter) Span {
	p := Span{From: f.From}
	if to, err := time.Parse(time.DateOnly, f.To); err == nil {
		p.To = to.AddDate(0, 0, -1).Format(time.DateOnly)
	}
	return p
}

// Period returns the period that is shown, as it is typed in.
func (s *State) Period() Span { return spanOf(s.FilterOf(message.Days, 0)) }

// SetPeriod sets the period that is shown, or one end of it; all days if p is empty.
func (s *State) SetPeriod(p Span) {
	f, _ := p.Filter()
	if f.From == "" && f.To == "" {
		s.DropFilter(f)
		return
	}
	f.Label = daysLabel(f)
	s.SetFilter(f)
}

// group returns the kind of a filter; a view has one filter of each kind.
func group(by string) string {
	switch by {
	case message.OfOthers:
		return message.OfProduct
	case message.OtherCells:
		return message.Cell
	case message.Troubled, message.Probability, message.SetApart:
		return message.Sentiment
	}
	return by
}

// Unfilter removes the filter at i; all of them for -1.
func (s *State) Unfilter(i int) {
	if i < 0 || i >= len(s.View.Filters) {
		s.View.Filters = nil
		return
	}
	s.View.Filters = append(append([]message.Filter{}, s.View.Filters[:i]...),
		s.View.Filters[i+1:]...)
}

// ChartFilters returns the filters of a bar or point of a chart; nil if it has none.
func ChartFilters(sum message.Summary, kind string, index int, name string) []message.Filter {
	switch {
	case kind == "histogram" && index >= 0 && index < len(sum.Histogram):
		return []message.Filter{BinFilter(index, len(sum.Histogram))}
	case kind == "stars" && index >= 0 && index < len(sum.Stars):
		filters := []message.Filter{StarFilter(index + 1)}
		if name != "" {
			filters = append(filters, SentimentFilter(name))
		}
		return filters
	case kind == "trend" && index >= 0 && index < len(sum.Periods):
		return []message.Filter{PeriodFilter(sum, index)}
	}
	return nil
}

// SentimentFilter passes the reviews of a sentiment.
func SentimentFilter(sentiment string) message.Filter {
	return message.Filter{By: message.Sentiment, Value: sentiment, Label: format.Word(sentiment)}
}

// StarFilter passes the reviews with n stars.
func StarFilter(n int) message.Filter {
	return message.Filter{By: message.Stars, Low: float64(n),
		Label: format.Plural(n, "star", "stars")}
}

// BinFilter passes the reviews in a bar of the histogram, by its number.
func BinFilter(i, of int) message.Filter {
	low, high := float64(i)/float64(of), float64(i+1)/float64(of)
	return message.Filter{By: message.Probability, Low: low, High: high,
		Label: BinName(i, of) + " positive"}
}

// BinName names a bar of the histogram: "95–100%".
func BinName(i, of int) string {
	return strconv.Itoa(100*i/of) + "–" + strconv.Itoa(100*(i+1)/of) + "%"
}

// PeriodFilter passes the reviews of a period of the trend, by its number.
func PeriodFilter(sum message.Summary, i int) message.Filter {
	to := ""
	if i+1 < len(sum.Periods) {
		to = sum.Periods[i+1].From
	}
	return periodFilter(sum.Unit, sum.Periods[i].From, to)
}

// TopicPeriodFilter passes the reviews of a period of a topic's trend, by its number.
func TopicPeriodFilter(sum message.Summary, t *wire.Topic, i int) message.Filter {
	to := ""
	if i+1 < len(t.Periods) {
		to = t.Periods[i+1].From
	}
	return periodFilter(sum.Unit, t.Periods[i].From, to)
}

func periodFilter(unit, from, to string) message.Filter {
	f := message.Filter{By: message.Days, From: from, To: to, Label: format.When(unit, from)}
	if unit == "week" {
		f.Label = "week of " + f.Label
	}
	return f
}

// PhraseFilter passes the reviews that have a phrase.
func PhraseFilter(phrase string) message.Filter {
	return message.Filter{By: message.Phrase, Value: phrase, Label: "“" + phrase + "”"}
}

// ProductFilter passes the reviews of a product.
func ProductFilter(name string) message.Filter {
	return message.Filter{By: message.OfProduct, Value: name, Label: name}
}

// FilterLabel returns the text of a filter's chip.
func FilterLabel(f message.Filter) string {
	if label := strings.TrimSpace(f.Label); label != "" {
		return label
	}
	return f.By
}

// Order returns the order of a view as an option: "-" and the column if it is descending.
func Order(v message.View) string {
	if v.Down {
		return "-" + v.Sort
	}
	return v.Sort
}

// Selected describes how many reviews are selected, and their figures.
func (s *State) Selected() string {
	sel := s.Selection
	out := format.Plural(sel.Rows, "review", "reviews")
	if len(s.View.Filters) == 0 {
		if sel.Rows != 1 {
			out = "All " + out
		}
		if n := s.Progress.Summary.Empty; n > 0 { // not counted in the numbers below
			out += ", " + format.Number(n) + " of them without text"
		}
		return out
	}
	if !sel.Done {
		return "Looking… " + out + " so far (" + format.Percent(sel.Looked) + " of the file)"
	}
	if sel.Sum.Read() > 0 {
		out += ", " + format.Percent(sel.Sum.Share.Share) + " positive (between " +
			format.Percent(sel.Sum.Share.Low) + " and " + format.Percent(sel.Sum.Share.High) + ")"
	}
	return out
}

// ChosenByScore reports whether a filter selects by score, so that a statement about the sentiment
// of the selection would be circular.
func ChosenByScore(f message.Filter) bool {
	return f.By == message.Sentiment || f.By == message.Probability || f.By == message.AgainstIt
}

// WordsFilter passes the reviews that have words.
func WordsFilter(words string) message.Filter {
	return message.Filter{By: message.Words, Value: words, Label: "search: " + words}
}

// OnceFilter passes each text once.
func OnceFilter() message.Filter {
	return message.Filter{By: message.Once, Label: "each text once"}
}

// SinceFilter passes the days from a change up to the next change of the same product.
func SinceFilter(sum message.Summary, c wire.ChangePoint) message.Filter {
	f := message.Filter{By: message.Days, From: c.From, To: c.Until, Label: "since " +
		format.When(sum.Unit, c.From)}
	if f.To == "" { // an older run, stored without it; the next change is one of those listed
		for _, other := range sum.Changes {
			if other.Product == c.Product && other.From > c.From &&
				(f.To == "" || other.From < f.To) {
				f.To = other.From
			}
		}
	}
	if f.To != "" {
		f.Label += " until " + format.When(sum.Unit, f.To)
	}
	return f
}

// CellFilter passes the reviews that have a value in a column; name is the column's.
func CellFilter(name string, column int, value string) message.Filter {
	label := name + ": " + value
	if value == "" {
		label = name + ": empty"
	}
	return message.Filter{By: message.Cell, Column: column, Value: value, Label: label}
}
