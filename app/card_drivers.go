package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/state"
	"reviewlens/app/widget"
)

// driversDrawn holds the dependencies of driversCard, for memo: topics are offered below phrases.
type driversDrawn struct {
	Numbers   drawnOf
	HasTopics bool
}

// driversOf returns everything that driversCard depends on.
func (a *App) driversOf() any {
	return driversDrawn{Numbers: a.numbersOf(), HasTopics: a.state.HasTopics}
}

// driversCard renders complaints and praise: phrases that unfold to reviews.
func (a *App) driversCard() app.UI {
	p, sum := a.state.Progress, a.state.Shown()
	title := "Why?"
	if a.state.Topics() != nil {
		title = "Words that set them apart"
	}
	if a.state.Reading() {
		return app.Section().ID("drivers").Class("card").Body(app.H2().Text(title),
			app.P().ID("reading-phrases").Class("hint").Text(a.readingPhrases()))
	}
	if len(sum.Drivers) == 0 {
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
	praise, complaints := "What they praise", "What they complain about"
	note := "Phrases that stand in reviews of one kind more often than chance would put them " +
		"there. Equal texts count once."
	if a.state.Topics() != nil { // these list what people mention
		praise, complaints = "More often in positive reviews", "More often in negative reviews"
		note += " A share here is of whole reviews, that of a topic of what is said about it."
	}
	list := func(id, title, sentiment string) app.UI {
		body := []app.UI{app.H3().Text(title)}
		for _, d := range sum.Drivers {
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
		app.P().Class("small").Text(note),
		app.Div().Class("pair").Body(
			list("praise", praise, "positive"),
			list("complaints", complaints, "negative")),
		a.topicsLater())
}

// readingPhrases returns when the phrases of a part of the reviews will be available.
func (a *App) readingPhrases() string {
	s := &a.state
	if state := s.Progress.State; state == message.Running || state == message.Paused {
		return "Phrases of these reviews are looked for when all are scored."
	}
	looked := 0.0
	if s.Filtered != nil && !s.Stale() {
		looked = s.Filtered.Looked
	}
	return "Reading these reviews for phrases… " + format.Percent(looked)
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
		body = append(body, a.quoteAround(r, d.Phrase))
	}
	body = append(body, a.filterAction("All with “"+d.Phrase+"”", state.PhraseFilter(d.Phrase)))
	return app.Details().Class("driver", d.Sentiment).Body(body...)
}
