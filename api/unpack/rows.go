package unpack

import (
	"bufio"
	"io"
	"strings"

	"reviewlens/reviews/table"
)

// rowWriter writes the rows of a sheet or a table as CSV. Programs omit the empty cells at the end
// of a row; they are added up to the widest row so far, so that the rows of a table have as many
// fields as its header. Rows above the widest, such as titles, are unchanged, and so is a narrower
// table that begins below an empty row. A cell to the right of the table, a note, makes no row
// below it wider.
type rowWriter struct {
	out    csvWriter
	width  int      // of the table, to the last cell that is not empty
	headed bool     // the width is that of a header
	apart  bool     // at most a title since an empty row
	row    []string // buffer of the padded row

	bytes, added int // bytes in cells; cells added
}

// maxAdded bounds the cells added to rows: per byte of text, in addition to 10 MB. Further rows
// are written unchanged.
const maxAdded = 20

func newRowWriter(w io.Writer) *rowWriter { return &rowWriter{out: newCSVWriter(w)} }

func (w *rowWriter) write(cells []string) error {
	filled, last := 0, 0
	for i, cell := range cells {
		if cell != "" {
			filled, last = filled+1, i+1
			w.bytes += len(cell)
		}
	}
	if last > w.width || w.apart {
		heading := filled > 1 && table.IsHeading(cells)
		if w.apart && heading || last > w.width && (!w.headed || heading && filled == last) {
			w.width, w.headed = last, heading
		}
	}
	w.apart = filled == 0 || w.apart && filled == 1
	lacking := w.width - len(cells)
	if filled == 0 || lacking <= 0 || w.added+lacking > 10<<20+maxAdded*w.bytes {
		return w.out.write(cells)
	}
	w.added += lacking
	w.row = append(w.row[:0], cells...)
	for range lacking {
		w.row = append(w.row, "")
	}
	return w.out.write(w.row)
}

func (w *rowWriter) flush() error { return w.out.flush() }

// csvWriter writes records as CSV from which table.Sniff recovers the cells: any character that it
// might take for the delimiter is in quotes.
type csvWriter struct{ out *bufio.Writer }

func newCSVWriter(w io.Writer) csvWriter { return csvWriter{bufio.NewWriter(w)} }

func (w csvWriter) write(cells []string) error {
	for i, cell := range cells {
		if i > 0 {
			w.out.WriteByte(',')
		}
		if !strings.ContainsAny(cell, ",\t;|^~\x01\x1f\"\r\n") && !strings.HasPrefix(cell, " ") {
			w.out.WriteString(cell)
			continue
		}
		w.out.WriteByte('"')
		w.out.WriteString(strings.ReplaceAll(cell, `"`, `""`))
		w.out.WriteByte('"')
	}
	return w.out.WriteByte('\n') // the first error, if any
}

func (w csvWriter) flush() error { return w.out.Flush() }
