package tei

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"reviewlens/api/compat"
	"reviewlens/api/compat/compattest"
	"reviewlens/api/wire"
)

func post(host *compat.Host, body string) *httptest.ResponseRecorder {
	return compattest.Do(New(host, "/compat/tei"),
		httptest.NewRequest("POST", "/compat/tei/predict", strings.NewReader(body)))
}

// The contract of /predict, as in TEI's OpenAPI document.
func TestPredict(t *testing.T) {
	host, _ := compattest.Host(t, false)
	const good, bad = "{POSITIVE 0.953} {NEGATIVE 0.047}", "{NEGATIVE 0.953} {POSITIVE 0.047}"
	for _, tt := range []struct {
		body  string
		batch bool
		want  string
	}{
		{`{"inputs": "good"}`, false, "[" + good + "]"},
		{`{"inputs": ["good"]}`, false, "[" + good + "]"},
		{`{"inputs": [["good"]]}`, true, "[[" + good + "]]"},
		{`{"inputs": [["good"], ["bad"]], "truncate": null, "truncation_direction": "Right"}`, true,
			"[[" + good + "] [" + bad + "]]"},
		{`{"inputs": "good", "raw_scores": true}`, false, "[{POSITIVE 1.500} {NEGATIVE -1.500}]"},
		// without effect
		{`{"inputs": "good", "truncation_direction": "Left"}`, false, "[" + good + "]"},
	} {
		w := post(host, tt.body)
		var one []compat.Label
		var many [][]compat.Label
		into, got := any(&one), ""
		if tt.batch {
			into = &many
		}
		err := json.Unmarshal(w.Body.Bytes(), into)
		if got = compattest.Show(one); tt.batch {
			got = compattest.ShowAll(many)
		}
		if w.Code != 200 || err != nil || got != tt.want {
			t.Errorf("%s: %d %s (%v), want %s", tt.body, w.Code, w.Body, err, tt.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	host, engine := compattest.Host(t, false)
	long := strings.Repeat("good ", 9000) // the default model scores 8,130 tokens
	check := func(what string, w *httptest.ResponseRecorder, code int, kind, want string) {
		t.Helper()
		var failed struct {
			Error string `json:"error"`
			Type  string `json:"error_type"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &failed); err != nil || w.Code != code ||
			failed.Type != kind || !strings.Contains(failed.Error, want) {
			t.Errorf("%.80s: %d %s (%v), want %d %s %q", what, w.Code, w.Body, err, code,
				kind, want)
		}
	}
	for _, tt := range []struct {
		body, kind string
		code       int
		want       string
	}{
		{``, "Validation", 422, "end of JSON"},
		{`{"inputs": `, "Validation", 422, "JSON"},
		{"{\"inputs\": \"caf\xe9\"}", "Validation", 422, "UTF-8"},
		{`{}`, "Validation", 422, "missing"},
		{`{"inputs": 5}`, "Validation", 422, "no text"},
		{`{"inputs": ["one", "another"]}`, "Validation", 422, "pair"},
		{`{"inputs": [["one"], ["one", "another"]]}`, "Validation", 422, "pair"},
		{`{"inputs": [["one"], ["a", "b", "c"]]}`, "Validation", 422, "element 2"},
		{`{"inputs": ["a", "b", "c"]}`, "Validation", 422, "element 1"},
		{`{"inputs": [["one"], "another"]}`, "Validation", 422, "element 2"},
		{`{"inputs": [["one"], []]}`, "Validation", 422, "element 2"},
		{`{"inputs": "a", "raw_scores": "yes"}`, "Validation", 422, "raw_scores"},
		{`{"inputs": "a", "truncate": true, "truncation_direction": "left"}`, "Validation", 422,
			"right only"},
		{`{"inputs": []}`, "Tokenizer", 422, "empty"},
		{`{"inputs": ""}`, "Tokenizer", 422, "empty"},
		{`{"inputs": [["a"], [" "]]}`, "Tokenizer", 422, "Text 2 is empty"},
		{`{"inputs": [["a"]` + strings.Repeat(`,["a"]`, 100) + `]}`, "Validation", 413,
			"batch size 100"},
		{`{"inputs": "` + long + `"}`, "Validation", 413, "truncate"},
	} {
		check(tt.body, post(host, tt.body), tt.code, tt.kind, tt.want)
	}
	// the limit applies to the cleaned text
	styled := strings.Repeat(`<p style='color: red'>good</p> `, 1000)
	if w := post(host, `{"inputs": "`+styled+`"}`); w.Code != 200 {
		t.Errorf("a short text with much markup: %d %s", w.Code, w.Body)
	}
	if w := post(host, `{"inputs": "`+long+`", "truncate": true}`); w.Code != 200 {
		t.Errorf("a long text with truncate: %d %s", w.Code, w.Body)
	}
	engine.Err = errors.New("the library fell over")
	check("our fault", post(host, `{"inputs": "a"}`), 424, "Backend", "our side")
	engine.Err = &wire.Error{Code: wire.NotReady, Detail: "Starting."}
	check("not ready", post(host, `{"inputs": "a"}`), 503, "Unhealthy", "Starting")
	host.Admit = compattest.Overloaded
	check("overloaded", post(host, `{"inputs": "a"}`), 429, "Overloaded", "again")
	h := New(host, "/compat/tei")
	check("another route", compattest.Do(h, httptest.NewRequest("POST", "/compat/tei/embed", nil)),
		404, "Validation", "/predict")
	check("another method",
		compattest.Do(h, httptest.NewRequest("GET", "/compat/tei/predict",
			nil)), 405, "Validation", "POST")
}

// /info has every member that TEI's document requires, and this server's limits.
func TestInfoAndHealth(t *testing.T) {
	host, _ := compattest.Host(t, false)
	get := func(path, key string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Authorization", "Bearer "+key)
		return compattest.Do(New(host, "/compat/tei"), r)
	}
	w := get("/compat/tei/info", "")
	var info map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &info); err != nil || w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for _, name := range []string{"model_id", "model_dtype", "model_type",
		"max_concurrent_requests", "max_input_length", "max_batch_tokens", "max_client_batch_size", "auto_truncate", "tokenization_workers", "version"} {
		if info[name] == nil {
			t.Errorf("info has no %s: %s", name, w.Body)
		}
	}
	if got := fmt.Sprint(info["model_type"], info["max_input_length"],
		info["max_client_batch_size"]); got !=
		"map[classifier:map[id2label:map[0:NEGATIVE 1:POSITIVE] label2id:map[NEGATIVE:0 POSITIVE:1]]] 8130 100" {
		t.Errorf("info says %s", got)
	}
	host.Owner = compattest.Owner
	for key, code := range map[string]int{"": 401, "another": 401, compattest.Key: 200} {
		if w := get("/compat/tei/info", key); w.Code != code {
			t.Errorf("info with key %q: %d", key, w.Code)
		}
	}
	if w := get("/compat/tei/health", ""); w.Code != 200 || w.Body.Len() > 0 {
		t.Errorf("health: %d %s", w.Code, w.Body)
	}
	host.Ready = func() error { return &wire.Error{Code: wire.NotReady, Detail: "Stopping."} }
	if w := get("/compat/tei/health", ""); w.Code != 503 ||
		!strings.Contains(w.Body.String(), `"Unhealthy"`) {
		t.Errorf("health while stopping: %d %s", w.Code, w.Body)
	}
}

func FuzzDecode(f *testing.F) {
	for _, body := range []string{`{"inputs": "a"}`,
		`{"inputs": [["a"], ["b"]], "raw_scores": true}`, `{"inputs": [["a", "b"], "c"]}`, `{"inputs": [[[`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		in, err := decode(body, 10)
		if err == nil && (len(in.texts) == 0 || len(in.texts) > 10 || !in.batch &&
			len(in.texts) != 1) {
			t.Fatalf("decode(%q) = %+v", body, in)
		}
	})
}

// Emoji that are read as words have more tokens than bytes.
func TestManyEmoji(t *testing.T) {
	host, e := compattest.Host(t, false)
	e.ReadEmoji(t)
	w := post(host, `{"inputs": "`+strings.Repeat("😆", 2000)+`"}`)
	if w.Code != 413 || !strings.Contains(w.Body.String(), "truncate") {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}
