package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/state"
	"reviewlens/app/widget"
)

// scoringLocation renders where scoring happens and what leaves the device, and can move it.
func (a *App) scoringLocation() app.UI {
	s := &a.state
	here := s.Where == message.OnDevice
	text := "Your text goes to this server, coded but readable, and is not kept there."
	if c := s.Count; s.Screen == state.ScreenCheck && c != nil && c.Tokens > 0 {
		text = "Your texts go to this server, coded but readable, and are not kept there: about " +
			format.Number(format.Rounded(c.Tokens)) + " tokens."
	}
	switch {
	case s.Fetch != nil && s.Fetch.All > 0:
		text = "Fetching the model, once: " + format.Bytes(s.Fetch.Have) + " of " +
			format.Bytes(s.Fetch.All) + "."
	case s.Moving && !s.Private:
		text = "Asking the server for its model…"
	case s.Moving:
		text = "Getting the model ready on this device…"
	case here:
		text = "Nothing leaves your device."
	case s.Private:
		text = "Nothing is sent while this option is on."
	}
	body := []app.UI{
		app.Label().Body(
			app.Input().Type("checkbox").ID("private").Checked(s.Private || here && !s.Moving).
				Disabled(s.Moving).
				OnChange(a.onScoringLocation),
			app.Text(" Score on this device")),
		app.P().ID("leaves").Class("small").Aria("live", live(s.Fetch != nil)).Text(text),
	}
	if s.PlaceProblem != nil {
		body = append(body, widget.Trouble("place-trouble", s.PlaceProblem.Detail,
			s.PlaceProblem.WayOut, nil))
	}
	return app.Div().ID("where").Class("where").Body(body...)
}

func (a *App) onScoringLocation(ctx app.Context, e app.Event) {
	to := message.OnServer
	if ctx.JSSrc().Get("checked").Bool() {
		to = message.OnDevice
	}
	page.Prefer("where", to)
	a.moveTo(to)
}

// moveTo moves scoring to where from now on.
func (a *App) moveTo(where string) {
	a.state.Move(where)
	a.send(message.Command{Name: message.Place, Where: where}, nil)
}
