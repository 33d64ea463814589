package main

import (
	"slices"
	"time"
)

// Reading is what is understood of a file: by a person (File.Want), or by the product (read).
// Columns are indexes into Names, -1 for none.
type Reading struct {
	Refused string   // why it is not read, "" where it is
	Names   []string // of the columns; empty ones where the file names none
	Text    []int    // the columns that are the review together, in the order of the file
	Title   int
	Stars   int
	Date    int
	Product int
	Scale   int // of the stars: 5, 10 or 100; 0 without stars; NPS is a scale of its own
	// DayFirst: 3/4/2024 is in April. It matters where Date is written in numbers.
	DayFirst bool
	// HeaderRows name the columns: 0 where nothing does, 2 or 3 where questions or types stand
	// below.
	HeaderRows int
	LeftOut    int // lines that are no reviews: a preamble, a header in the middle, totals, a footnote
	Rows       []Row
	Doubts     []string // what is said of guesses that should be checked
}

// NPS is the scale from 0 to 10 of "how likely are you to recommend us".
const NPS = 11

// Row is a review. What the file has no column for is zero.
type Row struct {
	Texts []string // of the columns in Text
	Stars float64  // brought to the scale of five
	Day   time.Time
}

// Want is the reading that a person would give a file.
type Want struct {
	Reading
	Under [][]string // the header rows below the first
	// What is as right as the columns of Reading.
	AlsoText, AlsoStars, AlsoDate, AlsoProduct []int
	Ambiguous                                  bool // the date's order has to be found
}

// want makes the wanted reading of a table of a layout's columns and rows.
func want(t *tableData, structure string, rows []row) Want {
	columns, cells := t.columns, t.cells
	w := Want{Reading: Reading{Title: -1, Stars: -1, Date: -1, Product: -1}}
	var main, parts, ids []int
	for i, c := range columns {
		w.Names = append(w.Names, c.Name)
		first := func(role *int) {
			if *role < 0 {
				*role = i
			}
		}
		switch c.Kind {
		case "text":
			main = append(main, i)
		case "pros", "cons":
			parts = append(parts, i)
		case "title":
			first(&w.Title)
		case "stars", "nps":
			first(&w.Stars)
		case "altstars":
			w.AlsoStars = append(w.AlsoStars, i)
		case "date":
			if c.Args != "relative" { // tells no day
				first(&w.Date)
			}
		case "altdate":
			w.AlsoDate = append(w.AlsoDate, i)
		case "product":
			first(&w.Product)
		case "productid": // where there is no name, an identifier tells products apart as well
			ids = append(ids, i)
		case "altproduct", "alsoproduct":
			w.AlsoProduct = append(w.AlsoProduct, i)
		case "place": // of which reviews are written, where nothing else is
			w.AlsoProduct = append(w.AlsoProduct, i)
		}
	}
	if w.Text = main; main == nil {
		w.Text, parts = parts, nil
	}
	w.AlsoText = parts
	if w.Text == nil {
		w.Text, w.Title = []int{w.Title}, -1
	}
	if w.Product < 0 && len(ids) > 0 {
		w.Product, ids = ids[0], ids[1:]
	}
	w.AlsoProduct = append(w.AlsoProduct, ids...)
	if w.Product < 0 && len(w.AlsoProduct) > 0 {
		w.AlsoProduct = append(w.AlsoProduct, -1)
	}
	if w.Stars >= 0 {
		w.Scale = scaleOf(columns[w.Stars])
	}
	if w.Date >= 0 {
		args := columns[w.Date].Args
		w.Ambiguous = isAmbiguous(args)
		w.DayFirst = w.Ambiguous && args[:2] != "01" && args[:2] != "1/"
	}
	w.frame(t, structure)
	for n, r := range rows {
		out := Row{}
		for _, i := range w.Text {
			text := cells[n][i]
			if isNull(text) {
				text = ""
			}
			out.Texts = append(out.Texts, text)
		}
		if w.Stars >= 0 && w.Scale != NPS {
			_, out.Stars = starsCell(r.stars, columns[w.Stars].Args)
		}
		if w.Date >= 0 {
			out.Day = time.Date(r.day.Year(), r.day.Month(), r.day.Day(), 0, 0, 0, 0, time.UTC)
			if !tellsDay(columns[w.Date].Args) {
				out.Day = out.Day.AddDate(0, 0, 1-r.day.Day()) // only the month is told
			}
		}
		w.Rows = append(w.Rows, out)
	}
	return w
}

// frame says what is around the rows of a structure.
func (w *Want) frame(t *tableData, structure string) {
	w.HeaderRows = 1
	switch structure {
	case "no-header":
		w.HeaderRows = 0
	case "second-header":
		w.HeaderRows, w.Under = 2, [][]string{t.secondHeader()}
	case "qualtrics":
		w.HeaderRows, w.Under = 3, [][]string{t.questions(), t.importIDs()}
	case "preamble":
		w.LeftOut = 3
	case "title-rows", "repeated-header", "concatenated", "totals", "footnote":
		w.LeftOut = 1
	}
}

func scaleOf(c Column) int {
	switch {
	case c.Kind == "nps":
		return NPS
	case len(c.Args) > 2 && c.Args[:3] == "100":
		return 100
	case len(c.Args) > 1 && c.Args[:2] == "10":
		return 10
	}
	return 5
}

// nulls are what exports write where there is no text.
var nulls = []string{"NULL", `\N`, "nan", "N/A", "None", "-", "null", "#N/A"}

func isNull(text string) bool { return slices.Contains(nulls, text) }

// tellsDay reports whether a description of dates has their day, and not only their month.
func tellsDay(args string) bool {
	day := time.Date(2022, 3, 8, 0, 0, 0, 0, time.UTC)
	return dateCell(nil, day, args) != dateCell(nil, day.AddDate(0, 0, 14), args)
}
