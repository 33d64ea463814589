package reviews

import "math"

// Result is what a row gets: a score, or nothing (an empty text), or why there is none.
type Result struct {
	Score
	Windows int    // pieces that the text was scored in
	Cut     bool   // the text went on beyond the last of them
	Err     string // "" if scored, or empty
}

// Facts are what a row says beside its text; zeros where it does not.
type Facts struct {
	Stars   float64
	Day     Day
	Product int // from 1
}

// Star is the whole number of stars, from 1 to 5, that the row counts for; halves count for the star above; 0 without stars.
func (f Facts) Star() int {
	if n := int(math.Floor(f.Stars + 0.5)); n >= 1 && n <= 5 {
		return n
	}
	return 0
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

	Histogram [20]int  // scored rows by probability, in steps of 0.05
	Stars     [5]Count // from one star up, by Facts.Star
	Products  []Count  // by their number less one
	Against   int      // rows whose text says the opposite of their stars

	days map[Day]*Count
}

// Count is what the scored rows of one kind say.
type Count struct {
	Rows, Positive, Negative, Unsure int
	SumPositive                      float64 // of the probabilities
}

// Share is that of positive rows.
func (c Count) Share() Interval { return Wilson(c.Positive, c.Rows) }

// Add counts a row; one without a score is none.
func (c *Count) Add(r Result) {
	if r.Err == "" && r.Sentiment != None {
		c.add(one(r))
	}
}

// one is the count of a scored row.
func one(r Result) Count {
	c := Count{Rows: 1, SumPositive: r.Positive}
	switch r.Sentiment {
	case Positive:
		c.Positive = 1
	case Negative:
		c.Negative = 1
	case Unsure:
		c.Unsure = 1
	}
	return c
}

// Less is the count without the rows of o, which are some of its own.
func (c Count) Less(o Count) Count {
	return Count{Rows: c.Rows - o.Rows, Positive: c.Positive - o.Positive, Negative: c.Negative - o.Negative, Unsure: c.Unsure - o.Unsure, SumPositive: c.SumPositive - o.SumPositive}
}

func (c *Count) add(o Count) {
	c.Rows += o.Rows
	c.Positive += o.Positive
	c.Negative += o.Negative
	c.Unsure += o.Unsure
	c.SumPositive += o.SumPositive
}

// Against reports whether a text says the opposite of the stars that came with it: negative with four or
// five, positive with one or two.
func Against(s Sentiment, stars float64) bool {
	return s == Negative && stars >= 4 || s == Positive && stars > 0 && stars <= 2
}

// Add counts a row.
func (s *Summary) Add(r Result, f Facts) {
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
	if Against(r.Sentiment, f.Stars) {
		s.Against++
	}
	s.Histogram[min(max(int(r.Positive*20), 0), 19)]++
	one := one(r)
	s.Positive += one.Positive
	s.Negative += one.Negative
	s.Unsure += one.Unsure
	if n := f.Star(); n > 0 {
		s.Stars[n-1].add(one)
	}
	if f.Product > 0 {
		if more := f.Product - len(s.Products); more > 0 {
			s.Products = append(s.Products, make([]Count, more)...)
		}
		s.Products[f.Product-1].add(one)
	}
	if f.Day > 0 {
		if s.days == nil {
			s.days = map[Day]*Count{}
		}
		c := s.days[f.Day]
		if c == nil {
			c = new(Count)
			s.days[f.Day] = c
		}
		c.add(one)
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
	out := Interval{Share: p, Low: max(0, middle-half), High: min(1, middle+half)}
	if k == 0 { // by algebra; floats leave a 1e-18 that reads as "under 1%"
		out.Low = 0
	}
	if k == n {
		out.High = 1
	}
	return out
}
