package stats

import (
	"cmp"
	"math"
	"slices"

	"reviewlens/reviews"
)

// Summary counts rows as their results arrive, in any order.
type Summary struct {
	Rows     int // total number of rows
	Scored   int // Positive + Negative + Unsure
	Positive int
	Negative int
	Unsure   int
	Unread   int // of Unsure: the model cannot read the text; in no share or histogram
	Empty    int
	Failed   int
	Cut      int // scored in their first windows only

	Histogram [20]int       // scored rows by probability, in steps of 0.05
	Stars     [5]Count      // from one star up, by Facts.Star
	Products  []Count       // by their number less one
	Reasons   map[uint8]int // Unread rows, by Result.Unread
	Against   int           // rows whose text contradicts their stars
	Predicted Predicted     // predicted stars, if the model predicts them and was asked to

	Scale   reviews.Scale // of the ratings that stars were read from; set before the first row
	Ratings Ratings

	days map[reviews.Day]*Count

	// sum of the stars of the rows in Stars, which are not more exact: a whole number, so that the
	// sum is the same in any order
	thousandths int
}

// Count holds the counts of scored rows of one kind.
type Count struct {
	Rows, Positive, Negative, Unsure int
	Unread                           int     // among Unsure: excluded from shares
	SumPositive                      float64 // sum of the probabilities, without those of Unread
}

// Read returns the number of rows with a text that the model can read.
func (c Count) Read() int { return c.Rows - c.Unread }

// Share returns the share of positive rows.
func (c Count) Share() Interval { return Wilson(c.Positive, c.Read()) }

// Mean returns the mean of the probabilities, 0 if there are none.
func (c Count) Mean() float64 {
	if c.Read() == 0 {
		return 0
	}
	return c.SumPositive / float64(c.Read())
}

// Add counts a row, unless it has no score.
func (c *Count) Add(r reviews.Result) {
	if r.Err == "" && r.Sentiment != reviews.None {
		c.add(one(r))
	}
}

// one returns the Count of a single scored row.
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
	if r.Unread != 0 {
		c.Unread, c.SumPositive = 1, 0
	}
	return c
}

// Sub returns the count without the rows of o, a subset of its own.
func (c Count) Sub(o Count) Count {
	return Count{
		Rows: c.Rows - o.Rows, Positive: c.Positive - o.Positive, Negative: c.Negative - o.Negative,
		Unsure: c.Unsure - o.Unsure, Unread: c.Unread - o.Unread,
		SumPositive: c.SumPositive - o.SumPositive,
	}
}

func (c *Count) add(o Count) {
	c.Rows += o.Rows
	c.Positive += o.Positive
	c.Negative += o.Negative
	c.Unsure += o.Unsure
	c.Unread += o.Unread
	c.SumPositive += o.SumPositive
}

// Total counts all scored rows; the sum of their probabilities is not kept.
func (s *Summary) Total() Count {
	return Count{Rows: s.Scored, Positive: s.Positive, Negative: s.Negative, Unsure: s.Unsure,
		Unread: s.Unread}
}

// Add counts a row.
func (s *Summary) Add(r reviews.Result, f reviews.Facts) {
	s.Rows++
	s.Ratings.add(s.Scale, f.Stars)
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
	s.Predicted.add(r, f)
	if r.Unread == 0 {
		s.Histogram[min(max(int(r.Positive*20), 0), 19)]++
	} else {
		if s.Reasons == nil {
			s.Reasons = map[uint8]int{}
		}
		s.Reasons[r.Unread]++
	}
	one := one(r)
	s.Positive += one.Positive
	s.Negative += one.Negative
	s.Unsure += one.Unsure
	s.Unread += one.Unread
	if n := f.Star(); n > 0 {
		s.Stars[n-1].add(one)
		s.thousandths += int(math.Round(1000 * f.Stars))
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

// MeanStars returns the mean of the stars that came with scored rows, including halves and other
// fractions of a star; 0 if none have stars.
func (s *Summary) MeanStars() float64 {
	rows := 0
	for _, c := range s.Stars {
		rows += c.Rows
	}
	if rows == 0 {
		return 0
	}
	return float64(s.thousandths) / 1000 / float64(rows)
}

// MostReviewed returns the numbers, from 1, of up to limit products with the most scored rows, the
// most first and of equals the one that came first. all is the number of products; those beyond
// reviews.MaxProducts, which have one number, count as one and are not among numbers.
func (s *Summary) MostReviewed(limit int) (numbers []int, all int) {
	for i, c := range s.Products {
		if c.Rows == 0 {
			continue
		}
		all++
		if i < reviews.MaxProducts {
			numbers = append(numbers, i+1)
		}
	}
	slices.SortStableFunc(numbers, func(a, b int) int {
		return cmp.Compare(s.Products[b-1].Rows, s.Products[a-1].Rows)
	})
	return numbers[:min(len(numbers), limit)], all
}
