package widget

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/page"
)

// Modal is a <dialog>, opened when it is rendered; the browser keeps the focus inside and closes it
// with Esc.
type Modal struct {
	app.Compo

	Name, LabelledBy string
	Body             []app.UI
	On               func()
	OnKey            func(key string)
}

func (m *Modal) OnMount(app.Context) { page.Modal(m.JSValue()) }

func (m *Modal) onClose(ctx app.Context, e app.Event) { m.On() }
func (m *Modal) onKey(ctx app.Context, e app.Event)   { m.OnKey(pressed(e)) }

func (m *Modal) Render() app.UI {
	return app.Dialog().ID(m.Name).Class("modal").Aria("labelledby", m.LabelledBy).
		On("close", m.onClose).OnKeyDown(m.onKey).Body(app.Div().Class("inside").Body(m.Body...))
}
