package worker

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"reviewlens/app/journal"
	"reviewlens/app/message"
	"reviewlens/app/worker/scorer"
	"reviewlens/reviews/aspects"
	"reviewlens/reviews/table"
)

// A request is sized for the server to score it in about slice: large enough that the round trip is
// negligible, small enough that progress moves and a cancelled request wastes little.
const (
	slice            = 700 * time.Millisecond
	maxTokens        = 16000
	maxTexts         = 256
	progressInterval = 200 * time.Millisecond
	listTextEvery    = time.Second
)

// job is one request: numbers of texts of the file, and their windows.
type job struct {
	texts   []int32
	windows [][][]int32
	words   [][]byte // the texts themselves, for the drivers
	cut     []bool
	tokens  int
}

// attempt is one execution of Start: a pass over the file that requests the missing scores.
type attempt struct {
	w            *Worker
	f            *file
	e            *scorer.Model
	topics       bool             // topics are wanted, too
	lexicon      *aspects.Lexicon // of implied aspects; nil without topics
	ctx          context.Context
	congestion   *scorer.Congestion
	start        time.Time
	mu           sync.Mutex        // below; taken before f.mu
	waiting      map[int32][]int32 // text in flight -> rows that wait for it
	failed       map[int32]bool    // texts that failed in this attempt: not requested again
	rows         int               // rows passed whose result is known
	fresh        int               // rows of these that this attempt scored
	tokens       int               // scored by this attempt
	texts        int
	missed       int           // of texts: Progress.MissedTopics
	waitReason   string        // reason of a stall
	halted       bool          // by Pause
	stallTime    time.Duration // total time stalled, up to stalledSince
	stalledSince time.Time     // zero while not stalled
	lastProgress time.Time
	listed       time.Time
}

// pendingRun is a run that begins automatically once its file is surveyed, and the commands that it
// got until then.
type pendingRun struct{ cancelled, halted bool }

// setPendingRun sets the run that is to begin automatically, nil for none; commands for another one
// are dropped.
func (w *Worker) setPendingRun(c *pendingRun) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.coming = c
}

// updatePendingRun applies a command to the run that is to begin: message.Start, Pause or Cancel.
// It reports whether there is one.
func (w *Worker) updatePendingRun(what string) bool {
	w.mu.Lock()
	c, visit := w.coming, w.fileContext
	if c != nil {
		*c = pendingRun{cancelled: what == message.Cancel, halted: what == message.Pause}
	}
	w.mu.Unlock()
	if c == nil {
		return false
	}
	w.sendPendingRun(visit)
	return true
}

// sendPendingRun sends the state of the run that is to begin, if it is cancelled or paused. No
// other state is sent in between.
func (w *Worker) sendPendingRun(ctx context.Context) {
	w.sending.Lock()
	defer w.sending.Unlock()
	w.mu.Lock()
	p := message.Progress{}
	switch c := w.coming; {
	case c != nil && c.cancelled:
		p.State = message.Cancelled
	case c != nil && c.halted:
		p.State = message.Paused
	}
	w.mu.Unlock()
	if p.State != "" && ctx.Err() == nil {
		w.Send(message.Event{Name: message.EventProgress, Progress: &p})
	}
}

// begin begins the expected run, or another, in the state that its commands left it in, unless
// visit has ended. A cancelled run ends before it sends anything.
func (w *Worker) begin(visit context.Context, f *file, topics bool) {
	w.mu.Lock()
	defer w.mu.Unlock() // a command goes to the expected run or to the one that is running
	if visit.Err() != nil {
		return
	}
	var pending pendingRun
	if w.coming != nil {
		pending = *w.coming
	}
	w.coming = nil
	w.startLocked(visit, f, topics, pending)
}

// start begins a run of f that replaces the previous one.
func (w *Worker) start(f *file, topics, halted bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.startLocked(w.fileContext, f, topics, pendingRun{halted: halted})
}

// startLocked begins a run of f that replaces the previous one. w.mu must be held.
func (w *Worker) startLocked(visit context.Context, f *file, topics bool, pending pendingRun) {
	ctx := w.replaceLocked(&w.stopRun)
	if pending.cancelled {
		w.stopRun()
	}
	a := &attempt{w: w, f: f, topics: topics, ctx: ctx, congestion: scorer.NewCongestion(),
		start: time.Now(), waiting: map[int32][]int32{}, failed: map[int32]bool{}}
	if pending.halted {
		a.halt(true)
	}
	w.running = a
	f.runs.Go(func() { w.run(visit, a) })
}

// run scores the open file, or continues where it stopped. It ends with a Progress that is not
// Running, unless visit has ended. If topics are wanted and the model finds them, it finds them,
// too.
func (w *Worker) run(visit context.Context, a *attempt) {
	ctx, f := a.ctx, a.f
	if a.paused() {
		a.sendProgress(ctx, message.Paused, nil)
	}
	err := ctx.Err()
	if err == nil {
		err = a.score()
	}
	f.mu.Lock()
	t := f.aggregate // read before checking for another run, which has one of its own
	f.mu.Unlock()
	w.mu.Lock()
	if w.running == a {
		w.running = nil
	}
	w.mu.Unlock()
	state := message.Finished
	var trouble *message.Problem
	switch {
	case ctx.Err() != nil:
		state = message.Cancelled
	case err != nil:
		state = message.Broken
		trouble = a.problem(err)
	}
	if scorer.IsOtherModel(err) {
		w.scorer.Forget(a.e)
	}
	// a cancelled run still reports its progress; a run whose file was closed does not, even if the
	// file has been reopened since
	if visit.Err() == nil {
		p := a.sendProgress(visit, state, trouble)
		if state == message.Finished {
			// The file is read again meanwhile, and another may be opened.
			if w.sendChanges(ctx, f) && ctx.Err() == nil {
				p = a.sendProgress(ctx, state, trouble)
			}
			if p.Unlisted = !w.addToHistory(f, p); p.Unlisted {
				sent := p
				sent.Summary.Topics = nil // already sent
				w.send(ctx, message.Event{Name: message.EventProgress, Progress: &sent})
			}
			f.mu.Lock()
			if ctx.Err() == nil { // else the changes may be incomplete
				f.ended = &p
			}
			if t != nil {
				t.drivers = nil // large, and no longer needed
			}
			f.mu.Unlock()
		}
	}
}

// unreadFile is an error of reading the file of a run.
type unreadFile struct{ error }

// problem returns the reason why a run stopped. The file of a kept run has a copy, unless there was
// no room for it.
func (a *attempt) problem(err error) *message.Problem {
	var p *message.Problem
	if unread, ok := errors.AsType[unreadFile](err); ok {
		p = changed(a.f.name, unread.error)
	}
	if p == nil {
		return scorer.Problem(message.AboutRun, err)
	}
	p.About = message.AboutRun
	p.Detail = strings.TrimSuffix(p.Detail, ".") + "."
	a.f.mu.Lock()
	if l := a.f.log; l != nil && l.Head.Copied {
		p.WayOut = "It may have been moved or changed. Reload the page: it goes on with its copy."
	}
	a.f.mu.Unlock()
	return p
}

func (a *attempt) score() error {
	e, err := a.w.scorer.AwaitModel(a.ctx, a.wait)
	if err != nil {
		return err
	}
	a.e = e
	a.topics = a.topics && e.Topics
	f := a.f
	a.w.mu.Lock()
	scheme := a.w.scheme
	a.w.mu.Unlock()
	if a.topics {
		a.lexicon = aspects.Default().With(scheme.Phrases())
	}
	f.mu.Lock()
	if !f.surveyed {
		f.mu.Unlock()
		return nil
	}
	var other *journal.Log
	newLog := false
	if f.model != e.ID { // scores of two models are not mixed
		f.texts.clear()
		f.failures = map[int32]string{}
		f.textTopics = fileTopics{}
		other, f.log = f.log, nil
	}
	f.engine, f.model = e, e.ID
	f.aggregate = newAggregate(f)
	f.scheme, f.textTopics.named, f.textTopics.result, f.ended = scheme, 0, nil, nil
	d, columns, log := f.dialect, f.columns, f.log
	f.mu.Unlock()
	if _, ours := f.source.(*copied); other != nil && !ours {
		other.Remove()
	} else if other != nil { // the file is read from the copy that belongs to this log
		h := other.Head
		h.Model, h.Join, h.Topics = e.ID, e.Join, a.topics
		if other.Restart(h) == nil {
			log, newLog = other, true
			a.w.forgetDeletion(h.ID) // the new result is another one
		}
	}
	if log == nil {
		log, newLog = a.w.persist(a.ctx, f, e, a.topics), true
	}
	f.mu.Lock()
	f.log = log
	if newLog {
		f.unkept = log == nil
		f.relogCorrections()
	}
	f.mu.Unlock()

	return inFlight(a.ctx, a.congestion, func(ctx context.Context, requests chan<- request) error {
		return a.fill(ctx, d, columns, requests)
	})
}

// A request is ready: calling it sends it and handles the answers.
type request func(ctx context.Context) error

// requestFor returns the request of a job.
func (a *attempt) requestFor(j job) request {
	return func(ctx context.Context) error {
		score := a.w.scorer.Score
		if a.topics {
			score = a.w.scorer.Read
		}
		answers, err := score(ctx, a.e, j.windows,
			scorer.Retry{Congestion: a.congestion, OnWait: a.wait})
		if err == nil {
			a.addAnswers(j, answers)
		}
		return err
	}
}

// inFlight sends the requests that fill makes, as many at a time as congestion allows. It returns
// once all are answered, or with the first error.
func inFlight(ctx context.Context, c *scorer.Congestion,
	fill func(context.Context, chan<- request) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	requests := make(chan request)
	var senders sync.WaitGroup
	for range scorer.MaxInFlight {
		senders.Go(func() {
			for c.Acquire(ctx) == nil {
				send, more := <-requests
				if !more {
					c.Release()
					return
				}
				err := send(ctx)
				c.Release()
				if err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	err := fill(ctx, requests)
	close(requests)
	senders.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// fill reads the file and makes jobs of the texts without a score.
func (a *attempt) fill(ctx context.Context, d table.Dialect, columns table.Columns,
	requests chan<- request) error {
	var next job
	send := func() error {
		if len(next.texts) == 0 {
			return nil
		}
		select {
		case requests <- a.requestFor(next):
			next = job{}
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var joined []byte
	for record, err := range a.w.records(ctx, a.f, d) {
		if err != nil {
			return unreadFile{err}
		}
		number, seen := a.addRow(record.Index)
		if seen == repeated {
			continue
		}
		joined = join(joined[:0], a.e.Join, columns, record.Fields)
		if seen == known {
			a.countScored(record.Index, joined)
			continue
		}
		windows, cut := a.e.Encode(joined)
		if len(windows) == 0 {
			a.blank(number)
			continue
		}
		tokens := scorer.Tokens(windows)
		if next.tokens+tokens > a.budget() || len(next.texts) == a.maxJobTexts() {
			if err := send(); err != nil {
				return err
			}
		}
		next.texts = append(next.texts, number)
		next.windows = append(next.windows, windows)
		next.words = append(next.words, bytes.Clone(joined))
		next.cut = append(next.cut, cut)
		next.tokens += tokens
	}
	return send()
}

// rowStatus is the outcome of addRow.
type rowStatus uint8

const (
	wanted   rowStatus = iota // a text that is still to be sent
	known                     // a text with a result, for the first time in this attempt
	repeated                  // nothing new: a text seen before, or none
)

// addRow counts row i if its result is known, else records that it waits for its text.
func (a *attempt) addRow(i int) (number int32, m rowStatus) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.f.mu.Lock()
	defer a.f.mu.Unlock()
	// the file has grown since the survey; rows beyond it are ignored
	if i >= a.f.rows.len() {
		return 0, repeated
	}
	number = a.f.rows.at(i).text
	if number >= 0 && a.wants(number) && !a.failed[number] {
		rows, sent := a.waiting[number]
		a.waiting[number] = append(rows, int32(i))
		if sent {
			return number, repeated
		}
		return number, wanted
	}
	texts := a.f.aggregate.texts
	a.f.aggregate.add(a.f, i)
	a.rows++
	if a.f.aggregate.texts == texts {
		return number, repeated
	}
	return number, known
}

// wants reports whether a text is to be sent: it has no score, or has not been read for topics.
// f.mu is held.
func (a *attempt) wants(number int32) bool {
	t := a.f.texts.at(int(number))
	return t.state <= failed ||
		a.topics && t.state >= scored && !t.read && a.f.textTopics.kept[number] == nil
}

// countScored adds row i, which already has a score, to the phrase counts and the topic counts.
func (a *attempt) countScored(i int, joined []byte) {
	a.f.mu.Lock()
	defer a.f.mu.Unlock()
	a.f.aggregate.drivers.Add(i, joined, a.f.result(i).Sentiment)
	number := a.f.rows.at(i).text
	kept := a.f.textTopics.kept[number]
	if !a.topics || kept == nil {
		return
	}
	windows, _ := a.e.Encode(joined)
	a.f.addMentions(number, i, windows, a.lexicon.Add(joined, keptMentions(joined, kept)))
	delete(a.f.textTopics.kept, number)
}

// blank records that a text has nothing to score.
func (a *attempt) blank(number int32) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.f.mu.Lock()
	defer a.f.mu.Unlock()
	a.f.texts.at(int(number)).state = blank
	a.flush(number)
}

// flush counts the rows that waited for a text; a later row with that text finds its state.
func (a *attempt) flush(number int32) {
	for _, i := range a.waiting[number] {
		a.f.aggregate.add(a.f, int(i))
	}
	a.rows += len(a.waiting[number])
	a.fresh += len(a.waiting[number])
	delete(a.waiting, number)
}

// addAnswers stores the answers to a job and counts the rows that waited for them.
func (a *attempt) addAnswers(j job, answers []scorer.Answer) {
	found, keep := a.mentions(&j, answers)
	a.f.logScores(j, answers, keep)
	a.mu.Lock()
	a.f.mu.Lock()
	for k, number := range j.texts {
		t := textState{
			positive: answers[k].Positive, windows: uint16(len(j.windows[k])), state: scored,
			stars: answers[k].Stars, unread: scorer.Readability(j.words[k]),
		}
		// if it lacks its topics, it is not requested again
		if a.failed[number] = a.topics && !answers[k].Read; a.failed[number] &&
			answers[k].Err == "" {
			a.missed++
		}
		switch {
		case answers[k].Err != "" && a.f.texts.at(int(number)).state >= scored:
			t = *a.f.texts.at(int(number)) // only its topics were requested
		case answers[k].Err != "":
			t = textState{state: failed}
			a.f.failures[number] = answers[k].Err
			a.failed[number] = true
		case j.cut[k]:
			t.state = scoredCut
		}
		*a.f.texts.at(int(number)) = t
		if row := int(a.waiting[number][0]); t.state != failed {
			a.f.aggregate.drivers.Add(row, j.words[k], a.f.result(row).Sentiment)
			if answers[k].Read && answers[k].Err == "" {
				a.f.addMentions(number, row, j.windows[k], found[k])
			}
		}
		a.flush(number)
	}
	a.tokens += j.tokens
	a.texts += len(j.texts)
	if a.halted && a.waitReason == "" {
		a.stalledSince = time.Now() // it was in progress until now
	}
	a.waitReason = ""
	a.updateStall()
	due := time.Since(a.lastProgress) > progressInterval
	rate := float64(a.tokens) / max(a.activeTime(), time.Millisecond).Seconds()
	if a.topics { // the estimates cover scores only
		rate *= message.TopicsCost
	}
	a.f.mu.Unlock()
	a.mu.Unlock()

	a.w.mu.Lock()
	a.w.tokensPerSecond = rate
	a.w.mu.Unlock()
	if due {
		a.sendProgress(a.ctx, a.state(), nil)
	}
}

// updateStall updates the stall clock after halted or why has changed. Retrying a busy server does
// not count as a stall: that time is part of its speed. a.mu is held.
func (a *attempt) updateStall() {
	stands := a.halted || a.waitReason != "" && !scorer.IsRetrying(a.waitReason)
	switch {
	case stands && a.stalledSince.IsZero():
		a.stalledSince = time.Now()
	case !stands && !a.stalledSince.IsZero():
		a.stallTime += time.Since(a.stalledSince)
		a.stalledSince = time.Time{}
	}
}

// activeTime returns the attempt's duration without stalls (paused, offline, or waiting for
// authentication). a.mu is held.
func (a *attempt) activeTime() time.Duration {
	d := time.Since(a.start) - a.stallTime
	if !a.stalledSince.IsZero() {
		d -= time.Since(a.stalledSince)
	}
	return d
}

// state returns the state of a run that has not ended.
func (a *attempt) state() string {
	if a.paused() || a.w.scorer.Locked() {
		return message.Paused
	}
	return message.Running
}

func (a *attempt) paused() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.halted
}

// pause stops or resumes sending, and reports it to the page.
func (a *attempt) pause(halted bool) {
	a.halt(halted)
	go a.sendProgress(a.ctx, a.state(), nil)
}

// halt is pause without an event.
func (a *attempt) halt(halted bool) {
	a.mu.Lock()
	a.halted = halted
	a.updateStall()
	a.mu.Unlock()
	a.congestion.Hold(halted)
}

// wait sets the reason of a stall, and sends it.
func (a *attempt) wait(why string) {
	a.mu.Lock()
	a.waitReason = why
	a.updateStall()
	a.mu.Unlock()
	a.sendProgress(a.ctx, a.state(), nil)
}

func (a *attempt) budget() int {
	tokens := a.congestion.TokensWithin(slice)
	if tokens == 0 {
		a.w.mu.Lock()
		tokens = int(a.w.tokensPerSecond * slice.Seconds())
		a.w.mu.Unlock()
	}
	tokens = min(maxTokens, max(scorer.MinTokens, tokens))
	if limit := a.e.Limits.Tokens; limit > 0 {
		tokens = min(tokens, limit)
	}
	return tokens
}

func (a *attempt) maxJobTexts() int {
	if limit := a.e.Limits.Texts; limit > 0 {
		return min(maxTexts, limit)
	}
	return maxTexts
}

// sendProgress sends the run's progress, and returns it. The texts of the lists are read again at
// most once a second.
func (a *attempt) sendProgress(ctx context.Context, state string,
	trouble *message.Problem) message.Progress {
	a.mu.Lock()
	a.lastProgress = time.Now()
	elapsed := a.activeTime().Seconds()
	p := message.Progress{State: state, Done: a.rows, Waiting: a.waitReason, Problem: trouble,
		MissedTopics: a.missed}
	ended := state != message.Running && state != message.Paused
	lists := ended || time.Since(a.listed) > listTextEvery
	if lists {
		a.listed = time.Now()
	}
	a.f.mu.Lock()
	p.Rows, p.Model = a.f.rows.len(), a.f.model
	if a.f.log != nil {
		p.Run = a.f.log.Head.ID
	}
	p.Unkept = a.f.unkept
	if a.texts > 0 && elapsed > 0 {
		p.Rate = float64(a.fresh) / elapsed
		left := 0
		if a.f.aggregate != nil {
			left = a.f.texts.len() - a.f.aggregate.texts
		}
		p.SecondsLeft = float64(max(0, left)) / (float64(a.texts) / elapsed)
	}
	t := a.f.aggregate
	if t != nil {
		p.Summary = a.f.summary(t)
	}
	a.f.mu.Unlock()
	a.mu.Unlock()
	if t != nil {
		if lists {
			a.f.readLists(t)
			a.f.readDrivers(t, ended)
			if a.topics {
				a.w.readTopics(ctx, a.f, ended)
			}
		}
		t.complete(&p.Summary)
	}
	p.Deleted = ended && a.w.isDeleted(p.Run)
	sent := p // topics, which are large, are sent separately
	a.w.send(ctx, message.Event{Name: message.EventProgress, Progress: &sent})
	if t != nil {
		t.mu.Lock()
		p.Summary.Topics = t.topics
		t.mu.Unlock()
	}
	return p
}
