package widget

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// Chip is a chip: a filter in words, with a button to remove it.
type Chip struct {
	app.Compo

	Text  string
	At    int
	Plain bool
	On    func(at int)
}

func (c *Chip) onClick(ctx app.Context, e app.Event) { c.On(c.At) }

func (c *Chip) Render() app.UI {
	label, sign, class := "Remove the filter: "+c.Text, "×", "removable"
	if c.Plain {
		label, sign, class = c.Text, "", "removable noprint"
	}
	return app.Button().Type("button").Class(class).Aria("label", label).
		OnClick(c.onClick).Body(
		app.Span().Text(c.Text), app.Span().Class("x").Aria("hidden", true).Text(sign))
}
