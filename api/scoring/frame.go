package scoring

import (
	"context"
	"errors"

	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/tokenizer/batch"
)

// Frame scores the token IDs of a frame and returns the response frame. It checks every ID before
// the model sees it. The error for an invalid frame is a *wire.Error that names the model.
func Frame(ctx context.Context, models Models, body []byte, limits wire.Limits) ([]byte, error) {
	e, release, err := models.Acquire(ctx, batch.RequestModel(body))
	if err != nil {
		return nil, err
	}
	defer release()
	m := e.Model()
	request, err := DecodeFrame(e, body, limits)
	if err != nil {
		return nil, err
	}
	if err := (Extras{Stars: request.Stars, Topics: request.Spans}).Check(e); err != nil {
		return nil, err
	}
	scores, spans, err := ScoreAll(ctx, e, request.Texts, request.Spans)
	if err != nil {
		return nil, err
	}
	answer := batch.Scores{Model: m.Manifest.ID, Status: make([]byte, len(scores)),
		Positive: make([]float32, len(scores))}
	if request.Stars {
		answer.Stars = make([]uint16, len(scores))
	}
	if request.Spans {
		answer.Spans = make([][]batch.Span, len(scores))
	}
	for i, s := range scores {
		if s.Sentiment == reviews.None { // the model gave no number
			answer.Status[i] = batch.Failed
			continue
		}
		answer.Positive[i] = float32(s.Positive)
		if request.Stars {
			answer.Stars[i] = uint16(s.Pack())
		}
		if request.Spans {
			for _, span := range spans[i] {
				answer.Spans[i] = append(answer.Spans[i], batch.Span(span.Pack()))
			}
		}
	}
	return batch.AppendScores(nil, answer)
}

// DecodeFrame decodes a frame for the model of an engine and checks everything in it.
func DecodeFrame(e Engine, body []byte, limits wire.Limits) (batch.Request, error) {
	m := e.Model()
	if m.Tokenizer == nil {
		return batch.Request{}, &wire.Error{Code: wire.NoFrames, Model: m.Manifest.ID,
			Detail: "This model has a tokenizer of its own and takes texts, not token IDs. " +
				`Send a file, or {"texts": [...]}.`}
	}
	request, err := batch.DecodeRequest(body, batch.Limits{Texts: limits.Texts,
		Windows: m.Windows.Max, Length: m.Windows.Size, Tokens: limits.Tokens,
		Vocab: m.Tokenizer.Size()})
	if refusal, ok := errors.AsType[*wire.Error](err); ok {
		refusal.Model = m.Manifest.ID // a frame that does not fit may be intended for another model
	}
	if err == nil && request.Model != m.Manifest.ID { // the request named no model
		err = UnknownModel(request.Model, m.Manifest.ID)
	}
	return request, err
}
