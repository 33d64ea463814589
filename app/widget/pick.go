package widget

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/message"
)

// Pick is a number or a name that shows the reviews behind it. It is a component because go-app
// keeps the first of a button's handlers: what a later rendering would pick is in fields.
type Pick struct {
	app.Compo

	Text, Label string
	NoPrint     bool // the text is meaningless on paper
	Filters     []message.Filter
	On          func(filters []message.Filter)
}

func (p *Pick) onClick(ctx app.Context, e app.Event) { p.On(p.Filters) }

func (p *Pick) Render() app.UI {
	if p.On == nil {
		return app.Span().Text(p.Text)
	}
	b := app.Button().Type("button").Class("pick").Text(p.Text).OnClick(p.onClick)
	if p.NoPrint {
		b = b.Class("noprint")
	}
	if p.Label != "" {
		b = b.Aria("label", p.Label)
	}
	return b
}
