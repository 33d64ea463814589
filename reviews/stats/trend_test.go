package stats

import (
	"math"
	"math/rand"
	"testing"
	"time"

	"reviewlens/reviews"
)

func TestTrend(t *testing.T) {
	monday := reviews.DayOf(2024, time.March, 4)
	for _, tt := range []struct {
		days int
		unit string
		from string
		n    int
	}{
		{0, Daily, "2024-03-04", 1}, {45, Daily, "2024-03-04", 46}, {46, Weekly, "2024-03-04", 7},
		{300, Weekly, "2024-03-04", 43}, {365, Monthly, "2024-03-01", 13},
		{2500, Quarterly, "2024-01-01", 29}, {8000, Yearly, "2024-01-01", 23},
	} {
		var s Summary
		s.Add(scoredAs(1), reviews.Facts{Day: monday})
		s.Add(scoredAs(0), reviews.Facts{Day: monday + reviews.Day(tt.days)})
		s.Add(scoredAs(0), reviews.Facts{})
		unit, periods := s.Trend()
		if unit != tt.unit || len(periods) != tt.n ||
			periods[0].From.Format(time.DateOnly) != tt.from {
			t.Errorf("%d days: %d periods of a %s from %v, want %d of a %s from %s", tt.days,
				len(periods), unit, periods[0].From, tt.n, tt.unit, tt.from)
			continue
		}
		rows := 0
		for _, p := range periods {
			rows += p.Rows
		}
		if rows != 2 || periods[0].Positive != 1 || periods[len(periods)-1].Negative != 1 {
			t.Errorf("%d days: %+v", tt.days, periods)
		}
	}
	sunday := Summary{}
	sunday.Add(scoredAs(1), reviews.Facts{Day: monday - 1})
	sunday.Add(scoredAs(1), reviews.Facts{Day: monday + 60})
	if _, periods := sunday.Trend(); !periods[0].From.Equal((monday - 7).Time()) {
		t.Errorf("the week of a Sunday begins on %v", periods[0].From)
	}
}

// A day is in the last period that begins on it or before it.
func TestCalendar(t *testing.T) {
	var s Summary
	first := reviews.DayOf(2024, time.March, 6)
	s.Add(scoredAs(1), reviews.Facts{Day: first})
	s.Add(scoredAs(1), reviews.Facts{Day: first + 100})
	_, periods := s.Trend()
	c := CalendarOf(periods)
	for day := first - 10; day < first+120; day++ {
		want := -1
		for i, p := range periods {
			if !p.From.After(day.Time()) {
				want = i
			}
		}
		if got := c.At(day); got != want {
			t.Errorf("%v is in period %d, want %d", day.Time(), got, want)
		}
	}
	early := Period{From: time.Date(1969, time.December, 1, 0, 0, 0, 0, time.UTC)}
	c = CalendarOf([]Period{early, {From: early.From.AddDate(0, 1, 0)}})
	if got := [2]int{c.At(0), c.At(1)}; got != [2]int{-1, 1} {
		t.Errorf("no day and the first one are in the periods %v", got)
	}
	if got := CalendarOf(nil).At(first); got != -1 {
		t.Errorf("without periods: %d", got)
	}
}

func TestChange(t *testing.T) {
	var s Summary
	for i := range 200 { // 80 of the first 100 positive, 50 of the next
		share := 5
		if i < 100 {
			share = 8
		}
		p := 0.0
		if i%10 < share {
			p = 1
		}
		s.Add(scoredAs(p), reviews.Facts{Day: reviews.DayOf(2024, 1, 1) + reviews.Day(i/2)})
	}
	c, ok := s.Change()
	if !ok || c.Before.Share != 0.8 || c.After.Share != 0.5 ||
		!c.From.Equal(reviews.DayOf(2024, 2, 20).Time()) {
		t.Fatalf("Change = %+v, %v", c, ok)
	}
	// Newcombe's method 10 for 80/100 and 50/100, worked by hand from the two Wilson intervals
	// (0.7112, 0.8667) and (0.4038, 0.5962): -0.3 -+ sqrt(0.0962^2 + 0.0667^2), sqrt(0.0962^2 +
	// 0.0888^2).
	if math.Abs(c.Delta.Share+0.3) > 1e-9 || math.Abs(c.Delta.Low+0.4171) > 1e-3 ||
		math.Abs(c.Delta.High+0.1691) > 1e-3 {
		t.Errorf("By = %+v", c.Delta)
	}
	var one Summary
	for range 100 {
		one.Add(scoredAs(1), reviews.Facts{Day: 1000})
	}
	if c, ok := one.Change(); ok {
		t.Errorf("a change within one day: %+v", c)
	}
}

// Of 2,000 pairs of halves without any change about 5% may show one.
func TestChangeOfNothing(t *testing.T) {
	rng := rand.New(rand.NewSource(3))
	beyond := 0
	for range 2000 {
		var s Summary
		for i := range 120 {
			p := 0.0
			if rng.Float64() < 0.7 {
				p = 1
			}
			s.Add(scoredAs(p), reviews.Facts{Day: reviews.Day(1000 + i)})
		}
		if c, ok := s.Change(); ok && (c.Delta.Low > 0 || c.Delta.High < 0) {
			beyond++
		}
	}
	if beyond < 40 || beyond > 140 {
		t.Errorf("%d of 2,000 shuffled files change beyond chance, want about 100", beyond)
	}
}
