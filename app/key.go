package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/message"
)

// key asks for the server's API key, on whichever screen it is missed. It is kept in this tab alone
// (sessionStorage); web/page.js gives it to the worker again after a reload.
func (a *App) key() app.UI {
	p := a.state.Locked
	if p == nil {
		return app.Div().Class("none")
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
	page().Call("keep", "key", key)
	a.state.Locked = nil
	a.send(message.Command{Name: message.Key, Key: key}, nil)
}

func (a *App) onPause(ctx app.Context, e app.Event) {
	a.send(message.Command{Name: message.Pause}, nil)
}
