// Package compattest provides a host for tests of drop-ins: the default model's vocabulary, and an
// engine that needs no native library. The engine counts the words good and bad: a text with
// equally many of each scores 0.5, with one more good 0.953.
package compattest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"reviewlens/api/compat"
	"reviewlens/api/model"
	"reviewlens/api/model/modeltest"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
)

// Key is the only key that hosts accept, and the one in the recorded requests.
const Key = "an/invented+key/of=base64=="

// Engine is a fake scoring.Engine.
type Engine struct {
	Texts    int  // number of texts passed to Score
	Stars    bool // predict stars: for p, 1 - p of one, p/2 each of four and five
	NoShares bool // return stars without their probabilities, as a remote engine
	NoScore  bool // score no text, as the real engine if the output is not a number
	// find the words good and bad, positive and negative, with a probability of 0.8
	Topics bool
	Err    error // returned instead of scores
	model  *model.Model
}

// Host returns a host with limits of 100 texts and 20,000 tokens. With keys it requires Key.
func Host(t testing.TB, keys bool) (*compat.Host, *Engine) {
	t.Helper()
	e := &Engine{model: modeltest.Plain(t)}
	h := &compat.Host{
		Models: scoring.SingleModel(e), Limits: wire.Limits{Texts: 100,
			Tokens: 20000}, Requests: 64,
		Ready: func() error { return nil },
		Admit: func(r *http.Request) (*http.Request, func(), error) { return r, func() {}, nil },
		Body: func(w http.ResponseWriter, r *http.Request) ([]byte, error) {
			return io.ReadAll(r.Body)
		},
		Explain: func(w http.ResponseWriter, r *http.Request, err error) (*wire.Error, int) {
			e, ok := err.(*wire.Error)
			if !ok {
				return &wire.Error{Code: wire.Internal, Detail: "Something broke on our side."},
					http.StatusInternalServerError
			}
			status, ok := map[wire.Code]int{
				wire.Overloaded: 429, wire.NotReady: 503, wire.BodyTooLarge: 413,
				wire.TooManyTexts: 413, wire.TooManyTokens: 413, wire.Unauthorized: 401,
				wire.MethodNotAllowed: 405, wire.NotFound: 404, wire.UnsupportedType: 415,
				wire.Internal: 500,
			}[e.Code]
			if !ok {
				status = http.StatusBadRequest
			}
			return e, status
		},
	}
	if keys {
		h.Owner = Owner
	}
	return h, e
}

// Owner accepts Key.
func Owner(_ context.Context, key string) (string, error) {
	if key != Key {
		return "", &wire.Error{Code: wire.Unauthorized, Detail: "This key is another."}
	}
	return "owner", nil
}

// ReadEmoji makes the engine's model read emoji as words.
func (e *Engine) ReadEmoji(t testing.TB) {
	t.Helper()
	whole, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	e.model.Tokenizer, e.model.Manifest.Tokenizer = whole.Tokenizer, whole.Manifest.Tokenizer
}

// Overloaded is an Admit that refuses every request.
func Overloaded(r *http.Request) (*http.Request, func(), error) {
	return r, nil, &wire.Error{Code: wire.Overloaded,
		Detail: "64 requests are being scored; try again in a moment."}
}

// Recorded reads a recorded request of a real client (build/compat/record.py) from testdata.
func Recorded(t testing.TB, name string) *http.Request {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name+".http"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	r, err := http.ReadRequest(bufio.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Do returns a handler's response.
func Do(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Show formats labels with three digits of their scores.
func Show(labels []compat.Label) string {
	parts := make([]string, len(labels))
	for i, l := range labels {
		parts[i] = fmt.Sprintf("{%s %.3f}", l.Label, l.Score)
	}
	return "[" + strings.Join(parts, " ") + "]"
}

// ShowAll formats lists of labels.
func ShowAll(lists [][]compat.Label) string {
	parts := make([]string, len(lists))
	for i, labels := range lists {
		parts[i] = Show(labels)
	}
	return "[" + strings.Join(parts, " ") + "]"
}

// Model returns modeltest.Plain, with stars and topics if e has them.
func (e *Engine) Model() *model.Model {
	m := *e.model
	if e.Stars {
		m.Stars = &reviews.StarRule{Temperature: 1}
	}
	if e.Topics {
		m.Aspects = &model.Aspects{}
	}
	return &m
}

// Windows cuts texts as the real engine does.
func (e *Engine) Windows(dst [][]int32, text []byte) ([][]int32, bool, error) {
	return e.model.Cut(dst, text)
}

const good, bad = 2204, 2919 // in the vocabulary

// Aspects returns a span for each word good or bad.
func (e *Engine) Aspects(ctx context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	found := make([][]aspects.Span, len(texts))
	for i, windows := range texts {
		for w, window := range windows {
			for at, id := range window {
				if id == good || id == bad {
					span := aspects.Span{Window: w, First: at, Tokens: 1, Probability: 0.8}
					if id == bad {
						span.Polarity = aspects.Negative
					}
					found[i] = append(found[i], span)
				}
			}
		}
	}
	return found, ctx.Err()
}

// Score counts the words good and bad.
func (e *Engine) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	if e.Err != nil {
		return nil, e.Err
	}
	e.Texts += len(texts)
	scores := make([]reviews.Score, len(texts))
	for i, windows := range texts {
		if len(windows) == 0 || e.NoScore {
			continue
		}
		margin := 0.0
		for _, w := range windows {
			for _, id := range w {
				switch id {
				case good:
					margin += 3
				case bad:
					margin -= 3
				}
			}
		}
		p := 1 / (1 + math.Exp(-margin))
		scores[i] = reviews.Score{Positive: p, Sentiment: e.model.Rule.Name(p)}
		if e.Stars {
			half := float32(p) / 2
			if !e.NoShares {
				scores[i].Shares = [5]float32{1 - 2*half, 0, 0, half, half}
			}
			scores[i].Stars = 1 + 3.5*p
		}
	}
	return scores, ctx.Err()
}
