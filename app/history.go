package app

import (
	"slices"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/state"
	"reviewlens/app/widget"
)

// historyScreen lists the runs that have ended, those of this device and those stored on the
// server, and charts how they changed.
func (a *App) historyScreen() app.UI {
	s := &a.state
	body := []app.UI{app.Div().Class("titled").Body(app.H1().Text("History"), a.clear())}
	body = append(body, a.pastTrouble(), a.undo())
	switch runs := s.Runs(); {
	case s.Past == nil || s.Past.Looking && len(s.Past.Runs) == 0:
		body = append(body, app.P().ID("looking").Class("hint").Text("Looking for earlier runs…"))
	case len(s.Past.Runs) == 0:
		body = append(body, app.Div().ID("no-runs").Class("card").Body(
			app.P().Text("No run has ended yet."),
			app.P().Class("hint").Text(whereKept(s.Past)),
			app.P().Body(app.A().Class("button").Href("/").Text("Score some reviews"))))
	default:
		rows := make([]app.UI, len(runs))
		for i, r := range runs {
			rows[i] = &pastRow{Run: r, Renaming: s.Renaming == r.ID,
				CanUpload: s.Past.There && r.Here && !r.There && !s.Past.Looking, Do: a.onPast}
		}
		body = append(body, a.overRuns(runs), app.Section().Class("card").Body(
			app.Div().Class("titled").Body(
				app.P().ID("how-many").Class("small").Aria("live", "polite").
					Text(howMany(s, len(runs))),
				app.Label().Class("field", "noprint").Body(app.Span().Text("Only names with"),
					app.Input().Type("search").ID("named").AutoComplete(false).Value(a.named).
						OnInput(a.onNamed))),
			app.Ul().ID("runs").Class("runs").Body(rows...),
			app.P().ID("what-is-kept").Class("small").Text(whereKept(s.Past))))
	}
	return app.Section().Class("history").Body(append(body, a.storage())...)
}

func howMany(s *state.State, listed int) string {
	text := format.Plural(len(s.Past.Runs), "run", "runs") + ", the newest first."
	if listed != len(s.Past.Runs) {
		text = format.Number(listed) + " of " + text
	}
	if s.Past.Looking {
		text += " Asking the server…"
	}
	if s.Past.More {
		text += " The server has older ones, too."
	}
	return text
}

// whereKept returns which parts of a run are stored, and where.
func whereKept(h *message.PastRuns) string {
	if !h.Here {
		return "This browser keeps nothing for this page, as in a private window: a run is " +
			"listed only if you have the server keep it."
	}
	text := "A run that ends leaves its numbers, product names and the phrases that stand out on " +
		"this device, no reviews."
	if h.There {
		text += " The server keeps the same of the runs that you tell it to keep"
		if h.Anyone {
			text += ", and shows them to everyone who reaches it"
		}
		text += "."
	}
	return text
}

// pastTrouble renders the error: of the server, or of the last command.
func (a *App) pastTrouble() app.UI {
	p := a.state.PastProblem
	if p == nil && a.state.Past != nil {
		p = a.state.Past.Problem
	}
	if p == nil || p.SignIn {
		return app.Div().Class("none")
	}
	return widget.Trouble("past-trouble", p.Detail, p.WayOut,
		app.Button().Type("button").ID("look-again").Text("Look again").OnClick(a.onLookAgain))
}

// undo offers to restore the run that was deleted last.
func (a *App) undo() app.UI {
	if a.state.Past == nil || a.state.Past.Deleted == "" {
		return app.Div().ID("undo").Attr("role", "status").TabIndex(-1)
	}
	return app.Div().ID("undo").Class("undo").Attr("role", "status").TabIndex(-1).Body(
		app.P().Text("“"+a.state.Past.Deleted+"” is deleted."),
		app.Button().Type("button").ID("restore").Text("Undo").OnClick(a.onRestore))
}

// clear deletes all runs, after a confirmation.
func (a *App) clear() app.UI {
	s := &a.state
	if s.Past == nil || len(s.Past.Runs) == 0 {
		return app.Div()
	}
	if !s.Clearing {
		return app.Div().Class("exports", "noprint").
			Body(app.Button().Type("button").ID("clear").Class("quiet").
				Text("Delete all…").OnClick(a.onClear))
	}
	there := 0
	for _, r := range s.Past.Runs {
		if r.There {
			there++
		}
	}
	what := "Delete " + format.Plural(len(s.Past.Runs), "run", "runs") + " for good?"
	if there > 0 {
		what = "Delete " + format.Plural(len(s.Past.Runs), "run", "runs") + " for good, " +
			format.Number(there) +
			" of them from the server, too?"
	}
	return app.Div().ID("clearing").Class("exports", "noprint").Attr("role", "alert").Body(
		app.P().Text(what),
		app.Button().Type("button").ID("clear-all").Class("primary").Text("Delete them").
			OnClick(a.onClearAll),
		app.Button().Type("button").ID("clear-not").Text("Keep them").OnClick(a.onClearNot))
}

// overRuns renders the share of positive from run to run.
func (a *App) overRuns(runs []message.PastRun) app.UI {
	runs = slices.DeleteFunc(slices.Clone(runs),
		func(r message.PastRun) bool { return r.Unreadable })
	if len(runs) < 2 {
		return app.Section().Class("none")
	}
	const most = 60 // that a line can show individually
	runs = runs[:min(len(runs), most)]
	type point struct {
		Rows  int `json:"rows"`
		Share any `json:"share"`
	}
	var names, models []string
	var points []point
	var rows []app.UI
	for i := len(runs) - 1; i >= 0; i-- {
		r := runs[i]
		names, models = append(names, r.Name), append(models, r.Model)
		points = append(points, point{Rows: scoredIn(r), Share: r.Share})
		rows = append(rows, app.Tr().Body(
			app.Th().Scope("row").Text(r.Name), app.Td().Class("number", "when").Text(made(r)),
			app.Td().Class("number").Text(format.Number(scoredIn(r))),
			shareCell(r.Share),
			betweenCell(r.Share)))
	}
	return app.Section().ID("over-runs").Class("card").Body(
		app.H2().Text("From run to run"),
		app.P().Class("small").
			Text("Share of positive reviews in each run, with its 95% interval, the oldest on "+
				"the left; below, how many reviews it has. A line joins the runs of one file and "+
				"of exports of the same name with other dates or numbers."),
		twoModels(models),
		&widget.Chart{ID: "runs-chart", Draw: "runs", Label: "Share of positive reviews from " +
			"run to run",
			Data: format.JSON(map[string]any{"labels": state.ShortNames(names), "periods": points,
				"sources": state.Sources(names)})},
		widget.Numbers("runs-numbers", "Share of positive reviews from run to run",
			[]string{"Run", "When", "Reviews", "Positive", widget.Between}, rows),
		&widget.SaveChart{Name: "share of positive reviews from run to run", Chart: "runs-chart",
			Table: "runs-numbers"})
}

func scoredIn(r message.PastRun) int { return r.Positive + r.Negative + r.Unsure }

// made returns when a run began, by this device's clock.
func made(r message.PastRun) string { return page.Clock(r.Created) }

// pastRow is a run in the list.
type pastRow struct {
	app.Compo

	Run       message.PastRun
	Renaming  bool
	CanUpload bool
	Do        func(what, id, name string)
}

func (r *pastRow) onRename(ctx app.Context, e app.Event) { r.Do("rename", r.Run.ID, "") }
func (r *pastRow) onUpload(ctx app.Context, e app.Event) { r.Do(message.UploadRun, r.Run.ID, "") }
func (r *pastRow) onLeave(ctx app.Context, e app.Event)  { r.Do("rename", "", "") }

func (r *pastRow) onDelete(ctx app.Context, e app.Event) {
	if !isSecondClick(e) {
		r.Do(message.DeleteRun, r.Run.ID, "")
	}
}

// isSecondClick reports whether a click is the second of a double click: by then the button may be
// that of the next run in the list.
func isSecondClick(e app.Event) bool { return e.Get("detail").Int() > 1 }

func (r *pastRow) onName(ctx app.Context, e app.Event) {
	e.PreventDefault()
	name := strings.TrimSpace(app.Window().GetElementByID("name-" + r.Run.ID).Get("value").String())
	if name != "" {
		r.Do(message.RenameRun, r.Run.ID, name)
	}
}

func (r *pastRow) onKey(ctx app.Context, e app.Event) {
	if e.Get("key").String() == "Escape" {
		e.PreventDefault()
		r.Do("rename", "", "")
	}
}

func (r *pastRow) Render() app.UI {
	run := r.Run
	if r.Renaming {
		return app.Li().Class("run").Body(app.Form().Class("renaming").OnSubmit(r.onName).Body(
			app.Label().Class("field").Body(app.Span().Text("Name of the run"),
				app.Input().ID("name-"+run.ID).Type("text").Value(run.Name).MaxLength(200).
					Required(true).AutoComplete(false).OnKeyDown(r.onKey)),
			app.Button().Type("submit").Class("primary", "save-name").Text("Save"),
			app.Button().Type("button").Text("Cancel").OnClick(r.onLeave)))
	}
	where := "on this device"
	switch {
	case run.Here && run.There:
		where = "on this device and the server"
	case run.There:
		where = "on the server"
	}
	var upload app.UI = app.Span().Class("none")
	if r.CanUpload {
		upload = app.Button().Type("button").Class("quiet", "upload").Text("Keep on the server").
			Title("Sends its numbers, product names and phrases, no reviews").
			Aria("label", "Keep on the server: "+run.Name).OnClick(r.onUpload)
	}
	about := format.Plural(scoredIn(run), "review", "reviews") + " · " + where
	share := app.P().Class("share").
		Body(app.Strong().Text(format.Share(run.Share)), app.Text(" positive"),
			app.Span().Class("small").Text(format.Between(run.Share)))
	if run.Unreadable {
		about = "damaged " + where + ", so its numbers cannot be shown"
		share = app.P().Class("share")
	}
	return app.Li().Class("run").Body(
		app.Div().Class("which").Body(
			app.A().Class("open").Href("/#run/"+run.ID).Text(run.Name),
			app.P().Class("small").Text(made(run)+" · "+about)),
		widget.Sparkline(run.Trend),
		share,
		app.Div().Class("acts", "noprint").Body(
			upload,
			app.Button().Type("button").ID("rename-"+run.ID).Class("quiet", "rename").
				Text("Rename").Aria("label", "Rename "+run.Name).OnClick(r.onRename),
			app.Button().Type("button").Class("quiet", "delete").Text("Delete").
				Aria("label", "Delete "+run.Name).OnClick(r.onDelete)))
}

func (a *App) onPast(what, id, name string) {
	a.state.PastProblem = nil
	if renamed := a.state.Renaming; renamed != "" { // its form goes
		a.focusNext("rename-" + renamed)
	}
	if what == "rename" {
		a.state.Renaming = id
		if id != "" {
			a.focusNext("name-" + id)
		}
		return
	}
	a.state.Renaming = ""
	a.deleted = what == message.DeleteRun && id != ""
	a.send(message.Command{Name: what, Run: id, Text: name}, nil)
}

// focusNext moves the focus to an element of the next rendering, by its ID.
func (a *App) focusNext(id string) {
	a.ctx.Defer(func(app.Context) { page.Focus(id) })
}

// afterDelete moves the focus from a run that was deleted to the button that brings it back: the
// button that had the focus deletes the next run now.
func (a *App) afterDelete() {
	if a.deleted && a.state.Past.Deleted != "" {
		a.deleted = false
		a.focusNext("restore")
	}
}

// openHistory shows the list, and requests it again.
func (a *App) openHistory() {
	a.state.Screen = state.ScreenHistory
	a.named = a.state.NameFilter
	a.state.PastProblem, a.state.Clearing, a.state.Renaming = nil, false, ""
	a.send(message.Command{Name: message.Past}, nil)
	a.send(message.Command{Name: message.List}, nil)
}

func (a *App) onLookAgain(ctx app.Context, e app.Event) { a.refreshHistory() }

func (a *App) onRestore(ctx app.Context, e app.Event) {
	a.onPast(message.RestoreRun, "", "")
	a.focusNext("undo")
}

func (a *App) onClear(ctx app.Context, e app.Event) {
	a.state.Clearing = true
	a.focusNext("clear-not")
}

func (a *App) onClearNot(ctx app.Context, e app.Event) {
	a.state.Clearing = false
	a.focusNext("clear")
}

func (a *App) onClearAll(ctx app.Context, e app.Event) {
	a.state.Clearing = false
	a.onPast(message.DeleteRun, "", "")
	a.focusNext("main")
}

func (a *App) onNamed(ctx app.Context, e app.Event) {
	a.state.NameFilter = strings.TrimSpace(ctx.JSSrc().Get("value").String())
}

// pickRun opens the run at a point of the chart.
func (a *App) pickRun(index int) {
	runs := a.state.Runs()
	runs = runs[:min(len(runs), 60)]
	if at := len(runs) - 1 - index; at >= 0 && at < len(runs) {
		a.ctx.Navigate("/#run/" + runs[at].ID)
	}
}
