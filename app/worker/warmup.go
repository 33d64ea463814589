package worker

import (
	"context"
	"time"

	"reviewlens/app/worker/scorer"
)

// startWarmUp starts warmUp, and makes survey wait for its end.
func (w *Worker) startWarmUp(ctx context.Context) {
	done := make(chan struct{})
	w.mu.Lock()
	w.warmed = done
	w.mu.Unlock()
	go func() {
		defer close(done)
		w.warmUp(ctx)
	}()
}

// warmUp wakes the server while a file is still being previewed, using the model's own example
// texts, and measures its speed, so that the time a file takes can be estimated before anything of
// the file is sent. A run corrects that estimate. A device whose speed is known does not need it.
func (w *Worker) warmUp(ctx context.Context) {
	e, err := w.scorer.Model(ctx)
	if err != nil {
		return // the survey reports it
	}
	w.mu.Lock()
	known := w.tokensPerSecond > 0
	w.mu.Unlock()
	if known && e.OnDevice() {
		return
	}
	var texts [][][]int32
	tokens := 0
	for _, g := range e.Golden {
		if windows, _ := e.Encode([]byte(g.Text)); len(windows) > 0 {
			texts = append(texts, windows)
			tokens += scorer.Tokens(windows)
		}
	}
	if len(texts) == 0 {
		return
	}
	start := time.Now()
	if _, err := w.scorer.Score(ctx, e, texts, scorer.Retry{}); err != nil {
		return // the run will report what is wrong
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tokensPerSecond == 0 {
		w.tokensPerSecond = float64(tokens) / time.Since(start).Seconds()
	}
}
