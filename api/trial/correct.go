package trial

import (
	"context"
	"fmt"

	"reviewlens/api/engines"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/paired"
	"reviewlens/tokenizer/batch"
)

// Corrections reports whether corrections are counted now: a trial is running, and its challenger
// is open.
func (r *Runner) Corrections() bool {
	if r == nil {
		return false
	}
	t, ok := r.running()
	return ok && t.Ready
}

// Correct counts people's corrections of the scores that model, a model of the trial, gave to
// texts, and returns how many it counted: texts corrected recently are omitted. Both models score
// the texts, as for requests.
func (r *Runner) Correct(ctx context.Context, models scoring.Models, model string,
	texts [][][]int32, labels []reviews.Sentiment) (int, error) {
	var t engines.Trial
	ok := r.Corrections()
	if ok {
		t, ok = r.running()
	}
	if !ok {
		return 0, &wire.Error{Code: wire.NotFound,
			Detail: "No model is tried on this server now, so corrections are not counted."}
	}
	ids := [2]string{t.Pointer.ID, t.Model}
	shown := 0
	switch model {
	case ids[0]:
	case ids[1]:
		shown = 1
	default:
		return 0, &wire.Error{Code: wire.UnknownModel, Model: ids[0], Detail: fmt.Sprintf(
			"The model %.40s is not one of the two that are compared, %s and %s.", model, ids[0],
			ids[1])}
	}
	var scores [2][]reviews.Score
	for i, id := range ids {
		scoreCtx := scoring.WithMoreToCome(ctx)
		if i == 1 {
			scoreCtx = scoring.WithAccepted(ctx)
		}
		var err error
		if scores[i], err = scoreWith(scoreCtx, models, id, texts); err != nil {
			return 0, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.trial != t.ID || r.ended == t.ID {
		return 0, nil
	}
	var c Counts
	for i, text := range texts {
		if len(text) == 0 || labels[i] == reviews.None ||
			!r.corrected.add(batch.FingerprintOf(text)) {
			continue
		}
		c.Pairs.Correct(paired.Pair{A: scores[0][i], B: scores[1][i], Corrected: labels[i]})
		c.Corrected[shown]++
	}
	r.count(c)
	return c.Corrected[shown], nil
}

// scoreWith scores texts with a model.
func scoreWith(ctx context.Context, models scoring.Models, id string,
	texts [][][]int32) ([]reviews.Score, error) {
	e, release, err := models.Acquire(ctx, id)
	if err != nil {
		return nil, err
	}
	defer release() // also after a panic, which the server survives
	return e.Score(ctx, texts)
}
