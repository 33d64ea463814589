package worker

import (
	"context"
	"time"

	"reviewlens/api/wire"
	"reviewlens/app/message"
	"reviewlens/reviews/changes"
	"reviewlens/reviews/phrases"
)

// findChanges finds when the share of negative reviews changed, from what is known of the rows.
func (f *file) findChanges(t *aggregate) []changes.Change {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, periods := t.sums.Trend()
	if len(periods) < 2 {
		return nil
	}
	named, _ := t.sums.MostReviewed(namedProducts)
	counter := changes.NewCounter(periods, named)
	for i := range f.rows.len() {
		counter.Add(f.result(i), f.rows.at(i).facts())
	}
	return counter.Changes()
}

// changesOf are the changes as they are told; phrases are filled in by explainChanges.
func (f *file) changesOf(found []changes.Change) []message.ChangePoint {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []message.ChangePoint
	for _, c := range found {
		point := message.ChangePoint{
			From: c.From.Format(time.DateOnly), Before: wire.Interval(c.Before),
			After: wire.Interval(c.After), Reviews: c.Reviews, Phrases: []message.Growth{},
		}
		if c.Product > 0 && c.Product <= len(f.products) {
			point.Product = f.products[c.Product-1]
		}
		out = append(out, point)
	}
	return out
}

// explainChanges reads the file again and names the complaints that became more frequent with each
// of the first changes, or less frequent with one for the better. An error is that of ctx or of the
// file.
func (w *Worker) explainChanges(ctx context.Context, f *file, found []changes.Change,
	told []message.ChangePoint) error {
	found = found[:min(len(found), changes.Explained)]
	f.mu.Lock()
	d, columns, n, texts := f.dialect, f.columns, f.rows.len(), f.texts.len()
	f.mu.Unlock()
	compared, seen := make([]*phrases.Comparison, len(found)), make([][]uint8, len(found))
	for i := range found {
		compared[i], seen[i] = phrases.NewComparison(), make([]uint8, texts) // 1: before, 2: since
	}
	var joined []byte
	for record, err := range w.records(ctx, f, d) {
		if err != nil {
			return err
		}
		if record.Index >= n {
			break
		}
		f.mu.Lock()
		r, row := f.result(record.Index), f.rows.at(record.Index)
		facts, text := row.facts(), row.text
		f.mu.Unlock()
		if text < 0 {
			continue
		}
		for i, c := range found {
			since, concerned := c.Side(facts)
			if !concerned {
				continue
			}
			bit := uint8(1)
			if since {
				bit = 2
			}
			var words []byte
			if seen[i][text]&bit == 0 {
				seen[i][text] |= bit
				joined = join(joined[:0], "{title}. {text}", columns, record.Fields)
				words = joined
			}
			compared[i].Add(record.Index, r, since, words)
		}
	}
	for i, c := range found {
		quoted := map[int]bool{} // a review that has several of the phrases stands for one
		for _, s := range compared[i].Complaints(changes.Phrases, c.Worse()) {
			g := message.Growth{
				Phrase: s.Phrase, Before: wire.Interval(s.A), After: wire.Interval(s.B),
				Reviews: s.Reviews, Rows: []message.Row{},
			}
			for _, row := range s.Rows {
				if quoted[row] || len(g.Rows) == shiftQuotes {
					continue
				}
				if shown, err := f.read(row); err == nil {
					quoted[row] = true
					g.Rows = append(g.Rows, shown)
				}
			}
			told[i].Phrases = append(told[i].Phrases, g)
		}
	}
	return nil
}

// tellChanges finds what changed in a run that has ended. found reports whether there is anything.
func (w *Worker) tellChanges(ctx context.Context, f *file) (found bool) {
	f.mu.Lock()
	t := f.aggregate
	f.mu.Unlock()
	if t == nil {
		return false
	}
	points := f.findChanges(t)
	if len(points) == 0 {
		return false
	}
	told := f.changesOf(points)
	_ = w.explainChanges(ctx, f, points, told) // without phrases a change is still one
	t.mu.Lock()
	t.changes = told
	t.mu.Unlock()
	return true
}
