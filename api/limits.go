package api

import (
	"context"
	"fmt"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews/table"
)

// Limits of one request. 6 MB is AWS Lambda's limit; 262,144 tokens are 2,900 reviews of 90 tokens,
// half a minute on two cores. A longer request should be split, so that its client can show
// progress.
var Limits = wire.Limits{Bytes: 6 << 20, Texts: 4096, Tokens: 1 << 18}

// maxRequests is the maximum number of requests scored at once, twice as many while clients with
// fewer than their minimum arrive; further requests are refused with Retry-After. It also bounds
// the latency: the engine alternates between the request that came first and a round-robin over the
// others, so a single review waits for at most two windows of each other request, 254 in all, and
// the slowest request takes little longer than the mean. Memory is bounded by package admission,
// not by the number of requests.
const maxRequests = 64

// Budget bounds the response to a request; 0 means no bound. It is for hosts with limits of their
// own, such as Lambda (6 MB, and a deadline): a request that does not fit is refused before the
// model runs, with advice on how to upload it.
type Budget struct {
	Bytes int64
	Time  time.Duration
}

type budgetKey struct{}

// budget returns the budget of a request, if there is one.
func budget(ctx context.Context) (Budget, bool) {
	b, ok := ctx.Value(budgetKey{}).(Budget)
	return b, ok
}

// fits returns an error if scoring the tokens at the given speed takes longer than the budget
// allows.
func (b Budget) fits(tokens int, speed float64) error {
	if took := time.Duration(float64(tokens) / speed * float64(time.Second)); b.Time > 0 &&
		speed > 0 && took > b.Time {
		return &wire.Error{Code: wire.TooMuchWork,
			Detail: fmt.Sprintf("Scoring %d tokens takes about %v; this host allows a request "+
				"%v. Send fewer reviews at a time, or the file to /v1/jobs.",
				tokens, took.Round(100*time.Millisecond), b.Time.Round(100*time.Millisecond))}
	}
	return nil
}

// Estimated cost of topics in a request: bytes per row of the response (three topics), and the
// work of a token's topics, in tenths of that of its score.
const (
	topicsBytes  = 60
	topicsTenths = 7
)

// measure returns an error if a file exceeds the request's budget. The returned context is for
// scoring: the file then waits for its owner's rate, chunk by chunk, and is not measured again.
func (h *Handler) measure(ctx context.Context, e scoring.Engine,
	f *scoring.File, extras scoring.Extras) (context.Context, error) {
	if b, ok := budget(ctx); ok {
		work, err := f.Measure(ctx, e)
		if err != nil {
			return nil, scoring.BadFile(err)
		}
		added, stars := `,negative,0.0000,32`, `,0.00,negative`
		if f.Dialect.Keys != nil {
			added = `,"sentiment":"negative","positive":0.0000,"windows":32`
			stars = `,"stars":0.00,"name":"negative"`
		}
		perRow := int64(len(added))
		if extras.Stars {
			perRow += int64(len(stars))
		}
		if extras.Topics {
			perRow += topicsBytes
			work.Tokens += work.Tokens * topicsTenths / 10
		}
		if f.Dialect.Encoding == table.UTF16LE || f.Dialect.Encoding == table.UTF16BE {
			perRow *= 2
		}
		if size := work.Bytes + int64(work.Rows+1)*perRow; b.Bytes > 0 && size > b.Bytes {
			return nil, &wire.Error{Code: wire.TooMuchWork,
				Detail: fmt.Sprintf("The answer would have %.1f MB; the limit here is %.1f MB. "+
					"Send the file to /v1/jobs and fetch its result.",
					float64(size)/(1<<20), float64(b.Bytes)/(1<<20))}
		}
		if err := b.fits(work.Tokens, h.throughput.Speed(ctx)); err != nil {
			return nil, err
		}
	}
	return waitForRate(ctx), nil
}
