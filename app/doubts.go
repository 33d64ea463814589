package app

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/state"
	"reviewlens/app/widget"
	"reviewlens/reviews/report"
)

// The labels of the controls that a doubt may name.
const (
	labelAbove    = "Lines above the table"
	labelHeader   = "The first row"
	labelEncoding = "Letters are written as"
	labelOrder    = "In dates comes first"
	labelBest     = "The best rating is"
)

// doubt is a guess that should be checked, and the control that settles it, if there is one.
type doubt struct {
	text, control string // control: its ID
	label, settle string // its name in a sentence, and how the sentence goes on
}

// paragraph renders the doubt, with a button that leads to the control.
func (d doubt) paragraph(id string) app.UI {
	body := []app.UI{app.Text("Check this: " + d.text)}
	if d.control != "" {
		body = append(body, app.Text("; "), &widget.Button{ID: id, Text: d.label,
			On: func() { page.Focus(d.control) }}, app.Text(" "+d.settle))
	}
	return app.P().Class("small", "doubt").Body(append(body, app.Text("."))...)
}

// doubts returns the guesses that should be checked, and what was not understood of the rows.
func doubts(p *message.Preview, c *message.Count) (all []doubt) {
	for _, d := range p.Doubts {
		if len(p.Questions) > 0 && d.Detail == p.Questions[0].Doubt { // a question covers it
			continue
		}
		all = append(all, settled(p, d))
	}
	if c == nil {
		return all
	}
	for _, text := range c.Doubts {
		all = append(all, doubt{text: text})
	}
	if c.Unread > 0 {
		of := "all"
		if c.Looked < c.Distinct {
			of = "the first"
		}
		them := "them"
		if c.Unread == 1 {
			them = "it"
		}
		all = append(all, doubt{text: "of " + of + " " + format.Plural(c.Looked, "text", "texts") +
			", " + report.Reasons(c.Unread, c.NoWords, c.Languages) +
			": the model reads English, and will set " + them + " apart"})
	}
	return all
}

// settled adds the control that settles a doubt, if there is one.
func settled(p *message.Preview, d wire.Doubt) doubt {
	named := func(control, label string) doubt {
		return doubt{d.Detail, control, "“" + label + "”", "below settles it"}
	}
	switch d.Parameter {
	case "":
		return doubt{text: d.Detail}
	case "lines_above":
		return named("preamble", labelAbove)
	case "header_rows":
		return named("header", labelHeader)
	case "encoding":
		return named("encoding", labelEncoding)
	case "dayfirst":
		return named("day-order", labelOrder)
	case "stars_of":
		return named("stars-of", labelBest)
	}
	if len(p.Header) > shownColumns { // the column may not be shown
		for _, role := range roles[1:] {
			if role.Value == d.Parameter {
				return named("column-"+d.Parameter, role.Text)
			}
		}
	}
	column := 0
	for i := range p.Header {
		if state.Role(p.Columns, i) == d.Parameter {
			column = i
		}
	}
	return doubt{d.Detail, "role-" + strconv.Itoa(column), "the choices above the columns",
		"settle it"}
}
