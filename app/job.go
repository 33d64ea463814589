package app

import (
	"path"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/state"
	"reviewlens/app/widget"
)

// canSubmit reports whether the open file can be uploaded as a job: it is text of an accepted size,
// not part of a queue, not known to be without reviews, and scoring is not (and is not about to be)
// on the device only.
func (a *App) canSubmit() bool {
	s := &a.state
	return a.file != nil && s.JobLimits != nil && s.Queue == nil && s.Where != message.OnDevice &&
		!s.Private && !s.Moving && s.Preview != nil && s.Preview.File == s.File &&
		!s.DialectChosen && s.CellSettings == (message.CellSettings{}) &&
		s.Preview.Columns.Text >= 0 && s.Preview.Bytes <= s.JobLimits.Bytes && !a.nothingToScore()
}

// offerJob offers to have the server score the file, and lists the data that this sends.
func (a *App) offerJob() app.UI {
	if !a.canSubmit() {
		return app.Div().Class("none")
	}
	s := &a.state
	topics := ""
	if s.WantsTopics() {
		topics = " Topics are not looked for there."
	}
	return app.Details().ID("leave-it").Class("fold").Body(
		app.Summary().Text("Leave it to the server"),
		app.P().Text("For a large file: this page can be closed meanwhile. The whole file is "+
			"sent to the server, its texts included, and is deleted there "+
			format.Hours(s.JobLimits.Hours)+" later, or when you delete it."+topics),
		app.Button().Type("button").ID("leave").
			Text("Send "+format.Bytes(s.Preview.Bytes)+" and have it scored").
			OnClick(a.onSubmitJob))
}

func (a *App) onSubmitJob(ctx app.Context, e app.Event) {
	p := a.state.Preview
	contentType := wire.TypeCSV
	if p.Dialect.Keys != nil {
		contentType = wire.TypeJSONLines
	}
	query := state.JobQuery(p)
	key := page.SubmitJob(format.JSON(map[string]any{
		"name": a.state.File, "query": query.Encode(), "type": contentType,
		"apart": a.state.JobLimits.Upload,
	}), a.file)
	a.forget(false)
	a.openJob(key)
	a.ctx.Navigate("/#" + string(state.ScreenJob) + "/" + key)
}

// jobs lists the files that were uploaded to the server.
func (a *App) jobs() app.UI {
	if len(a.state.Jobs) == 0 {
		return app.Div().Class("none")
	}
	var items []app.UI
	for i := range a.state.Jobs {
		j := &a.state.Jobs[i]
		items = append(items, app.Li().Body(
			app.P().Body(app.Strong().Text(j.Name), app.Text(" · "+j.Text())),
			app.A().Class("button").Href("/#"+string(state.ScreenJob)+"/"+j.Key).
				Aria("label", "Open "+j.Name).Text("Open")))
	}
	return app.Section().ID("jobs").Class("card").Body(app.H2().Text("Left to the server"),
		app.Ul().Body(items...))
}

// openJob shows the job with a key.
func (a *App) openJob(key string) {
	a.state.Screen, a.state.JobKey = state.ScreenJob, key
}

// jobScreen shows a job on the server: its progress and its result.
func (a *App) jobScreen() app.UI {
	j := a.state.Job(a.state.JobKey)
	if j == nil {
		return app.Section().Class("read").Body(app.H1().Text("A file on the server"),
			app.P().ID("no-job").Class("hint").
				Text("It is not known on this device: deleted, left from another, or by somebody "+
					"else."))
	}
	var acts []app.UI
	if j.Report != nil {
		acts = append(acts,
			app.Button().Type("button").ID("report").Text("Report").
				Title("One HTML file that prints well").OnClick(a.onJobReport),
			app.Button().Type("button").ID("download").Class("primary").Text("Download CSV").
				Disabled(a.state.Downloading).OnClick(a.onJobResult))
	}
	acts = append(acts, app.Button().Type("button").ID("delete-job").Class("quiet").
		Text("Delete from the server").OnClick(a.onDeleteJob))
	body := []app.UI{app.Div().Class("titled").Body(app.H1().Text(j.Name),
		app.Div().Class("exports", "noprint").Body(acts...))}
	if j.Trouble != "" {
		body = append(body, widget.Trouble("job-again", j.Trouble, "Try it again.", nil))
	}
	switch {
	case j.Report == nil && (j.Problem != "" || j.Job != nil && j.Job.State == wire.Failed):
		body = append(body, widget.Trouble("job-trouble", j.Text(),
			"Delete it and leave the file again, or have it scored from here.", nil))
	case j.NotSent():
		body = append(body, widget.Trouble("job-trouble",
			"It was not sent whole: the page that sent it was closed, or lost its connection.",
			"If another tab is sending it, keep that one open. If none is, delete it and leave "+
				"the file again, or have it scored from here.", nil))
	case j.Report == nil:
		body = append(body, jobProgress(j))
	default:
		if j.Problem != "" {
			body = append(body, widget.Trouble("job-trouble", j.Problem,
				"Reload the page to ask again.", nil))
		}
		text := format.Plural(j.Job.Rows, "row", "rows") + " · model " + j.Job.Model +
			" · on the server until " + page.Clock(j.Job.Expires)
		for _, span := range j.Job.Failed {
			rows := "row " + format.Number(span.First)
			if span.Last > span.First {
				rows = "rows " + format.Number(span.First) + " to " + format.Number(span.Last)
			}
			text += " · " + rows + " could not be scored"
		}
		body = append(body, app.P().ID("watch").Class("watch", "done", "small").Text(text))
		if shown := (&App{state: state.OfJob(j)}); j.Report.Scored > 0 {
			body = append(body, shown.changesCard(), shown.share(), shown.trend(),
				shown.driversCard(), shown.misfits(), shown.products(), shown.histogram())
		}
	}
	return app.Section().Class("read").Body(body...)
}

// jobProgress renders the progress of a job that has not ended.
func jobProgress(j *state.Job) app.UI {
	bar := app.Progress().ID("progress").Class("bar").Aria("label", "How far it is")
	note := ""
	switch {
	case j.Job == nil:
		bar = bar.Max(max(1, j.Bytes)).Value(strconv.FormatInt(j.Sent, 10))
		if j.Sending() {
			note = " Keep this page open until all is sent."
		}
	default:
		note = " This page can be closed: the server goes on."
		if j.Job.Rows > 0 {
			bar = bar.Max(j.Job.Rows).Value(strconv.Itoa(j.Job.Done))
		}
	}
	return app.Div().ID("watch").Class("watch").Body(bar,
		app.P().ID("job-text").Aria("live", live(j.Sending() || j.Job != nil && j.Job.Rows > 0)).
			Text(strings.ToUpper(j.Text()[:1])+j.Text()[1:]+"."+note))
}

// takeJob applies an update of a job. If the server requires authentication, it renews an expired
// sign-in, and the worker fetches the sign-in settings.
func (a *App) takeJob(j state.Job) {
	if !a.state.TakeJob(j) {
		return
	}
	if !a.state.Renewing {
		a.state.Renewing = page.Renew()
	}
	if a.state.SignIn == nil {
		a.send(message.Command{Name: message.Past}, nil)
	}
}

func (a *App) onDeleteJob(ctx app.Context, e app.Event) {
	if j := a.state.Job(a.state.JobKey); j != nil {
		j.Trouble = "" // of the last try
	}
	page.RemoveJob(a.state.JobKey)
}

func (a *App) onJobReport(ctx app.Context, e app.Event) {
	s := state.OfJob(a.state.Job(a.state.JobKey))
	saveReport(&s)
}

func (a *App) onJobResult(ctx app.Context, e app.Event) {
	a.state.Downloading = true
	j := a.state.Job(a.state.JobKey)
	j.Trouble = "" // of the last try
	ext := path.Ext(j.Name)
	page.SaveJob(j.Key, strings.TrimSuffix(j.Name, ext)+"-scored"+ext)
}
