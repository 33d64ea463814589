package worker

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"reviewlens/api/wire"
	"reviewlens/app/message"
	"reviewlens/reviews"
	"reviewlens/reviews/findings"
	"reviewlens/reviews/phrases"
	"reviewlens/reviews/stats"
)

// Limits of a comparison: phrases named of each kind, and reviews quoted for each.
const (
	namedShifts = 5
	shiftQuotes = 1
	// of two runs
	comparedTopics = 15
)

// compare compares the rows that pass some filters with those that pass others, both among the rows
// that the page shows. Rows that pass both are in neither.
func (w *Worker) compare(ctx context.Context, f *file, c message.CompareRequest) {
	f.mu.Lock()
	shown, surveyed := f.filters, f.surveyed
	f.mu.Unlock()
	if !surveyed {
		return
	}
	if err := w.groupFor(ctx, f, slices.Concat(shown, c.A, c.B)); err != nil {
		w.send(ctx, message.Event{Name: message.EventProblem, Problem: changed(f.name, err)})
		return
	}
	f.mu.Lock()
	d, columns, n, texts := f.dialect, f.columns, f.rows.len(), f.texts.len()
	template := f.template()
	inA, err := f.filter(append(slices.Clone(shown), c.A...))
	inB, errB := f.filter(append(slices.Clone(shown), c.B...))
	once := slices.ContainsFunc(shown, isOnce)
	ready := f.engine != nil
	f.mu.Unlock()
	if err == nil {
		err = errB
	}
	if err != nil {
		w.send(ctx, message.Event{Name: message.EventProblem,
			Problem: &message.Problem{About: message.AboutFile, Detail: err.Error(),
				WayOut: "Choose what is compared again."}})
		return
	}
	if !ready {
		return
	}
	groups, both := newTwoGroups(texts, once), 0
	progress, size := newPacer(), f.source.Size()
	var joined []byte
	for record, err := range w.records(ctx, f, d) {
		if err != nil {
			w.send(ctx, message.Event{Name: message.EventProblem, Problem: changed(f.name, err)})
			return
		}
		if record.Index >= n {
			break
		}
		i := record.Index
		f.mu.Lock()
		r, text := f.result(i), f.rows.at(i).text
		a, b := false, false
		if r.Err == "" && r.Sentiment != reviews.None {
			a, b = inA(i, record.Fields), inB(i, record.Fields)
		}
		f.mu.Unlock()
		switch {
		case a && b:
			both++
		case a || b:
			groups.add(i, r, text, b, func() []byte {
				joined = join(joined[:0], template, columns, record.Fields)
				return joined
			})
		}
		if progress.due() {
			w.send(ctx, message.Event{Name: message.EventComparison,
				Comparison: &message.Comparison{ID: c.ID,
					Looked: float64(record.Offset) / float64(max(size, 1))}})
		}
	}
	out := groups.comparison(f)
	out.ID, out.Both = c.ID, both
	w.send(ctx, message.Event{Name: message.EventComparison, Comparison: &out})
}

// twoGroups compares the rows of two groups, A and B. The words of a text count once in each.
type twoGroups struct {
	*phrases.Comparison
	seen []uint8 // by text; 1: in A, 2: in B
	once bool    // rows of a text count once, too
}

func newTwoGroups(texts int, once bool) *twoGroups {
	return &twoGroups{Comparison: phrases.NewComparison(), seen: make([]uint8, texts), once: once}
}

// add counts row i, in B if b is set, else in A. words is called for a text that is new to its
// group.
func (g *twoGroups) add(i int, r reviews.Result, text int32, b bool, words func() []byte) {
	bit := uint8(1)
	if b {
		bit = 2
	}
	var content []byte
	if g.seen[text]&bit == 0 {
		g.seen[text] |= bit
		content = words()
	} else if g.once {
		return
	}
	g.Comparison.Add(i, r, b, content)
}

// comparison returns the comparison of the two groups, with quotes from f.
func (g *twoGroups) comparison(f *file) message.Comparison {
	out := message.Comparison{Done: true, Looked: 1, A: findings.Sum(g.A), B: findings.Sum(g.B),
		Delta: wire.Interval(g.Delta()), Shifts: []message.Shift{}}
	for _, s := range g.Shifts(namedShifts) {
		shift := message.Shift{Phrase: s.Phrase, Sentiment: s.Sentiment.String(),
			A: wire.Interval(s.A), B: wire.Interval(s.B), Delta: wire.Interval(s.Delta)}
		for _, i := range s.Rows[:min(len(s.Rows), shiftQuotes)] {
			if row, err := f.read(i, message.MaxText); err == nil {
				shift.Rows = append(shift.Rows, row)
			}
		}
		out.Shifts = append(out.Shifts, shift)
	}
	return out
}

// filter returns a predicate that combines the filters, of a row and its fields. f.mu is held by
// the callers of filter and of the predicate.
func (f *file) filter(filters []message.Filter) (func(i int, fields [][]byte) bool, error) {
	passes, err := f.predicate(filters)
	within := f.textPredicate(filters)
	return func(i int, fields [][]byte) bool {
		return passes(i) && (within == nil || within(fields))
	}, err
}

// compareRuns compares two runs that have ended. Their reviews are no longer available: only
// phrases that stand out in both can be compared; the others are known to stand out in one.
func (w *Worker) compareRuns(ctx context.Context, c message.CompareRequest) {
	var runs [2]message.PastRun
	for i, id := range c.Runs {
		var err error
		if runs[i], err = w.runOf(ctx, id); err != nil {
			w.send(ctx, notOpened(err))
			return
		}
	}
	out := message.Comparison{ID: c.ID, Done: true, Looked: 1, Shifts: []message.Shift{}}
	if a, b := runs[0].Model, runs[1].Model; a != b {
		out.Models = []string{a, b}
	}
	var texts [2]int
	for i, sum := range []*wire.Sum{&out.A, &out.B} {
		s := runs[i].Summary
		*sum = wire.Sum{
			Rows: s.Scored, Positive: s.Positive, Negative: s.Negative, Unsure: s.Unsure,
			Unread: s.Unread,
			Share:  s.Share,
		}
		texts[i] = max(1, s.Scored-s.Repeated)
	}
	out.Delta = difference(out.B.Share, out.A.Share)
	share := func(d wire.Driver, texts int) wire.Interval {
		n := min(texts, int(d.Share.Share*float64(d.Reviews)+0.5)) // of its sentiment
		return wire.Interval(stats.Wilson(n, texts))
	}
	same := func(d wire.Driver, in []wire.Driver) int {
		return slices.IndexFunc(in,
			func(o wire.Driver) bool {
				return o.Sentiment == d.Sentiment && phrases.Same(o.Phrase, d.Phrase)
			})
	}
	drivers := [2][]wire.Driver{runs[0].Summary.Drivers, runs[1].Summary.Drivers}
	for i := range drivers {
		for _, d := range drivers[i] {
			at := same(d, drivers[1-i])
			if at < 0 {
				out.Only[i] = append(out.Only[i], d)
			} else if i == 0 {
				s := message.Shift{Phrase: d.Phrase, Sentiment: d.Sentiment, A: share(d, texts[0]),
					B: share(drivers[1][at], texts[1])}
				s.Delta = difference(s.B, s.A)
				out.Shifts = append(out.Shifts, s)
			}
		}
	}
	slices.SortStableFunc(out.Shifts, byDifference)
	out.Topics = topicShifts(runs[0].Summary.Topics, runs[1].Summary.Topics)
	w.send(ctx, message.Event{Name: message.EventComparison, Comparison: &out})
}

// byDifference orders shifts by decreasing difference.
func byDifference(a, b message.Shift) int {
	return cmp.Compare(math.Abs(b.Delta.Share), math.Abs(a.Delta.Share))
}

// topicShifts returns the topics that two runs have in common; nil if one of them has none.
func topicShifts(a, b *wire.Topics) (shifts []message.Shift) {
	if a == nil || b == nil {
		return nil
	}
	complain := func(t wire.Topic, of *wire.Topics) wire.Interval {
		return wire.Interval(stats.Wilson(min(t.Negative+t.Mixed, of.Reviews), of.Reviews))
	}
	for _, x := range a.List {
		at := slices.IndexFunc(b.List, func(y wire.Topic) bool {
			return strings.EqualFold(x.Name, y.Name)
		})
		if at >= 0 {
			s := message.Shift{Phrase: x.Name, Sentiment: "negative", A: complain(x, a),
				B: complain(b.List[at], b)}
			s.Delta = difference(s.B, s.A)
			shifts = append(shifts, s)
		}
	}
	slices.SortStableFunc(shifts, byDifference)
	return shifts[:min(len(shifts), comparedTopics)]
}

func difference(a, b wire.Interval) wire.Interval {
	return wire.Interval(stats.Difference(stats.Interval(a), stats.Interval(b)))
}
