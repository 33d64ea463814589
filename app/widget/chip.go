package widget

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// Chip is a chip: a filter, written out, and the way to be rid of it.
type Chip struct {
	app.Compo

	Text  string
	At    int
	Plain bool
	On    func(at int)
}

func (r *Chip) onClick(ctx app.Context, e app.Event) { r.On(r.At) }

func (r *Chip) Render() app.UI {
	label, sign, class := "Remove the filter: "+r.Text, "×", "removable"
	if r.Plain {
		label, sign, class = r.Text, "", "removable noprint"
	}
	return app.Button().Type("button").Class(class).Aria("label", label).
		OnClick(r.onClick).Body(
		app.Span().Text(r.Text), app.Span().Class("x").Aria("hidden", true).Text(sign))
}
