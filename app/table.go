package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/message"
)

// table is all reviews with their scores, PageRows at a time.
func (a *App) table() app.UI {
	s := &a.state
	if s.Table == nil || s.Progress.Rows == 0 {
		return app.Section().Class("none")
	}
	t := s.Table
	head := []app.UI{app.Th().Scope("col").Class("number").Text("Row"), app.Th().Scope("col").Text("Sentiment"),
		app.Th().Scope("col").Class("number").Text("Positive"), app.Th().Scope("col").Text("Review")}
	withStars := s.Preview != nil && s.Preview.Columns.Stars >= 0
	if withStars {
		head = append(head, app.Th().Scope("col").Text("Stars"))
	}
	rows := make([]app.UI, len(t.Rows))
	for i, r := range t.Rows {
		rows[i] = reviewRow(r, withStars)
	}
	last := t.From + len(t.Rows)
	return app.Section().Class("card all").Body(
		app.H2().Text("Show me"),
		app.Table().ID("reviews").Body(
			app.Caption().Class("unseen").Text("Reviews with their scores"),
			app.THead().Body(app.Tr().Body(head...)),
			app.TBody().Body(rows...)),
		app.Div().Class("pages noprint").Body(
			app.Button().Type("button").ID("earlier").Text("Earlier").Disabled(t.From == 0).OnClick(a.onEarlier),
			app.Span().Aria("live", "polite").Text("Rows "+Number(t.From+1)+" to "+Number(last)+" of "+Number(s.Progress.Rows)),
			app.Button().Type("button").ID("later").Text("Later").Disabled(last >= s.Progress.Rows).OnClick(a.onLater)),
	)
}

func reviewRow(r message.Row, withStars bool) app.UI {
	score, sentiment := "", Word(r.Sentiment)
	if r.Sentiment != "" {
		score = Percent(r.Positive)
	}
	text := []app.UI{app.P().Class("text").Text(r.Text)}
	if r.Title != "" {
		text = append([]app.UI{app.P().Class("title").Text(r.Title)}, text...)
	}
	note := r.Problem
	if r.Cut {
		note = "Very long: only its beginning was scored."
	}
	if note != "" {
		text = append(text, app.P().Class("facts").Text(note))
	}
	cells := []app.UI{
		app.Td().Class("number").DataSet("head", "Row").Text(Number(r.Row)),
		app.Td().Class("sentiment", r.Sentiment).Body(app.Span().Class("mark").Aria("hidden", true).Text(mark(r.Sentiment)), app.Text(sentiment)),
		app.Td().Class("number").DataSet("head", "Positive").Text(score),
		app.Td().Class("words").Body(text...),
	}
	if withStars {
		cells = append(cells, app.Td().DataSet("head", "Stars").Text(r.Stars))
	}
	return app.Tr().Body(cells...)
}

func (a *App) onEarlier(ctx app.Context, e app.Event) { a.turn(-PageRows) }
func (a *App) onLater(ctx app.Context, e app.Event)   { a.turn(PageRows) }

func (a *App) turn(by int) {
	from := max(0, a.state.Table.From+by)
	a.send(message.Command{Name: message.Rows, From: from, To: from + PageRows}, nil)
}
