package widget

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app/format"
	"reviewlens/app/message"
)

// Table lists all rows of a view; only those in sight, and some around them, are rendered and
// requested. Rows have one height (--row in the stylesheet), so that an index in the list is a
// position on the screen. It is a component of its own so that scrolling renders only the table.
type Table struct {
	app.Compo

	View, Total            int
	Stars, Dates, Products bool

	Best    float64 // the best rating, if the scale is not stars
	Request func(view, from, to int)
	Open    func(row int)
	Correct func(row int, sentiment string)

	rows    map[int]message.Row // by index
	held    int                 // the view of rows
	waiting bool                // for rows; one range is requested at a time
	// the view of the range; the worker does not answer for a replaced one
	requested int
	seen      Sight
	active    int
	wanted    int // the view whose active row was opened before it arrived; 0 for none
}

// Sight is the visible part of a long list, in pixels: scroll position, height of the box, height
// of a row.
type Sight struct{ Top, Box, Row float64 }

// Slice is the part of a list that is drawn.
type Slice struct {
	From, To int     // indices
	Above    float64 // pixels before the first
	Height   float64 // of the whole list
}

const (
	around   = 6         // rows drawn above and below those in sight
	tallest  = 8_000_000 // pixels; browsers fail beyond some 16 million
	keptRows = 2000
	RowsNow  = "rows" // the action that delivers rows

	RowsAgain = "rows again" // the action that announces changed rows
)

// Of returns the part of n rows that is drawn. A list that would be too tall is scrolled
// proportionally.
func (s Sight) Of(n int) Slice {
	row, box := max(s.Row, 1), max(s.Box, 1)
	height := float64(n) * row
	first := s.Top / row
	if height > tallest {
		height = tallest
		first = s.Top / max(1, height-box) * (float64(n) - box/row)
	}
	first = min(max(0, first), float64(n))
	from := max(0, int(first)-around)
	to := min(n, int(first+box/row)+1+around)
	above := s.Top - (first-float64(from))*row
	return Slice{From: from, To: to, Above: min(max(0, above), max(0, height-float64(to-from)*row)),
		Height: height}
}

// Reach returns where to scroll so that row place is fully in sight; Top if it is.
func (s Sight) Reach(place, n int) float64 {
	if float64(n)*s.Row > tallest {
		return float64(place) / float64(max(1, n)) * tallest
	}
	top := float64(place) * s.Row
	switch {
	case top < s.Top:
		return top
	case top+s.Row > s.Top+s.Box:
		return top + s.Row - s.Box
	}
	return s.Top
}

func (t *Table) OnMount(ctx app.Context) {
	ctx.Handle(RowsNow, t.take)
	ctx.Handle(RowsAgain, t.again)
	t.measure()
	t.need()
}

func (t *Table) OnUpdate(app.Context) {
	if t.held != t.View {
		t.active = min(t.active, max(0, t.Total-1))
	}
	t.need()
}

func (t *Table) OnResize(app.Context) {
	t.measure()
	t.need()
}

// measure reads the box's dimensions from the stylesheet.
func (t *Table) measure() {
	box := t.JSValue()
	if !box.Truthy() {
		return
	}
	style := app.Window().Call("getComputedStyle", box)
	row, err := strconv.ParseFloat(trimUnit(style.Call("getPropertyValue", "--row").String()), 64)
	if err != nil {
		row = 72
	}
	t.seen = Sight{Top: box.Get("scrollTop").Float(), Box: box.Get("clientHeight").Float(),
		Row: row}
}

// trimUnit removes "px" and white space from a length.
func trimUnit(length string) string {
	for len(length) > 0 && (length[0] == ' ' || length[0] == '\n') {
		length = length[1:]
	}
	n := 0
	for n < len(length) && (length[n] >= '0' && length[n] <= '9' || length[n] == '.') {
		n++
	}
	return length[:n]
}

// need requests rows that are rendered and missing.
func (t *Table) need() {
	if t.waiting && t.requested == t.View || t.Total == 0 {
		return
	}
	s := t.seen.Of(t.Total)
	from, to := s.From, s.To
	if t.held == t.View {
		for from < to && t.has(from) {
			from++
		}
		for to > from && t.has(to-1) {
			to--
		}
	}
	if from < to {
		t.waiting, t.requested = true, t.View
		t.Request(t.View, from, min(to, from+message.MaxRows))
	}
}

// again requests the rows in sight again; until they arrive, the old ones stay.
func (t *Table) again(ctx app.Context, _ app.Action) {
	s := t.seen.Of(t.Total)
	for place := range t.rows {
		if place < s.From || place >= s.To {
			delete(t.rows, place)
		}
	}
	if s.From < s.To {
		t.Request(t.View, s.From, min(s.To, s.From+message.MaxRows))
	}
}

func (t *Table) has(place int) bool { _, ok := t.rows[place]; return ok }

// take stores rows that arrive.
func (t *Table) take(ctx app.Context, action app.Action) {
	r, ok := action.Value.(*message.RowRange)
	if !ok {
		return
	}
	if r.View == t.requested {
		t.waiting = false
	}
	if r.View == t.View {
		if t.held != t.View || t.rows == nil || len(t.rows) > keptRows {
			t.rows, t.held = map[int]message.Row{}, t.View
		}
		for i, row := range r.Rows {
			t.rows[r.From+i] = row
		}
		if t.wanted > 0 && t.wanted == t.View && t.has(t.active) {
			t.open()
		}
	}
	t.need()
}

func (t *Table) onScroll(ctx app.Context, e app.Event) {
	before := t.seen.Of(t.Total)
	t.measure()
	t.need()
	if now := t.seen.Of(t.Total); now == before {
		ctx.PreventUpdate()
	}
}

func (t *Table) onClick(ctx app.Context, e app.Event) {
	row := e.Get("target").Call("closest", "[data-place]")
	if !row.Truthy() {
		return
	}
	place, err := strconv.Atoi(row.Get("dataset").Get("place").String())
	if err != nil {
		return
	}
	t.active = place
	t.open()
}

// onKey moves through the rows with the arrow keys, and opens or corrects the active one.
func (t *Table) onKey(ctx app.Context, e app.Event) {
	page := max(1, int(t.seen.Box/max(1, t.seen.Row))-1)
	to := t.active
	switch e.Get("key").String() {
	case "ArrowDown":
		to++
	case "ArrowUp":
		to--
	case "PageDown":
		to += page
	case "PageUp":
		to -= page
	case "Home":
		to = 0
	case "End":
		to = t.Total - 1
	case "Enter":
		e.PreventDefault()
		t.open()
		return
	default:
		ctx.PreventUpdate()
		row, ok := t.rows[t.active]
		if sentiment, is := CorrectionKey(pressed(e)); is && ok && t.held == t.View {
			e.PreventDefault()
			t.Correct(row.Row, sentiment)
		}
		return
	}
	e.PreventDefault()
	t.active, t.wanted = min(max(0, to), max(0, t.Total-1)), 0
	t.JSValue().Set("scrollTop", t.seen.Reach(t.active, t.Total))
	t.measure()
	t.need()
}

// open opens the active row, once it has arrived. A row of the previous view opens nothing.
func (t *Table) open() {
	t.wanted = 0
	switch row, ok := t.rows[t.active]; {
	case !ok:
		t.wanted = t.View
	case t.held == t.View:
		t.Open(row.Row)
	}
}

func (t *Table) Render() app.UI {
	s := t.seen.Of(t.Total)
	head := []app.UI{}
	for _, h := range t.heads() {
		head = append(head, app.Div().Class("cell", h.Value).Attr("role", "columnheader").
			Text(h.Text))
	}
	rows := make([]app.UI, 0, s.To-s.From)
	for place := s.From; place < s.To; place++ {
		rows = append(rows, t.row(place))
	}
	return app.Div().ID("reviews").Class("rows").Attr("role", "grid").TabIndex(0).
		Aria("label", "Reviews with their scores").Aria("rowcount", t.Total+1).
		Aria("activedescendant", "place-"+strconv.Itoa(t.active)).
		OnScroll(t.onScroll).OnClick(t.onClick).OnKeyDown(t.onKey).Body(
		app.Div().Attr("role", "rowgroup").Class("heads").Body(
			app.Div().Class("row").Attr("role", "row").Aria("rowindex", 1).Body(head...)),
		app.Div().Class("list").Attr("role", "rowgroup").
			Style("height", pixels(s.Height)).Style("padding-top", pixels(s.Above)).Body(rows...))
}

func pixels(n float64) string { return strconv.FormatFloat(n, 'f', 0, 64) + "px" }

// heads returns the columns: the class of their cells, and their name.
func (t *Table) heads() []Option {
	out := []Option{{"number", "Row"}, {"sentiment", "Sentiment"}, {"score", "Positive"},
		{"words", "Review"}}
	if t.Products {
		out = append(out, Option{"product", "Product"})
	}
	if t.Stars {
		head := "Stars"
		if t.Best > 0 {
			head = "Rating"
		}
		out = append(out, Option{"stars", head})
	}
	if t.Dates {
		out = append(out, Option{"date", "Date"})
	}
	return out
}

func (t *Table) row(place int) app.UI {
	class := "row"
	if place == t.active {
		class += " active"
	}
	r, ok := t.rows[place]
	if !ok {
		r, class = message.Row{Text: "…"}, class+" empty"
	}
	cells := make([]app.UI, 0, 7)
	for _, h := range t.heads() {
		cell := app.Div().Class("cell", h.Value).Attr("role", "gridcell")
		switch h.Value {
		case "number":
			text := ""
			if ok {
				text = format.Number(r.Row)
			}
			cell = cell.Text(text)
		case "sentiment":
			word := format.Word(r.Sentiment)
			if r.Unread != "" { // it counts for no sentiment
				word = "Not read"
			}
			cell = cell.Class(r.Sentiment).Body(Mark(r.Sentiment), app.Span().Text(word),
				yours(r.Corrected))
		case "score":
			if r.Sentiment != "" && r.Unread == "" { // name what it is a share of, if no head does
				cell = cell.Body(app.Text(format.Percent(r.Positive)),
					app.Span().Class("headless").Text(" positive"))
			}
		case "words":
			text := r.Text
			if text == "" {
				text = r.Problem
			}
			cell = cell.Body(app.Div().Class("clamp").Body(app.Strong().Text(title(r.Title)),
				app.Span().Text(text)))
		case "product":
			cell = cell.Body(app.Div().Class("clamp").Text(r.Product))
		case "stars":
			cell = cell.Text(format.RatingShort(r.Stars, t.Best))
		case "date":
			cell = cell.Text(format.Date(r.Date))
		}
		cells = append(cells, cell)
	}
	return app.Div().Class(class).ID("place-"+strconv.Itoa(place)).DataSet("place", place).
		Attr("role", "row").Aria("rowindex", place+2).Aria("selected", place == t.active).
		Body(cells...)
}

// yours renders the reader's sentiment, below the model's verdict.
func yours(sentiment string) app.UI {
	if sentiment == "" {
		return app.Span()
	}
	return app.Div().Class("corrected", sentiment).Body(app.Text("you: "),
		Mark(sentiment),
		app.Text(sentiment))
}

func title(t string) string {
	if t == "" {
		return ""
	}
	return t + " "
}
