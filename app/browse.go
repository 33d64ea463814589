package app

import (
	"strings"
	"time"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/state"
	"reviewlens/app/widget"
)

// orders are the sort orders of the reviews, as options; "-" means descending.
var orders = []widget.Option{
	{"", "as in the file"},
	{"-positive", "most positive first"},
	{"positive", "most negative first"},
	{"-date", "newest first"},
	{"date", "oldest first"},
	{"-stars", "most stars first"},
	{"stars", "fewest stars first"},
	{"text", "equal texts together"},
}

// browse renders the reviews themselves: search, order, and the table.
func (a *App) browse() app.UI {
	s := &a.state
	if s.Selection == nil || s.Progress.Rows == 0 {
		return app.Section().Class("none")
	}
	has := func(column int) bool { return s.Preview != nil && column >= 0 }
	c := message.Columns{Stars: -1, Date: -1, Product: -1}
	if s.Preview != nil {
		c = s.Preview.Columns
	}
	var list app.UI = &widget.Table{View: s.Selection.ID, Total: s.Selection.Rows,
		Request: a.requestRows, Open: a.openRow, Correct: a.correct,
		Stars: has(c.Stars), Best: s.BestRating(), Dates: has(c.Date), Products: has(c.Product)}
	if s.NoHits() {
		list = a.noHits("no-rows-here")
	}
	return app.Section().ID("browse").Class("card browse").Body(
		app.H2().ID("reviews-of").TabIndex(-1).Text("Show me"),
		app.Div().Class("look", "noprint").Body(
			&widget.SearchBox{Value: s.FilterOf(message.Words, 0).Value, On: a.onSearch},
			app.Label().Class("field").Body(app.Span().Text("Order"),
				&widget.Select{ID: "order", Label: "Order of the reviews",
					Value:   state.Order(s.View),
					Options: a.orders(), On: a.onOrder})),
		app.P().ID("correcting").Class("small", "noprint").Aria("live", "polite").
			Body(correcting(s.Correction)),
		list)
}

// correcting explains how to mark a review, or names the last mark.
func correcting(c *message.Correction) app.UI {
	if c == nil {
		return app.Span().Body(app.Text("A verdict is wrong? Open the review and mark it"),
			app.Span().Class("keys").Text(", or use the keys: P, U or N marks it positive, "+
				"unsure or negative"), app.Text("."))
	}
	return app.Span().Text(format.Marked(c))
}

// orders returns those for which the file has columns.
func (a *App) orders() (out []widget.Option) {
	c := message.Columns{Stars: -1, Date: -1}
	if a.state.Preview != nil {
		c = a.state.Preview.Columns
	}
	for _, o := range orders {
		if strings.HasSuffix(o.Value, message.ByStars) && c.Stars < 0 ||
			strings.HasSuffix(o.Value, message.ByDate) && c.Date < 0 {
			continue
		}
		out = append(out, o)
	}
	return out
}

// requestView requests the current view from the worker. The previous rows stay visible until the
// new ones arrive.
func (a *App) requestView() {
	a.state.BeginView()
	a.lastSelectAt = time.Now()
	view := a.state.View
	a.send(message.Command{Name: message.Select, View: &view}, nil)
}

// refresh requests the view again while scores arrive, at most every few seconds.
func (a *App) refresh() {
	const often = 4 * time.Second
	if !a.state.Running() || a.state.Selection == nil ||
		a.state.Selection.Done && time.Since(a.lastSelectAt) > often {
		a.requestView()
	}
}

func (a *App) onSearch(text string) {
	f := state.WordsFilter(text)
	if text == "" {
		a.state.DropFilter(f)
	} else {
		a.state.SetFilter(f)
	}
	a.applyFilters()
}

func (a *App) onOrder(ctx app.Context, value string) {
	a.state.View.Sort, a.state.View.Down = strings.TrimPrefix(value, "-"),
		strings.HasPrefix(value, "-")
	a.requestView()
}

func (a *App) requestRows(view, from, to int) {
	a.send(message.Command{Name: message.Rows, View: &message.View{ID: view}, From: from, To: to},
		nil)
}
