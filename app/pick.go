package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/state"
	"reviewlens/app/widget"
)

// behind is a pick of the reviews that pass filters.
func (a *App) behind(text string, filters ...message.Filter) app.UI {
	return &widget.Pick{Text: text, Filters: filters, On: a.picks()}
}

// picks is pick where there are reviews to show, else nil.
func (a *App) picks() func([]message.Filter) {
	if a.state.NumbersOnly {
		return nil
	}
	return a.pick
}

// pick shows the reviews that pass filters, beside those chosen before of another kind.
func (a *App) pick(filters []message.Filter) {
	a.state.Filter(filters...)
	a.look()
	page.Reveal("reviews-of")
}

// onPick is a click on a chart.
func (a *App) onPick(kind string, index int, name string) {
	if a.state.Screen == state.ScreenHistory {
		a.pickRun(index)
	}
	if a.state.Progress == nil || a.state.Screen != state.ScreenResults {
		return
	}
	if g := a.state.Groups; kind == "groups" && g != nil && index >= 0 && index < len(g.Values) {
		a.pick([]message.Filter{state.CellFilter(a.columnName(g.Column), g.Column,
			g.Values[index].Name)})
		return
	}
	if t := a.state.OpenTopic(); kind == "topic" && t != nil && index >= 0 &&
		index < len(t.Periods) {
		a.pick([]message.Filter{state.TopicFilter(t.Name, ""),
			state.TopicPeriodFilter(a.state.Progress.Summary, t, index)})
		return
	}
	if filters := state.ChartFilters(a.state.Progress.Summary, kind, index, name); filters != nil {
		a.pick(filters)
	}
}
