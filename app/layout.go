package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/page"
	"reviewlens/app/state"
)

// header renders the name, and the link back: from a file's screens to the first, else to the file.
func (a *App) header() app.UI {
	at := a.state.Screen
	past := at == state.ScreenHistory || at == state.ScreenRun
	looks := at == state.ScreenCheck || at == state.ScreenResults // the open file
	var right, update app.UI = app.Span(), app.Span()
	if a.update {
		update = app.Button().Type("button").Class("quiet").Text("New version: reload").
			OnClick(a.onReload)
	}
	switch {
	case !looks && a.state.Progress != nil:
		right = app.A().Class("button", "quiet").ID("open-file").Href(a.state.Address()).
			Text("Results")
	case !looks && a.state.File != "":
		right = app.A().Class("button", "quiet").ID("open-file").Href("/#check").Text("File")
	case !past && at != state.ScreenHome:
		right = app.Button().Type("button").Class("quiet").ID("new").Text("Start over").
			OnClick(a.onClose)
	}
	return app.Header().Class("top").Body(
		app.A().Class("name").Href("/").Body(
			app.Img().Src("/web/icon.svg").Alt("").Width(24).Height(24),
			app.Span().Text("Reviewlens"),
		),
		app.Nav().Aria("label", "Pages").Body(
			a.who(),
			app.A().Class("button", "quiet").ID("history").Href("/#history").
				Aria("current", current(past)).Text("History"),
			right, update),
	)
}

// live returns the aria-live of a text: off while it counts something, since a screen reader would
// read each number.
func live(counts bool) string {
	if counts {
		return "off"
	}
	return "polite"
}

func current(here bool) string {
	if here {
		return "page"
	}
	return "false"
}

// footer lists the data that leaves the device, and folds the technical details away.
func (a *App) footer() app.UI {
	model := "not asked yet"
	if a.state.Model != "" {
		model = a.state.Model
	}
	return app.Footer().Class("bottom").Body(
		app.Details().Body(
			app.Summary().Text("Details"),
			app.P().Text("Files are read, cut into pieces and turned into token IDs (numbers "+
				"that stand for parts of words) in this browser. "+
				"A server scores the token IDs with a small language model that was fine-tuned "+
				"on reviews in English; equal texts are sent once. "+
				"Neither texts nor IDs are kept there."),
			app.P().Body(app.Text("Model "), app.Code().Text(model), app.Text(" · Version "),
				app.Code().Text(version())),
		),
	)
}

func version() string {
	v := app.Getenv("GOAPP_VERSION")
	if len(v) > 12 {
		v = v[:12]
	}
	if v == "" {
		return "development"
	}
	return v
}

func (a *App) onReload(ctx app.Context, e app.Event) { page.Reload(a.state.Text) }
func (a *App) onClose(ctx app.Context, e app.Event)  { a.close() }
