package worker

import (
	"context"
	"sync"
	"time"
)

// mostTravelling bounds the requests that travel at once. A browser holds six connections to a server of HTTP/1.1
// and hundreds of streams to one of HTTP/2, where each request may meet a machine of its own.
const mostTravelling = 12

// tooSlow is how many times the time a token took at best it may take before the server counts as full. Two
// requests that share one processor take twice as long each and lose nothing; with three it has always one waiting.
const tooSlow = 3

const startAnew = time.Minute

// pace decides how many requests travel at once, as TCP does: it starts with one, adds one for each answer until
// the first sign that the server is full, from there one for each round of answers; a slow answer takes one
// away, a refusal halves. So a laptop's server gets three or four, and a fleet gets a dozen. Servers change: each
// minute it starts anew.
//
// A nil pace does nothing.
type pace struct {
	mu         sync.Mutex
	limit      float64
	travelling int
	steady     bool    // the quick start is over
	best       float64 // seconds that a token took at best since started; 0 until known
	started    time.Time
	speed      float64       // tokens a second of one request, smoothed; 0 until known
	halved     time.Time     // refusals of requests sent before are the echo of that one
	held       bool          // nothing new may leave
	changed    chan struct{} // closed at each change that lets someone go
}

func newPace() *pace { return &pace{limit: 1, started: time.Now(), changed: make(chan struct{})} }

// enter waits until one more request may travel.
func (p *pace) enter(ctx context.Context) error {
	for ctx.Err() == nil {
		p.mu.Lock()
		if !p.held && p.travelling < int(p.limit) {
			p.travelling++
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

// leave ends what enter began.
func (p *pace) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.travelling--
	p.wake()
}

// hold keeps requests from leaving, or lets them leave again. Those under way are not touched.
func (p *pace) hold(held bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = held
	p.wake()
}

// wake lets those who wait look again. p.mu is held.
func (p *pace) wake() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// answered learns from an answer to a request of so many tokens.
func (p *pace) answered(took time.Duration, tokens int) {
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
	if tokens < fewestTokens/2 { // the trip, not the tokens, is what took so long
		return
	}
	each := seconds / float64(tokens)
	switch {
	case time.Since(p.started) > startAnew:
		p.started, p.best, p.limit, p.steady = time.Now(), 0, 1, false
		return // this one has travelled in company
	case p.best == 0 && p.travelling > 1:
		return // so has this
	case p.best == 0 || each < p.best:
		p.best = each
	}
	switch {
	case each > tooSlow*p.best:
		p.steady = true
		p.limit = max(1, p.limit-1/p.limit)
	case p.steady:
		p.limit = min(mostTravelling, p.limit+1/p.limit)
	default:
		p.limit = min(mostTravelling, p.limit+1)
	}
	p.wake()
}

// refused learns that a request, begun then, was turned away, lost or not answered in time.
func (p *pace) refused(began time.Time) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.steady = true
	if began.Before(p.halved) {
		return
	}
	p.halved = time.Now()
	p.limit = max(1, p.limit/2)
}

// tokensIn is how many tokens one request is answered in within d; 0 until known.
func (p *pace) tokensIn(d time.Duration) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int(p.speed * d.Seconds())
}
