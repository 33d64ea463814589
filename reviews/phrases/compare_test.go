package phrases

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"reviewlens/reviews"
	"reviewlens/reviews/stats"
)

// compared adds texts to the given groups; a text's number is its place, so none occurs twice.
func compared(texts []string, sentiments []reviews.Sentiment,
	group func(i int) (b, in bool)) *Comparison {
	c := NewComparison()
	for i, text := range texts {
		if b, in := group(i); in {
			c.Add(i, reviews.Result{Score: reviews.Score{Sentiment: sentiments[i]}}, b,
				[]byte(text))
		}
	}
	return c
}

// No phrase is more frequent in one half of the same reviews than in the other, up to the
// guaranteed rate: one of 20.
func TestComparisonOfHalves(t *testing.T) {
	named := 0
	for seed := range uint64(20) {
		texts, sentiments := planted(2000, seed)
		c := compared(texts, sentiments, func(i int) (bool, bool) { return i%2 == 1, true })
		if c.A.Rows != 1000 || c.B.Rows != 1000 {
			t.Fatalf("%+v, %+v", c.A, c.B)
		}
		if s := c.Shifts(8); len(s) > 0 {
			t.Logf("seed %d: %+v", seed, s)
			named++
		}
	}
	if named > 2 {
		t.Errorf("of 20 pairs of equal groups %d differ in a phrase", named)
	}
}

// A complaint that is planted in the later half alone is named, with its frequency in both, and not
// the praise next to it.
func TestComparisonFindsWhatIsNew(t *testing.T) {
	texts, sentiments := planted(6000, 7)
	in := [2]int{} // number of reviews that complain about it, by half
	for i := range texts {
		half := i / 3000
		if sentiments[i] == reviews.Negative && (half == 1 && i%10 == 0 || i%400 == 0) {
			texts[i] += " the handle melted on it"
			in[half]++
		}
		if sentiments[i] == reviews.Positive && i%300 == 0 {
			texts[i] += " the handle melted away"
		}
	}
	c := compared(texts, sentiments, func(i int) (bool, bool) { return i >= 3000, true })
	found := c.Shifts(8)
	if len(found) != 1 || found[0].Phrase != "handle melted" ||
		found[0].Sentiment != reviews.Negative {
		t.Fatalf("found %+v", found)
	}
	s := found[0]
	if want := [2]float64{float64(in[0]) / 3000, float64(in[1]) / 3000}; s.A.Share != want[0] ||
		s.B.Share != want[1] || math.Abs(s.Delta.Share-(want[1]-want[0])) > 1e-12 ||
		s.Delta.Low <= 0 {
		t.Errorf("%+v, want shares %v", s, want)
	}
	for _, row := range s.Rows {
		if row < 3000 || sentiments[row] != reviews.Negative {
			t.Errorf("row %d is no example", row)
		}
	}
	back := compared(texts, sentiments,
		func(i int) (bool, bool) { return i < 3000, true }).Shifts(8)
	if len(back) != 1 || back[0].A != s.B || back[0].B != s.A {
		t.Errorf("the other way round: %+v", back)
	}
}

// If there are more complaints, a word that every review has is in more of them; it is not a
// reason.
func TestComparisonLeavesOutWhatAllSay(t *testing.T) {
	texts, sentiments := planted(4000, 3)
	for i := range texts {
		// a sixth of the first half, a quarter of the second
		if sentiments[i] = reviews.Positive; i%(6-2*(i/2000)) == 0 {
			sentiments[i] = reviews.Negative
			if i%60 == 0 || i >= 2000 && i%8 == 0 {
				texts[i] += " the cord frayed."
			}
		}
		texts[i] += " my dear kettle"
	}
	c := compared(texts, sentiments, func(i int) (bool, bool) { return i >= 2000, true })
	var named []string
	for _, s := range c.Shifts(8) {
		named = append(named, s.Phrase)
	}
	if !slices.Contains(named, "cord frayed") ||
		slices.ContainsFunc(named, func(p string) bool { return strings.Contains(p, "kettle") }) ||
		len(named) > 2 {
		t.Errorf("named %v", named)
	}
}

// Rows without a score are in no group; a repeated text counts as a row and has no vote.
func TestComparisonCounts(t *testing.T) {
	c := NewComparison()
	for i := range 40 {
		c.Add(i, reviews.Result{Score: reviews.Score{Sentiment: reviews.Negative, Positive: 0.1}},
			i%2 == 0, fmt.Appendf(nil, "number %d broke", i))
		c.Add(i, reviews.Result{Score: reviews.Score{Sentiment: reviews.Positive, Positive: 0.9}},
			false, nil)
		c.Add(i, reviews.Result{Err: "failed"}, true, []byte("broke"))
		c.Add(i, reviews.Result{}, true, []byte(""))
	}
	if c.A.Rows != 60 || c.A.Positive != 40 || c.B.Rows != 20 || c.B.Negative != 20 ||
		!slices.Equal(c.texts[:], []int{20, 20}) {
		t.Errorf("%+v, %+v, texts %v", c.A, c.B, c.texts)
	}
	if by := c.Delta(); by.Share != -40.0/60 || by.High >= 0 {
		t.Errorf("by %+v", by)
	}
	if s := NewComparison(); len(s.Shifts(8)) != 0 ||
		s.Delta() != (stats.Interval{Low: -1, High: 1}) {
		t.Errorf("of nothing: %+v", s.Delta())
	}
}
