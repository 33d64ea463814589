package scoring

import "context"

type runKey struct{}

// WithRun says in a request's context which run of an unknown owner it belongs to: any text that
// the client chose for the run, such as a random one.
func WithRun(ctx context.Context, run string) context.Context {
	return context.WithValue(ctx, runKey{}, run)
}

// Unit is what a trial assigns a model to: the owner of a request or, where nobody said who that
// is, its run. It is "" where neither is known; then the current model answers.
func Unit(ctx context.Context) string {
	if owner := Owner(ctx); owner != Local {
		return "owner:" + owner
	}
	if run, ok := ctx.Value(runKey{}).(string); ok && run != "" {
		return "run:" + run
	}
	return ""
}
