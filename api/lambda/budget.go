package lambda

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
)

// Budget refuses what would not be scored by the request's deadline, before the model has run. It begins with the speed of
// the self-test and follows what it sees, because the two differ: during init Lambda lends more CPU than the function has.
type Budget struct {
	speed atomic.Uint64 // float64 bits, tokens a second
}

// NewBudget begins at so many tokens a second.
func NewBudget(tokensPerSecond float64) *Budget {
	b := new(Budget)
	b.speed.Store(math.Float64bits(tokensPerSecond))
	return b
}

// Speed is the tokens a second that Fits reckons with.
func (b *Budget) Speed() float64 { return math.Float64frombits(b.speed.Load()) }

// Fits is nil if so many tokens can be scored until ctx's deadline, or if it has none; else a *wire.Error that says how many can.
func (b *Budget) Fits(ctx context.Context, tokens int) error {
	deadline, ok := ctx.Deadline()
	if !ok {
		return nil
	}
	left := time.Until(deadline)
	needs := time.Duration(float64(tokens) / b.Speed() * float64(time.Second))
	if needs <= left {
		return nil
	}
	return &wire.Error{Code: wire.TooMuchTime, Detail: fmt.Sprintf("Scoring these %d tokens would take about %.1f s; this request has %.1f s, enough for %d tokens. Send fewer reviews at a time, or the file to /v1/jobs.",
		tokens, needs.Seconds(), max(0, left.Seconds()), max(0, int(left.Seconds()*b.Speed())))}
}

// Shorter runs tell little: they wait for each other and end on one stream.
const measuredTokens = 2000

// saw counts a run in: half of what was known, half of what was seen.
func (b *Budget) saw(tokens int, took time.Duration) {
	if tokens < measuredTokens || took <= 0 {
		return
	}
	speed := (b.Speed() + float64(tokens)/took.Seconds()) / 2
	b.speed.Store(math.Float64bits(speed)) // two runs at once may lose one of their measurements, which is as good as the other
}

// Models gives the models whose engines keep the budget.
func (b *Budget) Models(m scoring.Models) scoring.Models { return budgeted{m, b} }

type budgeted struct {
	scoring.Models
	budget *Budget
}

func (m budgeted) Acquire(id string) (scoring.Engine, func(), error) {
	e, release, err := m.Models.Acquire(id)
	if err != nil {
		return nil, nil, err
	}
	return budgetedEngine{e, m.budget}, release, nil
}

type budgetedEngine struct {
	scoring.Engine
	budget *Budget
}

func (e budgetedEngine) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	tokens := 0
	for _, windows := range texts {
		for _, w := range windows {
			tokens += len(w)
		}
	}
	if err := e.budget.Fits(ctx, tokens); err != nil {
		if c, ok := ctx.Value(callKey{}).(*call); ok {
			c.refusal.Store(err.(*wire.Error)) // a file's rows are scored in pieces, when its answer has begun
		}
		return nil, err
	}
	begun := time.Now()
	scores, err := e.Engine.Score(ctx, texts)
	if err == nil {
		e.budget.saw(tokens, time.Since(begun))
	}
	return scores, err
}
