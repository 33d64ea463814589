package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"reviewlens/api/jobs"
	"reviewlens/api/model"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/tokenizer/batch"
)

// tagging is an engine that finds the second token of each text, as negative.
type tagging struct {
	fakeEngine
	err error
}

func (e *tagging) Aspects(_ context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	found := make([][]aspects.Span, len(texts))
	for i, windows := range texts {
		if len(windows) > 0 && len(windows[0]) > 3 {
			found[i] = []aspects.Span{{First: 2, Tokens: 1, Polarity: aspects.Negative,
				Probability: 0.8}}
		}
	}
	return found, e.err
}

// Every way to request topics returns them; other responses do not change by a byte.
func TestTopics(t *testing.T) {
	plain, m, _ := newHandler(t, nil)
	with := *m
	with.Aspects = &model.Aspects{File: []byte("graph")}
	h := New(Options{Models: scoring.SingleModel(&tagging{fakeEngine: fakeEngine{model: &with}})})
	frame := func(spans bool) string {
		windows, _, err := m.Cut(nil, []byte("good lid"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := batch.AppendRequest(nil, batch.Request{Model: m.Manifest.ID, Spans: spans,
			Texts: [][][]int32{windows}})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	texts, file := `{"texts": ["good <b>lid</b>", ""]}`, "review\ngood lid\n"
	for _, c := range []struct{ path, contentType, body string }{
		{"/v1/score", wire.TypeJSON, texts},
		{"/v1/score?topics=0", wire.TypeJSON, texts},
		{"/v1/score", wire.TypeCSV, file},
		{"/v1/score", wire.TypeFrame, frame(false)},
		{"/v1/report", wire.TypeCSV, file},
	} {
		want := do(plain, "POST", c.path, c.contentType, strings.NewReader(c.body))
		got := do(h, "POST", c.path, c.contentType, strings.NewReader(c.body))
		if want.Code != 200 || got.Code != 200 || got.Body.String() != want.Body.String() {
			t.Errorf("%s of %s: %d %q, want %q", c.path, c.contentType, got.Code, got.Body,
				want.Body)
		}
	}

	w := do(h, "POST", "/v1/score?topics=1", wire.TypeJSON, strings.NewReader(texts))
	var answer wire.ScoreResponse
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	want := []wire.Mention{{Text: "lid", Start: 8, End: 11, Aspect: "lid", Polarity: "negative",
		Probability: 0.8}}
	if got := answer.Results[0].Mentions; !reflect.DeepEqual(got, want) {
		t.Errorf("mentions: %+v, want %+v", got, want)
	}
	if strings.Count(w.Body.String(), `"mentions"`) != 1 || answer.Results[1].Error == nil {
		t.Errorf("an empty text: %s", w.Body)
	}
	w = do(h, "POST", "/v1/score?topics=1", wire.TypeJSON, strings.NewReader(`{"texts": ["good"]}`))
	if !strings.Contains(w.Body.String(), `"mentions":[]`) {
		t.Errorf("a text that speaks of nothing: %s", w.Body)
	}
	w = do(h, "POST", "/v1/score?topics=1&predict_stars=0", wire.TypeCSV, strings.NewReader(file))
	if w.Code != 200 || !strings.Contains(w.Body.String(), ",windows,topics\n") ||
		!strings.Contains(w.Body.String(), ",1,lid:negative\n") {
		t.Errorf("file: %d %s", w.Code, w.Body)
	}
	w = do(h, "POST", "/v1/score", wire.TypeFrame, strings.NewReader(frame(true)))
	if scores, err := batch.DecodeScores(w.Body.Bytes()); err != nil || !reflect.DeepEqual(
		scores.Spans, [][]batch.Span{{{First: 2, Tokens: 1, Polarity: 1, Probability: 204}}}) {
		t.Errorf("frame: %d %q", w.Code, w.Body)
	}
	many := "review,date\n"
	for i := range 12 {
		many += "good lid " + strings.Repeat("x", i) + ",2024-01-02\n"
	}
	w = do(h, "POST", "/v1/report?topics=1", wire.TypeCSV, strings.NewReader(many))
	var report wire.Report
	if err := json.Unmarshal(w.Body.Bytes(), &report); err != nil || report.Topics == nil ||
		len(report.Topics.List) != 1 || report.Topics.List[0].Negative != 12 {
		t.Errorf("report: %d %s", w.Code, w.Body)
	}
	w = do(h, "POST", "/v1/report?topics=1", wire.TypeJSON, strings.NewReader(texts))
	if err := json.Unmarshal(w.Body.Bytes(), &report); err != nil || report.Topics == nil ||
		len(report.Topics.List) != 0 {
		t.Errorf("report of texts: %d %s", w.Code, w.Body)
	}

	w = do(h, "GET", "/v1/models/"+m.Manifest.ID+"/aspects", "", nil)
	if w.Code != 200 || w.Body.String() != "graph" || w.Header().Get("ETag") == "" {
		t.Errorf("the aspect model: %d %q", w.Code, w.Body)
	}
	if w = do(plain, "GET", "/v1/models/"+m.Manifest.ID+"/aspects", "", nil); w.Code != 404 {
		t.Errorf("no aspect model: %d %s", w.Code, w.Body)
	}
}

// Jobs support topics, too; without an aspect model a job is refused.
func TestTopicsOfJobs(t *testing.T) {
	_, m, _ := newHandler(t, nil)
	with := *m
	with.Aspects = &model.Aspects{}
	without := *m
	without.Aspects = nil
	post := func(m *model.Model) (*Handler, *httptest.ResponseRecorder) {
		quiet := slog.New(slog.DiscardHandler)
		kept, err := jobs.OpenLocal(t.TempDir(), jobs.Defaults, quiet)
		if err != nil {
			t.Fatal(err)
		}
		h := New(Options{Models: scoring.SingleModel(&tagging{fakeEngine: fakeEngine{model: m}}),
			Log: quiet, Jobs: kept, File: 1 << 20})
		kept.Start(h.Models())
		t.Cleanup(func() { kept.Close() })
		return h, do(h, "POST", "/v1/jobs?topics=1", wire.TypeCSV,
			strings.NewReader("review\ngood lid\n"))
	}
	if _, w := post(&without); w.Code != 400 || !strings.Contains(w.Body.String(), "no topics") {
		t.Errorf("a model without: %d %s", w.Code, w.Body)
	}
	h, w := post(&with)
	var job wire.Job
	if err := json.Unmarshal(w.Body.Bytes(), &job); err != nil || w.Code != 202 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for job.State != wire.Finished {
		w := do(h, "GET", "/v1/jobs/"+job.ID, "", nil)
		if err := json.Unmarshal(w.Body.Bytes(), &job); err != nil || job.State == wire.Failed {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		time.Sleep(5 * time.Millisecond)
	}
	want := do(h, "POST", "/v1/score?topics=1", wire.TypeCSV,
		strings.NewReader("review\ngood lid\n"))
	if w = do(h, "GET", "/v1/jobs/"+job.ID+"/result", "", nil); w.Code != 200 ||
		w.Body.String() != want.Body.String() ||
		!strings.Contains(w.Body.String(), "lid:negative") {
		t.Errorf("result: %d %s, want %s", w.Code, w.Body, want.Body)
	}
	if w = do(h, "GET", "/v1/jobs/"+job.ID+"/report", "", nil); !strings.Contains(
		w.Body.String(), `"topics":{"reviews":1,`) {
		t.Errorf("report: %d %s", w.Code, w.Body)
	}
}

// The error for a model without topics is one sentence, returned before anything is scored.
func TestNoTopics(t *testing.T) {
	scored := errors.New("it was scored")
	m, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	m.Aspects = nil
	h := New(Options{Models: scoring.SingleModel(&fakeEngine{model: m,
		instead: func(context.Context) ([]reviews.Score, error) { return nil, scored }})})
	windows, _, err := m.Cut(nil, []byte("good lid"))
	if err != nil {
		t.Fatal(err)
	}
	frame, err := batch.AppendRequest(nil, batch.Request{Model: m.Manifest.ID, Spans: true,
		Texts: [][][]int32{windows}})
	if err != nil {
		t.Fatal(err)
	}
	texts := func() io.Reader { return strings.NewReader(`{"texts": ["a"]}`) }
	file := func() io.Reader { return strings.NewReader("review\ngood lid\n") }
	for _, c := range []struct {
		path, contentType string
		body              io.Reader
		want              string
	}{
		{"/v1/score?topics=1", wire.TypeJSON, texts(), "finds no topics"},
		{"/v1/score?topics=1", wire.TypeCSV, file(), "finds no topics"},
		{"/v1/report?topics=1", wire.TypeCSV, file(), "finds no topics"},
		{"/v1/score", wire.TypeFrame, strings.NewReader(string(frame)), "finds no topics"},
		{"/v1/score?topics=1", wire.TypeFrame, strings.NewReader(string(frame)), "by its flags"},
		{"/v1/score?topics=yes", wire.TypeJSON, texts(), "it can be 0 or 1"},
		{"/v1/report?topics=2", wire.TypeJSON, texts(), "it can be 0 or 1"},
	} {
		w := do(h, "POST", c.path, c.contentType, c.body)
		if e, ok := wire.DecodeProblem(w.Body.Bytes()); w.Code != 400 || !ok ||
			e.Code != wire.BadParameter || !strings.Contains(e.Detail, c.want) {
			t.Errorf("%s of %s: %d %s", c.path, c.contentType, w.Code, w.Body)
		}
	}
}

// A failure of the aspect model is an internal error: no detail of it reaches the client.
func TestTopicsFail(t *testing.T) {
	_, m, _ := newHandler(t, nil)
	with := *m
	with.Aspects = &model.Aspects{}
	h := New(Options{Models: scoring.SingleModel(&tagging{fakeEngine: fakeEngine{model: &with},
		err: errors.New("secret")})})
	w := do(h, "POST", "/v1/score?topics=1", wire.TypeJSON,
		strings.NewReader(`{"texts": ["good lid"]}`))
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
