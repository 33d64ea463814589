package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/message"
	"reviewlens/app/page"
)

// memo is a memoised section of the results; it is rendered again only when Of changes.
type memo struct {
	app.Compo

	Of      any
	Section *section // the same pointer each time, since go-app compares it
}

// drawnOf holds the dependencies of most sections.
type drawnOf struct {
	progress *message.Progress
	filtered *message.Filtered
}

func (a *App) numbersOf() drawnOf { return drawnOf{a.state.Progress, a.state.Filtered} }

type section struct {
	draw       func() app.UI
	renderings int        // counts renderings, if it shows more than the run's numbers
	of         func() any // its dependencies, if they are not only the run's numbers
}

func (m *memo) Render() app.UI { return m.Section.draw() }

// resultSections returns the sections of the results. At first they are rendered one per frame, so
// that no task is long; sections not yet rendered have a placeholder.
func (a *App) resultSections() []app.UI {
	if a.sections == nil {
		a.sections = []section{{draw: a.summaryCard},
			{draw: a.changesCard, renderings: 1},
			{draw: a.share, of: a.shareOf}, {draw: a.trend, renderings: 1},
			{draw: a.topicsCard, of: a.topicsOf}, {draw: a.driversCard, of: a.driversOf},
			{draw: a.misfits}, {draw: a.products},
			{draw: a.grouped, renderings: 1}, {draw: a.histogram}, {draw: a.outermost}}
	}
	switch {
	case a.state.Shown().Scored == 0:
		a.turn = 0
	case app.IsServer:
		a.turn = len(a.sections)
	case a.turn < len(a.sections):
		a.turn++
		a.ctx.Async(func() {
			page.Yield()
			a.ctx.Dispatch(func(app.Context) {})
		})
	}
	all := make([]app.UI, len(a.sections))
	for i := range all {
		s := &a.sections[i]
		if i >= a.turn {
			all[i] = app.Div().Class("none")
			continue
		}
		m := &memo{Of: a.numbersOf(), Section: s}
		if s.renderings > 0 {
			s.renderings++
			m.Of = s.renderings
		}
		if s.of != nil {
			m.Of = s.of()
		}
		all[i] = m
	}
	return all
}
