package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/state"
	"reviewlens/app/widget"
)

// filterLink renders a link to the reviews that pass filters.
func (a *App) filterLink(text string, filters ...message.Filter) app.UI {
	return &widget.Pick{Text: text, Filters: filters, On: a.pickHandler()}
}

// filterAction is like filterLink, but for link texts that are omitted in print, and when there are
// no reviews to show.
func (a *App) filterAction(text string, filters ...message.Filter) app.UI {
	if a.state.NumbersOnly {
		return app.Span().Class("none")
	}
	return &widget.Pick{Text: text, NoPrint: true, Filters: filters, On: a.pickHandler()}
}

// pickHandler returns pick, or nil if there are no reviews to show.
func (a *App) pickHandler() func([]message.Filter) {
	if a.state.NumbersOnly {
		return nil
	}
	return a.pick
}

// pick shows the reviews that pass filters, of those that are shown, and goes to the list of them.
func (a *App) pick(filters []message.Filter) { a.narrow(filters, "reviews-of") }

// narrow adds filters to the view and scrolls to a part of the page. It moves the focus there,
// since the clicked element may be gone.
func (a *App) narrow(filters []message.Filter, to string) {
	a.state.Filter(filters...)
	a.applyFilters()
	a.ctx.Defer(func(app.Context) {
		page.Focus(to)
		page.Reveal(to)
	})
}

// pageOf renders a link to the page of some reviews: a product's, a month's.
func (a *App) pageOf(text string, filters ...message.Filter) app.UI {
	p := &widget.Pick{Text: text, Filters: filters}
	if !a.state.NumbersOnly {
		p.On = a.openPage
	}
	return p
}

func (a *App) openPage(filters []message.Filter) { a.narrow(filters, "filters") }

// onPick handles a click on a chart.
func (a *App) onPick(kind string, index int, name string) {
	if a.state.Screen == state.ScreenHistory {
		a.pickRun(index)
	}
	if a.state.Progress == nil || a.state.Screen != state.ScreenResults {
		return
	}
	if g := a.state.Groups; kind == "groups" && g != nil && index >= 0 && index < len(g.Values) {
		a.openPage([]message.Filter{state.CellFilter(a.columnName(g.Column), g.Column,
			g.Values[index].Name)})
		return
	}
	if t := a.state.OpenTopic(); kind == "topic" && t != nil && index >= 0 &&
		index < len(t.Periods) {
		a.pick([]message.Filter{state.TopicFilter(t.Name, ""),
			state.TopicPeriodFilter(a.state.Shown(), t, index)})
		return
	}
	if filters := state.ChartFilters(a.state.Shown(), kind, index, name); filters != nil {
		a.openPage(filters)
	}
}
