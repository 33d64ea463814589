package api

import (
	"context"
	"math"

	"reviewlens/api/admission"
	"reviewlens/api/scoring"
	"reviewlens/api/trace"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/tokenizer/batch"
)

// accountedModels wraps models in engines that record what they score, charge it to the owner's
// rate and enforce the request's budget.
type accountedModels struct {
	scoring.Models
	metrics    *metrics
	throughput *admission.Throughput
	rates      *admission.Rates
	wait       bool // wait for the owner's rate instead of refusing
}

func (m accountedModels) Acquire(ctx context.Context, id string) (scoring.Engine, func(), error) {
	e, release, err := m.Models.Acquire(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	return accountedEngine{e, m}, release, nil
}

type accountedEngine struct {
	scoring.Engine
	m accountedModels
}

type waitForRateKey struct{}

// waitForRate marks ctx as scoring a file that was already checked against the budget: each of its
// chunks waits for the owner's rate.
func waitForRate(ctx context.Context) context.Context {
	return context.WithValue(context.WithValue(ctx, waitForRateKey{}, true), budgetKey{}, nil)
}

func (e accountedEngine) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	windows, tokens := count(texts)
	if b, ok := budget(ctx); ok {
		if err := b.fits(tokens, e.m.throughput.Speed(ctx)); err != nil {
			return nil, err
		}
	}
	chunk, _ := ctx.Value(waitForRateKey{}).(bool)
	var err error
	refundable := false // a waiting call is repeated WithCharged, any other is charged again
	switch {
	case scoring.Charged(ctx):
	case e.m.wait:
		err = scoring.WaitForTurn(ctx, len(texts), e.m.rates.WaitJob)
	case chunk:
		err = scoring.WaitForTurn(ctx, len(texts), e.m.rates.Wait)
	case scoring.Accepted(ctx):
		refundable = true
		e.m.rates.Charge(scoring.Owner(ctx), len(texts))
	default:
		refundable = true
		err = e.m.rates.Reserve(scoring.Owner(ctx), len(texts))
	}
	if err != nil {
		return nil, err
	}
	e.m.throughput.Begin(windows, tokens)
	scores, err := e.Engine.Score(ctx, texts)
	e.m.throughput.End(windows, tokens, err == nil)
	if !scoring.MoreToCome(ctx) || err != nil {
		releasePlace(ctx)
	}
	if err != nil {
		if refundable && ctx.Err() == nil {
			e.m.rates.Refund(scoring.Owner(ctx), len(texts))
		}
		return nil, err
	}
	e.record(ctx, texts, scores)
	return scores, nil
}

// releasePlace returns the request's place, since it makes no further engine call: sending the
// response needs none. A handler that scores a file does so itself.
func releasePlace(ctx context.Context) {
	chunk, _ := ctx.Value(waitForRateKey{}).(bool)
	if t := ticketOf(ctx); t != nil && !chunk {
		t.Scored(math.MaxInt64)
	}
}

// Aspects continues the work on texts that were scored, and does not charge them again.
func (e accountedEngine) Aspects(ctx context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	defer releasePlace(ctx)
	windows, tokens := count(texts)
	tokens = tokens * topicsTenths / 10
	e.m.throughput.Begin(windows, tokens)
	found, err := e.Engine.Aspects(ctx, texts)
	e.m.throughput.End(windows, tokens, err == nil)
	return found, err
}

// record updates the trace and the metrics. Of parts of texts it counts only windows and tokens.
func (e accountedEngine) record(ctx context.Context, texts [][][]int32, scores []reviews.Score) {
	windows, tokens, scored, positive, confidence := 0, 0, 0, 0.0, 0.0
	parts := scoring.HasParts(ctx)
	for i, s := range scores {
		if s.Sentiment == reviews.None {
			continue
		}
		w, n := count(texts[i : i+1])
		windows += w
		tokens += n
		if parts {
			continue
		}
		e.m.metrics.texts.WithLabelValues(s.Sentiment.String()).Inc()
		e.m.metrics.positive.Observe(s.Positive)
		scored++
		positive += s.Positive
		confidence += max(s.Positive, 1-s.Positive)
	}
	e.m.metrics.windows.Add(float64(windows))
	e.m.metrics.tokens.Add(float64(tokens))
	trace.From(ctx).Scored(trace.Scores{Model: e.Model().Manifest.ID, Texts: scored, Windows: windows, Tokens: tokens, Positive: positive, Confidence: confidence})
}

// count returns the number of windows and tokens of texts.
func count(texts [][][]int32) (windows, tokens int) {
	for _, text := range texts {
		windows += len(text)
		tokens += batch.Tokens(text)
	}
	return windows, tokens
}
