package api

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"reviewlens/api/history/memory"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/tokenizer/batch"
)

// The same request with its key gets the same response, and the model does not run again.
func TestIdempotency(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	runs := 0
	e := &hookedAll{Engine: engineOf(t, plain), before: func() { runs++ }}
	h := New(Options{Models: scoring.SingleModel(e), Log: slog.New(slog.DiscardHandler)})
	ask := func(path, key, contentType, body string) *httptest.ResponseRecorder {
		return with(h, "POST", path, body, "Idempotency-Key", key, "Content-Type", contentType)
	}
	for _, tt := range []struct{ path, contentType, body, other string }{
		{"/v1/score", wire.TypeJSON, `{"texts": ["good", ""]}`, `{"texts": ["good"]}`},
		{"/v1/report", wire.TypeJSON, `{"texts": ["good", ""]}`, `{"texts": ["good"]}`},
		{"/v1/score", wire.TypeCSV, "review\ngood lid\n", "review\nbad lid\n"},
	} {
		key := "key of " + tt.path + tt.contentType
		first := ask(tt.path, key, tt.contentType, tt.body)
		before := runs
		again := ask(tt.path, key, tt.contentType, tt.body)
		if again.Code != 200 || again.Body.String() != first.Body.String() ||
			again.Header().Get("Content-Type") != first.Header().Get("Content-Type") ||
			again.Header().Get("Reviewlens-Rows") != first.Header().Get("Reviewlens-Rows") ||
			runs != before || again.Header().Get("Idempotency-Replayed") != "true" {
			t.Errorf("%s: %d %v %s, and then %d %v %s; the model ran %d times more", tt.path,
				first.Code, first.Header(), first.Body, again.Code, again.Header(), again.Body, runs-before)
		}
		for _, w := range []*httptest.ResponseRecorder{ask(tt.path, key, tt.contentType, tt.other),
			ask(tt.path+"?title=-", key, tt.contentType, tt.body)} {
			if e, _ := wire.DecodeProblem(w.Body.Bytes()); w.Code != 422 || e == nil ||
				e.Code != wire.KeyReused {
				t.Errorf("%s: another request with the key answers %d %s", tt.path, w.Code, w.Body)
			}
		}
	}
	// A failed request may be sent again.
	if w := ask("/v1/score", "x", wire.TypeJSON, `{"texts"`); w.Code != 400 {
		t.Errorf("half a body answers %d", w.Code)
	}
	if w := ask("/v1/score", "x", wire.TypeJSON, `{"texts": ["good"]}`); w.Code != 200 {
		t.Errorf("the whole body with the same key answers %d %s", w.Code, w.Body)
	}
}

type hookedAll struct {
	scoring.Engine
	before func()
}

func (e *hookedAll) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	e.before()
	return e.Engine.Score(ctx, texts)
}

func TestIdempotencyWhileAnswering(t *testing.T) {
	started, hold := make(chan struct{}), make(chan struct{})
	h, _, _ := newHandler(t, func(context.Context) ([]reviews.Score, error) {
		close(started)
		<-hold
		return make([]reviews.Score, 1), nil
	})
	ask := func() *httptest.ResponseRecorder {
		return with(h, "POST", "/v1/score", `{"texts": ["a"]}`, "Idempotency-Key", "k",
			"Content-Type", wire.TypeJSON)
	}
	first := make(chan int)
	go func() { first <- ask().Code }()
	<-started
	w := ask()
	if e, _ := wire.DecodeProblem(w.Body.Bytes()); w.Code != 409 || e == nil ||
		e.Code != wire.KeyInUse {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	close(hold)
	if code := <-first; code != 200 {
		t.Errorf("the first answers %d", code)
	}
	if w := ask(); w.Code != 200 || w.Header().Get("Idempotency-Replayed") == "" {
		t.Errorf("then it answers %d", w.Code)
	}
}

// A response that is too large to keep is computed again and is the same; trailers are sent over a
// connection in both cases.
func TestIdempotencyOfFiles(t *testing.T) {
	h, _, _ := newHandler(t, nil)
	server := httptest.NewServer(h)
	defer server.Close()
	for _, rows := range []int{10, 25_000} { // 5 MB
		body := "review\n" + manyRows(rows)
		ask := func(key, body string) (string, *http.Response) {
			r, _ := http.NewRequest("POST", server.URL+"/v1/score", strings.NewReader(body))
			r.Header.Set("Idempotency-Key", key)
			r.Header.Set("Content-Type", wire.TypeCSV)
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			b, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			return string(b), response
		}
		key := fmt.Sprint(rows)
		first, _ := ask(key, body)
		again, response := ask(key, body)
		if first != again || response.Header.Get("Idempotency-Replayed") == "" ||
			response.Trailer.Get("Reviewlens-Rows") != key {
			t.Errorf("%d rows: %d and %d bytes, %v, trailer %v", rows, len(first), len(again),
				response.Header, response.Trailer)
		}
		if _, response := ask(key, body+"one more\n"); response.StatusCode != 422 {
			t.Errorf("%d rows: another file answers %s", rows, response.Status)
		}
	}
}

// countingModels records which models are requested.
type countingModels struct {
	scoring.Models
	ids []string
}

func (m *countingModels) Acquire(ctx context.Context, id string) (scoring.Engine, func(), error) {
	m.ids = append(m.ids, id)
	return m.Models.Acquire(ctx, id)
}

// A response that is computed again uses the model of the first, whatever model is current.
func TestReplayKeepsTheModel(t *testing.T) {
	plain, m, _ := newHandler(t, nil)
	id := m.Manifest.ID
	models := &countingModels{Models: scoring.SingleModel(engineOf(t, plain))}
	h := New(Options{Models: models, Log: slog.New(slog.DiscardHandler)})
	frame, err := batch.AppendRequest(nil, batch.Request{Model: id,
		Texts: [][][]int32{{{101, 2204, 102}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ path, contentType, body string }{
		{"/v1/score", wire.TypeJSON, `{"texts": ["good"]}`},
		{"/v1/score?model=" + id, wire.TypeJSON, `{"texts": ["good"]}`},
		{"/v1/report", wire.TypeJSON, `{"texts": ["good"]}`},
		{"/v1/score", wire.TypeCSV, "review\ngood\n"},
		{"/v1/score", wire.TypeFrame, string(frame)},
	} {
		ask := func() *httptest.ResponseRecorder {
			return with(h, "POST", tt.path, tt.body, "Idempotency-Key", tt.path+tt.contentType,
				"Content-Type", tt.contentType)
		}
		if w := ask(); w.Code != 200 {
			t.Fatalf("%s is answered %d %s", tt.path, w.Code, w.Body)
		}
		for _, kept := range h.replays.kept {
			kept.whole, kept.body = false, nil // as if it were too large
		}
		models.ids = nil
		w := ask()
		if w.Code != 200 || w.Header().Get("Idempotency-Replayed") != "true" ||
			len(models.ids) != 1 || models.ids[0] != id {
			t.Errorf("%s, %s: again it is answered %d %s by model %q, want %s", tt.path,
				tt.contentType, w.Code, w.Body, models.ids, id)
		}
	}
}

// Kept responses are bounded.
func TestReplaysAreBounded(t *testing.T) {
	var s replays
	keep := func(owner, key string, size int) {
		if now, first := s.begin(replayKey{owner, "/v1/score", key}); first == nil {
			rec := &replayRecorder{ResponseWriter: httptest.NewRecorder()}
			rec.Write(make([]byte, size))
			s.store(now, rec, [32]byte{})
		}
	}
	keep("modest", "mine", 10)
	for i := range 100 {
		keep("large", fmt.Sprint(i), 2<<20)
	}
	if s.bytes > replayBytes {
		t.Errorf("%d bytes are kept", s.bytes)
	}
	for i := range replayKeys + 100 {
		keep("many", fmt.Sprint(i), 10)
	}
	if _, first := s.begin(replayKey{"modest", "/v1/score", "mine"}); first == nil || !first.done {
		t.Error("the one answer of an owner was displaced by the many of others")
	}
	if len(s.kept) > replayKeys+1 || s.order.Len() != len(s.kept) {
		t.Errorf("%d keys are kept, %d in order", len(s.kept), s.order.Len())
	}
	for _, r := range s.kept {
		r.made = time.Now().Add(-replayTime - time.Second)
	}
	keep("modest", "now", 10)
	if len(s.kept) != 1 || len(s.owners) != 1 || s.bytes != s.owners["modest"].bytes {
		t.Errorf("%d keys of %d owners are kept after their time", len(s.kept), len(s.owners))
	}
}

// Owners, paths and keys whose concatenations are equal are different, and a token's subject is
// never taken for an API key or for the local owner.
func TestOwnersDoNotMeet(t *testing.T) {
	var s replays
	one, _ := s.begin(replayKey{"a", "x", "/v1/score y"})
	s.store(one, &replayRecorder{ResponseWriter: httptest.NewRecorder()}, [32]byte{})
	if _, first := s.begin(replayKey{"a x", "/v1/score", "y"}); first != nil {
		t.Error("another owner's answer is given")
	}
	key := strings.Repeat("k", minKey)
	keys, err := ParseKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	hash, _ := keys.Owner(key)
	owners := map[string]string{hash: "the key", scoring.Local: "nobody's"}
	for _, subject := range []string{hash, scoring.Local, "sub:" +
		hash, "sub:local", "sub:", "alice", "248289761001", strings.ToUpper(hash)} {
		a := authenticator{keys: keys,
			subject: func(context.Context, string) (string, error) { return subject, nil }}
		owner, err := a.owner(t.Context(), "a token")
		if other, ok := owners[owner]; ok || err != nil {
			t.Errorf("the subject %q is the owner %q, as %s; %v", subject, owner, other, err)
		}
		owners[owner] = subject
	}
	if owners["alice"] != "alice" {
		t.Error("an ordinary subject is no longer the owner of what it kept")
	}
}

// A client that sends a key relies on it: one that cannot be used is refused.
func TestIdempotencyKeyIsOneKey(t *testing.T) {
	h, _, _ := newHandler(t, nil)
	for _, keys := range [][]string{{""}, {"a", "b"}, {"a", "a"}} {
		r := httptest.NewRequest("POST", "/v1/score", strings.NewReader(`{"texts": ["a"]}`))
		r.Header.Set("Content-Type", wire.TypeJSON)
		r.Header["Idempotency-Key"] = keys
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 400 || !strings.Contains(w.Body.String(), "Idempotency-Key") {
			t.Errorf("%q answers %d %s", keys, w.Code, w.Body)
		}
	}
}

// Of two headers, a proxy may have read the other one.
func TestRepeatedHeaderIsRefused(t *testing.T) {
	h, _, _ := newHandler(t, nil)
	for _, name := range []string{"Content-Type", "Authorization", "X-Api-Key"} {
		r := httptest.NewRequest("POST", "/v1/score", strings.NewReader("review\ngood\n"))
		r.Header.Set("Content-Type", wire.TypeCSV)
		r.Header[name] = []string{wire.TypeCSV, wire.TypeJSON}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 400 || !strings.Contains(w.Body.String(), name+" is there 2 times") {
			t.Errorf("%s answers %d %s", name, w.Code, w.Body)
		}
	}
}

// A part of a file or of a run is not taken for the whole.
func TestContentRangeIsRefused(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	h := New(Options{Models: scoring.SingleModel(engineOf(t, plain)), History: memory.New()})
	for path, body := range map[string]string{"/v1/score": "review\ngood\n",
		"/v1/report": "review\ngood\n", "/v1/runs/a": oneRun} {
		method, contentType := "POST", wire.TypeCSV
		if body == oneRun {
			method, contentType = "PUT", wire.TypeJSON
		}
		w := with(h, method, path, body, "Content-Type", contentType, "Content-Range",
			"bytes 0-9/100")
		if w.Code != 400 || !strings.Contains(w.Body.String(), "Content-Range") {
			t.Errorf("%s answers %d %s", path, w.Code, w.Body)
		}
	}
}
