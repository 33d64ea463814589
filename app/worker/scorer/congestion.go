package scorer

import (
	"context"
	"sync"
	"time"
)

// MaxInFlight bounds the requests in flight. A browser opens six connections to an HTTP/1.1 server
// and hundreds of streams to an HTTP/2 server, where each request may be served by a machine of its
// own.
const MaxInFlight = 12

// slowdownLimit is the ratio of the current to the best time per token above which the server
// counts as saturated. Two requests that share a processor each take twice as long without loss;
// with three, one is always waiting.
const slowdownLimit = 3

// MinTokens is the minimum size of a request in tokens: below it, latency dominates.
const MinTokens = 1000

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
	slowStartDone bool
	best          float64 // least seconds per token since started; 0 until known
	started       time.Time
	speed         float64       // tokens per second of one request, smoothed; 0 until known
	halved        time.Time     // refusals of requests sent before it are ignored
	held          bool          // no new request may be sent
	changed       chan struct{} // closed whenever a waiter may proceed
}

// NewCongestion returns a controller without any measurements of the server.
func NewCongestion() *Congestion {
	return &Congestion{limit: 1, started: time.Now(), changed: make(chan struct{})}
}

// Acquire waits until one more request may be sent.
func (c *Congestion) Acquire(ctx context.Context) error {
	for ctx.Err() == nil {
		c.mu.Lock()
		if !c.held && c.inFlight < int(c.limit) {
			c.inFlight++
			c.mu.Unlock()
			return nil
		}
		changed := c.changed
		c.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// Release ends a request begun by Acquire.
func (c *Congestion) Release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inFlight--
	c.notify()
}

// Hold stops new requests, or allows them again. It does not affect requests in flight.
func (c *Congestion) Hold(held bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = held
	c.notify()
}

// notify wakes the waiters, which check again. c.mu is held.
func (c *Congestion) notify() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// allow raises the limit to the given number of requests, for a device that scores locally.
func (c *Congestion) allow(requests float64) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.limit < requests {
		c.limit = requests
		c.notify()
	}
}

// succeeded records an answer to a request of so many tokens.
func (c *Congestion) succeeded(took time.Duration, tokens int) {
	if c == nil || tokens == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	seconds := max(took, time.Millisecond).Seconds()
	if speed := float64(tokens) / seconds; c.speed == 0 {
		c.speed = speed
	} else {
		c.speed += 0.3 * (speed - c.speed)
	}
	if tokens < MinTokens/2 { // dominated by latency, not by the tokens
		return
	}
	each := seconds / float64(tokens)
	switch {
	case time.Since(c.started) > restartInterval:
		c.started, c.best, c.limit, c.slowStartDone = time.Now(), 0, 1, false
		return // measured with others in flight: no baseline
	case c.best == 0 && c.inFlight > 1:
		return
	case c.best == 0 || each < c.best:
		c.best = each
	}
	switch {
	case each > slowdownLimit*c.best:
		c.slowStartDone = true
		c.limit = max(1, c.limit-1/c.limit)
	case c.slowStartDone:
		c.limit = min(MaxInFlight, c.limit+1/c.limit)
	default:
		c.limit = min(MaxInFlight, c.limit+1)
	}
	c.notify()
}

// refused records that a request, begun then, was rejected, lost or timed out.
func (c *Congestion) refused(start time.Time) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slowStartDone = true
	if start.Before(c.halved) {
		return
	}
	c.halved = time.Now()
	c.limit = max(1, c.limit/2)
}

// TokensWithin returns the number of tokens for which one request takes d; 0 until known.
func (c *Congestion) TokensWithin(d time.Duration) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return int(c.speed * d.Seconds())
}
