package api

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"

	"golang.org/x/time/rate"
)

// Limits of one request. 6 MB is what AWS Lambda takes; 262,144 tokens are 2,900 reviews of 90, some 20
// seconds of two cores: a request that takes longer should have been two, and meet a progress bar.
var Limits = wire.Limits{Bytes: 6 << 20, Texts: 4096, Tokens: 1 << 18}

// maxRequests bounds the requests that are waiting or running, and with them memory: the next is
// told to come back. 64 of full size hold some 700 MB; those of the page (16 K tokens) 20. It bounds the wait, too: the
// engine runs every other window of the request that came first and the others' in turn, so that a single review waits for 126
// windows at most, and the slowest for little longer than all do on average.
const maxRequests = 64

// Budget is what the answer to a request may take; 0 is no bound. It is for hosts that bound an answer themselves, such as
// Lambda (6 MB, and a deadline): what does not fit is refused before the model has run, with the way to upload it.
type Budget struct {
	Bytes int64
	Time  time.Duration
}

type budgetKey struct{}

// budget is that of a request, if there is one.
func budget(ctx context.Context) (Budget, bool) {
	b, ok := ctx.Value(budgetKey{}).(Budget)
	return b, ok
}

// fits refuses what takes longer than the budget has, as fast as the server was lately.
func (b Budget) fits(tokens int, speed float64) error {
	if took := time.Duration(float64(tokens) / speed * float64(time.Second)); b.Time > 0 && speed > 0 && took > b.Time {
		return &wire.Error{Code: wire.TooMuchWork, Detail: fmt.Sprintf("Scoring %d tokens takes about %v; the answer has to be there in %v. Send fewer reviews at a time, or the file to /v1/jobs.",
			tokens, took.Round(100*time.Millisecond), b.Time.Round(100*time.Millisecond))}
	}
	return nil
}

// admit refuses a file that does not fit the request's budget. The context it gives is for scoring: the file then waits
// for its owner's rate, chunk by chunk, and is not measured again.
func (h *Handler) admit(ctx context.Context, e scoring.Engine, f *scoring.File) (context.Context, error) {
	if b, ok := budget(ctx); ok {
		work, err := f.Measure(ctx, e)
		if err != nil {
			return nil, badFile(err)
		}
		perRow := int64(len(`,negative,0.0000,32`))
		if f.Dialect.Keys != nil {
			perRow = int64(len(`,"sentiment":"negative","positive":0.0000,"windows":32`))
		}
		if f.Dialect.Encoding == reviews.UTF16LE || f.Dialect.Encoding == reviews.UTF16BE {
			perRow *= 2
		}
		if size := work.Bytes + int64(work.Rows+1)*perRow; b.Bytes > 0 && size > b.Bytes {
			return nil, &wire.Error{Code: wire.TooMuchWork, Detail: fmt.Sprintf("The answer would have %.1f MB; the limit here is %.1f MB. Send the file to /v1/jobs and fetch its result.",
				float64(size)/(1<<20), float64(b.Bytes)/(1<<20))}
		}
		if err := b.fits(work.Tokens, h.meter.speed(ctx)); err != nil {
			return nil, err
		}
	}
	return background(ctx), nil
}

type backgroundKey struct{}

// background says that what is scored in ctx was let in already, and may wait.
func background(ctx context.Context) context.Context {
	return context.WithValue(context.WithValue(ctx, backgroundKey{}, true), budgetKey{}, nil)
}

// enter lets in as many requests as fit, and of each owner as many as its rate allows.
func (h *Handler) enter(handle func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r, leave, err := h.place(r)
		if err == nil {
			defer leave()
			err = handle(w, r)
		}
		if err != nil {
			fail(w, r, err)
		}
	}
}

// place lets a request in, whose owner is known, until leave is called: it has a place among those that are scored from when
// its body is there. The request it gives back knows its budget.
func (h *Handler) place(r *http.Request) (in *http.Request, leave func(), err error) {
	if err := h.rates.admit(scoring.Owner(r.Context())); err != nil {
		return r, nil, err
	}
	r, v, err := h.arrive(r)
	if err != nil {
		return r, nil, err
	}
	if h.budget != nil {
		r = r.WithContext(context.WithValue(r.Context(), budgetKey{}, h.budget(r)))
	}
	return r, v.leave, nil
}

// rates bounds the texts a second of each owner. They are paid for when they are scored, whatever their number: who is in
// debt is refused until it is paid, and a file waits between its chunks.
type rates struct {
	perSecond rate.Limit // 0: no bound
	mu        sync.Mutex
	owners    map[string]*rate.Limiter
}

// rateSeconds is how long an owner can be silent and use it up later.
const rateSeconds = 10

// maxOwners bounds the limiters that are kept. One that is full can be forgotten.
const maxOwners = 10_000

func (l *rates) of(owner string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if limiter, ok := l.owners[owner]; ok {
		return limiter
	}
	burst := max(1, int(math.Ceil(float64(l.perSecond)*rateSeconds)))
	if len(l.owners) >= maxOwners {
		for name, limiter := range l.owners {
			if limiter.Tokens() >= float64(burst) {
				delete(l.owners, name)
			}
		}
	}
	limiter := rate.NewLimiter(l.perSecond, burst)
	if l.owners == nil {
		l.owners = map[string]*rate.Limiter{}
	}
	l.owners[owner] = limiter
	return limiter
}

// admit refuses an owner who is in debt.
func (l *rates) admit(owner string) error {
	if l.perSecond <= 0 {
		return nil
	}
	if debt := 1 - l.of(owner).Tokens(); debt > 0 {
		wait := time.Duration(debt / float64(l.perSecond) * float64(time.Second))
		return &wire.Error{Code: wire.RateLimited, Detail: fmt.Sprintf("This key may have %g texts a second scored, and had more; try again in %d s.", float64(l.perSecond), int(math.Ceil(wait.Seconds()))), RetryAfter: wait}
	}
	return nil
}

// pay takes texts off an owner's rate, and says how long it is in debt then.
func (l *rates) pay(owner string, texts int) (debt time.Duration) {
	if l.perSecond <= 0 {
		return 0
	}
	limiter, now := l.of(owner), time.Now()
	for texts > 0 {
		n := min(texts, limiter.Burst())
		debt = limiter.ReserveN(now, n).DelayFrom(now)
		texts -= n
	}
	return debt
}
