package table

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
)

// Kinds of cells, as far as they tell columns apart.
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

// kindOf is the kind of the i-th cell of a record.
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

// mostlyDigits reports whether a cell is like a number: a price, a number of an order.
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

// mostSurplusColumns bounds the work of sniffSurplus, which is the square of the columns.
const mostSurplusColumns = 100

// sniffSurplus finds the column, from 1, that rows with too many fields have these in: a text that
// is not quoted and holds delimiters. It is the one with which all columns hold one kind of cell
// each, numbers or dates among them. width is how many columns there are; column is 0 where no
// column is that.
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
	if width < 2 || width > mostSurplusColumns {
		return 0, 0
	}
	// The kinds of the first and of the last cells of each row, as many as there are columns.
	var left, right [][]int
	var overs []int // rows with more
	exact, short, over := 0, 0, 0
	for _, s := range records {
		cells := s.cells
		if len(cells) > width && strings.Join(cells[width:], "") == "" { // padding
			continue
		}
		switch {
		case len(cells) < width:
			short++
			continue
		case len(cells) == width:
			exact++
		default:
			over++
		}
		l, r := make([]int, width), make([]int, width)
		for i := range width {
			l[i], r[i] = s.kindOf(i), s.kindOf(len(cells)-width+i)
		}
		left, right = append(left, l), append(right, r)
		if len(cells) > width {
			overs = append(overs, len(left)-1)
			right[len(right)-1] = append(r, textCell)
		}
	}
	few := over == 0 || over*20 < len(records) || over == 1 && len(records) > 9
	if few || exact == 0 || short*10 > len(records) {
		return 0, 0
	}
	best := 0.0
	for k := range width {
		agree, typed, texts := 0.0, 0, 0
		if slices.ContainsFunc(overs, func(row int) bool { return left[row][k] == quotedCell }) {
			continue // what is quoted holds its delimiters, and ends where the quotes do
		}
		for i := range width {
			var counts [cellKinds]int
			for row := range left {
				kind := left[row][i]
				switch {
				case i > k:
					kind = right[row][i]
				case i == k && len(right[row]) > width: // the merged cell
					kind = textCell
				}
				counts[kind]++
			}
			most := 0
			for kind, n := range counts {
				if n > counts[most] {
					most = kind
				}
			}
			if i == k { // of any length, but a text
				texts = counts[textCell] + counts[quotedCell]
				most = textCell
				counts[textCell] += counts[wordCell] + counts[quotedCell] + counts[emptyCell]
			}
			share := float64(counts[most]) / float64(len(left))
			agree += share
			if share >= 0.9 && (most == numberCell || most == dateCell || most == linkCell) {
				typed++
			}
		}
		if agree >= best && typed > 0 && texts*2 >= len(left) && agree >= 0.85*float64(width) {
			best, column = agree, k+1
		}
	}
	return column, width
}

// firstRecords gives the first records of a sample.
func firstRecords(sample []byte, whole bool, d Dialect, most int) (records []sampled) {
	d.Header = false
	r := NewReader(bytes.NewReader(sample), d)
	sampleRecords(r, func(s sampled) bool {
		if !whole && s.offset+s.bytes+4 > int64(len(sample)) && len(records) > 0 {
			return false // it may go on beyond the sample
		}
		s = s.keep()
		for _, f := range r.s.spans() {
			s.quoted = append(s.quoted, f.quoted)
		}
		records = append(records, s)
		return len(records) < most
	}) // an error is that of the sample's end
	return records
}
