package scoring

import "context"

// Local is the owner of what is asked for on a server without API keys.
const Local = "local"

type ownerKey struct{}

// WithOwner says in a request's context whose it is: the hash of an API key, the subject of a token that was checked
// before, or Local.
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
