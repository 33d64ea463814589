package app

import (
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/state"
)

// resumeCard offers the runs left over from closed tabs, and shows the storage that they take.
func (a *App) resumeCard() app.UI {
	var runs []app.UI
	for _, r := range a.state.OrphanRuns() {
		runs = append(runs, &keptRun{Run: r, Resume: a.resume, Remove: a.discard})
	}
	if len(runs) == 0 {
		return app.Div().Class("none")
	}
	return app.Section().ID("kept").Class("card").Body(
		app.H2().Text("Go on where you stopped"),
		app.Ul().Body(runs...),
		app.P().Class("small").ID("storage").
			Text("Kept on this device only: "+format.Bytes(a.state.Kept.Used)+" in all. What is "+
				"finished goes when you open another file, unless you corrected some of it."))
}

// keptRun renders one of these runs: a component, like widget.Pick, since the list changes.
type keptRun struct {
	app.Compo

	Run    message.KeptRun
	Resume func(r message.KeptRun, file app.Value)
	Remove func(id string)
}

func (k *keptRun) onResume(ctx app.Context, e app.Event) { k.Resume(k.Run, nil) }

func (k *keptRun) onRemove(ctx app.Context, e app.Event) {
	if !isSecondClick(e) {
		k.Remove(k.Run.ID)
	}
}

func (k *keptRun) onFile(ctx app.Context, e app.Event) {
	if files := ctx.JSSrc().Get("files"); files.Length() > 0 {
		k.Resume(k.Run, files.Index(0))
	}
}

func (k *keptRun) Render() app.UI {
	r := k.Run
	how := format.Number(r.Scored) + " of " + format.Number(r.Texts) + " reviews scored"
	if r.Scored >= r.Texts {
		how = "scored"
	}
	if r.Corrected > 0 {
		how += ", " + format.Plural(r.Corrected, "text", "texts") + " corrected by you"
	}
	var on app.UI = app.Button().Type("button").Class("primary", "resume").Text("Go on").
		OnClick(k.onResume)
	if r.NeedsFile {
		how += "; there was no room for a copy of the file, choose it again to go on"
		on = app.Label().Class("button").Body(
			app.Input().Type("file").Class("unseen", "resume").OnChange(k.onFile),
			app.Text("Choose the file"))
	}
	if r.Text != "" {
		how = r.Text + " · " + how
	}
	return app.Li().Body(
		app.P().Body(app.Strong().Text(r.File), app.Text(" · "+how)), on,
		app.Button().Type("button").Class("quiet", "discard").Text("Remove").
			Aria("label", "Remove "+r.File).OnClick(k.onRemove))
}

// discard deletes a kept run, if it is kept.
func (a *App) discard(id string) {
	if id == "" {
		return
	}
	a.send(message.Command{Name: message.Discard, Run: id}, nil)
}

// closed offers to return to the results that were closed last.
func (a *App) closed() app.UI {
	c := a.state.Closed
	switch {
	case c == nil:
		return app.Div().ID("closed").Attr("role", "status")
	case c.Run == "" && a.file == nil:
		return app.Div().Class("none")
	}
	text := c.File + " is closed. Its results stay until you open another file."
	if c.Run == "" {
		text = c.File + " is closed. This browser keeps no results: it would be scored again."
	}
	return app.Div().ID("closed").Class("undo").Attr("role", "status").Body(
		app.P().Text(text),
		app.Button().Type("button").ID("reopen").Text("Undo").OnClick(a.onReopen))
}

func (a *App) onReopen(ctx app.Context, e app.Event) {
	c, file := a.state.Closed, a.file
	a.setClosed(nil)
	a.state.PendingQuery = c.Query
	if c.Run == "" {
		a.open(file)
		return
	}
	a.resume(message.KeptRun{ID: c.Run, File: c.File}, file)
}

// setClosed stores the results that were closed last, for this tab.
func (a *App) setClosed(c *state.Closed) {
	a.state.Closed = c
	text := ""
	if c != nil {
		text = format.JSON(c)
	}
	page.Keep("closed", text)
}

// dropClosed forgets the results that were closed last, since another file replaces them.
func (a *App) dropClosed() {
	if c := a.state.Closed; c != nil {
		for _, run := range append([]string{c.Run}, c.Others...) {
			a.discard(run)
		}
		a.setClosed(nil)
	}
}

// resume continues a kept run; file is nil if there is a copy.
func (a *App) resume(r message.KeptRun, file app.Value) {
	at := a.state.Screen
	a.clearPrevious()
	a.file = file
	a.state.OpenFile(r.File)
	a.state.Resuming = true
	switch { // the address of the reloaded page stays
	case at == state.ScreenHistory || at == state.ScreenRun:
		a.state.Screen = at
	case strings.HasPrefix(a.ctx.Page().URL().Fragment, string(state.ScreenResults)):
		a.show(state.ScreenCheck)
	default:
		a.navigate(state.ScreenCheck)
	}
	a.send(message.Command{Name: message.Resume, Run: r.ID}, file)
}

// onKept handles a list of kept runs. After a reload, this tab's own run resumes automatically. The
// previous page's worker may still hold it, so it may be missing from the first list.
func (a *App) onKept() {
	if a.reloaded == "" || a.state.File != "" {
		return
	}
	for _, r := range a.state.Kept.Runs {
		if r.ID != a.reloaded {
			continue
		}
		if a.reloaded = ""; !r.NeedsFile {
			a.resume(r, nil)
		}
		return
	}
}
