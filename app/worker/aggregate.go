package worker

import (
	"cmp"
	"slices"
	"sync"

	"reviewlens/api/wire"
	"reviewlens/app/message"
	"reviewlens/reviews"
	"reviewlens/reviews/bitset"
	"reviewlens/reviews/findings"
	"reviewlens/reviews/phrases"
	"reviewlens/reviews/stats"
)

// maxListed is the number of reviews in the lists of the most positive and the most negative;
// problemRows is the number of empty, failed or cut rows that are named.
const (
	maxListed   = 6
	problemRows = 100
)

// aggregate counts rows as their results become known. f.mu is held except for the lists of rows.
type aggregate struct {
	sums     stats.Summary
	once     stats.Count // one row of each text
	seen     bitset.Set  // texts of the rows counted
	texts    int         // scored or failed
	repeated int
	high     []ranked // most positive first
	low      []ranked // most negative first
	against  []ranked // text and stars disagree, the surest first
	problems []message.ProblemRow
	// of positive and negative texts; nil once its result is known
	drivers *phrases.Drivers
	voted   int // reviews with a vote in drivers when they were last named

	mu         sync.Mutex // guards the lists
	shown      [3][]ranked
	lists      [3][]wire.Row // most positive, most negative, against their stars
	driverRows []wire.Driver
	// found once the run has ended
	changes []wire.ChangePoint
	topics  *wire.Topics
}

type ranked struct {
	positive float32
	row      int32
}

// newAggregate returns an empty aggregate of rows of f. f.mu is held.
func newAggregate(f *file) *aggregate {
	t := &aggregate{seen: bitset.New(f.texts.len()), drivers: phrases.NewDrivers()}
	t.sums.Scale = f.reading.Scale
	return t
}

// add counts row i of f.
func (t *aggregate) add(f *file, i int) {
	r := f.result(i)
	facts := f.rows.at(i).facts()
	t.sums.Add(r, facts)
	if number := f.rows.at(i).text; number >= 0 {
		if !t.seen.Add(int(number)) {
			t.repeated++
		} else {
			t.texts++
			t.once.Add(r)
			if r.Sentiment != reviews.None && r.Unread == 0 {
				t.rank(f.texts.at(int(number)).positive, int32(i),
					reviews.Against(r.Sentiment, facts.Stars))
			}
		}
	}
	what := r.Err // a failed row gives its own reason
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

// Naming drivers visits every phrase, so it waits until there are half as many reviews again, and
// for the end.
const (
	driverQuotes  = 2
	minVoters     = 40
	driversGrowth = 1.5
)

// readDrivers names the drivers when they are due, and reads the rows that show them.
func (f *file) readDrivers(t *aggregate, last bool) {
	f.mu.Lock()
	n := t.sums.Scored
	early := !last && (n < minVoters || float64(n) < driversGrowth*float64(t.voted))
	if t.drivers == nil || n == t.voted || early {
		f.mu.Unlock()
		return
	}
	t.voted = n
	found := t.drivers.Top(findings.Phrases)
	f.mu.Unlock()
	why := findings.Drivers(found, func(rows []int) []wire.Row {
		return f.quote(rows[:min(len(rows), driverQuotes)], phrases.MaxTextBytes)
	})
	t.mu.Lock()
	t.driverRows = why
	t.mu.Unlock()
}

// rank keeps the rows with the most extreme scores; among equals the earlier row stays.
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
	t.high = insert(t.high, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.positive, a.positive), byRow(a, b))
	})
	t.low = insert(t.low, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.positive, b.positive), byRow(a, b))
	})
	if against {
		sure := func(r ranked) float32 { return max(r.positive, 1-r.positive) }
		t.against = insert(t.against,
			func(a, b ranked) int { return cmp.Or(cmp.Compare(sure(b), sure(a)), byRow(a, b)) })
	}
}

// quote reads rows as the page quotes them, with up to longest bytes of their texts. It skips rows
// that cannot be read: the run itself reports what is wrong with the file.
func (f *file) quote(rows []int, longest int) (quoted []wire.Row) {
	for _, i := range rows {
		if r, err := f.read(i, longest); err == nil {
			quoted = append(quoted, wire.Row{
				Row: r.Row, Title: r.Title, Text: r.Text, Stars: r.Stars, Date: r.Date,
				Product: r.Product, ID: r.ID, Sentiment: r.Sentiment, Positive: r.Positive,
			})
		}
	}
	return quoted
}

// summary returns the aggregate as a message, without the lists. f.mu is held.
func (f *file) summary(t *aggregate) message.Summary {
	out := message.Summary{Figures: findings.Of(&t.sums, f.products),
		Band: f.engine.Rule.Unsure, Problems: slices.Clone(t.problems), Once: findings.Sum(t.once)}
	if t == f.aggregate {
		out.Corrected = f.correctedSum()
	}
	out.Repeated = t.repeated
	slices.SortStableFunc(out.Problems,
		func(a, b message.ProblemRow) int { return cmp.Compare(a.Row, b.Row) })
	return out
}

// complete adds the lists and what is found once all rows are counted, except the topics.
func (t *aggregate) complete(s *message.Summary) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.MostPositive, s.MostNegative, s.MostAgainst = t.lists[0], t.lists[1], t.lists[2]
	s.Drivers, s.Changes = t.driverRows, t.changes
}

// readLists reads the rows of the lists from the file, unless they are those of the last call.
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
		numbers := make([]int, len(list))
		for k, r := range list {
			numbers[k] = int(r.row)
		}
		rows := f.quote(numbers, message.MaxText)
		t.mu.Lock()
		t.shown[i] = list
		t.lists[i] = rows
		t.mu.Unlock()
	}
}
