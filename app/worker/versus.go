package worker

import (
	"context"
	"sync"
	"time"

	"reviewlens/app/message"
	"reviewlens/app/worker/scorer"
	"reviewlens/reviews"
	"reviewlens/reviews/paired"
	"reviewlens/reviews/table"
	"reviewlens/reviews/text"
)

// modelComparison is a comparison of the open file's scores with those of another model of the
// server. It keeps only sums, and the rows that change most.
type modelComparison struct {
	w *Worker
	f *file
	a *attempt // sizes the requests

	mu     sync.Mutex
	counts paired.Counts
	out    message.ModelComparison
	most   paired.Moved[moved]
	sentAt time.Time
}

// moved is a row whose probability moved, and the other model's score of it.
type moved struct {
	row int
	b   reviews.Score
}

// pairs is one request: distinct texts, each with the first row that has it.
type pairs struct {
	rows    []int
	windows [][][]int32
	pairs   []paired.Pair
	unread  []text.UnreadReason
	tokens  int
}

// compareModels scores the open file with another model, and sends the differences.
func (w *Worker) compareModels(ctx context.Context, f *file, id string) {
	v := &modelComparison{w: w, f: f}
	v.out = message.ModelComparison{Model: id}
	err := v.score(ctx, id)
	if err == nil {
		err = v.show()
	}
	v.mu.Lock()
	v.out.Done = true
	if err != nil {
		v.out.Problem = scorer.Problem(message.AboutRun, err).Detail
	}
	v.mu.Unlock()
	v.send(ctx)
}

func (v *modelComparison) score(ctx context.Context, id string) error {
	f := v.f
	f.mu.Lock()
	n, d, columns, ready := f.rows.len(), f.dialect, f.columns, f.surveyed && f.engine != nil
	f.mu.Unlock()
	if !ready {
		return nil
	}
	m, err := v.w.scorer.ModelByID(ctx, id)
	if err != nil {
		return err
	}
	v.a = &attempt{w: v.w, f: f, e: m, ctx: ctx, congestion: scorer.NewCongestion()}
	return inFlight(ctx, v.a.congestion, func(ctx context.Context, requests chan<- request) error {
		return v.fill(ctx, n, d, columns, requests)
	})
}

// requestFor returns the request of some pairs.
func (v *modelComparison) requestFor(j pairs) request {
	return func(ctx context.Context) error {
		answers, err := v.w.scorer.Score(ctx, v.a.e, j.windows, scorer.Retry{
			Congestion: v.a.congestion, OnWait: func(why string) {
				v.mu.Lock()
				v.out.Waiting = why
				v.mu.Unlock()
				v.send(ctx)
			}})
		if err == nil {
			v.addAnswers(ctx, j, answers)
		}
		return err
	}
}

// fill reads the file and makes requests of the texts that have a score. Texts are numbered in the
// order of their first appearance, so a text is a repeat unless its number is the next one.
func (v *modelComparison) fill(ctx context.Context, n int, d table.Dialect, columns table.Columns,
	requests chan<- request) error {
	f, m := v.f, v.a.e
	var next pairs
	send := func() error {
		if len(next.rows) == 0 {
			return nil
		}
		select {
		case requests <- v.requestFor(next):
			next = pairs{}
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var joined []byte
	texts := int32(0)
	for record, err := range v.w.records(ctx, f, d) {
		if err != nil {
			return err
		}
		i := record.Index
		if i >= n {
			break
		}
		f.mu.Lock()
		row, result := *f.rows.at(i), f.result(i)
		pair := paired.Pair{A: result.Score, Truth: reviews.StarsTruth(row.facts().Stars)}
		if c := f.corrections[row.text]; c != nil {
			pair.Corrected = c.to
		}
		f.mu.Unlock()
		if row.text != texts {
			continue
		}
		texts++
		if result.Err != "" || result.Sentiment == reviews.None {
			continue
		}
		joined = join(joined[:0], m.Join, columns, record.Fields)
		windows, _ := m.Encode(joined)
		if len(windows) == 0 {
			v.fail(1)
			continue
		}
		unread := m.Unread(scorer.Readability(joined))
		switch {
		case result.Unread != 0 && unread != text.Readable:
			continue // shown as unsure, whatever the models predict
		case result.Unread != 0 || unread != text.Readable:
			pair.Truth = reviews.None
		}
		tokens := scorer.Tokens(windows)
		if next.tokens+tokens > v.a.budget() || len(next.rows) == v.a.maxJobTexts() {
			if err := send(); err != nil {
				return err
			}
		}
		next.rows = append(next.rows, i)
		next.windows = append(next.windows, windows)
		next.pairs = append(next.pairs, pair)
		next.unread = append(next.unread, unread)
		next.tokens += tokens
	}
	return send()
}

func (v *modelComparison) fail(texts int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.out.Failed += texts
}

// addAnswers counts the answers to a request.
func (v *modelComparison) addAnswers(ctx context.Context, j pairs, answers []scorer.Answer) {
	v.mu.Lock()
	for k, answer := range answers {
		if answer.Err != "" {
			v.out.Failed++
			continue
		}
		pair, p := j.pairs[k], float64(answer.Positive)
		pair.B = reviews.Score{Positive: p, Sentiment: v.a.e.Rule.Name(p)}
		if j.unread[k] != text.Readable {
			pair.B.Sentiment = reviews.Unsure
		}
		v.counts.Add(pair)
		v.out.Texts++
		v.most.Add(j.rows[k], pair, func() moved { return moved{j.rows[k], pair.B} })
	}
	v.out.Waiting = ""
	due := time.Since(v.sentAt) > progressInterval
	v.mu.Unlock()
	if due {
		v.send(ctx)
	}
}

// show reads the rows whose probability moved most.
func (v *modelComparison) show() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, m := range v.most.Values() {
		row, err := v.f.read(m.row, message.MaxText)
		if err != nil {
			return err
		}
		v.out.Changed = append(v.out.Changed, message.Changed{Row: row,
			SentimentB: m.b.Sentiment.String(), PositiveB: m.b.Positive})
	}
	return nil
}

// send sends the progress and the results so far.
func (v *modelComparison) send(ctx context.Context) {
	v.mu.Lock()
	v.sentAt = time.Now()
	out := v.out
	out.Figures = v.counts.Compare()
	v.mu.Unlock()
	v.w.send(ctx, message.Event{Name: message.EventModelComparison, Versus: &out})
}
