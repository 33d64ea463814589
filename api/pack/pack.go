// Package pack writes the scored rows of a table as a Parquet file, a format that is read by
// column.
//
// The file has the columns of the input, followed by those that package table adds: sentiment
// (text), positive (a double, to four decimals), windows (a 32-bit integer), and, if requested,
// stars (a double), name and topics (text); null where there is no score. The columns of a Parquet
// file keep their types, and its nested ones their structure; those of any other file are text,
// null for an empty cell. The file's metadata has the ID of the model as "reviewlens.model".
//
// A row group is held in memory: at most 100,000 rows and some 64 MB of cells.
package pack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/format"

	"reviewlens/api/scoring"
	"reviewlens/reviews"
	"reviewlens/reviews/table"
)

// Bounds of a row group.
const (
	groupRows  = 100_000
	groupBytes = 64 << 20 // of cells
)

// Write writes the rows of t, which has one file, as soon as Score has them. typed is that file if
// it is a Parquet file whose rows are those of t (unpack.OpenParquet), or nil. If its number of
// rows differs, Write fails, since its types cannot be kept.
func Write(ctx context.Context, w io.Writer, t *scoring.Table, typed *parquet.File) (err error) {
	defer func() {
		// parquet-go panics if the file's metadata is inconsistent
		if p := recover(); p != nil {
			err = fmt.Errorf("the Parquet file cannot be written: %v", p)
		}
	}()
	var out *writer
	var source *rows // of a Parquet file
	var row parquet.Row
	err = t.Records(ctx, func(names, added []string, records int) error {
		if typed != nil {
			if int64(records) != typed.NumRows() {
				return fmt.Errorf("the Parquet file has %d rows, of which the table that was "+
					"scored has %d: it can be written as CSV or JSON lines", typed.NumRows(),
					records)
			}
			source = &rows{groups: typed.RowGroups()}
			out = typedWriter(w, t, typed)
			return nil
		}
		var fields []parquet.Field
		for _, name := range names {
			fields = append(fields, field(name, parquet.Optional(parquet.String())))
		}
		out = newWriter(w, t, fields, added, len(names))
		return nil
	}, func(cells [][]byte, r reviews.Result) (err error) {
		size := 0
		if source != nil {
			row, size, err = source.next()
		} else {
			row, size = appendCells(row[:0], cells)
		}
		if err != nil {
			return err
		}
		return out.write(row, size, r)
	})
	if source != nil {
		err = errors.Join(err, source.close())
	}
	if err != nil {
		return err
	}
	return out.Close()
}

// appendCells appends the cells of a record, and returns their size in bytes.
func appendCells(row parquet.Row, cells [][]byte) (_ parquet.Row, size int) {
	for i, cell := range cells {
		if len(cell) == 0 {
			row = append(row, null(i))
			continue
		}
		size += len(cell)
		row = append(row, parquet.ByteArrayValue(cell).Level(0, 1, i))
	}
	return row, size
}

// typedWriter returns a writer for the rows of a Parquet file with the added columns.
func typedWriter(w io.Writer, t *scoring.Table, f *parquet.File) *writer {
	var fields []parquet.Field
	var names []string
	logical := logicalTypes(f)
	for _, of := range f.Root().Columns() {
		fields = append(fields, plain{of, logical})
		names = append(names, of.Name())
	}
	return newWriter(w, t, fields, table.Added(t.Output(), names), len(f.Schema().Columns()))
}

// rows iterates over the rows of a Parquet file.
type rows struct {
	groups []parquet.RowGroup
	open   parquet.Rows
	buffer [64]parquet.Row
	left   []parquet.Row // of the buffer
	ended  bool          // open has no further rows
}

// next returns the next row, valid until the next call, and the size of its texts in bytes.
func (r *rows) next() (row parquet.Row, size int, err error) {
	for len(r.left) == 0 {
		if r.ended {
			if err := r.close(); err != nil {
				return nil, 0, err
			}
		}
		if r.open == nil {
			if len(r.groups) == 0 {
				return nil, 0, io.ErrUnexpectedEOF
			}
			group := r.groups[0]
			if r.groups = r.groups[1:]; group.NumRows() == 0 { // it may have no pages
				continue
			}
			r.open = group.Rows()
		}
		n, err := r.open.ReadRows(r.buffer[:])
		r.left, r.ended = r.buffer[:n], errors.Is(err, io.EOF)
		if err != nil && !r.ended {
			return nil, 0, err
		}
	}
	row, r.left = r.left[0], r.left[1:]
	for _, v := range row {
		if v.Kind() == parquet.ByteArray {
			size += len(v.ByteArray())
		}
	}
	return row, size, nil
}

func (r *rows) close() error {
	if r.open == nil {
		return nil
	}
	open := r.open
	r.open, r.ended = nil, false
	return open.Close()
}

// writer writes rows with the new columns, in row groups of a bounded size.
type writer struct {
	*parquet.Writer
	output table.Output
	column int // index of the first new column
	rows   [1]parquet.Row
	held   int // bytes of the row group
}

func newWriter(w io.Writer, t *scoring.Table, fields []parquet.Field, added []string,
	leaves int) *writer {
	output := t.Output()
	types := []parquet.Node{dictionary(), parquet.Leaf(parquet.DoubleType), parquet.Int(32)}
	if output.Stars {
		types = append(types, parquet.Leaf(parquet.DoubleType), dictionary())
	}
	if output.Topics {
		types = append(types, parquet.String())
	}
	for i, name := range added {
		fields = append(fields, field(name, parquet.Optional(types[i])))
	}
	schema := parquet.NewSchema("reviews", root{fields: fields})
	return &writer{output: output, column: leaves, Writer: parquet.NewWriter(w, schema,
		parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(groupRows),
		parquet.DataPageStatistics(false), // they would repeat texts four times before each page
		parquet.KeyValueMetadata("reviewlens.model", t.Model().Manifest.ID))}
}

func dictionary() parquet.Node { return parquet.Encoded(parquet.String(), &parquet.RLEDictionary) }

// write writes a row of size bytes with its result.
func (w *writer) write(row parquet.Row, size int, r reviews.Result) error {
	w.rows[0] = w.append(row, r)
	if _, err := w.WriteRows(w.rows[:]); err != nil {
		return err
	}
	if w.held += size; w.held < groupBytes {
		return nil
	}
	w.held = 0
	return w.Flush()
}

func (w *writer) append(row parquet.Row, r reviews.Result) parquet.Row {
	at := w.column
	add := func(v parquet.Value, there bool) {
		if there {
			row = append(row, v.Level(0, 1, at))
		} else {
			row = append(row, null(at))
		}
		at++
	}
	text := func(s string, there bool) { add(parquet.ByteArrayValue([]byte(s)), there) }
	scored := r.Sentiment != reviews.None && r.Err == ""
	text(r.Sentiment.String(), scored)
	add(parquet.DoubleValue(math.Round(r.Positive*1e4)/1e4), scored)
	add(parquet.Int32Value(int32(r.Windows)), scored)
	if w.output.Stars {
		has := scored && r.Stars != 0
		add(parquet.DoubleValue(r.Stars), has)
		text(r.Name(r.Unread != 0), has)
	}
	if w.output.Topics {
		text(r.Topics, scored && r.Topics != "")
	}
	return row
}

func null(column int) parquet.Value { return parquet.NullValue().Level(0, 0, column) }

// root is a group that keeps the order of its fields; those of a parquet.Group are sorted.
type root struct {
	parquet.Group
	fields []parquet.Field
}

func (r root) Fields() []parquet.Field { return r.fields }

// field returns a column as a field of a group.
func field(name string, node parquet.Node) parquet.Field {
	return parquet.Group{name: node}.Fields()[0]
}

// logicalTypes returns the logical types of a file's columns, by their index.
func logicalTypes(f *parquet.File) map[int]*format.LogicalType {
	types := map[int]*format.LogicalType{}
	schema := f.Metadata().Schema
	leaf := 0
	for i := range schema {
		if !schema[i].Type.Valid { // a group
			continue
		}
		if logical := &schema[i].LogicalType; logical.Value != nil {
			types[leaf] = logical
		}
		leaf++
	}
	return types
}

// annotated is a type with a logical type that parquet-go does not know, such as FLOAT16.
type annotated struct {
	parquet.Type
	logical *format.LogicalType
}

func (a annotated) LogicalType() *format.LogicalType { return a.logical }

// plain is a column of an input file, encoded and compressed as a new one.
type plain struct {
	*parquet.Column
	logical map[int]*format.LogicalType // of the file
}

func (p plain) Type() parquet.Type {
	known := p.Column.Type()
	if logical := p.logical[p.Index()]; logical != nil && known.LogicalType() == nil {
		return annotated{known, logical}
	}
	return known
}

func (p plain) Encoding() encoding.Encoding { return nil }
func (p plain) Compression() compress.Codec { return nil }

func (p plain) Fields() (fields []parquet.Field) {
	for _, c := range p.Columns() {
		fields = append(fields, plain{c, p.logical})
	}
	return fields
}
