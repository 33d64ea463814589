package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
)

// storage shows this page's storage on the device, and clears what can be downloaded again.
func (a *App) storage() app.UI {
	k := a.state.Kept
	if k == nil || k.Used == 0 {
		return app.Section().Class("none")
	}
	var parts []app.UI
	if n := len(a.state.OrphanRuns()); n > 0 {
		parts = append(parts, app.Li().Body(
			app.P().Text(format.Plural(n, "run is kept", "runs are kept")+
				" to go on with, with a copy of the reviews where there was room."),
			app.Button().Type("button").ID("discard-all").Text("Forget "+them(n)).
				OnClick(a.onDiscardAll)))
	}
	if k.Model {
		text := "The model that scores on this device, for when there is no network."
		private := a.state.Private
		if private {
			text = "The model that scores on this device. It can be removed once “Score on this " +
				"device” is not chosen any more."
		}
		parts = append(parts, app.Li().Body(app.P().Text(text),
			app.Button().Type("button").ID("unload").Text("Remove the model").Disabled(private).
				OnClick(a.onUnload)))
	}
	body := []app.UI{
		app.H2().Text("Room on this device"),
		app.P().ID("room").Class("small").
			Text(format.Bytes(k.Used) + " of " + format.Bytes(k.Used+k.Free) +
				" that the browser allows: the " +
				"page itself, so that it opens without a network, and what is listed on " +
				"this page."),
	}
	if len(parts) > 0 {
		body = append(body, app.Ul().Class("room").Body(parts...))
	}
	return app.Section().ID("storage-use").Class("card", "noprint").Body(body...)
}

func them(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

func (a *App) onDiscardAll(ctx app.Context, e app.Event) {
	for _, r := range a.state.OrphanRuns() {
		a.discard(r.ID)
	}
}

func (a *App) onUnload(ctx app.Context, e app.Event) {
	page.ForgetModel()
	a.send(message.Command{Name: message.Unload}, nil)
}
