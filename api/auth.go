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

	"reviewlens/api/compat"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// Keys holds the hashes of the accepted API keys, so that neither a memory dump nor a log reveals a
// key.
type Keys [][sha256.Size]byte

// minKey is the minimum length of a key: 24 characters of base64 hold 144 bits.
const minKey = 24

// ParseKeys parses keys separated by commas or white space. An error identifies a key by its
// position, never by its text.
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

// Owner returns the owner of a key, which is its hash, and whether the key is accepted. It takes
// constant time, whatever the key has in common with an accepted one.
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

// authenticator finds the owner of a request by its API key, or by a token that subject verifies. A
// nil subject accepts no tokens.
type authenticator struct {
	keys    Keys
	subject func(ctx context.Context, token string) (string, error)
}

// open reports whether requests need no authentication.
func (a authenticator) open() bool { return len(a.keys) == 0 && a.subject == nil }

// owner returns the owner of a key or token.
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

// require admits requests with a key or token, "Authorization: Bearer KEY" or "X-Api-Key: KEY", and
// puts its owner into the request's context (scoring.Owner). It also admits the program's own
// requests (scoring.WithSelfCheck) and, without authentication, all.
func (a authenticator) require(next http.HandlerFunc) http.HandlerFunc {
	if a.open() {
		return next
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if scoring.IsSelfCheck(r.Context()) {
			next(w, r)
			return
		}
		key := compat.Key(r)
		if key == "" {
			wants := "an API key: send it as \"Authorization: Bearer KEY\"."
			if a.subject != nil {
				wants = "a token of its OpenID provider, or an API key: send it as \"Authorization: Bearer TOKEN\"."
			}
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

// identify adds the owner to the context of a request with a valid key or token. It admits all
// other requests too, but opens no model for them: otherwise an anonymous client could have models
// loaded, and others' models evicted.
func (a authenticator) identify(next http.HandlerFunc) http.HandlerFunc {
	if a.open() {
		return next
	}
	return func(w http.ResponseWriter, r *http.Request) {
		ctx := scoring.WithOpenOnly(r.Context())
		if key := compat.Key(r); key != "" {
			if owner, err := a.owner(r.Context(), key); err == nil {
				ctx = scoring.WithOwner(r.Context(), owner)
			}
		}
		next(w, r.WithContext(ctx))
	}
}
