package trial

import (
	"context"
	"fmt"
	"io"
	"time"

	"reviewlens/api/model/store"
	"reviewlens/api/wire"
	"reviewlens/reviews/figures"
	"reviewlens/reviews/paired"
	"reviewlens/reviews/stats"
)

// Outcome is a trial as shown to operators: GET /v1/trials, and "reviewlens models status".
type Outcome struct {
	ID         string           `json:"id"`
	Current    string           `json:"current"`
	Challenger string           `json:"challenger"`
	State      store.TrialState `json:"state"`
	Share      float64          `json:"share"`  // of owners and runs
	Shadow     float64          `json:"shadow"` // of the other texts
	Since      time.Time        `json:"since"`
	Until      time.Time        `json:"until"`
	Auto       bool             `json:"auto"`
	Ended      *store.Ending    `json:"ended,omitempty"`
	AsOf       time.Time        `json:"asOf"` // when the counts were read

	Verdict string `json:"verdict"` // undecided, worse, not worse or better
	Ready   bool   `json:"ready"`   // the challenger may be promoted
	Says    string `json:"says"`    // the verdict as a sentence

	Figures figures.Paired `json:"figures"` // of the pairs; A is the current model
	// accuracy of the challenger minus that of the current model, an interval that holds at every
	// look
	Sequence stats.Interval `json:"sequence"`
	Dropped  int            `json:"dropped"`
	Failed   int            `json:"failed"`
	Timed    int            `json:"timed"`
	Millis   [2]float64     `json:"millis"`   // mean of the timed texts, current and challenger
	Requests [2]int         `json:"requests"` // current and challenger
	Errors   [2]int         `json:"errors"`
	Split    Split          `json:"split"`
	// texts whose score people corrected, by model; Figures.Corrected has the models that agree
	Corrected [2]int `json:"corrected"`
}

func newOutcome(t *store.Trial, state store.TrialState, c *Counts, now time.Time) *Outcome {
	d := Decide(t, c, now)
	r := &Outcome{ID: t.ID, Current: t.Pointer.ID, Challenger: t.Model, State: state,
		Share: t.Share, Shadow: t.Shadow, Since: t.Since, Until: t.Until, Auto: t.Auto,
		Ended: t.Ended, AsOf: now.UTC(), Verdict: d.Verdict.String(),
		Ready: d.Ready && state == store.TrialRunning, Says: d.Why, Figures: c.Pairs.Compare(),
		Sequence: paired.Sequence{}.Interval(&c.Pairs), Dropped: c.Dropped, Failed: c.Failed,
		Timed: c.Timed, Requests: c.Requests, Errors: c.Errors, Split: c.Units.split(t),
		Corrected: c.Corrected}
	if c.Timed > 0 {
		for i := range r.Millis {
			r.Millis[i] = c.Millis[i] / float64(c.Timed)
		}
	}
	return r
}

// Read returns the outcome of a store's trial, the running or the last one; nil if there was none.
func Read(ctx context.Context, s *store.Store) (*Outcome, error) {
	t, err := s.Trial(ctx)
	if err != nil || t == nil {
		return nil, err
	}
	p, err := s.Current(ctx)
	if err != nil {
		return nil, err
	}
	c, err := readCounts(ctx, s, t.ID)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return newOutcome(t, t.State(p, now), &c, now), nil
}

// Report returns the running trial, with the counts of all servers as of at most some minutes ago;
// nil if there is none. Frequent calls do not read the store more often.
func (r *Runner) Report(ctx context.Context) (*Outcome, error) {
	if r == nil {
		return nil, nil
	}
	t, ok := r.running()
	if !ok {
		return nil, nil
	}
	// The trial is judged for all, so the client may leave. A host's deadline still holds.
	judging := context.WithoutCancel(ctx)
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		judging, cancel = context.WithDeadline(judging, deadline)
		defer cancel()
	}
	r.judgeWhenDue(judging, t)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.report == nil {
		return nil, &wire.Error{Code: wire.NotReady,
			Detail: "The counts of the trial are not read yet. Try again in a moment."}
	}
	return r.report, nil
}

// WriteText writes a report line by line. The reason why a trial ended is an operator's text, so w
// must escape control characters of a terminal.
func (o *Outcome) WriteText(w io.Writer) error {
	p := &printer{w: w}
	f := o.Figures
	if o.State == store.TrialRunning {
		p.line("%s is tried against %s, which is current: %s", o.Challenger, o.Current, o.State)
	} else {
		p.line("%s was tried against %s: %s", o.Challenger, o.Current, o.State)
	}
	p.line("%s", o.Says)
	switch {
	case o.Ended != nil:
		p.line("ended       %s: %s", o.Ended.Time.Format(time.DateTime), o.Ended.Why)
	default:
		p.line("until       %s UTC, since %s%s", o.Until.UTC().Format(time.DateTime),
			o.Since.UTC().Format(time.DateTime),
			map[bool]string{true: ", promoted once it is ready"}[o.Auto])
	}
	p.line("share       %s of owners and runs; %d parts of 10,000 had answers, %d of the "+
		"challenger%s", store.Percent(o.Share), o.Split.Seen[0]+o.Split.Seen[1], o.Split.Seen[1],
		map[bool]string{true: ": THE SPLIT IS OFF"}[o.Split.Off])
	p.line("shadow      %s of the texts: %d read, %d dropped, %d failed", store.Percent(o.Shadow),
		f.Pairs, o.Dropped, o.Failed)
	if f.Pairs > 0 {
		p.line("names       %.1f%% differ (%.1f to %.1f): %d to negative, %d to positive",
			100*f.Changed.Share, 100*f.Changed.Low, 100*f.Changed.High, f.ToSide[0], f.ToSide[1])
		p.line("shift       %+.4f on average, %.4f root mean square", f.Shift, f.Deviation)
	}
	if f.Judged > 0 {
		p.line("accuracy    %.1f%% and %.1f%% of %d texts with stars; difference %s to %s points "+
			"at any look", 100*f.A.Accuracy.Share, 100*f.B.Accuracy.Share, f.Judged,
			points(o.Sequence.Low), points(o.Sequence.High))
		p.line("calibration Brier %.4f and %.4f, error %.3f and %.3f", f.A.Brier, f.B.Brier,
			f.A.CalibrationError, f.B.CalibrationError)
	}
	if f.Corrected.Texts > 0 {
		p.line("corrections %d of the current model's scores, %d of the challenger's: people "+
			"agree with %d and %d of them", o.Corrected[0], o.Corrected[1], f.Corrected.A, f.Corrected.B)
	}
	if o.Timed > 0 {
		p.line("time        %.1f and %.1f ms a text (%d texts)", o.Millis[0], o.Millis[1], o.Timed)
	}
	p.line("requests    %d and %d, of which %d and %d failed", o.Requests[0], o.Requests[1],
		o.Errors[0], o.Errors[1])
	return p.err
}

// printer is a writer of lines that records the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}
