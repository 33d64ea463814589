package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/engines"
	"reviewlens/api/model"
	"reviewlens/api/model/store"
	"reviewlens/api/model/store/storetest"
	"reviewlens/api/scoring"
	"reviewlens/api/trace"
	"reviewlens/api/trial"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/tokenizer/batch"
)

// A request with two engine calls is accepted or refused with the first: its charge does not refuse
// the second, which is charged as well and uses the request's place.
func TestRateOfTwoCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rate = 2
		plain, _, _ := newHandler(t, nil)
		var h *Handler
		var running []int // requests that have a place, at each call
		e := &hookedAll{Engine: engineOf(t, plain),
			before: func() { running = append(running, h.admission.Usage().Running) }}
		h = New(Options{Models: scoring.SingleModel(e), Rate: rate,
			Log: slog.New(slog.DiscardHandler)})
		texts := strings.Repeat(`"good kettle", `, 24) + `"kettle that broke. kettle that works."`
		ask := func() *httptest.ResponseRecorder {
			return post(h, "/compat/comprehend/", "Comprehend_20171127.BatchDetectSentiment",
				`{"TextList": [`+texts+`], "LanguageCode": "en"}`, "")
		}
		if w := ask(); w.Code != 200 || !slices.Equal(running, []int{1, 1}) {
			t.Errorf("answered %d %s; places at each call: %v", w.Code, w.Body, running)
		}
		if w := ask(); w.Code != 429 || w.Header().Get("Retry-After") != "4" {
			// 27 of a burst of 20 texts, and one more
			t.Errorf("in debt it is answered %d %s, %v", w.Code, w.Body, w.Header())
		}
	})
}

// The parts of a text that are scored after it are work, but no further reviews: the metrics count
// the text once, and a trial compares the models on it alone.
func TestPartsAreNoTexts(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	h := New(Options{Models: scoring.SingleModel(engineOf(t, plain)),
		Log: slog.New(slog.DiscardHandler)})
	e, release, err := h.models.Acquire(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	scored := func(ctx context.Context) trace.Scores {
		ctx, of := trace.With(ctx)
		if _, err := e.Score(ctx, [][][]int32{{{101, 2204, 102}}}); err != nil {
			t.Fatal(err)
		}
		return of.Scores()
	}
	whole, part := scored(t.Context()), scored(scoring.WithParts(t.Context()))
	if part.Texts != 0 || part.Positive != 0 || part.Confidence != 0 ||
		part.Tokens != whole.Tokens || part.Windows != whole.Windows || part.Tokens == 0 {
		t.Errorf("the trace of a part is %+v, of a text %+v", part, whole)
	}

	metric := func(name string) float64 {
		sum := 0.0
		for line := range strings.Lines(do(h, "GET", "/metrics", "", nil).Body.String()) {
			if rest, ok := strings.CutPrefix(line, name); ok {
				fields := strings.Fields(rest)
				n, err := strconv.ParseFloat(fields[len(fields)-1], 64)
				if err != nil {
					t.Fatal(err)
				}
				sum += n
			}
		}
		return sum
	}
	names := []string{"reviewlens_texts_total{", "reviewlens_positive_count",
		"reviewlens_windows_total"}
	var before []float64
	for _, name := range names {
		before = append(before, metric(name))
	}
	sentences := "Kettle that broke. Kettle that works. Cable that broke. Cable that works."
	w := post(h, "/compat/comprehend/", "Comprehend_20171127.DetectSentiment",
		`{"Text": "`+sentences+`", "LanguageCode": "en"}`, "")
	if w.Code != 200 {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	for i, want := range []float64{1, 1, 5} {
		if got := metric(names[i]) - before[i]; got != want {
			t.Errorf("%s moves by %v, want %v", names[i], got, want)
		}
	}
}

// A job waits for the rate; requests of its owner do not wait for the job.
func TestRateOfJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain, _, _ := newHandler(t, nil)
		h := New(Options{Models: scoring.SingleModel(engineOf(t, plain)), Rate: 1,
			Log: slog.New(slog.DiscardHandler)})
		e, release, err := h.Models().Acquire(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		started := time.Now()
		job := make(chan time.Duration)
		go func() {
			texts := slices.Repeat([][][]int32{{{101, 2204, 102}}}, 60)
			if _, err := e.Score(t.Context(), texts); err != nil {
				t.Error(err)
			}
			job <- time.Since(started)
		}()
		synctest.Wait()
		body := strings.NewReader(`{"texts": ["good"]}`)
		if w := do(h, "POST", "/v1/score", wire.TypeJSON, body); w.Code != 200 {
			t.Errorf("beside a job a text is answered %d %s", w.Code, w.Body)
		}
		if took := <-job; took != 50*time.Second {
			t.Errorf("a job of 60 texts, 10 of them in advance, took %v at 1 a second", took)
		}
	})
}

// Failed work is not charged, so a client that retries as advised is not refused.
func TestRateOfFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := true
		_, m, _ := newHandler(t, nil)
		e := &fakeEngine{m, func(context.Context) ([]reviews.Score, error) {
			if busy {
				return nil, &wire.Error{Code: wire.Overloaded, Detail: "The endpoint is busy."}
			}
			return slices.Repeat([]reviews.Score{{Positive: 0.9, Sentiment: reviews.Positive}},
				15), nil
		}}
		h := New(Options{Models: scoring.SingleModel(e), Rate: 1,
			Log: slog.New(slog.DiscardHandler)})
		ask := func() *httptest.ResponseRecorder {
			return do(h, "POST", "/v1/score", wire.TypeJSON, strings.NewReader(
				`{"texts": ["good"`+strings.Repeat(`, "good"`, 14)+`]}`))
		}
		for range 3 {
			if w := ask(); !strings.Contains(w.Body.String(), "is busy") {
				t.Errorf("a busy endpoint: %d %s", w.Code, w.Body)
			}
		}
		busy = false
		if w := ask(); w.Code != 200 {
			t.Errorf("the same then: %d %s", w.Code, w.Body)
		}
		if w := ask(); w.Code != 429 || w.Header().Get("Retry-After") != "6" {
			t.Errorf("in debt: %d %s, %v", w.Code, w.Body, w.Header())
		}
	})
}

// Both models score corrections, in one request.
func TestRateOfCorrections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var place storetest.Memory
		models := store.New(&place, nil)
		a, b := storetest.Publish(t, models, "a"), storetest.Publish(t, models, "b")
		storetest.Activate(t, models, a)
		storetest.Try(t, models, b, 0, 0.2)
		quiet := slog.New(slog.DiscardHandler)
		set := engines.Start(engines.Options{Store: models, Log: quiet,
			Open: func(_ context.Context, m *model.Model) (engines.Engine, error) {
				return closing{&fakeEngine{model: m}}, nil
			}})
		defer set.Close()
		set.Ready(t.Context())
		synctest.Wait()
		runner := trial.Start(trial.Options{Host: set, Log: quiet})
		defer runner.Close()
		h := New(Options{Models: runner, Log: quiet, Rate: 1})
		request := batch.Request{Model: a}
		for i := range 12 { // the burst is 10
			window := append([]int32{2}, slices.Repeat([]int32{4}, i+1)...)
			request.Texts = append(request.Texts, [][]int32{append(window, 3)})
		}
		ask := func() *httptest.ResponseRecorder {
			return do(h, "POST", "/v1/corrections?is=negative"+strings.Repeat(",negative", 11),
				wire.TypeFrame, strings.NewReader(string(frame(t, request))))
		}
		if w := ask(); w.Code != 200 || strings.TrimSpace(w.Body.String()) !=
			fmt.Sprintf(`{"counted":%d}`, len(request.Texts)) {
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
		if w := ask(); w.Code != 429 || w.Header().Get("Retry-After") != "15" {
			t.Errorf("in debt it is answered %d %s, %v", w.Code, w.Body, w.Header())
		}
	})
}
