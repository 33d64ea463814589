package scoring

import (
	"reviewlens/reviews/table"
)

// Memory of a Table, in bytes. TestFootprint measures what is retained.
const (
	rowMemory    = 32 // a row takes 12; while append copies to a larger slice there are up to 27
	textMemory   = 60 // an entry of the map of distinct texts: 20 bytes, at a load of 7/16 to 7/8
	columnMemory = 2 << 10
	tableMemory  = 2 << 20 // buffers of a reader and a writer, and three chunks of token IDs
)

// Footprint estimates, from above, the memory in bytes that a Table takes while it scores and
// annotates a file: of size bytes (those of the file itself are not included), rows records and
// columns fields in a record. A negative number of rows is unknown: the file is then taken to have
// as many as it could have in size bytes, or maxRows (0: no limit) if these are fewer. The three
// parts are the rows, which files of short lines consist of; the longest record, which a reader
// and a writer hold whole, each in a buffer that may have doubled; and the names of the columns.
func Footprint(size int64, rows, maxRows, columns int) int64 {
	n := int64(rows)
	if rows < 0 {
		n = size/2 + 1
		if maxRows > 0 {
			n = min(n, int64(maxRows))
		}
	}
	record := min(size, table.MaxRecord)
	return tableMemory + n*(rowMemory+textMemory) + 4*record + int64(columns)*columnMemory
}

// Bytes is the memory that the rows take by now, estimated as Footprint does, with that of their
// spans.
func (t *Table) Bytes() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return int64(len(t.rows))*rowMemory + int64(t.distinct)*textMemory + t.spans.bytes()
}
