package widget

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// Numbers is the table behind a chart.
func Numbers(id, caption string, heads []string, rows []app.UI) app.UI {
	var head []app.UI
	for _, h := range heads {
		head = append(head, app.Th().Scope("col").Text(h))
	}
	return app.Details().Class("fold numbers").Body(
		app.Summary().Text("The numbers"),
		app.Table().ID(id).Class("plain").Body(
			app.Caption().Class("unseen").Text(caption),
			app.THead().Body(app.Tr().Body(head...)),
			app.TBody().Body(rows...)))
}
