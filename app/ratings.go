package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/format"
	"reviewlens/app/widget"
	"reviewlens/reviews/report"
)

// ratings renders the figures of ratings on a scale of their own: the net promoter score of answers
// from 0 to 10, the mean of others. Stars are covered elsewhere.
func (a *App) ratings() app.UI {
	sum := a.state.Shown()
	switch {
	case sum.NPS != nil:
		return promoterScore(sum.NPS)
	case sum.Ratings != nil:
		return app.P().ID("rated").Class("small").Text(report.Rated(sum.Ratings))
	}
	return app.Div().Class("none")
}

func promoterScore(n *wire.NPS) app.UI {
	shares := report.Percents(n.Promoters, n.Passives, n.Detractors)
	row := func(sentiment, name string, n int, share string) app.UI {
		return app.Tr().Class(sentiment).Body(
			app.Th().Scope("row").Body(widget.Mark(sentiment), app.Text(name)),
			app.Td().Class("number").Text(format.Number(n)), app.Td().Class("number").Text(share))
	}
	return app.Div().ID("nps").Class("nps").Body(
		app.H3().Text("Do they recommend it?"),
		app.Div().Class("columns").Body(
			app.Div().Body(
				app.P().Class("score").Body(app.Strong().Text(report.Signed(n.Score)),
					app.Text(" net promoter score")),
				app.P().Class("small").Text("between "+report.Signed(n.Low)+" and "+
					report.Signed(n.High)+": the share of promoters less that of detractors. "+
					"Answers without a text count, too.")),
			app.Div().Body(
				widget.Split("", n.Detractors, n.Passives, n.Promoters),
				app.Table().ID("nps-numbers").Class("plain").Body(
					app.Caption().Class("unseen").Text("Answers by how likely people recommend it"),
					app.THead().Class("unseen").Body(app.Tr().Body(
						app.Th().Scope("col").Text("Who"), app.Th().Scope("col").Text("Answers"),
						app.Th().Scope("col").Text("Share"))),
					app.TBody().Body(
						row("positive", "Promoters (9 or 10)", n.Promoters, shares[0]),
						row("unsure", "Passives (7 or 8)", n.Passives, shares[1]),
						row("negative", "Detractors (0 to 6)", n.Detractors, shares[2]))))))
}
