package widget

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// DateField is a date that is typed or picked. The browser keeps its value in the element, and
// clears a date that is half typed whenever the value is set.
type DateField struct {
	app.Compo

	ID, Label, Value string
	On               func(value string)

	has string // the element's value, as far as it was set or reported
}

func (d *DateField) OnMount(app.Context) { d.set() }

func (d *DateField) OnUpdate(app.Context) {
	if d.Value != d.has {
		d.set()
	}
}

func (d *DateField) set() {
	d.has = d.Value
	d.JSValue().Set("value", d.Value)
}

// onChange reports a date. While the year 2025 is typed, the element has dates of the years 2, 20
// and 202, which are not meant.
func (d *DateField) onChange(ctx app.Context, e app.Event) {
	value := ctx.JSSrc().Get("value").String()
	if value != "" && value < "1000" {
		ctx.PreventUpdate()
		return
	}
	d.has = value
	d.On(value)
}

func (d *DateField) Render() app.UI {
	return app.Input().Type("date").ID(d.ID).Max("9999-12-31").OnChange(d.onChange)
}
