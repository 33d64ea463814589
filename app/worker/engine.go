package worker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"reviewlens/api/wire"
	"reviewlens/app/client"
	"reviewlens/app/message"
	"reviewlens/reviews"
	"reviewlens/tokenizer"
	"reviewlens/tokenizer/batch"
)

// engine is one model as the worker needs it: how text becomes windows, and what a probability is called.
type engine struct {
	id       string
	join     string
	tokens   *tokenizer.Tokenizer
	settings batch.Settings
	rule     reviews.Rule
	limits   wire.Limits
	golden   []wire.Golden
}

// model returns the server's model, asking for it once; callers that come meanwhile wait for the answer.
func (w *Worker) model(ctx context.Context) (*engine, error) {
	for {
		w.mu.Lock()
		if w.engine != nil {
			defer w.mu.Unlock()
			return w.engine, nil
		}
		loading := w.loading
		if loading == nil {
			w.loading = make(chan struct{})
		}
		w.mu.Unlock()
		if loading == nil {
			break
		}
		select {
		case <-loading:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	e, err := w.load(ctx)
	w.mu.Lock()
	w.engine = e
	close(w.loading)
	w.loading = nil
	w.mu.Unlock()
	if err == nil {
		w.send(ctx, message.Event{Name: message.Loaded, Ready: &message.Ready{Model: e.id}})
	}
	return e, err
}

// forget makes the next call of model ask again, unless another caller has already.
func (w *Worker) forget(e *engine) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.engine == e {
		w.engine = nil
	}
}

func (w *Worker) load(ctx context.Context) (*engine, error) {
	var manifest wire.Manifest
	err := w.patiently(ctx, patience{}, 0, func(ctx context.Context) (err error) {
		manifest, err = w.Client.Model(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	vocab := w.Vocab
	if manifest.Tokenizer.SHA256 != w.vocabSHA256 {
		var fetched []byte
		err := w.patiently(ctx, patience{}, 0, func(ctx context.Context) (err error) {
			fetched, err = w.Client.Vocab(ctx, manifest.ID)
			return err
		})
		if err != nil {
			return nil, err
		}
		vocab = string(fetched)
		if sum := sha256.Sum256(fetched); hex.EncodeToString(sum[:]) != manifest.Tokenizer.SHA256 {
			return nil, fmt.Errorf("the vocabulary of model %s is not the one its manifest names", manifest.ID)
		}
	}
	tokens, err := tokenizer.New(strings.NewReader(vocab), tokenizer.Config{Lowercase: manifest.Tokenizer.Lowercase})
	if err != nil {
		return nil, fmt.Errorf("read the vocabulary of model %s: %w", manifest.ID, err)
	}
	e := &engine{
		id:       manifest.ID,
		join:     manifest.Join,
		tokens:   tokens,
		settings: batch.Settings{Size: manifest.Window.Size, Stride: manifest.Window.Stride, Max: manifest.Window.Max},
		rule:     reviews.Rule{Combine: manifest.Window.Combine, Temperature: manifest.Temperature, Unsure: manifest.Unsure},
		golden:   manifest.Golden,
	}
	if config, err := w.Client.Config(ctx); err == nil { // a server without limits to tell has none to break
		e.limits = config.Limits
	}
	return e, nil
}

// encode cuts a text into windows of token IDs; there are none where the text has nothing to read.
func (e *engine) encode(text []byte) (windows [][]int32, cut bool) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, false
	}
	return e.settings.Windows(nil, e.tokens.Append(nil, text), e.tokens.CLS(), e.tokens.SEP())
}

func size(windows [][]int32) (tokens int) {
	for _, w := range windows {
		tokens += len(w)
	}
	return tokens
}

// answer is the server's word on one text: a probability, or why there is none.
type answer struct {
	positive float32
	err      string
}

// ask has texts scored, patiently. A request that is refused for what it holds is halved until the text at fault is
// alone; the others get their scores.
func (w *Worker) ask(ctx context.Context, e *engine, texts [][][]int32, p patience) ([]answer, error) {
	tokens := 0
	for _, windows := range texts {
		tokens += size(windows)
	}
	var scores batch.Scores
	err := w.patiently(ctx, p, tokens, func(ctx context.Context) (err error) {
		scores, err = w.Client.Score(ctx, batch.Request{Model: e.id, Texts: texts})
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
		return []answer{{err: refused.Detail}}, nil
	}
	half := len(texts) / 2
	first, err := w.ask(ctx, e, texts[:half], p)
	if err != nil {
		return nil, err
	}
	second, err := w.ask(ctx, e, texts[half:], p)
	return append(first, second...), err
}

// faults are refusals of what a request holds: a part of it may pass.
var faults = []wire.Code{
	wire.BadFrame, wire.BodyTooLarge, wire.TooManyTexts, wire.TooManyTokens, wire.IDOutOfRange, wire.EmptyText,
}

func answers(s batch.Scores) []answer {
	out := make([]answer, len(s.Positive))
	for i := range out {
		if s.Status[i] == 0 {
			out[i].positive = s.Positive[i]
		} else {
			out[i].err = fmt.Sprintf("The server could not score this text (status %d).", s.Status[i])
		}
	}
	return out
}

// warm wakes the server up while a file is still being looked at, by the model's own example texts, and learns its
// speed, so that the time a file takes can be told before anything of the file is sent. That is a guess: a run corrects it.
func (w *Worker) warm(ctx context.Context) {
	e, err := w.model(ctx)
	if err != nil {
		return // the survey says so
	}
	var texts [][][]int32
	tokens := 0
	for _, g := range e.golden {
		if windows, _ := e.encode([]byte(g.Text)); len(windows) > 0 {
			texts = append(texts, windows)
			tokens += size(windows)
		}
	}
	if len(texts) == 0 {
		return
	}
	start := time.Now()
	if _, err := w.ask(ctx, e, texts, patience{}); err != nil {
		return // the run will say what is wrong
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tokensPerSecond == 0 {
		w.tokensPerSecond = float64(tokens) / time.Since(start).Seconds()
	}
}
