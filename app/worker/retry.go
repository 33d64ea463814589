package worker

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"reviewlens/api/wire"
	"reviewlens/app/client"
	"reviewlens/app/message"
)

// A request is tried up to attempts times. The waits between are drawn from zero to a bound that
// doubles ("full jitter": clients that failed together do not come back together), three quarters
// of a minute in all on average; a server that names a time (Retry-After) is given it.
// maxRetryAfter is the longest that it is given.
const (
	maxAttempts   = 10
	firstWait     = 500 * time.Millisecond
	maxWait       = 20 * time.Second
	maxRetryAfter = 2 * time.Minute
	perAttempt    = 90 * time.Second
	offlineWait   = time.Second
)

// retryOptions configures withRetry; the zero value retries silently.
type retryOptions struct {
	congestion *congestion      // learns from each attempt
	onWait     func(why string) // is told why nothing moves, and "" when it moves again
	// hasFallback says that there is another way: without a network, or after enough attempts
	// without an answer, the error comes back.
	hasFallback bool
}

// fallbackAttempts attempts tell a lost packet from a lost network.
const fallbackAttempts = 4

// noAnswer says that err means that nobody answered.
func noAnswer(err error) bool {
	e, ok := errors.AsType[*client.Unavailable](err)
	return ok && e.Status == 0
}

// withRetry calls do until it succeeds or will not succeed. What cannot be served now
// (client.Unavailable, an attempt that takes too long) is tried again; while the browser has no
// network, for as long as that lasts. Where the server wants a key, or another, it waits until
// there is one. Any other error is returned as it comes.
func (w *Worker) withRetry(ctx context.Context, p retryOptions, tokens int,
	do func(ctx context.Context) error) error {
	onWait := p.onWait
	if onWait == nil {
		onWait = func(string) {}
	}
	bound := firstWait
	for attempt := 1; ; attempt++ {
		key, began := w.keyNumber(), time.Now()
		limited, cancel := context.WithTimeout(ctx, perAttempt)
		err := do(limited)
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			p.congestion.succeeded(time.Since(began), tokens)
			return nil
		}
		if errors.Is(err, context.DeadlineExceeded) {
			err = &client.Unavailable{Err: err}
		}
		unavailable, ok := errors.AsType[*client.Unavailable](err)
		if !ok {
			if e, refused := errors.AsType[*wire.Error](err); refused &&
				e.Code == wire.Unauthorized {
				if err := w.awaitKey(ctx, key, e.Detail, onWait); err != nil {
					return err
				}
				onWait("")
				attempt, bound = 0, firstWait
				continue
			}
			return err
		}
		p.congestion.refused(began)
		wait := rand.N(bound)
		switch {
		case p.hasFallback && unavailable.Status == 0 &&
			(attempt >= fallbackAttempts || !w.Online()):
			return unavailable
		case unavailable.Status == 0 && !w.Online():
			attempt, bound, wait = 0, firstWait, offlineWait
			onWait("This device is offline. It goes on by itself when the network is back.")
		case attempt == maxAttempts:
			return err
		default:
			wait += min(unavailable.RetryAfter, maxRetryAfter)
			bound = min(2*bound, maxWait)
			if attempt > 1 {
				onWait(problem(message.AboutRun, unavailable).Detail + " Trying again.")
			}
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// keyNumber tells one key from the next.
func (w *Worker) keyNumber() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.keys
}

// awaitKey waits for a key after that of the given number, which the server refused with a reason.
func (w *Worker) awaitKey(ctx context.Context, number int, reason string,
	onWait func(string)) error {
	w.mu.Lock()
	if w.keys != number { // it has come meanwhile
		w.mu.Unlock()
		return nil
	}
	first := w.wanted == nil
	if first {
		w.wanted = make(chan struct{})
	}
	wanted := w.wanted
	w.mu.Unlock()
	if first {
		w.send(context.Background(), w.lock(ctx, number, reason))
	}
	onWait("The server asks who you are.")
	select {
	case <-wanted:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lock says what the server, which has refused what came with the key of this number, wants: an API
// key, or that people sign in.
func (w *Worker) lock(ctx context.Context, number int, reason string) message.Event {
	limited, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	wayOut := "Nothing is lost: it goes on as soon as the key is there."
	config, err := w.Client.Config(limited)
	switch oidc := err == nil && config.SignIn != nil; { // the server's own words are for programs
	case oidc && number == 0:
		reason = "This server wants you to sign in."
	case oidc:
		reason = "Your sign-in is over, or is not for this server."
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

// setKey takes a key over and lets those go on who wait for one.
func (w *Worker) setKey(key string) {
	w.Client.SetKey(key)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keys++
	if w.wanted != nil {
		close(w.wanted)
		w.wanted = nil
	}
}

// locked reports whether the server waits for a key.
func (w *Worker) locked() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.wanted != nil
}
