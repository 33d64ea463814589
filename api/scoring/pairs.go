package scoring

import (
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/reviews/table"
)

// Result returns the result of a row, counted from 0, and the first row of equal text, which may be
// the row itself. Score must have returned; there are Rows rows.
func (t *Table) Result(index int) (r reviews.Result, first int) {
	return t.at(index), int(t.rows[index].firstRow)
}

// Rows returns the number of rows. Score must have returned.
func (t *Table) Rows() int { return len(t.rows) }

// ReportRow returns a record of a table of one file as a report shows it, with its score. Score
// must have returned.
func (t *Table) ReportRow(r table.Record) wire.Row { return t.row(t.files[0], r, reportText) }
