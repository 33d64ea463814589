package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/state"
)

// resumeCard offers the runs that a closed tab left behind, and shows what they take of the device.
func (a *App) resumeCard() app.UI {
	k := a.state.Kept
	if k == nil || len(k.Runs) == 0 {
		return app.Div().Class("none")
	}
	var runs []app.UI
	for _, r := range k.Runs {
		how := format.Number(r.Scored) + " of " + format.Number(r.Texts) + " reviews scored"
		if r.Scored >= r.Texts {
			how = "scored"
		}
		if r.Corrected > 0 {
			how += ", " + format.Plural(r.Corrected, "text", "texts") + " corrected by you"
		}
		var on app.UI = app.Button().Type("button").Class("primary", "resume").Text("Go on").
			OnClick(func(ctx app.Context, e app.Event) { a.resume(r, nil) })
		if r.NeedsFile {
			how += "; there was no room for a copy of the file, choose it again to go on"
			on = app.Label().Class("button").Body(
				app.Input().Type("file").Class("unseen", "resume").
					OnChange(func(ctx app.Context, e app.Event) {
						if files := ctx.JSSrc().Get("files"); files.Length() > 0 {
							a.resume(r, files.Index(0))
						}
					}), app.Text("Choose the file"))
		}
		runs = append(runs, app.Li().Body(
			app.P().Body(app.Strong().Text(r.File), app.Text(" · "+how)), on,
			app.Button().Type("button").Class("quiet", "discard").Text("Remove").
				Aria("label", "Remove "+r.File).OnClick(func(ctx app.Context, e app.Event) {
				a.send(message.Command{Name: message.Discard, Run: r.ID},
					nil)
			})))
	}
	return app.Section().ID("kept").Class("card").Body(
		app.H2().Text("Go on where you stopped"),
		app.Ul().Body(runs...),
		app.P().Class("small").ID("storage").
			Text("Kept on this device only: "+format.Bytes(k.Used)+" in all. What is finished "+
				"goes when "+
				"you start over, unless you corrected some of it."))
}

// resume goes on with a kept run; file is nil where there is a copy.
func (a *App) resume(r message.KeptRun, file app.Value) {
	at := a.state.Screen
	a.file = file
	a.state.OpenFile(r.File)
	a.state.Resuming = true
	if at == state.ScreenHistory || at == state.ScreenRun { // the address that was loaded
		a.state.Screen = at
	} else {
		a.navigate(state.ScreenCheck)
	}
	a.send(message.Command{Name: message.Resume, Run: r.ID}, file)
}

// onKept takes a list over. The run that this very tab was at goes on by itself: the page was
// reloaded. The worker of the page before may hold it for a moment longer, so it may be missing
// from the first list.
func (a *App) onKept() {
	if a.reloaded == "" || a.state.File != "" {
		return
	}
	for _, r := range a.state.Kept.Runs {
		if r.ID != a.reloaded {
			continue
		}
		a.reloaded = ""
		if !r.NeedsFile {
			a.resume(r, nil)
		}
		return
	}
}
