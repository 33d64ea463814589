package topics

import (
	"cmp"
	"slices"

	"reviewlens/reviews/changes"
	"reviewlens/reviews/stats"
)

// dates counts reviews by period: all of them, and those that mention each topic.
type dates struct {
	periods  []stats.Period
	calendar stats.Calendar
	products []int      // 0 for all, then some of them
	all      [][]int    // reviews by product and period
	topics   [][]Period // by topic, then period
	// complaints by topic, product and period
	complaints [][][]int
}

func newDates(o Options, topics int) *dates {
	d := &dates{periods: o.Periods, calendar: stats.CalendarOf(o.Periods)}
	if len(o.Periods) == 0 {
		return d
	}
	d.products = append([]int{0}, o.Products...)
	cells := func() (out [][]int) {
		for range d.products {
			out = append(out, make([]int, len(d.periods)))
		}
		return out
	}
	d.all = cells()
	for range topics {
		periods := make([]Period, len(d.periods))
		for i, p := range o.Periods {
			periods[i].From = p.From
		}
		d.topics = append(d.topics, periods)
		d.complaints = append(d.complaints, cells())
	}
	return d
}

// add counts a text that mentions these topics.
func (d *dates) add(t text, topics []seen) {
	at := d.calendar.At(t.day)
	if at < 0 {
		return
	}
	product := 0
	if t.product > 0 {
		product = max(0, slices.Index(d.products, int(t.product)))
	}
	d.all[0][at]++
	if product > 0 {
		d.all[product][at]++
	}
	for _, f := range topics {
		p := &d.topics[f.topic][at]
		p.Reviews++
		if f.signs&2 == 0 {
			continue
		}
		p.Negative++
		d.complaints[f.topic][0][at]++
		if product > 0 {
			d.complaints[f.topic][product][at]++
		}
	}
}

func (d *dates) of(topic int) []Period {
	if len(d.topics) == 0 {
		return nil
	}
	return d.topics[topic]
}

// Changes are searched for in up to maxSeries series of periods that have minSeries complaints.
const (
	minSeries  = 10
	maxSeries  = 50
	changeRate = 0.03 // false discovery rate; below 5% since real reviews come in bursts
	// of a further change of all reviews, in each part into which the surest divides them: of files
	// with one change, more than 90% of what is found is that one (make test-topics), 88% at 0.03
	furtherChance = 0.01
	// of a change of a product, which is searched for in many series: the smallest probability that
	// a permutation test can return
	productChance = 0.001
	same          = 3 // periods between changes of all reviews and of a product that are one
)

// series holds the complaints about a topic, of all reviews or of a product's.
type series struct {
	topic, product int // product is an index into dates.products
	complaints     int
	cells          []changes.Cell
	points         []changes.Point
	chance         float64 // probability of the surest of them
}

// changes finds the changes of the topics. If a topic may have changed, its products are examined,
// too; a change that most of them share counts as one of all reviews.
func (d *dates) changes(topics []Topic) {
	if len(d.periods) == 0 {
		return
	}
	every := d.test(0, topics, nil)
	may := make([]bool, len(topics))
	for _, s := range every {
		may[s.topic] = s.chance <= discoveries
	}
	var each []series
	if len(d.products) > 2 {
		each = d.test(1, topics, may)
	}
	products := make([]int, len(topics)) // number of those with enough complaints about a topic
	for _, s := range each {
		products[s.topic]++
	}
	every = choose(every, discovered(chances(every), changeRate), furtherChance)
	each = choose(each, productChance, productChance)
	for i := range topics {
		topics[i].Changes = d.reportable(i, products[i], every, each)
	}
}

// test searches for changes of all reviews (from is 0) or of each product (1), of topics that may
// have some, those with the most complaints first.
func (d *dates) test(from int, topics []Topic, may []bool) (all []series) {
	for i := range topics {
		for p := from; p < len(d.products) && (may == nil && p == 0 || may != nil && may[i]); p++ {
			s := series{topic: i, product: p, chance: 1}
			for _, n := range d.complaints[i][p] {
				s.complaints += n
			}
			if s.complaints >= minSeries {
				all = append(all, s)
			}
		}
	}
	slices.SortStableFunc(all,
		func(a, b series) int { return cmp.Compare(b.complaints, a.complaints) })
	all = all[:min(len(all), maxSeries)]
	for i := range all {
		s := &all[i]
		s.cells = make([]changes.Cell, len(d.periods))
		for j := range s.cells {
			s.cells[j] = changes.Cell{Reviews: d.all[s.product][j],
				Negative: d.complaints[s.topic][s.product][j]}
		}
		s.points = changes.Find(s.cells, discoveries)
		for _, p := range s.points {
			s.chance = min(s.chance, p.P)
		}
	}
	return all
}

func chances(all []series) []float64 {
	out := make([]float64, len(all))
	for i, s := range all {
		out[i] = s.chance
	}
	return out
}

// choose returns the series whose surest change has at most this chance, each with its changes up
// to that chance or that of a further change: a topic that got worse and better again has both.
func choose(all []series, chance, further float64) (chosen []series) {
	for _, s := range all {
		if s.chance > chance {
			continue
		}
		s.points = changes.Keep(s.cells, s.points,
			func(p changes.Point) bool { return p.P <= max(chance, further) })
		chosen = append(chosen, s)
	}
	return chosen
}

// reportable returns the changes of a topic to report: those of all reviews, or, if only one or a
// few of the products have them, those of these products.
func (d *dates) reportable(topic, products int, every, each []series) (out []changes.Change) {
	near := func(p, q changes.Point) bool { return p.At-q.At <= same && q.At-p.At <= same }
	var common []changes.Point
	for _, s := range every {
		if s.topic != topic {
			continue
		}
		common = changes.Keep(s.cells, s.points, func(p changes.Point) bool {
			have := 0
			for _, e := range each {
				if e.topic == topic && slices.ContainsFunc(e.points,
					func(q changes.Point) bool { return near(p, q) }) {
					have++
				}
			}
			return have == 0 || 2*have > products && have > 1
		})
		for _, p := range common {
			out = append(out, p.Change(0, d.periods))
		}
	}
	for _, e := range each {
		if e.topic != topic {
			continue
		}
		for _, q := range e.points {
			if !slices.ContainsFunc(common, func(p changes.Point) bool { return near(p, q) }) {
				out = append(out, q.Change(d.products[e.product], d.periods))
			}
		}
	}
	slices.SortStableFunc(out, func(a, b changes.Change) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Product, b.Product))
	})
	return out[:min(len(out), changes.MaxChanges)]
}
