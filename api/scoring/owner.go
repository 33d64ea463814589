package scoring

import (
	"context"
	"strings"
	"sync/atomic"
)

// Local is the owner of all requests to a server without authentication.
const Local = "local"

type ownerKey struct{}

// Subject returns the owner for the subject of a token. It is the subject itself, unless that could
// be mistaken for another owner: for Local or for the hash of an API key.
func Subject(subject string) string {
	const prefix = "sub:"
	hash := len(subject) == 64 && strings.Trim(subject, "0123456789abcdef") == ""
	if hash || subject == Local || strings.HasPrefix(subject, prefix) {
		return prefix + subject
	}
	return subject
}

// WithOwner returns a context with the owner of a request: the hash of an API key, the subject of a
// verified token, or Local.
func WithOwner(ctx context.Context, owner string) context.Context {
	return context.WithValue(ctx, ownerKey{}, owner)
}

// Owner returns the owner of a request, or Local if none was set.
func Owner(ctx context.Context) string {
	if owner, ok := ctx.Value(ownerKey{}).(string); ok && owner != "" {
		return owner
	}
	return Local
}

// WithSelfCheck marks a request by which the program checks itself. It needs no key.
func WithSelfCheck(ctx context.Context) context.Context {
	return selfCheck.with(ctx)
}

// IsSelfCheck reports whether the program made the request itself.
func IsSelfCheck(ctx context.Context) bool {
	return selfCheck.of(ctx)
}

type waitsKey struct{}

// WithWaits returns a context whose current waits are counted in n; see Waiting.
func WithWaits(ctx context.Context, n *atomic.Int64) context.Context {
	return context.WithValue(ctx, waitsKey{}, n)
}

// Waiting marks the work of a context as waiting until done is called, so that its lack of progress
// does not count as a stall.
func Waiting(ctx context.Context) (done func()) {
	n, ok := ctx.Value(waitsKey{}).(*atomic.Int64)
	if !ok {
		return func() {}
	}
	n.Add(1)
	return func() { n.Add(-1) }
}

// WaitForTurn calls wait for the owner of ctx and marks the work as waiting meanwhile.
func WaitForTurn(
	ctx context.Context, texts int, wait func(ctx context.Context, owner string, texts int) error,
) error {
	defer Waiting(ctx)()
	return wait(ctx, Owner(ctx), texts)
}
