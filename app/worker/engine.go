package worker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
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
	manifest, err := w.Client.Model(ctx)
	if err != nil {
		return nil, err
	}
	vocab := w.Vocab
	if manifest.Tokenizer.SHA256 != w.vocabSHA256 {
		fetched, err := w.Client.Vocab(ctx, manifest.ID)
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

// ask has texts scored, patiently: where the server does not answer or is busy it waits and tries again,
// for about a minute, and tells the reason to waiting (nil: nobody waits). A request that is refused as
// a whole is halved until the text at fault is alone; the others get their scores.
func (w *Worker) ask(ctx context.Context, e *engine, texts [][][]int32, waiting func(why string)) ([]answer, error) {
	const attempts, longest, perAttempt = 9, 15 * time.Second, 90 * time.Second
	delay := 200 * time.Millisecond
	for attempt := 1; ; attempt++ {
		limited, cancel := context.WithTimeout(ctx, perAttempt)
		scores, err := w.Client.Score(limited, batch.Request{Model: e.id, Texts: texts})
		cancel()
		if err == nil {
			return answers(scores), nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if refused, ok := errors.AsType[*wire.Error](err); ok && !errors.As(err, new(*client.Unavailable)) {
			if refused.Code == wire.UnknownModel {
				return nil, err
			}
			return w.halve(ctx, e, texts, refused, waiting)
		}
		unavailable, ok := errors.AsType[*client.Unavailable](err)
		if errors.Is(err, context.DeadlineExceeded) {
			unavailable, ok = &client.Unavailable{Err: err}, true
		}
		if !ok || attempt == attempts {
			return nil, err
		}
		// Full jitter: workers that failed together do not come back together.
		pause := delay/2 + rand.N(delay)
		if unavailable.RetryAfter > pause {
			pause = unavailable.RetryAfter + rand.N(delay)
		}
		delay = min(2*delay, longest)
		if waiting != nil && attempt > 1 {
			waiting(problem(message.AboutRun, unavailable).Detail + " Trying again.")
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (w *Worker) halve(ctx context.Context, e *engine, texts [][][]int32, refused *wire.Error, waiting func(string)) ([]answer, error) {
	if len(texts) == 1 {
		return []answer{{err: refused.Detail}}, nil
	}
	half := len(texts) / 2
	first, err := w.ask(ctx, e, texts[:half], waiting)
	if err != nil {
		return nil, err
	}
	second, err := w.ask(ctx, e, texts[half:], waiting)
	return append(first, second...), err
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

// measure learns the server's speed on the model's own example texts, so that the time a file takes can
// be told before anything of the file is sent. It is a guess: a run corrects it.
func (w *Worker) measure(ctx context.Context, e *engine) {
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
	if _, err := w.ask(ctx, e, texts, nil); err != nil {
		return // the run will say what is wrong
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tokensPerSecond == 0 {
		w.tokensPerSecond = float64(tokens) / time.Since(start).Seconds()
	}
}
