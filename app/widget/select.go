package widget

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// Option is an option of a choice. It is an alias so that literals need no field names.
type Option = struct{ Value, Text string }

// Select is a <select>. It is a component because the browser keeps the choice in the element, not
// in its attributes: after each rendering the value is set again.
type Select struct {
	app.Compo

	ID, Label, Class, Value string
	Options                 []Option
	On                      func(ctx app.Context, value string)
}

func (c *Select) OnMount(app.Context)  { c.set() }
func (c *Select) OnUpdate(app.Context) { c.set() }
func (c *Select) set()                 { c.JSValue().Set("value", c.Value) }

func (c *Select) onChange(ctx app.Context, e app.Event) {
	c.On(ctx, ctx.JSSrc().Get("value").String())
}

func (c *Select) Render() app.UI {
	options := make([]app.UI, len(c.Options))
	for i, o := range c.Options {
		options[i] = app.Option().Value(o.Value).Text(o.Text).Selected(o.Value == c.Value)
	}
	return app.Select().ID(c.ID).Class(c.Class).Aria("label", c.Label).Body(options...).
		OnChange(c.onChange)
}
