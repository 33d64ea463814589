package widget

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// DateField is a date that is typed or picked. The browser keeps its value in the element.
type DateField struct {
	app.Compo

	ID, Label, Value string
	On               func(value string)
}

func (d *DateField) OnMount(app.Context)  { d.set() }
func (d *DateField) OnUpdate(app.Context) { d.set() }
func (d *DateField) set()                 { d.JSValue().Set("value", d.Value) }

func (d *DateField) onChange(ctx app.Context, e app.Event) {
	d.On(ctx.JSSrc().Get("value").String())
}

func (d *DateField) Render() app.UI {
	return app.Input().Type("date").ID(d.ID).OnChange(d.onChange)
}
