package worker

import (
	"context"
	"slices"

	"reviewlens/api/wire"
	"reviewlens/app/message"
	"reviewlens/reviews/bitset"
	"reviewlens/reviews/changes"
	"reviewlens/reviews/findings"
	"reviewlens/reviews/phrases"
)

// findChanges finds when the share of negative reviews changed, from the results of some rows.
func (f *file) findChanges(t *aggregate, in bitset.Set) []changes.Change {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, periods := t.sums.Trend()
	if len(periods) < 2 {
		return nil
	}
	named, _ := t.sums.MostReviewed(findings.MaxProducts)
	counter := changes.NewCounter(periods, named)
	for i := range f.rows.len() {
		if in.Has(i) {
			counter.Add(f.result(i), f.rows.at(i).facts())
		}
	}
	return counter.Changes()
}

// shifts reads the file again and finds, for each of the first changes, the complaints that became
// more frequent with it, or less frequent if it is one for the better. For a view it reads only the
// view's rows, and lets them vote for their phrases. An error is that of ctx or of the file.
func (w *Worker) shifts(ctx context.Context, f *file, found []changes.Change,
	v *view) ([][]phrases.Shift, error) {
	found = found[:min(len(found), changes.Explained)]
	f.mu.Lock()
	d, columns, n, texts := f.dialect, f.columns, f.rows.len(), f.texts.len()
	template := f.template()
	f.mu.Unlock()
	var (
		in       bitset.Set // nil for all
		voted    bitset.Set // texts
		progress = newPacer()
		size     = max(f.source.Size(), 1)
	)
	if v != nil {
		in, voted = v.in, bitset.New(texts)
	}
	compared := make([]*twoGroups, len(found)) // before and since
	for i := range found {
		compared[i] = newTwoGroups(texts, false)
	}
	var joined []byte
	for record, err := range w.records(ctx, f, d) {
		if err != nil {
			return nil, err
		}
		if record.Index >= n {
			break
		}
		if v != nil && progress.due() {
			w.send(ctx, message.Event{Name: message.EventFiltered, Filtered: &message.Filtered{
				ID: v.id, Looked: float64(record.Offset) / float64(size)}})
		}
		if !in.Has(record.Index) {
			continue
		}
		f.mu.Lock()
		r, row := f.result(record.Index), f.rows.at(record.Index)
		facts, text := row.facts(), row.text
		f.mu.Unlock()
		if text < 0 {
			continue
		}
		if v != nil && voted.Add(int(text)) {
			joined = join(joined[:0], template, columns, record.Fields)
			v.shown.drivers.Add(record.Index, joined, r.Sentiment)
		}
		for i, c := range found {
			since, concerned := c.Side(facts)
			if !concerned {
				continue
			}
			compared[i].add(record.Index, r, text, since, func() []byte {
				joined = join(joined[:0], template, columns, record.Fields)
				return joined
			})
		}
	}
	out := make([][]phrases.Shift, len(found))
	for i, c := range found {
		out[i] = compared[i].Complaints(changes.Phrases, c.Worse())
	}
	return out, nil
}

// quoteOnce returns a function that reads rows with a phrase of a change; a review with several of
// the phrases is quoted once.
func (f *file) quoteOnce() func(change int, rows []int) []wire.Row {
	quoted := map[[2]int]bool{}
	return func(change int, rows []int) []wire.Row {
		out := []wire.Row{}
		for _, i := range rows {
			if quoted[[2]int{change, i}] || len(out) == shiftQuotes {
				continue
			}
			if read := f.quote([]int{i}, phrases.MaxTextBytes); len(read) > 0 {
				quoted[[2]int{change, i}] = true
				out = append(out, read...)
			}
		}
		return out
	}
}

// sendChanges finds what changed in a run that has ended. It reports whether anything was found.
func (w *Worker) sendChanges(ctx context.Context, f *file) (found bool) {
	f.mu.Lock()
	t := f.aggregate
	f.mu.Unlock()
	if t == nil {
		return false
	}
	points := f.findChanges(t, nil)
	if len(points) == 0 {
		return false
	}
	shifts, _ := w.shifts(ctx, f, points, nil) // a change without phrases is still sent
	f.takeChanges(t, points, shifts)
	return true
}

// takeChanges stores the changes in t.
func (f *file) takeChanges(t *aggregate, points []changes.Change, shifts [][]phrases.Shift) {
	f.mu.Lock()
	names := slices.Clone(f.products)
	f.mu.Unlock()
	reported := findings.Changes(points, names, shifts, f.quoteOnce())
	t.mu.Lock()
	t.changes = reported
	t.mu.Unlock()
}
