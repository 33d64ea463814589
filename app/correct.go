package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/widget"
)

// correct sets a reader's sentiment for a row instead of its score; "" removes it.
func (a *App) correct(row int, sentiment string) {
	a.send(message.Command{Name: message.Correct, Row: row, Sentiment: sentiment}, nil)
}

// corrected renders the corrections so far, with a link to these reviews.
func (a *App) corrected() app.UI {
	c := a.state.Progress.Summary.Corrected
	if c == nil || c.Reviews == 0 {
		return app.Div().Class("none")
	}
	return app.Div().Body(
		app.P().ID("corrected").Class("small").Body(app.Text(format.CorrectedNote(c,
			a.state.IsFiltered())),
			a.filterAction("See them",
				message.Filter{By: message.IsCorrected, Label: "corrected by you"})),
		a.correctionsUpload(c))
}

// correctionsUpload offers to send the corrections to the server, if it tries a model.
func (a *App) correctionsUpload(c *message.Corrected) app.UI {
	s := &a.state
	switch n := s.UnsentCorrections(); {
	case s.CorrectionsProblem != nil:
		return widget.Trouble("tell-trouble", s.CorrectionsProblem.Detail,
			s.CorrectionsProblem.WayOut, nil)
	case n > 0:
		return app.P().ID("tell").Class("small", "noprint").Body(
			app.Text("The server tries a new model beside this one. Told what you corrected, it "+
				"counts which of the two agrees with you; token IDs and your verdicts are sent, "+
				"and neither is kept. "),
			&widget.Button{ID: "tell-server", Text: "Tell it of " +
				format.Plural(n, "review", "reviews"),
				Disabled: s.SendingCorrections, On: a.sendCorrections})
	case c.Sent > 0:
		return app.P().ID("told").Class("small", "noprint").Aria("live", "polite").
			Text("The server has received your corrections.")
	}
	return app.Div().Class("none")
}

func (a *App) sendCorrections() {
	a.state.SendingCorrections = true
	a.send(message.Command{Name: message.UploadCorrections}, nil)
}

// correctionForm lets a reader correct a review, next to its score: one of three buttons is
// pressed.
type correctionForm struct {
	app.Compo

	Row  message.Row
	Same int // reviews with its text, if it is corrected
	On   func(row int, sentiment string)
}

func (v *correctionForm) Render() app.UI {
	now := v.Row.Corrected
	if now == "" {
		now = v.Row.Sentiment
	}
	buttons := []app.UI{app.Span().ID("your-verdict").Class("small").Text("Is that wrong? It is")}
	for _, s := range []string{"positive", "unsure", "negative"} {
		buttons = append(buttons, &sentimentButton{Sentiment: s, Pressed: s == now, On: v.correct})
	}
	note := app.P().ID("marked").Class("small").Text("Keys: P, U, N.")
	if v.Row.Corrected != "" {
		what := "You marked it " + v.Row.Corrected
		if v.Same > 1 {
			what = "You marked it " + v.Row.Corrected + ", and with it " +
				format.Plural(v.Same-1, "other review", "other reviews") + " of the same words"
		}
		note = app.P().ID("marked").Class("small").Body(
			app.Text(what+"; the model's verdict above stays. "),
			&sentimentButton{Text: "Undo", On: v.correct})
	}
	return app.Div().Class("yours").Body(
		app.Div().Class("verdicts").Attr("role", "group").Aria("labelledby", "your-verdict").
			Body(buttons...), note)
}

func (v *correctionForm) correct(sentiment string) {
	v.On(v.Row.Row, sentiment)
	if sentiment == "" { // its button disappears
		page.Focus("say-" + v.Row.Sentiment)
	}
}

// sentimentButton is one of these buttons; that for "" removes the correction.
type sentimentButton struct {
	app.Compo

	Sentiment, Text string
	Pressed         bool
	On              func(sentiment string)
}

func (b *sentimentButton) onClick(ctx app.Context, e app.Event) { b.On(b.Sentiment) }

func (b *sentimentButton) Render() app.UI {
	button := app.Button().Type("button").OnClick(b.onClick)
	if b.Sentiment == "" {
		return button.ID("undo").Class("pick").Text(b.Text)
	}
	return button.ID("say-"+b.Sentiment).Class("say-it", b.Sentiment).
		Aria("pressed", b.Pressed).Body(
		widget.Mark(b.Sentiment),
		app.Span().Text(format.Word(b.Sentiment)))
}
