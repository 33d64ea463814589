package app

import (
	"slices"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/reviews/report"
)

// changesCard says what is new: each change of the share of negative reviews in a sentence, with
// the complaints that came or went with it.
func (a *App) changesCard() app.UI {
	sum := a.state.Progress.Summary
	if len(sum.Changes) == 0 {
		return app.Section().Class("none")
	}
	body := []app.UI{app.H2().Text("What is new?")}
	for _, c := range sum.Changes {
		body = append(body, a.change(sum, c))
	}
	return app.Section().ID("changes").Class("card").Body(body...)
}

func (a *App) change(sum message.Summary, c message.ChangePoint) app.UI {
	sentiment := "negative"
	if c.After.Share < c.Before.Share {
		sentiment = "positive"
	}
	lead, rest := report.Change(sum.Unit, c.Wire())
	said := app.Span().Body(app.Strong().Text(lead), app.Text(" "+rest))
	what := []app.UI{app.Span().Class("mark").Aria("hidden", true).
		Text(format.Mark(sentiment)), said}
	if a.state.NumbersOnly {
		return app.P().Class("driver", sentiment).Body(what...)
	}
	body := []app.UI{app.Summary().Body(what...)}
	for _, g := range c.Phrases {
		for _, r := range g.Rows {
			body = append(body, quote(r))
		}
	}
	filters := []message.Filter{sentimentFilter("negative"), sinceFilter(sum, c)}
	if c.Product != "" {
		filters = append([]message.Filter{productFilter(c.Product)}, filters...)
	}
	body = append(body, &pick{Text: "These reviews", Filters: filters, On: a.picks()})
	return app.Details().Class("driver", sentiment).Body(body...)
}

// sinceFilter are the days from a change on, up to the next change of the same product.
func sinceFilter(sum message.Summary, c message.ChangePoint) message.Filter {
	f := message.Filter{By: message.Days, From: c.From, Label: "since " +
		format.When(sum.Unit, c.From)}
	var later []string
	for _, other := range sum.Changes {
		if other.Product == c.Product && other.From > c.From {
			later = append(later, other.From)
		}
	}
	if len(later) > 0 {
		f.To = slices.Min(later)
		f.Label += " until " + format.When(sum.Unit, f.To)
	}
	return f
}
