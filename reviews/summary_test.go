package reviews

import (
	"fmt"
	"math"
	"math/rand"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func scoredAs(p float64) Result {
	return Result{Score: Score{Positive: p, Sentiment: rule.Name(p)}, Windows: 1}
}

func TestSummary(t *testing.T) {
	var s Summary
	long := scoredAs(1)
	long.Cut = true
	s.Add(scoredAs(0.97), Facts{Stars: 5, Product: 2})
	s.Add(scoredAs(0), Facts{Stars: 5, Product: 2})
	s.Add(scoredAs(0.5), Facts{Product: 1})
	s.Add(long, Facts{Stars: 4.5})
	s.Add(Result{}, Facts{Stars: 3, Product: 3, Day: 5})
	s.Add(Result{Err: "too large"}, Facts{Stars: 1})
	if s.Rows != 6 || s.Scored != 4 || s.Positive != 2 || s.Negative != 1 || s.Unsure != 1 || s.Empty != 1 || s.Failed != 1 || s.Cut != 1 || s.Against != 1 {
		t.Errorf("counts = %+v", s)
	}
	if s.Histogram[0] != 1 || s.Histogram[10] != 1 || s.Histogram[19] != 2 {
		t.Errorf("histogram = %v", s.Histogram)
	}
	if want := (Count{Rows: 3, Positive: 2, Negative: 1, SumPositive: 1.97}); s.Stars[4] != want {
		t.Errorf("five stars = %+v, want %+v", s.Stars[4], want)
	}
	if s.Stars[2] != (Count{}) || s.Stars[0] != (Count{}) {
		t.Error("a row without a score counts for its stars")
	}
	want := []Count{{Rows: 1, Unsure: 1, SumPositive: 0.5}, {Rows: 2, Positive: 1, Negative: 1, SumPositive: 0.97}}
	if diff := cmp.Diff(want, s.Products); diff != "" {
		t.Errorf("products (-want +got):\n%s", diff)
	}
	if unit, periods := s.Trend(); unit != "" || periods != nil {
		t.Errorf("a trend without dates: %s %v", unit, periods)
	}
}

func TestAgainst(t *testing.T) {
	for _, tt := range []struct {
		s     Sentiment
		stars float64
		want  bool
	}{{Negative, 5, true}, {Negative, 4, true}, {Negative, 3, false}, {Negative, 0, false}, {Positive, 1, true}, {Positive, 2, true}, {Positive, 3, false}, {Positive, 0, false}, {Unsure, 1, false}} {
		if got := Against(tt.s, tt.stars); got != tt.want {
			t.Errorf("Against(%v, %v) = %v", tt.s, tt.stars, got)
		}
	}
}

func TestDates(t *testing.T) {
	for _, tt := range []struct {
		cell     string
		dayFirst bool
		want     string // "" for no date
	}{
		{"2024-03-04", false, "2024-03-04"},
		{" 2024/3/4 ", true, "2024-03-04"},
		{"2024-03-04T23:59:59Z", false, "2024-03-04"},
		{"2024-03-04 08:00:00.000", false, "2024-03-04"},
		{"3/4/2024", false, "2024-03-04"},
		{"3/4/2024", true, "2024-04-03"},
		{"13/4/2024", false, "2024-04-13"},
		{"4/13/2024", true, "2024-04-13"},
		{"04.03.24", true, "2024-03-04"},
		{"3/4/99 10:15", false, "1999-03-04"},
		{"20240304", false, "2024-03-04"},
		{"03 4, 2024", false, "2024-03-04"},
		{"March 4, 2024", true, "2024-03-04"},
		{"4 Mar 2024", false, "2024-03-04"},
		{"4. MARCH 2024, 10:30", false, "2024-03-04"},
		{"2024 mar 4", false, "2024-03-04"},
		{"4-Mar-24", false, "2024-03-04"},
		{"Mar 4 '99", false, "1999-03-04"},
		{"Sept 2024", false, "2024-09-01"},
		{"2024-09", false, "2024-09-01"},
		{"Reviewed in the United States on February 29, 2024", false, "2024-02-29"},
		{"1709510400", false, "2024-03-04"},
		{"1709510400123", false, "2024-03-04"},
		{"1970-01-01", false, "1970-01-01"},
		{"2148-12-31", false, "2148-12-31"},
		{"February 30, 2024", false, ""},
		{"30/30/2024", false, ""},
		{"1969-12-31", false, ""},
		{"2149-06-08", false, ""},
		{"", false, ""},
		{"5", false, ""},
		{"yesterday", false, ""},
		{"123-456-7890", false, ""},
		{"99999999999999999999", false, ""},
		{"10.0.0.1", false, ""},
		{"4.17.10", false, ""},
		{"4.17.10", true, ""},
		{"5.12.21.2", true, ""},
		{"v4.1.2024", false, ""},
		{"2 weeks ago", false, ""},
		{"a month ago", false, ""},
		{"14:16:38", false, ""},
		{"5 out of 5", false, ""},
		{"5,0 von 5 Sternen", false, ""},
		{"05-May", false, ""},
		{"+49 30 123 4567", false, ""},
		{"555-12-2024-7", false, ""},
		{"12345", false, ""},
		{"Mon Jan 10 2024 14:16:38 GMT+0000 (GMT)", false, "2024-01-10"},
		{"Mon Jan 15 14:16:38 +0000 2024", false, "2024-01-15"},
		{"Mon Jan 15 14:16:38 2024", false, "2024-01-15"},
		{"2024/01/15 10:00:00 AM GMT+1", false, "2024-01-15"},
		{"2024-01-15T10:00:00.123+02:00", false, "2024-01-15"},
		{"2024-01-10 10:00:00 UTC", false, "2024-01-10"},
		{"14:16 15/01/2024", false, "2024-01-15"},
		{"Rezension aus Deutschland vom 5. März 2023", false, "2023-03-05"},
		{"Commenté en France le 14 août 2022", false, "2022-08-14"},
		{"Revisado en España el 3 de septiembre de 2021", false, "2021-09-03"},
		{"Avaliado no Brasil em 7 de dezembro de 2020", false, "2020-12-07"},
		{"Recensito in Italia il 2 giugno 2023", false, "2023-06-02"},
		{"Beoordeeld in Nederland op 1 mei 2023", false, "2023-05-01"},
		{"Recenserad i Sverige den 9 oktober 2022", false, "2022-10-09"},
		{"Opinia z Polski 11 października 2022", false, "2022-10-11"},
		{"2023年1月5日に日本でレビュー済み", false, "2023-01-05"},
		{"2024년 3월 5일", false, "2024-03-05"},
		{"2024. 3. 5.", false, "2024-03-05"},
		{"5 ОКТЯБРЯ 2023 г.", false, "2023-10-05"},
		{"1709510400.0", false, "2024-03-04"},
		{"1709510400123.0", false, "2024-03-04"},
		{"1.70951E+12", false, "2024-03-03"},
		{"1709510400123456", false, "2024-03-04"},
		{"1709510400123456789", false, "2024-03-04"},
		{"20240304141638", false, "2024-03-04"},
		{"45355", false, "2024-03-04"},
		{"45355.75", false, "2024-03-04"},
		{"2024.03.04", false, "2024-03-04"},
		{"1/5 2024-01", false, ""},
	} {
		got := ""
		if d, ok := (Dates{DayFirst: tt.dayFirst}).Parse([]byte(tt.cell)); ok {
			got = d.Time().Format(time.DateOnly)
		}
		if got != tt.want {
			t.Errorf("%q, day first %v: %q, want %q", tt.cell, tt.dayFirst, got, tt.want)
		}
	}
	for _, tt := range []struct {
		cells []string
		want  bool
	}{
		{nil, false},
		{[]string{"3/4/2024", "5/6/2024"}, false},
		{[]string{"3.4.2024", "5.6.2024"}, true},
		{[]string{"3/4/2024", "25/6/2024"}, true},
		{[]string{"3.4.2024", "5.26.2024"}, false},
		{[]string{"2024-03-04"}, false},
		{[]string{"4 March 2024"}, false},
		{[]string{"01/03/2024", "02/03/2024", "03/03/2024", "04/03/2024", "01/04/2024", "02/04/2024"}, true},
		{[]string{"03/01/2024", "03/02/2024", "03/04/2024", "04/01/2024", "04/02/2024"}, false},
	} {
		if got := GuessDates(tt.cells); got.DayFirst != tt.want {
			t.Errorf("%q: day first %v", tt.cells, got.DayFirst)
		}
	}
}

func TestTrend(t *testing.T) {
	monday := DayOf(2024, time.March, 4)
	for _, tt := range []struct {
		days int
		unit string
		from string
		n    int
	}{
		{0, Daily, "2024-03-04", 1}, {45, Daily, "2024-03-04", 46}, {46, Weekly, "2024-03-04", 7}, {300, Weekly, "2024-03-04", 43},
		{365, Monthly, "2024-03-01", 13}, {2500, Quarterly, "2024-01-01", 29}, {8000, Yearly, "2024-01-01", 23},
	} {
		var s Summary
		s.Add(scoredAs(1), Facts{Day: monday})
		s.Add(scoredAs(0), Facts{Day: monday + Day(tt.days)})
		s.Add(scoredAs(0), Facts{})
		unit, periods := s.Trend()
		if unit != tt.unit || len(periods) != tt.n || periods[0].From.Format(time.DateOnly) != tt.from {
			t.Errorf("%d days: %d periods of a %s from %v, want %d of a %s from %s", tt.days, len(periods), unit, periods[0].From, tt.n, tt.unit, tt.from)
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
	sunday.Add(scoredAs(1), Facts{Day: monday - 1})
	sunday.Add(scoredAs(1), Facts{Day: monday + 60})
	if _, periods := sunday.Trend(); !periods[0].From.Equal((monday - 7).Time()) {
		t.Errorf("the week of a Sunday begins on %v", periods[0].From)
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
		s.Add(scoredAs(p), Facts{Day: DayOf(2024, 1, 1) + Day(i/2)})
	}
	c, ok := s.Change()
	if !ok || c.Before.Share != 0.8 || c.After.Share != 0.5 || !c.From.Equal(DayOf(2024, 2, 20).Time()) {
		t.Fatalf("Change = %+v, %v", c, ok)
	}
	// Newcombe's method 10 for 80/100 and 50/100, worked by hand from the two Wilson intervals
	// (0.7112, 0.8667) and (0.4038, 0.5962): -0.3 -+ sqrt(0.0962^2 + 0.0667^2), sqrt(0.0962^2 + 0.0888^2).
	if math.Abs(c.By.Share+0.3) > 1e-9 || math.Abs(c.By.Low+0.4171) > 1e-3 || math.Abs(c.By.High+0.1691) > 1e-3 {
		t.Errorf("By = %+v", c.By)
	}
	var one Summary
	for range 100 {
		one.Add(scoredAs(1), Facts{Day: 1000})
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
			s.Add(scoredAs(p), Facts{Day: Day(1000 + i)})
		}
		if c, ok := s.Change(); ok && (c.By.Low > 0 || c.By.High < 0) {
			beyond++
		}
	}
	if beyond < 40 || beyond > 140 {
		t.Errorf("%d of 2,000 shuffled files change beyond chance, want about 100", beyond)
	}
}

func BenchmarkSummary(b *testing.B) {
	cells := make([][2][]byte, 1000)
	for i := range cells {
		cells[i] = [2][]byte{[]byte(fmt.Sprintf("%d/%d/2024", 1+i%12, 1+i%28)), []byte(strconv.Itoa(1 + i%5))}
	}
	for b.Loop() { // a million rows
		var s Summary
		for i := range 1_000_000 {
			c := cells[i%1000]
			day, _ := Dates{}.Parse(c[0])
			stars, _ := ParseStars(c[1])
			s.Add(scoredAs(float64(i%100)/100), Facts{Stars: stars, Day: day, Product: 1 + i%300})
		}
		s.Trend()
		s.Change()
	}
}
