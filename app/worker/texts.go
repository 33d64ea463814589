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

// A file with several texts, as surveys with several questions have them, is open once for each
// that was analysed: rows, scores and run are of one text. One of them is the open file; the others
// are set aside, with all that is known of them, and come back at once.

// choicesOf are the texts of a file in the form of the page, no two of which have the same label.
func choicesOf(r *table.Reading) (choices []message.Choice) {
	var labels []string
	for _, c := range r.Choices() {
		label := toldApart(c.Label, c.Columns.Text, labels)
		labels = append(labels, label)
		choices = append(choices,
			message.Choice{Label: label, Columns: message.Columns(c.Columns)})
	}
	return choices
}

// title is the file's name, and where it has several texts, which one is analysed. f.mu is held.
func (f *file) title() string {
	if f.text == "" {
		return f.name
	}
	return reviews.Clip([]byte(f.name+": "+f.text), message.MaxCell)
}

// setAside puts f aside and opens the same file by the text of other columns: as it was left, or
// with nothing known of it yet.
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
	if !surveyed {
		w.reread(f)
	}
	if next == nil {
		next = f.again()
		next.choices = choices // by the text that is read now, they might be fewer
	}
	w.mu.Lock()
	w.file = next
	w.mu.Unlock()
	return next
}

// other is the kept run of a text that nobody has asked for since the page was loaded again.
type other struct {
	run   string // "" once it was asked for
	texts []int
	done  bool
}

// findOthers notes the kept runs of a group that are open nowhere, and gives what came of those
// that are in the history.
func (w *Worker) findOthers(group string) (known []message.Analysed) {
	if group == "" { // kept by a program that knew none
		return nil
	}
	w.keeping <- struct{}{}
	runs, _ := journal.Runs(w.Folder) // what cannot be listed is scored again
	<-w.keeping
	var others []other
	for i := range runs {
		r := &runs[i]
		var how reading
		if r.Group != group || json.Unmarshal(r.Reading, &how) != nil {
			continue
		}
		others = append(others, other{r.ID, how.Columns.Texts(),
			r.Scored >= r.Texts && r.Corrected == 0})
		if past, err := w.runHere(r.ID); err == nil {
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

// takeOther is the kept run of a text, which is then no other any more; "" for none.
func (w *Worker) takeOther(texts []int) (run string) {
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

// dropAside lets go of each file that is set aside.
func (w *Worker) dropAside(drop func(f *file)) {
	w.mu.Lock()
	aside := w.aside
	w.aside, w.others = nil, nil
	w.mu.Unlock()
	for _, f := range aside {
		drop(f)
	}
}

// analyseAfter is startAnalysing once the run of f is done with, if f is then still open and no
// other text was asked for.
func (w *Worker) analyseAfter(f *file, c message.Command, next *coming) {
	f.runs.Wait()
	w.mu.Lock()
	expected := w.coming == next
	w.mu.Unlock()
	if expected && w.opened() == f {
		w.startAnalysing(f, c, next)
	}
}

// startAnalysing opens another text of f, of which next is the run.
func (w *Worker) startAnalysing(f *file, c message.Command, next *coming) {
	ctx := w.replace(&w.stopFile)
	o := w.setAside(f, table.Columns(*c.Columns))
	go func() {
		w.analyse(ctx, o, c)
		w.mu.Lock()
		if w.coming == next { // there is nothing to score, or it cannot be read
			w.coming = nil
		}
		w.mu.Unlock()
	}()
}

// analyse tells what is known of f, which was opened by its text, and scores what is not.
func (w *Worker) analyse(ctx context.Context, f *file, c message.Command) {
	f.mu.Lock()
	known := f.surveyed
	f.mu.Unlock()
	if !known {
		if run := w.takeOther(c.Columns.Texts()); run != "" && w.goOn(ctx, run, f.source) == nil {
			return
		}
		w.interpret(ctx, f, nil, c.Columns, nil)
		f.mu.Lock()
		known = f.surveyed
		f.mu.Unlock()
	} else if w.tellAgain(ctx, f) {
		return
	}
	if known && ctx.Err() == nil {
		w.begin(f, c.Topics)
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

// tellAgain sends the page all that is known of a file that was set aside, as if it had just been
// read. ended reports whether its run has ended.
func (w *Worker) tellAgain(ctx context.Context, f *file) (ended bool) {
	w.mu.Lock()
	scheme := w.scheme
	w.mu.Unlock()
	f.mu.Lock()
	preview, count := f.preview(f.reading), f.count
	f.filters, f.view, f.groups, f.others = nil, nil, nil, nil
	f.scheme, f.spoken.result = scheme, nil
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
