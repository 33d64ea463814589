package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"reviewlens/api/wire"
	"reviewlens/app/client"
	"reviewlens/app/journal"
	"reviewlens/app/message"
	"reviewlens/app/worker/scorer"
	"reviewlens/reviews/stats"
)

// history is the worker's state of the runs that have ended.
type history struct {
	turn sync.Mutex // held during an operation on them

	mu       sync.Mutex
	onServer map[string]wire.RunSummary // the server's runs, as last listed and changed since
	deleted  *deleted
}

// setOnServer records that the server has a run.
func (h *history) setOnServer(run wire.RunSummary) {
	h.changeOnServer(func(runs map[string]wire.RunSummary) { runs[run.ID] = run })
}

// changeOnServer records a change of the server's runs.
func (h *history) changeOnServer(change func(runs map[string]wire.RunSummary)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.onServer == nil {
		h.onServer = map[string]wire.RunSummary{}
	}
	change(h.onServer)
}

// deleted is the run that was deleted last, and where it was kept.
type deleted struct {
	wire.Run
	here, there bool
}

const (
	listPages    = 10 // pages of the server's list to fetch: 1,000 runs
	trendPoints  = 60 // of a sparkline; the limit of api/history
	maxRetryTime = 20 * time.Second
)

// endedRun returns a run that has ended in the form that is kept: its numbers, and none of the
// reviews' text but the phrases that stand out.
func endedRun(id, name, model string, p message.Progress) (wire.Run, error) {
	s := p.Summary
	s.MostAgainst, s.MostPositive, s.MostNegative, s.Problems = nil, nil, nil, nil
	s.Corrected = nil // may be undone
	s.Drivers = slices.Clone(s.Drivers)
	for i := range s.Drivers {
		s.Drivers[i].Rows = nil
	}
	s.Changes = slices.Clone(s.Changes)
	for i := range s.Changes {
		phrases := slices.Clone(s.Changes[i].Phrases)
		for k := range phrases {
			phrases[k].Rows = nil
		}
		s.Changes[i].Phrases = phrases
	}
	if s.Topics != nil {
		t := *s.Topics
		t.List = slices.Clone(t.List)
		for i := range t.List {
			t.List[i].Quotes = []wire.Quote{}
		}
		s.Topics = &t
	}
	figures, err := json.Marshal(s)
	micros, _ := strconv.ParseInt(id, 36, 64) // when it began: newID encodes it
	return wire.Run{
		RunSummary: wire.RunSummary{
			ID: id, Name: name, Created: time.UnixMicro(micros).UTC(), Model: model,
			Rows: p.Done, Positive: s.Positive, Negative: s.Negative, Unsure: s.Unsure - s.Unread,
			Trend: sparkline(s.Periods),
		},
		Figures: figures,
	}, err
}

// sparkline returns the share of positive over time in at most trendPoints points, merging
// neighbours.
func sparkline(periods []wire.Period) (shares []float64) {
	for part := range slices.Chunk(periods, max(1, (len(periods)+trendPoints-1)/trendPoints)) {
		rows, positive := 0, 0
		for _, p := range part {
			rows, positive = rows+p.Read(), positive+p.Positive
		}
		if rows > 0 {
			shares = append(shares, float64(positive)/float64(rows))
		}
	}
	return shares
}

// forgetDeletion lets the history keep a run again whose result a reader has deleted, since the run
// begins anew.
func (w *Worker) forgetDeletion(id string) {
	w.history.turn.Lock()
	defer w.history.turn.Unlock()
	journal.ClearRemoved(w.Folder, id) // if that fails, the history lacks this run
}

// addToHistory stores the result of f's run on this device, under the name given to it before, if
// any. It does not store again a result that a reader has deleted. It reports whether nothing
// failed.
func (w *Worker) addToHistory(f *file, p message.Progress) bool {
	if w.Folder == nil || p.Run == "" || p.Summary.Scored == 0 {
		return true
	}
	f.mu.Lock()
	name, model := f.title(), f.model
	f.mu.Unlock()
	w.history.turn.Lock()
	defer w.history.turn.Unlock()
	if w.isDeleted(p.Run) {
		return true
	}
	if kept, err := w.localRun(p.Run); err == nil {
		name = kept.Name
	}
	run, err := endedRun(p.Run, name, model, p)
	if err == nil {
		err = w.putLocal(run)
	}
	if err != nil { // the results still exist, and can be downloaded
		w.send(context.Background(),
			pastFailed("This run could not be added to the history: "+err.Error()+".",
				"Make room on the device, then score the file again."))
	}
	return err == nil
}

func (w *Worker) putLocal(run wire.Run) error {
	summary, err := json.Marshal(run.RunSummary)
	if err != nil {
		return err
	}
	return journal.KeepPast(w.Folder,
		journal.Past{ID: run.ID, Summary: summary, Figures: run.Figures})
}

// localRun returns a run that is kept on this device, else journal.ErrNone.
func (w *Worker) localRun(id string) (run wire.Run, err error) {
	if w.Folder == nil {
		return run, journal.ErrNone
	}
	p, err := journal.OpenPast(w.Folder, id)
	if err == nil {
		err = json.Unmarshal(p.Summary, &run.RunSummary)
	}
	run.Figures = p.Figures
	return run, err
}

// isDeleted reports whether a reader deleted the result of a run that is itself kept.
func (w *Worker) isDeleted(id string) bool {
	_, err := w.localRun(id)
	return errors.Is(err, journal.ErrRemoved)
}

// openedRun returns the ID of the open file's run, "" if none is kept.
func (w *Worker) openedRun() string {
	f := w.opened()
	if f == nil {
		return ""
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.log == nil {
		return ""
	}
	return f.log.Head.ID
}

func pastFailed(detail, wayOut string) message.Event {
	return message.Event{Name: message.EventProblem,
		Problem: &message.Problem{About: message.AboutPast, Detail: detail, WayOut: wayOut,
			Retry: true}}
}

// withRetry calls do, which sends a request about runs, and once more after a temporary failure. It
// takes no longer than maxRetryTime.
func (w *Worker) withRetry(ctx context.Context, do func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, maxRetryTime)
	defer cancel()
	for again := false; ; again = true {
		if !w.Online() {
			return &client.Unavailable{Err: errors.New("offline")}
		}
		err := do(ctx)
		unavailable, ok := errors.AsType[*client.Unavailable](err)
		if !ok || again {
			return err
		}
		select {
		case <-time.After(max(scorer.FirstWait, min(unavailable.RetryAfter, scorer.MaxWait))):
		case <-ctx.Done():
			return err
		}
	}
}

// sendPast lists the runs that have ended: those of this device and those that the server had
// before at once, all of the server's when it responds.
func (w *Worker) sendPast(ctx context.Context) {
	w.history.turn.Lock()
	defer w.history.turn.Unlock()
	w.listPast(ctx)
}

// listPast is sendPast for callers that hold past.turn.
func (w *Worker) listPast(ctx context.Context) {
	out := &message.PastRuns{Here: w.Folder != nil, Looking: true}
	runs := map[string]*message.PastRun{}
	if w.Folder != nil {
		kept, err := journal.PastRuns(w.Folder)
		if err != nil {
			out.Problem = pastFailed("Some runs on this device cannot be read: "+err.Error()+".",
				"They may be open in another tab. Close it, then try again.").Problem
		}
		for _, p := range kept {
			var s wire.RunSummary
			if json.Unmarshal(p.Summary, &s) == nil {
				runs[s.ID] = &message.PastRun{RunSummary: s, Here: true}
			}
		}
	}
	w.history.mu.Lock()
	if d := w.history.deleted; d != nil {
		out.Deleted = d.Name
	}
	addOnServer(runs, w.history.onServer)
	w.history.mu.Unlock()
	if run := w.openedRun(); w.isDeleted(run) {
		out.Removed = run
	}
	report := func() {
		h := *out
		h.Runs = make([]message.PastRun, 0, len(runs))
		for _, r := range runs {
			r.Share = wire.Interval(stats.Wilson(r.Positive, r.Positive+r.Negative+r.Unsure))
			h.Runs = append(h.Runs, *r)
		}
		slices.SortStableFunc(h.Runs, func(a, b message.PastRun) int {
			return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
		})
		w.send(ctx, message.Event{Name: message.EventPast, Past: &h})
	}
	report()
	var there map[string]wire.RunSummary
	err := w.withRetry(ctx, func(ctx context.Context) (err error) {
		there, err = w.listThere(ctx, out)
		return err
	})
	if ctx.Err() != nil { // another listing has begun
		return
	}
	if err == nil {
		w.history.mu.Lock()
		w.history.onServer = there
		w.history.mu.Unlock()
	}
	addOnServer(runs, there)
	out.Looking = false
	if e, ok := errors.AsType[*wire.Error](err); ok && e.Code == wire.Unauthorized {
		out.Locked = true
	} else if err != nil {
		out.Problem = scorer.Problem(message.AboutPast, err)
		out.Problem.WayOut = "The runs kept on this device are listed below."
		out.Problem.Retry = true
	}
	report()
}

// addOnServer makes there the server's runs among runs.
func addOnServer(runs map[string]*message.PastRun, there map[string]wire.RunSummary) {
	for id, r := range runs {
		if r.There = false; !r.Here {
			delete(runs, id)
		}
	}
	for id, s := range there {
		if runs[id] == nil { // the name given on this device prevails
			runs[id] = &message.PastRun{RunSummary: s}
		}
		runs[id].There = true
	}
}

// listThere returns the server's runs, and sets what out says of the server.
func (w *Worker) listThere(ctx context.Context,
	out *message.PastRuns) (map[string]wire.RunSummary, error) {
	config, err := w.Client.Config(ctx)
	if err != nil {
		return nil, err
	}
	out.There, out.Anyone, out.SignIn = config.History, config.Auth == "none", config.SignIn
	there, cursor := map[string]wire.RunSummary{}, ""
	for page := 0; config.History && page < listPages; page++ {
		list, err := w.Client.Runs(ctx, cursor)
		if err != nil {
			return nil, err
		}
		for _, s := range list.Runs {
			there[s.ID] = s
		}
		cursor = list.Next
		if out.More = cursor != ""; !out.More {
			break
		}
	}
	return there, nil
}

// openRun sends the result of a run.
func (w *Worker) openRun(ctx context.Context, id string) {
	if out, err := w.runOf(ctx, id); err != nil {
		w.send(ctx, notOpened(err))
	} else {
		w.send(ctx, message.Event{Name: message.EventRun, Run: &out})
	}
}

// runOf returns the result of a run: the one kept here, else the server's.
func (w *Worker) runOf(ctx context.Context, id string) (message.PastRun, error) {
	out := message.PastRun{Here: true}
	run, err := w.localRun(id)
	if errors.Is(err, journal.ErrNone) && isID(id) {
		out.Here, out.There = false, true
		err = w.withRetry(ctx, func(ctx context.Context) (err error) {
			run, err = w.Client.Run(ctx, id)
			return err
		})
	}
	if err == nil {
		out.RunSummary = run.RunSummary
		out.Share = wire.Interval(stats.Wilson(run.Positive, run.Positive+run.Negative+run.Unsure))
		out.Summary = &message.Summary{Figures: wire.Figures{
			Scored:   run.Positive + run.Negative + run.Unsure,
			Positive: run.Positive, Negative: run.Negative, Unsure: run.Unsure, Share: out.Share}}
		if len(run.Figures) > 0 { // a program may store a run without
			err = json.Unmarshal(run.Figures, out.Summary)
			out.Summary.Corrected = nil // older runs were stored with them
		}
	}
	return out, err
}

// notOpened returns the event that a run could not be opened, with the reason.
func notOpened(err error) message.Event {
	e, refused := errors.AsType[*wire.Error](err)
	switch {
	case errors.Is(err, journal.ErrNone), refused && e.Code == wire.NotFound:
		return pastFailed("There is no such run: neither on this device nor, for you, on "+
			"the server.", "It may have been deleted, or belong to somebody else.")
	case refused && e.Code == wire.Unauthorized:
		return message.Event{Name: message.EventProblem,
			Problem: &message.Problem{About: message.AboutPast,
				Detail: "This run is on the server, and only its owner may open it.",
				WayOut: "Sign in, or give your key, to open it.", SignIn: true}}
	}
	p := scorer.Problem(message.AboutPast, err)
	p.WayOut, p.Retry = "It is not on this device. Check the connection, then try again.", true
	if refused && e.Code == wire.Internal { // the connection is fine; the error may say what to do
		p.WayOut = "It is not on this device."
	}
	return message.Event{Name: message.EventProblem, Problem: p}
}

// isID reports whether id is a valid run ID, and so is safe in an address.
func isID(id string) bool {
	return id != "" && len(id) <= 64 && strings.IndexFunc(id, func(c rune) bool {
		return !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' ||
			c == '_')
	}) < 0
}

// change performs an operation on runs that have ended, reports any failure, and lists them anew.
func (w *Worker) change(ctx context.Context, what string, do func() error) {
	w.history.turn.Lock()
	defer w.history.turn.Unlock()
	if err := do(); err != nil {
		p := scorer.Problem(message.AboutPast, err)
		p.Detail, p.WayOut, p.Retry = what+": "+strings.TrimSuffix(p.Detail, ".")+".",
			"Try again.", true
		if e, ok := errors.AsType[*wire.Error](err); ok && e.Code == wire.Unauthorized {
			p.WayOut, p.SignIn = "Sign in, or give your key, then try again.", true
		}
		w.send(ctx, message.Event{Name: message.EventProblem, Problem: p})
	}
	w.listPast(ctx)
}

// isThere reports whether the server has a run, as far as is known.
func (w *Worker) isThere(id string) bool {
	w.history.mu.Lock()
	defer w.history.mu.Unlock()
	_, there := w.history.onServer[id]
	return there
}

// rename renames a run wherever it is kept.
func (w *Worker) rename(ctx context.Context, id, name string) error {
	run, err := w.localRun(id)
	if err == nil {
		run.Name = name
		var summary []byte
		if summary, err = json.Marshal(run.RunSummary); err == nil {
			err = journal.RenamePast(w.Folder, id, summary)
		}
	}
	if errors.Is(err, journal.ErrNone) {
		err = nil
	}
	if err == nil && w.isThere(id) && isID(id) {
		err = w.withRetry(ctx,
			func(ctx context.Context) error { return w.Client.RenameRun(ctx, id, name) })
		if err == nil {
			w.history.changeOnServer(func(runs map[string]wire.RunSummary) {
				run := runs[id]
				run.Name = name
				runs[id] = run
			})
		}
	}
	return err
}

// delete deletes a run wherever it is kept. It holds it for restore until the next one is deleted
// or this tab is closed.
func (w *Worker) delete(ctx context.Context, id string) error {
	d := &deleted{there: w.isThere(id) && isID(id)}
	run, err := w.localRun(id)
	if d.here = err == nil; !d.here && !errors.Is(err, journal.ErrNone) {
		return err
	}
	if !d.here && !d.there { // it is deleted, and may be the one to restore
		return nil
	}
	d.Run = run
	if d.there {
		err := w.withRetry(ctx, func(ctx context.Context) error {
			if !d.here {
				if run, err := w.Client.Run(ctx, id); err != nil {
					return err
				} else {
					d.Run = run
				}
			}
			return w.Client.DeleteRun(ctx, id)
		})
		if err != nil {
			return err
		}
		w.history.changeOnServer(func(runs map[string]wire.RunSummary) { delete(runs, id) })
	}
	if d.here {
		if err := journal.RemovePast(w.Folder, id); err != nil {
			return err
		}
	}
	w.history.mu.Lock()
	w.history.deleted = d
	w.history.mu.Unlock()
	return nil
}

// restore puts the run that was deleted last back where it was.
func (w *Worker) restore(ctx context.Context) error {
	w.history.mu.Lock()
	d := w.history.deleted
	w.history.mu.Unlock()
	if d == nil {
		return nil
	}
	if d.here {
		if err := w.putLocal(d.Run); err != nil {
			return err
		}
	}
	if d.there {
		if err := w.withRetry(ctx,
			func(ctx context.Context) error { return w.Client.PutRun(ctx, d.Run) }); err != nil {
			return err
		}
		w.history.setOnServer(d.RunSummary)
	}
	w.history.mu.Lock()
	w.history.deleted = nil
	w.history.mu.Unlock()
	return nil
}

// deleteAll deletes every run that has ended, and those of the server if they were listed.
func (w *Worker) deleteAll(ctx context.Context) error {
	w.history.mu.Lock()
	w.history.deleted = nil
	there := len(w.history.onServer) > 0
	w.history.mu.Unlock()
	if there {
		if err := w.withRetry(ctx, w.Client.DeleteRuns); err != nil {
			return err
		}
		w.history.changeOnServer(func(runs map[string]wire.RunSummary) { clear(runs) })
	}
	if w.Folder == nil {
		return nil
	}
	kept, err := journal.PastRuns(w.Folder)
	for _, p := range kept {
		err = errors.Join(err, journal.RemovePast(w.Folder, p.ID))
	}
	return err
}

// upload stores the result of a run on the server.
func (w *Worker) upload(ctx context.Context, id string) error {
	run, err := w.localRun(id)
	if err != nil {
		return err
	}
	if err = w.withRetry(ctx,
		func(ctx context.Context) error { return w.Client.PutRun(ctx, run) }); err == nil {
		w.history.setOnServer(run.RunSummary)
	}
	return err
}

// doPast executes a command on runs that have ended. A change continues when the reader opens
// another screen.
func (w *Worker) doPast(c message.Command) {
	always := context.Background()
	switch c.Name {
	case message.Past:
		go w.sendPast(w.replace(&w.stopPast))
	case message.OpenRun:
		go w.openRun(w.replace(&w.stopOpenRun), c.Run)
	case message.RenameRun:
		go w.change(always, "The name could not be changed everywhere",
			func() error { return w.rename(always, c.Run, c.Text) })
	case message.RestoreRun:
		go w.change(always, "The run could not be brought back",
			func() error { return w.restore(always) })
	case message.UploadRun:
		go w.change(always, "The server did not keep the run",
			func() error { return w.upload(always, c.Run) })
	case message.DeleteRun:
		if c.Run == "" {
			go w.change(always, "Not all runs could be deleted",
				func() error { return w.deleteAll(always) })
		} else {
			go w.change(always, "The run could not be deleted",
				func() error { return w.delete(always, c.Run) })
		}
	}
}
