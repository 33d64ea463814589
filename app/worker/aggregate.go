package worker

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"reviewlens/api/wire"
	"reviewlens/app/message"
	"reviewlens/reviews"
	"reviewlens/reviews/phrases"
	"reviewlens/reviews/stats"
	"reviewlens/reviews/text"
)

// maxListed is how many reviews the lists of the most positive and the most negative show;
// problemRows how many rows that are empty, failed or cut are named.
const (
	maxListed   = 6
	problemRows = 100

	namedProducts = 20
)

// aggregate counts rows as their results become known. f.mu is held for all but the lists of rows.
type aggregate struct {
	sums     stats.Summary
	seen     map[int32]bool // texts that a counted row had
	texts    int            // scored or failed
	repeated int
	high     []ranked // most positive first
	low      []ranked // most negative first
	against  []ranked // text and stars disagree, the surest first
	problems []message.ProblemRow
	drivers  *phrases.Drivers
	voted    int // reviews that had a vote in drivers when they were named last

	mu    sync.Mutex // guards the lists
	shown [3][]ranked
	lists [3][]message.Row // most positive, most negative, against their stars
	why   []message.Driver
	// what changed, once the run has ended
	changes []message.ChangePoint
}

type ranked struct {
	positive float32
	row      int32
}

func newAggregate() *aggregate {
	return &aggregate{seen: map[int32]bool{}, drivers: phrases.NewDrivers()}
}

// add counts row i of f.
func (t *aggregate) add(f *file, i int) {
	r := f.result(i)
	facts := f.rows.at(i).facts()
	t.sums.Add(r, facts)
	if number := f.rows.at(i).text; number >= 0 {
		if t.seen[number] {
			t.repeated++
		} else {
			t.seen[number] = true
			t.texts++
			if r.Sentiment != reviews.None && r.Unread == 0 {
				t.rank(f.texts.at(int(number)).positive, int32(i),
					reviews.Against(r.Sentiment, facts.Stars))
			}
		}
	}
	what := r.Err // a failed row says why itself
	switch {
	case r.Err == "" && r.Sentiment == reviews.None:
		what = "No text."
	case r.Cut:
		what = "Very long: only its beginning was scored."
	}
	if what != "" && len(t.problems) < problemRows {
		t.problems = append(t.problems, message.ProblemRow{Row: i + 1, What: what})
	}
}

// Naming drivers looks at every phrase, so it waits until the reviews are half as many again, and
// for the end.
const (
	namedDrivers  = 8 // of each sentiment
	driverQuotes  = 2
	fewestVoters  = 40
	driversGrowth = 1.5
)

// readDrivers names the drivers when there is reason to, and reads the rows that show them.
func (f *file) readDrivers(t *aggregate, last bool) {
	f.mu.Lock()
	n := t.sums.Scored
	if n == t.voted || !last && (n < fewestVoters || float64(n) < driversGrowth*float64(t.voted)) {
		f.mu.Unlock()
		return
	}
	t.voted = n
	found := t.drivers.Top(namedDrivers)
	f.mu.Unlock()
	why := []message.Driver{}
	for _, d := range found {
		out := message.Driver{Phrase: d.Phrase, Sentiment: d.Sentiment.String(), Reviews: d.Reviews,
			Share: wire.Interval(d.Share)}
		for _, i := range d.Rows[:min(len(d.Rows), driverQuotes)] {
			if row, err := f.read(i); err == nil {
				out.Rows = append(out.Rows, row)
			}
		}
		why = append(why, out)
	}
	t.mu.Lock()
	t.why = why
	t.mu.Unlock()
}

// rank keeps the outermost scores; among equals the earlier row stays.
func (t *aggregate) rank(positive float32, row int32, against bool) {
	insert := func(list []ranked, order func(a, b ranked) int) []ranked {
		r := ranked{positive, row}
		at, _ := slices.BinarySearchFunc(list, r, order)
		if at == maxListed {
			return list
		}
		list = slices.Insert(list, at, r)
		return list[:min(len(list), maxListed)]
	}
	byRow := func(a, b ranked) int { return cmp.Compare(a.row, b.row) }
	t.high = insert(t.high, func(a,
		b ranked) int {
		return cmp.Or(cmp.Compare(b.positive, a.positive), byRow(a, b))
	})
	t.low = insert(t.low, func(a,
		b ranked) int {
		return cmp.Or(cmp.Compare(a.positive, b.positive), byRow(a, b))
	})
	if against {
		sure := func(r ranked) float32 { return max(r.positive, 1-r.positive) }
		t.against = insert(t.against,
			func(a, b ranked) int { return cmp.Or(cmp.Compare(sure(b), sure(a)), byRow(a, b)) })
	}
}

// summary is the aggregate as it is told, without the lists.
func (t *aggregate) summary() message.Summary {
	s := t.sums
	out := message.Summary{
		Scored: s.Scored, Positive: s.Positive, Negative: s.Negative, Unsure: s.Unsure,
		Unread: s.Unread,
		Empty:  s.Empty, Failed: s.Failed, Cut: s.Cut, Repeated: t.repeated,
		Share:     wire.Interval(s.Total().Share()),
		Histogram: slices.Clone(s.Histogram[:]),
		Problems:  slices.Clone(t.problems),
	}
	slices.SortFunc(out.Problems,
		func(a, b message.ProblemRow) int { return cmp.Compare(a.Row, b.Row) })
	_, out.NoWords, out.Languages = languages(s.Reasons)
	for _, c := range s.Stars {
		out.Stars = append(out.Stars, sum(c))
	}
	out.Against = s.Against
	unit, periods := s.Trend()
	out.Unit = unit
	for _, p := range periods {
		out.Periods = append(out.Periods,
			wire.Period{From: p.From.Format(time.DateOnly), Sum: sum(p.Count)})
	}
	if c, ok := s.Change(); ok {
		out.Change = &wire.Change{From: c.From.Format(time.DateOnly),
			Before: wire.Interval(c.Before), After: wire.Interval(c.After),
			Delta: wire.Interval(c.Delta)}
	}
	return out
}

// languages takes unread texts by their reason apart.
func languages(reasons map[uint8]int) (unread, noWords int, found []wire.Language) {
	noWords, counted := text.Reasons(reasons)
	unread, found = noWords, []wire.Language{}
	for _, l := range counted {
		unread += l.Rows
		found = append(found, wire.Language(l))
	}
	return unread, noWords, found
}

func sum(c stats.Count) wire.Sum {
	return wire.Sum{
		Rows: c.Rows, Positive: c.Positive, Negative: c.Negative, Unsure: c.Unsure,
		Unread: c.Unread,
		Mean:   c.Mean(), Share: wire.Interval(c.Share()),
	}
}

// productCounts are those with the most reviews. f.mu is held.
func (f *file) productCounts(t *aggregate) (most []wire.Product, all int) {
	numbers, all := t.sums.MostReviewed(namedProducts)
	for _, n := range numbers {
		most = append(most, wire.Product{Name: f.products[n-1], Sum: sum(t.sums.Products[n-1])})
	}
	return most, all
}

// readLists reads the rows of the lists from the file, if they are not those read before.
func (f *file) readLists(t *aggregate) {
	f.mu.Lock()
	e := f.engine
	// A review is listed by its sentiment: a file of praise has no "most negative" that is praise.
	high := slices.DeleteFunc(slices.Clone(t.high),
		func(r ranked) bool { return e.Rule.Name(float64(r.positive)) != reviews.Positive })
	low := slices.DeleteFunc(slices.Clone(t.low),
		func(r ranked) bool { return e.Rule.Name(float64(r.positive)) != reviews.Negative })
	against := slices.Clone(t.against)
	f.mu.Unlock()
	for i, list := range [3][]ranked{high, low, against} {
		t.mu.Lock()
		same := slices.Equal(list, t.shown[i])
		t.mu.Unlock()
		if same {
			continue
		}
		rows := []message.Row{}
		for _, r := range list {
			// the run itself says what is wrong with the file
			if row, err := f.read(int(r.row)); err == nil {
				rows = append(rows, row)
			}
		}
		t.mu.Lock()
		t.shown[i] = list
		t.lists[i] = rows
		t.mu.Unlock()
	}
}
