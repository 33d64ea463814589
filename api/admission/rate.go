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
// wait until the debt is paid off.
type Rates struct {
	perSecond rate.Limit // 0: no limit

	mu     sync.Mutex
	owners map[string]*rate.Limiter
}

// NewRates returns Rates; textsPerSecond 0 means no limit.
func NewRates(textsPerSecond float64) *Rates {
	return &Rates{perSecond: rate.Limit(textsPerSecond), owners: map[string]*rate.Limiter{}}
}

const (
	burstSeconds = 10     // seconds of unused rate that an owner can accumulate
	maxOwners    = 10_000 // limiters that are kept; a full one can be dropped
)

// of returns an owner's limiter. r.mu must be held.
func (r *Rates) of(owner string) *rate.Limiter {
	if limiter, ok := r.owners[owner]; ok {
		return limiter
	}
	burst := max(1, int(math.Ceil(float64(r.perSecond)*burstSeconds)))
	if len(r.owners) >= maxOwners {
		for name, limiter := range r.owners {
			if limiter.Tokens() >= float64(burst) {
				delete(r.owners, name)
			}
		}
	}
	limiter := rate.NewLimiter(r.perSecond, burst)
	r.owners[owner] = limiter
	return limiter
}

// Check returns an error if the owner is in debt.
func (r *Rates) Check(owner string) error {
	if r.perSecond <= 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.check(r.of(owner))
}

func (r *Rates) check(limiter *rate.Limiter) error {
	if debt := 1 - limiter.Tokens(); debt > 0 {
		wait := time.Duration(debt / float64(r.perSecond) * float64(time.Second))
		return &wire.Error{Code: wire.RateLimited,
			Detail: fmt.Sprintf("This key may have %g texts a second scored, and had more; try "+
				"again in %d s.", float64(r.perSecond), int(math.Ceil(wait.Seconds()))),
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
	limiter := r.of(owner)
	if err := r.check(limiter); err != nil {
		return err
	}
	r.pay(limiter, texts)
	return nil
}

// Charge charges texts of a request that was accepted before, whatever debt its owner has.
func (r *Rates) Charge(owner string, texts int) {
	if r.perSecond <= 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pay(r.of(owner), texts)
}

// Refund takes back what was charged for texts that were not scored.
func (r *Rates) Refund(owner string, texts int) {
	if r.perSecond <= 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.of(owner).ReserveN(time.Now(), -texts)
}

// Wait charges texts and waits until the owner is out of debt.
func (r *Rates) Wait(ctx context.Context, owner string, texts int) error {
	if r.perSecond <= 0 {
		return nil
	}
	r.mu.Lock()
	debt := r.pay(r.of(owner), texts)
	r.mu.Unlock()
	if debt <= 0 {
		return nil
	}
	timer := time.NewTimer(debt)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pay charges the limiter and returns how long its owner is in debt then. r.mu must be held.
func (r *Rates) pay(limiter *rate.Limiter, texts int) (debt time.Duration) {
	now := time.Now()
	for texts > 0 {
		n := min(texts, limiter.Burst())
		debt = limiter.ReserveN(now, n).DelayFrom(now)
		texts -= n
	}
	return debt
}
