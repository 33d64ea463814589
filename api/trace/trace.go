// Package trace notes what a request's time went into, for whoever asked to know: spans for OpenTelemetry
// (api/telemetry), metrics for CloudWatch (api/lambda). It imports neither.
//
// A host that wants to know puts a Trace into the request's context; what works on the request finds it there and adds
// spans. Nobody asked: From gives nil, every method of a nil Trace does nothing, and nothing is spent but one look at the
// context a request. A Trace holds counts and times, never texts or token IDs.
package trace

import (
	"context"
	"sync"
	"time"
)

// The phases of a request.
const (
	Tokenize = "tokenize" // texts to windows of token IDs
	Queue    = "queue"    // from asking the engine until its first window is begun
	Run      = "run"      // from there until the last score is known
)

// Span is one phase of a request, or one of several.
type Span struct {
	Phase      string
	Begin, End time.Time
	Texts      int // 0: not known here
	Windows    int
	Tokens     int
}

// maxSpans bounds what one request keeps: a file of a million rows is scored in thousands of pieces. Total counts all.
const maxSpans = 96

// Trace is one request. It is safe for concurrent use.
type Trace struct {
	mu     sync.Mutex
	spans  []Span
	total  map[string]time.Duration
	scores Scores
	route  string
	status int
}

// Scores sums up what a request scored.
type Scores struct {
	Model    string // the last one, "" before anything was scored
	Texts    int    // those with a score
	Windows  int
	Tokens   int
	Positive float64 // sum of the probabilities
	// Confidence is the sum of the probabilities of the likelier label: what it says less surely, it knows less well.
	Confidence float64
}

type key struct{}

// With gives a context with a new Trace.
func With(ctx context.Context) (context.Context, *Trace) {
	t := &Trace{total: make(map[string]time.Duration)}
	return context.WithValue(ctx, key{}, t), t
}

// From gives the context's Trace, nil where nobody asked for one.
func From(ctx context.Context) *Trace {
	t, _ := ctx.Value(key{}).(*Trace)
	return t
}

// Add notes a phase that has ended.
func (t *Trace) Add(s Span) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total[s.Phase] += s.End.Sub(s.Begin)
	if len(t.spans) < maxSpans {
		t.spans = append(t.spans, s)
	}
}

// Scored adds what one call of an engine scored.
func (t *Trace) Scored(s Scores) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.scores = Scores{s.Model, t.scores.Texts + s.Texts, t.scores.Windows + s.Windows, t.scores.Tokens + s.Tokens, t.scores.Positive + s.Positive, t.scores.Confidence + s.Confidence}
}

// Served notes what the request was, as the router has it, and with which status it was answered.
func (t *Trace) Served(route string, status int) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.route, t.status = route, status
}

// Answer gives what Served noted: "" and 0 where the answer was broken off.
func (t *Trace) Answer() (route string, status int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.route, t.status
}

// Spans gives the phases noted so far, in the order in which they ended; of very many the first ones.
func (t *Trace) Spans() []Span {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Span(nil), t.spans...)
}

// Total is the time of all spans of a phase. Where pieces of a file overlap, it is more than the time that passed.
func (t *Trace) Total(phase string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.total[phase]
}

// Scores gives what was scored so far.
func (t *Trace) Scores() Scores {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.scores
}
