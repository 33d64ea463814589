package worker

import (
	"bytes"
	"context"
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

// engine is one model as the worker needs it: how text becomes windows, and what a probability is
// called.
type engine struct {
	id       string
	join     string
	tokens   *tokenizer.Tokenizer
	settings batch.Settings
	rule     reviews.Rule
	limits   wire.Limits
	signIn   *wire.SignIn
	jobs     *wire.JobLimits
	price    float64 // of 1,000 tokens, in US dollars
	golden   []wire.Golden
	english  bool   // it reads nothing else
	onDevice bool   // scored here, not by the server
	dtype    string // of the model's inputs, where it is run here
}

// loading is an attempt to get the model. Others wait for it and take its outcome.
type loading struct {
	done   chan struct{}
	engine *engine
	err    error
	moved  bool // or whoever began it has gone: the outcome is nobody else's
}

// model returns the server's model, asking for it once; callers that come meanwhile get the same
// answer.
func (w *Worker) model(ctx context.Context) (*engine, error) {
	for {
		w.mu.Lock()
		if w.engine != nil {
			defer w.mu.Unlock()
			return w.engine, nil
		}
		l, where := w.loading, w.where
		if l != nil {
			w.mu.Unlock()
			select {
			case <-l.done:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			if l.moved {
				continue
			}
			return l.engine, l.err
		}
		l = &loading{done: make(chan struct{})}
		w.loading = l
		w.mu.Unlock()
		l.engine, l.err = w.load(ctx, where)
		w.mu.Lock()
		moved := w.where != where
		if !moved {
			w.engine = l.engine
		}
		l.moved = moved || ctx.Err() != nil
		w.loading = nil
		close(l.done)
		w.mu.Unlock()
		if moved {
			continue
		}
		if l.err == nil {
			ready := &message.Ready{Model: l.engine.id, SignIn: l.engine.signIn,
				Jobs: l.engine.jobs, Where: message.OnServer}
			if l.engine.onDevice {
				ready.Where = message.OnDevice
			}
			w.send(ctx, message.Event{Name: message.EventReady, Ready: ready})
		}
		return l.engine, l.err
	}
}

// soon is the model if it is there within a time that nobody minds to wait, else nil.
func (w *Worker) soon(ctx context.Context) *engine {
	got := make(chan *engine, 1)
	go func() {
		e, _ := w.model(ctx)
		got <- e
	}()
	select {
	case e := <-got:
		return e
	case <-time.After(2 * time.Second):
		return nil
	}
}

// forget makes the next call of model ask again, unless another caller has already.
func (w *Worker) forget(e *engine) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.engine == e {
		w.engine = nil
	}
}

func (w *Worker) load(ctx context.Context, where string) (*engine, error) {
	w.mu.Lock()
	away := w.away
	w.mu.Unlock()
	if where == message.OnDevice || away {
		return w.loadDevice(ctx, !away)
	}
	k, known := w.recall()
	manifest, err := w.askModel(ctx, known)
	if known && noAnswer(err) {
		return w.loadDevice(ctx, false)
	}
	if known && err != nil {
		manifest, err = w.askModel(ctx, false)
	}
	if err != nil {
		return nil, err
	}
	vocab := k.Vocab
	if manifest.ID != k.Manifest.ID || vocab == "" {
		if vocab, err = w.vocabOf(ctx, manifest); err != nil {
			return nil, err
		}
	}
	e, err := newEngine(manifest, vocab)
	if err != nil {
		return nil, err
	}
	// a server without limits to tell has none to break
	if config, err := w.Client.Config(ctx); err == nil {
		e.limits, e.signIn, e.jobs = config.Limits, config.SignIn, config.Jobs
		if config.Cost != nil {
			e.price = config.Cost.Price
		}
	}
	return e, nil
}

// vocabOf is the vocabulary of a model: the built-in one, or the server's. Where there is no
// Digest, it is believed as the programs are that came by the same way. Some models have none that
// makes token IDs here; to send texts instead would break what the page promises.
func (w *Worker) vocabOf(ctx context.Context, m wire.Manifest) (string, error) {
	if m.Tokenizer.Kind != "" {
		return "", &wire.Error{Code: wire.NoFrames,
			Detail: "This server's model has a tokenizer that browsers do not have: it takes " +
				"texts, and this page sends none."}
	}
	if m.Tokenizer.SHA256 == w.Hash {
		return w.Vocab, nil
	}
	var fetched []byte
	err := w.withRetry(ctx, retryOptions{}, 0, func(ctx context.Context) (err error) {
		fetched, err = w.Client.Vocab(ctx, m.ID)
		return err
	})
	if err != nil || w.Digest == nil {
		return string(fetched), err
	}
	sum, err := w.Digest(fetched)
	if err == nil && sum != m.Tokenizer.SHA256 {
		err = fmt.Errorf("the vocabulary of model %s is not the one its manifest names", m.ID)
	}
	return string(fetched), err
}

func newEngine(m wire.Manifest, vocab string) (*engine, error) {
	tokens, err := tokenizer.New(strings.NewReader(vocab),
		tokenizer.Config{Lowercase: m.Tokenizer.Lowercase})
	if err != nil {
		return nil, fmt.Errorf("read the vocabulary of model %s: %w", m.ID, err)
	}
	return &engine{
		id:       m.ID,
		join:     m.Join,
		tokens:   tokens,
		settings: batch.Settings{Size: m.Window.Size, Max: m.Window.Max},
		rule: reviews.Rule{Combine: m.Window.Combine, Temperature: m.Temperature,
			Unsure: m.Unsure},
		golden:  m.Golden,
		english: m.English(),
	}, nil
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

// ask has texts scored, withRetry. A request that is refused for what it holds is halved until the
// text at fault is alone; the others get their scores.
func (w *Worker) ask(ctx context.Context, e *engine, texts [][][]int32, p retryOptions) ([]answer,
	error) {
	w.mu.Lock()
	if now := w.engine; now != nil && now.onDevice && now.id == e.id {
		e = now
	}
	w.mu.Unlock()
	if e.onDevice {
		return w.scoreHere(ctx, e, texts)
	}
	tokens := 0
	for _, windows := range texts {
		tokens += size(windows)
	}
	if k, known := w.recall(); known && k.Manifest.ID == e.id {
		p.hasFallback = true
	}
	var scores batch.Scores
	err := w.withRetry(ctx, p, tokens, func(ctx context.Context) (err error) {
		scores, err = w.Client.Score(ctx, batch.Request{Model: e.id, Texts: texts})
		return err
	})
	if err == nil {
		return answers(scores), nil
	}
	if p.hasFallback && noAnswer(err) { // the same model gives the same scores here
		w.mu.Lock()
		if w.engine == e {
			w.engine, w.away = nil, true
		}
		w.mu.Unlock()
		if e, err = w.model(ctx); err != nil {
			return nil, err
		}
		return w.ask(ctx, e, texts, p)
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
	wire.BadFrame, wire.BodyTooLarge, wire.TooManyTexts, wire.TooManyTokens, wire.IDOutOfRange,
	wire.EmptyText,
}

func answers(s batch.Scores) []answer {
	out := make([]answer, len(s.Positive))
	for i := range out {
		if s.Status[i] == 0 {
			out[i].positive = s.Positive[i]
		} else {
			out[i].err = fmt.Sprintf("The server could not score this text (status %d).",
				s.Status[i])
		}
	}
	return out
}

// startWarmUp starts warmUp, and lets survey wait for its end.
func (w *Worker) startWarmUp(ctx context.Context) {
	done := make(chan struct{})
	w.mu.Lock()
	w.warmed = done
	w.mu.Unlock()
	go func() {
		defer close(done)
		w.warmUp(ctx)
	}()
}

// warmUp wakes the server up while a file is still being looked at, by the model's own example
// texts, and learns its speed, so that the time a file takes can be told before anything of the
// file is sent. That is a guess: a run corrects it.
func (w *Worker) warmUp(ctx context.Context) {
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
	if _, err := w.ask(ctx, e, texts, retryOptions{}); err != nil {
		return // the run will say what is wrong
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tokensPerSecond == 0 {
		w.tokensPerSecond = float64(tokens) / time.Since(start).Seconds()
	}
}
