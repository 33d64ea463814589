package app

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/state"
	"reviewlens/app/widget"
)

// progressCard renders the progress of the run: a bar while it runs; if it stopped, the reason, and
// how to continue.
func (a *App) progressCard() app.UI {
	s := &a.state
	p := s.Progress
	switch p.State {
	case message.Running:
		left := "starting…"
		switch {
		case p.Waiting != "":
			left = p.Waiting
		case p.Rate > 0:
			left = perSecond(p.Rate) + " · " + format.About(p.SecondsLeft) + " left"
		}
		return app.Div().ID("watch").Class("watch").Body(
			app.Progress().ID("progress").Class("bar").Max(max(p.Rows, 1)).
				Value(strconv.Itoa(p.Done)).Aria("label", "Rows done"),
			app.Div().Class("pace").Body(
				app.P().Body(
					app.Strong().Text(format.Number(p.Done)+" of "+format.Number(p.Rows)),
					app.Text(" · "+left+failedSoFar(p.Summary.Failed))),
				app.Div().Class("acts").Body(
					app.Button().Type("button").ID("pause").Class("quiet").Text("Pause").
						OnClick(a.onPause),
					app.Button().Type("button").ID("cancel").Text("Cancel").OnClick(a.onCancel)),
			))
	case message.Paused:
		why := "Paused"
		if p.Waiting != "" {
			why = p.Waiting
		}
		var on app.UI = app.Span()
		if s.Locked == nil {
			on = app.Button().Type("button").ID("continue").Class("primary").Text("Go on").
				OnClick(a.onContinue)
		}
		return app.Div().ID("watch").Class("watch").Body(
			app.Progress().ID("progress").Class("bar").Max(max(p.Rows, 1)).
				Value(strconv.Itoa(p.Done)).Aria("label", "Rows done"),
			app.Div().Class("pace").Body(
				app.P().Body(app.Strong().Text(format.Number(p.Done)+" of "+format.Number(p.Rows)),
					app.Text(" · "+why+failedSoFar(p.Summary.Failed))),
				app.Div().Class("acts").
					Body(on, app.Button().Type("button").ID("cancel").Text("Cancel").
						OnClick(a.onCancel))))
	case message.Cancelled:
		return app.Div().ID("watch").Class("watch stopped").Body(
			app.P().Text("Cancelled after "+format.Number(p.Done)+" of "+format.Number(p.Rows)+
				" rows. What is "+
				"below counts these only."),
			app.Button().Type("button").ID("continue").Class("primary").Text("Go on").
				OnClick(a.onContinue))
	case message.Broken:
		detail, wayOut := "The run stopped.", ""
		if s.RunProblem != nil {
			detail, wayOut = s.RunProblem.Detail, s.RunProblem.WayOut
		}
		return app.Div().ID("watch").Class("watch").Body(
			widget.Trouble("run-trouble", detail+" "+format.Number(p.Done)+" of "+
				format.Number(p.Rows)+
				" rows are done.", wayOut,
				app.Button().Type("button").ID("continue").Class("primary").Text("Go on").
					OnClick(a.onContinue)))
	}
	return app.P().ID("watch").Class("watch done small").
		Text(format.Plural(p.Rows, "row", "rows") + " in " + s.File)
}

// runState announces the end state of a run to screen readers.
func (a *App) runState() app.UI {
	text := ""
	switch p := a.state.Progress; p.State {
	case message.Paused:
		text = "Paused."
	case message.Cancelled:
		text = "Cancelled."
	case message.Finished:
		text = "Done: " + format.Plural(p.Rows, "row", "rows") + "."
	}
	return app.P().ID("run-state").Class("unseen").Attr("role", "status").Text(text)
}

// serverGone renders a note that this device scores by default because the server did not answer,
// and a button to return to the server.
func (a *App) serverGone() app.UI {
	s := &a.state
	if s.Where != message.OnDevice || s.Private || s.Moving {
		return app.Div().Class("none")
	}
	return app.P().ID("server-gone").Class("small", "noprint").Body(
		app.Text("The server gave no answer: this device scores instead, which may take longer. "),
		app.Button().Type("button").ID("ask-server").Class("pick").Text("Ask the server again").
			OnClick(a.onAskServer))
}

func (a *App) onAskServer(ctx app.Context, e app.Event) { a.moveTo(message.OnServer) }

func perSecond(rate float64) string {
	if rate < 10 {
		return strconv.FormatFloat(rate, 'f', 1, 64) + " reviews/s"
	}
	return format.Number(int(rate)) + " reviews/s"
}

func failedSoFar(n int) string {
	if n == 0 {
		return ""
	}
	return " · " + format.Number(n) + " failed"
}

func (a *App) onCancel(ctx app.Context, e app.Event) {
	a.acted = true
	a.cancel()
}

func (a *App) onPause(ctx app.Context, e app.Event) {
	if q := a.state.Queue; q != nil && q.Pause(&a.state) {
		a.ctx.Defer(func(app.Context) { page.Focus("continue") })
		return
	}
	a.acted = true
	a.send(message.Command{Name: message.Pause}, nil)
}

// cancel ends the run, and those of texts queued after it. If a queue has yet to begin it, the
// preview of the file is shown.
func (a *App) cancel() {
	a.state.AllTexts = false
	if q := a.state.Queue; q != nil && q.StopBeforeRun(&a.state) {
		a.acted = false
		a.navigate(state.ScreenCheck)
		return
	}
	a.send(message.Command{Name: message.Cancel}, nil)
}

func (a *App) onContinue(ctx app.Context, e app.Event) {
	a.state.RunProblem = nil
	p := *a.state.Progress
	p.State, p.Waiting, p.Rate = message.Running, "", 0
	a.state.Progress = &p
	if q := a.state.Queue; q == nil || !q.Continue() {
		a.startRun()
	}
	a.ctx.Defer(func(app.Context) { page.Focus("pause") })
}
