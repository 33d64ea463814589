package app

import (
	"slices"
	"strings"
	"time"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/state"
	"reviewlens/app/widget"
)

// orders are the ways to sort the reviews, as a choice has them: a "-" before what is largest
// first.
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

// browse is the reviews themselves: search, order, the chosen filters as chips, and the table.
func (a *App) browse() app.UI {
	s := &a.state
	if s.Selection == nil || s.Progress.Rows == 0 {
		return app.Section().Class("none")
	}
	var chips []app.UI
	for i, f := range s.View.Filters {
		chips = append(chips, &widget.Chip{Text: state.FilterLabel(f), At: i, On: a.unfilter})
	}
	if s.View.Search != "" {
		chips = append(chips,
			&widget.Chip{Text: "search: " + s.View.Search, At: searched, On: a.unfilter})
	}
	if len(chips) > 1 {
		chips = append(chips,
			&widget.Chip{Text: "All reviews", At: -1, On: a.unfilter, Plain: true})
	}
	columns := s.Preview != nil
	compared := format.Compared(s.Selection)
	if slices.ContainsFunc(s.View.Filters, state.ChosenByScore) {
		compared = ""
	}
	body := []app.UI{
		app.H2().ID("reviews-of").TabIndex(-1).Text("Show me"),
		app.Div().Class("look", "noprint").Body(
			&widget.SearchBox{Value: s.View.Search, On: a.onSearch},
			app.Label().Class("field").Body(app.Span().Text("Order"),
				&widget.Select{ID: "order", Label: "Order of the reviews",
					Value:   state.Order(s.View),
					Options: a.orders(), On: a.onOrder})),
		app.Div().ID("chips").Class("chips").Aria("label", "Filters").Attr("role", "group").
			Body(chips...),
		app.P().ID("selected").Class("small").Aria("live", "polite").Text(s.Selected()),
		app.P().ID("compared").Class("small").Text(compared),
		app.P().ID("correcting").Class("small", "noprint").Aria("live", "polite").
			Text(correcting(s.Correction)),
		&widget.Table{View: s.Selection.ID, Total: s.Selection.Rows, Ask: a.askRows,
			Open:    a.openRow,
			Correct: a.correct,
			Stars:   columns && s.Preview.Columns.Stars >= 0, Dates: columns &&
				s.Preview.Columns.Date >= 0},
	}
	return app.Section().ID("browse").Class("card browse").Body(body...)
}

// correcting says how to mark a review, or what was marked.
func correcting(c *message.Correction) string {
	if c == nil {
		return "A verdict is wrong? With the arrow keys on a review, P, U or N marks it " +
			"positive, unsure or negative."
	}
	return format.Marked(c)
}

// orders are those that the file has columns for.
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

// look asks the worker for the view as it now is. What is seen of the one before stays until its
// rows arrive.
func (a *App) look() {
	a.state.View.ID++
	a.lastSelectAt = time.Now()
	view := a.state.View
	a.send(message.Command{Name: message.Select, View: &view}, nil)
}

// refresh looks and groups again while scores arrive, though not with each of them.
func (a *App) refresh() {
	const often = 4 * time.Second
	if !a.state.Running() || a.state.Selection == nil ||
		a.state.Selection.Done && time.Since(a.lastSelectAt) > often {
		a.look()
		if a.state.Groups != nil && a.state.Groups.Done {
			a.askGroups()
		}
	}
}

// searched is the place of the search among the chips.
const searched = -2

func (a *App) unfilter(at int) {
	switch at {
	case searched:
		a.state.View.Search = ""
	case -1:
		a.state.View.Search = ""
		a.state.Unfilter(-1)
	default:
		a.state.Unfilter(at)
	}
	a.look()
}

func (a *App) onSearch(text string) {
	a.state.View.Search = text
	a.look()
}

func (a *App) onOrder(ctx app.Context, value string) {
	a.state.View.Sort, a.state.View.Down = strings.TrimPrefix(value, "-"),
		strings.HasPrefix(value, "-")
	a.look()
}

func (a *App) askRows(view, from, to int) {
	a.send(message.Command{Name: message.Rows, View: &message.View{ID: view}, From: from, To: to},
		nil)
}
