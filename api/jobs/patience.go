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

// maxRetryTime bounds how long a job retries while its model is busy or not ready (a throttled
// endpoint, a model that is loading). A client could retry by itself, but a job would have to start
// over.
const maxRetryTime = time.Hour

// The pauses between two attempts.
const (
	firstPause = time.Second
	maxPause   = 30 * time.Second
)

// IsTemporary reports whether an error is a temporary refusal.
func IsTemporary(err error) bool {
	e, ok := errors.AsType[*wire.Error](err)
	return ok && e.Code.IsTemporary()
}

// retry calls do until it succeeds or fails permanently, for at most patience.
func retry(ctx context.Context, do func() error) error {
	start := time.Now()
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		err := do()
		if !IsTemporary(err) || time.Since(start) >= maxRetryTime {
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
	err = retry(ctx, func() error {
		e, release, err = models.Acquire(ctx, id)
		return err
	})
	return retryingEngine{e}, release, err
}

// retryingEngine is an engine whose calls are retried while it is busy.
type retryingEngine struct{ scoring.Engine }

func (e retryingEngine) Score(ctx context.Context, texts [][][]int32) (scores []reviews.Score,
	err error) {
	scoreCtx := ctx
	err = retry(ctx, func() error {
		scores, err = e.Engine.Score(scoreCtx, texts)
		scoreCtx = scoring.WithCharged(ctx)
		return err
	})
	return scores, err
}

func (e retryingEngine) Aspects(ctx context.Context, texts [][][]int32) (found [][]aspects.Span,
	err error) {
	err = retry(ctx, func() error {
		found, err = e.Engine.Aspects(ctx, texts)
		return err
	})
	return found, err
}
