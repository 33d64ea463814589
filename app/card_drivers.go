package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/state"
	"reviewlens/app/widget"
)

// driversCard says what people complain about and praise: phrases that unfold to reviews.
func (a *App) driversCard() app.UI {
	p := a.state.Progress
	title := "Why?"
	if a.state.Topics() != nil {
		title = "Words that set them apart"
	}
	if len(p.Summary.Drivers) == 0 {
		if p.State == message.Running {
			return app.Section().Class("none")
		}
		return app.Section().ID("drivers").Class("card").Body(
			app.H2().Text(title),
			app.P().Class("hint").
				Text("No phrase stands out: there are too few reviews of one kind, or they have "+
					"too little in common."),
			a.topicsLater())
	}
	list := func(id, title, sentiment string) app.UI {
		body := []app.UI{app.H3().Text(title)}
		for _, d := range p.Summary.Drivers {
			if d.Sentiment == sentiment {
				body = append(body, a.driver(d))
			}
		}
		if len(body) == 1 {
			body = append(body, app.P().Class("hint").Text("No phrase stands out."))
		}
		return app.Div().ID(id).Body(body...)
	}
	return app.Section().ID("drivers").Class("card").Body(
		app.H2().Text(title),
		app.P().Class("small").
			Text("Phrases that stand in reviews of one kind more often than chance would put "+
				"them there. Equal texts count once."),
		app.Div().Class("pair").Body(
			list("praise", "What they praise", "positive"),
			list("complaints", "What they complain about", "negative")),
		a.topicsLater())
}

func (a *App) driver(d wire.Driver) app.UI {
	what := []app.UI{
		widget.Mark(d.Sentiment),
		app.Strong().Text(d.Phrase),
		app.Span().Class("small").Text(" " + format.Plural(d.Reviews, "review", "reviews") + ", " +
			format.Percent(d.Share.Share) +
			" " + d.Sentiment +
			" (" + format.Percent(d.Share.Low) + " to " + format.Percent(d.Share.High) + ")"),
	}
	if a.state.NumbersOnly {
		return app.P().Class("driver", d.Sentiment).Body(what...)
	}
	body := []app.UI{app.Summary().Body(what...)}
	for _, r := range d.Rows {
		body = append(body, quote(r))
	}
	body = append(body, a.behind("All with “"+d.Phrase+"”", state.PhraseFilter(d.Phrase)))
	return app.Details().Class("driver", d.Sentiment).Body(body...)
}
