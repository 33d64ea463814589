package widget

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/page"
)

// Chart is an element that web/charts.js draws into; that script is loaded with the first chart. A
// table next to it has the same data, so screen readers get its label only.
type Chart struct {
	app.Compo

	ID    string
	Draw  string // a function of web/charts.js
	Label string
	Data  string // JSON for it

	Height int // in pixels; 0 for the stylesheet's
}

func (c *Chart) OnMount(app.Context)  { c.redraw() }
func (c *Chart) OnUpdate(app.Context) { c.redraw() }
func (c *Chart) OnDismount()          { page.Undraw(c.JSValue()) }
func (c *Chart) redraw()              { page.Draw(c.JSValue(), c.Draw, c.Data) }

func (c *Chart) Render() app.UI {
	// The library creates its children: go-app ignores children that it did not render.
	div := app.Div().ID(c.ID).Class("chart", "chart-"+c.Draw).Attr("role", "img").
		Aria("label", c.Label)
	if c.Height > 0 {
		div = div.Style("height", pixels(float64(c.Height)))
	}
	return div
}

// Sparkline draws shares over time; the share next to it is its text alternative.
func Sparkline(shares []float64) app.UI {
	if len(shares) < 2 {
		return app.Span().Class("spark")
	}
	const width, height = 96, 24
	points := make([]string, len(shares))
	for i, s := range shares {
		x, y := float64(i)*width/float64(len(shares)-1), (1-s)*height
		points[i] = strconv.FormatFloat(x, 'f', 1, 64) + "," + strconv.FormatFloat(y, 'f', 1, 64)
	}
	const svg = `<svg viewBox="-2 -2 100 28" width="100" height="28" aria-hidden="true" ` +
		`focusable="false"><polyline points="`
	return app.Span().Class("spark").Body(app.Raw(svg + strings.Join(points, " ") + `"/></svg>`))
}
