package stats

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"

	"reviewlens/reviews"

	"github.com/google/go-cmp/cmp"
)

// band is a rule that names probabilities from 0.4 to 0.6 unsure.
var band = reviews.Rule{Combine: "mean", Temperature: 1, Unsure: [2]float64{0.4, 0.6}}

func scoredAs(p float64) reviews.Result {
	return reviews.Result{Score: reviews.Score{Positive: p, Sentiment: band.Name(p)}, Windows: 1}
}

func TestSummary(t *testing.T) {
	var s Summary
	long := scoredAs(1)
	long.Cut = true
	s.Add(scoredAs(0.97), reviews.Facts{Stars: 5, Product: 2})
	s.Add(scoredAs(0), reviews.Facts{Stars: 5, Product: 2})
	s.Add(scoredAs(0.5), reviews.Facts{Product: 1})
	s.Add(long, reviews.Facts{Stars: 4.5})
	s.Add(reviews.Result{}, reviews.Facts{Stars: 3, Product: 3, Day: 5})
	s.Add(reviews.Result{Err: "too large"}, reviews.Facts{Stars: 1})
	if s.Rows != 6 || s.Scored != 4 || s.Positive != 2 || s.Negative != 1 || s.Unsure != 1 ||
		s.Empty != 1 || s.Failed != 1 || s.Cut != 1 || s.Against != 1 {
		t.Errorf("counts = %+v", s)
	}
	if s.Histogram[0] != 1 || s.Histogram[10] != 1 || s.Histogram[19] != 2 {
		t.Errorf("histogram = %v", s.Histogram)
	}
	if want := (Count{Rows: 3, Positive: 2, Negative: 1, SumPositive: 1.97}); s.Stars[4] != want {
		t.Errorf("five stars = %+v, want %+v", s.Stars[4], want)
	}
	if want := 14.5 / 3; s.MeanStars() != want {
		t.Errorf("the mean of the stars is %v, want %v", s.MeanStars(), want)
	}
	if s.Stars[2] != (Count{}) || s.Stars[0] != (Count{}) {
		t.Error("a row without a score counts for its stars")
	}
	want := []Count{{Rows: 1, Unsure: 1, SumPositive: 0.5},
		{Rows: 2, Positive: 1, Negative: 1, SumPositive: 0.97}}
	if diff := cmp.Diff(want, s.Products); diff != "" {
		t.Errorf("products (-want +got):\n%s", diff)
	}
	if unit, periods := s.Trend(); unit != "" || periods != nil {
		t.Errorf("a trend without dates: %s %v", unit, periods)
	}
}

// Unread rows are scored and unsure, and in no share, mean or histogram.
func TestSummaryOfUnread(t *testing.T) {
	var s Summary
	unread := scoredAs(0.97)
	unread.Sentiment, unread.Unread = reviews.Unsure, 7
	s.Add(scoredAs(1), reviews.Facts{Stars: 5, Product: 1})
	for range 3 {
		s.Add(unread, reviews.Facts{Stars: 5, Product: 1})
	}
	want := Count{Rows: 4, Positive: 1, Unsure: 3, Unread: 3, SumPositive: 1}
	if s.Stars[4] != want || s.Products[0] != want || s.Total().Share() != Wilson(1, 1) {
		t.Errorf("five stars %+v, product %+v, all %+v; want %+v", s.Stars[4], s.Products[0],
			s.Total(), want)
	}
	if want.Mean() != 1 || want.Read() != 1 || want.Sub(want) != (Count{}) || s.Reasons[7] != 3 ||
		s.Unread != 3 {
		t.Errorf("%+v", s)
	}
	if s.Histogram[19] != 1 {
		t.Errorf("histogram %v", s.Histogram)
	}
	var none Count
	if none.Mean() != 0 {
		t.Errorf("the mean of nothing is %v", none.Mean())
	}
}

// The mean of stars is that of the ratings and not of whole stars, the same in any order.
func TestMeanStars(t *testing.T) {
	var s, back Summary
	var stars []float64
	for i := range 1000 {
		stars = append(stars, []float64{4.5, 3.7, 10.0 / 3, 0.5}[i%4])
	}
	for i, n := range stars {
		s.Add(scoredAs(1), reviews.Facts{Stars: n})
		back.Add(scoredAs(1), reviews.Facts{Stars: stars[len(stars)-1-i]})
		s.Add(scoredAs(1), reviews.Facts{})
	}
	if got := s.MeanStars(); math.Abs(got-(4.5+3.7+3.333+0.5)/4) > 1e-9 ||
		got != back.MeanStars() {
		t.Errorf("mean %v, in the other order %v", got, back.MeanStars())
	}
	if got := new(Summary).MeanStars(); got != 0 {
		t.Errorf("of nothing, %v", got)
	}
}

// Products beyond the maximum have one number, and are not listed as a product.
func TestMostReviewed(t *testing.T) {
	var s Summary
	for product, rows := range map[int]int{2: 3, 7: 5, reviews.MaxProducts: 4,
		reviews.MaxProducts + 1: 9} {
		for range rows {
			s.Add(scoredAs(1), reviews.Facts{Product: product})
		}
	}
	for _, tt := range []struct {
		limit int
		want  []int
	}{{20, []int{7, reviews.MaxProducts, 2}}, {1, []int{7}}, {0, []int{}}} {
		got, all := s.MostReviewed(tt.limit)
		if !slices.Equal(got, tt.want) || all != 4 {
			t.Errorf("up to %d: %v of %d, want %v of 4", tt.limit, got, all, tt.want)
		}
	}
}

func BenchmarkSummary(b *testing.B) {
	cells := make([][2][]byte, 1000)
	for i := range cells {
		cells[i] = [2][]byte{[]byte(fmt.Sprintf("%d/%d/2024", 1+i%12, 1+i%28)),
			[]byte(strconv.Itoa(1 + i%5))}
	}
	for b.Loop() { // a million rows
		var s Summary
		for i := range 1_000_000 {
			c := cells[i%1000]
			day, _ := reviews.Dates{}.Parse(c[0])
			stars, _ := reviews.ParseStars(c[1])
			s.Add(scoredAs(float64(i%100)/100),
				reviews.Facts{Stars: stars, Day: day, Product: 1 + i%300})
		}
		s.Trend()
		s.Change()
	}
}
