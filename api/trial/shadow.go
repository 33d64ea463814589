package trial

import (
	"context"
	"errors"
	"time"

	"reviewlens/api/engines"
	"reviewlens/api/scoring"
	"reviewlens/reviews"
	"reviewlens/reviews/paired"
	"reviewlens/tokenizer/batch"
)

const (
	// maxTasks texts are some seconds of work.
	maxTasks  = 64
	maxTokens = 16 << 10

	// idleWait is how long a text waits for moments without requests, for all its windows together.
	idleWait = time.Second

	// SettleTime is the maximum time that Settle spends on scoring texts.
	SettleTime = 250 * time.Millisecond

	// maxRecent is the number of texts remembered, so that equal ones are scored once: copies add
	// no information, and pairs would not be independent.
	maxRecent = 8192

	// One of timeOneOf texts is scored by both models in turn, to compare their speed.
	timeOneOf = 16
)

var errBusy = errors.New("no idle moment")

// task is a text for the challenger to score.
type task struct {
	t      engines.Trial
	text   [][]int32
	tokens int
	print  batch.Fingerprint
	score  reviews.Score // the current model's
	truth  reviews.Sentiment
}

// shadow is the queue of texts to score, and its bounds.
type shadow struct {
	tasks  []task
	tokens int     // of tasks
	credit float64 // tokens that may be scored, a share of those scored for requests
	recent recent
}

func (s *shadow) reset() { *s = shadow{credit: maxTokens} }

// earn adds to the tokens that may be scored.
func (s *shadow) earn(tokens float64) { s.credit = min(s.credit+tokens, maxTokens) }

// recent holds the last maxRecent texts.
type recent struct {
	texts map[batch.Fingerprint]struct{}
	order []batch.Fingerprint // of texts, a ring
	next  int
}

// add reports whether a text is not among the recent ones, and adds it.
func (r *recent) add(f batch.Fingerprint) bool {
	if _, ok := r.texts[f]; ok {
		return false
	}
	if r.texts == nil {
		r.texts = make(map[batch.Fingerprint]struct{})
	}
	r.texts[f] = struct{}{}
	if len(r.order) < maxRecent {
		r.order = append(r.order, f)
		return true
	}
	delete(r.texts, r.order[r.next])
	r.order[r.next] = f
	r.next = (r.next + 1) % maxRecent
	return true
}

// offer queues a task if there is room. It copies the windows, which belong to the request.
func (s *shadow) offer(t task) bool {
	if len(s.tasks) >= maxTasks || s.tokens+t.tokens > maxTokens || float64(t.tokens) > s.credit {
		return false
	}
	s.credit -= float64(t.tokens)
	s.tokens += t.tokens
	ids := make([]int32, 0, t.tokens)
	text := make([][]int32, len(t.text))
	for i, w := range t.text {
		from := len(ids)
		ids = append(ids, w...)
		text[i] = ids[from:len(ids):len(ids)]
	}
	t.text = text
	s.tasks = append(s.tasks, t)
	return true
}

// next removes and returns the next task.
func (s *shadow) next() (task, bool) {
	if len(s.tasks) == 0 {
		s.tasks = nil
		return task{}, false
	}
	t := s.tasks[0]
	s.tasks[0] = task{}
	s.tasks = s.tasks[1:]
	s.tokens -= t.tokens
	return t, true
}

// sampled reports whether a text belongs to a share of all texts. The result is the same each time.
func sampled(f batch.Fingerprint, share float64) bool {
	return float64(f[0]>>11)/(1<<53) < share
}

// readShadow scores queued texts with the challenger while the engines are idle, until Close.
func (r *Runner) readShadow() {
	for {
		select {
		case <-r.wake:
		case <-r.ctx.Done():
			return
		}
		for r.ctx.Err() == nil {
			r.mu.Lock()
			t, ok := r.shadow.next()
			r.mu.Unlock()
			if !ok {
				break
			}
			ctx, cancel := context.WithCancel(r.ctx)
			patience := time.AfterFunc(idleWait, cancel)
			r.pair(r.ctx, t, func() error { return r.gate.wait(ctx.Done()) })
			patience.Stop()
			cancel()
		}
	}
}

// idleScorer is an engine that scores a text window by window (infer.Engine).
type idleScorer interface {
	ScoreWhenIdle(ctx context.Context, text [][]int32, before func() error) (reviews.Score,
		time.Duration, error)
}

// score scores a text with a model of the store while the engine is idle.
func (r *Runner) score(ctx context.Context, model string, text [][]int32,
	before func() error) (s reviews.Score, took time.Duration, err error) {
	defer scoring.RecoverTo(&err)
	e, release, err := r.o.Host.Acquire(ctx, model)
	if err != nil {
		return s, 0, errors.Join(errBusy, err) // no longer open
	}
	defer release()
	if p, ok := e.(idleScorer); ok {
		return p.ScoreWhenIdle(ctx, text, before)
	}
	if err := before(); err != nil {
		return s, 0, err
	}
	start := time.Now()
	scores, err := e.Score(ctx, [][][]int32{text})
	if err != nil {
		return s, 0, err
	}
	return scores[0], time.Since(start), nil
}

// pair scores a text with the challenger, and counts the pair.
func (r *Runner) pair(ctx context.Context, t task, before func() error) {
	var c Counts
	var took [2]time.Duration
	var err error
	pair := paired.Pair{A: t.score, Truth: t.truth}
	compare := t.print[1]%timeOneOf == 0
	order := []int{1}
	if compare { // each is first equally often: the second finds the text in the caches
		if order = []int{0, 1}; t.print[1]/timeOneOf%2 == 0 {
			order = []int{1, 0}
		}
	}
	for _, model := range order {
		var s reviews.Score
		id := []string{t.t.Pointer.ID, t.t.Model}[model]
		if s, took[model], err = r.score(ctx, id, t.text, before); err != nil {
			break
		}
		if model == 1 {
			pair.B = s
		}
	}
	switch {
	case errors.Is(err, errBusy) || ctx.Err() != nil:
		c.Dropped = 1
	case err != nil:
		c.Failed = 1
	case pair.B.Sentiment == reviews.None:
		c.Failed, err = 1, errors.New("the challenger gave no number")
	default:
		c.Pairs.Add(pair)
		if compare {
			c.Timed = 1
			for i, d := range took {
				c.Millis[i] = float64(d.Microseconds()) / 1000
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.trial != t.t.ID || r.ended == t.t.ID {
		return
	}
	if c.Failed > 0 {
		r.note("a text not read", err)
	}
	r.count(c)
	r.settled.add(pair, c, took)
}

// Settled is the work of a frozen process for a trial in one invocation, for its metrics.
type Settled struct {
	Challenger string
	Pairs      int
	Changed    int     // pairs with different labels
	Shift      float64 // sum of the challenger's probabilities minus the current model's
	Millis     float64 // of the challenger
	Dropped    int
	Failed     int
	Stopped    bool // the trial, by its rule
	Promoted   bool
}

func (s *Settled) add(p paired.Pair, c Counts, took [2]time.Duration) {
	if c.Pairs.Pairs == 0 {
		return
	}
	s.Pairs++
	if p.A.Sentiment != p.B.Sentiment {
		s.Changed++
	}
	s.Shift += p.B.Positive - p.A.Positive
	s.Millis += float64(took[1].Microseconds()) / 1000
}

// Settle does in a frozen process what a server does in the background: it scores the texts of the
// sample, for at most SettleTime and no longer than ctx, and every half minute writes the counts
// and judges the trial, or writes its end. Texts not scored by then are dropped and counted.
func (r *Runner) Settle(ctx context.Context) Settled {
	if r == nil {
		return Settled{}
	}
	t, ok := r.running()
	until, cancel := context.WithTimeout(ctx, SettleTime)
	defer cancel()
	before := func() error {
		if until.Err() != nil {
			return errBusy
		}
		return nil
	}
	for ok {
		r.mu.Lock()
		next, more := r.shadow.next()
		r.mu.Unlock()
		if !more {
			break
		}
		r.pair(ctx, next, before)
	}
	r.mu.Lock()
	due := time.Since(r.written) >= writeInterval
	stopping := r.stopping != nil
	r.mu.Unlock()
	if due && (ok || stopping) || ok && t.Err != nil {
		stored, cancel := context.WithTimeout(ctx, storeTime)
		defer cancel()
		r.tick(stored)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	did := r.settled
	r.settled = Settled{}
	did.Challenger = t.Model
	return did
}

// Local returns the running trial and the counts of this process; ok is false if there is none.
func (r *Runner) Local() (t engines.Trial, c Counts, ok bool) {
	if t, ok = r.running(); !ok {
		return t, Counts{}, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return t, r.local, true
}

var _ scoring.Models = (*Runner)(nil)
