package app

import (
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
	"reviewlens/app/state"
	"reviewlens/app/widget"
)

var roles = []widget.Option{
	{"", "not used"},
	{"text", "Review text"},
	{"second", "Second text"},
	{"title", "Title"},
	{"stars", "Stars"},
	{"date", "Date"},
	{"product", "Product"},
	{"id", "Number or id"},
}

// shownColumns is the number of columns in the preview, unless more have a role (columnsShown).
const shownColumns = 12

// sureEnough is the confidence below which a guess is labelled as one.
const sureEnough = 0.6

// previewScreen renders the second screen: how the file was read, to be corrected before anything
// is sent.
func (a *App) previewScreen() app.UI {
	s := &a.state
	head := app.H1().Text(s.File)
	switch {
	case s.FileProblem != nil && s.Preview == nil:
		return app.Section().Class("check").Body(head,
			widget.Trouble("file-trouble", s.FileProblem.Detail, s.FileProblem.WayOut,
				a.otherFile()))
	case s.Preview == nil:
		return app.Section().Class("check").Body(head,
			app.P().ID("opening").Class("hint").Aria("live", "polite").Text("Opening "+s.File+"…"))
	}
	body := []app.UI{head, a.toCheck(), a.understood()}
	if s.FileProblem != nil {
		body = append(body, widget.Trouble("file-trouble", s.FileProblem.Detail,
			s.FileProblem.WayOut,
			nil))
	}
	body = append(body, a.question(), a.textChoice(), a.start(), a.preview(), a.otherwise())
	return app.Section().Class("check").Body(body...)
}

// otherFile renders the way out for a file that cannot be read.
func (a *App) otherFile() app.UI {
	if a.state.Queue != nil {
		return app.Button().Type("button").ID("leave-out").Class("primary").
			Text("Go on without it").OnClick(a.leaveOut)
	}
	return app.Button().Type("button").Class("primary").Text("Choose another file").
		OnClick(a.onClose)
}

// understood renders one line on how the file was read, and a fold for what was repaired.
func (a *App) understood() app.UI {
	s := &a.state
	p := s.Preview
	d := p.Dialect
	rows := "counting rows…"
	if s.Count != nil {
		rows = format.Plural(s.Count.Rows, "row", "rows")
	}
	parts := []app.UI{app.Span().ID("rows").Text(rows)}
	also := func(text string) {
		parts = append(parts, app.Text(" · "), app.Span().Text(text))
	}
	also(format.DialectName(d))
	also(format.EncodingName(d.Encoding))
	also(format.Bytes(p.Bytes))
	if c := s.Count; c != nil {
		if c.Empty > 0 {
			also(format.Number(c.Empty) + " without text")
		}
		if same := s.ToScore() - c.Distinct; same > 0 {
			also(format.Plural(same, "repeat", "repeats") + ", scored once")
		}
		if c.Unreadable > 0 {
			also(format.Plural(c.Unreadable, "row", "rows") + " cannot be read")
		}
		if c.Looked > 0 && c.Unread == 0 {
			also("in English")
		}
	}
	var body []app.UI
	for _, note := range p.Notes {
		body = append(body, app.P().Class("small", "note").Text(note))
	}
	body = append(body, app.P().ID("reading").Class("small").Text(p.Sentence))
	for i, d := range doubts(p, s.Count) {
		body = append(body, d.paragraph("settle-"+strconv.Itoa(i)))
	}
	body = append(body, app.P().ID("understood").Class("understood").
		Aria("live", live(s.Count != nil && !s.Count.Done)).Body(parts...))
	if c := s.Count; c != nil && c.Repaired > 0 {
		lines := make([]app.UI, 0, len(c.Repairs)+1)
		for _, r := range c.Repairs {
			lines = append(lines,
				app.Li().Text("Row "+format.Number(r.Row)+" (line "+format.Number(r.Line)+
					"): "+r.What))
		}
		if more := c.Repaired - len(c.Repairs); more > 0 {
			lines = append(lines, app.Li().Text("and "+format.Number(more)+" more"))
		}
		body = append(body, app.Details().ID("repairs").Class("fold").Body(
			app.Summary().Text(format.Plural(c.Repaired, "row was", "rows were")+
				" repaired: see which"),
			app.Ul().Body(lines...),
		))
	}
	return app.Div().Body(body...)
}

// question asks between two ways to read the file: the same rows, read in both, and a button each.
func (a *App) question() app.UI {
	questions := a.state.Preview.Questions
	if len(questions) == 0 {
		return app.Div().Class("none")
	}
	q := questions[0]
	ways := make([]app.UI, len(q.Options))
	for i, o := range q.Options {
		rows := make([]app.UI, len(o.Rows))
		for n, row := range o.Rows {
			cells := []app.UI{app.Td().Text(row[0])}
			if row[1] != "" {
				cells = append(cells, app.Td().Text(row[1]))
			}
			rows[n] = app.Tr().Body(cells...)
		}
		ways[i] = app.Div().Class("way").Body(
			&widget.Button{ID: "way-" + strconv.Itoa(i), Text: o.Label, On: func() { a.answer(o) }},
			app.Table().Class("plain").Aria("label", o.Label).Body(app.TBody().Body(rows...)))
	}
	return app.Section().ID("question").Class("card", "question").Body(
		app.H2().Text(q.Ask), app.Div().Class("ways").Body(ways...))
}

// answer reads the file in the chosen one of the two ways.
func (a *App) answer(o message.Option) {
	c := o.Columns
	if c != nil {
		a.state.Preview.Columns = *c
	}
	if o.Order != 0 {
		a.state.CellSettings.Order = o.Order
	}
	a.reinterpret(nil, c)
}

// nothingToScore reports whether all rows were counted, and none has a text.
func (a *App) nothingToScore() bool {
	s := &a.state
	return s.Count != nil && s.Count.Done && s.ToScore() == 0
}

// start renders the one primary button, and whatever prevents its use.
func (a *App) start() app.UI {
	s := &a.state
	noText := s.Preview.Columns.Text < 0
	nothing := a.nothingToScore()
	body := []app.UI{}
	switch {
	case noText:
		body = append(body, app.P().ID("no-text").Class("ask").
			Text("Which column holds the reviews? Choose “Review text” above it."))
	case nothing && s.Count.Rows == 0:
		body = append(body, widget.Trouble("no-rows", "This file has a header but no rows.",
			"Export it again, or choose another file.", nil))
	case nothing:
		body = append(body, widget.Trouble("no-rows",
			"No row has a text in the column “"+a.columnName(s.Preview.Columns.Text)+"”.",
			"Choose the column that holds the reviews.", nil))
	case s.Preview.Confidence.Table < sureEnough && s.Preview.Dialect.Keys == nil:
		body = append(body, app.P().ID("unsure").Class("ask").Text("Rows differ in their number "+
			"of columns. If the table below looks wrong, read the file differently."))
	case s.Preview.Confidence.Text < sureEnough && len(s.Preview.Header) > 1 &&
		!s.Preview.IsSurvey():
		body = append(body, app.P().ID("unsure").Class("ask").
			Text("That “"+a.columnName(s.Preview.Columns.Text)+"” holds the reviews is a guess. "+
				"Check it below."))
	}
	if s.RunProblem != nil {
		body = append(body, widget.Trouble("run-trouble", s.RunProblem.Detail,
			s.RunProblem.WayOut, nil))
	}
	text := s.ScoreButton()
	if s.Queue != nil && s.Count != nil && s.Count.Done {
		text = s.Queue.Button()
	}
	body = append(body,
		app.Div().Class("go").Body(
			app.Button().Type("button").ID("start").Class("primary").Text(text).
				Disabled(noText || nothing || s.Count == nil || !s.Count.Done).OnClick(a.onStart),
			a.scoringLocation(),
			a.topicsSwitch(),
		),
		a.offerJob())
	return app.Div().Body(body...)
}

func (a *App) columnName(i int) string {
	if h := a.state.Preview.Header; i >= 0 && i < len(h) {
		return h[i]
	}
	return "Column " + strconv.Itoa(i+1)
}

// columnsShown returns the columns in the preview: those that lead, and of the others those with a
// role and the first ones, in their order.
func columnsShown(p *message.Preview, leading []int) []int {
	columns, others := slices.Clone(leading), shownColumns-len(leading)
	for i := range p.Header {
		if state.Role(p.Columns, i) != "" && !slices.Contains(leading, i) {
			others--
		}
	}
	for i := range p.Header {
		switch {
		case slices.Contains(leading, i):
		case state.Role(p.Columns, i) != "":
			columns = append(columns, i)
		case others > 0:
			columns = append(columns, i)
			others--
		}
	}
	return columns
}

// preview renders the first rows as a table, with the role of each column in its head.
func (a *App) preview() app.UI {
	p := a.state.Preview
	columns := columnsShown(p, a.state.Leading)
	heads := []app.UI{app.Th().Scope("col").Class("number").Text("Row")}
	for _, i := range columns {
		class := "chip"
		if state.Role(p.Columns, i) != "" {
			class += " used"
		}
		heads = append(heads, app.Th().Scope("col").Class("role-"+state.Role(p.Columns, i)).Body(
			&widget.Select{ID: "role-" + strconv.Itoa(i),
				Label: "What the column " + p.Header[i] + " holds", Class: class,
				Value: state.Role(p.Columns, i), Options: roles,
				On: func(ctx app.Context, role string) {
					c := state.SetRole(a.state.Preview.Columns, i, role)
					a.state.Preview.Columns = c
					a.reinterpret(nil, &c)
				}},
			app.Span().Class("column").Text(p.Header[i]),
		))
	}
	rows := make([]app.UI, len(p.Rows))
	for n, cells := range p.Rows {
		row := []app.UI{app.Td().Class("number").Text(format.Number(n + 1))}
		for _, i := range columns {
			cell := ""
			if i < len(cells) {
				cell = cells[i]
			}
			row = append(row, app.Td().Class("role-"+state.Role(p.Columns, i)).
				Body(app.Div().Text(cell)))
		}
		rows[n] = app.Tr().Body(row...)
	}
	caption := "The first " + format.Plural(len(p.Rows), "row", "rows")
	if !slices.IsSorted(columns) {
		caption += ", the columns in use first"
	}
	if p.Width > len(columns) {
		caption += ", " + strconv.Itoa(len(columns)) + " of " + format.Number(p.Width) + " columns"
	}
	return app.Div().Class("sheet").TabIndex(0).Attr("role", "region").
		Aria("label", "Preview of the file").Body(
		app.Table().ID("preview").Body(
			app.Caption().Text(caption),
			app.THead().Body(app.Tr().Body(heads...)),
			app.TBody().Body(rows...),
		))
}

// otherwise renders the fold with the other ways to read the file.
func (a *App) otherwise() app.UI {
	d := a.state.Preview.Dialect
	part := func(id, label, value string, options []widget.Option,
		set func(*message.Dialect, string)) app.UI {
		if !slices.ContainsFunc(options, func(o widget.Option) bool { return o.Value == value }) {
			options = append(slices.Clone(options), widget.Option{value, value})
		}
		return app.Label().Class("field").Body(app.Span().Text(label),
			&widget.Select{ID: id, Label: label, Value: value, Options: options,
				On: func(ctx app.Context, v string) {
					d := a.state.Preview.Dialect
					set(&d, v)
					a.reinterpret(&d, nil)
				}})
	}
	yes := func(b bool) string {
		if b {
			return "yes"
		}
		return "no"
	}
	encoding := part("encoding", labelEncoding, d.Encoding,
		encodings(),
		func(d *message.Dialect, v string) { d.Encoding, d.BOM = v, d.BOM && v == d.Encoding })
	if a.state.Preview.UTF8 {
		encoding = app.Div().Class("none")
	}
	fields := []app.UI{encoding}
	if d.Keys == nil {
		above := []widget.Option{{"0", "none"}}
		for n := 1; n <= 5; n++ {
			above = append(above, widget.Option{strconv.Itoa(n), strconv.Itoa(n)})
		}
		if n := a.state.Preview.OtherPreamble; n >= len(above) {
			above = append(above, widget.Option{strconv.Itoa(n), format.Number(n)})
		}
		fields = []app.UI{
			part("delimiter", "Columns are divided by", d.Delimiter,
				[]widget.Option{{",", "comma"}, {";", "semicolon"}, {"\t", "tab"}, {"|", "pipe"},
					{"", "nothing: a line is a review"}},
				func(d *message.Dialect, v string) { d.Delimiter = v }),
			encoding,
			part("preamble", labelAbove, strconv.Itoa(d.Preamble), above,
				func(d *message.Dialect, v string) { d.Preamble, _ = strconv.Atoi(v) }),
			part("header", labelHeader, headings(d),
				[]widget.Option{{"no", "is a review"}, {"yes", "names the columns"},
					{"2", "and one more are headings"}, {"3", "and two more are headings"}},
				func(d *message.Dialect, v string) {
					n, _ := strconv.Atoi(v) // 0, which means one, for "yes"
					d.Header, d.HeaderRows, d.NamesRow = v != "no", n, min(d.NamesRow, max(n-1, 0))
				}),
			part("quoted", "Quotes", yes(d.Quoted),
				[]widget.Option{{"yes", "wrap fields"}, {"no", "are part of the text"}},
				func(d *message.Dialect, v string) { d.Quoted = v == "yes" }),
			part("wrapped", "Each row", yes(d.DoubleEncoded),
				[]widget.Option{{"no", "is a row"}, {"yes", "is a row in quotes"}},
				func(d *message.Dialect, v string) { d.DoubleEncoded = v == "yes" }),
		}
	}
	fields = append(append(a.sheets(), fields...), a.cells()...)
	fields = append(fields, a.columns()...)
	return app.Details().ID("otherwise").Class("fold").Body(
		app.Summary().Text("Read the file differently"),
		app.Div().Class("fields").Body(fields...))
}

// columns renders a choice of the column for each role, if the table below shows only some columns.
func (a *App) columns() (fields []app.UI) {
	p := a.state.Preview
	if len(p.Header) <= shownColumns {
		return nil
	}
	options := []widget.Option{{Value: "", Text: "none"}}
	for i := range p.Header {
		options = append(options, widget.Option{Value: strconv.Itoa(i), Text: a.columnName(i)})
	}
	for _, role := range roles[1:] {
		value := ""
		for i := range p.Header {
			if state.Role(p.Columns, i) == role.Value {
				value = strconv.Itoa(i)
			}
		}
		fields = append(fields, app.Label().Class("field").Body(app.Span().Text(role.Text),
			&widget.Select{ID: "column-" + role.Value, Label: "Column of: " + role.Text,
				Value: value, Options: options,
				On: func(ctx app.Context, v string) {
					c := a.state.Preview.Columns
					if i, err := strconv.Atoi(v); err == nil {
						c = state.SetRole(c, i, role.Value)
					} else if was, err := strconv.Atoi(value); err == nil {
						c = state.SetRole(c, was, "")
					}
					a.state.Preview.Columns = c
					a.reinterpret(nil, &c)
				}}))
	}
	return fields
}

// encodings returns all encodings in which a file can be read.
func encodings() (options []widget.Option) {
	for _, e := range message.Encodings {
		options = append(options, widget.Option{Value: e[0], Text: e[1]})
	}
	return options
}

// sheets renders the choice of a workbook's sheet, if there are several.
func (a *App) sheets() []app.UI {
	p := a.state.Preview
	if len(p.Sheets) < 2 {
		return nil
	}
	var options []widget.Option
	for i, name := range p.Sheets {
		options = append(options, widget.Option{Value: strconv.Itoa(i), Text: name})
	}
	const label = "The reviews are on the sheet"
	return []app.UI{app.Label().Class("field").Body(app.Span().Text(label),
		&widget.Select{ID: "sheet", Label: label, Value: strconv.Itoa(p.Sheet), Options: options,
			On: func(ctx app.Context, v string) {
				s := &a.state
				s.Count, s.RunProblem, s.Switching = nil, nil, false
				s.DialectChosen, s.ColumnsChosen = false, false
				s.CellSettings = message.CellSettings{}
				i, _ := strconv.Atoi(v)
				a.send(message.Command{Name: message.Sheet, From: i}, nil)
			}})}
}

// headings describes the first rows: "no", "yes", or how many are headings.
func headings(d message.Dialect) string {
	switch {
	case !d.Header:
		return "no"
	case d.HeaderRows <= 1:
		return "yes"
	}
	return strconv.Itoa(d.HeaderRows)
}

// cells renders the ways to read dates and stars, if there are any.
func (a *App) cells() (fields []app.UI) {
	p := a.state.Preview
	part := func(id, label, value string, set func(string), options ...widget.Option) {
		if !slices.ContainsFunc(options, func(o widget.Option) bool { return o.Value == value }) {
			options = append(options, widget.Option{value, value})
		}
		choose := &widget.Select{ID: id, Label: label, Value: value, Options: options}
		choose.On = func(ctx app.Context, v string) {
			set(v)
			a.reinterpret(nil, nil)
		}
		fields = append(fields, app.Label().Class("field").Body(app.Span().Text(label), choose))
	}
	if p.Columns.Date >= 0 {
		orders := []widget.Option{{strconv.Itoa(int(message.DayFirst)), "the day"},
			{strconv.Itoa(int(message.MonthFirst)), "the month"}}
		if p.Cells.Order == 0 {
			orders = append(orders, widget.Option{Value: "0", Text: "the year"})
		}
		part("day-order", labelOrder, strconv.Itoa(int(p.Cells.Order)), func(v string) {
			n, _ := strconv.Atoi(v)
			a.state.CellSettings.Order = int8(n)
		}, orders...)
	}
	if p.Columns.Stars >= 0 {
		now := strconv.FormatFloat(p.Cells.StarsOf, 'f', -1, 64)
		options := []widget.Option{{"5", "5"}, {"7", "7"}, {"10", "10"}, {"100", "100"},
			{"1", "1, in fractions"}, {"-6", "1, and 6 the worst"}}
		if !slices.ContainsFunc(options, func(o widget.Option) bool { return o.Value == now }) {
			label := now
			if worst, ok := strings.CutPrefix(now, "-"); ok {
				label = "1, and " + worst + " the worst"
			}
			options = append(options, widget.Option{Value: now, Text: label})
		}
		part("stars-of", labelBest, now, func(v string) {
			a.state.CellSettings.StarsOf, _ = strconv.ParseFloat(v, 64)
		}, options...)
	}
	return fields
}

// reinterpret reads the file in another way; nil columns are guessed again, unless the user chose
// them and the rows are separated as before.
func (a *App) reinterpret(d *message.Dialect, c *message.Columns) {
	s := &a.state
	s.Count, s.RunProblem, s.Switching = nil, nil, false
	s.DialectChosen = s.DialectChosen || d != nil
	switch {
	case c != nil:
		s.ColumnsChosen = true
	case d != nil:
		s.ColumnsChosen = false
	case s.ColumnsChosen:
		chosen := s.Preview.Columns
		c = &chosen
	}
	var cells *message.CellSettings
	if s.CellSettings != (message.CellSettings{}) {
		copied := s.CellSettings
		cells = &copied
	}
	a.send(message.Command{Name: message.Interpret, Dialect: d, Columns: c, Cells: cells}, nil)
}

func (a *App) onStart(ctx app.Context, e app.Event) {
	a.state.RunProblem = nil
	if a.state.Queue != nil {
		a.startQueued()
		return
	}
	a.state.PendingQuery = state.WithText(a.state.PendingQuery, a.state.Label())
	a.state.ResetView()
	a.state.Progress = &message.Progress{State: message.Running, Rows: a.state.Count.Rows}
	a.navigate(state.ScreenResults)
	a.startRun()
}

// startRun scores the open file, or continues where scoring stopped.
func (a *App) startRun() {
	a.send(message.Command{Name: message.Start, Topics: a.state.WantsTopics()}, nil)
}
