package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/widget"
	"reviewlens/reviews/report"
)

// modelsCard compares the scores of the open file with those of another model of the server.
func (a *App) modelsCard() app.UI {
	s := &a.state
	if len(s.Others) == 0 || s.Where != message.OnServer || s.NumbersOnly ||
		s.Progress.State != message.Finished {
		return app.Section().Class("none")
	}
	var options []widget.Option
	for _, id := range s.Others {
		options = append(options, widget.Option{id, id})
	}
	var button app.UI = &widget.Button{ID: "compare-model", Text: "Compare", On: a.compareModel}
	if v := s.ModelComparison; v != nil && !v.Done {
		button = &widget.Button{ID: "stop-model", Text: "Stop", On: a.stopModel}
	}
	body := []app.UI{
		app.Summary().Text("Compare with another model"),
		app.P().Class("small").Text("This server has " + format.Plural(len(s.Others),
			"other model", "other models") + ". The one you choose scores the same reviews, as " +
			"token IDs; the scores above stay as they are."),
		app.Div().Class("versus", "noprint").Body(
			app.Label().Class("field").Body(app.Span().Text("Model"),
				&widget.Select{ID: "other-models", Label: "Model to compare with",
					Value: s.OtherModel(), Options: options,
					On: func(_ app.Context, id string) { a.state.Other = id }}),
			button),
	}
	if s.ModelComparison != nil {
		body = append(body, modelsCompared(s.ScoredBy(), s.ModelComparison, s.BestRating(),
			a.openRow)...)
	}
	return app.Details().ID("models").Class("card fold").Body(body...)
}

func (a *App) compareModel() {
	id := a.state.OtherModel()
	a.state.ModelComparison = &message.ModelComparison{Model: id}
	a.send(message.Command{Name: message.CompareModels, Model: id}, nil)
}

func (a *App) stopModel() {
	a.state.ModelComparison = nil
	a.send(message.Command{Name: message.CompareModels}, nil)
}

// modelsCompared renders the progress of the comparison, or what would change.
func modelsCompared(model string, v *message.ModelComparison, best float64,
	open func(row int)) []app.UI {
	switch {
	case v.Problem != "":
		return []app.UI{widget.Trouble("models-trouble", v.Problem, "", nil)}
	case !v.Done:
		text := format.Plural(v.Texts, "review", "reviews") + " scored by both so far…"
		if v.Waiting != "" {
			text = v.Waiting
		}
		return []app.UI{app.P().ID("models-progress").Class("hint").
			Aria("live", live(v.Waiting == "")).Text(text)}
	}
	f := v.Figures
	who := "A is " + model + ", which gave the scores above; B is " + v.Model +
		". Equal texts count once."
	if v.Failed > 0 {
		who += " " + format.Plural(v.Failed, "text has", "texts have") + " no score of B."
	}
	body := []app.UI{
		app.P().ID("models-verdict").Aria("live", "polite").
			Body(app.Strong().Text(report.Verdict(f))),
		app.P().ID("renamed").Text(report.Renamed(f)),
	}
	if agreement := report.Corrected(f.Corrected); agreement != "" {
		body = append(body, app.P().ID("models-said").Text(agreement))
	}
	body = append(body, app.P().Class("small").Text(who))
	if lines := report.PairedLines(f); len(lines) > 0 {
		var rows []app.UI
		for _, l := range lines {
			rows = append(rows, app.Tr().Body(app.Th().Scope("row").Text(l.What),
				app.Td().Class("number").Text(l.A), app.Td().Class("number").Text(l.B),
				app.Td().Class("number").Text(l.Difference)))
		}
		body = append(body, app.Div().Class("scroll").TabIndex(0).
			Attr("role", "region").Aria("label", "Both models on the reviews with stars").
			Body(app.Table().ID("models-figures").
				Class("plain").Body(
				app.Caption().Class("unseen").Text("Both models on the reviews with stars"),
				app.THead().Body(app.Tr().Body(app.Td(), app.Th().Scope("col").Text("A"),
					app.Th().Scope("col").Text("B"), app.Th().Scope("col").Text("B less A"))),
				app.TBody().Body(rows...))))
	}
	if len(v.Changed) == 0 {
		return append(body, app.P().Class("hint").Text("No review changes."))
	}
	body = append(body, app.H3().Text("The reviews that change most"))
	for _, c := range v.Changed {
		body = append(body, changedRow(c, best, open))
	}
	return body
}

// changedRow renders a review with the scores of both models; its number opens it.
func changedRow(c message.Changed, best float64, open func(row int)) app.UI {
	describe := func(sentiment string, positive float64) string {
		return format.Word(sentiment) + ", " +
			format.Sure(message.Scored{Sentiment: sentiment, Positive: positive})
	}
	facts := "A: " + describe(c.Sentiment, c.Positive) +
		" · B: " + describe(c.SentimentB, c.PositiveB)
	if c.Stars != "" {
		facts += " · " + format.Rating(c.Stars, best)
	}
	body := []app.UI{}
	if c.Title != "" {
		body = append(body, app.P().Class("title").Text(c.Title))
	}
	body = append(body, app.P().Class("text").Text(c.Text),
		app.P().Class("facts").Body(&rowButton{Row: c.Row.Row, On: open}, app.Text(" · "+facts)))
	return app.Div().Class("quote", c.SentimentB).Body(body...)
}

// rowButton opens a review.
type rowButton struct {
	app.Compo

	Row int
	On  func(row int)
}

func (b *rowButton) onClick(ctx app.Context, e app.Event) { b.On(b.Row) }

func (b *rowButton) Render() app.UI {
	return app.Button().Type("button").Class("pick").Text("Row " + format.Number(b.Row)).
		OnClick(b.onClick)
}
