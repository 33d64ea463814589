package app

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/state"
	"reviewlens/app/widget"
)

// openAll opens several files, the first of them for its preview.
func (a *App) openAll(files []app.Value) {
	if len(files) == 1 {
		a.open(files[0])
		return
	}
	a.clearPrevious()
	a.forgetLeft()
	var names []string
	for _, f := range files {
		names = append(names, f.Get("name").String())
	}
	// The open file is none of them, and is closed as for one file; they are kept for each other.
	a.send(message.Command{Name: message.Close}, nil)
	a.files, a.state.Queue = files, state.NewQueue(names)
	a.openQueued(0, false)
}

// openQueued opens file i of the queue: to preview it or, if the queue is going, to score it. With
// wait, that is once the previous file is fully analysed.
func (a *App) openQueued(i int, wait bool) {
	q := a.state.Queue
	q.Open(i)
	name := q.Files[i].Name
	a.state.OpenFile(name)
	if q.Running {
		a.watchQueued()
	} else {
		a.navigate(state.ScreenCheck)
	}
	a.saveUnsavedFiles()
	a.file = a.files[i]
	a.send(message.Command{Name: message.Open, File: name, Keep: true, Wait: wait}, a.file)
	a.ctx.Page().SetTitle(a.state.Title())
}

// watchQueued shows the results of the current file, of which there are none yet.
func (a *App) watchQueued() {
	a.state.Progress = a.state.Queue.PendingProgress()
	a.navigate(state.ScreenResults)
}

// startQueued continues from a previewed file: with the next one, or with scoring them.
func (a *App) startQueued() {
	q := a.state.Queue
	if next := q.Start(&a.state); next >= 0 {
		a.openQueued(next, false)
		return
	}
	a.state.ResetView()
	a.watchQueued()
	a.startRun()
}

// leaveOut skips the open file.
func (a *App) leaveOut(ctx app.Context, e app.Event) {
	q := a.state.Queue
	if next := q.LeaveOut(); next >= 0 {
		a.openQueued(next, false)
	} else if scored := q.FirstScored(); scored >= 0 {
		a.reopen(scored)
	} else {
		a.close()
	}
}

// stepQueue advances the queue after an event.
func (a *App) stepQueue(e message.Event) {
	q := a.state.Queue
	if q == nil {
		return
	}
	going := q.Running
	do, open := q.Step(&a.state, e)
	// a file is being opened: its results are on the screen, empty
	if going && a.state.Progress == nil {
		a.state.Progress = q.PendingProgress()
	}
	if do != nil {
		a.send(*do, nil)
	}
	a.saveUnsavedFiles()
	switch {
	case open >= 0:
		a.openQueued(open, true)
	// the last could not be scored: show one that was
	case going && !q.Running && q.Files[q.At].Summary == nil:
		if scored := q.FirstScored(); scored >= 0 {
			a.reopen(scored)
		}
	}
}

// reopen opens the results of a file that was scored, or continues one that stopped.
func (a *App) reopen(i int) {
	q := a.state.Queue
	f := q.Files[i]
	if f.Run == "" { // it could not be stored, or was never begun
		a.openQueued(i, false)
		return
	}
	q.Open(i)
	a.state.OpenFile(f.Name)
	a.state.Resuming = true
	a.navigate(state.ScreenCheck)
	a.file = a.files[i]
	a.send(message.Command{Name: message.Resume, Run: f.Run, Keep: true}, a.file)
}

// queueRuns returns the kept runs of the files of the queue that are not open, except runs with
// corrections.
func (a *App) queueRuns() (runs []string) {
	q := a.state.Queue
	if q == nil {
		return nil
	}
	for i, f := range q.Files {
		if i != q.At && f.Stage == state.Scored && f.Run != "" &&
			(f.Summary.Corrected == nil || f.Summary.Corrected.Reviews == 0) {
			runs = append(runs, f.Run)
		}
	}
	return runs
}

// dropQueue discards the queue and its kept runs.
func (a *App) dropQueue() {
	for _, run := range a.queueRuns() {
		a.discard(run)
	}
	a.leaveQueue()
}

// leaveQueue discards the queue, but keeps its runs.
func (a *App) leaveQueue() {
	if a.state.Queue != nil {
		a.files, a.state.Queue = nil, nil
		a.saveUnsavedFiles()
	}
}

// saveUnsavedFiles stores, for this tab after a reload, which files of the queue it will have to
// ask for.
func (a *App) saveUnsavedFiles() {
	text := ""
	if q := a.state.Queue; q != nil {
		text = strings.Join(q.UnsavedFiles(), "\n")
	}
	page.Keep("left", text)
}

// lostFiles asks for the files that a reload lost.
func (a *App) lostFiles() app.UI {
	if len(a.state.LostFiles) == 0 {
		return app.Div().Class("none")
	}
	return widget.Trouble("left", "The page was loaded anew while "+
		strings.Join(a.state.LostFiles, ", ")+" waited to be scored.",
		"A browser keeps no file that was not begun: choose "+
			them(len(a.state.LostFiles))+" again.",
		app.Button().Type("button").ID("forget-left").Text("Dismiss").
			OnClick(a.onForgetLeft))
}

func (a *App) onForgetLeft(ctx app.Context, e app.Event) {
	a.forgetLeft()
	a.focusNext("main")
}

func (a *App) forgetLeft() {
	a.state.LostFiles = nil
	page.Keep("left", "")
}

// toCheck renders, above the preview of a file, which of several it is.
func (a *App) toCheck() app.UI {
	q := a.state.Queue
	if q == nil {
		return app.Div().Class("none")
	}
	var others []string
	for i, f := range q.Files {
		if i != q.At {
			others = append(others, f.Name)
		}
	}
	body := []app.UI{app.P().ID("which-file").Text("File " + format.Number(q.At+1) + " of " +
		format.Number(len(q.Files)) + ", with " + strings.Join(others, ", "))}
	if q.At == 0 {
		body = append(body, &widget.Checkbox{ID: "same",
			Text: "Read the other files like this one, by the names of its columns", On: q.Same,
			Set: func(on bool) {
				q.Same = on
				a.ctx.Dispatch(func(app.Context) {}) // updates the label of the button below
			}})
	}
	if q.ReopenIndex() >= 0 {
		body = append(body, &widget.Button{ID: "to-scored", Text: "Back to the files scored so far",
			On: a.backToScored})
	}
	return app.Div().ID("to-check").Class("to-check").Body(body...)
}

// backToScored shows results again, with the progress of all files. The user's settings for reading
// the current file are kept.
func (a *App) backToScored() {
	q := a.state.Queue
	if s := &a.state; s.ColumnsChosen || s.DialectChosen ||
		s.CellSettings != (message.CellSettings{}) {
		q.NoteReading(s)
	}
	a.reopen(q.ReopenIndex())
}

// queue renders the progress of all files, each with its result.
func (a *App) queue() app.UI {
	q := a.state.Queue
	if q == nil {
		return app.Section().Class("none")
	}
	done := 0
	var files []app.UI
	for i, f := range q.Files {
		if f.Stage == state.Scored {
			done++
		}
		what := []app.UI{app.Span().Class("queued-name").Text(f.Name),
			app.Span().Class("small").Text(f.Text())}
		if f.Stage == state.Scoring {
			what = append(what,
				app.Progress().Class("bar").Max(max(f.Rows, 1)).Value(strconv.Itoa(f.Done)).
					Aria("label", "Rows of "+f.Name+" that are done"))
		}
		switch {
		case i == q.At && !q.Running && f.Stage != state.Failed:
			what = append(what, app.Span().Class("small").Text("shown below"))
		case !q.Running && (f.Stage == state.Scored || f.Stage == state.Failed):
			text := "Open"
			if f.Stage == state.Failed && f.Run != "" {
				text = "Go on"
			}
			what = append(what,
				&widget.Button{ID: "open-" + strconv.Itoa(i), Text: text,
					Label: text + ": " + f.Name,
					On:    func() { a.reopen(i) }})
		}
		files = append(files, app.Li().Class(f.Stage).Body(what...))
	}
	body := []app.UI{
		app.H2().Text(format.Number(done) + " of " + format.Plural(len(q.Files), "file", "files") +
			" scored"),
		app.Ul().Class("queued").Body(files...),
	}
	var ids, names []string
	for _, f := range q.Files {
		if f.Stage == state.Scored && f.Run != "" && f.Summary.Scored > 0 {
			ids, names = append(ids, f.Run), append(names, f.Name)
		}
	}
	body = append(body, a.compareRuns(state.OfFiles, "Compare two files", ids, names))
	if !q.Running && q.Next() >= 0 {
		body = append(body, &widget.Button{ID: "go-on-queue", Text: "Go on with the others",
			On: func() {
				q.Running = true
				a.openQueued(q.Next(), false)
				a.focusNext("pause")
			}})
	}
	return app.Section().ID("queue").Class("card", "noprint").Body(body...)
}
