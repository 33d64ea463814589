package trial

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"reviewlens/api/engines"
	"reviewlens/api/model/store"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/tokenizer/batch"
)

// Host provides a Runner with models: engines.Set.
type Host interface {
	scoring.Models
	Trial() (engines.Trial, bool)
	Stale() bool
	Store() *store.Store
}

// Options configures Start.
type Options struct {
	Host Host
	Log  *slog.Logger
	// Frozen is for a process that runs only during requests: no work is done between requests, and
	// Settle does what is due.
	Frozen bool
}

const (
	// writeInterval is the interval at which counts are written and the trial is judged.
	writeInterval = engines.Interval
	// judgeInterval is the interval at which the counts of all servers are read.
	judgeInterval = 2 * engines.Interval
	// storeTime bounds a request's wait for the store in a frozen process; quitTime bounds Close.
	storeTime = 2 * time.Second
	quitTime  = 5 * time.Second
)

// Runner implements scoring.Models with a trial's assignment of models, and runs the trial.
type Runner struct {
	o      Options
	gate   gate
	ctx    context.Context // cancelled by Close
	cancel context.CancelFunc
	work   sync.WaitGroup
	wake   chan struct{}

	writing sync.Mutex // held while counts or the end of a trial are written

	mu        sync.Mutex
	trial     string // ID of the trial that the fields below belong to
	delta     Counts // not in the store yet
	entry     *entry // being written
	local     Counts // of this process
	shadow    shadow
	corrected recent    // texts that people corrected
	ended     string    // ID of the trial that this process has stopped or promoted
	stopping  *stopping // nil once the store has it
	written   time.Time
	judgedAt  time.Time
	report    *Outcome // of the last look
	settled   Settled  // since the last Settle
	// the last failure of each kind of work, as logged
	failed map[string]string
}

// Start starts to follow the trials of a store.
func Start(o Options) *Runner {
	r := &Runner{o: o, wake: make(chan struct{}, 1), written: time.Now(),
		failed: map[string]string{}}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	if !o.Frozen {
		r.work.Go(r.readShadow)
		r.work.Go(r.watch)
	}
	return r
}

// Close stops the background work and writes what is not in the store yet. It does not close the
// Host.
func (r *Runner) Close() {
	r.cancel()
	r.work.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), quitTime)
	defer cancel()
	r.writeStop(ctx)
	r.write(ctx)
}

// running returns the trial in which this process takes part.
func (r *Runner) running() (engines.Trial, bool) {
	t, ok := r.o.Host.Trial()
	if !ok {
		return t, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended == t.ID {
		return t, false
	}
	if r.trial != t.ID { // counts of the previous trial that are not in the store are lost
		r.trial, r.delta, r.local = t.ID, Counts{}, Counts{}
		r.shadow.reset()
		r.corrected = recent{}
		r.report, r.judgedAt = nil, time.Time{}
		clear(r.failed)
	}
	return t, true
}

// IDs implements scoring.Models.
func (r *Runner) IDs() []string { return r.o.Host.IDs() }

// Stale implements Host.
func (r *Runner) Stale() bool { return r.o.Host.Stale() }

// Assigned returns the model that a trial gives the owner or run of ctx, "" for the current one.
func (r *Runner) Assigned(ctx context.Context) string {
	if r == nil {
		return ""
	}
	if t, ok := r.running(); ok && t.Ready && assigns(&t.Trial, scoring.Unit(ctx)) {
		return t.Model
	}
	return ""
}

// Acquire implements scoring.Models. Without a model's ID it returns the challenger, if it is open,
// to the owners and runs to which the trial assigns it; else the current model.
func (r *Runner) Acquire(ctx context.Context, id string) (scoring.Engine, func(), error) {
	t, ok := r.running()
	if !ok {
		return r.o.Host.Acquire(ctx, id)
	}
	unit := scoring.Unit(ctx)
	given := assigns(&t.Trial, unit)
	if id == "" && given && t.Ready {
		if e, release, err := r.o.Host.Acquire(ctx, t.Model); err == nil {
			return r.observe(e, t, unit), release, nil
		}
	}
	e, release, err := r.o.Host.Acquire(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	m := e.Model().Manifest.ID
	if m != t.Model && m != t.Pointer.ID {
		return e, release, nil // a third model
	}
	if given != (m == t.Model) {
		unit = "" // named in the request, or the challenger is not open here yet
	}
	return r.observe(e, t, unit), release, nil
}

// observe returns an engine that reports its calls to the trial.
func (r *Runner) observe(e scoring.Engine, t engines.Trial, unit string) scoring.Engine {
	o := &observed{Engine: e, r: r, t: t, unit: unit}
	if e.Model().Manifest.ID == t.Model {
		o.model = 1
	}
	if _, ok := e.(speedy); ok {
		return timed{o}
	}
	return o
}

type speedy interface{ Speed() float64 }

type timed struct{ *observed }

func (t timed) Speed() float64 { return t.Engine.(speedy).Speed() }

// observed is an engine of a trial.
type observed struct {
	scoring.Engine
	r     *Runner
	t     engines.Trial
	model int    // 1 for the challenger
	unit  string // the unit that the trial assigned it to; "" if the model was requested by name
}

func (o *observed) Score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	scores, err := o.score(ctx, texts)
	if err == nil || ctx.Err() == nil {
		o.r.scored(ctx, o, texts, scores, err)
	}
	return scores, err
}

func (o *observed) score(ctx context.Context, texts [][][]int32) ([]reviews.Score, error) {
	o.r.gate.enter()
	defer o.r.gate.leave() // also after a panic, which the server survives
	return o.Engine.Score(ctx, texts)
}

// Aspects passes the call on; a trial compares scores only.
func (o *observed) Aspects(ctx context.Context, texts [][][]int32) ([][]aspects.Span, error) {
	o.r.gate.enter()
	defer o.r.gate.leave()
	return o.Engine.Aspects(ctx, texts)
}

// scored counts a call of an engine, and queues the texts of the sample.
func (r *Runner) scored(ctx context.Context, o *observed, texts [][][]int32,
	scores []reviews.Score, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.trial != o.t.ID || r.ended == o.t.ID {
		return
	}
	var c Counts
	c.Requests[o.model] = 1
	if err != nil {
		if _, sender := errors.AsType[*wire.Error](err); sender {
			return
		}
		c.Errors[o.model] = 1
		r.count(c)
		return
	}
	if o.unit != "" && o.t.Share > 0 {
		c.Units.Step = o.t.Step
		c.Units.see(o.t.Step, o.model, Bucket(o.t.ID, o.unit))
	}
	for i, text := range texts {
		if len(text) > 0 && scores[i].Sentiment == reviews.None { // not a number
			c.Errors[o.model] = 1
		}
	}
	r.count(c)
	if o.model == 1 || !o.t.Ready || o.t.Shadow == 0 || scoring.HasParts(ctx) {
		return
	}
	took := false
	for i, text := range texts {
		if len(text) == 0 || scores[i].Sentiment == reviews.None || scoring.UnreadOf(ctx, i) {
			continue
		}
		tokens := batch.Tokens(text)
		r.shadow.earn(o.t.Shadow * float64(tokens))
		fingerprint := batch.FingerprintOf(text)
		if !sampled(fingerprint, o.t.Shadow) || !r.shadow.recent.add(fingerprint) {
			continue
		}
		if !r.shadow.offer(task{t: o.t, text: text, tokens: tokens, print: fingerprint,
			score: scores[i], truth: scoring.TruthOf(ctx, i)}) {
			r.count(Counts{Dropped: 1})
			continue
		}
		took = true
	}
	if took {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
}

// count adds to the counts of this process. The mutex must be held.
func (r *Runner) count(c Counts) {
	r.delta.Merge(c)
	r.local.Merge(c)
	r.settled.Dropped += c.Dropped
	r.settled.Failed += c.Failed
}

// watch calls tick every interval until Close.
func (r *Runner) watch() {
	ticker := time.NewTicker(writeInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			r.tick(r.ctx)
		case <-r.ctx.Done():
			return
		}
	}
}

// tick writes the counts and judges the trial.
func (r *Runner) tick(ctx context.Context) {
	t, ok := r.running()
	r.writeStop(ctx) // first: the retries of the other may take all the time
	r.write(ctx)     // also the counts from before the end of a trial
	if !ok {
		return
	}
	if t.Err != nil {
		r.stop(ctx, t, fmt.Sprintf("The challenger cannot be used: %v.", t.Err))
		return
	}
	r.judgeWhenDue(ctx, t)
}

// write adds the counts to the store.
func (r *Runner) write(ctx context.Context) {
	r.writing.Lock()
	defer r.writing.Unlock()
	r.mu.Lock()
	r.written = time.Now()
	if r.entry != nil && r.entry.trial != r.trial {
		r.entry = nil
	}
	if r.entry == nil && !r.delta.none() {
		r.entry, r.delta = newEntry(r.trial, r.delta), Counts{}
	}
	e := r.entry
	r.mu.Unlock()
	if e == nil {
		return
	}
	err := e.add(ctx, r.o.Host.Store())
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.entry = nil
	}
	r.note("counts not written", err)
}

// note logs a failure of some work once, until that work succeeds or fails for another reason. The
// mutex must be held.
func (r *Runner) note(what string, err error) {
	if err == nil {
		delete(r.failed, what)
		return
	}
	if now := err.Error(); now != r.failed[what] {
		r.failed[what] = now
		r.o.Log.Warn("trial: "+what, "trial", r.trial, "err", err)
	}
}

// judgeWhenDue judges the trial unless it did so less than judgeInterval ago.
func (r *Runner) judgeWhenDue(ctx context.Context, t engines.Trial) {
	r.mu.Lock()
	due := time.Since(r.judgedAt) >= judgeInterval
	if due {
		r.judgedAt = time.Now()
	}
	r.mu.Unlock()
	if due {
		r.judge(ctx, t)
	}
}

// judge judges the trial by the counts of all servers, and those that this one has not written: if
// it cannot write, it still judges by what it saw itself.
func (r *Runner) judge(ctx context.Context, t engines.Trial) {
	c, writes, err := readWrites(ctx, r.o.Host.Store(), t.ID)
	now := time.Now()
	r.mu.Lock()
	r.note("counts not read", err)
	if err == nil {
		r.addUnwritten(&c, t.ID, writes)
		r.report = newOutcome(&t.Trial, store.TrialRunning, &c, now)
	}
	r.mu.Unlock()
	if err != nil {
		return
	}
	switch d := Decide(&t.Trial, &c, now); {
	case d.Stop:
		r.stop(ctx, t, d.Why)
	case d.Ready && t.Auto:
		r.promote(ctx, t, d.Why)
	}
}

// promote makes the challenger current, unless the operator has withdrawn that since t was read.
func (r *Runner) promote(ctx context.Context, t engines.Trial, why string) {
	s := r.o.Host.Store()
	now, err := s.Trial(ctx)
	if err == nil && (now == nil || !now.Auto) {
		return
	}
	if err == nil {
		_, err = s.Promote(ctx, t.ID)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, over := errors.AsType[*store.NotRunning](err); err == nil || over {
		r.ended = t.ID
	}
	if err == nil {
		r.o.Log.Info("trial: promoted", "trial", t.ID, "challenger", t.Model, "why", why)
		r.settled.Promoted = true
	} else {
		r.note("not promoted", err)
	}
}

// addUnwritten adds this process's counts of a trial that are not in the store to c, which was read
// from it with the last writes. The mutex must be held.
func (r *Runner) addUnwritten(c *Counts, trial string, writes []string) {
	if r.trial != trial {
		return
	}
	// An entry whose write failed, or is under way, may have been read all the same.
	if e := r.entry; e != nil && e.trial == trial && !slices.Contains(writes, e.write) {
		c.Merge(e.counts)
	}
	c.Merge(r.delta)
}

// stopping is the end of a trial by its rule that is not in the store yet.
type stopping struct {
	trial, challenger, why string
	failed                 bool // to write, at least once
}

// stop ends a trial by its rule. From then on this process assigns the challenger to nobody, even
// if the store cannot be written to; each tick tries to write the end until that succeeds.
func (r *Runner) stop(ctx context.Context, t engines.Trial, why string) {
	r.mu.Lock()
	if r.ended == t.ID {
		r.mu.Unlock()
		return
	}
	r.ended = t.ID
	r.shadow.reset()
	r.stopping = &stopping{trial: t.ID, challenger: t.Model, why: why}
	r.mu.Unlock()
	r.writeStop(ctx)
}

// writeStop writes the end of a trial to the store if it is not there yet.
func (r *Runner) writeStop(ctx context.Context) {
	r.writing.Lock()
	defer r.writing.Unlock()
	r.mu.Lock()
	s := r.stopping
	r.mu.Unlock()
	if s == nil {
		return
	}
	end := store.Ending{Why: s.why, Self: true}
	_, err := r.o.Host.Store().StopTrial(ctx, s.trial, end)
	for range 2 {
		if errors.Is(err, store.ErrChanged) { // an operator or another server was faster
			_, err = r.o.Host.Store().StopTrial(ctx, s.trial, end)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, over := errors.AsType[*store.NotRunning](err)
	if (err == nil || over) && r.stopping == s {
		r.stopping = nil
	}
	switch {
	case err == nil:
		r.settled.Stopped = true
	case over || s.failed:
		return
	}
	s.failed = err != nil
	r.o.Log.Warn("trial: stopped", "trial", s.trial, "challenger", s.challenger, "why", s.why,
		"err", err)
}

// gate counts requests in the engines; wait blocks until there is none.
type gate struct {
	mu   sync.Mutex
	n    int
	idle chan struct{} // closed when n becomes 0; nil while it is 0
}

func (g *gate) enter() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n++; g.n == 1 {
		g.idle = make(chan struct{})
	}
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n--; g.n == 0 {
		close(g.idle)
		g.idle = nil
	}
}

// wait returns nil once no request is in the engines, or an error when done is closed.
func (g *gate) wait(done <-chan struct{}) error {
	for {
		g.mu.Lock()
		idle := g.idle
		g.mu.Unlock()
		if idle == nil {
			return nil
		}
		select {
		case <-idle:
		case <-done:
			return errBusy
		}
	}
}
