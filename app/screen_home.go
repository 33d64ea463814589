package app

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/page"
	"reviewlens/app/state"
	"reviewlens/app/widget"
)

// homeScreen renders the first screen: a box, and the verdict below it. The server also sends it as
// HTML, so it works before the program has loaded: the box can be typed into, a file can be chosen.
func (a *App) homeScreen() app.UI {
	return app.Section().Class("say").Body(
		app.H1().Body(app.Label().For("review").Text("How do they feel?")),
		app.Div().Class("box").Body(
			app.Textarea().ID("review").Rows(6).
				Placeholder("Paste a review or drop a file").
				Spellcheck(false).
				Aria("describedby", "leaves").
				Text(a.box).
				OnInput(a.onInput).
				OnPaste(a.onPaste).OnKeyDown(a.onKey),
			app.Div().Class("tools").Body(
				app.Label().Class("button", "quiet").Body(
					app.Input().Type("file").ID("file").Class("unseen").Multiple(true).Accept(
						".csv,.tsv,.txt,.tab,.jsonl,.ndjson,.json,.gz,.xlsx,"+
							"text/csv,text/tab-separated-values,text/plain"),
					app.Text("Choose files"),
				),
				app.Button().Type("button").Class("quiet").ID("example").Text("Try an example").
					OnClick(a.onExample),
				app.Button().Type("button").Class("primary").ID("score").Text("Score").
					OnClick(a.onScore),
			),
		),
		a.pendingQueryNote(),
		a.closed(),
		a.lostFiles(),
		a.resumeCard(),
		a.jobs(),
		a.lines(),
		app.Div().ID("verdict").Class("verdict").Aria("live", "polite").Body(a.verdict()),
		a.scoringLocation(),
	)
}

// verdict renders one of four states: empty, pending, failed, done.
func (a *App) verdict() app.UI {
	s := &a.state
	switch {
	case s.TextProblem != nil:
		var again app.UI
		if s.TextProblem.Retry {
			again = app.Button().Type("button").ID("again").Text("Try again").OnClick(a.onScore)
		}
		return widget.Trouble("text-trouble", s.TextProblem.Detail, s.TextProblem.WayOut, again)
	case s.Verdict != nil && s.Verdict.Sentiment != "":
		old := s.ScoringText || s.Verdict.ID != s.TextID
		body := []app.UI{verdictCard(s.Verdict.Scored, old)}
		if !old {
			body = append(body, explained(s.Explained, nil))
		}
		return app.Div().Body(body...)
	case s.Verdict != nil && s.Verdict.ID == s.TextID && !state.Blank(s.Text):
		return app.P().Class("hint").Text("There is nothing to score in this text.")
	case s.ScoringText:
		return app.P().Class("hint").Text("Reading…")
	}
	return app.P().Class("hint").Text("The verdict appears here while you type.")
}

// verdictCard renders a verdict (label, confidence, bar); old dims one whose text has changed
// since.
func verdictCard(s message.Scored, old bool) app.UI {
	class := "said " + s.Sentiment
	if old {
		class += " old"
	}
	body := []app.UI{
		app.P().Class("word").Body(
			widget.Mark(s.Sentiment),
			app.Strong().Text(format.Word(s.Sentiment)),
			app.Span().Class("sure").Text(format.Sure(s)),
		),
		app.Progress().Class("bar").Max(1).Value(strconv.FormatFloat(s.Positive, 'f', 4, 64)).
			Aria("label", "Probability that the review is positive"),
		app.P().Class("ends").Aria("hidden", true).Body(app.Span().Text("negative"),
			app.Span().Text("positive")),
	}
	if sounds := format.Sounds(s); sounds != "" {
		body = append(body, app.P().Class("small", "stars").Text(sounds))
	}
	switch {
	case s.Unread != "":
		body = body[:1]
		if s.Unread == "no words" {
			body = append(body, app.P().Class("small").
				Text("It contains no words that the model knows."))
		}
	case s.Cut:
		body = append(body, app.P().Class("small").Text("This text is very long: "+
			"its first "+format.Number(s.Windows)+" pieces were scored, the rest was left out."))
	case s.Windows > 1:
		body = append(body, app.P().Class("small").
			Text("A long review, scored in "+format.Number(s.Windows)+" pieces whose scores are "+
				"combined."))
	}
	return app.Div().Class(class).Body(body...)
}

// lines offers to score each line of a text that has several, or its rows if it may be a table: a
// verdict is one for all of them.
func (a *App) lines() app.UI {
	lines := state.Lines(a.state.Text)
	if len(lines) < 2 {
		return app.Div().Class("none")
	}
	var table app.UI = app.Span().Class("none")
	if state.MayBeTable(a.state.Text) {
		table = app.Button().Type("button").ID("open-table").Text("Open it as a table").
			OnClick(a.onTable)
	}
	return app.Div().ID("lines").Class("undo").Body(
		app.P().Text("The verdict is one for all "+format.Number(len(lines))+" lines."),
		app.Button().Type("button").ID("score-lines").Text("Score each line as a review").
			OnClick(a.onLines),
		table)
}

func (a *App) onTable(ctx app.Context, e app.Event) {
	a.open(page.File("pasted.csv", a.state.Text))
}

func (a *App) onLines(ctx app.Context, e app.Event) {
	a.open(page.File("pasted.csv", state.LinesCSV(state.Lines(a.state.Text))))
}

func (a *App) onInput(ctx app.Context, e app.Event) {
	a.state.SetText(ctx.JSSrc().Get("value").String())
	id := a.state.TextID
	ctx.After(widget.Debounce, func(ctx app.Context) {
		if a.state.TextID == id && (a.state.Verdict == nil || a.state.Verdict.ID != id) {
			a.scoreText()
		}
	})
}

// onPaste opens a pasted table as a file.
func (a *App) onPaste(ctx app.Context, e app.Event) {
	text := e.Get("clipboardData").Call("getData", "text/plain").String()
	if !state.LooksLikeTable(text) {
		return
	}
	e.PreventDefault()
	a.open(page.File("pasted.csv", text))
}

// onKey scores at once with Ctrl or Cmd and Enter.
func (a *App) onKey(ctx app.Context, e app.Event) {
	if e.Get("key").String() == "Enter" && (e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool()) {
		e.PreventDefault()
		a.scoreText()
	}
}

func (a *App) onScore(ctx app.Context, e app.Event) {
	a.state.TextProblem = nil
	if state.Blank(a.state.Text) {
		focusBox()
		return
	}
	a.scoreText()
}

// onExample opens the reviews of an invented product.
func (a *App) onExample(ctx app.Context, e app.Event) { page.Example() }
