package scoring

import "context"

type runKey struct{}

// WithRun returns a context with the run of a request of an unknown owner: any text that the client
// chose for the run, such as a random one.
func WithRun(ctx context.Context, run string) context.Context {
	return context.WithValue(ctx, runKey{}, run)
}

// Unit returns the unit to which a trial assigns a model: the owner of a request or, if unknown,
// its run. It is "" if neither is known; then the current model is used.
func Unit(ctx context.Context) string {
	if owner := Owner(ctx); owner != Local {
		return "owner:" + owner
	}
	if run, ok := ctx.Value(runKey{}).(string); ok && run != "" {
		return "run:" + run
	}
	return ""
}
