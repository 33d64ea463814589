package widget

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// Button is a button whose handler changes between renderings.
type Button struct {
	app.Compo

	ID, Text, Label string
	Disabled        bool
	On              func()
}

func (b *Button) onClick(ctx app.Context, e app.Event) { b.On() }

func (b *Button) Render() app.UI {
	out := app.Button().Type("button").ID(b.ID).Text(b.Text).Disabled(b.Disabled).OnClick(b.onClick)
	if b.Label != "" {
		out = out.Aria("label", b.Label)
	}
	return out
}

// Checkbox is a checkbox whose state the browser keeps.
type Checkbox struct {
	app.Compo

	ID, Text string
	On       bool
	Set      func(on bool)
}

func (c *Checkbox) onChange(ctx app.Context, e app.Event) {
	c.Set(ctx.JSSrc().Get("checked").Bool())
}

func (c *Checkbox) Render() app.UI {
	return app.Label().Class("tick").Body(
		app.Input().Type("checkbox").ID(c.ID).Checked(c.On).OnChange(c.onChange),
		app.Text(" "+c.Text))
}
