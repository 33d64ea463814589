package table

import (
	"bytes"
	"slices"
	"strings"
)

// part is one of the tables in a sample: records of one width below a header.
type part struct {
	line  int   // of the header, from 1
	end   int64 // offset after its last record
	width int
	rows  [][]string // the first ones, including the header
}

// maxParts is the maximum number of tables in a sample that are distinguished.
const maxParts = 20

// chooseTable finds other tables below the first one of a sample, and makes d that of the table
// that holds reviews, or of the first if several do or none. A table is recognized by its header:
// below rows of another width, below an empty line or row, or if all of it are known names.
func chooseTable(sample []byte, whole bool, d Dialect) Dialect {
	parts := splitTables(sample, whole, d)
	if len(parts) < 2 {
		return d
	}
	chosen, best := 0, 0.0
	for i, p := range parts {
		header, rows := p.rows[0], p.rows[1:]
		if i == 0 && !d.Header { // its header was judged by the rows of all tables
			d.Header = headerScore(header, rows) > 0
		}
		if how := reviewScore(header, rows); how > best {
			chosen, best = i, how
		}
	}
	d.Tables, d.Width, d.Surplus = len(parts)-1, 0, 0
	if chosen > 0 {
		d.Preamble = parts[chosen].line - 1
		d.Header, d.HeaderRows, d.NamesRow = true, 0, 0
	}
	if chosen < len(parts)-1 {
		d.Until = parts[chosen].end
	}
	return d
}

// splitTables splits a sample into its tables.
func splitTables(sample []byte, whole bool, d Dialect) (parts []part) {
	d.Header, d.Until, d.Surplus = false, 0, 0
	var pending []sampled // after the last record that certainly belongs to the previous table
	var now *part
	budget := maxHeadings
	sampleRecords(NewReader(bytes.NewReader(sample), d), func(s sampled) bool {
		if !whole && s.offset+s.bytes+4 > int64(len(sample)) {
			return false // it may continue beyond the sample
		}
		if now != nil && (len(s.fields) != now.width || s.blank || s.filled == 0 ||
			len(pending) > 0 || len(now.rows) > leastRows && areNames(s.fields, now.rows)) {
			pending = append(pending, s.keep())
		} else {
			if now == nil {
				parts = append(parts, part{line: s.line, width: len(s.fields)})
				now = &parts[0]
			}
			now.end = s.offset + s.bytes
			if len(now.rows) < maxKept {
				now.add(s.keep())
			}
			return true
		}
		if at := headerAt(pending, now, &budget); at >= 0 {
			if len(parts) == maxParts {
				return false
			}
			// Records between the tables belong to neither.
			next := part{line: pending[at].line, width: len(pending[at].cells)}
			for _, record := range pending[at:] {
				next.add(record)
			}
			parts = append(parts, next)
			now, pending = &parts[len(parts)-1], pending[:0]
		} else if len(pending) > maxPending {
			for _, record := range pending {
				now.add(record)
			}
			pending = pending[:0]
		}
		return true
	}) // the error is that of the end of the sample
	return parts
}

// leastRows is the number of records, with the headings, below which no header follows directly.
const leastRows = 4

// maxPending is the number of records that decide whether a table begins: a title, an empty row,
// and the first.
const maxPending = 5

// maxHeadings limits the cells of records that are examined as headers, so that a file of ragged
// rows takes no longer than others.
const maxHeadings = 20_000

// add adds a kept record to the table.
func (p *part) add(s sampled) {
	if p.end = s.offset + s.bytes; len(p.rows) < maxKept {
		p.rows = append(p.rows, s.cells)
	}
}

// maxKept is the number of records of a table that are kept, to determine what it holds.
const maxKept = 50

// headerAt finds the header of another table among the records after a table; -1 if there is none.
// It needs a row below of the same width, and a name that differs from those of the table's header.
// Empty cells may follow its names if they do in the rows as well: spreadsheets write all tables of
// a sheet in the width of the widest. budget is the number of cells that may still be examined.
func headerAt(records []sampled, before *part, budget *int) int {
	for at := range len(records) - 1 {
		header, below := records[at], records[at+1:]
		width := len(header.cells)
		names := header.cells[:filledWidth(header.cells)]
		if len(names) < 2 || header.filled < len(names) || len(below[0].cells) != width {
			continue
		}
		if *budget -= width; *budget < 0 {
			return -1
		}
		apart := false // an empty line or row, or a title precedes it
		for _, s := range records[:at+1] {
			apart = apart || s.blank || s.filled == 0
		}
		if len(names) < width && !apart || width == before.width && !apart && !allKnown(names) ||
			isAmong(header.cells, before.rows) {
			continue
		}
		var rows [][]string
		padded := true // the rows, like the header
		for _, s := range below {
			if len(s.cells) == width {
				rows = append(rows, s.cells)
				padded = padded && filledWidth(s.cells) <= len(names)
			}
		}
		if (padded || len(names) == width) && IsHeading(names) && headerScore(names, rows) >= 2 {
			return at
		}
	}
	return -1
}

// filledWidth returns the number of cells up to the last one that is not blank.
func filledWidth(cells []string) int {
	n := len(cells)
	for n > 0 && strings.TrimSpace(cells[n-1]) == "" {
		n--
	}
	return n
}

// areNames reports whether fields are names of columns beyond doubt (allKnown), others than those
// at the top of rows.
func areNames(fields [][]byte, rows [][]string) bool {
	const least, longest = 3, 40 // bytes of a name
	if len(fields) < least {
		return false
	}
	for _, f := range fields {
		if len(f) == 0 || len(f) > longest {
			return false
		}
	}
	cells := make([]string, len(fields))
	for i, f := range fields {
		cells[i] = string(f)
	}
	return !isAmong(cells, rows) && allKnown(cells)
}

// isAmong reports whether cells are one of the first of rows again, as in concatenated files, of
// which each may begin with a byte order mark.
func isAmong(cells []string, rows [][]string) bool {
	return slices.ContainsFunc(rows[:min(len(rows), maxHeaderRows)], func(row []string) bool {
		return slices.EqualFunc(cells, row, func(a, b string) bool {
			return strings.TrimPrefix(a, byteOrderMark) == b
		})
	})
}

// allKnown reports whether cells are names of columns beyond doubt, each another one: three or more
// are known, and no word of the others is unknown.
func allKnown(cells []string) bool {
	const least = 3
	known, seen := 0, map[string]bool{}
	for _, cell := range cells {
		words := nameWords(cell)
		switch {
		case seen[cell] || len(words) == 0:
			return false
		case knownName(words):
			known++
		case parseName(cell, words).all&unknown != 0:
			return false
		}
		seen[cell] = true
	}
	return known >= least
}

// IsHeading reports whether all cells are short, distinct and not values, as column names are.
func IsHeading(cells []string) bool {
	seen := map[string]bool{}
	for _, cell := range cells {
		cell = strings.TrimSpace(cell)
		value := isValue(cell) && !strings.EqualFold(cell, "average") // of others, and no rating
		if cell == "" || len(cell) > maxNameLength || seen[cell] || value || isLink(cell) {
			return false
		}
		seen[cell] = true
	}
	return true
}

// otherTable is a table that is not read.
type otherTable struct {
	above int      // lines above it
	names []string // of its columns
}

// OtherTable returns the number of lines above another table that holds reviews and is not read; 0
// if there is none, or none of them.
func (r *Reading) OtherTable() int { return r.other.above }

// otherReviews returns the first table in a sample, above or below the one of d, that names a
// column of reviews; one without names if there is none.
func otherReviews(sample []byte, whole bool, d Dialect) (other otherTable) {
	preamble := d.Preamble
	if d.Preamble = 0; namedDelimiter(sample, d) != 0 {
		d.Preamble = 1
	}
	read := false
	for _, p := range splitTables(sample, whole, d) {
		if !read && p.line > preamble {
			read = true
		} else if len(p.rows) > 2 && filledCells(p.rows[0]) > 1 && namesText(p.rows) &&
			reviewScore(p.rows[0], p.rows[1:]) > 0 {
			return otherTable{p.line - 1, p.rows[0][:filledWidth(p.rows[0])]}
		}
	}
	return otherTable{}
}
