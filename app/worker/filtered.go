package worker

import (
	"context"
	"slices"

	"reviewlens/app/message"
)

// filtered sends the figures of a filtered view, whose rows a search has found. Their numbers come
// at once from the data kept for each row; phrases and changes from one pass over the file, once no
// more scores arrive. If the previous view had the same filters and nothing was scored since, only
// the order of the list is new, and the topics if their scheme has changed. Under a filter by a
// topic, the scheme may have changed the rows, too.
func (w *Worker) filtered(ctx context.Context, f *file, v, before *view) {
	w.sendGroups(ctx, f)
	f.mu.Lock()
	all := f.aggregate
	if v.in == nil || all == nil {
		f.mu.Unlock()
		return
	}
	v.of, v.scored = all, all.sums.Rows
	if before != nil && before.done && before.of == all && before.scored == v.scored &&
		slices.Equal(before.filters, v.filters) && !slices.ContainsFunc(v.filters, isCorrected) &&
		(!slices.ContainsFunc(v.filters, isOfTopic) || slices.Equal(before.in, v.in)) {
		v.shown, v.done, v.topics = before.shown, true, before.topics
		asBefore := v.topics == f.textTopics.result
		f.mu.Unlock()
		if asBefore {
			w.sendFiltered(ctx, f, v)
		} else {
			w.topicsOfView(ctx, f, v)
		}
		return
	}
	t := newAggregate(f)
	f.mu.Unlock()
	for from, n := 0, f.rows.len(); from < n; from += atOnce {
		f.mu.Lock()
		for i := from; i < min(from+atOnce, n); i++ {
			if v.in.Has(i) && f.known(i) {
				t.add(f, i)
			}
		}
		f.mu.Unlock()
		if w.yield(ctx) != nil {
			return
		}
	}
	f.readLists(t)
	f.mu.Lock()
	v.shown = t
	f.mu.Unlock()
	w.topicsOfView(ctx, f, v)
	if w.runs(f) != nil {
		return
	}
	points := f.findChanges(t, v.in)
	shifts, err := w.shifts(ctx, f, points, v)
	if err != nil {
		w.send(ctx, message.Event{Name: message.EventProblem, Problem: changed(f.name, err)})
		return
	}
	f.readDrivers(t, true)
	f.takeChanges(t, points, shifts)
	f.mu.Lock()
	t.drivers, v.done = nil, true
	f.mu.Unlock()
	w.sendFiltered(ctx, f, v)
}

func isOnce(f message.Filter) bool      { return f.By == message.Once }
func isCorrected(f message.Filter) bool { return f.By == message.IsCorrected }
func isOfTopic(f message.Filter) bool   { return f.By == message.OfTopic }

// known reports whether the result of row i is final: it has a score, or will have none. f.mu is
// held.
func (f *file) known(i int) bool {
	text := f.rows.at(i).text
	return text < 0 || f.texts.at(int(text)).state != unscored
}

// topicsOfView sends the figures of a view's rows with their topics under the current scheme.
func (w *Worker) topicsOfView(ctx context.Context, f *file, v *view) {
	f.mu.Lock()
	t := v.shown
	if t == nil {
		f.mu.Unlock()
		return
	}
	any := f.textTopics.any
	if any {
		r := f.topicsOf(t, v.in)
		v.topics = f.textTopics.result
		f.mu.Unlock()
		f.takeTopics(t, r)
	} else {
		f.mu.Unlock()
	}
	w.sendFiltered(ctx, f, v)
}

// sendFiltered sends the figures of a view's rows.
func (w *Worker) sendFiltered(ctx context.Context, f *file, v *view) {
	f.mu.Lock()
	t, sum := v.shown, f.summary(v.shown)
	out := message.Filtered{ID: v.id, Done: v.done, Summary: &sum}
	f.mu.Unlock()
	t.complete(&sum)
	t.mu.Lock()
	sum.Topics = t.topics
	t.mu.Unlock()
	w.send(ctx, message.Event{Name: message.EventFiltered, Filtered: &out})
}
