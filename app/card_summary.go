package app

import (
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/reviews/report"
)

// summaryCard renders the results in five sentences, to be read first and to be shared. It waits
// for the end of the run: a sentence that changes while it is read is read twice.
func (a *App) summaryCard() app.UI {
	sentences := a.inShort()
	if a.state.Progress.State == message.Running || a.state.Reading() || len(sentences) == 0 {
		return app.Section().Class("none")
	}
	a.summary = strings.Join(sentences, "\n") + "\n"
	lines := make([]app.UI, len(sentences))
	for i, s := range sentences {
		lines[i] = app.P().Text(s + " ") // one line each, as when copied
	}
	return app.Section().ID("summary-card").Class("card").Body(
		app.H2().Text("In short"),
		app.Div().ID("summary").Body(lines...),
		app.Button().Type("button").ID("copy-summary").Text("Copy").
			OnClick(a.onCopySummary))
}

func (a *App) onCopySummary(ctx app.Context, e app.Event) {
	page.Copy(a.summary, "")
}

// inShort returns the sentences, preceded by which reviews they describe, unless these are all.
func (a *App) inShort() []string {
	sentences := report.Summary(a.state.Report())
	if scope := a.state.Scope(); scope != "" && len(sentences) > 0 {
		return append([]string{"Of some reviews of the file alone: " + scope + "."}, sentences...)
	}
	return sentences
}
