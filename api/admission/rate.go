package admission

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"reviewlens/api/wire"

	"golang.org/x/time/rate"
)

// Rates limits the texts per second that each owner has scored. Texts are charged before they are
// scored. A request of any size is accepted while its owner has no debt; the next request has to
// wait until the debt is paid off. Jobs get the remaining rate: they wait for their owner's
// requests, but requests do not wait for jobs.
type Rates struct {
	perSecond rate.Limit // 0: no limit

	mu     sync.Mutex
	owners map[string]account
}

// account holds the charges of one owner.
type account struct {
	requests *rate.Limiter // for requests alone
	all      *rate.Limiter // for requests and jobs
}

// NewRates returns Rates; textsPerSecond 0 means no limit.
func NewRates(textsPerSecond float64) *Rates {
	return &Rates{perSecond: rate.Limit(textsPerSecond), owners: map[string]account{}}
}

const (
	burstSeconds = 10     // seconds of unused rate that an owner can accumulate
	maxOwners    = 10_000 // accounts that are kept; one without a charge can be dropped
)

// of returns an owner's account. r.mu must be held.
func (r *Rates) of(owner string) account {
	if a, ok := r.owners[owner]; ok {
		return a
	}
	burst := max(1, int(math.Ceil(float64(r.perSecond)*burstSeconds)))
	if len(r.owners) >= maxOwners {
		for name, a := range r.owners {
			if a.all.Tokens() >= float64(burst) {
				delete(r.owners, name)
			}
		}
	}
	a := account{rate.NewLimiter(r.perSecond, burst), rate.NewLimiter(r.perSecond, burst)}
	r.owners[owner] = a
	return a
}

// Check returns an error if the owner is in debt for requests.
func (r *Rates) Check(owner string) error {
	if r.perSecond <= 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.check(r.of(owner))
}

func (r *Rates) check(a account) error {
	if debt := 1 - a.requests.Tokens(); debt > 0 {
		wait := time.Duration(debt / float64(r.perSecond) * float64(time.Second))
		return &wire.Error{Code: wire.RateLimited,
			Detail: fmt.Sprintf("The limit is %g texts a second, and more were sent; try again "+
				"in %d s.", float64(r.perSecond), int(math.Ceil(wait.Seconds()))),
			RetryAfter: wait}
	}
	return nil
}

// Reserve charges texts, or returns an error if the owner is in debt. Each of several concurrent
// requests sees the charges of those before it.
func (r *Rates) Reserve(owner string, texts int) error {
	if r.perSecond <= 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.of(owner)
	if err := r.check(a); err != nil {
		return err
	}
	a.pay(texts)
	return nil
}

// Charge charges texts of a request that was already accepted, whatever its owner's debt.
func (r *Rates) Charge(owner string, texts int) {
	if r.perSecond <= 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.of(owner).pay(texts)
}

// Refund reverses the charge for texts that were not scored.
func (r *Rates) Refund(owner string, texts int) {
	if r.perSecond <= 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	a, now := r.of(owner), time.Now()
	a.requests.ReserveN(now, -texts)
	a.all.ReserveN(now, -texts)
}

// Wait charges texts of a request and waits until its owner is out of debt for requests.
func (r *Rates) Wait(ctx context.Context, owner string, texts int) error {
	if r.perSecond <= 0 {
		return nil
	}
	r.mu.Lock()
	debt := r.of(owner).pay(texts)
	r.mu.Unlock()
	return sleep(ctx, debt)
}

// WaitJob charges texts of a job and waits until its owner is out of debt.
func (r *Rates) WaitJob(ctx context.Context, owner string, texts int) error {
	if r.perSecond <= 0 {
		return nil
	}
	r.mu.Lock()
	debt := charge(r.of(owner).all, time.Now(), texts)
	r.mu.Unlock()
	return sleep(ctx, debt)
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pay charges texts of a request and returns its owner's debt for requests, as a duration.
func (a account) pay(texts int) (debt time.Duration) {
	now := time.Now()
	charge(a.all, now, texts)
	return charge(a.requests, now, texts)
}

// charge charges a limiter, in parts of at most its burst, and returns its debt as a duration.
func charge(limiter *rate.Limiter, now time.Time, texts int) (debt time.Duration) {
	for texts > 0 {
		n := min(texts, limiter.Burst())
		debt = limiter.ReserveN(now, n).DelayFrom(now)
		texts -= n
	}
	return debt
}
