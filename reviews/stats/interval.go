package stats

import (
	"math"
)

// Interval is a share with its 95% interval.
type Interval struct {
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Z95 is the 97.5% quantile of the normal distribution, for 95% intervals.
const Z95 = 1.959963984540054

// Wilson returns the score interval of k in n (Wilson 1927): unlike the textbook one it stays
// within [0, 1] and holds for shares near its ends and for few rows. If n is 0, the share is 0 and
// its interval is [0, 1].
func Wilson(k, n int) Interval {
	if n <= 0 {
		return Interval{Low: 0, High: 1}
	}
	const z = Z95
	p, m := float64(k)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	out := Interval{Share: p, Low: max(0, middle-half), High: min(1, middle+half)}
	if k == 0 { // by algebra; floats leave a 1e-18 that prints as "under 1%"
		out.Low = 0
	}
	if k == n {
		out.High = 1
	}
	return out
}

// Difference returns the difference of two shares of different rows, a minus b, with its 95%
// interval: Newcombe's (1998, method 10), which combines the distances of both Wilson intervals.
func Difference(a, b Interval) Interval {
	by := a.Share - b.Share
	return Interval{
		Share: by,
		Low:   by - math.Hypot(a.Share-a.Low, b.High-b.Share),
		High:  by + math.Hypot(a.High-a.Share, b.Share-b.Low),
	}
}
