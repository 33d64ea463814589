package phrases

import (
	"cmp"
	"math"
	"slices"

	"reviewlens/reviews"
	"reviewlens/reviews/stats"
)

// Comparison compares two groups of scored rows: two periods, two values of a column. It computes
// the difference of their shares of positive rows, and which complaints and which praise became
// more or less frequent from A to B.
//
// A phrase's frequency is that among all distinct texts of its group, whatever their sentiment, so
// that complaints which come with more complaining are found as well.
type Comparison struct {
	A, B stats.Count

	texts [2]int // distinct ones
	kinds [2]int // negative and positive ones of all of these
	// phrases of negative texts, and of positive ones; their two sides are the groups
	shifts [2]*Drivers
}

// Shift is a phrase that texts of one sentiment have more often in one group than in the other,
// beyond chance.
type Shift struct {
	Phrase    string
	Sentiment reviews.Sentiment // Negative or Positive: complaint or praise
	// share of the distinct texts of each group that are of this sentiment and have the phrase
	A, B  stats.Interval
	Delta stats.Interval // B minus A
	// distinct texts of A and of B that are of this sentiment and have the phrase
	Reviews [2]int
	Rows    []int // some, of the group that has it more often
}

// NewComparison returns a comparison of two empty groups.
func NewComparison() *Comparison {
	c := new(Comparison)
	for i := range c.shifts {
		c.shifts[i] = NewDrivers()
		c.shifts[i].deduplicated = true
	}
	return c
}

// Add counts a scored row in B if b is set, else in A. Its text counts for the shifts on its first
// occurrence in its group, which the caller tracks: text is nil from then on.
func (c *Comparison) Add(row int, r reviews.Result, b bool, text []byte) {
	side, count := 0, &c.A
	if b {
		side, count = 1, &c.B
	}
	count.Add(r)
	if text == nil || r.Err != "" || r.Sentiment == reviews.None || r.Unread != 0 {
		return
	}
	c.texts[side]++
	for i, s := range [2]reviews.Sentiment{reviews.Negative, reviews.Positive} {
		if r.Sentiment == s {
			c.kinds[i]++
			c.shifts[i].vote(row, text, side)
		}
	}
}

// Delta returns the difference of the shares of positive rows, B minus A.
func (c *Comparison) Delta() stats.Interval { return stats.Difference(c.B.Share(), c.A.Share()) }

// Shifts returns up to limit phrases of each sentiment and direction, the largest differences
// first. Each sentiment has half of the false discovery rate of Drivers.Top, so that both together
// name nothing in 19 of 20 comparisons of equal groups.
//
// A neutral phrase also becomes more frequent in complaints when there are more complaints.
// Therefore a phrase is named only if it is also significantly (5%) more frequent in texts of its
// sentiment.
func (c *Comparison) Shifts(limit int) (out []Shift) {
	for _, d := range c.shifts {
		d.flush()
	}
	for i, s := range [2]reviews.Sentiment{reviews.Negative, reviews.Positive} {
		found := c.shifts[i].top(4*limit, discoveries/2, c.texts)
		named := [2]int{}
		for _, d := range found {
			on := int(math.Round(d.Share.Share * float64(d.Reviews)))
			counts, direction := [2]int{d.Reviews - on, on}, 1
			if d.Sentiment == reviews.Negative { // the first of the two sides
				counts, direction = [2]int{on, d.Reviews - on}, 0
			}
			n, all := d.Reviews+c.shifts[1-i].reviewsOf(d.Phrase), c.kinds[0]+c.kinds[1]
			if d.Reviews*all <= c.kinds[i]*n || chance(d.Reviews, n, c.kinds[i], all) > 0.05 ||
				named[direction] == limit {
				continue
			}
			named[direction]++
			shift := Shift{Phrase: d.Phrase, Sentiment: s, A: stats.Wilson(counts[0], c.texts[0]),
				B: stats.Wilson(counts[1], c.texts[1]), Reviews: counts, Rows: d.Rows}
			shift.Delta = stats.Difference(shift.B, shift.A)
			out = append(out, shift)
		}
	}
	slices.SortStableFunc(out,
		func(a, b Shift) int {
			return cmp.Compare(math.Abs(b.Delta.Share),
				math.Abs(a.Delta.Share))
		})
	return out
}

// Complaints returns up to limit phrases of negative texts that are more frequent in B than in A,
// or less frequent, the largest differences first. Of nested phrases it returns one.
func (c *Comparison) Complaints(limit int, more bool) (out []Shift) {
	for _, s := range c.Shifts(4 * limit) {
		if s.Sentiment != reviews.Negative || (s.Delta.Share > 0) != more || len(out) == limit {
			continue
		}
		stems := stemsOf(s.Phrase)
		if !slices.ContainsFunc(out, func(o Shift) bool {
			other := stemsOf(o.Phrase)
			return within(stems, other) || within(other, stems)
		}) {
			out = append(out, s)
		}
	}
	return out
}

// reviewsOf returns the known number of texts with a phrase.
func (d *Drivers) reviewsOf(text string) int {
	p := d.lookUp(NewPhrase(text).hash)
	return int(p.counts[0] + p.counts[1])
}
