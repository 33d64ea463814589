package app

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/state"
	"reviewlens/app/widget"
)

// drawnGroups is the number of values in the chart; its table has all.
const drawnGroups = 15

// grouped compares the reviews by their value in a column of the file that the reader chooses.
func (a *App) grouped() app.UI {
	s := &a.state
	columns := s.Groupable()
	if len(columns) == 0 {
		return app.Section().Class("none")
	}
	body := []app.UI{
		app.H2().Text("Who says what?"),
		app.Label().Class("field", "by-column").
			Body(app.Span().Text("Reviews by a column of the file"),
				&widget.Select{ID: "group-by", Label: "Column to group the reviews by",
					Value:   s.GroupBy,
					Options: a.columnOptions("choose a column…"), On: a.onGroupBy}),
	}
	switch g := s.Groups; {
	case s.GroupBy == "":
	case g == nil || !g.Done:
		looked := 0.0
		if g != nil {
			looked = g.Looked
		}
		body = append(body, app.P().ID("grouping").Class("hint").Aria("live", live(g != nil)).
			Text("Reading the column… "+format.Percent(looked)))
	case len(g.Values) == 0:
		body = append(body, app.P().Class("hint").Text("No review has anything in this column."))
	default:
		body = append(body, a.groups(g)...)
	}
	return app.Section().ID("groups").Class("card").Body(body...)
}

// columnOptions returns the columns that reviews can be grouped by.
func (a *App) columnOptions(none string) []widget.Option {
	options := []widget.Option{{Value: "", Text: none}}
	for _, i := range a.state.Groupable() {
		options = append(options, widget.Option{Value: strconv.Itoa(i),
			Text: a.state.Preview.Header[i]})
	}
	return options
}

func (a *App) groups(g *message.Groups) []app.UI {
	name := a.columnName(g.Column)
	var rows []app.UI
	add := func(text string, s wire.Sum, f message.Filter) {
		rows = append(rows, app.Tr().Body(
			app.Th().Scope("row").Body(a.pageOf(text, f)),
			app.Td().Class("number").Text(format.Number(s.Read())),
			shareCell(s.Share),
			betweenCell(s.Share)))
	}
	for _, v := range g.Values {
		add(v.Name, v.Sum, state.CellFilter(name, g.Column, v.Name))
	}
	if g.OtherValues > 0 {
		add(format.Plural(g.OtherValues, "other", "others"), g.Others,
			state.OtherCellsFilter(name, g.Column))
	}
	if g.Empty.Rows > 0 {
		add("(empty)", g.Empty, state.CellFilter(name, g.Column, ""))
	}
	note := "Share of positive reviews by “" + name +
		"”, with its 95% interval; most reviews first."
	if n := min(len(g.Values), drawnGroups); n < len(g.Values) {
		note += " The " + format.Number(n) + " with the most reviews are drawn."
	}
	return append([]app.UI{
		app.P().Class("small").Text(note),
		&widget.Chart{ID: "groups-chart", Draw: "groups", Label: "Share of positive " +
			"reviews by " + name,
			Data: groupsData(g), Height: 40 + 30*min(len(g.Values), drawnGroups)},
		widget.Numbers("group-numbers", "Share of positive reviews by "+name,
			[]string{name, "Reviews", "Positive", widget.Between}, rows),
		&widget.SaveChart{Name: "share of positive reviews by " + name + a.state.GroupSuffix(),
			Chart: "groups-chart", Table: "group-numbers"},
	}, a.compareValues(g, name)...)
}

func groupsData(g *message.Groups) string {
	return format.JSON(g.Values[:min(len(g.Values), drawnGroups)])
}

func (a *App) onGroupBy(ctx app.Context, value string) {
	s := &a.state
	s.GroupBy, s.Groups = value, nil
	if s.Versus.Of == state.OfValues {
		s.Versus = state.Comparison{ID: s.Versus.ID}
	}
	if column, err := strconv.Atoi(value); err == nil {
		a.send(message.Command{Name: message.Group, Column: column}, nil)
	}
}
