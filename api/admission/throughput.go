package admission

import (
	"context"
	"math"
	"sync"
	"time"

	"reviewlens/api/scoring"
)

// Throughput measures how many tokens per second the engines score, and how many are queued in
// them.
//
// The speed is that of all streams together. Therefore only time with enough windows for every
// stream counts, and only tokens that are scored in such time. Both decay, so the estimate follows
// recent throughput.
type Throughput struct {
	models scoring.Models

	mu      sync.Mutex
	windows int // in the engines
	pending int // tokens of those windows
	since   time.Time
	busy    time.Duration // with enough windows
	tokens  float64       // scored in it

	first sync.Mutex // held during the initial measurement, before anything was scored
}

const (
	enoughWindows = 16 // enough to keep every stream of a typical machine busy
	decayAfter    = 30 * time.Second
	maxRetryAfter = 2 * time.Minute
)

// NewThroughput returns a Throughput for the engines of models.
func NewThroughput(models scoring.Models) *Throughput { return &Throughput{models: models} }

// Begin records that an engine was given work.
func (t *Throughput) Begin(windows, tokens int) { t.step(windows, tokens, 0) }

// End records that the work is done or, if scored is false, abandoned.
func (t *Throughput) End(windows, tokens int, scored bool) {
	if scored {
		t.step(-windows, -tokens, tokens)
	} else {
		t.step(-windows, -tokens, 0)
	}
}

func (t *Throughput) step(windows, pending, scored int) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.windows >= enoughWindows {
		t.busy += now.Sub(t.since)
		t.tokens += float64(scored)
	}
	if t.busy > decayAfter {
		t.busy, t.tokens = t.busy/2, t.tokens/2
	}
	t.since = now
	t.windows += windows
	t.pending += pending
}

// Pending returns the windows and tokens that are queued in the engines.
func (t *Throughput) Pending() (windows, tokens int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.windows, t.pending
}

// Speed returns tokens per second, 0 while there is no model. Before anything was scored it is the
// speed of the engine's self-test, or of the golden texts, which are scored to measure it.
func (t *Throughput) Speed(ctx context.Context) float64 {
	if speed := t.measured(); speed > 0 {
		return speed
	}
	t.first.Lock()
	defer t.first.Unlock()
	if speed := t.measured(); speed > 0 {
		return speed
	}
	e, release, err := t.models.Acquire(context.Background(), "") // of no owner: the current one
	if err != nil {
		return 0
	}
	defer release()
	if tested, ok := e.(interface{ Speed() float64 }); ok { // an engine timed in its self-test
		return tested.Speed()
	}
	var texts [][][]int32
	windows, tokens := 0, 0
	for _, g := range e.Model().Manifest.Golden {
		// the golden texts have passed the self-test, so this cannot fail
		text, _, _ := e.Windows(nil, []byte(g.Text))
		texts = append(texts, text)
		windows += len(text)
		for _, w := range text {
			tokens += len(w)
		}
	}
	t.Begin(max(windows, enoughWindows), tokens)
	_, err = e.Score(context.WithoutCancel(ctx), texts) // other requests wait for the result, too
	t.End(max(windows, enoughWindows), tokens, err == nil)
	return t.measured()
}

func (t *Throughput) measured() float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy <= 0 || t.tokens == 0 {
		return 0
	}
	return t.tokens / t.busy.Seconds()
}

// Wait estimates how long the engines need for their queued work, in whole seconds, for
// Retry-After.
func (t *Throughput) Wait() time.Duration {
	speed := t.measured()
	t.mu.Lock()
	defer t.mu.Unlock()
	if speed == 0 {
		return time.Second
	}
	seconds := math.Ceil(float64(t.pending) / speed)
	return min(max(time.Duration(seconds)*time.Second, time.Second), maxRetryAfter)
}
