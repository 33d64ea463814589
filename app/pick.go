package app

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
)

// pick is a number or a name that shows the reviews behind it. It is a component because go-app
// keeps the first of a button's handlers: what a later drawing would pick stands in fields.
type pick struct {
	app.Compo

	Text, Label string
	Filters     []message.Filter
	On          func(filters []message.Filter)
}

func (p *pick) onClick(ctx app.Context, e app.Event) { p.On(p.Filters) }

func (p *pick) Render() app.UI {
	if p.On == nil {
		return app.Span().Text(p.Text)
	}
	b := app.Button().Type("button").Class("pick").Text(p.Text).OnClick(p.onClick)
	if p.Label != "" {
		b = b.Aria("label", p.Label)
	}
	return b
}

// behind is a pick of the reviews that pass filters.
func (a *App) behind(text string, filters ...message.Filter) app.UI {
	return &pick{Text: text, Filters: filters, On: a.picks()}
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
	if a.state.Screen == ScreenHistory {
		a.pickRun(index)
	}
	if a.state.Progress == nil || a.state.Screen != ScreenResults {
		return
	}
	if g := a.state.Groups; kind == "groups" && g != nil && index >= 0 && index < len(g.Values) {
		a.pick([]message.Filter{groupFilter(a.columnName(g.Column), g.Column,
			g.Values[index].Name)})
		return
	}
	if filters := ChartFilters(a.state.Progress.Summary, kind, index, name); filters != nil {
		a.pick(filters)
	}
}

// Filter adds filters to the view; those of the same kind make room.
func (s *State) Filter(filters ...message.Filter) {
	kept := []message.Filter{}
	for _, f := range s.View.Filters {
		same := false
		for _, added := range filters {
			same = same || group(added.By) == group(f.By) && added.Column == f.Column
		}
		if !same {
			kept = append(kept, f)
		}
	}
	s.View.Filters = append(kept, filters...)
}

// group is the kind of filter of which a view has one.
func group(by string) string {
	switch by {
	case message.OfOthers:
		return message.OfProduct
	case message.OtherCells:
		return message.Cell
	case message.Troubled, message.Probability, message.SetApart:
		return message.Sentiment
	}
	return by
}

// Unfilter takes the filter at i away; all of them for -1.
func (s *State) Unfilter(i int) {
	if i < 0 || i >= len(s.View.Filters) {
		s.View.Filters = nil
		return
	}
	s.View.Filters = append(append([]message.Filter{}, s.View.Filters[:i]...),
		s.View.Filters[i+1:]...)
}

// ChartFilters are those of a bar or point of a chart; nil where there is none.
func ChartFilters(sum message.Summary, kind string, index int, name string) []message.Filter {
	switch {
	case kind == "histogram" && index >= 0 && index < len(sum.Histogram):
		return []message.Filter{binFilter(index, len(sum.Histogram))}
	case kind == "stars" && index >= 0 && index < len(sum.Stars):
		filters := []message.Filter{starFilter(index + 1)}
		if name != "" {
			filters = append(filters, sentimentFilter(name))
		}
		return filters
	case kind == "trend" && index >= 0 && index < len(sum.Periods):
		return []message.Filter{periodFilter(sum, index)}
	}
	return nil
}

func sentimentFilter(sentiment string) message.Filter {
	return message.Filter{By: message.Sentiment, Value: sentiment, Label: format.Word(sentiment)}
}

func starFilter(n int) message.Filter {
	return message.Filter{By: message.Stars, Low: float64(n),
		Label: format.Plural(n, "star", "stars")}
}

func binFilter(i, of int) message.Filter {
	low, high := float64(i)/float64(of), float64(i+1)/float64(of)
	return message.Filter{By: message.Probability, Low: low, High: high,
		Label: binName(i, of) + " positive"}
}

func binName(i, of int) string {
	return strconv.Itoa(100*i/of) + "–" + strconv.Itoa(100*(i+1)/of) + "%"
}

func periodFilter(sum message.Summary, i int) message.Filter {
	f := message.Filter{By: message.Days, From: sum.Periods[i].From,
		Label: format.When(sum.Unit, sum.Periods[i].From)}
	if i+1 < len(sum.Periods) {
		f.To = sum.Periods[i+1].From
	}
	if sum.Unit == "week" {
		f.Label = "week of " + f.Label
	}
	return f
}

func phraseFilter(phrase string) message.Filter {
	return message.Filter{By: message.Phrase, Value: phrase, Label: "“" + phrase + "”"}
}

func productFilter(name string) message.Filter {
	return message.Filter{By: message.OfProduct, Value: name, Label: name}
}

// FilterLabel is what a chip says.
func FilterLabel(f message.Filter) string {
	if label := strings.TrimSpace(f.Label); label != "" {
		return label
	}
	return f.By
}
