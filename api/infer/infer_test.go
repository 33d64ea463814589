package infer_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"reviewlens/api/infer"
	"reviewlens/api/infer/infertest"
	"reviewlens/api/model"
	"reviewlens/api/wire"
)

// Golden scores are Python's (onnxruntime and tokenizers, made with the model, perhaps on another
// kind of CPU), so this is also a parity test of two languages. Open checks the same; here each
// text with a difference is named.
func TestGoldenTexts(t *testing.T) {
	e := infertest.Engine(t)
	for _, g := range e.Model().Manifest.Golden {
		got := score(t, e, g.Text)[0]
		if away := math.Abs(got - g.Positive); !(away <= wire.GoldenTolerance) {
			t.Errorf("%.40q scores %.6f, Python gives %.6f", g.Text, got, g.Positive)
		} else if away > 1e-3 {
			t.Logf("%.40q scores %.6f, Python gave %.6f on the machine that made the model", g.Text, got, g.Positive)
		}
	}
}

func TestAloneAndAmongFiftyOthers(t *testing.T) {
	e := infertest.Engine(t)
	texts := fifty()
	for i := range 3 {
		texts[0], texts[i*24] = texts[i*24], texts[0]
		alone, among := score(t, e, texts[0])[0], score(t, e, texts...)[0]
		if !(math.Abs(alone-among) <= 1e-5) {
			t.Errorf("%.40q scores %.7f alone, %.7f among others", texts[0], alone, among)
		}
	}
}

// A model without an aspect model shares no word embeddings: its session has a copy.
func TestSharedWordsGiveTheSameScores(t *testing.T) {
	e := infertest.Engine(t)
	alone := *e.Model()
	alone.Aspects = nil
	texts := fifty()
	want := score(t, infertest.Start(t, &alone), texts...)
	for i, got := range score(t, e, texts...) {
		if got != want[i] {
			t.Errorf("%.40q scores %v, %v with a copy", texts[i], got, want[i])
		}
	}
}

func TestConcurrentRequestsGetTheirOwnScores(t *testing.T) {
	e := infertest.Engine(t)
	texts := fifty()
	want := score(t, e, texts...)
	var calls sync.WaitGroup
	for c := range 8 {
		calls.Go(func() {
			for i := c; i < len(texts); i += 8 {
				if got := score(t, e, texts[i])[0]; got != want[i] {
					t.Errorf("%.40q scores %v among 8 requests, %v before", texts[i], got, want[i])
				}
			}
		})
	}
	calls.Wait()
}

func TestTextWithoutWindowsHasNoScore(t *testing.T) {
	e := infertest.Engine(t)
	for _, text := range []string{"", " \t\n", "\x00\u200b\u00ad"} {
		if w, cut, err := e.Windows(nil, []byte(text)); len(w) != 0 || cut || err != nil {
			t.Errorf("Windows(%q) = %v, %v, want none", text, w, cut)
		}
	}
	good, _, _ := e.Windows(nil, []byte("good"))
	scores, err := e.Score(t.Context(), [][][]int32{nil, good, nil})
	if err != nil || scores[0].Sentiment.String() != "" || scores[1].Sentiment.String() == "" || scores[2].Sentiment.String() != "" {
		t.Errorf("Score = %v, %v", scores, err)
	}
}

func TestCancelledRequest(t *testing.T) {
	e := infertest.Engine(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w, _, _ := e.Windows(nil, []byte("never run"))
	if _, err := e.Score(ctx, [][][]int32{w}); !errors.Is(err, context.Canceled) {
		t.Errorf("Score = %v, want cancelled", err)
	}
}

func TestOpenRefusesAModelThatFailsItsGoldenTexts(t *testing.T) {
	library := infertest.Library(t)
	m, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	m.Manifest.Golden[1].Positive += 0.3
	e, err := infer.Open(t.Context(), m, infer.Options{Library: library})
	if err == nil || !strings.Contains(err.Error(), "golden text \"Awful.\" scores") || e != nil {
		t.Errorf("Open = %v, %v", e, err)
	}
	m.Manifest.Golden[1].Positive -= 0.3
	for i := range 8 { // each by a little, but more than one in four
		m.Manifest.Golden[i].Positive += 0.02
	}
	if _, err := infer.Open(t.Context(), m, infer.Options{Library: library}); err == nil || !strings.Contains(err.Error(), "are off by more than 0.01") {
		t.Errorf("Open = %v", err)
	}
	m.ONNX = []byte("not a graph")
	if _, err := infer.Open(t.Context(), m, infer.Options{Library: library}); err == nil || !strings.Contains(err.Error(), "not an ONNX file") {
		t.Errorf("Open = %v", err)
	}
}

func score(t *testing.T, e *infer.Engine, texts ...string) (positive []float64) {
	t.Helper()
	windows := make([][][]int32, len(texts))
	for i, text := range texts {
		windows[i], _, _ = e.Windows(nil, []byte(text))
	}
	scores, err := e.Score(t.Context(), windows)
	if err != nil {
		t.Error(err)
		return make([]float64, len(texts))
	}
	for _, s := range scores {
		positive = append(positive, s.Positive)
	}
	return positive
}

// fifty returns 50 synthetic reviews from 3 words to several windows.
func fifty() (texts []string) {
	parts := []string{
		"The lid never closed.", "Best kettle I have owned!", "Arrived late, but it works.",
		"My daughter adores the blue one and takes it everywhere.", "Stopped charging in week two; the shop would not answer.",
	}
	for i := range 50 {
		texts = append(texts, fmt.Sprintf("Review %d. ", i)+strings.Repeat(parts[i%5]+" "+parts[i*7%5]+" ", 1+i*i%12))
	}
	return texts
}

// Open uses a preloaded library, and reports the error of one that cannot be loaded.
func TestPreload(t *testing.T) {
	library := infertest.Library(t)
	m, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(t.TempDir(), "libonnxruntime.so")
	done := infer.Preload(missing)
	if _, err := infer.Open(t.Context(), m, infer.Options{Library: missing}); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("Open = %v, want the missing library's name", err)
	}
	if err := done(); err != nil {
		t.Error(err)
	}
	done = infer.Preload(library)
	e, err := infer.Open(t.Context(), m, infer.Options{Library: library})
	if err != nil {
		t.Fatal(err)
	}
	if err := done(); err != nil {
		t.Error(err)
	}
	if p := score(t, e, "Works as it should.")[0]; p < 0.5 { // the engine keeps the library
		t.Errorf("scores %v", p)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}
