package worker

import (
	"context"
	"maps"
	"slices"

	"reviewlens/app/message"
	"reviewlens/app/worker/scorer"
)

// uploadCorrections sends the server the reader's corrections that it does not have yet, for the
// trial of a model that runs there: a text's token IDs and the reader's sentiment, one text at a
// time, since a person makes each of them.
func (w *Worker) uploadCorrections(ctx context.Context, f *file) {
	f.mu.Lock()
	e, columns, numbers := f.engine, f.columns, slices.Sorted(maps.Keys(f.corrections))
	f.mu.Unlock()
	for _, number := range numbers {
		f.mu.Lock()
		c := f.corrections[number]
		if c == nil || c.sent == c.to {
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
		c.sent = to
		f.logCorrection(number, c.check) // if that fails, it is offered again
		sum := f.correctedSum()
		f.mu.Unlock()
		w.send(ctx, message.Event{Name: message.EventCorrectionsSent, Corrected: sum})
	}
}
