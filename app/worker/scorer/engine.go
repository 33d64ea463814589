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

// Answer is the probability of one text, or why there is none.
type Answer struct {
	Positive float32
	Stars    reviews.PackedStars // 0 where the model says none
	Spans    []aspects.Span      // of what it speaks of
	Read     bool                // Spans were looked for
	Err      string
}

// Score has texts scored by m: an Answer for each.
func (s *Scorer) Score(ctx context.Context, m *Model, texts [][][]int32,
	p Retry) ([]Answer, error) {
	return s.scored(ctx, m, texts, false, p)
}

// Read is Score with the spans of what texts speak of. m.Topics must hold. A device whose aspect
// model cannot be had gives scores alone, and no answer is Read.
func (s *Scorer) Read(ctx context.Context, m *Model, texts [][][]int32,
	p Retry) ([]Answer, error) {
	return s.scored(ctx, m, texts, true, p)
}

// scored is the answer of what scores by m now. Where scoring is moved to the device meanwhile, it
// waits for the model there: what has no answer yet is not sent again.
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

// An engine gives texts their probabilities by one model: remote asks the server, device computes
// here, fallback does the second where the first gets no answer.
type engine interface {
	score(ctx context.Context, texts [][][]int32, spans bool, p Retry) ([]Answer, error)
}

// OnDevice reports whether m was made to score on this device.
func (m *Model) OnDevice() bool { _, ok := m.engine.(device); return ok }

// engineOf is what scores by m now. A run keeps its model, but moves to the device, and back, when
// people move scoring.
func (s *Scorer) engineOf(m *Model) engine {
	s.mu.Lock()
	now := s.model
	s.mu.Unlock()
	if now != nil && now.ID == m.ID && (now.OnDevice() || m.OnDevice()) {
		m = now
	}
	if k, known := s.recall(); !known || k.Manifest.ID != m.ID || m.OnDevice() {
		return m.engine
	}
	return fallback{m.engine, func(ctx context.Context) (engine, error) {
		return s.leaveServer(ctx, m)
	}}
}

// leaveServer notes that the server has gone, and returns what scores from then on.
func (s *Scorer) leaveServer(ctx context.Context, m *Model) (engine, error) {
	s.mu.Lock()
	if s.model == m {
		s.model, s.away = nil, true
	}
	s.mu.Unlock()
	next, err := s.Model(ctx)
	if err != nil {
		return nil, err
	}
	return s.engineOf(next), nil
}

// fallback scores by next where first gets no answer. The same model gives the same scores there.
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

// remote is a model of the server's.
type remote struct {
	*Scorer
	id    string
	stars bool // the model says them
}

// score asks the server, withRetry. A request that is refused for what it holds is halved until the
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

// faults are refusals of what a request holds: a part of it may pass.
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
