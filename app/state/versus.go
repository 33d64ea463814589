package state

import (
	"time"

	"reviewlens/app/format"
	"reviewlens/app/message"
)

// Comparison is a comparison of two groups of reviews, B with A.
type Comparison struct {
	ID      int    // counts comparisons; the answer to an older one is dropped
	Of      string // the part of the page that it belongs to
	Names   [2]string
	Filters [2][]message.Filter
	Runs    [2]string           // IDs of runs that have ended, instead of filters
	Result  *message.Comparison // nil until the worker has sent it
	Problem string              // reason why these cannot be compared
}

// IsPending reports whether the worker has not sent it yet.
func (v *Comparison) IsPending() bool {
	return v.Of != "" && v.Problem == "" && (v.Result == nil || !v.Result.Done)
}

// Parts of the page that compare.
const (
	OfPeriods = "periods"
	OfValues  = "values"
	OfFiles   = "files"
	OfRuns    = "runs"
)

// Span is a period as it is typed in: its first and its last day, "" for open ends.
type Span struct{ From, To string }

// Filter returns the filter of a period, and its name in a sentence.
func (p Span) Filter() (f message.Filter, name string) {
	f = message.Filter{By: message.Days, From: p.From}
	if to, err := time.Parse(time.DateOnly, p.To); err == nil {
		f.To = to.AddDate(0, 0, 1).Format(time.DateOnly) // filters exclude their last day
	}
	switch {
	case p.From == "" && f.To == "":
		name = "at any time"
	case p.From == "":
		name = "until " + format.When("day", p.To)
	case f.To == "":
		name = "since " + format.When("day", p.From)
	case p.From == p.To:
		name = "on " + format.When("day", p.From)
	default:
		name = "from " + format.When("day", p.From) + " to " + format.When("day", p.To)
	}
	f.Label = name
	return f, name
}

// OverlapProblem returns the reason why two periods cannot be compared, "" if they can.
func OverlapProblem(spans [2]Span) string {
	for _, p := range spans {
		if p.From != "" && p.To != "" && p.To < p.From {
			return "A period ends before it begins: " + format.When("day", p.From) + " to " +
				format.When("day", p.To) + "."
		}
	}
	a, b := spans[0], spans[1]
	before := func(a, b Span) bool { return a.To != "" && b.From != "" && a.To < b.From }
	if !before(a, b) && !before(b, a) {
		return "The two periods overlap. Each review can count for one of them only: let one end " +
			"before the other begins."
	}
	return ""
}

// Halves returns the two periods with which a comparison begins: before and from the day that
// halves the reviews, or else the middle period.
func Halves(sum message.Summary) [2]Span {
	from := ""
	if sum.Change != nil {
		from = sum.Change.From
	} else if n := len(sum.Periods); n > 0 {
		from = sum.Periods[n/2].From
	}
	day, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return [2]Span{}
	}
	return [2]Span{{To: day.AddDate(0, 0, -1).Format(time.DateOnly)}, {From: from}}
}
