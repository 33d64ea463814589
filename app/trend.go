package app

import (
	"slices"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/state"
	"reviewlens/app/widget"
	"reviewlens/reviews/report"
)

// trend renders whether sentiment changes: a sentence, and the line over time.
func (a *App) trend() app.UI {
	sum := a.state.Shown()
	if len(sum.Periods) < 2 {
		return app.Section().Class("none")
	}
	var rows []app.UI
	for i, p := range sum.Periods {
		rows = append(rows, app.Tr().Body(
			app.Th().Scope("row").
				Body(a.pageOf(format.When(sum.Unit, p.From), state.PeriodFilter(sum, i))),
			app.Td().Class("number").
				Body(a.filterLink(format.Number(p.Read()), state.PeriodFilter(sum, i))),
			shareCell(p.Share),
			betweenCell(p.Share)))
	}
	var compared app.UI = app.Div().Class("none")
	if !a.state.NumbersOnly {
		compared = a.comparePeriods(sum)
	}
	return app.Section().ID("trend").Class("card").Body(
		app.H2().Text("Is it changing?"),
		app.P().ID("change").Text(whetherChanging(sum)),
		app.P().Class("small").
			Text("Share of positive reviews by "+sum.Unit+", with its 95% interval; below, how "+
				"many reviews there are."+a.counting()),
		&widget.Chart{ID: "trend-chart", Draw: "trend", Label: "Share of positive " +
			"reviews by " + sum.Unit,
			Data: trendData(sum)},
		widget.Numbers("trend-numbers", "Share of positive reviews by "+sum.Unit,
			[]string{"From", "Reviews", "Positive", widget.Between}, rows),
		&widget.SaveChart{Name: "share of positive reviews over time" + a.state.Suffix(),
			Chart: "trend-chart", Table: "trend-numbers"},
		compared,
	)
}

// whetherChanging returns a detected change, of all reviews if there is one, else of a product,
// whose date is known; without any, the comparison of the two halves of the time.
func whetherChanging(sum message.Summary) string {
	if len(sum.Changes) == 0 {
		return format.Changed(sum.Change)
	}
	of := slices.IndexFunc(sum.Changes, func(c wire.ChangePoint) bool { return c.Product == "" })
	lead, _ := report.Change(sum.Unit, sum.Changes[max(of, 0)])
	return lead
}

// products renders the comparison of products.
func (a *App) products() app.UI {
	sum := a.state.Shown()
	if sum.ProductCount < 2 {
		return app.Section().Class("none")
	}
	var rows []app.UI
	for _, p := range sum.Products {
		rows = append(rows, app.Tr().Body(
			app.Th().Scope("row").Body(a.pageOf(p.Name, state.ProductFilter(p.Name))),
			app.Td().Class("number").Text(format.Number(p.Read())),
			shareCell(p.Share),
			betweenCell(p.Share),
			app.Td().Class("wide").Body(
				widget.Split("", p.Negative, p.Undecided(), p.Positive))))
	}
	if n := len(sum.Products); n < sum.ProductCount {
		rows = append(rows, app.Tr().Body(
			app.Th().Scope("row").Body(a.otherProducts()),
			app.Td().Class("number"), app.Td().Class("number"), app.Td().Class("between"),
			app.Td().Class("wide")))
	}
	note := format.Plural(sum.ProductCount, "product", "products") + ", most reviews first."
	if n := len(sum.Products); n < sum.ProductCount {
		note = "The " + format.Number(n) + " of " + format.Number(sum.ProductCount) +
			" products with the most reviews."
	}
	return app.Section().ID("products").Class("card").Body(
		app.H2().Text("Which products?"),
		app.P().Class("small").Text(note),
		app.Table().ID("product-numbers").Class("plain").Body(
			app.Caption().Class("unseen").Text("Sentiment by product"),
			app.THead().Body(app.Tr().Body(
				app.Th().Scope("col").Text("Product"),
				app.Th().Scope("col").Class("number").Text("Reviews"),
				app.Th().Scope("col").Class("number").Text("Positive"),
				widget.BetweenHead(),
				app.Th().Scope("col").Class("wide").
					Body(app.Span().Class("unseen").Text("Split")))),
			app.TBody().Body(rows...)),
		&widget.SaveChart{Name: "sentiment by product" + a.state.Suffix(),
			Table: "product-numbers"})
}

// otherProducts renders the products that the list does not name. For a filtered view, the filter
// would be wrong: it covers all reviews.
func (a *App) otherProducts() app.UI {
	if a.state.IsFiltered() {
		return app.Text("All others")
	}
	return a.pageOf("All others", state.OthersFilter)
}

// against lists reviews whose text says the opposite of their stars.
func (a *App) against(sum message.Summary) app.UI {
	if sum.Against == 0 {
		return app.P().Class("small").Text("No text says the opposite of its stars.")
	}
	its := "their"
	if sum.Against == 1 {
		its = "its"
	}
	body := []app.UI{app.P().Body(&widget.Pick{
		Text: format.Plural(sum.Against, "review says", "reviews say") + " the opposite of " + its +
			" stars",
		Filters: []message.Filter{state.AgainstFilter},
		On:      a.pickHandler()})}
	for _, r := range sum.MostAgainst[:min(len(sum.MostAgainst), 3)] {
		body = append(body, a.quote(r))
	}
	return app.Div().ID("against").Body(body...)
}
