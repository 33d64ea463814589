// Package trace records how a request's time was spent: spans for OpenTelemetry (api/telemetry),
// metrics for CloudWatch (api/lambda). It imports neither.
//
// A host that wants a trace adds one to the request's context using With; code that works on the
// request adds spans to From(ctx). Without With, From returns nil, whose methods do nothing, so the
// cost is one context lookup per request. A Trace holds counts and times, never texts or token IDs.
package trace

import (
	"context"
	"sync"
	"time"
)

// The phases of a request.
const (
	Tokenize = "tokenize" // texts to windows of token IDs
	Queue    = "queue"    // from the call of the engine until its first window starts
	Run      = "run"      // from then until the last score is known
)

// Span is one phase of a request; a phase may have several spans.
type Span struct {
	Phase      string
	Begin, End time.Time
	Texts      int // 0 if not known
	Windows    int
	Tokens     int
}

// maxSpans bounds the spans kept for one request: a file of a million rows is scored in thousands
// of chunks. Total counts all of them.
const maxSpans = 96

// Trace records one request. It is safe for concurrent use.
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
	Model    string // the most recent one, "" before anything was scored
	Texts    int    // texts with a score
	Windows  int
	Tokens   int
	Positive float64 // sum of the probabilities
	// Confidence is the sum of the probabilities of the likelier label. A falling mean indicates
	// texts that the model knows less well.
	Confidence float64
}

type key struct{}

// With returns a context with a new Trace.
func With(ctx context.Context) (context.Context, *Trace) {
	t := &Trace{total: make(map[string]time.Duration)}
	return context.WithValue(ctx, key{}, t), t
}

// From returns the context's Trace, nil if there is none.
func From(ctx context.Context) *Trace {
	t, _ := ctx.Value(key{}).(*Trace)
	return t
}

// Add records a phase that has ended.
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

// Scored adds the result of one call of an engine.
func (t *Trace) Scored(s Scores) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.scores = Scores{s.Model, t.scores.Texts + s.Texts, t.scores.Windows + s.Windows,
		t.scores.Tokens + s.Tokens, t.scores.Positive + s.Positive, t.scores.Confidence +
			s.Confidence}
}

// Served records the route that the router matched and the status of the response.
func (t *Trace) Served(route string, status int) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.route, t.status = route, status
}

// Answer returns the values recorded by Served: "" and 0 if the response was broken off.
func (t *Trace) Answer() (route string, status int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.route, t.status
}

// Spans returns the recorded spans, in the order in which they ended; only the first maxSpans are
// kept.
func (t *Trace) Spans() []Span {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Span(nil), t.spans...)
}

// Total returns the time of all spans of a phase. If chunks of a file overlap, it exceeds the
// elapsed time.
func (t *Trace) Total(phase string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.total[phase]
}

// Scores returns the scores so far.
func (t *Trace) Scores() Scores {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.scores
}
