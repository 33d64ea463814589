package widget

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// Trouble renders an error and the way out, with an optional button.
func Trouble(id string, detail, wayOut string, button app.UI) app.UI {
	body := []app.UI{app.P().Class("what").Text(detail)}
	if wayOut != "" {
		body = append(body, app.P().Text(wayOut))
	}
	if button != nil {
		body = append(body, button)
	}
	return app.Div().ID(id).Class("trouble").Attr("role", "alert").Body(body...)
}
