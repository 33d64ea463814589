package api

import (
	"bytes"
	"compress/gzip"
	"net/http/httptest"
	"strings"
	"testing"

	"reviewlens/api/history/memory"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// Bytes that are compressed or in another character set are never scored as text.
func TestEncodings(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	o := Options{Models: scoring.SingleModel(engineOf(t, plain)), History: memory.New()}
	h := New(o)
	o.SageMaker = true
	container := New(o)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte("good kettle\n"))
	z.Close()
	for _, test := range []struct {
		coding, contentType string
		read                bool
	}{
		{"", "text/plain", true},
		{"identity", "text/plain; charset=utf-8", true},
		{"Identity", "text/csv; charset=\"UTF-8\"", true},
		{"", "text/plain; charset=us-ascii", true},
		{"gzip", "text/plain", false},
		{"identity, gzip", "text/csv", false},
		{"br", "application/json", false},
		{"aws-chunked", "application/jsonl", false},
		{"", "text/plain; charset=utf-16", false},
		{"", "text/csv; charset=iso-8859-1", false},
		{"", "application/json; charset=latin1", false},
		{"", "application/x-amz-json-1.1; charset=utf-16le", false},
	} {
		for _, to := range []struct {
			h            *Handler
			method, path string
		}{
			{h, "POST", "/v1/score"}, {h, "POST", "/v1/report"}, {h, "POST", "/v1/jobs"},
			{h, "PUT", "/v1/runs/r"}, {h, "PATCH", "/v1/runs/r"}, {h, "POST", "/compat/hf"},
			{h, "POST", "/compat/tei/predict"}, {h, "POST", "/compat/comprehend"},
			{container, "POST", "/invocations"},
		} {
			r := httptest.NewRequest(to.method, to.path, bytes.NewReader(packed.Bytes()))
			r.Header.Set("Content-Type", test.contentType)
			if test.coding != "" {
				r.Header.Set("Content-Encoding", test.coding)
			}
			w := httptest.NewRecorder()
			to.h.ServeHTTP(w, r)
			want := 415
			if to.path == "/compat/comprehend" {
				want = 400 // AWS's status for all refusals
			}
			refused := w.Header().Get("Accept-Encoding") == "identity"
			if refused == test.read || refused && w.Code != want {
				t.Errorf("%s %s of %q, %q answers %d %s", to.method, to.path, test.coding,
					test.contentType, w.Code, w.Body)
			}
		}
	}
}

// JSON and lines are read the same with and without a byte order mark, at every entry point, and
// without a content type.
func TestByteOrderMarks(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	o := Options{Models: scoring.SingleModel(engineOf(t, plain)), History: memory.New()}
	h := New(o)
	o.SageMaker = true
	container := New(o)
	for _, test := range []struct {
		h                               *Handler
		method, path, contentType, body string
	}{
		{h, "POST", "/v1/score", "application/json", `{"texts": ["good kettle"]}`},
		{h, "POST", "/v1/score", "", `{"texts": ["good kettle"]}`},
		{h, "POST", "/v1/score", "", "{\"review\": \"good\"}\n{\"review\": \"bad\"}\n"},
		{h, "POST", "/v1/score", "text/plain", "good kettle\n"},
		{h, "PUT", "/v1/runs/r", "application/json",
			`{"name": "r", "created": "2024-01-01T00:00:00Z", "model": "m", "rows": 0, "positive": 0, "negative": 0, "unsure": 0}`},
		{h, "POST", "/compat/hf", "application/json", `{"inputs": "good"}`},
		{h, "POST", "/compat/tei/predict", "application/json", `{"inputs": "good"}`},
		{container, "POST", "/invocations", "application/json", `{"inputs": "good"}`},
		{container, "POST", "/invocations", "application/jsonl", `{"inputs": "good"}`},
		{container, "POST", "/invocations", "text/csv", "good\n"},
	} {
		without := do(test.h, test.method, test.path, test.contentType,
			strings.NewReader(test.body))
		with := do(test.h, test.method, test.path, test.contentType,
			strings.NewReader("\ufeff"+test.body))
		if got := strings.TrimPrefix(with.Body.String(), "\ufeff"); without.Code >= 300 ||
			with.Code != without.Code || got != without.Body.String() {
			t.Errorf("%s %s: %d %s, but with a byte order mark %d %s", test.method, test.path,
				without.Code, without.Body, with.Code, with.Body)
		}
	}
	w := do(h, "POST", "/v1/score", wire.TypeJSON,
		strings.NewReader(`{"texts": ["good"], "texts": ["bad"]}`))
	if e, _ := wire.DecodeProblem(w.Body.Bytes()); w.Code != 400 || e == nil ||
		e.Code != wire.BadJSON || !strings.Contains(e.Detail, "second time") {
		t.Errorf("two lists of texts answer %d %s", w.Code, w.Body)
	}
}

// A member of the body that is a parameter of the route is refused: ignored, the answer would be
// another one than the client wants.
func TestScoreRefusesParametersInBody(t *testing.T) {
	h, _, _ := newHandler(t, nil)
	for _, member := range []string{`"model": "0123456789ab"`, `"topics": true`,
		`"predict_stars": 1`} {
		for _, body := range []string{`{"texts": ["good"], ` + member + `}`,
			`{` + member + `, "texts": ["good"]}`} {
			w := do(h, "POST", "/v1/score", wire.TypeJSON, strings.NewReader(body))
			if e, _ := wire.DecodeProblem(w.Body.Bytes()); w.Code != 400 || e == nil ||
				!strings.Contains(e.Detail, "/v1/score?") {
				t.Errorf("%s answers %d %s", body, w.Code, w.Body)
			}
		}
	}
	if w := do(h, "POST", "/v1/score", wire.TypeJSON,
		strings.NewReader(`{"texts": ["good"], "later": 1}`)); w.Code != 200 {
		t.Errorf("a member of a later version answers %d %s", w.Code, w.Body)
	}
}
