package changes

import (
	"cmp"
	"math"
	"slices"
	"time"

	"reviewlens/reviews"
	"reviewlens/reviews/stats"
)

// Change is a change of a file or of one of its products.
type Change struct {
	Product int       // its number, 0 for the whole file
	From    time.Time // first day of the first period after it
	// First days of the previous and the next change of the same reviews, which bound the
	// comparison; zero if there is none.
	Last, Until   time.Time
	Before, After stats.Interval // share of negative reviews
	Reviews       int            // scored, in [From, Until)
	P             float64        // probability of such a difference without a change
}

// Worse reports whether more reviews are negative than before.
func (c Change) Worse() bool { return c.After.Share > c.Before.Share }

// Limits of the changes in a report.
const (
	MaxChanges = 5 // changes
	Explained  = 3 // of these, those with the phrases that came or went
	Phrases    = 4 // per change
)

// Side reports whether a review is concerned by the change, and whether it is since the change.
// Reviews from Until on, and those before Last, belong to other changes.
func (c Change) Side(f reviews.Facts) (since, concerned bool) {
	if f.Day == 0 || c.Product > 0 && c.Product != f.Product {
		return false, false
	}
	day := f.Day.Time()
	if day.Before(c.Last) || !c.Until.IsZero() && !day.Before(c.Until) {
		return false, false
	}
	return !day.Before(c.From), true
}

// level is the probability of a finding in a file in which nothing changes. It is below the
// promised 5%, since real reviews come in bursts.
const level = 0.03

// Counter counts the scored reviews of a file by period, for the whole file and for some products.
type Counter struct {
	periods  []stats.Period
	calendar stats.Calendar
	products []int
	series   map[int][]Cell // by product number, 0 for the file
}

// NewCounter returns a counter for the periods of a stats.Trend and these product numbers.
func NewCounter(periods []stats.Period, products []int) *Counter {
	c := &Counter{periods: periods, calendar: stats.CalendarOf(periods), products: products,
		series: map[int][]Cell{0: make([]Cell, len(periods))}}
	for _, p := range products {
		c.series[p] = make([]Cell, len(periods))
	}
	return c
}

// Add counts a review. It ignores one without a score or a day, and one that the model cannot read,
// which is part of no share.
func (c *Counter) Add(r reviews.Result, f reviews.Facts) {
	at := c.calendar.At(f.Day)
	if at < 0 || r.Err != "" || r.Sentiment == reviews.None || r.Unread != 0 {
		return
	}
	negative := 0
	if r.Sentiment == reviews.Negative {
		negative = 1
	}
	for _, number := range [2]int{0, f.Product} {
		if cells := c.series[number]; cells != nil {
			cells[at].Reviews++
			cells[at].Negative += negative
		}
		if f.Product == 0 {
			break
		}
	}
}

// Changes returns up to MaxChanges changes of the file and its products: deteriorations first, then by
// the number of reviews that the change accounts for. A change of the whole file is omitted if the
// listed products account for it.
func (c *Counter) Changes() (out []Change) {
	each := level / float64(1+len(c.products))
	rest := slices.Clone(c.series[0])
	for _, number := range c.products {
		points := Find(c.series[number], each)
		for _, p := range points {
			out = append(out, p.Change(number, c.periods))
		}
		if len(points) > 0 {
			for i, cell := range c.series[number] {
				rest[i].Reviews -= cell.Reviews
				rest[i].Negative -= cell.Negative
			}
		}
	}
	whole := Find(c.series[0], each)
	if len(out) > 0 && len(whole) > 0 {
		still := Find(rest, each)
		whole = Keep(c.series[0], whole, func(p Point) bool {
			return slices.ContainsFunc(still,
				func(q Point) bool { return p.At-q.At <= 1 && q.At-p.At <= 1 })
		})
	}
	for _, p := range whole {
		out = append(out, p.Change(0, c.periods))
	}
	slices.SortStableFunc(out, func(a, b Change) int {
		if a.Worse() != b.Worse() {
			if a.Worse() {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.weight(), a.weight())
	})
	return out[:min(len(out), MaxChanges)]
}

// weight returns the number of reviews whose sentiment would differ without the change.
func (c Change) weight() float64 {
	return math.Abs(c.After.Share-c.Before.Share) * float64(c.Reviews)
}

// Change returns the change at a point of a product's series with these periods; of the whole file
// if product is 0.
func (p Point) Change(product int, periods []stats.Period) Change {
	c := Change{
		Product: product, From: periods[p.At].From, Before: p.Before, After: p.After,
		Reviews: p.Reviews, P: p.P,
	}
	if p.From > 0 {
		c.Last = periods[p.From].From
	}
	if p.To < len(periods) {
		c.Until = periods[p.To].From
	}
	return c
}
