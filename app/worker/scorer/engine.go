package scorer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"reviewlens/api/wire"
	"reviewlens/app/client"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/tokenizer/batch"
)

// Answer is the probability of one text, or the reason why it has none.
type Answer struct {
	Positive float32
	Stars    reviews.PackedStars // 0 if the model predicts none
	Spans    []aspects.Span      // of the aspects it mentions
	Read     bool                // the text was read for Spans
	Err      string
}

// Score scores texts by m and returns an Answer for each.
func (s *Scorer) Score(ctx context.Context, m *Model, texts [][][]int32,
	p Retry) ([]Answer, error) {
	return s.scored(ctx, m, texts, false, p)
}

// Read is Score with the spans of the aspects in the texts. m.Topics must hold. A device whose
// aspect model is not available returns only scores, and no answer is Read.
func (s *Scorer) Read(ctx context.Context, m *Model, texts [][][]int32,
	p Retry) ([]Answer, error) {
	return s.scored(ctx, m, texts, true, p)
}

// scored returns the answers of the engine that currently scores by m. If scoring is moved to the
// device meanwhile, it waits for the model there: unanswered requests are not sent again.
func (s *Scorer) scored(ctx context.Context, m *Model, texts [][][]int32, spans bool,
	p Retry) ([]Answer, error) {
	for {
		out, err := s.engineOf(m).score(ctx, texts, spans, p)
		if !errors.Is(err, errOnDevice) {
			return out, err
		}
		next, err := s.Model(ctx)
		if err != nil {
			return nil, err
		}
		if next.ID != m.ID {
			return nil, errOtherModel
		}
	}
}

// An engine computes the probabilities of texts by one model: remote asks the server, device
// computes here, fallback does the second if the first does not answer.
type engine interface {
	score(ctx context.Context, texts [][][]int32, spans bool, p Retry) ([]Answer, error)
}

// OnDevice reports whether m was made to score on this device.
func (m *Model) OnDevice() bool { _, ok := m.engine.(device); return ok }

// engineOf returns the engine that currently scores by m. A run keeps its model, but moves to the
// device and back when the user moves scoring.
func (s *Scorer) engineOf(m *Model) engine {
	s.mu.Lock()
	now := s.model
	s.mu.Unlock()
	if now != nil && now.ID == m.ID && (now.OnDevice() || m.OnDevice()) {
		m = now
	}
	if k, known := s.loadKept(); !known || k.Manifest.ID != m.ID || m.OnDevice() {
		return m.engine
	}
	return fallback{m.engine, func(ctx context.Context) (engine, error) {
		return s.leaveServer(ctx, m)
	}}
}

// leaveServer records that the server is unreachable, and returns the engine that scores next.
func (s *Scorer) leaveServer(ctx context.Context, m *Model) (engine, error) {
	s.mu.Lock()
	if s.model == m {
		s.model, s.serverLost = nil, true
	}
	s.mu.Unlock()
	next, err := s.Model(ctx)
	if err != nil {
		return nil, err
	}
	return s.engineOf(next), nil
}

// fallback scores by next if first does not answer. The same model gives the same scores there.
type fallback struct {
	first engine
	next  func(ctx context.Context) (engine, error)
}

func (f fallback) score(ctx context.Context, texts [][][]int32, spans bool,
	p Retry) ([]Answer, error) {
	p.hasFallback = true
	out, err := f.first.score(ctx, texts, spans, p)
	if !noAnswer(err) {
		return out, err
	}
	next, err := f.next(ctx)
	if err != nil {
		return nil, err
	}
	return next.score(ctx, texts, spans, p)
}

// remote is a model of the server.
type remote struct {
	*Scorer
	id    string
	stars bool // the model predicts them
}

// score asks the server, withRetry. A request that is refused for its content is halved until the
// text at fault is alone; the others get their scores.
func (r remote) score(ctx context.Context, texts [][][]int32, spans bool,
	p Retry) ([]Answer, error) {
	tokens := 0
	for _, windows := range texts {
		tokens += Tokens(windows)
	}
	var scores batch.Scores
	err := r.withRetry(ctx, p, tokens, func(ctx context.Context) (err error) {
		if r.movedToDevice() {
			return errOnDevice
		}
		scores, err = r.Client.Score(ctx, batch.Request{Model: r.id, Texts: texts,
			Stars: r.stars, Spans: spans})
		return err
	})
	if err == nil {
		return answers(scores), nil
	}
	refused, ok := errors.AsType[*wire.Error](err)
	if !ok || !slices.Contains(faults, refused.Code) || errors.As(err, new(*client.Unavailable)) {
		return nil, err
	}
	if len(texts) == 1 {
		return []Answer{{Err: refused.Detail}}, nil
	}
	half := len(texts) / 2
	first, err := r.score(ctx, texts[:half], spans, p)
	if err != nil {
		return nil, err
	}
	second, err := r.score(ctx, texts[half:], spans, p)
	return append(first, second...), err
}

// faults are the refusals of a request's content: a part of it may be accepted.
var faults = []wire.Code{
	wire.BadFrame, wire.BodyTooLarge, wire.TooManyTexts, wire.TooManyTokens, wire.IDOutOfRange,
	wire.EmptyText,
}

func answers(s batch.Scores) []Answer {
	out := make([]Answer, len(s.Positive))
	for i := range out {
		if s.Status[i] == 0 {
			out[i].Positive = s.Positive[i]
			if s.Stars != nil {
				out[i].Stars = reviews.PackedStars(s.Stars[i])
			}
			if s.Spans != nil {
				out[i].Read = true
				for _, span := range s.Spans[i] {
					out[i].Spans = append(out[i].Spans, aspects.Packed(span).Unpack())
				}
			}
		} else {
			out[i].Err = fmt.Sprintf("The server could not score this text (status %d).",
				s.Status[i])
		}
	}
	return out
}
