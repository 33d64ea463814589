package app

import (
	"encoding/json"
	"path"
	"strings"
	"time"
	"unicode"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/state"
	"reviewlens/reviews/report"
)

// export offers the downloads: the file with its scores, the report, its numbers. Incomplete ones
// say so.
func (a *App) export() app.UI {
	s := &a.state
	p := s.Progress
	text := "Download CSV"
	if p.State != message.Finished && p.State != message.Running && p.Rows > 0 {
		text = "Download CSV (" + format.Number(p.Done) + " of " +
			format.Number(p.Rows) + " scored)"
	}
	if s.Downloading {
		text = "Writing…"
	}
	nothing := p.Summary.Scored == 0 || s.Stale() || s.NoHits()
	if s.IsFiltered() && !s.Downloading && s.Selection != nil {
		text = "Download " + format.Plural(s.Selection.Rows, "row", "rows") + " as CSV"
	}
	var corrections app.UI = app.Span().Class("none")
	if c := p.Summary.Corrected; c != nil && c.Reviews > 0 {
		corrections = app.Button().Type("button").ID("corrections").Text("Corrections").
			Title("What you corrected, one JSON object a line, to train the model with").
			Disabled(s.Downloading).OnClick(a.onCorrections)
	}
	return app.Div().Class("exports", "noprint").Body(
		corrections,
		app.Button().Type("button").ID("report").Text("Report").
			Title("One HTML file that prints well").Disabled(nothing || s.Reading()).
			OnClick(a.onReport),
		app.Button().Type("button").ID("json").Text("JSON").Title("The numbers of this page").
			Disabled(nothing || s.Reading()).OnClick(a.onJSON),
		a.exportTopics(),
		app.Button().Type("button").ID("download").Class("primary").Text(text).
			Disabled(p.State == message.Running || s.Downloading || nothing).OnClick(a.onDownload))
}

// exportTopics offers the file with one more column, if there are topics.
func (a *App) exportTopics() app.UI {
	s := &a.state
	if s.Topics() == nil {
		return app.Span().Class("none")
	}
	return app.Button().Type("button").ID("download-topics").Text("CSV with topics").
		Title("The file with its scores, and a column with what each review speaks of").
		Disabled(s.Progress.State == message.Running || s.Downloading || s.Stale() || s.NoHits()).
		OnClick(a.onDownloadTopics)
}

func (a *App) onDownloadTopics(ctx app.Context, e app.Event) {
	a.state.Downloading = true
	a.send(message.Command{Name: message.Download, What: message.WithTopics,
		Only: a.state.OnlyName()}, nil)
}

func (a *App) onDownload(ctx app.Context, e app.Event) {
	a.state.Downloading = true
	a.send(message.Command{Name: message.Download, Only: a.state.OnlyName()}, nil)
}

func (a *App) onCorrections(ctx app.Context, e app.Event) {
	a.state.Downloading = true
	a.send(message.Command{Name: message.Download, What: message.Corrections}, nil)
}

// onReport saves the report that `reviewlens report` would write for the same numbers.
func (a *App) onReport(ctx app.Context, e app.Event) {
	saveReport(&a.state)
}

func (a *App) onJSON(ctx app.Context, e app.Event) { saveJSON(&a.state) }

func saveReport(s *state.State) {
	var b strings.Builder
	if err := report.Write(&b, report.About{Name: s.Source(), Made: time.Now(), Only: s.Scope()},
		s.Report()); err != nil {
		panic(err) // a strings.Builder never fails
	}
	page.SaveText(base(s.File)+"-report"+s.Suffix()+".html", "text/html", b.String())
}

func saveJSON(s *state.State) {
	b, err := json.MarshalIndent(scopedReport{s.Scope(), s.Report()}, "", "  ")
	if err != nil {
		panic(err) // counts, texts and finite floats only
	}
	page.SaveText(base(s.File)+"-report"+s.Suffix()+".json", "application/json", string(b)+"\n")
}

// scopedReport is a report, with a description of the file's reviews that it covers; "" for all.
type scopedReport struct {
	Only string `json:"only,omitempty"`
	wire.Report
}

// base returns the name of a file without its extension, or that of a run, which a reader may have
// called "Keyboard v2.5" or "2. quarter".
func base(name string) string {
	if name == "" {
		return "reviews"
	}
	ext := path.Ext(name)
	if strings.Contains(ext, " ") || !strings.ContainsFunc(ext, unicode.IsLetter) {
		return name
	}
	return strings.TrimSuffix(name, ext)
}
