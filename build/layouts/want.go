package main

import (
	"slices"
	"time"
)

// Reading is the interpretation of a file: a person's (File.Want), or the product's (read). Columns
// are indexes into Names, -1 for none.
type Reading struct {
	Refused string   // reason for rejecting the file, "" if it is read
	Names   []string // of the columns; empty if the file names none
	Text    []int    // the columns that form the review, in the order of the file
	Title   int
	Stars   int
	Date    int
	Product int
	Scale   int // of the stars: 5, 10 or 100; 0 without stars; NPS is a scale of its own
	// DayFirst: 3/4/2024 is in April. It matters if Date is written in numbers.
	DayFirst bool
	// HeaderRows is the number of rows that name the columns: 0 for none, 2 or 3 if questions or
	// types follow below.
	HeaderRows int
	LeftOut    int // lines that are not reviews: preamble, header in the middle, totals, footnote
	Rows       []Row
	Doubts     []string // warnings about guesses that should be checked
}

// NPS is the scale from 0 to 10 of "how likely are you to recommend us".
const NPS = 11

// Row is a review. Fields without a column in the file are zero.
type Row struct {
	Texts []string // of the columns in Text
	Stars float64  // converted to the scale of five
	Day   time.Time
}

// Want is the reading that a person would give a file.
type Want struct {
	Reading
	Under [][]string // the header rows below the first
	// Alternatives that are as correct as the columns of Reading.
	AlsoText, AlsoStars, AlsoDate, AlsoProduct []int
	Ambiguous                                  bool // the order of the date has to be detected
}

// want returns the wanted reading of a table of a layout's columns and rows.
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
			if c.Args != "relative" { // contains no day
				first(&w.Date)
			}
		case "altdate":
			w.AlsoDate = append(w.AlsoDate, i)
		case "product":
			first(&w.Product)
		case "productid": // without a name, an identifier distinguishes products as well
			ids = append(ids, i)
		case "altproduct", "alsoproduct":
			w.AlsoProduct = append(w.AlsoProduct, i)
		case "place": // the subject of reviews if there is no other
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
			if !containsDay(columns[w.Date].Args) {
				out.Day = out.Day.AddDate(0, 0, 1-r.day.Day()) // only the month is given
			}
		}
		w.Rows = append(w.Rows, out)
	}
	return w
}

// frame sets what surrounds the rows of a structure.
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

// nulls are the values that exports write if there is no text.
var nulls = []string{"NULL", `\N`, "nan", "N/A", "None", "-", "null", "#N/A"}

func isNull(text string) bool { return slices.Contains(nulls, text) }

// containsDay reports whether a date format contains the day, not only the month.
func containsDay(args string) bool {
	day := time.Date(2022, 3, 8, 0, 0, 0, 0, time.UTC)
	return dateCell(nil, day, args) != dateCell(nil, day.AddDate(0, 0, 14), args)
}
