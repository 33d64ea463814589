package widget

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// Numbers renders the table behind a chart.
func Numbers(id, caption string, heads []string, rows []app.UI) app.UI {
	var head []app.UI
	for _, h := range heads {
		if h == Between {
			head = append(head, BetweenHead())
			continue
		}
		head = append(head, app.Th().Scope("col").Text(h))
	}
	return app.Details().Class("fold numbers").Body(
		app.Summary().Text("The numbers"),
		app.Table().ID(id).Class("plain").Body(
			app.Caption().Class("unseen").Text(caption),
			app.THead().Body(app.Tr().Body(head...)),
			app.TBody().Body(rows...)))
}

// Between is the head of a column of intervals.
const Between = "95% interval"

// A saved table has "77% to 93%" as numbers, in two columns (web/page.js).

// BetweenHead renders the head of a column of intervals.
func BetweenHead() app.HTMLTh {
	return app.Th().Scope("col").Class("number", "between").DataSet("csv", "95% low,95% high").
		Text(Between)
}
