package app

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// option is one line of a choice.
type option struct{ Value, Text string }

// selectBox is a <select>. It is a component because the browser keeps what was chosen in the
// element, not in its attributes: after each drawing the value is set again.
type selectBox struct {
	app.Compo

	ID, Label, Class, Value string
	Options                 []option
	On                      func(ctx app.Context, value string)
}

func (c *selectBox) OnMount(app.Context)  { c.set() }
func (c *selectBox) OnUpdate(app.Context) { c.set() }
func (c *selectBox) set()                 { c.JSValue().Set("value", c.Value) }

func (c *selectBox) onChange(ctx app.Context, e app.Event) {
	c.On(ctx, ctx.JSSrc().Get("value").String())
}

func (c *selectBox) Render() app.UI {
	options := make([]app.UI, len(c.Options))
	for i, o := range c.Options {
		options[i] = app.Option().Value(o.Value).Text(o.Text).Selected(o.Value == c.Value)
	}
	return app.Select().ID(c.ID).Class(c.Class).Aria("label", c.Label).Body(options...).
		OnChange(c.onChange)
}
