package stats

import (
	"math"
	"slices"
	"time"

	"reviewlens/reviews"
)

// Units of a Trend's periods.
const (
	Daily     = "day"
	Weekly    = "week" // from Monday
	Monthly   = "month"
	Quarterly = "quarter"
	Yearly    = "year"
)

// Period holds the counts of the rows in a period; From is its first day.
type Period struct {
	From time.Time
	Count
}

// Trend groups the days of a Summary by the shortest unit of which there are at most about 75
// periods. It includes periods without rows.
func (s *Summary) Trend() (unit string, periods []Period) {
	first, last := s.span()
	if first == 0 {
		return "", nil
	}
	switch days := int(last - first); {
	case days <= 45:
		unit = Daily
	case days <= 300:
		unit = Weekly
	case days <= 6*366:
		unit = Monthly
	case days <= 18*366:
		unit = Quarterly
	default:
		unit = Yearly
	}
	for at := begin(unit, first.Time()); !at.After(last.Time()); at = next(unit, at) {
		periods = append(periods, Period{From: at})
	}
	for i, d := 0, first; d <= last; d++ {
		for i+1 < len(periods) && !d.Time().Before(periods[i+1].From) {
			i++
		}
		if c := s.days[d]; c != nil {
			periods[i].add(*c)
		}
		if d == math.MaxUint16 {
			break
		}
	}
	return unit, periods
}

// Calendar finds the period of a day: it holds the first days of the periods of a Trend.
type Calendar []reviews.Day

// CalendarOf returns the Calendar of the periods of a Trend.
func CalendarOf(periods []Period) Calendar {
	c := make(Calendar, len(periods))
	for i, p := range periods {
		if p.From.Unix() >= 0 { // else it begins before the first Day
			c[i] = reviews.DayOf(p.From.Date())
		}
	}
	return c
}

// At returns the index of the period of a day, -1 for no day and for one before all periods.
func (c Calendar) At(day reviews.Day) int {
	if day == 0 {
		return -1
	}
	at, found := slices.BinarySearch(c, day)
	if !found {
		at--
	}
	return at
}

// span returns the first and the last day; 0 if there is none.
func (s *Summary) span() (first, last reviews.Day) {
	for d := range s.days {
		if first == 0 || d < first {
			first = d
		}
		last = max(last, d)
	}
	return first, last
}

func begin(unit string, t time.Time) time.Time {
	year, month, day := t.Date()
	switch unit {
	case Weekly:
		return t.AddDate(0, 0, -int(t.Weekday()+6)%7)
	case Monthly:
		day = 1
	case Quarterly:
		month, day = month-(month-1)%3, 1
	case Yearly:
		month, day = 1, 1
	}
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func next(unit string, t time.Time) time.Time {
	switch unit {
	case Daily:
		return t.AddDate(0, 0, 1)
	case Weekly:
		return t.AddDate(0, 0, 7)
	case Monthly:
		return t.AddDate(0, 1, 0)
	case Quarterly:
		return t.AddDate(0, 3, 0)
	}
	return t.AddDate(1, 0, 0)
}

// Change compares the earlier half of the dated rows with the later.
type Change struct {
	From          time.Time // first day of the later half
	Before, After Interval  // share of positive rows
	// After minus Before, with its 95% interval; beyond chance if that excludes 0
	Delta Interval
}

// Change splits the dated rows into halves at a day. It returns false if there is no such day, or
// fewer than 20 scored rows on a side.
func (s *Summary) Change() (Change, bool) {
	first, last := s.span()
	total := 0
	for _, c := range s.days {
		total += c.Read()
	}
	var before, after Count
	var from reviews.Day
	for d := first; first > 0 && d <= last; d++ {
		if c := s.days[d]; c != nil {
			if from == 0 && before.Read() > 0 && 2*before.Read()+c.Read() > total {
				from = d
			}
			if from == 0 {
				before.add(*c)
			} else {
				after.add(*c)
			}
		}
		if d == math.MaxUint16 {
			break
		}
	}
	if before.Read() < 20 || after.Read() < 20 {
		return Change{}, false
	}
	c := Change{From: from.Time(), Before: before.Share(), After: after.Share()}
	c.Delta = Difference(c.After, c.Before)
	return c, true
}
