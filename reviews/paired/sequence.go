package paired

import (
	"math"

	"reviewlens/reviews/stats"
)

// Sequence is the stopping rule of a trial of B against A as pairs arrive.
type Sequence struct {
	Alpha  float64 // probability that any look errs; 0.05 if 0
	Margin float64 // negligible loss of accuracy; 0.005 if 0
	Least  int     // judged pairs before any decision; 100 if 0
}

// Verdict is the decision of a Sequence.
type Verdict uint8

// The verdicts.
const (
	Undecided Verdict = iota // more pairs are needed
	Worse                    // B is less accurate than A
	NotWorse                 // B loses less than the margin
	Better                   // B is more accurate than A
)

// String returns the name of the verdict.
func (v Verdict) String() string {
	return [...]string{"undecided", "worse", "not worse", "better"}[v]
}

// tightest is the number of pairs at which a Sequence's intervals are narrowest, compared with
// those of one look.
const tightest = 1500

// Interval returns the accuracy of B minus that of A on the judged pairs so far. The probability
// that it ever misses the true difference, over all looks together, is at most Alpha: the
// asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2021), theorem
// 2.2, with two pairs added, one gained and one lost, so that few pairs do not look certain.
func (s Sequence) Interval(c *Counts) stats.Interval {
	if c.Judged == 0 {
		return stats.Interval{Low: -1, High: 1}
	}
	alpha := s.alpha()
	n := float64(c.Judged + 2)
	gained, lost := float64(c.Right[0][1]+1), float64(c.Right[1][0]+1)
	mean := (gained - lost) / n
	variance := (gained+lost)/n - mean*mean
	rho := (-2*math.Log(alpha) + math.Log(1-2*math.Log(alpha))) / tightest // the square of ρ
	half := math.Sqrt(variance * 2 * (n*rho +
		1) / (n * n * rho) * math.Log(math.Sqrt(n*rho+1)/alpha))
	return stats.Interval{
		Share: float64(c.Right[0][1]-c.Right[1][0]) / float64(c.Judged),
		Low:   max(-1, mean-half), High: min(1, mean+half),
	}
}

// Decide returns the verdict of the pairs so far. It may be called after every pair.
func (s Sequence) Decide(c *Counts) Verdict {
	if c.Judged < s.least() {
		return Undecided
	}
	switch i := s.Interval(c); {
	case i.High < 0:
		return Worse
	case i.Low > 0:
		return Better
	case i.Low > -s.margin():
		return NotWorse
	}
	return Undecided
}

func (s Sequence) alpha() float64 {
	if s.Alpha == 0 {
		return 0.05
	}
	return s.Alpha
}

func (s Sequence) margin() float64 {
	if s.Margin == 0 {
		return 0.005
	}
	return s.Margin
}

func (s Sequence) least() int {
	if s.Least == 0 {
		return 100
	}
	return s.Least
}
