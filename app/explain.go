package app

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/widget"
)

// explained renders the reasons for a verdict: a warning if the text is not English, its sentences
// tinted by their own scores, with mentions of topics marked, and the words that count. It renders
// nothing until the worker has sent them.
func explained(x *message.Explained, mentions []message.TopicMention) app.UI {
	if x == nil {
		return app.Div().Class("none")
	}
	body := []app.UI{}
	boxed := ""
	if len(mentions) > 0 {
		boxed = "; framed: what it speaks of"
	}
	if x.Language != "" {
		body = append(body, app.P().ID("language").Class("ask").
			Text("This looks like "+x.Language+". The model reads English."))
	}
	body = append(body, app.P().ID("sentences").Class("sentences").Body(tinted(x, mentions)...))
	if x.Unread {
		return app.Div().ID("explained").Class("explained").Body(body...)
	}
	if len(x.Sentences) > 1 || len(x.Words) > 0 {
		body = append(body, app.P().Class("legend small").Aria("hidden", true).Body(
			app.Span().Class("tint", "positive").Text("▲ positive"), app.Text(" "),
			app.Span().Class("tint", "negative").Text("▼ negative"), app.Text(" "),
			app.Span().Text("each sentence by its own score; underlined: the words that "+
				"count most"+boxed)))
	}
	body = append(body, why(x))
	return app.Div().ID("explained").Class("explained").Body(body...)
}

// tinted renders the sentences, each with a word for its tint that is heard, not seen.
func tinted(x *message.Explained, mentions []message.TopicMention) (out []app.UI) {
	at := 0
	for _, s := range x.Sentences {
		parts := marksIn(s.Text, at, mentions, func(from, to int) []app.UI {
			return countingWords(s, from, to)
		})
		at += len(s.Text)
		if s.Sentiment != "" {
			parts = append(parts,
				app.Span().Class("unseen").
					Text(" ("+format.Word(s.Sentiment)+", "+format.Sure(s.Scored)+") "))
		}
		out = append(out, app.Span().Class("tint", s.Sentiment).Title(tip(s.Scored)).Body(parts...))
	}
	if x.Rest != "" {
		out = append(out, app.Span().Body(markMentions(x.Rest, at, mentions)...))
	}
	return out
}

// countingWords renders bytes [from, to) of a sentence, with the words that count marked.
func countingWords(s message.Sentence, from, to int) (out []app.UI) {
	for _, m := range s.Marks {
		begin, end := max(m.From, from), min(m.To, to)
		if begin >= end {
			continue
		}
		out = append(out, app.Text(s.Text[from:begin]),
			app.Mark().Class(direction(m.Effect)).Text(s.Text[begin:end]))
		from = end
	}
	return append(out, app.Text(s.Text[from:to]))
}

func tip(s message.Scored) string {
	if s.Sentiment == "" {
		return ""
	}
	return format.Word(s.Sentiment) + ", " + format.Sure(s)
}

// direction returns the direction in which a word moves a score.
func direction(effect float64) string {
	if effect < 0 {
		return "negative"
	}
	return "positive"
}

// why lists the words that count, if they were looked for.
func why(x *message.Explained) app.UI {
	switch {
	case !x.Done:
		return app.P().Class("small").Text("Looking for the words that count…")
	case len(x.Words) == 0 && x.Of == "":
		return app.Div().Class("none")
	case len(x.Words) == 0 && x.Of == "sentence":
		return app.P().ID("words").Class("small").
			Text("No single word decides in the sentence that leans most.")
	case len(x.Words) == 0:
		return app.P().ID("words").Class("small").
			Text("No single word decides: removing any one of them leaves the verdict unchanged.")
	}
	what := "Words that count most, each left out once"
	if x.Of == "sentence" {
		what = "Words that count most in the sentence that leans most, each left out once"
	}
	var items []app.UI
	for _, w := range x.Words {
		items = append(items, app.Li().Class(direction(w.Effect)).Body(
			widget.Mark(direction(w.Effect)),
			app.Strong().Text(w.Text), app.Span().Class("small").Text(" "+format.Effect(w.Effect))))
	}
	return app.Div().Class("why").Body(
		app.P().Class("small").Text(what+":"),
		app.Ul().ID("words").Class("words-that-count").Body(items...))
}
