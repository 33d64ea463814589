package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
)

// chart is a place that web/charts.js draws into. It is loaded with the first chart. What a chart
// shows stands in a table next to it, so screen readers get its label only.
type chart struct {
	app.Compo

	ID    string
	Draw  string // a function of web/charts.js
	Label string
	Data  string // JSON for it

	Height int // in pixels; 0 for what the stylesheet says
}

func (c *chart) OnMount(app.Context)  { c.redraw() }
func (c *chart) OnUpdate(app.Context) { c.redraw() }
func (c *chart) OnDismount()          { page.Undraw(c.JSValue()) }
func (c *chart) redraw()              { page.Draw(c.JSValue(), c.Draw, c.Data) }

func (c *chart) Render() app.UI {
	// Its children are the library's: go-app leaves an element alone that it did not draw into.
	div := app.Div().ID(c.ID).Class("chart", "chart-"+c.Draw).Attr("role", "img").
		Aria("label", c.Label)
	if c.Height > 0 {
		div = div.Style("height", pixels(float64(c.Height)))
	}
	return div
}

// histogramData, starsData and trendData are what the functions of web/charts.js take.
func histogramData(s message.Summary) string {
	return format.JSON(map[string]any{"counts": s.Histogram, "band": s.Band})
}

func starsData(s message.Summary) string { return format.JSON(s.Stars) }

func trendData(s message.Summary) string {
	labels := make([]string, len(s.Periods))
	for i, p := range s.Periods {
		labels[i] = format.When(s.Unit, p.From)
	}
	return format.JSON(map[string]any{"labels": labels, "periods": s.Periods})
}
