package app

import (
	"math"
	"strconv"

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

// resultsScreen renders the results, in the order of the questions that people have
// (resultSections), and below them all reviews. It is rendered from the first score on and grows in
// place.
func (a *App) resultsScreen() app.UI {
	s := &a.state
	p := s.Progress
	sum := s.Shown()
	body := []app.UI{
		app.Div().Class("titled").Body(app.H1().Text(s.File), a.export()),
		a.runState(),
		a.progressCard(),
		a.serverGone(),
		a.lostFiles(),
		a.queue(),
		a.inHistory(),
		a.textsCard(),
	}
	if s.FileProblem != nil {
		body = append(body, widget.Trouble("file-trouble", s.FileProblem.Detail,
			s.FileProblem.WayOut,
			nil))
	}
	body = append(append(body, a.filters()), a.filterChips()...)
	switch {
	case s.NoHits():
		body = append(body, app.Section().Class("card").Body(a.noHits("no-hits")))
	case sum.Scored > 0 || !s.IsFiltered():
		body = append(body, a.resultSections()...)
	}
	if sum.Scored == 0 && p.State != message.Running && !s.NoHits() && !s.Stale() {
		none := "No review has a score."
		if s.IsFiltered() {
			none = "None of these reviews has a score."
		}
		body = append(body, app.P().ID("none").Class("hint").Text(none))
	}
	class := "read"
	if s.Stale() {
		class += " stale"
	}
	if !s.IsFiltered() { // another model is compared on the whole file
		body = append(body, a.modelsCard())
	}
	body = append(body, a.problems(), a.browse())
	return app.Section().Class(class).Aria("busy", s.Stale()).Body(body...)
}

// shareDrawn holds the dependencies of share, for memo, with what was sent to the server.
type shareDrawn struct {
	Numbers drawnOf
	Unsent  int
	Sending bool
	Problem *message.Problem
}

// shareOf returns everything that share depends on.
func (a *App) shareOf() any {
	s := &a.state
	return shareDrawn{Numbers: a.numbersOf(), Unsent: s.UnsentCorrections(),
		Sending: s.SendingCorrections,
		Problem: s.CorrectionsProblem}
}

// share renders the first answer: one number with its interval, and the split it comes from.
func (a *App) share() app.UI {
	sum := a.state.Shown()
	read, undecided := sum.Scored-sum.Unread, sum.Unsure-sum.Unread
	if read == 0 {
		return app.Section().Class("card share").Body(
			app.H2().Text("How do they feel?"),
			app.P().ID("share").
				Text("Not available: the model cannot read any of these reviews."),
			a.apart())
	}
	between := "between " + format.Percent(sum.Share.Low) + " and " +
		format.Percent(sum.Share.High) +
		", if these reviews are a fair sample"
	shares := report.Percents(sum.Positive, sum.Negative, undecided)
	row := func(sentiment string, n int, share string) app.UI {
		return app.Tr().Class(sentiment).Body(
			app.Th().Scope("row").Body(widget.Mark(sentiment),
				app.Text(format.Word(sentiment))),
			app.Td().Class("number").
				Body(a.filterLink(format.Number(n), state.SentimentFilter(sentiment))),
			app.Td().Class("number").Text(share),
		)
	}
	return app.Section().Class("card share").Body(
		app.H2().Text("How do they feel?"),
		app.Div().Class("columns").Body(
			app.Div().Body(
				app.P().Class("big").
					Body(app.Strong().ID("share").Text(format.Percent(sum.Share.Share)),
						app.Text(" positive")),
				app.P().ID("interval").Class("small").Text(between),
			),
			app.Div().Body(
				widget.Split("", sum.Negative, undecided, sum.Positive),
				app.Table().ID("split").Class("plain").Body(
					app.Caption().Class("unseen").Text("Reviews by sentiment"),
					app.THead().Class("unseen").Body(app.Tr().Body(
						app.Th().Scope("col").Text("Sentiment"),
						app.Th().Scope("col").Text("Reviews"),
						app.Th().Scope("col").Text("Share"))),
					app.TBody().Body(
						row("positive", sum.Positive, shares[0]),
						row("unsure", undecided, shares[2]),
						row("negative", sum.Negative, shares[1]))),
			),
		),
		a.apart(),
		a.repeats(),
		a.ratings(),
		a.byStars(),
		a.predicted(),
		a.corrected(),
	)
}

// apart renders which reviews the model cannot read.
func (a *App) apart() app.UI {
	sum := a.state.Shown()
	if sum.Unread == 0 {
		return app.Div().Class("none")
	}
	class := "small"
	if sum.Unread*20 > sum.Scored { // as with repeats, few need no action
		class = "ask"
	}
	return app.P().ID("apart").Class(class).Body(
		app.Text(report.Apart(sum.Unread, sum.NoWords, sum.Languages)+" "),
		a.filterAction(seeThem(sum.Unread), state.ApartFilter("")))
}

// predicted renders how many stars the texts sound like, next to those that were given.
func (a *App) predicted() app.UI {
	sentence := report.Sounds(a.state.Shown().Predicted)
	if sentence == "" {
		return app.Div().Class("none")
	}
	return app.P().ID("predicted").Class("small").Text(sentence)
}

// repeats renders how many reviews are duplicates in the file, how they count, and the result of
// the other way.
func (a *App) repeats() app.UI {
	s := &a.state
	sum := s.Shown()
	n := sum.Repeated
	if s.FilterBy(message.Once) {
		return app.P().ID("repeats").Class("small").Body(
			app.Text("Each text counts once here, however often it stands in the file. "),
			&widget.Pick{Text: "Count every review", NoPrint: true, On: a.countAll})
	}
	if n == 0 || s.NumbersOnly {
		return app.Div().Class("none")
	}
	class, many := "small", sum.RepeatMuch()
	if many {
		class = "ask"
	}
	text := format.Plural(n, "review repeats", "reviews repeat") + " an earlier one word for word"
	if many {
		text += " (" + format.Percent(sum.RepeatShare()) + ")"
	}
	text += ". Every review counts here"
	if once := sum.Once; once.Read() > 0 {
		text += "; if each text counts once, " + format.Share(once.Share) + " are positive (" +
			format.Between(once.Share) + ")"
	}
	return app.P().ID("repeats").Class(class).Body(
		app.Text(text+". "),
		&widget.Pick{Text: "Count each text once", NoPrint: true,
			Filters: []message.Filter{state.OnceFilter()}, On: a.openPage},
		app.Span().Class("noprint").Text(" · "),
		&widget.Pick{Text: seeThem(n), NoPrint: true,
			Filters: []message.Filter{state.RepeatsFilter}, On: a.pickRepeats})
}

// countAll counts equal texts as often as they occur in the file.
func (a *App) countAll([]message.Filter) {
	a.state.DropFilter(state.OnceFilter())
	a.applyFilters()
	a.ctx.Defer(func(app.Context) { page.Focus("shown") })
}

// counting returns how repeats are counted, for a note below charts, if they are many.
func (a *App) counting() string {
	if a.state.Shown().RepeatMuch() {
		return " Reviews that repeat another count like the others."
	}
	return ""
}

func (a *App) pickRepeats(filters []message.Filter) {
	a.state.View.Sort, a.state.View.Down = message.ByText, false
	a.pick(filters)
}

// seeThem returns the label of a link to n reviews.
func seeThem(n int) string {
	if n == 1 {
		return "See it"
	}
	return "See them"
}

// byStars renders the share of each sentiment by the stars that people gave.
func (a *App) byStars() app.UI {
	sum := a.state.Shown()
	if !hasStars(sum) {
		return app.Div().Class("none")
	}
	var rows []app.UI
	for i := len(sum.Stars) - 1; i >= 0; i-- {
		c := sum.Stars[i]
		rows = append(rows, app.Tr().Body(
			app.Th().Scope("row").Text(format.Plural(i+1, "star", "stars")),
			app.Td().Class("number").Body(a.filterLink(format.Number(c.Read()),
				state.StarFilter(i+1))),
			app.Td().Class("number").Text(format.Number(c.Positive)),
			shareCell(c.Share),
			betweenCell(c.Share)))
	}
	return app.Div().Class("by-stars").Body(
		app.H3().Text("By stars"),
		a.ratingsAsStars(),
		&widget.Chart{ID: "stars-chart", Draw: "stars",
			Label: "Share of positive, unsure and negative texts by stars", Data: starsData(sum)},
		widget.Numbers("stars-numbers", "Sentiment of the text by stars",
			[]string{"Stars", "Reviews", "Positive", "Share", widget.Between}, rows),
		&widget.SaveChart{Name: "sentiment by stars" + a.state.Suffix(), Chart: "stars-chart",
			Table: "stars-numbers"})
}

// ratingsAsStars renders how ratings on another scale are counted as stars.
func (a *App) ratingsAsStars() app.UI {
	best := a.state.BestRating()
	if best == 0 {
		return app.Div().Class("none")
	}
	return app.P().Class("small").Text("Ratings of up to " +
		strconv.FormatFloat(best, 'f', -1, 64) + " stand here as 1 to 5 stars.")
}

func hasStars(sum message.Summary) bool {
	for _, c := range sum.Stars {
		if c.Rows > 0 {
			return true
		}
	}
	return false
}

// misfits compares the stars with the text's sentiment, as a grid, and lists the reviews that
// contradict their stars.
func (a *App) misfits() app.UI {
	sum := a.state.Shown()
	if !hasStars(sum) {
		return app.Section().Class("none")
	}
	most := 1
	for _, c := range sum.Stars {
		most = max(most, c.Positive, c.Undecided(), c.Negative)
	}
	var rows []app.UI
	for i := len(sum.Stars) - 1; i >= 0; i-- {
		c := sum.Stars[i]
		cells := []app.UI{app.Th().Scope("row").Text(strconv.Itoa(i+1) + " ★")}
		for _, part := range []struct {
			sentiment string
			n         int
		}{{"negative", c.Negative}, {"unsure", c.Undecided()}, {"positive", c.Positive}} {
			class := "heat " + part.sentiment
			if part.sentiment == "negative" && i >= 3 || part.sentiment == "positive" && i <= 1 {
				class += " against"
			}
			cells = append(cells,
				app.Td().Class(class).Style("--heat", strconv.Itoa(heat(part.n, most))+"%").Body(
					&widget.Pick{Text: format.Number(part.n),
						Label: format.Number(part.n) + " " + part.sentiment + " with " +
							format.Plural(i+1, "star", "stars"),
						Filters: []message.Filter{state.StarFilter(i + 1),
							state.SentimentFilter(part.sentiment)},
						On: a.pickHandler()}))
		}
		rows = append(rows, app.Tr().Body(cells...))
	}
	return app.Section().ID("misfits").Class("card").Body(
		app.H2().Text("What doesn't fit?"),
		app.P().Class("small").
			Text("Reviews by the stars that were given and by what the text says. Framed: the "+
				"text says the opposite of the stars."),
		app.Div().Class("columns").Body(
			app.Table().ID("grid").Class("grid").Body(
				app.Caption().Class("unseen").
					Text("Number of reviews by stars and sentiment of the text"),
				app.THead().Body(app.Tr().Body(
					app.Td(), app.Th().Scope("col").Text("Negative text"),
					app.Th().Scope("col").Text("Unsure"),
					app.Th().Scope("col").Text("Positive text"))),
				app.TBody().Body(rows...)),
			app.Div().Body(a.against(sum))),
		&widget.SaveChart{Name: "stars and text" + a.state.Suffix(), Table: "grid"})
}

// heat returns how strongly a cell of the grid is coloured, in percent: by the square root, so that
// small counts are visible next to large ones.
func heat(n, most int) int {
	if n == 0 {
		return 0
	}
	return 8 + int(40*math.Sqrt(float64(n)/float64(most)))
}

// histogram renders how sure the scores are.
func (a *App) histogram() app.UI {
	sum := a.state.Shown()
	var rows []app.UI
	n := len(sum.Histogram)
	for i, count := range sum.Histogram {
		rows = append(rows, app.Tr().Body(
			app.Th().Scope("row").Text(state.BinName(i, n)),
			app.Td().Class("number").Body(a.filterLink(format.Number(count),
				state.BinFilter(i, n)))))
	}
	return app.Section().Class("card").Body(
		app.H2().Text("How clear are they?"),
		app.P().Class("small").
			Text("Reviews by the probability that they are positive: the clear ones stand at "+
				"the ends."+a.counting()),
		&widget.Chart{ID: "histogram-chart", Draw: "histogram",
			Label: "Number of reviews by probability of being positive", Data: histogramData(sum)},
		widget.Numbers("histogram-numbers", "Reviews by probability",
			[]string{"Probability", "Reviews"},
			rows),
		&widget.SaveChart{Name: "reviews by probability" + a.state.Suffix(),
			Chart: "histogram-chart", Table: "histogram-numbers"},
	)
}

// outermost lists the most positive and the most negative reviews.
func (a *App) outermost() app.UI {
	sum := a.state.Shown()
	list := func(id, title, none string, rows []wire.Row) app.UI {
		body := []app.UI{app.H2().Text(title)}
		for _, r := range rows {
			body = append(body, a.quote(r))
		}
		if len(rows) == 0 {
			body = append(body, app.P().Class("hint").Text(none))
		}
		return app.Section().ID(id).Class("card").Body(body...)
	}
	end := "."
	if state := a.state.Progress.State; state == message.Running || state == message.Paused {
		end = " so far."
	}
	return app.Div().Class("pair").Body(
		list("most-positive", "Most positive", "No review is positive"+end, sum.MostPositive),
		list("most-negative", "Most negative", "No review is negative"+end, sum.MostNegative))
}

// quote renders one review.
func (a *App) quote(r wire.Row) app.UI {
	return a.quoted(r, r.Sentiment, app.P().Class("text").Text(r.Text))
}

// quoteAround renders a review around a phrase that it is quoted for.
func (a *App) quoteAround(r wire.Row, phrase string) app.UI {
	before, match, after := excerpt.Short.Phrase(r.Text, phrase)
	return a.quoted(r, r.Sentiment, app.P().Class("text").Body(
		app.Text(before), app.Mark().Class("phrase").Text(match), app.Text(after)))
}

// quoted renders a review with its rendered text, in the colour of a sentiment, and a link to all
// of it.
func (a *App) quoted(r wire.Row, sentiment string, text app.UI) app.UI {
	row := &rowLink{Row: r.Row}
	if !a.state.NumbersOnly {
		row.On = a.openRow
	}
	facts := []app.UI{row}
	add := func(fact string) { // lines break between facts, not within a short one
		class := ""
		if len(fact) < 16 {
			class = "whole-fact"
		}
		facts = append(facts, app.Text("\u00a0· "), app.Span().Class(class).Text(fact))
	}
	add(format.Word(r.Sentiment) + ", " +
		format.Sure(message.Scored{Sentiment: r.Sentiment, Positive: r.Positive}))
	if r.Product != "" && !a.state.FilterBy(message.OfProduct) {
		add(report.ClipName(r.Product))
	}
	if r.Stars != "" {
		add(format.Rating(r.Stars, a.state.BestRating()))
	}
	if r.Date != "" {
		add(format.Date(r.Date))
	}
	if r.ID != "" && r.ID != strconv.Itoa(r.Row) {
		add("ID " + r.ID)
	}
	body := []app.UI{}
	if r.Title != "" {
		body = append(body, app.P().Class("title").Text(r.Title))
	}
	body = append(body, text, app.P().Class("facts").Body(facts...))
	return app.Div().Class("quote", sentiment).Body(body...)
}

// rowLink is the number of a review's row, and opens it.
type rowLink struct {
	app.Compo

	Row int
	On  func(row int) // nil if the review is not available
}

func (l *rowLink) onClick(ctx app.Context, e app.Event) { l.On(l.Row) }

func (l *rowLink) Render() app.UI {
	text := "Row " + format.Number(l.Row)
	if l.On == nil {
		return app.Span().Text(text)
	}
	return app.Button().Type("button").Class("to-row").Text(text).
		Aria("label", "Open the review in row "+format.Number(l.Row)).OnClick(l.onClick)
}

// problems counts the rows without a score, or cut to their beginning, and lists the first.
func (a *App) problems() app.UI {
	sum := a.state.Shown()
	if len(sum.Problems) == 0 {
		return app.Section().Class("none")
	}
	text := ""
	add := func(n int, one, many string) {
		if n > 0 {
			if text != "" {
				text += ", "
			}
			text += format.Plural(n, one, many)
		}
	}
	add(sum.Empty, "row without text", "rows without text")
	add(sum.Failed, "row failed", "rows failed")
	add(sum.Cut, "very long row", "very long rows")
	lines := make([]app.UI, 0, len(sum.Problems))
	for _, p := range sum.Problems {
		lines = append(lines, app.Li().Text("Row "+format.Number(p.Row)+": "+p.What))
	}
	return app.Details().ID("problems").Class("card fold").Body(
		app.Summary().Body(app.Text(text), app.Span().Class("noprint").Text(": see which")),
		app.Ul().Body(lines...),
		a.filterAction("Show these rows",
			state.TroubledFilter))
}
