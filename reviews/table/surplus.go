package table

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
)

// Kinds of cells that distinguish columns.
const (
	emptyCell = iota
	numberCell
	dateCell // or stars
	linkCell
	wordCell
	textCell
	quotedCell // words in quotes
	cellKinds
)

// kindOf returns the kind of the i-th cell of a record.
func (s sampled) kindOf(i int) int {
	cell := strings.TrimSpace(s.cells[i])
	switch {
	case cell == "":
		return emptyCell
	case isNumber(cell) || mostlyDigits(cell):
		return numberCell
	case isValue(cell):
		return dateCell
	case isLink(cell):
		return linkCell
	case s.quoted[i]:
		return quotedCell
	case countWords(cell) > 1:
		return textCell
	}
	return wordCell
}

// mostlyDigits reports whether a cell resembles a number: a price, an order number.
func mostlyDigits(cell string) bool {
	digits, letters := 0, 0
	for _, r := range cell {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case unicode.IsLetter(r) || r == ' ':
			letters++
		}
	}
	return digits > 0 && digits >= letters
}

// maxSurplusColumns limits the work of sniffSurplus, which is quadratic in the number of columns.
const maxSurplusColumns = 100

// sniffSurplus finds the column, from 1, that contains the surplus of rows with too many fields: an
// unquoted text that contains delimiters. It is the column with which every column holds a single
// kind of cell, some of them numbers or dates. width is the number of columns; column is 0 if there
// is no such column.
func sniffSurplus(sample []byte, whole bool, d Dialect) (column, width int) {
	d.Width, d.Surplus = 0, 0
	records := firstRecords(sample, whole, d, sniffRecords)
	if len(records) < 3 || d.Delimiter == 0 || d.DoubleEncoded {
		return 0, 0
	}
	width = len(records[0].cells)
	if d.Header {
		records = records[d.headerRows():]
	}
	for _, s := range records {
		if !d.Header {
			width = min(width, len(s.cells))
		}
	}
	if width < 2 || width > maxSurplusColumns {
		return 0, 0
	}
	seen := alignSurplus(records, width)
	few := seen.over == 0 || seen.over*20 < len(records) || seen.over == 1 && len(records) > 9
	if few || seen.exact == 0 || seen.short*10 > len(records) {
		return 0, 0
	}
	best := 0.0
	for k := range width {
		if agree, ok := seen.agreement(k); ok && agree >= best {
			best, column = agree, k+1
		}
	}
	return column, width
}

// aligned holds the kinds of the cells of rows, one per column: left those of a row's first cells,
// right those of its last. For a row with more cells, right has one kind more.
type aligned struct {
	width              int
	left, right        [][]int
	overs              []int // rows with more cells than columns
	exact, short, over int   // rows with as many, fewer and more cells; fewer have no kinds
}

// alignSurplus aligns the cells of records with columns.
func alignSurplus(records []sampled, width int) (a aligned) {
	a.width = width
	for _, s := range records {
		cells := s.cells
		if len(cells) > width && strings.Join(cells[width:], "") == "" { // padding
			continue
		}
		switch {
		case len(cells) < width:
			a.short++
			continue
		case len(cells) == width:
			a.exact++
		default:
			a.over++
		}
		l, r := make([]int, width), make([]int, width)
		for i := range width {
			l[i], r[i] = s.kindOf(i), s.kindOf(len(cells)-width+i)
		}
		if len(cells) > width {
			a.overs = append(a.overs, len(a.left))
			r = append(r, textCell)
		}
		a.left, a.right = append(a.left, l), append(a.right, r)
	}
	return a
}

// agreement returns, for surplus cells that belong to column k, the sum over all columns of the
// share of rows that have the column's most frequent kind. ok reports whether k can be that column:
// a text, in a table with a column of numbers, dates or links and enough agreement.
func (a *aligned) agreement(k int) (agree float64, ok bool) {
	if slices.ContainsFunc(a.overs, func(row int) bool { return a.left[row][k] == quotedCell }) {
		return 0, false // a quoted cell contains its delimiters, and ends with its quotes
	}
	typed, texts := 0, 0
	for i := range a.width {
		counts := a.kinds(i, k)
		most := 0
		for kind, n := range counts {
			if n > counts[most] {
				most = kind
			}
		}
		if i == k { // of any length, but text
			texts = counts[textCell] + counts[quotedCell]
			most = textCell
			counts[textCell] += counts[wordCell] + counts[quotedCell] + counts[emptyCell]
		}
		share := float64(counts[most]) / float64(len(a.left))
		agree += share
		if share >= 0.9 && (most == numberCell || most == dateCell || most == linkCell) {
			typed++
		}
	}
	return agree, typed > 0 && texts*2 >= len(a.left) && agree >= 0.85*float64(a.width)
}

// kinds counts the kinds of cells of column i if surplus cells belong to column k.
func (a *aligned) kinds(i, k int) (counts [cellKinds]int) {
	for row := range a.left {
		kind := a.left[row][i]
		switch {
		case i > k:
			kind = a.right[row][i]
		case i == k && len(a.right[row]) > a.width: // the merged cell
			kind = textCell
		}
		counts[kind]++
	}
	return counts
}

// firstRecords returns the first records of a sample.
func firstRecords(sample []byte, whole bool, d Dialect, most int) (records []sampled) {
	d.Header = false
	r := NewReader(bytes.NewReader(sample), d)
	sampleRecords(r, func(s sampled) bool {
		if !whole && s.offset+s.bytes+4 > int64(len(sample)) && len(records) > 0 {
			return false // it may continue beyond the sample
		}
		s = s.keep()
		for _, f := range r.s.spans() {
			s.quoted = append(s.quoted, f.quoted)
		}
		records = append(records, s)
		return len(records) < most
	}) // the error is that of the end of the sample
	return records
}
