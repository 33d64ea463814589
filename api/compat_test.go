package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"reviewlens/api/history/memory"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// dropIns lists entry points other than /v1, each with a request that needs a key if keys are set.
var dropIns = []struct{ path, target, body, want string }{
	// 0.02 by fakeEngine
	{"/compat/comprehend/", "Comprehend_20171127.DetectSentiment",
		`{"Text": "good kettle", "LanguageCode": "en"}`, `"Sentiment":"NEGATIVE"`},
	{"/compat/comprehend", "Comprehend_20171127.BatchDetectSentiment",
		`{"TextList": ["good kettle"], "LanguageCode": "en"}`, `"ErrorList":[]`},
	{"/compat/hf", "", `{"inputs": "good kettle"}`, `[[{"label":"NEGATIVE","score":0.9779`},
	{"/compat/hf/", "", `{"inputs": ["good kettle"]}`, `[[{"label":"NEGATIVE","score":0.9779`},
	{"/compat/tei/predict", "", `{"inputs": "good kettle"}`, `[{"label":"NEGATIVE","score":0.9779`},
}

func post(h *Handler, path, target, body, key string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if target != "" {
		r.Header.Set("X-Amz-Target", target)
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Drop-ins require keys, take places, have limits, and are counted and logged like the rest of the
// service.
func TestDropIns(t *testing.T) {
	h, m, logged := newHandler(t, nil)
	key := strings.Repeat("k", minKey)
	keys, err := ParseKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	locked := New(Options{Models: scoring.SingleModel(&fakeEngine{m, nil}), Keys: keys})
	full := New(Options{Models: scoring.SingleModel(&fakeEngine{m, nil})})
	for range maxRequests {
		r, _, err := full.admit(httptest.NewRequest("POST", "/", nil))
		if err == nil {
			err = start(r, 1, false)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range dropIns {
		if w := post(h, d.path, d.target, d.body, ""); w.Code != 200 ||
			!strings.Contains(w.Body.String(), d.want) {
			t.Errorf("%s: %d %s, want %s", d.path, w.Code, w.Body, d.want)
		}
		if w := post(locked, d.path, d.target, d.body, ""); w.Code != 401 &&
			!strings.Contains(w.Body.String(), "MissingAuthenticationToken") {
			t.Errorf("%s without a key: %d %s", d.path, w.Code, w.Body)
		}
		// AWS's clients sign: see the package
		if w := post(locked, d.path, d.target, d.body, key); d.target == "" && w.Code != 200 {
			t.Errorf("%s with a key: %d %s", d.path, w.Code, w.Body)
		}
		if w := post(full, d.path, d.target, d.body, ""); w.Code != 429 ||
			w.Header().Get("Retry-After") == "" {
			t.Errorf("%s where all places are taken: %d %s", d.path, w.Code, w.Body)
		}
		if w := post(h, d.path, d.target, strings.Repeat(" ", Limits.Bytes+1), ""); w.Code != 413 {
			t.Errorf("%s with a large body: %d %s", d.path, w.Code, w.Body)
		}
	}
	if strings.Contains(logged.String(), "kettle") ||
		!strings.Contains(logged.String(), `"path":"/compat/tei/predict","status":200`) {
		t.Errorf("the log is %s", logged)
	}
	metrics := do(h, "GET", "/metrics", "", nil).Body.String()
	for _, want := range []string{`route="/compat/hf",status="200"`,
		`route="/compat/tei/predict",status="200"`, `route="/compat/comprehend/{$}",status="413"`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	r := httptest.NewRequest("POST", "/compat/hf", strings.NewReader(`{"inputs": "good"}`))
	r.Header.Set("X-Api-Key", key)
	w := httptest.NewRecorder()
	if locked.ServeHTTP(w, r); w.Code != 200 {
		t.Errorf("with X-Api-Key: %d %s", w.Code, w.Body)
	}
	if w := post(locked, "/compat/hf", "", "{}", ""); w.Header().Get("WWW-Authenticate") == "" {
		t.Errorf("without a key: %v", w.Header())
	}
	if w := post(h, "/compat/openai", "", "{}", ""); w.Code != 404 ||
		!strings.Contains(w.Body.String(), "/problems/not-found") {
		t.Errorf("another protocol: %d %s", w.Code, w.Body)
	}
}

// Requests refused before they reach a drop-in get errors in the format of its clients.
func TestDropInsRefuseInTheirForm(t *testing.T) {
	_, m, _ := newHandler(t, nil)
	models := scoring.SingleModel(&fakeEngine{m, nil})
	h := New(Options{Models: models, Hosts: Hosts{"localhost"}})
	container := New(Options{Models: models, SageMaker: true})
	for _, tt := range []struct {
		h          *Handler
		path, want string
	}{
		{h, "/compat/comprehend/", `"Message":"`}, {h, "/compat/comprehend", `"__type":"`},
		{h, "/compat/hf", `{"error":"`}, {h, "/compat/hf/stars/", `{"error":"`},
		{h, "/compat/tei/predict", `"error_type":"`}, {h, "/compat/other", `"type":"/problems/`},
		{h, "/compat/hfs", `"type":"/problems/`}, {h, "/v1/score", `"type":"/problems/`},
		{container, "/invocations", `{"error":"`},
	} {
		for name, change := range map[string]func(r *http.Request){
			"another host": func(r *http.Request) { r.Host = "reviews.example" },
			"another page": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
			"packed":       func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") },
		} {
			r := httptest.NewRequest("POST", tt.path, strings.NewReader("{}"))
			r.Host = "localhost"
			change(r)
			if tt.h == container && name == "another host" {
				continue // every request reaches it
			}
			w := httptest.NewRecorder()
			tt.h.ServeHTTP(w, r)
			if w.Code < 400 || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("%s, %s: %d %s, want %s", tt.path, name, w.Code, w.Body, tt.want)
			}
		}
	}
}

// A key's rate covers all its requests, whatever the entry point: texts scored by one count for the
// others.
func TestRateOfDropIns(t *testing.T) {
	_, m, _ := newHandler(t, nil)
	key := strings.Repeat("k", minKey)
	keys, err := ParseKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	many := `{"inputs": ["` + strings.Repeat(`good", "`, 500) + `good"]}`
	for _, d := range dropIns {
		for _, way := range []struct {
			first, then string
			sageMaker   bool
		}{{"/compat/hf", d.path, false}, {"/invocations", "/invocations", true}} {
			h := New(Options{Models: scoring.SingleModel(&fakeEngine{m, nil}), Rate: 1,
				SageMaker: way.sageMaker})
			if w := post(h, way.first, "", many, ""); w.Code != 200 {
				t.Fatalf("the first: %d %s", w.Code, w.Body)
			}
			if w := post(h, way.then, d.target, d.body, ""); w.Code != 429 ||
				w.Header().Get("Retry-After") == "" ||
				!strings.Contains(w.Body.String(), "texts a second") {
				t.Errorf("%s of one in debt: %d %s, %v", way.then, w.Code, w.Body, w.Header())
			}
		}
		if d.target != "" { // AWS's clients sign: see the package
			continue
		}
		h := New(Options{Models: scoring.SingleModel(&fakeEngine{m, nil}), Rate: 1,
			Keys: append(keys, Keys{{1}}...)})
		if w := post(h, d.path, "", d.body, key); w.Code != 200 {
			t.Errorf("%s with a rate: %d %s", d.path, w.Code, w.Body)
		}
		if w := post(h, "/compat/hf", "", many, key); w.Code != 200 {
			t.Errorf("%s: %d", d.path, w.Code)
		}
		if w := post(h, d.path, "", d.body, key); w.Code != 429 {
			t.Errorf("%s of a key in debt: %d %s", d.path, w.Code, w.Body)
		}
	}
}

// SageMaker's routes are at the root, and only in its container, which has no others.
func TestSageMaker(t *testing.T) {
	h, m, _ := newHandler(t, nil)
	if w := post(h, "/invocations", "", `{"inputs": "good kettle"}`, ""); w.Code != 404 &&
		w.Code != 405 {
		t.Errorf("elsewhere: %d %s", w.Code, w.Body)
	}
	for _, r := range allRoutes(h) {
		h := New(Options{Models: scoring.SingleModel(&fakeEngine{m, nil}), History: memory.New(),
			SageMaker: true})
		if w := do(h, r.method, strings.ReplaceAll(r.path, "{id}", "x"), "", nil); w.Code != 404 {
			t.Errorf("%s %s of the container: %d %s", r.method, r.path, w.Code, w.Body)
		}
	}
	h = New(Options{
		Models: scoring.SingleModel(&fakeEngine{m, nil}), SageMaker: true, History: memory.New(),
		Site: fstest.MapFS{"index.html": {Data: []byte("page")}},
	})
	for _, path := range []string{"/", "/index.html", "/v1/runs", "/v1/jobs/x", "/metrics",
		"/compat/hf", "/compat/tei/info"} {
		if w := do(h, "GET", path, "", nil); w.Code != 404 {
			t.Errorf("GET %s of the container: %d %s", path, w.Code, w.Body)
		}
	}
	if w := post(h, "/invocations", "", `{"inputs": "good kettle"}`, ""); w.Code != 200 ||
		!strings.Contains(w.Body.String(), `[{"label":"NEGATIVE"`) {
		t.Errorf("invocations: %d %s", w.Code, w.Body)
	}
	if w := do(h, "GET", "/ping", "", nil); w.Code != 200 || w.Body.Len() > 0 {
		t.Errorf("ping: %d %s", w.Code, w.Body)
	}
	if w := do(h, "GET", "/invocations", "", nil); w.Code != 405 {
		t.Errorf("GET invocations: %d %s", w.Code, w.Body)
	}
	h.Drain()
	if w := do(h, "GET", "/ping", "", nil); w.Code != 503 {
		t.Errorf("ping while stopping: %d %s", w.Code, w.Body)
	}
}

// While the provider of tokens is unavailable, no token is reported as invalid.
func TestDropInsProviderDown(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	h := New(Options{Models: plain.models, Subject: func(context.Context, string) (string, error) {
		return "", &wire.Error{Code: wire.NotReady, Detail: "The provider does not answer.",
			RetryAfter: 10 * time.Second}
	}})
	for _, path := range []string{"/v1/score", "/compat/hf", "/compat/tei/predict"} {
		r := httptest.NewRequest("POST", path, strings.NewReader(`{"inputs": "good"}`))
		r.Header.Set("Authorization", "Bearer token")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 503 || w.Header().Get("Retry-After") != "10" ||
			!strings.Contains(w.Body.String(), "does not answer") {
			t.Errorf("%s: %d %v %s", path, w.Code, w.Header(), w.Body)
		}
	}
}
