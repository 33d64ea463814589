package table

import (
	"math"
	"strconv"
	"strings"

	"reviewlens/reviews"
)

// Question is a doubt between two ways to read a file that a person decides by looking at the same
// rows, read in both ways.
type Question struct {
	Doubt   string // one of Reading.Doubts, which the answer resolves
	Ask     string // "Which comes first in "date", the day or the month?"
	Options [2]Option
}

// Option is one of the two ways. Its Order and Columns, if not zero, are to be set in Options.
type Option struct {
	Label   string // text of the button
	Order   Order  // order of day and month
	Columns *Columns
	Rows    [][2]string // cells as written, and as read
}

// questionRows is the number of rows that a question shows.
const questionRows = 4

// Questions returns a question for each of the doubts (Reading.Doubts) with two alternatives;
// naming columns also resolves the first, that of the text.
func (r *Reading) Questions() (questions []Question) {
	c := r.Columns
	if other := r.otherText(); other >= 0 {
		q := Question{Doubt: r.doubtText(), Ask: "Which column holds the reviews?"}
		swapped := c
		swapped.Text, swapped.Second = other, 0
		for i, columns := range [2]Columns{c, swapped} {
			column := columns.Text
			o := Option{Label: r.Name(column), Columns: &columns}
			o.Rows = r.rows(column, func(row []string) (string, bool) {
				return "", strings.TrimSpace(row[column]) != ""
			})
			q.Options[i] = o
		}
		questions = append(questions, q)
	}
	if doubt := r.doubtOrder(); doubt != "" && !r.Dates.YearFirst {
		q := Question{Doubt: doubt}
		q.Ask = "Which comes first in " + r.Name(c.Date) + ", the day or the month?"
		for i, dates := range [2]reviews.Dates{{DayFirst: true}, {}} {
			o := Option{Label: "The day", Order: DayFirst}
			if i == 1 {
				o = Option{Label: "The month", Order: MonthFirst}
			}
			o.Rows = r.rows(c.Date, func(row []string) (string, bool) {
				day, ok := dates.Parse([]byte(row[c.Date]))
				other, both := reviews.Dates{DayFirst: !dates.DayFirst}.Parse([]byte(row[c.Date]))
				return spelledOut(day, ok), (ok || both) && day != other
			})
			q.Options[i] = o
		}
		questions = append(questions, q)
	}
	if doubt := r.doubtScale(); doubt != "" {
		none := c
		none.Stars = -1
		rating := func(row []string) (string, bool) {
			stars, ok := r.Scale.Parse([]byte(row[c.Stars]))
			return strconv.FormatFloat(math.Round(10*stars)/10, 'f', -1, 64) + " of 5 stars", ok
		}
		noRating := func(row []string) (string, bool) {
			_, ok := rating(row)
			return "no stars", ok
		}
		q := Question{Doubt: doubt, Ask: "Are the numbers in " + r.Name(c.Stars) + " ratings?"}
		q.Options[0] = Option{"Ratings " + r.Scale.String(), GuessOrder, &c,
			r.rows(c.Stars, rating)}
		q.Options[1] = Option{"No ratings", GuessOrder, &none, r.rows(c.Stars, noRating)}
		questions = append(questions, q)
	}
	return questions
}

// rows returns the first rows of the head whose cell in a column is shown, each with its
// interpretation.
func (r *Reading) rows(
	column int, read func(row []string) (as string, show bool),
) (rows [][2]string) {
	for _, row := range r.Head {
		if column >= len(row) {
			continue
		}
		if as, show := read(row); show {
			cell := reviews.Clip([]byte(strings.TrimSpace(row[column])), 120)
			rows = append(rows, [2]string{cell, as})
		}
		if len(rows) == questionRows {
			break
		}
	}
	return rows
}

// spelledOut formats a day unambiguously.
func spelledOut(day reviews.Day, ok bool) string {
	if !ok {
		return "no date"
	}
	return day.Time().Format("2 January 2006")
}

// otherText returns the column with the longest texts other than the text column, if that is a
// guess; -1 if there is no such guess, or no other column with texts.
func (r *Reading) otherText() int {
	c, best, other := r.Columns, 20.0, -1 // mean length; shorter cells are not reviews
	if !r.guessesText() {
		return -1
	}
	for i := range r.Names {
		if c.IsText(i) || i == c.Title || i == c.Stars || i == c.Date {
			continue
		}
		if f := profileColumn(r.Head, i, ""); !f.isText() {
			continue // links or dates, which may be long
		}
		filled, letters := 0, 0
		for _, row := range r.Head {
			if i < len(row) && row[i] != "" {
				filled++
				letters += len(row[i])
			}
		}
		if mean := float64(letters) / float64(max(1, filled)); mean > best {
			best, other = mean, i
		}
	}
	return other
}
