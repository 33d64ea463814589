package app

import (
	"slices"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/state"
	"reviewlens/app/widget"
)

// comparePeriods renders the fold in which two periods are chosen, and their comparison.
func (a *App) comparePeriods(sum message.Summary) app.UI {
	s := &a.state
	spans := state.Halves(sum)
	if s.Spans != nil {
		spans = *s.Spans
	}
	set := func(change func(spans *[2]state.Span)) {
		change(&spans)
		next := spans
		a.state.Spans = &next
	}
	field := func(id, label, value string, on func(spans *[2]state.Span, v string)) app.UI {
		return app.Label().Class("field").Body(app.Span().Text(label),
			&widget.DateField{ID: id, Label: label, Value: value,
				On: func(v string) { set(func(p *[2]state.Span) { on(p, v) }) }})
	}
	return app.Details().ID("compare-periods").Class("fold").Body(
		app.Summary().Text("Compare two periods"),
		app.Div().Class("versus", "noprint").Body(
			app.Div().Class("span").Attr("role", "group").Aria("label", "First period").Body(
				field("a-from", "First period from", spans[0].From,
					func(p *[2]state.Span, v string) { p[0].From = v }),
				field("a-to", "to", spans[0].To, func(p *[2]state.Span, v string) { p[0].To = v })),
			app.Div().Class("span").Attr("role", "group").Aria("label", "Second period").Body(
				field("b-from", "Second period from", spans[1].From,
					func(p *[2]state.Span, v string) { p[1].From = v }),
				field("b-to", "to", spans[1].To, func(p *[2]state.Span, v string) { p[1].To = v })),
			&widget.Button{ID: "compare-spans", Text: "Compare", Disabled: s.Running(), On: func() {
				v := state.Comparison{Of: state.OfPeriods, Problem: state.OverlapProblem(spans)}
				for i, p := range spans {
					f, name := p.Filter()
					v.Names[i], v.Filters[i] = name, []message.Filter{f}
				}
				a.compare(v)
			}}),
		app.P().Class("small", "noprint").
			Text("Both days are included. Empty: the first or the last day of the file."+later(s)),
		a.comparison(state.OfPeriods))
}

// compareValues does the same for two values of the chosen column.
func (a *App) compareValues(g *message.Groups, column string) []app.UI {
	if len(g.Values) < 2 {
		return nil
	}
	var options []widget.Option
	for _, v := range g.Values {
		options = append(options, widget.Option{v.Name, v.Name})
	}
	return []app.UI{a.compareTwo(state.OfValues, "Compare two of them",
		[3]string{"value-a", "value-b", "compare-two"}, options, &a.state.Values,
		func(names [2]string) state.Comparison {
			v := state.Comparison{Of: state.OfValues}
			for i, name := range names {
				v.Names[i], v.Filters[i] = "for “"+name+"”",
					[]message.Filter{state.CellFilter(column, g.Column, name)}
			}
			return v
		}, later(&a.state))}
}

// compareRuns does the same for runs that have ended: of the files of a queue, or of the history.
func (a *App) compareRuns(of, summary string, ids, names []string) app.UI {
	if len(ids) < 2 {
		return app.Div().Class("none")
	}
	var options []widget.Option
	for i, id := range ids {
		options = append(options, widget.Option{id, names[i]})
	}
	return a.compareTwo(of, summary, [3]string{"run-a", "run-b", "set-beside"}, options,
		&a.state.TwoRuns,
		func(runs [2]string) state.Comparison {
			v := state.Comparison{Of: of, Runs: runs}
			called, questions := state.Questions(names[slices.Index(ids, runs[0])],
				names[slices.Index(ids, runs[1])])
			for i, name := range called {
				if questions {
					name = "“" + name + "”"
				}
				v.Names[i] = "in " + name
			}
			return v
		}, "The interval assumes that no review is in both.")
}

// compareTwo renders a fold in which two of the options are chosen, stored in chosen; fields are
// the IDs of the two choices and the button.
func (a *App) compareTwo(of, summary string, fields [3]string, options []widget.Option,
	chosen *[2]string,
	versus func(two [2]string) state.Comparison, note string) app.UI {
	now := func() [2]string {
		two := [2]string{options[0].Value, options[1].Value}
		for i, value := range chosen {
			if slices.ContainsFunc(options,
				func(o widget.Option) bool { return o.Value == value }) {
				two[i] = value
			}
		}
		return two
	}
	field := func(i int, label string) app.UI {
		return app.Label().Class("field").Body(app.Span().Text(label),
			&widget.Select{ID: fields[i], Label: label, Value: now()[i], Options: options,
				On: func(_ app.Context, v string) { chosen[i] = v }})
	}
	return app.Details().ID("compare-"+of).Class("fold").Body(
		app.Summary().Text(summary),
		app.Div().Class("versus", "noprint").Body(
			field(0, "First"), field(1, "Second"),
			&widget.Button{ID: fields[2], Text: "Compare", Disabled: a.state.Running(), On: func() {
				two := now()
				v := versus(two)
				if two[0] == two[1] {
					v.Problem = "These are the same reviews. Choose two that differ."
				}
				a.compare(v)
			}}),
		app.P().Class("small", "noprint").Text(note),
		a.comparison(of))
}

// later returns the reason why nothing can be compared yet.
func later(s *state.State) string {
	if s.Running() {
		return " Comparing begins when all reviews are scored."
	}
	return ""
}

// compare requests v from the worker.
func (a *App) compare(v state.Comparison) {
	v.ID = a.state.Versus.ID + 1
	a.state.Versus = v
	if v.Problem == "" {
		a.send(message.Command{Name: message.Compare,
			Pair: &message.CompareRequest{ID: v.ID, A: v.Filters[0], B: v.Filters[1],
				Runs: v.Runs}}, nil)
	}
}

// compareAgain compares the same two groups within the reviews that are shown now.
func (a *App) compareAgain() {
	if v := a.state.Versus; v.Of != "" && v.Runs[0] == "" && v.Problem == "" {
		v.Result = nil
		a.compare(v)
	}
}

// comparison renders the result, in the part of the page that requested it.
func (a *App) comparison(of string) app.UI {
	v := a.state.Versus
	if v.Of != of {
		return app.Div().Class("none")
	}
	c := v.Result
	switch {
	case v.Problem != "":
		return widget.Trouble("compare-trouble", v.Problem, "", nil)
	case c == nil || !c.Done:
		looked := 0.0
		if c != nil {
			looked = c.Looked
		}
		return app.P().ID("comparing").Class("hint").Aria("live", live(c != nil)).
			Text("Reading both… " + format.Percent(looked))
	}
	body := []app.UI{app.P().ID("difference").Aria("live", "polite").
		Body(app.Strong().Text(format.Differs(c, v.Names)))}
	body = append(body, twoModels(c.Models))
	row := func(i int, s wire.Sum) app.UI {
		return app.Tr().Body(
			app.Th().Scope("row").Text(v.Names[i]),
			app.Td().Class("number").Body(a.behindGroup(v, i, format.Number(s.Read()))),
			shareCell(s.Share),
			betweenCell(s.Share))
	}
	if c.A.Read() > 0 && c.B.Read() > 0 {
		body = append(body, app.Table().ID("both").Class("plain").Body(
			app.Caption().Class("unseen").Text("The two groups"),
			app.THead().Body(app.Tr().Body(app.Td(), app.Th().Scope("col").Text("Scored"),
				app.Th().Scope("col").Text("Positive"),
				widget.BetweenHead())),
			app.TBody().Body(row(0, c.A), row(1, c.B))))
		body = append(body, topicShifts(c, v)...)
		body = append(body, a.shifts(c, v)...)
		body = append(body, only(c, v)...)
	}
	return app.Div().ID("comparison").Body(body...)
}

// twoModels renders a note that runs were scored by different models, if they were.
func twoModels(models []string) app.UI {
	note := format.OtherModels(models)
	if note == "" {
		return app.Div().Class("none")
	}
	return app.P().Class("small", "two-models").Text(note)
}

// behindGroup renders a number with a link to the reviews of group i, if they are available.
func (a *App) behindGroup(v state.Comparison, i int, text string) app.UI {
	if v.Runs[0] != "" {
		return app.Text(text)
	}
	return a.filterLink(text, v.Filters[i]...)
}

// only lists the phrases that stand out in one of two runs.
func only(c *message.Comparison, v state.Comparison) (out []app.UI) {
	for i, drivers := range c.Only {
		var phrases []app.UI
		for _, d := range drivers {
			phrases = append(phrases,
				app.Li().Class(d.Sentiment).Body(widget.Mark(d.Sentiment),
					app.Text(d.Phrase+" ("+format.Plural(d.Reviews, "review", "reviews")+", "+
						format.Percent(d.Share.Share)+" "+d.Sentiment+")")))
		}
		if len(phrases) > 0 {
			out = append(out, app.H3().Text("Stands out "+v.Names[i]+" only"),
				app.Ul().Class("only").Body(phrases...))
		}
	}
	return out
}

// topicShifts renders the topics of two runs, by the share of the reviews that complain about each.
func topicShifts(c *message.Comparison, v state.Comparison) []app.UI {
	if len(c.Topics) == 0 {
		return nil
	}
	rows := make([]app.UI, len(c.Topics))
	for i, s := range c.Topics {
		sentiment := "" // beyond chance
		switch {
		case s.Delta.Low > 0:
			sentiment = "negative"
		case s.Delta.High < 0:
			sentiment = "positive"
		}
		mark := app.UI(app.Span().Class("mark"))
		if sentiment != "" {
			mark = widget.Mark(sentiment)
		}
		rows[i] = shiftRow(sentiment, s, mark, app.Text(s.Phrase))
	}
	return []app.UI{
		app.H3().Text("What people complain about"),
		app.P().Class("small").Text("Topics of both, by the share of all reviews that complain " +
			"about each; in percent and points. ▼ more, ▲ fewer, beyond chance."),
		shiftTable("topic-shifts", "Topic", "Topics of both runs", v, rows),
		&widget.SaveChart{Name: "topics of two runs", Table: "topic-shifts"}}
}

// shiftRow renders a row of a table of what two groups have in common.
func shiftRow(sentiment string, s message.Shift, what ...app.UI) app.UI {
	sign := "+"
	if s.Delta.Share < 0 {
		sign = ""
	}
	return app.Tr().Class(sentiment).Body(
		app.Th().Scope("row").Body(what...),
		app.Td().Class("number").DataSet("csv", format.Exact(s.A.Share)).
			Text(format.PercentTenth(s.A.Share)),
		app.Td().Class("number").DataSet("csv", format.Exact(s.B.Share)).
			Text(format.PercentTenth(s.B.Share)),
		app.Td().Class("number").DataSet("csv", format.Exact(s.Delta.Share)).
			Text(sign+format.Tenths(s.Delta.Share)),
		app.Td().Class("number", "between").
			DataSet("csv", format.Exact(s.Delta.Low)+","+format.Exact(s.Delta.High)).
			Text(format.Tenths(s.Delta.Low)+" to "+format.Tenths(s.Delta.High)))
}

func shiftTable(id, what, caption string, v state.Comparison, rows []app.UI) app.UI {
	return app.Table().ID(id).Class("plain", "shifts").Body(
		app.Caption().Class("unseen").Text(caption),
		app.THead().Body(app.Tr().Body(
			app.Th().Scope("col").Text(what), app.Th().Scope("col").Text(v.Names[0]),
			app.Th().Scope("col").Text(v.Names[1]),
			app.Th().Scope("col").Text("Change"),
			widget.BetweenHead())),
		app.TBody().Body(rows...))
}

// shifts renders the phrases that became more or less frequent.
func (a *App) shifts(c *message.Comparison, v state.Comparison) []app.UI {
	ended := v.Runs[0] != ""
	title, note := "What became more or less frequent",
		"Complaints (▼) and praise (▲) by their share of all reviews of each group, beyond "+
			"chance; in percent and points. Equal texts count once."
	if ended {
		title, note = "What stands out in both",
			"Complaints (▼) and praise (▲) by their share of all reviews; in percent and points. "+
				"If the interval contains 0, they may be equally frequent in both."
	}
	if len(c.Shifts) == 0 && ended {
		return []app.UI{app.P().Class("small").
			Text("No complaint or praise stands out in both.")}
	}
	if len(c.Shifts) == 0 {
		return []app.UI{app.P().Class("small").
			Text("No complaint and no praise is more frequent in one of them than chance " +
				"would have it.")}
	}
	var rows []app.UI
	for _, s := range c.Shifts {
		more := 0 // the group in which it is more frequent
		if s.Delta.Share > 0 {
			more = 1
		}
		filters := append([]message.Filter{state.PhraseFilter(s.Phrase),
			state.SentimentFilter(s.Sentiment)},
			v.Filters[more]...)
		var phrase app.UI = app.Text(s.Phrase)
		if !ended {
			phrase = &widget.Pick{Text: s.Phrase,
				Label: s.Phrase + ", " + s.Sentiment + " reviews " + v.Names[more] +
					": show them", Filters: filters, On: a.pick}
		}
		rows = append(rows, shiftRow(s.Sentiment, s, widget.Mark(s.Sentiment), phrase))
	}
	return []app.UI{
		app.H3().Text(title),
		app.P().Class("small").Text(note),
		shiftTable("shifts", "Phrase", "Phrases whose frequency differs", v, rows),
		&widget.SaveChart{Name: "what changed", Table: "shifts"}}
}
