package app

import (
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/api/wire"
	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/state"
	"reviewlens/app/widget"
	"reviewlens/reviews/excerpt"
	"reviewlens/reviews/report"
)

// topicPanel renders the open topic: its figures, its trend, quotes, a link to its reviews, and
// what a reader can change.
func (a *App) topicPanel() app.UI {
	t := a.state.OpenTopic()
	if t == nil || a.state.NumbersOnly {
		return app.Div().ID("topic").Class("none")
	}
	body := []app.UI{
		app.Div().Class("titled").Body(
			app.H3().ID("topic-title").TabIndex(-1).Text(t.Name),
			app.Button().Type("button").ID("close-topic").Class("quiet").Text("Close").
				OnClick(a.onCloseTopic)),
		app.P().ID("topic-spoken").Text(format.TopicCounts(t)),
		app.P().Class("small").Text(topicNotes(t)),
		app.P().Class("picks", "noprint").Body(
			a.filterLink("Its reviews", state.TopicFilter(t.Name, "")), app.Text(" "),
			a.filterLink("Complaints", state.TopicFilter(t.Name, "negative")), app.Text(" "),
			a.filterLink("Praise", state.TopicFilter(t.Name, "positive"))),
		a.topicActs(t),
	}
	sum := a.state.Shown()
	for _, c := range t.Changes {
		body = append(body, app.P().Class("change").Text(format.TopicChange(sum.Unit, c)))
	}
	if len(t.Periods) > 1 {
		body = append(body, a.topicTrend(sum.Unit, t))
	}
	for _, q := range t.Quotes {
		body = append(body, a.topicQuote(q))
	}
	return app.Section().ID("topic").Class("topic").Aria("labelledby", "topic-title").Body(body...)
}

// topicNotes returns further findings on a topic.
func topicNotes(t *wire.Topic) string {
	notes := "Complained about in " + format.Share(t.Share) + " of them (" +
		format.Between(t.Share) + ")"
	if impact := format.Impact(t.Impact); impact != "–" {
		notes += "; if nobody complained about it, " + impact + " points of positive reviews"
	}
	notes += "."
	if len(t.Forms) > 1 {
		const most = 6
		notes += " Written as: " + strings.Join(t.Forms[:min(len(t.Forms), most)], ", ")
		if len(t.Forms) > most {
			notes += ", and otherwise"
		}
		notes += "."
	}
	if note := report.Contrary(*t); note != "" {
		notes += " " + note
	}
	switch {
	case t.Implied:
		notes += " Most reviews imply it without its name."
	case t.Proper:
		notes += " It is a name: of a brand, or of another product."
	}
	return notes
}

// topicTrend renders how many reviews mention a topic in each period, and how many complain.
func (a *App) topicTrend(unit string, t *wire.Topic) app.UI {
	labels := make([]string, len(t.Periods))
	rows := make([]app.UI, len(t.Periods))
	for i, p := range t.Periods {
		labels[i] = format.When(unit, p.From)
		share := "–"
		if p.Reviews > 0 {
			share = format.Percent(float64(p.Negative) / float64(p.Reviews))
		}
		rows[i] = app.Tr().Body(
			app.Th().Scope("row").Text(labels[i]),
			app.Td().Class("number").Text(format.Number(p.Reviews)),
			app.Td().Class("number").Text(format.Number(p.Negative)),
			app.Td().Class("number").Text(share))
	}
	return app.Div().Class("topic-trend").Body(
		app.P().Class("small").
			Text("Reviews that speak of it by "+unit+"; orange: those that complain."),
		&widget.Chart{ID: "topic-chart", Draw: "topic",
			Label: "Reviews that speak of " + t.Name + " by " + unit + ", and complaints",
			Data:  format.JSON(map[string]any{"labels": labels, "periods": t.Periods})},
		widget.Numbers("topic-periods", "Reviews that speak of "+t.Name+" by "+unit,
			[]string{"From", "Reviews", "Complaints", "Share"}, rows),
		&widget.SaveChart{Name: "reviews about " + t.Name + " over time" + a.state.Suffix(),
			Chart: "topic-chart", Table: "topic-periods"})
}

// topicContext is the part of a long review shown around the mention of a topic.
var topicContext = excerpt.Size{Before: 160, After: 160}

// topicQuote renders a review that mentions a topic, with the mention marked.
func (a *App) topicQuote(q wire.Quote) app.UI {
	before, match, after := topicContext.Runes(q.Text, q.Start, q.End)
	return a.quoted(q.Row, q.Polarity, app.P().Class("text").Body(
		app.Text(before), mentionMark(q.Polarity, app.Text(match)), app.Text(after)))
}

// mentionMark marks the mention of a topic; the polarity is heard, not seen.
func mentionMark(polarity string, text ...app.UI) app.UI {
	return app.Mark().Class("spoken", polarity).Body(
		append(text, app.Span().Class("unseen").Text(" ("+polarity+")"))...)
}

// topicActs renders what a reader can change in a topic.
func (a *App) topicActs(t *wire.Topic) app.UI {
	switch a.state.TopicForm {
	case state.FormRename:
		return &renameTopic{Name: t.Name, Save: a.renameTopic, Leave: a.leaveTopicForm}
	case state.FormMerge:
		return a.mergeTopic(t)
	case state.FormSplit:
		return a.splitTopic(t)
	}
	pin := "Pin"
	if t.Pinned {
		pin = "Unpin"
	}
	return app.Div().Class("acts", "noprint").Body(
		&widget.Button{ID: "rename-topic", Text: "Rename", Label: "Rename “" + t.Name + "”",
			On: func() { a.formOfTopic(state.FormRename, "topic-name") }},
		&widget.Button{ID: "merge-topic", Text: "Merge…", Disabled: len(a.state.Topics().List) < 2,
			Label: "Merge “" + t.Name + "” into another topic",
			On:    func() { a.formOfTopic(state.FormMerge, "merge-into") }},
		&widget.Button{ID: "split-topic", Text: "Split…", Disabled: len(a.state.Parts(t)) == 0,
			Label: "Split a part of “" + t.Name + "” off",
			On:    func() { a.formOfTopic(state.FormSplit, "split-off") }},
		&widget.Button{ID: "hide-topic", Text: "Hide", Label: "Hide “" + t.Name + "”",
			On: func() { a.schemeChanged(a.state.HideTopic(a.state.Topic)) }},
		&widget.Button{ID: "pin-topic", Text: pin, Label: pin + " “" + t.Name + "”",
			On: func() {
				if now := a.state.OpenTopic(); now != nil {
					a.schemeChanged(a.state.PinTopic(now.Name, !now.Pinned))
				}
			}})
}

func (a *App) formOfTopic(form, focus string) {
	a.state.TopicForm = form
	a.ctx.Defer(func(app.Context) { page.Focus(focus) })
}

func (a *App) leaveTopicForm() { a.formOfTopic("", a.state.TopicForm+"-topic") }

func (a *App) renameTopic(to string) {
	if !a.state.RenameTopic(a.state.Topic, to) {
		a.leaveTopicForm()
		return
	}
	a.schemeChanged(true)
}

// mergeTopic renders the choice of the topic that another becomes part of.
func (a *App) mergeTopic(t *wire.Topic) app.UI {
	options := []widget.Option{{Value: "", Text: "choose a topic"}}
	for _, other := range a.state.Topics().List {
		if other.Name != t.Name {
			options = append(options, widget.Option{Value: other.Name, Text: other.Name})
		}
	}
	return app.Div().Class("renaming", "noprint").Body(
		app.Label().Class("field").Body(app.Span().Text("Make it part of"),
			&widget.Select{ID: "merge-into", Label: "The topic that “" + t.Name +
				"” becomes part of",
				Options: options, On: func(ctx app.Context, into string) {
					a.schemeChanged(a.state.MergeTopic(a.state.Topic, into))
				}}),
		&widget.Button{ID: "leave-merge", Text: "Cancel", On: a.leaveTopicForm})
}

// splitTopic renders the choice of the part of a topic that becomes a topic of its own.
func (a *App) splitTopic(t *wire.Topic) app.UI {
	options := []widget.Option{{Value: "", Text: "choose a part"}}
	for _, part := range a.state.Parts(t) {
		options = append(options, widget.Option{Value: part, Text: part})
	}
	return app.Div().Class("renaming", "noprint").Body(
		app.Label().Class("field").Body(app.Span().Text("Make a topic of"),
			&widget.Select{ID: "split-off", Label: "The part of “" + t.Name +
				"” that becomes a topic of its own",
				Options: options, On: func(ctx app.Context, part string) {
					a.schemeChanged(a.state.SplitTopic(a.state.Topic, part))
				}}),
		&widget.Button{ID: "leave-split", Text: "Cancel", On: a.leaveTopicForm})
}

// renameTopic is the form for a topic's name.
type renameTopic struct {
	app.Compo

	Name  string
	Save  func(to string)
	Leave func()
}

func (r *renameTopic) onSave(ctx app.Context, e app.Event) {
	e.PreventDefault()
	r.Save(app.Window().GetElementByID("topic-name").Get("value").String())
}

func (r *renameTopic) onLeave(ctx app.Context, e app.Event) { r.Leave() }

func (r *renameTopic) onKey(ctx app.Context, e app.Event) {
	if e.Get("key").String() == "Escape" {
		e.PreventDefault()
		r.Leave()
	}
}

func (r *renameTopic) Render() app.UI {
	return app.Form().Class("renaming", "noprint").OnSubmit(r.onSave).Body(
		app.Label().Class("field").Body(app.Span().Text("Name of the topic"),
			app.Input().ID("topic-name").Type("text").Value(r.Name).MaxLength(message.MaxTopicName).
				Required(true).AutoComplete(false).OnKeyDown(r.onKey)),
		app.Button().Type("submit").ID("save-topic-name").Class("primary").Text("Save"),
		app.Button().Type("button").ID("leave-topic-name").Text("Cancel").OnClick(r.onLeave))
}

func (a *App) onCloseTopic(ctx app.Context, e app.Event) { a.closeTopic() }

// inTitle returns the marks of a review's title, or those of its text.
func inTitle(w *message.Whole, title bool) (out []message.TopicMention) {
	for _, s := range w.Spoken {
		if s.Title == title {
			out = append(out, s)
		}
	}
	return out
}

// markMentions renders a text, which begins at a byte of the review's, and marks its mentions of
// topics.
func markMentions(text string, at int, mentions []message.TopicMention) []app.UI {
	return marksIn(text, at, mentions, func(from, to int) []app.UI {
		return []app.UI{app.Text(text[from:to])}
	})
}

// mentionedTopics lists the topics that a review mentions, with links to others with the same
// polarity.
func (a *App) mentionedTopics(mentions []message.TopicMention) app.UI {
	if len(mentions) == 0 {
		return app.Div().Class("none")
	}
	var items []app.UI
	listed := map[string]bool{}
	for _, s := range mentions {
		key := s.Topic + "\n" + s.Polarity
		if s.Topic == "" || listed[key] {
			continue
		}
		listed[key] = true
		class, polarity := s.Polarity, s.Polarity
		if polarity == "neutral" {
			class, polarity = "unsure", ""
		}
		items = append(items, app.Li().Class(class).Body(widget.Mark(class), &widget.Pick{
			Text: s.Topic, Label: s.Topic + ", " + s.Polarity + ": show the reviews that say so",
			On: a.pickFromRow, Filters: []message.Filter{state.TopicFilter(s.Topic, polarity)}}))
	}
	return app.Div().ID("speaks-of").Class("why").Body(
		app.P().Class("small").Text("It speaks of:"),
		app.Ul().Class("words-that-count").Body(items...))
}

// marksIn cuts a text at the marks of its mentions and calls draw to render each part, which has
// the bytes [from, to).
func marksIn(text string, at int, mentions []message.TopicMention,
	draw func(from, to int) []app.UI) (out []app.UI) {
	done := 0
	for _, s := range mentions {
		from, to := max(s.From-at, done), min(s.To-at, len(text))
		if from >= to {
			continue
		}
		out = append(out, draw(done, from)...)
		out = append(out, mentionMark(s.Polarity, draw(from, to)...))
		done = to
	}
	return append(out, draw(done, len(text))...)
}
