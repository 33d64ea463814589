package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/state"
)

// runScreen renders a run that has ended: the charts of its numbers, without the reviews behind
// them, which are not stored.
func (a *App) runScreen() app.UI {
	r := a.state.PastRun
	back := app.P().Class("noprint").Body(app.A().ID("back").Href("/#history").Text("All runs"))
	if r == nil {
		if a.state.PastProblem != nil {
			return app.Section().Class("read").Body(back, app.H1().Text("A run"), a.pastTrouble())
		}
		return app.Section().Class("read").
			Body(back, app.H1().Text("A run"), app.P().ID("looking").Class("hint").
				Text("Opening it…"))
	}
	shown := &App{state: state.OfRun(r)}
	body := []app.UI{
		back,
		app.Div().Class("titled").
			Body(app.H1().Text(r.Name), app.Div().Class("exports", "noprint").Body(
				app.Button().Type("button").ID("report").Text("Report").
					Title("One HTML file that prints well").OnClick(a.onPastReport),
				app.Button().Type("button").ID("json").Text("JSON").
					Title("The numbers of this page").OnClick(a.onPastJSON))),
		app.P().ID("run-facts").Class("small").
			Text(format.Plural(r.Rows, "row", "rows") + " · " + made(*r) + " · model " + r.Model +
				" · numbers only: the reviews were not kept"),
		a.pastTrouble(),
		a.keepThere(r),
	}
	if r.Summary.Scored > 0 {
		body = append(body, shown.changesCard(), shown.share(), shown.trend(),
			shown.topicsCard(), shown.driversCard(), shown.misfits(),
			shown.products(), shown.histogram())
	}
	body = append(body, a.compareWith(r))
	return app.Section().Class("read").Body(body...)
}

// compareWith compares this run with another.
func (a *App) compareWith(r *message.PastRun) app.UI {
	if a.state.Past == nil {
		return app.Div().Class("none")
	}
	runs, called := []message.PastRun{*r}, map[string]int{r.Name: 1}
	for _, other := range a.state.Past.Runs {
		if other.ID != r.ID {
			runs = append(runs, other)
			called[other.Name]++
		}
	}
	var ids, names []string
	for _, run := range runs {
		name := run.Name
		if called[name] > 1 {
			name += " · " + made(run)
		}
		ids, names = append(ids, run.ID), append(names, name)
	}
	if len(ids) < 2 {
		return app.Div().Class("none")
	}
	return app.Section().ID("beside").Class("card", "noprint").Body(
		app.H2().Text("Beside another run"),
		a.compareRuns(state.OfRuns, "Compare two runs", ids, names))
}

// keepThere offers to store a run on the server, and lists the data that this sends; for a run that
// is stored there it renders a link.
func (a *App) keepThere(r *message.PastRun) app.UI {
	h := a.state.Past
	if h == nil || h.Looking {
		return app.Div().Class("none")
	}
	there := r.There
	for _, other := range h.Runs {
		there = there || other.ID == r.ID && other.There
	}
	seen := "those who sign in as you"
	if h.Anyone {
		seen = "everyone who reaches the server"
	}
	label := "Copy the address"
	if a.state.Copied == r.ID {
		label = "Copied"
	}
	switch {
	case there:
		return app.Div().ID("link").Class("keep-there", "noprint").Body(
			app.P().Class("small").
				Text("It is kept on the server, too: this page's address opens it on another "+
					"device, for "+seen+"."),
			app.Button().Type("button").ID("copy").Text(label).OnClick(a.onCopy))
	case h.There:
		return app.Div().ID("keep-there").Class("keep-there", "noprint").Body(
			app.P().Class("small").
				Text("Kept on this device alone. To keep it on the server sends the numbers of "+
					"this page, its name, product names and phrases, no reviews, to be seen by "+
					seen+"."),
			app.Button().Type("button").ID("upload").Text("Keep on the server").OnClick(a.onUpload))
	}
	return app.Div().Class("none")
}

// inHistory renders, below results, which parts of them stay on this device.
func (a *App) inHistory() app.UI {
	p := a.state.Progress
	var body []app.UI
	switch {
	case p.Unkept && p.Run == "":
		body = append(body, app.P().ID("unkept").Class("small", "noprint").
			Text("Nothing of this run is kept on this device: it goes with this page. "+
				"Save what you need before you reload or close it."))
	case p.Unkept:
		body = append(body, app.P().ID("unkept").Class("small", "noprint").
			Text("There was no room on this device to keep all of this run: what is missing "+
				"is scored again after a reload."))
	}
	switch {
	case p.State != message.Finished || p.Run == "" || p.Deleted || p.Summary.Scored == 0:
	case p.Unlisted:
		body = append(body, app.P().ID("in-history").Class("small", "noprint").
			Text("Its numbers could not be kept in the history of this device."))
	default:
		body = append(body, app.P().ID("in-history").Class("small", "noprint").Body(
			app.Text("Its numbers stay "), app.A().Href("/#run/"+p.Run).Text("in the history"),
			app.Text(" of this device.")))
	}
	if len(body) == 0 {
		return app.Div().Class("none")
	}
	return app.Div().Body(body...)
}

// openPast shows a run by its ID.
func (a *App) openPast(id string) {
	a.state.Screen = state.ScreenRun
	a.state.PastProblem = nil
	if a.state.PastRun != nil && a.state.PastRun.ID != id {
		a.state.PastRun = nil
		a.state.TwoRuns = [2]string{}
		if a.state.Versus.Of == state.OfRuns {
			a.state.Versus = state.Comparison{ID: a.state.Versus.ID}
		}
	}
	a.state.PastID = id
	a.send(message.Command{Name: message.OpenRun, Run: id}, nil)
	a.send(message.Command{Name: message.Past}, nil)
}

func (a *App) onUpload(ctx app.Context, e app.Event) {
	a.onPast(message.UploadRun, a.state.PastID, "")
}

func (a *App) onCopy(ctx app.Context, e app.Event) {
	page.Copy(app.Window().URL().String(), a.state.PastID)
}

func (a *App) onPastReport(ctx app.Context, e app.Event) {
	s := state.OfRun(a.state.PastRun)
	saveReport(&s)
}

func (a *App) onPastJSON(ctx app.Context, e app.Event) {
	s := state.OfRun(a.state.PastRun)
	saveJSON(&s)
}
