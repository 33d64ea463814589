package app

import (
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/widget"
)

// openRow shows one review in full; Esc, the button, or the browser's Back closes it.
func (a *App) openRow(row int) {
	a.state.ShowRow(row)
	a.send(message.Command{Name: message.Show, Row: row}, nil)
	a.goTo(a.state.Address())
}

// closeRow returns to the results.
func (a *App) closeRow() {
	if a.state.Row == 0 {
		return
	}
	a.state.ShowRow(0)
	a.goTo(a.state.Address())
	a.ctx.Defer(func(app.Context) { page.Back() })
}

// detail renders one review: its verdict, the whole text, its fields.
func (a *App) detail() app.UI {
	s := &a.state
	if s.Row == 0 {
		return app.Div().Class("none")
	}
	body := []app.UI{app.Div().Class("titled").Body(
		app.H2().ID("detail-title").Text("Review in row "+format.Number(s.Row)),
		app.Div().Class("acts").Body(
			app.Button().Type("button").ID("previous").Class("quiet").Text("Previous").
				Aria("disabled", a.beside(-1) == 0).OnClick(a.onPrevious),
			app.Button().Type("button").ID("next").Class("quiet").Text("Next").
				Aria("disabled", a.beside(1) == 0).OnClick(a.onNext),
			app.Button().Type("button").ID("close-detail").Class("quiet").Text("Close").
				OnClick(a.onCloseRow)))}
	if w := s.Whole; w == nil || w.Row.Row != s.Row {
		body = append(body, app.P().Class("hint").Text("Reading…"))
	} else {
		body = append(body, a.whole(w, s.RowExplained)...)
	}
	return &widget.Modal{Name: "detail", LabelledBy: "detail-title", Body: body, On: a.closeRow,
		OnKey: a.onDetailKey}
}

// beside returns the row before or after the shown one in the list; 0 for none.
func (a *App) beside(step int) int {
	w := a.state.Whole
	switch {
	case w == nil || w.Row.Row != a.state.Row:
		return 0
	case step < 0:
		return w.Previous
	}
	return w.Next
}

func (a *App) step(step int) {
	if row := a.beside(step); row > 0 {
		a.openRow(row)
	}
}

func (a *App) onPrevious(ctx app.Context, e app.Event) { a.step(-1) }
func (a *App) onNext(ctx app.Context, e app.Event)     { a.step(1) }

// onDetailKey corrects by key, and moves between reviews. Nothing can be typed here.
func (a *App) onDetailKey(key string) {
	switch key {
	case "ArrowLeft":
		a.step(-1)
	case "ArrowRight":
		a.step(1)
	}
	if sentiment, ok := widget.CorrectionKey(key); ok && a.state.Whole != nil {
		a.correct(a.state.Row, sentiment)
	}
}

func (a *App) onCloseRow(ctx app.Context, e app.Event) { a.closeRow() }

func (a *App) whole(w *message.Whole, x *message.Explained) []app.UI {
	r := w.Row
	var out []app.UI
	switch {
	case r.Sentiment != "":
		out = append(out, verdictCard(r.Scored, false),
			&correctionForm{Row: r, Same: w.Same, On: a.correct})
	case r.Problem != "":
		out = append(out, app.P().Class("hint").Text(r.Problem))
	default:
		out = append(out, app.P().Class("hint").Text("There is no text to score."))
	}
	if r.Title != "" {
		out = append(out, app.P().Class("title").
			Body(markMentions(r.Title, 0, inTitle(w, true))...))
	}
	mentions := inTitle(w, false)
	if x == nil {
		out = append(out, app.P().ID("whole").Class("whole").
			Body(markMentions(r.Text, 0, mentions)...))
	} else {
		out = append(out, app.Div().ID("whole").Body(explained(x, mentions)))
	}
	out = append(out, a.mentionedTopics(w.Spoken))
	if w.More {
		out = append(out, app.P().Class("small").
			Text("Very long texts are cut on this screen; the file keeps all of them."))
	}
	if len(w.Fields) > 0 {
		var facts []app.UI
		for _, f := range w.Fields {
			facts = append(facts, app.Dt().Text(f.Name), app.Dd().Body(a.sameCell(f)))
		}
		out = append(out, app.Dl().Class("facts").Body(facts...))
	}
	return out
}

// sameCell renders a field; a short one links to all reviews with the same value, so that any
// column can be filtered by.
func (a *App) sameCell(f message.Field) app.UI {
	value := strings.TrimSpace(f.Value)
	if value == "" || len(value) > maxCellRunes || strings.ContainsAny(value, "\r\n") {
		return app.Span().Text(f.Value)
	}
	return &widget.Pick{Text: value, Label: f.Name + " " + value + ": show the reviews " +
		"that have it",
		On: a.pickFromRow,
		Filters: []message.Filter{
			{By: message.Cell, Column: f.Column, Value: value, Label: f.Name + ": " + value}}}
}

const maxCellRunes = 80

func (a *App) pickFromRow(filters []message.Filter) {
	a.closeRow()
	a.pick(filters)
}
