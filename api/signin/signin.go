// Package signin authenticates people by the tokens of an OpenID provider.
//
// Open fetches the provider's discovery document once (10 seconds at most). Subject then verifies
// tokens with the provider's keys, which are cached; they are fetched when a token names an unknown
// key, at most once per keysEvery. A token is valid if it is signed by one of them with an
// asymmetric algorithm, has the right issuer, has not expired, and is for the audience: its aud
// contains it or, if there is no aud (access tokens of Amazon Cognito), its client_id equals it.
// The JWT authorizer of an AWS HTTP API applies the same rules. Tokens are neither logged nor
// stored.
package signin

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"reviewlens/api/wire"
)

const (
	patience  = 10 * time.Second
	maxAnswer = 1 << 20 // bytes of the discovery document, and of the keys
	maxToken  = 16 << 10
	keysEvery = 10 * time.Second // anyone can send tokens that name unknown keys
)

// Scope is what a page requests from the provider: the identity of the person, and no further
// consent.
const Scope = "openid"

// Provider verifies tokens. It is safe for concurrent use.
type Provider struct {
	Page     wire.SignIn // what a page needs to start the sign-in
	verifier *oidc.IDTokenVerifier
	audience string
	asking   *bounded
}

// Open connects to the provider at issuer. client is the page's client ID; audience is the required
// audience of tokens.
func Open(ctx context.Context, issuer, client, audience string) (*Provider, error) {
	if !isSafe(issuer) {
		return nil, fmt.Errorf("issuer %q: want an https address", issuer)
	}
	asking := &bounded{last: map[string]time.Time{}}
	ctx = oidc.ClientContext(ctx, &http.Client{Timeout: patience, Transport: asking})
	p, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return nil, fmt.Errorf("ask the provider %s: %w", issuer, err)
	}
	var more struct {
		Keys string `json:"jwks_uri"`
		End  string `json:"end_session_endpoint"`
	}
	if err := p.Claims(&more); err != nil {
		return nil, fmt.Errorf("read what the provider %s says of itself: %w", issuer, err)
	}
	at := p.Endpoint()
	for _, required := range []struct{ name, address string }{
		{"authorization_endpoint", at.AuthURL}, {"token_endpoint", at.TokenURL},
		{"jwks_uri", more.Keys}, {"end_session_endpoint", cmp.Or(more.End, issuer)},
	} {
		if !isSafe(required.address) {
			return nil, fmt.Errorf("the provider %s says that its %s is %q: want an https address",
				issuer, required.name, required.address)
		}
	}
	asking.mu.Lock()
	asking.keys = more.Keys
	asking.mu.Unlock()
	return &Provider{
		Page: wire.SignIn{Issuer: issuer, Client: client, Authorize: at.AuthURL,
			Token: at.TokenURL, End: more.End, Scope: Scope},
		// audience is checked below
		verifier: p.VerifierContext(ctx, &oidc.Config{SkipClientIDCheck: true}),
		audience: audience,
		asking:   asking,
	}, nil
}

// isSafe reports whether an address is encrypted or of this machine.
func isSafe(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" &&
		(u.Scheme == "https" || u.Scheme == "http" && isLocal(u.Hostname()))
}

func isLocal(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// Subject returns the subject of a token. For an invalid token the error is a *wire.Error.
func (p *Provider) Subject(ctx context.Context, token string) (string, error) {
	refuse := func(why string) (string, error) {
		return "", &wire.Error{Code: wire.Unauthorized, Detail: why}
	}
	if len(token) > maxToken {
		return refuse("The token is longer than this server reads.")
	}
	t, err := p.verifier.Verify(ctx, token)
	if expired, ok := errors.AsType[*oidc.TokenExpiredError](err); ok {
		return refuse("This sign-in ended at " + expired.Expiry.UTC().Format(time.RFC3339) +
			": sign in again.")
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil && p.asking.isDown() {
		return "", &wire.Error{Code: wire.NotReady,
			Detail: "The provider whose tokens this server believes does not answer; try again " +
				"in a moment.", RetryAfter: keysEvery}
	}
	if err != nil { // the error text may contain the token
		return refuse("The token is not one of " + p.Page.Issuer +
			" that this server can verify: sign in again.")
	}
	var claims struct {
		Client string `json:"client_id"`
	}
	if len(t.Audience) == 0 {
		if err := t.Claims(&claims); err != nil {
			return refuse("The token's claims cannot be read.")
		}
	}
	if !slices.Contains(t.Audience, p.audience) &&
		(len(t.Audience) > 0 || claims.Client != p.audience) {
		return refuse("The token is for somebody else than this server.")
	}
	if t.Subject == "" {
		return refuse("The token does not say whose it is.")
	}
	return t.Subject, nil
}

// bounded limits the size of the provider's responses, and how often its keys are fetched.
type bounded struct {
	mu   sync.Mutex
	last map[string]time.Time
	keys string // the address of the keys
	down bool   // the last request failed
}

func (b *bounded) isDown() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.down
}

func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	b.mu.Lock()
	address := r.URL.String()
	if since := time.Since(b.last[address]); since < keysEvery {
		b.mu.Unlock()
		return nil, fmt.Errorf("%s was asked %v ago", address, since.Round(time.Second))
	}
	b.last[address] = time.Now()
	hasKeys := address == b.keys
	b.mu.Unlock()
	response, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		err = check(response, hasKeys)
	}
	b.mu.Lock()
	b.down = err != nil
	b.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return response, nil
}

// check reads the body of a response, and returns an error if it is too long, is no success or,
// where it should have keys, has none that can be used: without it they would replace those that
// are known.
func check(response *http.Response, hasKeys bool) error {
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer is %s", response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return err
	}
	if len(body) > maxAnswer {
		return fmt.Errorf("the answer has more than %d bytes", maxAnswer)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if !hasKeys {
		return nil
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(body, &set); err != nil {
		return errors.New("the answer is no set of keys")
	}
	usable := func(k jose.JSONWebKey) bool { return k.Valid() && k.IsPublic() }
	if !slices.ContainsFunc(set.Keys, usable) {
		return errors.New("the answer has no public key")
	}
	return nil
}
