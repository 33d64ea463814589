package table

import (
	"io"
	"slices"

	"reviewlens/reviews"
)

// Added returns the names of the columns that an output adds to a table with columns of the names
// taken, as Annotate names them.
func Added(o Output, taken []string) []string {
	names := namesBeside(taken)
	return names.of(nil, o.columns())
}

// Rows passes the rows of a file in dialect d to a writer of another format, with the same columns
// in all rows. open returns a reader of the file from its start; it is called twice.
//
// begin is called first, with the names of the file's columns (made unique, as in Convert), the
// names of the columns that o adds, and the number of records (-1 for JSON lines). Then row is
// called with the cells of each record, nil for missing ones, and its result. As in Convert, every
// record keeps its place; an invalid one has no cells, a left-out one no result. For JSON lines
// d.Keys should be those of all lines (Keys).
//
// It fails with an *Error if far more cells are missing than present.
func Rows(open func() io.Reader, d Dialect, o Output,
	begin func(names, added []string, records int) error,
	row func(cells [][]byte, r reviews.Result) error,
	result func(index int) reviews.Result) error {
	names, records, err := rowNames(open, d)
	if err != nil {
		return err
	}
	added := Added(o, names)
	c := converter{taken: map[string]bool{}, names: added, keys: make([][]byte, 0, len(names))}
	for _, name := range names {
		c.taken[name] = true
	}
	for i, name := range names {
		names[i] = c.free(name)
		c.keys = append(c.keys, nil) // only counts
	}
	if err := begin(names, added, records); err != nil {
		return err
	}
	var lack padding
	cells := make([][]byte, len(names))
	reader := NewReader(open(), d)
	for {
		record, err := reader.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		n := 0
		if record.Err == nil {
			n = copy(cells, record.Fields)
		}
		clear(cells[n:])
		lack += padding(len(cells) - n)
		if lack.excessive(record.Offset + record.Bytes) {
			return lack.error(record.Index+1, record.Line)
		}
		var r reviews.Result
		if record.LeftOut == "" {
			r = result(record.Index)
		}
		if err := row(cells, r); err != nil {
			return err
		}
	}
}

// rowNames returns the column names as written, "" for an unnamed one: for a table, as many as the
// longest record has fields.
func rowNames(open func() io.Reader, d Dialect) (names []string, records int, err error) {
	if d.Keys != nil {
		return slices.Clone(d.Keys), -1, nil
	}
	reader := NewReader(open(), d)
	header, err := reader.Header()
	if err != nil {
		return nil, 0, err
	}
	names = slices.Clone(header)
	if !d.Header && d.Delimiter == 0 {
		names = append(names, "text")
	}
	for ; ; records++ {
		record, err := reader.Read()
		if err == io.EOF {
			return names, records, nil
		}
		if err != nil {
			return nil, 0, err
		}
		for record.Err == nil && len(names) < len(record.Fields) {
			names = append(names, "")
		}
	}
}
