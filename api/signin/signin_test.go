package signin

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"reviewlens/api/wire"
)

// provider simulates an OpenID provider as seen by a server that verifies tokens.
type provider struct {
	*httptest.Server
	key      *ecdsa.PrivateKey
	kid      string
	requests int // requests for keys
	broken   bool
	answer   string            // instead of keys
	says     map[string]string // in its discovery document, instead
	padding  string            // there as well
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{}
	p.rotate(t, "one")
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration",
		func(w http.ResponseWriter, r *http.Request) {
			if p.broken {
				w.WriteHeader(http.StatusNotFound)
				io.WriteString(w, strings.Repeat("<p>", 1000))
				return
			}
			says := map[string]any{
				"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize",
				"token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
				"end_session_endpoint":                  p.URL + "/end",
				"id_token_signing_alg_values_supported": []string{"ES256", "HS256", "none"},
				"padding":                               p.padding,
			}
			for name, value := range p.says {
				says[name] = value
			}
			json.NewEncoder(w).Encode(says)
		})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, r *http.Request) {
		p.requests++
		if p.broken {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		if p.answer != "" {
			io.WriteString(w, p.answer)
			return
		}
		json.NewEncoder(w).Encode(
			jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
				{Key: p.key.Public(), KeyID: p.kid, Algorithm: "ES256", Use: "sig"}}})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) rotate(t *testing.T, kid string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.key, p.kid = key, kid
}

// sign signs claims over those of a valid ID token; nil removes one.
func (p *provider) sign(t *testing.T, alg jose.SignatureAlgorithm, key any,
	claims map[string]any) string {
	t.Helper()
	all := map[string]any{"iss": p.URL, "sub": "ann", "aud": "page",
		"exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix()}
	for name, value := range claims {
		all[name] = value
		if value == nil {
			delete(all, name)
		}
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: p.kid}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := json.Marshal(all)
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestSubject(t *testing.T) {
	p := newProvider(t)
	s, err := Open(t.Context(), p.URL, "page", "page")
	if err != nil {
		t.Fatal(err)
	}
	if want := (wire.SignIn{Issuer: p.URL, Client: "page", Authorize: p.URL +
		"/authorize", Token: p.URL + "/token", End: p.URL + "/end", Scope: Scope}); s.Page != want {
		t.Errorf("for the page: %+v, want %+v", s.Page, want)
	}
	stranger := newProvider(t)
	good := p.sign(t, jose.ES256, p.key, nil)
	head, rest, _ := strings.Cut(good, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	with := func(claims map[string]any) string { return p.sign(t, jose.ES256, p.key, claims) }
	for _, tt := range []struct{ name, token, subject, refusal string }{
		{"an ID token", good, "ann", ""},
		{"for several", with(map[string]any{"aud": []string{"other", "page"}}), "ann", ""},
		{"an access token of Cognito", with(map[string]any{"aud": nil, "client_id": "page"}),
			"ann", ""},
		{"for another", with(map[string]any{"aud": "other"}), "", "for somebody else"},
		{"for another, though of this client",
			with(map[string]any{"aud": "other", "client_id": "page"}), "", "for somebody else"},
		{"for nobody", with(map[string]any{"aud": nil}), "", "for somebody else"},
		{"of nobody", with(map[string]any{"sub": ""}), "", "does not say whose"},
		{"expired", with(map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}), "",
			"sign in again"},
		{"without an end", with(map[string]any{"exp": nil}), "", "sign in again"},
		{"not yet", with(map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}), "",
			"sign in again"},
		{"of another issuer", with(map[string]any{"iss": "https://example.com"}), "",
			"sign in again"},
		{"signed by another", p.sign(t, jose.ES256, stranger.key, nil), "", "sign in again"},
		{"signed with a secret", p.sign(t, jose.HS256, []byte(strings.Repeat("k", 32)), nil), "",
			"sign in again"},
		{"not signed", encode(`{"alg":"none"}`) + "." + payload + ".", "", "sign in again"},
		{"tampered", head + "." +
			encode(`{"iss":"`+p.URL+`","sub":"bob","aud":"page","exp":9999999999}`) + "." +
			signature, "", "sign in again"},
		{"no token", "page", "", "sign in again"},
		{"nothing", "", "", "sign in again"},
		{"long", strings.Repeat("a", maxToken+1), "", "longer than"},
	} {
		subject, err := s.Subject(t.Context(), tt.token)
		refused, _ := errors.AsType[*wire.Error](err)
		if subject != tt.subject || (refused != nil) != (tt.refusal != "") || refused != nil &&
			(refused.Code != wire.Unauthorized || !strings.Contains(refused.Detail, tt.refusal)) {
			t.Errorf("%s: %q, %v", tt.name, subject, err)
		}
		if refused != nil && len(tt.token) > 8 && strings.Contains(refused.Detail, tt.token) {
			t.Errorf("%s: the refusal repeats the token", tt.name)
		}
	}
	if p.requests != 1 {
		t.Errorf("the keys were fetched %d times; tokens with keys that nobody has should not "+
			"make it more", p.requests)
	}
}

func TestKeysChange(t *testing.T) {
	p := newProvider(t)
	s, err := Open(t.Context(), p.URL, "page", "page")
	if err != nil {
		t.Fatal(err)
	}
	later := func() { // after keysEvery has passed
		s.asking.mu.Lock()
		clear(s.asking.last)
		s.asking.mu.Unlock()
	}
	old := p.sign(t, jose.ES256, p.key, nil)
	p.broken = true
	_, err = s.Subject(t.Context(), old)
	if e, ok := errors.AsType[*wire.Error](err); !ok || e.Code != wire.NotReady ||
		e.RetryAfter == 0 {
		t.Errorf("while the provider is down: %v", err)
	}
	p.broken = false
	// A request at the moment at which a fetch of the keys ends gets the result of that one, so the
	// keys may come a moment later.
	accepts := func(when string) {
		t.Helper()
		token := p.sign(t, jose.ES256, p.key, nil)
		var subject string
		var err error
		for start := time.Now(); subject != "ann" && time.Since(start) < 10*time.Second; {
			later()
			subject, err = s.Subject(t.Context(), token)
		}
		if subject != "ann" {
			t.Errorf("%s: %v", when, err)
		}
	}
	for _, answer := range []string{"<p>Back soon.</p>", "{}", `{"keys": []}`,
		strings.Repeat(" ", maxAnswer+1)} {
		p.answer = answer
		later()
		_, err = s.Subject(t.Context(), old)
		if e, ok := errors.AsType[*wire.Error](err); !ok || e.Code != wire.NotReady {
			t.Errorf("while the provider answers %.20q: %v", answer, err)
		}
	}
	p.answer = ""
	accepts("when it is back")
	p.answer, p.kid = "{}", "unknown"
	later()
	s.Subject(t.Context(), p.sign(t, jose.ES256, p.key, nil))
	p.kid = "one"
	if _, err := s.Subject(t.Context(), p.sign(t, jose.ES256, p.key, nil)); err != nil {
		t.Errorf("a known key, after an answer without keys: %v", err)
	}
	p.answer = ""
	p.rotate(t, "two")
	accepts("with its next key")
	p.Close()
	accepts("a known key needs no provider")
}

// A provider whose discovery document lacks an address is refused, and says why.
func TestOpenWithoutAddresses(t *testing.T) {
	for name, address := range map[string]string{"authorization_endpoint": "",
		"token_endpoint": "/token", "jwks_uri": "http://id.example.com/keys",
		"end_session_endpoint": "javascript:alert(1)"} {
		p := newProvider(t)
		p.says = map[string]string{name: address}
		if _, err := Open(t.Context(), p.URL, "page", "page"); err == nil ||
			!strings.Contains(err.Error(), "says that its "+name+" is") {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := newProvider(t)
	p.broken = true
	if _, err := Open(t.Context(), p.URL, "page", "page"); err == nil ||
		!strings.Contains(err.Error(), "404 Not Found") || len(err.Error()) > 200 {
		t.Errorf("with a page as its answer: %v", err)
	}
	p.broken, p.says = false, map[string]string{"end_session_endpoint": ""}
	if _, err := Open(t.Context(), p.URL, "page", "page"); err != nil {
		t.Errorf("without an address for signing out: %v", err)
	}
}

func TestOpen(t *testing.T) {
	p := newProvider(t)
	for name, tt := range map[string]struct{ issuer, padding, want string }{
		"no address":       {"reviewlens", "", "want an https address"},
		"not encrypted":    {"http://id.example.com", "", "want an https address"},
		"another's word":   {p.URL + "/", "", "ask the provider"},
		"a long answer":    {p.URL, strings.Repeat("a", maxAnswer), "has more than"},
		"nobody is there":  {"http://127.0.0.1:1", "", "ask the provider"},
		"cancelled before": {p.URL, "", "context canceled"},
	} {
		p.padding = tt.padding
		ctx, cancel := context.WithCancel(t.Context())
		if name == "cancelled before" {
			cancel()
		}
		if _, err := Open(ctx, tt.issuer, "page", "page"); err == nil ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
		cancel()
	}
}
