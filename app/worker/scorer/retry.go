package scorer

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"reviewlens/api/wire"
	"reviewlens/app/client"
	"reviewlens/app/message"
)

// A request is tried up to maxAttempts times. The waits between are drawn from zero to a bound that
// doubles ("full jitter": clients that failed together do not retry together), 45 seconds in all on
// average; a Retry-After of the server is honoured, up to maxRetryAfter.
const (
	maxAttempts   = 10
	FirstWait     = 500 * time.Millisecond
	MaxWait       = 20 * time.Second
	maxRetryAfter = 2 * time.Minute
	perAttempt    = 90 * time.Second
	offlineWait   = time.Second
)

// offline is the reason shown while there is no network.
const offline = "This device is offline. It goes on by itself when the network is back."

// retrySuffix is the suffix of a reason if the request is being retried.
const retrySuffix = " Trying again."

// IsRetrying reports whether a reason passed to OnWait is that of a retry.
func IsRetrying(why string) bool { return strings.HasSuffix(why, retrySuffix) }

// Retry configures withRetry; the zero value retries silently.
type Retry struct {
	Congestion *Congestion      // learns from each attempt
	OnWait     func(why string) // called with the reason of a stall, and with "" when it ends
	// hasFallback is set if there is an alternative: without a network, or after enough attempts
	// without an answer, the error is returned.
	hasFallback bool
}

// fallbackAttempts is enough attempts to tell a lost packet from a lost network.
const fallbackAttempts = 4

// noAnswer reports whether err means that the server did not answer.
func noAnswer(err error) bool {
	e, ok := errors.AsType[*client.Unavailable](err)
	return ok && e.Status == 0
}

// withRetry calls do until it succeeds or fails for good. It retries temporary failures
// (client.Unavailable, an attempt that times out); while the browser has no network, for as long as
// that lasts. If the server requires a key, or another one, it waits until there is one. Any other
// error is returned at once.
func (s *Scorer) withRetry(ctx context.Context, p Retry, tokens int,
	do func(ctx context.Context) error) error {
	onWait := p.OnWait
	if onWait == nil {
		onWait = func(string) {}
	}
	bound := FirstWait
	waits := false // for the network
	for attempt := 1; ; attempt++ {
		if waits && s.Online() {
			waits = false
			onWait("")
		}
		key, start := s.keyNumber(), time.Now()
		limited, cancel := context.WithTimeout(ctx, perAttempt)
		err := do(limited)
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			p.Congestion.succeeded(time.Since(start), tokens)
			return nil
		}
		if errors.Is(err, context.DeadlineExceeded) {
			err = &client.Unavailable{Err: err}
		}
		unavailable, ok := errors.AsType[*client.Unavailable](err)
		if !ok {
			if e, refused := errors.AsType[*wire.Error](err); refused &&
				e.Code == wire.Unauthorized {
				if err := s.awaitKey(ctx, key, e.Detail, onWait); err != nil {
					return err
				}
				onWait("")
				attempt, bound = 0, FirstWait
				continue
			}
			return err
		}
		p.Congestion.refused(start)
		wait := rand.N(bound)
		switch {
		case p.hasFallback && unavailable.Status == 0 &&
			(attempt >= fallbackAttempts || !s.Online()):
			return unavailable
		case unavailable.Status == 0 && !s.Online():
			attempt, bound, wait, waits = 0, FirstWait, offlineWait, true
			onWait(offline)
		case attempt == maxAttempts:
			return err
		default:
			wait += min(unavailable.RetryAfter, maxRetryAfter)
			bound = min(2*bound, MaxWait)
			if attempt > 1 {
				onWait(Problem(message.AboutRun, unavailable).Detail + retrySuffix)
			}
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// keyNumber returns the number of keys given, which distinguishes one key from the next.
func (s *Scorer) keyNumber() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys
}

// keyWait is what refused requests wait for: the next key, or another place to score.
type keyWait struct {
	done    chan struct{}
	waiters int
}

// stopWaiting wakes those that wait for a key, to try again. s.mu is held.
func (s *Scorer) stopWaiting() {
	if s.wanted != nil {
		close(s.wanted.done)
		s.wanted = nil
	}
}

// awaitKey waits for a key newer than that of the given number, which the server refused with a
// reason, or until scoring is moved.
func (s *Scorer) awaitKey(ctx context.Context, number int, reason string,
	onWait func(string)) error {
	s.mu.Lock()
	if s.keys != number { // it has arrived meanwhile
		s.mu.Unlock()
		return nil
	}
	first := s.wanted == nil
	if first {
		s.wanted = &keyWait{done: make(chan struct{})}
	}
	wanted := s.wanted
	wanted.waiters++
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if wanted.waiters--; wanted.waiters == 0 && s.wanted == wanted {
			s.wanted = nil
		}
	}()
	if first {
		s.Send(context.Background(), s.lock(ctx, number, reason))
	}
	onWait("Waiting for a sign-in or a key.")
	select {
	case <-wanted.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lock returns the event that asks for an API key or a sign-in, after the server has refused the
// key of this number.
func (s *Scorer) lock(ctx context.Context, number int, reason string) message.Event {
	limited, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	wayOut := "Nothing is lost: scoring continues once you enter the key."
	config, err := s.Client.Config(limited)
	switch oidc := err == nil && config.SignIn != nil; { // the server's reasons are for programs
	case oidc && number == 0:
		reason = "This server requires you to sign in."
	case oidc:
		reason = "Your sign-in has expired, or is not valid for this server."
	case number == 0:
		reason = "This server wants an API key."
	}
	if config.SignIn != nil {
		wayOut = "Nothing is lost: it goes on as soon as you have signed in."
	}
	return message.Event{Name: message.EventLocked, SignIn: config.SignIn,
		Problem: &message.Problem{About: message.AboutKey, Detail: reason, WayOut: wayOut,
			Retry: true}}
}

// SetKey sets the key and wakes the requests that wait for one.
func (s *Scorer) SetKey(key string) {
	s.Client.SetKey(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys++
	s.stopWaiting()
}

// Locked reports whether something waits for a key.
func (s *Scorer) Locked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wanted != nil
}
