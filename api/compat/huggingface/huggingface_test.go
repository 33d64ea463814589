package huggingface

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"reviewlens/api/compat"
	"reviewlens/api/compat/compattest"
)

// Requests of InferenceClient are decoded, and the response has the shape that it reads: a list for
// each text.
func TestRecorded(t *testing.T) {
	host, _ := compattest.Host(t, true)
	for name, want := range map[string]string{
		"single": `[[{"label":"NEGATIVE","score":0.5},{"label":"POSITIVE","score":0.5}]]`,
		"top-1":  `[[{"label":"NEGATIVE","score":0}]]`,
		"list":   `[[{"label":"NEGATIVE","score":0.5},{"label":"POSITIVE","score":0.5}],[{"label":"NEGATIVE","score":0.5},{"label":"POSITIVE","score":0.5}]]`,
	} {
		w := compattest.Do(New(host), compattest.Recorded(t, name))
		if got := strings.ReplaceAll(w.Body.String(), "-0}", "0}"); w.Code != 200 || got != want {
			t.Errorf("%s: %d %s, want %s", name, w.Code, w.Body, want)
		}
		r := compattest.Recorded(t, name)
		r.Header.Set("Authorization", "Bearer hf_unknown")
		if w := compattest.Do(New(host), r); w.Code != 401 {
			t.Errorf("%s with another key: %d %s", name, w.Code, w.Body)
		}
	}
}

func ask(t *testing.T, h *Handler, body string) (int, [][]compat.Label, string) {
	t.Helper()
	w := compattest.Do(h, httptest.NewRequest("POST", "/compat/hf", strings.NewReader(body)))
	var labels [][]compat.Label
	var failed struct{ Error string }
	if err := json.Unmarshal(w.Body.Bytes(),
		map[bool]any{true: &labels, false: &failed}[w.Code == 200]); err != nil {
		t.Fatalf("answered %d %s: %v", w.Code, w.Body, err)
	}
	return w.Code, labels, failed.Error
}

func TestClassify(t *testing.T) {
	host, _ := compattest.Host(t, false)
	for _, tt := range []struct {
		body, want string
	}{
		{`{"inputs": "good"}`, "[[{POSITIVE 0.953} {NEGATIVE 0.047}]]"},
		{`{"inputs": ["bad", "good"], "parameters": {"top_k": 1, "truncation": true}, "options": {"wait_for_model": true}}`, "[[{NEGATIVE 0.953}] [{POSITIVE 0.953}]]"},
		{`{"inputs": "good", "parameters": {"function_to_apply": "none", "top_k": null}}`,
			"[[{POSITIVE 1.500} {NEGATIVE -1.500}]]"},
		{`{"inputs": "good", "parameters": {"function_to_apply": "sigmoid"}}`,
			"[[{POSITIVE 0.818} {NEGATIVE 0.182}]]"},
		{`{"inputs": "good", "parameters": null}`, "[[{POSITIVE 0.953} {NEGATIVE 0.047}]]"},
	} {
		code, labels, why := ask(t, New(host), tt.body)
		if got := compattest.ShowAll(labels); code != 200 || got != tt.want {
			t.Errorf("%s: %d %s %s, want %s", tt.body, code, got, why, tt.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	host, engine := compattest.Host(t, false)
	for _, tt := range []struct {
		body string
		code int
		want string
	}{
		{``, 400, "end of JSON"},
		{`{"inputs": "good`, 400, "not JSON"},
		{`{"inputs": "good", "Inputs": "bad"}`, 400, `"Inputs" is there twice`},
		{`{}`, 400, "a text or a list of texts"},
		{`{"inputs": []}`, 400, "empty list"},
		{`{"inputs": null}`, 400, "a text or a list"},
		{`{"inputs": {"text": "a", "text_pair": "b"}}`, 400, "a text or a list"},
		{`{"inputs": ["a", 5]}`, 400, "Text 2 is not a string"},
		{`{"inputs": ["a", ""]}`, 400, "Text 2 is empty"},
		{`{"inputs": ["a", "N/A"]}`, 400, "Text 2 is "},
		{`{"inputs": ["a"` + strings.Repeat(`,"a"`, 100) + `]}`, 413, "more than 100"},
		{`{"inputs": "a", "parameters": {"top_k": 0}}`, 400, "top_k"},
		{`{"inputs": "a", "parameters": {"top_k": "1"}}`, 400,
			`"top_k" should be a whole number in range, not a string.`},
		{`{"inputs": "a", "parameters": []}`, 400, `"parameters" should be an object, not an array.`},
		{`[]`, 400, "The body should be an object, not an array."},
		{`{"inputs": "a", "parameters": {"function_to_apply": "tanh"}}`, 400, "function_to_apply"},
		{`{"inputs": ["` + strings.Repeat("good ", 11000) + `", "` +
			strings.Repeat("good ", 11000) + `"` +
			strings.Repeat(`,"`+strings.Repeat("good ", 5000)+`"`, 2) + `]}`, 413, "tokens"},
	} {
		if code, _, why := ask(t, New(host), tt.body); code != tt.code ||
			!strings.Contains(why, tt.want) {
			t.Errorf("%.80s: %d %q, want %d %q", tt.body, code, why, tt.code, tt.want)
		}
	}
	if w := compattest.Do(New(host),
		httptest.NewRequest("GET", "/compat/hf", nil)); w.Code != 405 || w.Header().
		Get("Allow") != "POST" {
		t.Errorf("GET: %d %s", w.Code, w.Body)
	}
	engine.Err = errors.New("the library fell over")
	if code, _, why := ask(t, New(host), `{"inputs": "a"}`); code != 500 ||
		strings.Contains(why, "library") {
		t.Errorf("our fault: %d %q", code, why)
	}
	host.Admit = compattest.Overloaded
	if code, _, why := ask(t, New(host), `{"inputs": "a"}`); code != 429 || why == "" {
		t.Errorf("overloaded: %d %q", code, why)
	}
}

func FuzzDecode(f *testing.F) {
	for _, body := range []string{`{"inputs": "a", "parameters": {"top_k": 1}}`,
		`{"inputs": ["a", "b"]}`, `{"inputs": [["a"]]}`, `{"inputs"`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		in, err := decode(body, 10)
		if err == nil && (len(in.texts) == 0 || len(in.texts) > 10 || in.Top < 1 ||
			in.Transform == "") {
			t.Fatalf("decode(%q) = %+v", body, in)
		}
	})
}

// The labels of stars are those of star models; a model without stars is refused.
func TestStars(t *testing.T) {
	host, engine := compattest.Host(t, false)
	engine.Stars = true
	for _, tt := range []struct{ body, want string }{
		{`{"inputs": "bad"}`,
			"[[{1 star 0.953} {4 stars 0.024} {5 stars 0.024} {2 stars 0.000} {3 stars 0.000}]]"},
		{`{"inputs": ["good", "bad"], "parameters": {"top_k": 1}}`,
			"[[{4 stars 0.476}] [{1 star 0.953}]]"},
		{`{"inputs": "bad", "parameters": {"top_k": 1, "function_to_apply": "none"}}`,
			"[[{1 star -0.049}]]"},
	} {
		code, labels, why := ask(t, NewStars(host), tt.body)
		if got := compattest.ShowAll(labels); code != 200 || got != tt.want {
			t.Errorf("%s: %d %s %s, want %s", tt.body, code, got, why, tt.want)
		}
	}
	engine.Stars = false
	if code, _, why := ask(t, NewStars(host), `{"inputs": "bad"}`); code != 400 ||
		!strings.Contains(why, "predicts no stars") {
		t.Errorf("a model without stars: %d %s", code, why)
	}
}
