package table

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"reviewlens/reviews"
	"reviewlens/reviews/text"
)

// Sentence describes how the file is read: Reviews from "Customer Review", stars from "Rating" (1
// to 10), dates from "at", day first.
func (r *Reading) Sentence() string {
	c := r.Columns
	if c.Text < 0 {
		return "No column looks like review text."
	}
	s := "Reviews from " + r.texts()
	if c.Title >= 0 {
		s += ", titles from " + r.Name(c.Title)
	}
	if c.Stars >= 0 {
		s += ", stars from " + r.Name(c.Stars) + " (" + r.Scale.String() + ")"
	}
	if c.Date >= 0 {
		s += ", dates from " + r.Name(c.Date)
		if order := r.DateOrder(); order != "" {
			s += ", " + order
		}
	}
	if c.Product >= 0 {
		s += ", products from " + r.Name(c.Product)
	}
	if left := r.LeftOut(); len(left) > 0 {
		s += "; left out: " + strings.Join(left, ", ")
	}
	return s + "."
}

// texts names the text column, or those of its parts.
func (r *Reading) texts() string { return r.join(r.Columns.Texts()) }

// join names columns: "a", "b" and "c".
func (r *Reading) join(columns []int) (names string) {
	for n, i := range columns {
		switch {
		case n > 0 && n == len(columns)-1:
			names += " and "
		case n > 0:
			names += ", "
		}
		names += r.Name(i)
	}
	return names
}

// DateOrder returns "day first", "month first" or "year first", and "" if there are no dates or all
// are the same days in either order.
func (r *Reading) DateOrder() string {
	switch {
	case r.Columns.Date < 0 || r.DateEvidence == (reviews.DateEvidence{}):
		return ""
	case r.Dates.YearFirst:
		return "year first"
	case r.Dates.DayFirst:
		return "day first"
	}
	return "month first"
}

// LeftOut describes the content around the table that is not part of it.
func (r *Reading) LeftOut() (left []string) {
	d := r.Dialect
	if d.Preamble == 1 {
		left = append(left, "the line above the table")
	} else if d.Preamble > 1 {
		left = append(left, "the "+group(d.Preamble)+" lines above the table")
	}
	if n := d.headerRows(); n > 1 {
		left = append(left, group(n-1)+" more rows of headings")
	}
	if d.Until > 0 && d.Tables == 0 {
		left = append(left, "what is below the table")
	}
	if d.Tables == 1 {
		left = append(left, "another table in the file")
	} else if d.Tables > 1 {
		left = append(left, group(d.Tables)+" other tables in the file")
	}
	return left
}

// Doubt is a guess that should be checked.
type Doubt struct {
	Detail string // a clause
	Option string // that resolves it: the name of the API's parameter; "" for none
}

// leaveOut begins the part of a doubt's detail that says how a program leaves a column out.
const leaveOut = ", or give \"-\" for "

// Brief returns a doubt's detail without how a program leaves a column out.
func Brief(detail string) string {
	brief, _, _ := strings.Cut(detail, leaveOut)
	return brief
}

// Doubts returns the guesses that should be checked.
func (r *Reading) Doubts() (doubts []Doubt) {
	doubt := func(option, detail string) {
		if detail != "" {
			doubts = append(doubts, Doubt{detail, option})
		}
	}
	doubt("", r.doubtWidths())
	doubt("lines_above", r.doubtTables())
	doubt("encoding", r.doubtEncoding())
	doubt("header_rows", r.doubtHeader())
	doubt("text", r.doubtText())
	if u := r.unread; u != (pair{}) {
		doubt("text", r.Name(u.first)+" and "+r.Name(u.second)+" hold texts, too, and were not read")
	}
	doubt(r.doubtLists())
	doubt("", r.doubtPage())
	doubt("", r.doubtLines())
	doubt("", r.doubtAlone())
	doubt("dayfirst", r.doubtOrder())
	doubt("date", r.doubtYears())
	doubt("", r.doubtConverted())
	doubt("stars_of", r.doubtScale())
	doubt("stars_of", r.doubtGrades())
	doubt("stars", r.doubtStars())
	doubt(r.unlike())
	doubt("stars", r.doubtRatings())
	doubt("stars", r.doubtLate(r.lateStars, "ratings"))
	doubt("date", r.doubtLate(r.lateDates, "dates"))
	doubt("", cmp.Or(r.doubtNotes(), r.doubtReplies()))
	doubt("", r.doubtQuestions())
	doubt("product", r.doubtProducts())
	doubt(r.unlikeDates())
	return doubts
}

// sureEnough is the confidence below which a guess is doubted.
const sureEnough = 0.6

// guessesText reports whether the text column is a guess among several.
func (r *Reading) guessesText() bool {
	return r.Columns.Text >= 0 && len(r.Names) > 1 && r.Confidence.Text < sureEnough
}

// doubtText returns the doubt that the text column is a guess among several; "" for no doubt.
func (r *Reading) doubtText() string {
	if !r.guessesText() {
		return ""
	}
	hold, rival := "holds", ""
	if len(r.Columns.Texts()) > 1 {
		hold = "hold"
	}
	if i := r.otherText(); i >= 0 {
		rival = ", " + r.Name(i) + " may as well"
	}
	return fmt.Sprintf("that %s %s the reviews is a guess%s; %s", r.texts(), hold, rival,
		list(r.Names))
}

// doubtHeader returns the doubt that the first row, which was read as a review, may name the
// columns: short words in each cell, and by far the shortest text of many in the case of a single
// column. Or that the name of a single column may be a review.
func (r *Reading) doubtHeader() string {
	const few, fewAlone = 5, 10 // minimum numbers of rows
	c := r.Columns
	if r.Dialect.Header && r.options.HeaderRows == nil && r.Dialect.Keys == nil &&
		len(r.Names) == 1 && isShortText(r.Names[0]) {
		return fmt.Sprintf("that the first row, %q, names the column is a guess: it may be a "+
			"review", reviews.Clip([]byte(r.Names[0]), 60))
	}
	if r.Dialect.Header || r.Dialect.Keys != nil || r.options.HeaderRows != nil || c.Text < 0 ||
		len(r.Head) < few || len(r.Head[0]) <= c.Text {
		return ""
	}
	alone := len(r.Head[0]) == 1
	if alone && len(r.Head) < fewAlone {
		return ""
	}
	names := make([]string, len(r.Head[0]))
	for i, cell := range r.Head[0] {
		cell = strings.TrimSpace(cell)
		if len(nameWords(cell)) == 0 || countWords(cell) > 3 || isTyped(cell) ||
			alone && strings.ContainsAny(cell[len(cell)-1:], ".!") {
			return ""
		}
		names[i] = reviews.Clip([]byte(cell), 60)
	}
	first, sum := utf8.RuneCountInString(r.Head[0][c.Text]), 0
	for _, row := range r.Head[1:] {
		if c.Text >= len(row) || utf8.RuneCountInString(row[c.Text]) <= first {
			return ""
		}
		sum += utf8.RuneCountInString(row[c.Text])
	}
	if sum < 3*first*(len(r.Head)-1) {
		return ""
	}
	return fmt.Sprintf("that no row names the columns is a guess: the first one is %q", names)
}

// isShortText reports whether the name of the only column may be a review: some words, none of
// which names reviews or what people write.
func isShortText(name string) bool {
	if countWords(name) < 2 || isIdentifierName(name) || strings.HasSuffix(name, "?") {
		return false
	}
	var parts []sense
	for _, word := range nameWords(name) {
		parts = senses(parts, word)
	}
	return !slices.ContainsFunc(parts, func(s sense) bool { return s&(review|written) != 0 })
}

// doubtOrder returns the doubt that no date determines the order of day and month; "" if one does.
func (r *Reading) doubtOrder() string {
	if r.Columns.Date < 0 || r.options.Order != GuessOrder || r.DateEvidence.Sure() {
		return ""
	}
	order := "month"
	if r.Dates.YearFirst {
		order = "year"
	} else if r.Dates.DayFirst {
		order = "day"
	}
	why := "no date settles it"
	if e := r.DateEvidence; e.DayFirst > 0 && e.MonthFirst > 0 {
		why = fmt.Sprintf("its dates contradict each other, %s of those that were looked at can "+
			"only have the day first and %s only the month", group(e.DayFirst), group(e.MonthFirst))
	}
	return fmt.Sprintf("that the %s comes first in %s is a guess: %s", order,
		r.Name(r.Columns.Date), why)
}

// latestYear is the latest year that is accepted for dates, even if the clock is behind.
const latestYear = 2027

// doubtYears returns the doubt that dates have two-digit years of the Thai calendar, or are far in
// the future.
func (r *Reading) doubtYears() string {
	last := r.lastDay.Time()
	switch {
	case r.Columns.Date < 0:
		return ""
	case r.DateEvidence.Thai > 0:
		return fmt.Sprintf("that the years of %s are those of Thailand is a guess: in two digits, "+
			"50 to 69 are read as 2007 to 2026", r.Name(r.Columns.Date))
	case last.Year() > latestYear && last.After(time.Now().AddDate(1, 0, 0)):
		return fmt.Sprintf("that %s holds dates of reviews is a guess: it goes to %s",
			r.Name(r.Columns.Date), last.Format(time.DateOnly))
	}
	return ""
}

// doubtConverted returns the doubt that a spreadsheet swapped day and month of some dates.
func (r *Reading) doubtConverted() string {
	if !r.halfConverted {
		return ""
	}
	return fmt.Sprintf("in %s, day and month may be swapped in some dates: those with the year "+
		"first, or as a number, have no day above 12, and the others have only such days, as "+
		"where a spreadsheet converted some; export the dates as text", r.Name(r.Columns.Date))
}

// doubtScale returns the doubt that the scale is a guess: nothing names it, and no rating reaches
// its top. For a scale up to five, there must be 25 ratings or more, none above 4.
func (r *Reading) doubtScale() string {
	const many = 25 // ratings, one of which should be the best
	if r.Columns.Stars < 0 || r.ScaleEvidence.Sure(r.Scale) || r.Scale.Best() <= 5 &&
		(r.ScaleEvidence.Rated < many || r.ScaleEvidence.Max > 4) {
		return ""
	}
	return fmt.Sprintf("that %s goes from %s is a guess: the highest rating is %s",
		r.Name(r.Columns.Stars), r.Scale, strconv.FormatFloat(r.ScaleEvidence.Max, 'f', -1, 64))
}

// doubtGrades returns the doubt which end of a scale is the best: if the column is named Note and
// others have German names, if its name explains a 1 by unknown words, or if the best word of its
// verbal scale does not occur.
func (r *Reading) doubtGrades() string {
	c := r.Columns.Stars
	if c < 0 || c >= len(r.Header) || r.options.StarsOf != 0 {
		return ""
	}
	if r.notes {
		return fmt.Sprintf("that 1 is the best of %s is a guess: of points, it is 6", r.Name(c))
	}
	if label := r.ScaleEvidence.Label; label != "" {
		return fmt.Sprintf("that %v is the best of %s is a guess: nothing tells what %q means",
			r.Scale.Best(), r.Name(c), label)
	}
	if r.Scale.Grades || r.Scale.Numbered {
		return ""
	}
	if e := r.ScaleEvidence; e.Missing != "" {
		return fmt.Sprintf("that %q is the best of %s is a guess: %q does not occur", e.Best,
			r.Name(c), e.Missing)
	}
	if words := reviews.UnknownGrades(r.Header[c]); words != "" {
		return fmt.Sprintf("that %v is the best of %s is a guess: its name says %q of 1",
			r.Scale.Best(), r.Name(c), reviews.Clip([]byte(words), 60))
	}
	if r.Scale.Best() != 5 || !r.namesNotes() {
		return ""
	}
	return fmt.Sprintf("that 5 is the best of %s is a guess: of grades, it is 1", r.Name(c))
}

// namesNotes reports whether the stars column is named Note, like school marks in German and
// French, and others have German names.
func (r *Reading) namesNotes() bool {
	grades, german := false, false
	for i, name := range r.Header {
		for _, w := range nameWords(name) {
			grades = grades || i == r.Columns.Stars && inList(w, " note noten ")
			german = german || inList(w, " bewertung rezension kommentar datum titel produkt "+
				"meinung vorteile nachteile erfahrung bericht text ")
		}
	}
	return grades && german
}

// doubtStars returns the doubt that only its numbers make a column the stars, or that others fit as
// well; "" if its name does, or there are no names.
func (r *Reading) doubtStars() string {
	c := r.Columns.Stars
	if c < 0 || c >= len(r.Header) || r.options.Stars != "" || r.options.Columns != nil ||
		len(nameWords(r.Header[c])) == 0 {
		return ""
	}
	doubt := ""
	named := r.ScaleEvidence.Named && r.ScaleEvidence.Max > 0 // by its name
	if !named && weighNames(r.Header, r.Head)[c].stars == 0 {
		doubt = fmt.Sprintf("that %s holds ratings is a guess by its cells", r.Name(c))
	} else if len(r.ratings) > 0 {
		doubt = fmt.Sprintf("that %s holds the ratings is a guess", r.Name(c))
	}
	if others := r.ratings; len(others) > 0 {
		const most = 5
		doubt += "; " + r.join(others[:min(len(others), most)]) + " may as well"
	}
	return doubt
}

// unlike returns a doubt and the option that resolves it if a column has the name of ratings but
// too many other cells, for example since a spreadsheet turned them into dates. It returns "" if
// there is no such column.
func (r *Reading) unlike() (option, detail string) {
	if r.Columns.Stars >= 0 || r.options.Stars != "" || r.options.Columns != nil {
		return "", ""
	}
	named := func(n nameEvidence) float64 {
		switch {
		case n.likely:
			return 3
		case n.all&stars == 0 || n.stars < minScore:
			return n.stars
		case n.question:
			return 3
		}
		return max(n.stars, sureName) // originalScore
	}
	return r.unlikeName("stars", "ratings", "4 or 4/5", named,
		func(f *profile, cell string) bool {
			if f.name.likely && !f.numbered() { // yes or no
				return true
			}
			if _, ok := reviews.ParseNumber(cell); ok && f.name.stars <= partStars &&
				f.scaled.Max > f.scale.Best() { // loyalty points
				return true
			}
			_, ok := f.scale.Parse([]byte(cell))
			return ok && (f.scale.Best() < 100 || f.scaled.Named) || strings.HasPrefix(cell, "[{")
		})
}

// unlikeDates returns a doubt and its option if a column has the name of dates but too many other
// cells. It returns "" if there is no such column.
func (r *Reading) unlikeDates() (option, detail string) {
	if r.Columns.Date >= 0 || r.options.Date != "" || r.options.Columns != nil {
		return "", ""
	}
	return r.unlikeName("date", "dates", "2024-03-04",
		func(n nameEvidence) float64 { return n.date },
		func(_ *profile, cell string) bool { _, ok := r.Dates.Parse([]byte(cell)); return ok })
}

// sureName is the minimum score (weighNames) of the name of a column that holds ratings or dates.
const sureName = 2.7

// unlikeName returns a doubt about the first column that is clearly named as what, but whose cells
// were not understood. Naming it by the option helps if half of them are; else the doubt tells how
// to write them, and how to exclude them.
func (r *Reading) unlikeName(option, what, written string, weigh func(nameEvidence) float64,
	understood func(f *profile, cell string) bool) (helps, detail string) {
	c := r.Columns
	for i, n := range weighNames(r.Header, r.Head) {
		if c.IsText(i) || i == c.Title || i == c.Date || i == c.Stars || weigh(n) < sureName {
			continue
		}
		f := profileColumn(r.Head, i, r.Header[i])
		f.name = n
		mayBeText := n.all&either != 0 || n.all&stars == 0 || n.points // Bewertung, selling points
		if weigh(n) < 3 && mayBeText && f.perCell() >= 3 && !f.numbered() {
			continue
		}
		first, read, filled := "", 0, 0
		for _, row := range r.Head {
			switch {
			case i >= len(row) || text.IsNull([]byte(strings.TrimSpace(row[i]))):
				continue
			case understood(&f, row[i]):
				read++
			case first == "":
				first = row[i]
			}
			filled++
		}
		if first == "" {
			continue
		}
		detail = fmt.Sprintf("%s is named like %s, but was not read: %q is none, for one",
			r.Name(i), what, reviews.Clip([]byte(first), 60))
		if read*2 < filled {
			return "", fmt.Sprintf("%s; write %s in it%s%s to leave it out", detail, written,
				leaveOut, option)
		}
		return option, detail
	}
	return "", ""
}

// BadCells counts the cells of a column that were not understood.
type BadCells struct {
	Cells, Of int    // of those that are neither empty nor a null word
	Row       int    // of the first, from 1
	Cell      string // the first
}

func (u *BadCells) add(row int, cell []byte, understood bool) {
	if len(cell) == 0 || text.IsNull(cell) {
		return
	}
	u.Of++
	if understood {
		return
	}
	if u.Cells++; u.Cells == 1 {
		u.Row, u.Cell = row, reviews.Clip(cell, 60)
	}
}

// doubt returns a clause about them, "" if all were understood.
func (u BadCells) doubt(what string) string {
	if u.Cells == 0 {
		return ""
	}
	return fmt.Sprintf("%s of %s %s were not understood, the first in row %s: %q", group(u.Cells),
		group(u.Of), what, group(u.Row), u.Cell)
}

// Findings holds the remarks that result from reading all rows. The zero value has none.
type Findings struct {
	Stars, Dates BadCells
	Headers      int // repeated headers (RepeatedHeader)

	repaired int    // rows (Record.Repaired)
	repair   string // of the first, and its place
}

// AddFacts counts a row of r and returns its stars and date.
func (f *Findings) AddFacts(r *Reading, rec Record) (stars float64, day reviews.Day) {
	if rec.Repaired != "" {
		if f.repaired++; f.repaired == 1 {
			f.repair = fmt.Sprintf("row %s (line %s): %s", group(rec.Index+1), group(rec.Line),
				rec.Repaired)
		}
	}
	var ok bool
	if cell := Cell(rec.Fields, r.Columns.Stars); len(cell) > 0 {
		stars, ok = r.Scale.Parse(cell)
		f.Stars.add(rec.Index+1, cell, ok)
	}
	if cell := Cell(rec.Fields, r.Columns.Date); len(cell) > 0 {
		day, ok = r.Dates.Parse(cell)
		f.Dates.add(rec.Index+1, cell, ok)
	}
	return stars, day
}

// AddLeftOut counts a record that is not a row, by its reason (Record.LeftOut).
func (f *Findings) AddLeftOut(reason string) {
	if reason == RepeatedHeader {
		f.Headers++
	}
}

// Repairs returns a clause on the rows that were malformed and repaired, "" if none was.
func (f *Findings) Repairs() string {
	switch f.repaired {
	case 0:
		return ""
	case 1:
		return "1 row was malformed and repaired: " + f.repair
	}
	return group(f.repaired) + " rows were malformed and repaired, the first is " + f.repair
}

// All returns the findings, one clause each: Doubts and Repairs.
func (f *Findings) All() []string {
	all := f.Doubts()
	if repairs := f.Repairs(); repairs != "" {
		all = append(all, repairs)
	}
	return all
}

// Doubts returns the findings, one clause each, without Repairs: programs that list these rows need
// no summary.
func (f *Findings) Doubts() (doubts []string) {
	for _, doubt := range []string{f.Stars.doubt("ratings"), f.Dates.doubt("dates")} {
		if doubt != "" {
			doubts = append(doubts, doubt)
		}
	}
	if f.Headers == 1 {
		doubts = append(doubts, "the header stands once more between the rows and was skipped")
	} else if f.Headers > 1 {
		doubts = append(doubts, "the header stands "+group(f.Headers)+
			" more times between the rows; these were skipped")
	}
	return doubts
}

// Cell returns the i-th field of a record, nil if it does not exist (i may be -1).
func Cell(fields [][]byte, i int) []byte {
	if i < 0 || i >= len(fields) {
		return nil
	}
	return fields[i]
}
