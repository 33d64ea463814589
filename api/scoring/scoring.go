// Package scoring is the core shared by all entry points of the service: it selects an engine for a
// request and turns texts, files and frames into results. The routes of package api and the
// drop-ins translate to and from it.
//
// An error that is a *wire.Error is the client's fault; any other is the server's.
package scoring

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"reviewlens/api/model"
	"reviewlens/api/trace"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/reviews/text"
	"reviewlens/tokenizer"
	"reviewlens/tokenizer/batch"
)

// Engine scores token IDs. infer.Engine implements it, and tests use a fake. It must be safe for
// concurrent use.
type Engine interface {
	Model() *model.Model
	Windows(dst [][]int32, text []byte) (windows [][]int32, cut bool, err error) // as Model.Cut
	Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error)
	// Aspects finds the aspects that texts mention. RequireTopics must have returned nil.
	Aspects(ctx context.Context, texts [][][]int32) ([][]aspects.Span, error)
}

// Models hands out engines.
type Models interface {
	// Acquire returns the engine of the model with this ID. For "" it selects the current model or
	// the one that a trial assigns to the owner or run of ctx (Unit); no other code selects a
	// request's model. The engine stays open until release is called, even if another model becomes
	// current. An unknown ID is a *wire.Error with code UnknownModel and the current ID; without
	// any model the code is NotReady. If a model has to be opened first, Acquire waits until ctx is
	// done at most; if OpenOnly(ctx), it refuses with Unauthorized.
	Acquire(ctx context.Context, id string) (e Engine, release func(), err error)

	// IDs returns the IDs of the available models, the current one first.
	IDs() []string
}

// WithOpenOnly marks a request that may use only models that are already open. It is for anonymous
// requests to a server with authentication.
func WithOpenOnly(ctx context.Context) context.Context {
	return openOnly.with(ctx)
}

// OpenOnly reports whether a request may use only models that are already open.
func OpenOnly(ctx context.Context) bool {
	return openOnly.of(ctx)
}

// SingleModel returns Models with a single engine that never changes. The caller closes the engine.
func SingleModel(e Engine) Models { return only{e} }

type only struct{ engine Engine }

func (o only) Acquire(_ context.Context, id string) (Engine, func(), error) {
	if current := o.IDs()[0]; id != "" && id != current {
		return nil, nil, UnknownModel(id, current)
	}
	return o.engine, func() {}, nil
}

func (o only) IDs() []string { return []string{o.engine.Model().Manifest.ID} }

// UnknownModel returns the error for a model that is not available.
func UnknownModel(id, current string) *wire.Error {
	const most = 60 // characters of the client's ID
	return &wire.Error{Code: wire.UnknownModel, Model: current,
		Detail: fmt.Sprintf("There is no model %.*q here; the current one is %s.", most, id,
			current)}
}

// Texts scores each text on its own: an error in a text is part of its result. More than maxTokens
// tokens in all windows are refused as a whole, before the model runs; 0 means no limit.
func Texts(ctx context.Context, e Engine, texts []string, maxTokens int) ([]wire.Result, error) {
	return scoreTexts(ctx, e, texts, maxTokens, Extras{})
}

// Extras selects what is computed in addition to the score of a text.
type Extras struct{ Stars, Topics bool }

// TextsWith is like Texts, but also returns what is asked for: predicted stars and the names that
// they imply, topics. If the model does not support it, the error is a *wire.Error.
func TextsWith(ctx context.Context, e Engine, texts []string, maxTokens int,
	extras Extras) ([]wire.Result, error) {
	if err := extras.Check(e); err != nil {
		return nil, err
	}
	return scoreTexts(ctx, e, texts, maxTokens, extras)
}

// Check returns a *wire.Error if e does not support what is asked for.
func (a Extras) Check(e Engine) error {
	if a.Stars {
		if err := RequireStars(e); err != nil {
			return err
		}
	}
	if a.Topics {
		return RequireTopics(e)
	}
	return nil
}

func scoreTexts(ctx context.Context, e Engine, texts []string, maxTokens int,
	extras Extras) ([]wire.Result, error) {
	results := make([]wire.Result, len(texts))
	windows := make([][][]int32, len(texts))
	unread := make([]text.UnreadReason, len(texts))
	tokens, start := 0, time.Now()
	for i, review := range texts {
		var cut bool
		var err error
		clean := text.Alone([]byte(review))
		windows[i], cut, err = e.Windows(nil, clean)
		unread[i] = Unread(e, clean)
		results[i] = wire.Result{Windows: len(windows[i]), Cut: cut}
		if bad, ok := errors.AsType[*wire.Error](err); ok {
			results[i].Error = bad.Problem(0)
		} else if err != nil {
			return nil, err
		}
		tokens += batch.Tokens(windows[i])
		if maxTokens > 0 && tokens > maxTokens {
			return nil, &wire.Error{Code: wire.TooManyTokens,
				Detail: fmt.Sprintf("The texts have more than %d tokens, from text %d on. Send fewer texts at a time.", maxTokens, i+1)}
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	trace.From(ctx).Add(trace.Span{Phase: trace.Tokenize, Begin: start, End: time.Now(),
		Texts: len(texts), Tokens: tokens})
	isUnread := func(i int) bool { return unread[i] != text.Readable }
	scores, spans, err := ScoreAll(WithUnread(ctx, isUnread), e, windows, extras.Topics)
	if err != nil {
		return nil, err
	}
	for i, s := range scores {
		if results[i].Error != nil {
			continue
		}
		if s.Sentiment == reviews.None {
			results[i].Error = withoutAny(texts[i], i, len(windows[i])).Problem(0)
			continue
		}
		results[i].Sentiment, results[i].Positive = s.Sentiment.String(), &s.Positive
		u := unread[i]
		if u != text.Readable {
			s.Sentiment = reviews.Unsure
			results[i].Sentiment, results[i].Unread = reviews.Unsure.String(), u.String()
		}
		if extras.Stars {
			addStars(&results[i], s, u)
		}
		if !extras.Topics {
			continue
		}
		results[i].Mentions = []wire.Mention{}
		if u == text.Readable {
			addMentions(&results[i], e, texts[i], spans[i])
		}
	}
	return results, nil
}

// withoutAny returns the error for text i, counted from 0, that has no score.
func withoutAny(sent string, i, windows int) *wire.Error {
	sent = strings.TrimSpace(sent)
	switch {
	case windows > 0:
		return &wire.Error{Code: wire.Internal,
			Detail: fmt.Sprintf("The model gave no score for text %d.", i+1)}
	case sent != "" && text.IsNull([]byte(sent)):
		return &wire.Error{Code: wire.EmptyText,
			Detail: fmt.Sprintf("Text %d is %q, which programs write where there is none.", i+1,
				sent)}
	}
	return &wire.Error{Code: wire.EmptyText, Detail: fmt.Sprintf("Text %d is empty.", i+1)}
}

// Unread returns why e's model cannot read a text, or text.Readable if it can or if that is
// unknown.
func Unread(e Engine, review []byte) text.UnreadReason {
	m := &e.Model().Manifest
	return text.Readability(review, tokenizer.HasEmoji).For(m.English(), m.ReadsEmoji())
}
