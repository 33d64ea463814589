package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"reviewlens/api/history/memory"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

func TestParseKeys(t *testing.T) {
	for _, tt := range []struct {
		list string
		keys int
		err  string
	}{
		{strings.Repeat("a", minKey), 1, ""},
		{" " + strings.Repeat("a", minKey) + ",\n" + strings.Repeat("b", 40) + "\n", 2, ""},
		{"", 0, "no API key"},
		{" , ", 0, "no API key"},
		{strings.Repeat("a", minKey) + ",secret", 0, "API key 2 has 6 characters"},
	} {
		keys, err := ParseKeys(tt.list)
		if len(keys) != tt.keys || (err == nil) != (tt.err == "") || err != nil &&
			(!strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("ParseKeys(%q) = %d keys, %v, want %d, %q", tt.list, len(keys), err,
				tt.keys, tt.err)
		}
	}
}

// Scoring and metrics require a key; what a page needs before it can ask for one does not.
func TestKeys(t *testing.T) {
	open, m, _ := newHandler(t, nil)
	key := strings.Repeat("k", minKey)
	keys, err := ParseKeys("another-key-of-24-letters," + key)
	if err != nil {
		t.Fatal(err)
	}
	h := New(Options{Models: scoring.SingleModel(engineOf(t, open)), Keys: keys})
	ask := func(method, path, name, value string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(`{"texts": ["good"]}`))
		r.Header.Set("Content-Type", wire.TypeJSON)
		if name != "" {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for _, tt := range []struct {
		method, path, name, value string
		want                      int
	}{
		{"POST", "/v1/score", "Authorization", "Bearer " + key, 200},
		{"POST", "/v1/score", "Authorization", "bearer  " + key, 200},
		{"POST", "/v1/score", "X-Api-Key", key, 200},
		{"POST", "/v1/score", "", "", 401},
		{"POST", "/v1/score", "Authorization", "Bearer " + key[1:], 401},
		{"POST", "/v1/score", "Authorization", "Basic " + key, 401},
		{"POST", "/v1/score", "X-Api-Key", key + "k", 401},
		{"GET", "/metrics", "", "", 401},
		{"GET", "/metrics", "X-Api-Key", key, 200},
		{"GET", "/v1/config", "", "", 200},
		{"GET", "/v1/model", "", "", 200},
		{"GET", "/v1/models/" + m.Manifest.ID + "/tokenizer", "", "", 200},
		{"GET", "/v1/models/" + m.Manifest.ID + "/model", "", "", 401},
		{"GET", "/healthz", "", "", 200},
		{"GET", "/readyz", "", "", 200},
	} {
		w := ask(tt.method, tt.path, tt.name, tt.value)
		if w.Code != tt.want {
			t.Errorf("%s %s with %s %q answers %d, want %d", tt.method, tt.path, tt.name, tt.value,
				w.Code, tt.want)
		}
		if challenged := w.Header().
			Get("WWW-Authenticate") != ""; challenged != (w.Code == http.StatusUnauthorized) {
			t.Errorf("%s %s answers %d with a challenge: %v", tt.method, tt.path, w.Code,
				challenged)
		}
	}
	r := httptest.NewRequest("POST", "/v1/score", strings.NewReader(`{"texts": ["good"]}`))
	r.Header.Set("Content-Type", wire.TypeJSON)
	own := httptest.NewRecorder()
	h.ServeHTTP(own, r.WithContext(scoring.WithSelfCheck(r.Context())))
	if own.Code != http.StatusOK {
		t.Errorf("the program's own request answers %d", own.Code)
	}
	// a shared cache must not keep a response to a request with a key
	w := ask("GET", "/v1/models/"+m.Manifest.ID+"/model", "X-Api-Key", key)
	if cache := w.Header().Get("Cache-Control"); w.Code != 200 ||
		cache != "private, max-age=31536000, immutable" {
		t.Errorf("the model is answered with %d and the Cache-Control %q", w.Code, cache)
	}
	if w := ask("GET", "/v1/config", "", ""); !strings.Contains(w.Body.String(), `"auth":"key"`) {
		t.Errorf("/v1/config says %s", w.Body)
	}
}

// Handlers get the owner of a request, never the key itself.
func TestOwner(t *testing.T) {
	first, second := strings.Repeat("k", minKey), strings.Repeat("l", minKey)
	keys, err := ParseKeys(first + "," + second)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	handle := func(w http.ResponseWriter, r *http.Request) { got = scoring.Owner(r.Context()) }
	owner := func(k Keys, key string) string {
		got = "nobody"
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Api-Key", key)
		authenticator{keys: k}.require(handle)(httptest.NewRecorder(), r)
		return got
	}
	one, two := owner(keys, first), owner(keys, second)
	if named, ok := keys.Owner(first); !ok || named != one || one == two ||
		strings.Contains(one, "kkkk") {
		t.Errorf("owners are %q and %q; Owner says %q, %v", one, two, named, ok)
	}
	if got := owner(keys, first+"k"); got != "nobody" {
		t.Errorf("an unknown key is let through as %q", got)
	}
	if got := owner(nil, ""); got != scoring.Local {
		t.Errorf("without keys the owner is %q", got)
	}
}

func TestMetrics(t *testing.T) {
	h, _, _ := newHandler(t, nil)
	do(h, "POST", "/v1/score", wire.TypeJSON,
		strings.NewReader(`{"texts": ["good", "good enough", ""]}`))
	do(h, "POST", "/v1/score", wire.TypeJSON, strings.NewReader(`private`))
	of := httptest.NewRequest("POST", "/v1/score", strings.NewReader(`{"texts": [""]}`))
	of.Header.Set("Content-Type", wire.TypeJSON)
	of.Header.Set(runHeader, "a run")
	h.ServeHTTP(httptest.NewRecorder(), of)
	do(h, "GET", "/private/path", "", nil)
	w := do(h, "GET", "/metrics", "", nil)
	for _, want := range []string{
		`reviewlens_texts_total{sentiment="positive"} 2`,
		`reviewlens_windows_total 2`,
		`reviewlens_tokens_total 7`,
		`reviewlens_request_seconds_count{route="POST /v1/score",status="200"} 2`,
		`reviewlens_request_seconds_count{route="POST /v1/score",status="400"} 1`,
		`reviewlens_models 1`,
		`reviewlens_score_requests 0`,
		`go_goroutines`,
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	if strings.Contains(w.Body.String(), "private") {
		t.Error("/metrics tells what a client sent")
	}
}

// stale is the Models of a store whose current model cannot be used.
type stale struct{ scoring.Models }

func (stale) Stale() bool { return true }

func TestMetricsOfAStore(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	h := New(Options{Models: stale{scoring.SingleModel(engineOf(t, plain))},
		Log: slog.New(slog.DiscardHandler)})
	if w := do(h, "GET", "/metrics", "", nil); !strings.Contains(w.Body.String(),
		"\nreviewlens_models_behind 1\n") {
		t.Errorf("/metrics is %s", w.Body)
	}
}

// With an OpenID provider the owner is the token's subject, runs are separate for each subject, and
// keys are accepted as well.
func TestSignIn(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	key := strings.Repeat("k", minKey)
	keys, err := ParseKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	h := New(Options{Models: scoring.SingleModel(engineOf(t, plain)), Keys: keys,
		History: memory.New(),
		SignIn: &wire.SignIn{Issuer: "https://id.example.com", Client: "page",
			Authorize: "https://id.example.com/a", Token: "https://tokens.example.com/t",
			Scope: "openid"},
		Subject: func(_ context.Context, token string) (string, error) {
			if subject, ok := strings.CutPrefix(token, "token of "); ok {
				return subject, nil
			}
			return "", &wire.Error{Code: wire.Unauthorized, Detail: "sign in again"}
		}})
	ask := func(token, method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	if w := ask("", "GET", "/v1/config", ""); !strings.Contains(w.Body.String(), `"auth":"oidc"`) ||
		!strings.Contains(w.Body.String(),
			`"signIn":{"issuer":"https://id.example.com","client":"page"`) {
		t.Errorf("config = %s", w.Body)
	}
	if policy := ask("", "GET", "/healthz", "").Header().
		Get("Content-Security-Policy"); !strings.HasSuffix(policy,
		"; connect-src 'self' https://tokens.example.com") {
		t.Errorf("policy = %s", policy)
	}
	for token, want := range map[string]int{"": 401, "nonsense": 401, "token of ann": 200,
		"token of bob": 200, key: 200} {
		w := ask(token, "POST", "/v1/score", `{"texts": ["good"]}`)
		if w.Code != want || want == 401 && w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%q: %d %s", token, w.Code, w.Body)
		}
	}
	if w := ask("token of ann", "PUT", "/v1/runs/a", oneRun); w.Code != 204 {
		t.Fatalf("ann keeps a run: %d %s", w.Code, w.Body)
	}
	for token, want := range map[string]string{"token of ann": `"name":"May"`,
		"token of bob": `{"runs":[]}`, key: `{"runs":[]}`} {
		if w := ask(token, "GET", "/v1/runs", ""); !strings.Contains(w.Body.String(), want) {
			t.Errorf("%q sees %s", token, w.Body)
		}
	}
}
