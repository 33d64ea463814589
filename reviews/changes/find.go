package changes

import (
	"math"
	"math/rand/v2"
	"slices"

	"reviewlens/reviews/stats"
)

// Cell holds the counts of scored reviews in a period.
type Cell struct{ Reviews, Negative int }

// Point is a period from which on the share of negative reviews differs.
type Point struct {
	At            int            // index of the first period after the change
	From, To      int            // [From, At) is compared with [At, To), up to the next change
	Before, After stats.Interval // share of negative reviews in these
	Reviews       int            // of [At, To)
	P             float64        // probability of such a difference without a change
}

const (
	minReviews  = 8   // on each side of a change
	draws       = 999 // in a permutation test
	enoughDraws = 25  // draws at least as extreme for a sufficiently exact probability
	maxPoints   = 4   // per series
)

// Find finds the changes in a chronological series of periods. level is the probability of a
// finding if there is none. The result depends on the cells alone.
func Find(cells []Cell, level float64) []Point {
	s := segments{cells: cells, level: level, random: rand.New(rand.NewPCG(1, uint64(len(cells))))}
	s.divide(0, len(cells), maxPoints)
	return Keep(cells, s.points, func(Point) bool { return true })
}

// Keep returns the points of a series for which keep is true, each compared with the periods
// between its remaining neighbours.
func Keep(cells []Cell, points []Point, keep func(Point) bool) []Point {
	points = slices.DeleteFunc(slices.Clone(points), func(p Point) bool { return !keep(p) })
	for i := range points {
		from, to := 0, len(cells)
		if i > 0 {
			from = points[i-1].At
		}
		if i+1 < len(points) {
			to = points[i+1].At
		}
		before, after := total(cells[from:points[i].At]), total(cells[points[i].At:to])
		points[i].From, points[i].To = from, to
		points[i].Before = stats.Wilson(before.Negative, before.Reviews)
		points[i].After = stats.Wilson(after.Negative, after.Reviews)
		points[i].Reviews = after.Reviews
	}
	return points
}

// segments divides a series recursively.
type segments struct {
	cells  []Cell
	level  float64
	random *rand.Rand
	drawn  []Cell
	points []Point
}

// divide adds the changes of cells[from:to], up to most of them, and returns how many.
func (s *segments) divide(from, to, most int) int {
	if most <= 0 {
		return 0
	}
	at, g := split(s.cells[from:to])
	if g <= 0 {
		return 0
	}
	p := s.chance(from, to, g)
	if p > s.level {
		return 0
	}
	n := s.divide(from, from+at, most-1)
	s.points = append(s.points, Point{At: from + at, P: p})
	return n + 1 + s.divide(from+at, to, most-1-n)
}

// chance returns the probability of a split as good as g if the share is the same in all periods.
func (s *segments) chance(from, to int, g float64) float64 {
	cells := s.cells[from:to]
	all := total(cells)
	s.drawn = append(s.drawn[:0], cells...)
	far := 0
	for n := 1; n <= draws; n++ {
		left := all
		for i := range s.drawn {
			c := &s.drawn[i]
			c.Negative = hypergeometric(s.random, c.Reviews, left)
			left.Reviews -= c.Reviews
			left.Negative -= c.Negative
		}
		if _, drawn := split(s.drawn); drawn >= g {
			// The probability is far above the level, or exact enough (Besag and Clifford 1991).
			if far++; far == enoughDraws {
				return float64(far) / float64(n)
			}
		}
	}
	return float64(far+1) / float64(draws+1)
}

// split returns the best index at which to divide cells in two, and the likelihood ratio of the
// division; 0 if there is none.
func split(cells []Cell) (at int, g float64) {
	all := total(cells)
	base := fit(all)
	var before Cell
	for i, c := range cells[:max(0, len(cells)-1)] {
		before.Reviews += c.Reviews
		before.Negative += c.Negative
		if c.Reviews == 0 && i > 0 { // the change is at the next reviews
			continue
		}
		after := Cell{all.Reviews - before.Reviews, all.Negative - before.Negative}
		if before.Reviews < minReviews || after.Reviews < minReviews {
			continue
		}
		if found := 2 * (fit(before) + fit(after) - base); found > g {
			at, g = i+1, found
		}
	}
	for at > 0 && at < len(cells) && cells[at].Reviews == 0 {
		at++
	}
	return at, g
}

// fit returns the logarithm of the likelihood of a cell's best share.
func fit(c Cell) float64 {
	return xlogx(c.Negative) + xlogx(c.Reviews-c.Negative) - xlogx(c.Reviews)
}

func xlogx(n int) float64 {
	if n <= 0 {
		return 0
	}
	return float64(n) * math.Log(float64(n))
}

func total(cells []Cell) (all Cell) {
	for _, c := range cells {
		all.Reviews += c.Reviews
		all.Negative += c.Negative
	}
	return all
}

// hypergeometric draws how many are negative of n reviews that are taken from all. It uses the
// normal distribution if that is close, so that a draw costs the same for any n.
func hypergeometric(random *rand.Rand, n int, all Cell) (k int) {
	if n >= all.Reviews {
		return all.Negative
	}
	share := float64(all.Negative) / float64(all.Reviews)
	mean := float64(n) * share
	variance := mean * (1 - share) * float64(all.Reviews-n) / float64(all.Reviews-1)
	least, most := max(0, n-(all.Reviews-all.Negative)), min(n, all.Negative)
	if variance > 25 {
		k = int(math.Round(mean + math.Sqrt(variance)*random.NormFloat64()))
		return min(max(k, least), most)
	}
	// Draw them one by one. The two numbers are interchangeable, so the smaller one is drawn.
	take, of := n, all.Negative
	if take > of {
		take, of = of, take
	}
	for i := range take {
		if random.IntN(all.Reviews-i) < of-k {
			k++
		}
	}
	return k
}
