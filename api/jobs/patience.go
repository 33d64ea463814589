package jobs

import (
	"context"
	"errors"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
)

// patience bounds how long a job retries while its model is busy or not ready (a throttled
// endpoint, a model that is loading). A client could retry by itself, but a job would have to start
// over.
const patience = time.Hour

// The pauses between two attempts.
const (
	firstPause   = time.Second
	longestPause = 30 * time.Second
)

// Passes reports whether an error is a temporary refusal.
func Passes(err error) bool {
	e, ok := errors.AsType[*wire.Error](err)
	return ok && e.Code.IsTemporary()
}

// patiently calls do until it succeeds or fails permanently, for at most patience.
func patiently(ctx context.Context, do func() error) error {
	begun := time.Now()
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := do()
		if !Passes(err) || time.Since(begun) >= patience {
			return err
		}
		done := scoring.Waiting(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		done()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// acquire acquires a model patiently; the engine it returns is patient as well.
func acquire(ctx context.Context, models scoring.Models, id string) (e scoring.Engine,
	release func(), err error) {
	err = patiently(ctx, func() error {
		e, release, err = models.Acquire(ctx, id)
		return err
	})
	return patient{e}, release, err
}

// patient is an engine whose calls are retried while it is busy.
type patient struct{ scoring.Engine }

func (e patient) Score(ctx context.Context, texts [][][]int32) (scores []reviews.Score, err error) {
	asked := ctx
	err = patiently(ctx, func() error {
		scores, err = e.Engine.Score(asked, texts)
		asked = scoring.WithCharged(ctx)
		return err
	})
	return scores, err
}

func (e patient) Aspects(ctx context.Context, texts [][][]int32) (found [][]aspects.Span,
	err error) {
	err = patiently(ctx, func() error {
		found, err = e.Engine.Aspects(ctx, texts)
		return err
	})
	return found, err
}
