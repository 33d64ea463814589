package widget

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// Trouble draws what went wrong and the way out; nothing for nil.
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
