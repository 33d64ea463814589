package widget

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
)

// Mark renders the shape of a sentiment. It is hidden from screen readers: a word says the same.
func Mark(sentiment string) app.UI {
	return app.Span().Class("mark").Aria("hidden", true).Text(format.Mark(sentiment))
}
