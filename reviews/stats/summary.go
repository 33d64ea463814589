package stats

import "reviewlens/reviews"

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

	days map[reviews.Day]*Count
}

// Count is what the scored rows of one kind say.
type Count struct {
	Rows, Positive, Negative, Unsure int
	SumPositive                      float64 // of the probabilities
}

// Share is that of positive rows.
func (c Count) Share() Interval { return Wilson(c.Positive, c.Rows) }

// Add counts a row; one without a score is none.
func (c *Count) Add(r reviews.Result) {
	if r.Err == "" && r.Sentiment != reviews.None {
		c.add(one(r))
	}
}

// one is the count of a scored row.
func one(r reviews.Result) Count {
	c := Count{Rows: 1, SumPositive: r.Positive}
	switch r.Sentiment {
	case reviews.Positive:
		c.Positive = 1
	case reviews.Negative:
		c.Negative = 1
	case reviews.Unsure:
		c.Unsure = 1
	}
	return c
}

// Sub is the count without the rows of o, which are some of its own.
func (c Count) Sub(o Count) Count {
	return Count{Rows: c.Rows - o.Rows, Positive: c.Positive - o.Positive, Negative: c.Negative - o.Negative, Unsure: c.Unsure - o.Unsure, SumPositive: c.SumPositive - o.SumPositive}
}

func (c *Count) add(o Count) {
	c.Rows += o.Rows
	c.Positive += o.Positive
	c.Negative += o.Negative
	c.Unsure += o.Unsure
	c.SumPositive += o.SumPositive
}

// Add counts a row.
func (s *Summary) Add(r reviews.Result, f reviews.Facts) {
	s.Rows++
	switch {
	case r.Err != "":
		s.Failed++
		return
	case r.Sentiment == reviews.None:
		s.Empty++
		return
	}
	s.Scored++
	if r.Cut {
		s.Cut++
	}
	if reviews.Against(r.Sentiment, f.Stars) {
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
			s.days = map[reviews.Day]*Count{}
		}
		c := s.days[f.Day]
		if c == nil {
			c = new(Count)
			s.days[f.Day] = c
		}
		c.add(one)
	}
}
