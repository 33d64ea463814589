package scoring

import (
	"context"

	"reviewlens/reviews"
)

type truthKey struct{}

// WithTruth attaches the true sentiments of the texts of the next engine call, None where unknown.
// Scores do not depend on them; a trial uses them to compare models.
func WithTruth(ctx context.Context, truth []reviews.Sentiment) context.Context {
	return context.WithValue(ctx, truthKey{}, truth)
}

type unreadKey struct{}

// WithUnread marks the texts of the next engine call that its model cannot read; their scores are
// not shown. Scores do not depend on it; a trial compares models by the other texts.
func WithUnread(ctx context.Context, unread func(i int) bool) context.Context {
	return context.WithValue(ctx, unreadKey{}, unread)
}

// UnreadOf reports whether text i of the engine call with ctx cannot be read.
func UnreadOf(ctx context.Context, i int) bool {
	unread, ok := ctx.Value(unreadKey{}).(func(i int) bool)
	return ok && unread(i)
}

// TruthOf returns the true sentiment of text i of the engine call with ctx, None if unknown.
func TruthOf(ctx context.Context, i int) reviews.Sentiment {
	if truth, ok := ctx.Value(truthKey{}).([]reviews.Sentiment); ok && i < len(truth) {
		return truth[i]
	}
	return reviews.None
}
