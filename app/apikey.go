package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/state"
)

// apiKeyForm renders the form for the server's API key, on any screen that needs it. The key stays
// in this tab (sessionStorage); web/page.js sends it to the worker again after a reload.
func (a *App) apiKeyForm() app.UI {
	p := a.state.WantsKey()
	if p == nil {
		return app.Div().Class("none")
	}
	if a.state.SignIn != nil {
		return a.signIn(p)
	}
	return app.Form().ID("locked").Class("trouble").OnSubmit(a.onKeyGiven).Body(
		app.Div().Attr("role", "alert").Body(
			app.P().Class("what").Text(p.Detail),
			app.P().Text(p.WayOut)),
		app.Label().Class("field").Body(
			app.Span().Text("API key, kept in this tab only"),
			app.Input().ID("key").Type("password").AutoComplete(false).Required(true)),
		app.Button().Type("submit").ID("unlock").Class("primary").Text("Use this key"),
	)
}

func (a *App) onKeyGiven(ctx app.Context, e app.Event) {
	e.PreventDefault()
	key := app.Window().GetElementByID("key").Get("value").String()
	page.Keep("key", key)
	a.send(message.Command{Name: message.Key, Key: key}, nil)
	a.authenticated()
	a.focusNext("main") // the form, which has the focus, goes
}

// authenticated resumes everything that waited for authentication.
func (a *App) authenticated() {
	a.state.Locked = nil
	a.state.UnlockJobs()
	page.WatchJobs()
	a.refreshHistory()
}

// refreshHistory requests the current screen's data on runs that have ended again.
func (a *App) refreshHistory() {
	switch a.state.Screen {
	case state.ScreenHistory:
		a.openHistory()
	case state.ScreenRun:
		a.openPast(a.state.PastID)
	}
}
