package widget

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// Split renders a bar divided in proportion to counts; a count of 0 takes no space, and no gap. It
// is hidden from screen readers: the numbers next to it say the same.
func Split(title string, negative, unsure, positive int) app.UI {
	var parts []app.UI
	for _, part := range []struct {
		class string
		n     int
	}{{"negative", negative}, {"unsure", unsure}, {"positive", positive}} {
		if part.n > 0 {
			parts = append(parts,
				app.Span().Class(part.class).Style("flex-grow", strconv.Itoa(part.n)))
		}
	}
	bar := app.Div().Class("split").Aria("hidden", true).Body(parts...)
	if title != "" {
		bar = bar.Title(title)
	}
	return bar
}
