package worker

import (
	"context"
	"encoding/json"
	"slices"

	"reviewlens/api/wire"
	"reviewlens/app/journal"
	"reviewlens/app/message"
	"reviewlens/reviews"
	"reviewlens/reviews/stats"
	"reviewlens/reviews/table"
)

// A file with several texts, such as a survey with several questions, is open once for each text
// that was analysed: rows, scores and run are of one text. One of them is the open file; the others
// are set aside with all their state, and come back at once.

// choicesOf returns the texts of a file in the form of the page, each with a unique label.
func choicesOf(r *table.Reading) (choices []message.Choice) {
	var labels []string
	for _, c := range r.Choices() {
		label := uniqueName(c.Label, c.Columns.Text, labels)
		labels = append(labels, label)
		choices = append(choices,
			message.Choice{Label: label, Columns: message.Columns(c.Columns)})
	}
	return choices
}

// title returns the file's name and, if it has several texts, which one is analysed. f.mu is held.
func (f *file) title() string {
	if f.text == "" {
		return f.name
	}
	return reviews.Clip([]byte(f.name+": "+f.text), message.MaxCell)
}

// setAside sets f aside and opens the same file with the text of other columns: in the state in
// which it was left, or afresh.
func (w *Worker) setAside(f *file, columns table.Columns) *file {
	texts := columns.Texts()
	f.mu.Lock()
	same, surveyed, choices := slices.Equal(f.columns.Texts(), texts), f.surveyed, f.choices
	f.mu.Unlock()
	if same {
		return f
	}
	var next *file
	var aside []*file
	w.mu.Lock()
	for _, o := range w.aside {
		if slices.Equal(o.columns.Texts(), texts) {
			next = o
		} else {
			aside = append(aside, o)
		}
	}
	if surveyed {
		aside = append(aside, f)
	}
	w.aside = aside
	w.mu.Unlock()
	switch {
	case surveyed:
	case next != nil && f.restored != nil:
		w.suspend(f)
	default:
		w.releaseForReread(f)
	}
	if next == nil {
		next = f.reopened()
		next.choices = choices // derived from the current text, they might be fewer
	}
	w.mu.Lock()
	w.file = next
	w.mu.Unlock()
	return next
}

// suspend closes the kept run of f, which was not read to its end, so that it can be continued.
func (w *Worker) suspend(f *file) {
	f.mu.Lock()
	l := f.log
	f.log = nil
	f.mu.Unlock()
	if l == nil {
		return
	}
	if source, ours := f.source.(*copied); ours && l.Head.Copied {
		source.Close()
	}
	l.Close()
	w.findOthers(f.group)
}

// keptText is the kept run of a text that was not requested since the page was reloaded.
type keptText struct {
	run   string // "" once it was requested
	texts []int
	done  bool
}

// findOthers collects the kept runs of a group that are not open, and returns the results of those
// that are in the history.
func (w *Worker) findOthers(group string) (known []message.Analysed) {
	if group == "" { // kept by a version without groups
		return nil
	}
	w.folderSem <- struct{}{}
	runs, _ := journal.Runs(w.Folder) // a run that cannot be listed is scored again
	<-w.folderSem
	var others []keptText
	for i := range runs {
		r := &runs[i]
		var how savedReading
		if r.Group != group || json.Unmarshal(r.Reading, &how) != nil {
			continue
		}
		others = append(others, keptText{r.ID, how.Columns.Texts(),
			r.Scored >= r.Texts && r.Corrected == 0})
		if past, err := w.localRun(r.ID); err == nil {
			n := past.Positive + past.Negative + past.Unsure
			known = append(known, message.Analysed{Text: how.Text, Done: true, Run: r.ID,
				Scored: n, Share: wire.Interval(stats.Wilson(past.Positive, n))})
		}
	}
	w.mu.Lock()
	w.others = others
	w.mu.Unlock()
	return known
}

// takeKeptText removes and returns the kept run of a text, "" if there is none.
func (w *Worker) takeKeptText(texts []int) (run string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.others {
		if o := &w.others[i]; o.run != "" && slices.Equal(o.texts, texts) {
			run, o.run = o.run, ""
			break
		}
	}
	return run
}

// dropAside calls drop for each file that is set aside, and removes them.
func (w *Worker) dropAside(drop func(f *file)) {
	w.mu.Lock()
	aside := w.aside
	w.aside, w.others = nil, nil
	w.mu.Unlock()
	for _, f := range aside {
		drop(f)
	}
}

// analyseAfter calls startAnalysing once the run of f has finished, if f is then still open and no
// other text was requested.
func (w *Worker) analyseAfter(f *file, c message.Command, next *pendingRun) {
	f.runs.Wait()
	w.mu.Lock()
	expected := w.coming == next
	w.mu.Unlock()
	if expected && w.opened() == f {
		w.startAnalysing(f, c, next)
	}
}

// startAnalysing opens another text of f, whose run is next.
func (w *Worker) startAnalysing(f *file, c message.Command, next *pendingRun) {
	ctx := w.replace(&w.stopFile)
	o := w.setAside(f, table.Columns(*c.Columns))
	go func() {
		w.analyse(ctx, o, c)
		w.mu.Lock()
		if w.coming == next { // there is nothing to score, or the text cannot be read
			w.coming = nil
		}
		w.mu.Unlock()
	}()
}

// analyse sends what is known of f, opened with its text, and scores the rest.
func (w *Worker) analyse(ctx context.Context, f *file, c message.Command) {
	f.mu.Lock()
	known := f.surveyed
	f.mu.Unlock()
	if !known {
		if run := w.takeKeptText(c.Columns.Texts()); run != "" &&
			w.continueRun(ctx, run, f.source) == nil {
			return
		}
		w.interpret(ctx, f, nil, c.Columns, nil)
		f.mu.Lock()
		known = f.surveyed
		f.mu.Unlock()
	} else if w.resendState(ctx, f) {
		return
	}
	if known {
		w.begin(ctx, f, c.Topics)
	}
}

// doAfter executes a command after the run of f has ended, if f is then still open.
func (w *Worker) doAfter(f *file, c message.Command, source Source) {
	f.runs.Wait()
	if w.opened() == f {
		c.Wait = false
		w.Do(c, source)
	}
}

// resendState sends the page the state of a file that was set aside, as if it had just been read.
// ended reports whether its run has ended.
func (w *Worker) resendState(ctx context.Context, f *file) (ended bool) {
	w.mu.Lock()
	scheme := w.scheme
	w.mu.Unlock()
	f.mu.Lock()
	preview, count := f.preview(f.reading), f.count
	f.filters, f.view, f.groups, f.others = nil, nil, nil, nil
	f.scheme, f.textTopics.result = scheme, nil
	var progress *message.Progress
	if f.ended != nil {
		p := *f.ended
		p.Summary.Corrected = f.correctedSum()
		progress = &p
	}
	f.mu.Unlock()
	if progress != nil {
		progress.Deleted = w.isDeleted(progress.Run)
	}
	w.send(ctx, message.Event{Name: message.EventPreview, Preview: preview})
	w.send(ctx, message.Event{Name: message.EventCount, Count: &count})
	if progress == nil {
		return false
	}
	w.sendTopics(ctx, f) // before the end, as a run does
	w.send(ctx, message.Event{Name: message.EventProgress, Progress: progress})
	return true
}
