package app

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/widget"
)

// firstTopics is the number of topics listed until a reader requests all. A run of the history
// lists all of them: it has no state of its own that a button could change.
const firstTopics = 12

// topicsCard renders the topics of the reviews and the sentiment about each: a list, and next to it
// the open topic.
func (a *App) topicsCard() app.UI {
	t := a.state.Topics()
	if t == nil {
		return app.Section().Class("none")
	}
	body := []app.UI{app.H2().Text("Why?"), a.topicUndo()}
	if len(t.List) == 0 {
		body = append(body, app.P().ID("no-topics").Class("hint").
			Text("No topic stands out: there are too few reviews, or they speak of too many "+
				"different things."))
		body = append(body, a.ownTopics())
		return app.Section().ID("topics").Class("card").Body(body...)
	}
	body = append(body, app.P().ID("spoken").Class("small").
		Text("What reviews speak of, and how they feel about each. "+
			format.Number(t.Spoken)+" of "+format.Plural(t.Reviews, "review speaks",
			"reviews speak")+" of at least one of these. Equal texts count once."+oneIn(t)))
	class := "topics"
	if a.state.OpenTopic() != nil && !a.state.NumbersOnly {
		class += " open"
	}
	body = append(body, app.Div().Class(class).Body(a.topicList(t), a.topicPanel()),
		a.suggestions(t), a.ownTopics())
	return app.Section().ID("topics").Class("card").Body(body...)
}

// oneIn returns the note that only a sample of the texts of a huge file is counted.
func oneIn(t *wire.Topics) string {
	if t.OneIn < 2 {
		return ""
	}
	return " One text in " + format.Number(t.OneIn) + " was counted."
}

// topicsDrawn holds the dependencies of topicsCard, for memo.
type topicsDrawn struct {
	Topics *wire.Topics
	Open   string
	Form   string
	All    bool
	Steps  int
	Note   string
	Hidden int
	Scope  string // while scores arrive, without how many there are
	State  string
}

// topicsOf returns everything that topicsCard depends on.
func (a *App) topicsOf() any {
	s := &a.state
	scope := s.Scope()
	if s.Running() {
		scope = s.Only()
	}
	return topicsDrawn{Topics: s.Topics(), Open: s.Topic, Form: s.TopicForm, All: s.AllTopics,
		Steps: len(s.TopicSteps), Note: s.TopicNote, Hidden: len(s.Hidden()), Scope: scope,
		State: s.Progress.State}
}

// topicList renders the table of topics.
func (a *App) topicList(t *wire.Topics) app.UI {
	shown := t.List
	if !a.state.AllTopics && !a.state.NumbersOnly {
		shown = shown[:min(len(shown), firstTopics)]
	}
	rows := make([]app.UI, len(shown))
	for i := range shown {
		rows[i] = a.topicRow(i, &shown[i])
	}
	body := []app.UI{app.Table().ID("topic-numbers").Class("plain").Body(
		app.Caption().Class("unseen").Text("Topics, those of most reviews first"),
		app.THead().Body(app.Tr().Body(
			app.Th().Scope("col").Text("Topic"),
			app.Th().Scope("col").Class("number").Text("Reviews"),
			app.Th().Scope("col").Class("number").Text("Negative"),
			widget.BetweenHead(),
			app.Th().Scope("col").Class("wide").
				Body(app.Span().Class("unseen").Text("Split")),
			app.Th().Scope("col").Class("number", "impact").Text("Impact"))),
		app.TBody().Body(rows...))}
	if more := len(t.List) - len(shown); more > 0 {
		body = append(body, &widget.Button{ID: "all-topics",
			Text: "Show all " + format.Plural(len(t.List), "topic", "topics"),
			On: func() {
				a.state.AllTopics = true
				a.focusNext("topic-" + strconv.Itoa(firstTopics)) // the first of the others
			}})
	}
	body = append(body,
		app.P().Class("small").Body(
			app.Text("▼ More complaints than topics have on the whole, beyond chance; ▲ fewer."),
			app.Span().Class("impact").Text(" Impact: by how many points the share of positive "+
				"reviews would rise if nobody complained about the topic.")),
		&widget.SaveChart{Name: "topics" + a.state.Suffix(), Table: "topic-numbers"})
	return app.Div().Class("listed").Body(body...)
}

func (a *App) topicRow(i int, t *wire.Topic) app.UI {
	open := t.Name == a.state.Topic
	name := []app.UI{app.Text(t.Name)}
	if !a.state.NumbersOnly {
		name = []app.UI{&topicButton{At: i, Name: t.Name, Stand: t.Stand, Open: open,
			On: a.openTopic}}
	}
	// rendered by the stylesheet, so that a saved table has only the name
	for _, note := range []struct {
		is   bool
		text string
	}{{t.Pinned, "pinned"}, {t.Proper, "a name"}} {
		if note.is {
			name = append(name, app.Span().Class("note").DataSet("note", note.text))
		}
	}
	class := sentimentOf(t.Stand)
	mark := app.UI(app.Span().Class("mark"))
	if class != "" {
		mark = widget.Mark(class)
	}
	name = append([]app.UI{mark}, name...)
	if open {
		class += " open"
	}
	return app.Tr().Class(class).Body(
		app.Th().Scope("row").Body(name...),
		app.Td().Class("number").Text(format.Number(t.Reviews)),
		shareCell(t.Share),
		betweenCell(t.Share),
		app.Td().Class("wide").Body(topicSplit(t)),
		app.Td().Class("number", "impact").
			DataSet("csv", strconv.FormatFloat(t.Impact, 'f', 2, 64)).Text(format.Impact(t.Impact)))
}

// sentimentOf returns the colour of a topic that stands out.
func sentimentOf(stand string) string {
	switch stand {
	case "praised":
		return "positive"
	case "complained":
		return "negative"
	}
	return ""
}

// topicSplit renders the bar of a topic: those who complain, matching the share next to it, those
// who do neither, and those who only praise it.
func topicSplit(t *wire.Topic) app.UI {
	return widget.Split(format.TopicCounts(t), t.Negative+t.Mixed, t.Neutral, t.Positive)
}

// topicButton opens a topic.
type topicButton struct {
	app.Compo

	At    int
	Name  string
	Stand string
	Open  bool
	On    func(name string)
}

func (b *topicButton) onClick(ctx app.Context, e app.Event) { b.On(b.Name) }

func (b *topicButton) Render() app.UI {
	label := b.Name
	switch b.Stand {
	case "praised":
		label += ", fewer complaints than other topics"
	case "complained":
		label += ", more complaints than other topics"
	}
	return app.Button().Type("button").ID("topic-"+strconv.Itoa(b.At)).Class("pick").
		Aria("label", label).Aria("expanded", b.Open).Aria("controls", "topic").Text(b.Name).
		OnClick(b.onClick)
}

// openTopic shows a topic next to the list, or closes it if it is open.
func (a *App) openTopic(name string) {
	if name == a.state.Topic {
		a.closeTopic()
		return
	}
	a.state.Topic, a.state.TopicForm = name, ""
	a.goTo(a.state.Address())
	a.ctx.Defer(func(app.Context) {
		page.Focus("topic-title")
		page.Reveal("topic")
	})
}

// closeTopic returns to the list.
func (a *App) closeTopic() {
	at := a.state.TopicAt(a.state.Topic)
	a.state.Topic, a.state.TopicForm = "", ""
	a.goTo(a.state.Address())
	if at >= 0 {
		a.ctx.Defer(func(app.Context) { page.Focus("topic-" + strconv.Itoa(at)) })
	}
}

// sendScheme sends the worker the current scheme.
func (a *App) sendScheme() {
	scheme := a.state.Scheme
	a.send(message.Command{Name: message.Arrange, Scheme: &scheme}, nil)
}

// schemeChanged applies the consequences of a change of the scheme.
func (a *App) schemeChanged(changed bool) {
	if !changed {
		return
	}
	a.keepTopics()
	a.sendScheme()
	a.refreshTopicView()
	a.goTo(a.state.Address())
	if len(a.state.TopicSteps) == 0 { // there is no such button any more
		a.focusNext("topic-undo")
		return
	}
	a.focusNext("undo-topic")
}

// refreshTopicView requests the reviews that pass the current filters by topics.
func (a *App) refreshTopicView() {
	if !a.state.ViewIsCurrent() {
		a.applyFilters()
	} else if a.state.FilterBy(message.OfTopic) {
		a.requestView()
	}
}

// topicUndo renders the last change, and a button that undoes it.
func (a *App) topicUndo() app.UI {
	s := &a.state
	if s.NumbersOnly {
		return app.Div().Class("none")
	}
	status := app.Div().ID("topic-undo").Attr("role", "status").TabIndex(-1)
	n := len(s.TopicSteps)
	switch {
	case s.TopicNote != "":
		return status.Class("undo", "noprint").Body(app.P().Text(s.TopicNote))
	case n == 0:
		return status
	}
	return status.Class("undo", "noprint").Body(
		app.P().Text(s.TopicSteps[n-1].Done),
		app.Button().Type("button").ID("undo-topic").Text("Undo").OnClick(a.onUndoTopic))
}

func (a *App) onUndoTopic(ctx app.Context, e app.Event) { a.schemeChanged(a.state.UndoTopics()) }

// suggestions renders pairs of topics that might be the same.
func (a *App) suggestions(t *wire.Topics) app.UI {
	const most = 3
	if len(t.Suggestions) == 0 || a.state.NumbersOnly {
		return app.Div().Class("none")
	}
	var items []app.UI
	for _, s := range t.Suggestions[:min(len(t.Suggestions), most)] {
		items = append(items, &suggestion{Topics: s.Topics, On: a.acceptSuggestion})
	}
	return app.Div().ID("suggestions").Class("noprint").Body(
		app.H3().Text("One topic or two?"), app.Ul().Class("only").Body(items...))
}

// suggestion renders one of these pairs.
type suggestion struct {
	app.Compo

	Topics [2]string
	On     func(topics [2]string)
}

func (s *suggestion) onClick(ctx app.Context, e app.Event) { s.On(s.Topics) }

func (s *suggestion) Render() app.UI {
	return app.Li().Body(
		app.Text("“"+s.Topics[0]+"” and “"+s.Topics[1]+"” "),
		app.Button().Type("button").Class("pick").Text("make them one").
			Aria("label", "Make “"+s.Topics[1]+"” part of “"+s.Topics[0]+"”").OnClick(s.onClick))
}

func (a *App) acceptSuggestion(topics [2]string) {
	a.schemeChanged(a.state.MergeTopic(topics[1], topics[0]))
}

// ownTopics renders the changes, with buttons to export them to a file and to import one.
func (a *App) ownTopics() app.UI {
	s := &a.state
	if s.NumbersOnly {
		return app.Div().Class("none")
	}
	var again app.UI = app.Span().Class("none")
	if hidden := s.Hidden(); len(hidden) > 0 {
		text := "Show again: " + strings.Join(hidden[:min(len(hidden), 3)], ", ")
		if len(hidden) > 3 {
			text += ", …"
		}
		again = app.Button().Type("button").ID("show-topics").Text(text).OnClick(a.onShowTopics)
	}
	unused := ""
	if t := s.Topics(); t != nil && len(t.Unused) > 0 {
		unused = " No review speaks of: " + strings.Join(t.Unused, ", ") + "."
	}
	return app.Details().ID("own-topics").Class("fold", "noprint").Body(
		app.Summary().Text("Your own topics"),
		app.P().Class("small").Text("Topics that you rename, merge, split, hide or pin stay so in "+
			"this browser, for the next file, too. As a file they go to another browser, to the "+
			"command line and to the service."+unused),
		app.Div().Class("exports").Body(
			app.Button().Type("button").ID("save-topics").Text("Save as a file").
				Disabled(s.SchemeJSON() == "").OnClick(a.onSaveTopics),
			app.Label().Class("button").Body(
				app.Input().Type("file").ID("topics-file").Class("unseen").
					Accept(".json,application/json"),
				app.Text("Load a file")),
			again))
}

func (a *App) onShowTopics(ctx app.Context, e app.Event) { a.schemeChanged(a.state.ShowTopics()) }

func (a *App) onSaveTopics(ctx app.Context, e app.Event) {
	page.SaveText("topics.json", "application/json", a.state.SchemeJSON())
}

// loadTopics applies the scheme of a chosen file.
func (a *App) loadTopics(text string) { a.schemeChanged(a.state.LoadScheme(text)) }

// keepTopics stores this reader's topics in this browser, which also notifies its other tabs.
// Changes made by those are not stored again: that would undo their later ones.
func (a *App) keepTopics() { page.Prefer("topics", a.state.SchemeJSON()) }

// topicsSwitch renders, before the start, the cost of finding topics and a way to omit them.
func (a *App) topicsSwitch() app.UI {
	s := &a.state
	switch {
	case s.Model == "":
		return app.Div().Class("none")
	case !s.HasTopics:
		return app.P().ID("topics-missing").Class("small").Text(topicsMissing)
	}
	return app.Div().ID("find-topics").Class("where").Body(
		&widget.Checkbox{ID: "with-topics", Text: "Find topics", On: !s.NoTopics,
			Set: a.setTopics},
		app.P().Class("small").Text("What reviews speak of, and how they feel about each. "+
			"Takes about "+strconv.FormatFloat(message.TopicsCost, 'f', 1, 64)+
			" times as long."))
}

// topicsMissing says why there are no topics, and how to get them.
const topicsMissing = "This server's model finds no topics: its folder has no aspect model " +
	"(aspects.onnx). Phrases that set reviews apart are found all the same."

func (a *App) setTopics(on bool) {
	a.state.NoTopics = !on
	value := ""
	if !on {
		value = "no"
	}
	page.Prefer("find-topics", value)
}

// topicsLater offers to find the topics of a run that was made without, and of the texts that were
// scored while the aspect model was not available.
func (a *App) topicsLater() app.UI {
	s := &a.state
	missed := s.Progress.MissedTopics
	if s.NumbersOnly || s.Topics() != nil && missed == 0 ||
		s.Progress.State != message.Finished {
		return app.Div().Class("none")
	}
	if !s.HasTopics {
		return app.P().ID("topics-missing").Class("small").Text(topicsMissing)
	}
	why := "Topics were not looked for. "
	if missed > 0 {
		why = "In " + format.Plural(missed, "text", "texts") + " topics were not looked for: " +
			"what finds them could not be had. "
	}
	return app.P().ID("topics-later").Class("small", "noprint").Body(
		app.Text(why),
		app.Button().Type("button").ID("look-for-topics").Class("pick").
			Text("Find what these reviews speak of").OnClick(a.onTopicsLater))
}

func (a *App) onTopicsLater(ctx app.Context, e app.Event) {
	a.state.RunProblem = nil
	a.send(message.Command{Name: message.Start, Topics: true}, nil)
}
