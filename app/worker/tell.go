package worker

import (
	"context"
	"maps"
	"slices"

	"reviewlens/app/message"
	"reviewlens/app/worker/scorer"
)

// tellCorrections sends the server what the reader said of texts since it was last told, for the
// trial of a model that runs there: their token IDs and the reader's words for them, a text at a
// time, since a person has made each of them.
func (w *Worker) tellCorrections(ctx context.Context, f *file) {
	f.mu.Lock()
	e, columns, numbers := f.engine, f.columns, slices.Sorted(maps.Keys(f.corrections))
	f.mu.Unlock()
	for _, number := range numbers {
		f.mu.Lock()
		c := f.corrections[number]
		if c == nil || c.told == c.to {
			f.mu.Unlock()
			continue
		}
		to, row := c.to, c.row
		f.mu.Unlock()
		var windows [][]int32
		err := f.readOn(row, 1, func(_ int, fields [][]byte) {
			windows, _ = e.Encode(join(nil, e.Join, columns, fields))
		})
		if err == nil {
			err = w.scorer.Correct(ctx, e, windows, to.String())
		}
		if err != nil {
			p := scorer.Problem(message.AboutCorrections, err)
			w.send(ctx, message.Event{Name: message.EventProblem, Problem: p})
			return
		}
		f.mu.Lock()
		c.told = to
		sum := f.correctedSum()
		f.mu.Unlock()
		w.send(ctx, message.Event{Name: message.EventTold, Corrected: sum})
	}
}
