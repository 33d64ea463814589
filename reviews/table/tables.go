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
// below rows of another width, or below an empty line.
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
		if now != nil && (len(s.fields) != now.width || s.blank || len(pending) > 0) {
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
// budget is the number of cells that may still be examined.
func headerAt(records []sampled, before *part, budget *int) int {
	for at := range len(records) - 1 {
		header, below := records[at], records[at+1:]
		width := len(header.cells)
		if width < 2 || header.filled < width || len(below[0].cells) != width {
			continue
		}
		if *budget -= width; *budget < 0 {
			return -1
		}
		apart := false // an empty line or row, or a title precedes it
		for _, s := range records[:at+1] {
			apart = apart || s.blank || s.filled == 0
		}
		if width == before.width && !apart || slices.Equal(header.cells, before.rows[0]) {
			continue
		}
		var rows [][]string
		for _, s := range below {
			if len(s.cells) == width {
				rows = append(rows, s.cells)
			}
		}
		if IsHeading(header.cells) && headerScore(header.cells, rows) >= 2 {
			return at
		}
	}
	return -1
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
