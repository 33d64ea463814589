package app

import (
	"net/url"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
)

// signIn asks the user to sign in, because of p. It happens in a window of its own (web/signin.js),
// so that the page keeps running; tokens stay in this tab.
func (a *App) signIn(p *message.Problem) app.UI {
	if a.state.Renewing {
		return app.P().ID("renewing").Class("hint").Attr("role", "status").
			Text("Renewing your sign-in…")
	}
	body := []app.UI{app.P().Class("what").Text(p.Detail), app.P().Text(p.WayOut)}
	if why := a.state.SignInError; why != "" {
		body = append(body, app.P().ID("not-signed").Text("You are not signed in. "+why))
	}
	return app.Div().ID("locked").Class("trouble").Body(
		app.Div().Attr("role", "alert").Body(body...),
		app.Button().Type("button").ID("sign-in").Class("primary").
			Text("Sign in at "+host(a.state.SignIn.Authorize)).OnClick(a.onSignIn),
		app.P().Class("small").
			Text("It opens a window. What it gives stays in this tab and goes with each request "+
				"to this server."))
}

// who renders the sign-in or sign-out button, if the server has sign-in.
func (a *App) who() app.UI {
	switch {
	case a.state.SignedIn:
		return app.Button().Type("button").ID("sign-out").Class("quiet").Text("Sign out").
			OnClick(a.onSignOut)
	case a.state.SignIn != nil && a.state.WantsKey() == nil:
		return app.Button().Type("button").ID("sign-in-first").Class("quiet").Text("Sign in").
			OnClick(a.onSignIn)
	}
	return app.Span()
}

func host(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}

func (a *App) onSignIn(ctx app.Context, e app.Event) {
	a.state.SignInError = ""
	page.SignIn(format.JSON(a.state.SignIn))
}

func (a *App) onSignOut(ctx app.Context, e app.Event) {
	a.state.SignedIn = false
	page.SignOut()
	a.refreshHistory()
}

// signed handles the result of a sign-in, or of renewing one.
func (a *App) signed(ok bool, why string) {
	a.state.Renewing, a.state.SignInError = false, why
	a.state.SignedIn = page.SignedIn()
	if ok {
		a.authenticated()
	}
}
