package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/tokenizer/batch"
)

// starredEngine predicts 3.14 stars for every text.
type starredEngine struct{ fakeEngine }

func (e *starredEngine) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	scores, err := e.fakeEngine.Score(ctx, texts)
	for i := range scores {
		if scores[i].Sentiment != reviews.None {
			scores[i].Stars = 3.14159
		}
	}
	return scores, err
}

// Every way to request stars returns them; other responses do not change by a byte.
func TestPredictStars(t *testing.T) {
	plain, m, _ := newHandler(t, nil)
	starred := *m
	starred.Stars = &reviews.StarRule{Temperature: 1}
	h := New(Options{Models: scoring.SingleModel(&starredEngine{fakeEngine{model: &starred}})})

	frame := func(stars bool) string {
		windows, _, err := m.Cut(nil, []byte("good lid"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := batch.AppendRequest(nil, batch.Request{Model: m.Manifest.ID, Stars: stars,
			Texts: [][][]int32{windows}})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	texts, file := `{"texts": ["good lid", ""]}`, "review\ngood lid\n"
	for _, c := range []struct{ path, contentType, body string }{
		{"/v1/score", wire.TypeJSON, texts},
		{"/v1/score?predict_stars=0", wire.TypeJSON, texts},
		{"/v1/score", wire.TypeCSV, file},
		{"/v1/score", wire.TypeFrame, frame(false)},
		{"/v1/report", wire.TypeCSV, file},
	} {
		want := do(plain, "POST", c.path, c.contentType, strings.NewReader(c.body))
		got := do(h, "POST", c.path, c.contentType, strings.NewReader(c.body))
		if want.Code != 200 || got.Code != 200 || !bytes.Equal(got.Body.Bytes(), want.Body.Bytes()) {
			t.Errorf("%s of %s: %d %q, want %q", c.path, c.contentType, got.Code, got.Body,
				want.Body)
		}
	}

	w := do(h, "POST", "/v1/score?predict_stars=1", wire.TypeJSON, strings.NewReader(texts))
	var answer wire.ScoreResponse
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if r := answer.Results[0]; r.Stars == nil || *r.Stars != 3.14 || r.Name != "neutral" {
		t.Errorf("text: %s", w.Body)
	}
	if r := answer.Results[1]; r.Stars != nil || r.Name != "" || r.Error == nil {
		t.Errorf("empty text: %s", w.Body)
	}
	w = do(h, "POST", "/v1/score?predict_stars=1", wire.TypeCSV, strings.NewReader(file))
	if w.Code != 200 || !strings.Contains(w.Body.String(), ",windows,stars,name\n") ||
		!strings.Contains(w.Body.String(), ",1,3.14,neutral\n") {
		t.Errorf("file: %d %s", w.Code, w.Body)
	}
	w = do(h, "POST", "/v1/report?predict_stars=1", wire.TypeCSV, strings.NewReader(file))
	var report wire.Report
	if err := json.Unmarshal(w.Body.Bytes(), &report); err != nil || report.Predicted == nil ||
		report.Predicted.Mean != 3.14 || report.Predicted.Neutral != 1 {
		t.Errorf("report: %d %s", w.Code, w.Body)
	}
	w = do(h, "POST", "/v1/score", wire.TypeFrame, strings.NewReader(frame(true)))
	if scores, err := batch.DecodeScores(w.Body.Bytes()); err != nil ||
		!slices.Equal(scores.Stars, []uint16{314}) {
		t.Errorf("frame: %d %q", w.Code, w.Body)
	}
}

// A host's bound on the size of a response counts the two columns.
func TestBudgetOfStars(t *testing.T) {
	_, m, _ := newHandler(t, nil)
	starred := *m
	starred.Stars = &reviews.StarRule{Temperature: 1}
	h := New(Options{Models: scoring.SingleModel(&starredEngine{fakeEngine{model: &starred}}),
		Budget: func(*http.Request) Budget { return Budget{Bytes: 3000} }})
	file := "review\n" + strings.Repeat("good lid\n", 90) // 8 bytes, and 19 or 33 more
	for query, want := range map[string]int{"": 200, "?predict_stars=1": 413} {
		w := do(h, "POST", "/v1/score"+query, wire.TypeCSV, strings.NewReader(file))
		if w.Code != want {
			t.Errorf("%q: answered %d %.200s, want %d", query, w.Code, w.Body, want)
		}
	}
}

// The error for a model without stars is one sentence.
func TestPredictNoStars(t *testing.T) {
	h, m, _ := newHandler(t, nil)
	windows, _, err := m.Cut(nil, []byte("good lid"))
	if err != nil {
		t.Fatal(err)
	}
	frame, err := batch.AppendRequest(nil, batch.Request{Model: m.Manifest.ID, Stars: true,
		Texts: [][][]int32{windows}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, contentType string
		body              io.Reader
		want              string
	}{
		{"/v1/score?predict_stars=1", wire.TypeJSON, strings.NewReader(`{"texts": ["a"]}`),
			"predicts no stars"},
		{"/v1/score?predict_stars=1", wire.TypeCSV, strings.NewReader("review\ngood lid\n"),
			"predicts no stars"},
		{"/v1/report?predict_stars=1", wire.TypeCSV, strings.NewReader("review\ngood lid\n"),
			"predicts no stars"},
		{"/v1/score", wire.TypeFrame, bytes.NewReader(frame), "predicts no stars"},
		{"/v1/score?predict_stars=1", wire.TypeFrame, bytes.NewReader(frame), "by its flags"},
		{"/v1/score?predict_stars=yes", wire.TypeJSON, strings.NewReader(`{"texts": ["a"]}`),
			"it can be 0 or 1"},
	} {
		w := do(h, "POST", c.path, c.contentType, c.body)
		if e, ok := wire.DecodeProblem(w.Body.Bytes()); w.Code != 400 || !ok ||
			e.Code != wire.BadParameter || !strings.Contains(e.Detail, c.want) {
			t.Errorf("%s of %s: %d %s", c.path, c.contentType, w.Code, w.Body)
		}
	}
}
