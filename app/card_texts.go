package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/state"
	"reviewlens/app/widget"
)

// textChoice renders, above the start button, the choice between several texts of the file.
func (a *App) textChoice() app.UI {
	s := &a.state
	if len(s.Choices()) == 0 || s.Queue != nil && s.Queue.Running {
		return app.Div().Class("none")
	}
	return app.Div().ID("text-choice").Class("text-choice").Body(
		app.P().Class("small").Text(severalTexts(s)+" One is analysed at a time, or all as one."),
		a.chooseText(func(c message.Choice) {
			if s.Progress != nil {
				a.analyse(c)
				return
			}
			s.Preview.Columns = c.Columns
			a.reinterpret(nil, &c.Columns)
		}))
}

// severalTexts returns how many texts the file has, in words.
func severalTexts(s *state.State) string {
	return "People wrote in " + format.Number(len(questions(s))) + " columns of this file."
}

// questions returns the texts that are one column each.
func questions(s *state.State) (single []message.Choice) {
	for _, c := range s.Choices() {
		if len(c.Columns.Texts()) == 1 {
			single = append(single, c)
		}
	}
	return single
}

// chooseText renders the choice of the text that is analysed.
func (a *App) chooseText(choose func(message.Choice)) app.UI {
	s := &a.state
	var options []widget.Option
	for _, c := range s.Choices() {
		options = append(options, widget.Option{Value: c.Label, Text: c.Label})
	}
	const label = "Which text is analysed"
	return app.Label().Class("field").Body(app.Span().Text(label),
		&widget.Select{ID: "text", Label: label, Value: s.Label(), Options: options,
			On: func(_ app.Context, v string) {
				for _, c := range s.Choices() {
					if c.Label == v && v != s.Label() {
						choose(c)
					}
				}
			}})
}

// textsCard renders the choice between several texts of the file, and compares their results.
func (a *App) textsCard() app.UI {
	s := &a.state
	if len(s.Choices()) == 0 || s.Queue != nil {
		return app.Section().Class("none")
	}
	note := severalTexts(s) + " What is below is of one of them."
	if len(s.Preview.Columns.Texts()) > 1 {
		note = severalTexts(s) + " What is below is of several, read as one text."
	}
	body := []app.UI{app.P().ID("which-text").Class("small", "noprint").Text(note),
		app.P().Class("on-paper").Body(app.Text("Text: "), app.Strong().Text(s.Label())),
		a.chooseText(a.analyse)}
	if _, more := s.NextText(); more && !s.AllTexts && s.Progress.State != message.Running {
		body = append(body, &widget.Button{ID: "all-texts", Text: "Score each of them",
			On: func() {
				a.analyseAll()
				a.focusNext("pause")
			}})
	}
	body = append(body, a.textsTable())
	return app.Section().ID("texts").Class("card", "texts").Body(body...)
}

// textsTable renders the results of each analysed text, if there are two or more.
func (a *App) textsTable() app.UI {
	s := &a.state
	if len(s.Analysed) < 2 {
		return app.Div().Class("none")
	}
	var rows []app.UI
	for _, c := range s.Choices() {
		found, ok := s.Analysed[c.Label]
		if !ok {
			continue
		}
		name := app.Th().Scope("row")
		if c.Label == s.Label() {
			name = name.Aria("current", "true").Body(app.Strong().Text(c.Label))
		} else {
			name = name.Body(&textLink{Choice: c, On: a.analyseListed})
		}
		cells := []app.UI{name, app.Td().Class("number").Text(format.Number(found.Scored))}
		if found.Scored == 0 {
			cells = append(cells, app.Td().Class("number").Text("–"), app.Td().Class("between"))
		} else {
			cells = append(cells, shareCell(found.Share), betweenCell(found.Share))
		}
		rows = append(rows, app.Tr().Body(cells...))
	}
	return app.Div().Class("scrolls").Body(app.Table().ID("texts-numbers").Class("plain").Body(
		app.Caption().Class("unseen").Text("What came of each text"),
		app.THead().Body(app.Tr().Body(app.Th().Scope("col").Text("Text"),
			app.Th().Scope("col").Class("number").Text("Answers"),
			app.Th().Scope("col").Class("number").Text("Positive"),
			app.Th().Scope("col").Class("number", "between").Text(widget.Between))),
		app.TBody().Body(rows...)))
}

// textLink is the name of a text; a click analyses it.
type textLink struct {
	app.Compo

	Choice message.Choice
	On     func(message.Choice)
}

func (l *textLink) onClick(ctx app.Context, e app.Event) { l.On(l.Choice) }

func (l *textLink) Render() app.UI {
	return app.Button().Type("button").Class("pick").Text(l.Choice.Label).OnClick(l.onClick)
}

// analyseListed is analyse for a link, which goes away: the focus moves to the choice.
func (a *App) analyseListed(c message.Choice) {
	a.analyse(c)
	a.focusNext("text")
}

// analyse analyses another text of the file, or shows its results, at its address.
func (a *App) analyse(c message.Choice) { a.analyseText(c, false) }

func (a *App) analyseText(c message.Choice, wait bool) {
	s := &a.state
	s.AnalyseText(c)
	a.send(message.Command{Name: message.Analyse, Columns: &c.Columns, Wait: wait,
		Topics: s.WantsTopics()}, nil)
	a.navigate(state.ScreenResults)
}

// analyseAll analyses one question after the other.
func (a *App) analyseAll() {
	if c, ok := a.state.NextText(); ok {
		// it is not yet in the history
		ended := a.state.Progress.State == message.Finished
		a.state.AllTexts = true
		a.analyseText(c, ended)
	}
}

// analyseRequested analyses the text that an address requests, if it is another one.
func (a *App) analyseRequested(query string) bool {
	s := &a.state
	s.PendingQuery = query
	c, ok := s.WantedText()
	if !ok || s.Queue != nil {
		s.PendingQuery = ""
		return false
	}
	a.analyse(c)
	return true
}

// stepTexts continues after an event: with the text that the address requests, or the next of all.
func (a *App) stepTexts(e message.Event) {
	s := &a.state
	if c, ok := s.WantedText(); ok && s.Queue == nil {
		switch {
		case s.Progress != nil:
			a.analyse(c)
		case e.Name == message.EventPreview && !s.ColumnsChosen && !s.Resuming:
			s.Preview.Columns = c.Columns
			a.reinterpret(nil, &c.Columns)
		}
		return
	}
	if !s.AllTexts || e.Name != message.EventProgress {
		return
	}
	switch s.Progress.State {
	case message.Running, message.Paused:
	case message.Finished:
		s.AllTexts = false
		a.analyseAll()
	default:
		s.AllTexts = false
	}
}
