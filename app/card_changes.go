package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/message"
	"reviewlens/app/state"
	"reviewlens/app/widget"
	"reviewlens/reviews/report"
)

// changesCard renders what is new: a sentence for each change of the share of negative reviews,
// with the complaints that came or went with it.
func (a *App) changesCard() app.UI {
	sum := a.state.Shown()
	if len(sum.Changes) == 0 {
		return app.Section().Class("none")
	}
	body := []app.UI{app.H2().Text("What is new?")}
	for _, c := range sum.Changes {
		body = append(body, a.change(sum, c))
	}
	return app.Section().ID("changes").Class("card").Body(body...)
}

func (a *App) change(sum message.Summary, c wire.ChangePoint) app.UI {
	sentiment := "negative"
	if c.After.Share < c.Before.Share {
		sentiment = "positive"
	}
	lead, rest := report.Change(sum.Unit, c)
	sentence := app.Span().Body(app.Strong().Text(lead), app.Text(" "+rest))
	what := []app.UI{widget.Mark(sentiment), sentence}
	if a.state.NumbersOnly {
		return app.P().Class("driver", sentiment).Body(what...)
	}
	body := []app.UI{app.Summary().Body(what...)}
	for _, g := range c.Phrases {
		for _, r := range g.Rows {
			body = append(body, a.quoteAround(r, g.Phrase))
		}
	}
	filters := []message.Filter{state.SentimentFilter("negative"), state.SinceFilter(sum, c)}
	if c.Product != "" {
		filters = append([]message.Filter{state.ProductFilter(c.Product)}, filters...)
	}
	link := "The negative ones since then"
	if c.Until != "" {
		link = "The negative ones of that time"
	}
	body = append(body, a.filterAction(link, filters...))
	return app.Details().Class("driver", sentiment).Body(body...)
}
