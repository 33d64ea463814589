package app

import (
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/state"
	"reviewlens/app/widget"
)

// filters renders the choices of which reviews the page shows: the most common filters, each with
// the values that the file has.
func (a *App) filters() app.UI {
	s := &a.state
	sum := s.Progress.Summary // of all reviews
	if sum.Scored == 0 {
		return app.Section().Class("none")
	}
	var fields []app.UI
	if sum.ProductCount > 1 {
		fields = append(fields, a.filterField("product", "Product",
			s.FilterOf(message.OfProduct, 0), productOptions(sum)))
	}
	if hasStars(sum) {
		fields = append(fields, a.filterField("stars", "Stars",
			s.FilterOf(message.Stars, 0), starOptions(sum)))
	}
	fields = append(fields, a.filterField("sentiment", "Sentiment",
		s.FilterOf(message.Sentiment, 0), sentimentOptions(sum)))
	if len(sum.Periods) > 1 {
		fields = append(fields, a.periodField("filter-from", "From", s.Period().From,
			func(p *state.Span, v string) { p.From = v }),
			a.periodField("filter-to", "To", s.Period().To,
				func(p *state.Span, v string) { p.To = v }))
	}
	if columns := s.Groupable(); len(columns) > 0 {
		fields = append(fields, app.Label().Class("field").Body(app.Span().Text("Other column"),
			&widget.Select{ID: "filter-column", Label: "Another column to filter by",
				Value: s.GroupBy, Options: a.columnOptions("choose…"), On: a.onGroupBy}))
		if g := s.Groups; g != nil && g.Done && s.GroupBy != "" {
			name := a.columnName(g.Column)
			fields = append(fields, a.filterField("value", name,
				s.FilterOf(message.Cell, g.Column), cellOptions(g, name)))
		}
	}
	return app.Section().ID("filters").Class("filters", "noprint").TabIndex(-1).
		Aria("label", "Which reviews").Body(fields...)
}

// filterField renders the choice of one filter from options, or none; now is the current one.
func (a *App) filterField(id, label string, now message.Filter, options []filterOption) app.UI {
	all := []widget.Option{{Text: "all"}}
	value := ""
	for i, o := range options {
		all = append(all, widget.Option{Value: strconv.Itoa(i + 1), Text: o.text})
		if o.filter == now {
			value = strconv.Itoa(i + 1)
		}
	}
	if value == "" && now.By != "" { // set elsewhere
		value = "now"
		all = append(all, widget.Option{Value: value, Text: state.FilterLabel(now)})
	}
	return app.Label().Class("field").Body(app.Span().Text(label),
		&widget.Select{ID: "filter-" + id, Label: label, Value: value, Options: all,
			On: func(_ app.Context, v string) {
				if n, err := strconv.Atoi(v); err == nil && n <= len(options) {
					a.state.SetFilter(options[n-1].filter)
				} else if v == "" {
					a.state.DropFilter(now)
				}
				a.applyFilters()
			}})
}

func productOptions(sum message.Summary) (options []filterOption) {
	for _, p := range sum.Products {
		options = append(options, filterOption{p.Name + count(p.Rows), state.ProductFilter(p.Name)})
	}
	if len(sum.Products) < sum.ProductCount {
		options = append(options, filterOption{"all others", state.OthersFilter})
	}
	return options
}

func starOptions(sum message.Summary) (options []filterOption) {
	for i, c := range slices.Backward(sum.Stars) {
		if c.Rows > 0 {
			f := state.StarFilter(i + 1)
			options = append(options, filterOption{f.Label + count(c.Rows), f})
		}
	}
	return options
}

func sentimentOptions(sum message.Summary) (options []filterOption) {
	for _, part := range []struct {
		name string
		n    int
	}{{"positive", sum.Positive}, {"unsure", sum.Unsure - sum.Unread}, {"negative", sum.Negative}} {
		f := state.SentimentFilter(part.name)
		options = append(options, filterOption{f.Label + count(part.n), f})
	}
	for _, l := range sum.Languages {
		f := state.ApartFilter(l.Language)
		options = append(options, filterOption{f.Label + count(l.Rows), f})
	}
	return options
}

func cellOptions(g *message.Groups, name string) (options []filterOption) {
	for _, v := range g.Values {
		options = append(options, filterOption{v.Name, state.CellFilter(name, g.Column, v.Name)})
	}
	if g.OtherValues > 0 {
		options = append(options, filterOption{"another", state.OtherCellsFilter(name, g.Column)})
	}
	return append(options, filterOption{"(empty)", state.CellFilter(name, g.Column, "")})
}

// filterOption is a filter as an option of a choice.
type filterOption struct {
	text   string
	filter message.Filter
}

func count(n int) string { return " (" + format.Number(n) + ")" }

func (a *App) periodField(id, label, value string, set func(p *state.Span, v string)) app.UI {
	return app.Label().Class("field").Body(app.Span().Text(label),
		&widget.DateField{ID: id, Label: label, Value: value, On: func(v string) {
			p := a.state.Period()
			set(&p, v)
			a.state.SetPeriod(p)
			a.applyFilters()
		}})
}

// filterChips renders which reviews the page shows: the filters as chips, how many reviews pass
// them, and how they compare with the others.
func (a *App) filterChips() []app.UI {
	s := &a.state
	if s.Selection == nil || s.Progress.Summary.Scored == 0 {
		return nil
	}
	var chips []app.UI
	for i, f := range s.View.Filters {
		chips = append(chips, &widget.Chip{Text: state.FilterLabel(f), At: i, On: a.unfilter})
	}
	if len(chips) > 1 {
		chips = append(chips,
			&widget.Chip{Text: "All reviews", At: -1, On: a.unfilter, Plain: true})
	}
	selected, compared := s.Selected(), format.Compared(s.Selection)
	if s.IsFiltered() && s.Selection.ID != s.View.ID {
		selected = "Looking…"
	}
	if s.Stale() || slices.ContainsFunc(s.View.Filters, state.ChosenByScore) {
		compared = ""
	}
	class := "shown"
	if len(chips) > 0 {
		class += " some"
	}
	var lost app.UI = app.Div().Class("none")
	if len(s.DroppedFilters) > 0 {
		lost = app.P().ID("lost").Class("ask").Text("The address asks for what this file cannot " +
			"be filtered by: " + strings.Join(s.DroppedFilters, ", ") +
			". All else of it is shown.")
	}
	return []app.UI{
		app.Div().ID("shown").Class(class).TabIndex(-1).Body(
			app.Div().ID("chips").Class("chips").Aria("label", "Filters").Attr("role", "group").
				Body(chips...),
			app.P().ID("selected").Class("small").Aria("live", live(!s.Selection.Done)).
				Text(selected)),
		app.P().ID("compared").Class("small").Text(compared), lost}
}

// noHits renders a note that no review passes the filters, with a button to remove them.
func (a *App) noHits(id string) app.UI {
	last := len(a.state.View.Filters) - 1
	return app.Div().ID(id).Class("no-hits").Body(
		app.P().Class("hint").Text("No review passes all of these filters."),
		&widget.Button{ID: id + "-last",
			Text: "Remove “" + state.FilterLabel(a.state.View.Filters[last]) + "”",
			On:   func() { a.unfilter(last) }},
		&widget.Button{ID: id + "-all", Text: "Show all reviews", On: func() { a.unfilter(-1) }})
}

func (a *App) unfilter(at int) {
	a.state.Unfilter(at)
	a.applyFilters()
	a.ctx.Defer(func(app.Context) { page.Focus("shown") })
}

// applyFilters shows the reviews that pass the current filters, at their address.
func (a *App) applyFilters() {
	a.state.DroppedFilters = nil
	a.requestView()
	a.compareAgain()
	if a.state.Screen == state.ScreenResults { // another tab may have changed the topics
		a.goTo(a.state.Address())
	}
}

// applyQuery applies the filters of a results URL, or remembers them until there are results.
func (a *App) applyQuery(query string) {
	s := &a.state
	switch {
	case s.Progress == nil:
		if query != "" {
			s.PendingQuery = query
		}
	case s.PendingQuery == "" && query != s.Query() && a.analyseRequested(query):
	case s.PendingQuery == "" && query != s.Query():
		s.View.Filters, s.DroppedFilters = s.ParseQuery(query)
		s.LoseTopics()
		a.requestView()
		a.compareAgain()
	}
}

// pendingQueryNote explains, on the first screen, that the URL is a filtered view and that the same
// file must be opened to see it.
func (a *App) pendingQueryNote() app.UI {
	s := &a.state
	if s.PendingQuery == "" {
		return app.Div().Class("none")
	}
	var all []string
	if text := state.TextOf(s.PendingQuery); text != "" {
		all = append(all, text)
	}
	filters, lost := s.ParseQuery(s.PendingQuery)
	for _, f := range filters {
		all = append(all, state.FilterLabel(f))
	}
	return app.P().ID("wanted").Class("ask").Text("This address shows some reviews of a file: " +
		strings.Join(append(all, lost...), ", ") + ". Reviews are not sent with it: " +
		"open the same file and score it, and these are shown.")
}
