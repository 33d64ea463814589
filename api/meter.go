package api

import (
	"context"
	"math"
	"sync"
	"time"

	"reviewlens/api/scoring"
)

// meter knows how fast the engines score and what they have before them.
//
// Speed is that of all streams together. So time counts only while there are enough windows for every stream, and tokens
// only where they end in such a time; both fade, so that it is the speed of lately.
type meter struct {
	models scoring.Models

	mu      sync.Mutex
	windows int // in the engines
	pending int // tokens of these
	since   time.Time
	busy    time.Duration // with enough windows
	tokens  float64       // scored in it

	first sync.Mutex // of those who want to know the speed before anything was scored
}

const (
	enoughWindows = 16 // for every stream of the machines that this runs on
	meterFades    = 30 * time.Second
	longestWait   = 2 * time.Minute // that is said to who is refused
)

// enter says that an engine has work, leave that it is done.
func (m *meter) enter(windows, tokens int) { m.step(windows, tokens, 0) }
func (m *meter) leave(windows, tokens int, scored bool) {
	if scored {
		m.step(-windows, -tokens, tokens)
	} else {
		m.step(-windows, -tokens, 0)
	}
}

func (m *meter) step(windows, pending, scored int) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.windows >= enoughWindows {
		m.busy += now.Sub(m.since)
		m.tokens += float64(scored)
	}
	if m.busy > meterFades {
		m.busy, m.tokens = m.busy/2, m.tokens/2
	}
	m.since = now
	m.windows += windows
	m.pending += pending
}

// speed is in tokens a second; 0 while there is no model. Where nothing was scored yet it is that of the engine's self-test,
// or the golden texts are scored for it.
func (m *meter) speed(ctx context.Context) float64 {
	if s := m.known(); s > 0 {
		return s
	}
	m.first.Lock()
	defer m.first.Unlock()
	if s := m.known(); s > 0 {
		return s
	}
	e, release, err := m.models.Acquire("")
	if err != nil {
		return 0
	}
	defer release()
	if tested, ok := e.(interface{ Speed() float64 }); ok { // an engine that was timed in its self-test
		return tested.Speed()
	}
	var texts [][][]int32
	windows, tokens := 0, 0
	for _, g := range e.Model().Manifest.Golden {
		text, _, _ := e.Windows(nil, []byte(g.Text)) // it has passed the self-test
		texts = append(texts, text)
		windows += len(text)
		for _, w := range text {
			tokens += len(w)
		}
	}
	m.enter(max(windows, enoughWindows), tokens)
	_, err = e.Score(context.WithoutCancel(ctx), texts) // it is for everyone who waits
	m.leave(max(windows, enoughWindows), tokens, err == nil)
	return m.known()
}

func (m *meter) known() float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.busy <= 0 || m.tokens == 0 {
		return 0
	}
	return m.tokens / m.busy.Seconds()
}

// wait is how long the work that the engines have takes them.
func (m *meter) wait() time.Duration {
	speed := m.known()
	m.mu.Lock()
	defer m.mu.Unlock()
	if speed == 0 {
		return time.Second
	}
	seconds := math.Ceil(float64(m.pending) / speed)
	return min(max(time.Duration(seconds)*time.Second, time.Second), longestWait)
}
