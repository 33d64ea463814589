package reviews

import "math"

// Result is what a row gets: a score, or nothing (an empty text), or why there is none.
type Result struct {
	Score
	Windows int    // pieces that the text was scored in
	Cut     bool   // the text went on beyond the last of them
	Err     string // "" if scored, or empty
}

// Summary counts rows as their results come, in any order.
type Summary struct {
	Rows     int // all of below
	Scored   int // Positive + Negative + Unsure
	Positive int
	Negative int
	Unsure   int
	Empty    int
	Failed   int
	Cut      int // scored in their first windows only

	Histogram [20]int // scored rows by probability, in steps of 0.05
	Stars     [5]StarCount
}

// StarCount counts the scored rows with one number of stars.
type StarCount struct {
	Rows, Positive, Negative, Unsure int
	SumPositive                      float64 // of the probabilities
}

// Add counts a row. stars is 0 where it has none; halves count for the star above.
func (s *Summary) Add(r Result, stars float64) {
	s.Rows++
	switch {
	case r.Err != "":
		s.Failed++
		return
	case r.Sentiment == None:
		s.Empty++
		return
	}
	s.Scored++
	if r.Cut {
		s.Cut++
	}
	s.Histogram[min(max(int(r.Positive*20), 0), 19)]++
	star := new(StarCount)
	if n := int(math.Floor(stars + 0.5)); n >= 1 && n <= 5 {
		star = &s.Stars[n-1]
	}
	star.Rows++
	star.SumPositive += r.Positive
	switch r.Sentiment {
	case Positive:
		s.Positive++
		star.Positive++
	case Negative:
		s.Negative++
		star.Negative++
	case Unsure:
		s.Unsure++
		star.Unsure++
	}
}

// Interval is a share with its 95% interval.
type Interval struct{ Share, Low, High float64 }

// Wilson is the score interval of k in n (Wilson 1927): unlike the textbook one it stays within [0, 1]
// and holds for shares near its ends and for few rows. Of nothing, the share is 0 and could be anything.
func Wilson(k, n int) Interval {
	if n <= 0 {
		return Interval{Low: 0, High: 1}
	}
	const z = 1.959963984540054 // 97.5% of a normal distribution
	p, m := float64(k)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return Interval{Share: p, Low: max(0, middle-half), High: min(1, middle+half)}
}
