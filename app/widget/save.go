package widget

import (
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/page"
)

// SaveChart offers a chart as a picture and its numbers as a table.
type SaveChart struct {
	app.Compo

	Name  string // of the files, without an extension
	Chart string // ID of the chart's element, "" if there is only a table
	Table string // id of the table's
}

func (c *SaveChart) onPNG(ctx app.Context, e app.Event) {
	page.SavePicture(c.Chart, "png", c.Name)
}
func (c *SaveChart) onSVG(ctx app.Context, e app.Event) {
	page.SavePicture(c.Chart, "svg", c.Name)
}
func (c *SaveChart) onCSV(ctx app.Context, e app.Event) { page.SaveTable(c.Table, c.Name) }

func (c *SaveChart) Render() app.UI {
	buttons := []app.UI{app.Span().Class("small").Text("Save as ")}
	button := func(what string, on app.EventHandler) {
		buttons = append(buttons, app.Button().Type("button").
			Class("pick", "save-"+strings.ToLower(what)).
			Aria("label", "Save “"+c.Name+"” as "+what).Text(what).OnClick(on))
	}
	if c.Chart != "" {
		button("PNG", c.onPNG)
		button("SVG", c.onSVG)
	}
	button("CSV", c.onCSV)
	return app.P().Class("save", "noprint").Body(buttons...)
}
