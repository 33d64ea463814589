package scorer

import (
	"context"
	"sync"
	"time"
)

// MaxInFlight bounds the requests that travel at once. A browser holds six connections to a server
// of HTTP/1.1 and hundreds of streams to one of HTTP/2, where each request may meet a machine of
// its own.
const MaxInFlight = 12

// slowdownLimit is how many times the time a token took at best it may take before the server
// counts as full. Two requests that share one processor take twice as long each and lose nothing;
// with three it has always one waiting.
const slowdownLimit = 3

// FewestTokens is how many tokens a request should have: with less, the trip is what takes long.
const FewestTokens = 1000

const restartInterval = time.Minute

// Congestion is an AIMD controller (slow start, additive increase, multiplicative decrease) for
// requests in flight. It starts with one and adds one for each answer until the first sign that the
// server is full, from there one for each round of answers; a slow answer takes one away, a refusal
// halves. So a laptop's server gets three or four requests, and a fleet gets a dozen. Servers
// change: the controller restarts every minute.
//
// A nil Congestion does nothing.
type Congestion struct {
	mu            sync.Mutex
	limit         float64
	inFlight      int
	slowStartDone bool    // the quick start is over
	best          float64 // seconds that a token took at best since started; 0 until known
	started       time.Time
	speed         float64       // tokens a second of one request, smoothed; 0 until known
	halved        time.Time     // refusals of requests sent before are the echo of that one
	held          bool          // nothing new may leave
	changed       chan struct{} // closed at each change that lets someone go
}

// NewCongestion makes a controller that knows nothing of the server.
func NewCongestion() *Congestion {
	return &Congestion{limit: 1, started: time.Now(), changed: make(chan struct{})}
}

// Acquire waits until one more request may travel.
func (p *Congestion) Acquire(ctx context.Context) error {
	for ctx.Err() == nil {
		p.mu.Lock()
		if !p.held && p.inFlight < int(p.limit) {
			p.inFlight++
			p.mu.Unlock()
			return nil
		}
		changed := p.changed
		p.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// Release ends what Acquire began.
func (p *Congestion) Release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight--
	p.notify()
}

// Hold keeps requests from leaving, or lets them leave again. Those under way are not touched.
func (p *Congestion) Hold(held bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = held
	p.notify()
}

// notify lets those who wait look again. p.mu is held.
func (p *Congestion) notify() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// allow lets that many requests travel, at least until it learns better: they go to no server.
func (p *Congestion) allow(requests float64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limit < requests {
		p.limit = requests
		p.notify()
	}
}

// succeeded learns from an answer to a request of so many tokens.
func (p *Congestion) succeeded(took time.Duration, tokens int) {
	if p == nil || tokens == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	seconds := max(took, time.Millisecond).Seconds()
	if speed := float64(tokens) / seconds; p.speed == 0 {
		p.speed = speed
	} else {
		p.speed += 0.3 * (speed - p.speed)
	}
	if tokens < FewestTokens/2 { // the trip, not the tokens, is what took so long
		return
	}
	each := seconds / float64(tokens)
	switch {
	case time.Since(p.started) > restartInterval:
		p.started, p.best, p.limit, p.slowStartDone = time.Now(), 0, 1, false
		return // this one has travelled in company
	case p.best == 0 && p.inFlight > 1:
		return // so has this
	case p.best == 0 || each < p.best:
		p.best = each
	}
	switch {
	case each > slowdownLimit*p.best:
		p.slowStartDone = true
		p.limit = max(1, p.limit-1/p.limit)
	case p.slowStartDone:
		p.limit = min(MaxInFlight, p.limit+1/p.limit)
	default:
		p.limit = min(MaxInFlight, p.limit+1)
	}
	p.notify()
}

// refused learns that a request, begun then, was turned away, lost or not answered in time.
func (p *Congestion) refused(began time.Time) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slowStartDone = true
	if began.Before(p.halved) {
		return
	}
	p.halved = time.Now()
	p.limit = max(1, p.limit/2)
}

// TokensWithin is how many tokens one request is answered in within d; 0 until known.
func (p *Congestion) TokensWithin(d time.Duration) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int(p.speed * d.Seconds())
}
