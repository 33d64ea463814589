package scoring

import (
	"context"
	"strings"
)

// Local is the owner of what is asked for on a server without API keys.
const Local = "local"

type ownerKey struct{}

// Subject gives the owner that the subject of a token is. It is the subject itself, but for one
// that could be mistaken for another owner: for Local, or for the hash of an API key.
func Subject(subject string) string {
	const prefix = "sub:"
	hash := len(subject) == 64 && strings.Trim(subject, "0123456789abcdef") == ""
	if hash || subject == Local || strings.HasPrefix(subject, prefix) {
		return prefix + subject
	}
	return subject
}

// WithOwner says in a request's context whose it is: the hash of an API key, the subject of a token
// that was checked before, or Local.
func WithOwner(ctx context.Context, owner string) context.Context {
	return context.WithValue(ctx, ownerKey{}, owner)
}

// Owner says whose a request is; Local where nobody said.
func Owner(ctx context.Context) string {
	if owner, ok := ctx.Value(ownerKey{}).(string); ok && owner != "" {
		return owner
	}
	return Local
}
