package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// Keys are the API keys that a server accepts, as hashes: a memory dump or a log of them opens nothing.
type Keys [][sha256.Size]byte

// minKey is the fewest characters of a key: 24 of base 64 hold 144 bits.
const minKey = 24

// ParseKeys reads keys separated by commas or white space. An error names the key by its place, never by its text.
func ParseKeys(list string) (keys Keys, err error) {
	for i, key := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' || r == '\r' }) {
		if len(key) < minKey {
			return nil, fmt.Errorf("API key %d has %d characters, want at least %d; `openssl rand -base64 24` makes one", i+1, len(key), minKey)
		}
		keys = append(keys, sha256.Sum256([]byte(key)))
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no API key in the list")
	}
	return keys, nil
}

// Owner gives the name under which a key's requests are known, its hash; ok is false for a key that is not one of them.
// The time it takes does not tell how nearly it is.
func (k Keys) Owner(key string) (owner string, ok bool) {
	hash := sha256.Sum256([]byte(key))
	found := 0
	for i := range k {
		found |= subtle.ConstantTimeCompare(hash[:], k[i][:])
	}
	if found == 0 {
		return "", false
	}
	return hex.EncodeToString(hash[:]), true
}

// authenticator finds the owner of a request by its API key, or by a token that subject knows. A nil subject knows none.
type authenticator struct {
	keys    Keys
	subject func(ctx context.Context, token string) (string, error)
}

// open reports that requests need neither key nor token.
func (a authenticator) open() bool { return len(a.keys) == 0 && a.subject == nil }

// owner says whose a key or a token is.
func (a authenticator) owner(ctx context.Context, shown string) (string, error) {
	if owner, ok := a.keys.Owner(shown); ok {
		return owner, nil
	}
	if a.subject != nil {
		subject, err := a.subject(ctx, shown)
		return scoring.Subject(subject), err
	}
	return "", &wire.Error{Code: wire.Unauthorized, Detail: "This API key is not one of this server's."}
}

// require lets through who shows a key or a token: "Authorization: Bearer KEY" or "X-Api-Key: KEY". The request's context then
// says whose it is (scoring.Owner). Where nobody is asked it lets everyone through.
func (a authenticator) require(next http.HandlerFunc) http.HandlerFunc {
	if a.open() {
		return next
	}
	return func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("X-Api-Key")
		if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
			key = strings.TrimSpace(token)
		}
		if key == "" {
			wants := "an API key: send it as \"Authorization: Bearer KEY\"."
			if a.subject != nil {
				wants = "a token of its OpenID provider, or an API key: send it as \"Authorization: Bearer TOKEN\"."
			}
			w.Header().Set("WWW-Authenticate", `Bearer realm="reviewlens"`)
			fail(w, r, &wire.Error{Code: wire.Unauthorized, Detail: "This server wants " + wants})
			return
		}
		owner, err := a.owner(r.Context(), key)
		if err != nil {
			if e, ok := errors.AsType[*wire.Error](err); ok && e.Code == wire.Unauthorized {
				w.Header().Set("WWW-Authenticate", `Bearer realm="reviewlens", error="invalid_token"`)
			}
			fail(w, r, err)
			return
		}
		next(w, r.WithContext(scoring.WithOwner(r.Context(), owner)))
	}
}
