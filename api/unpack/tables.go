package unpack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"reviewlens/reviews/table"
)

// tables calls row for the rows of all tables of a document, in order, with the index of their
// table, its name ("" if it has none) and their cells, which are valid during the call.
type tables func(ctx context.Context, row func(table int, name string, cells []string) error) error

const (
	maxCell  = 1 << 20 // bytes of a cell
	maxSpan  = 1000    // columns or rows that one cell may span
	maxEmpty = 20      // bytes of padding per byte of the document, in addition to 10 MB
)

// writeTable writes one of the tables as CSV: the one that is named, or numbered from 1, or for ""
// the one that looks most like reviews, the first of equal ones. It adds a note on the others to t,
// and a doubt if one of them may hold the reviews.
func writeTable(
	ctx context.Context, w io.Writer, size int64, named string, t *Table, all tables,
) error {
	heads, err := readHeads(ctx, all)
	if err != nil {
		return err
	}
	chosen, err := chooseTable(heads, named)
	if err != nil {
		return err
	}
	var others []string
	for i, h := range heads {
		if i != chosen && h.rows > 1 {
			others = append(others, h.name)
		}
	}
	if len(others) > 0 {
		t.Notes = append(t.Notes, "Reviews from "+strconv.Quote(heads[chosen].name)+
			"; not read: "+strings.Join(quoted(others), ", ")+".")
	}
	if named == "" {
		t.doubtTable(heads, chosen)
	}
	return copyTable(ctx, w, size, chosen, all)
}

// doubtTable adds a doubt about the chosen table if another is much like it, as of sheets.
func (t *Table) doubtTable(heads []*tableHead, chosen int) {
	var choice table.Sheets
	for _, h := range heads {
		if h.rows > 1 {
			choice.Add(h.name, h.csv.Bytes(), h.csv.Len() < table.SniffBytes)
		}
	}
	if doubt := choice.Doubt(); doubt != "" && choice.Best == heads[chosen].name {
		t.Doubts = append(t.Doubts, table.Doubt{Detail: doubt, Option: "sheet"})
	}
}

// tableHead holds the first rows of a table as CSV.
type tableHead struct {
	name string
	rows int
	csv  bytes.Buffer
	out  *rowWriter
}

// readHeads reads the first rows of each table. A table without a name gets its number.
func readHeads(ctx context.Context, all tables) (heads []*tableHead, err error) {
	err = all(ctx, func(i int, name string, cells []string) error {
		for len(heads) <= i {
			if len(heads) == maxSheets {
				return nil
			}
			h := &tableHead{}
			h.out = newRowWriter(&h.csv)
			heads = append(heads, h)
		}
		h := heads[i]
		h.name = name
		if h.rows++; h.rows > headRows {
			return nil
		}
		return h.out.write(cells)
	})
	for i, h := range heads {
		err = errors.Join(err, h.out.flush())
		if h.name == "" {
			h.name = "table " + strconv.Itoa(i+1)
		}
	}
	return heads, err
}

// chooseTable returns the index of the table that is named, or that looks most like reviews.
func chooseTable(heads []*tableHead, named string) (int, error) {
	if named != "" {
		names := make([]string, len(heads))
		for i, h := range heads {
			names[i] = h.name
		}
		name, err := namedSheet(names, named)
		return slices.Index(names, name), err
	}
	best, most := -1, -1.0
	for i, h := range heads {
		sample := h.csv.Bytes()
		if h.rows == 0 || len(bytes.Trim(sample, ",\r\n\"")) == 0 {
			continue
		}
		if how := table.ReviewScore(sample, len(sample) < table.SniffBytes); how > most {
			best, most = i, how
		}
	}
	if best < 0 {
		return 0, errNoTable
	}
	return best, nil
}

// copyTable writes the table with an index as CSV. size is that of the document, which bounds the
// output.
func copyTable(ctx context.Context, w io.Writer, size int64, number int, all tables) error {
	out := newRowWriter(w)
	written := int64(0)
	err := all(ctx, func(i int, _ string, cells []string) error {
		if i != number {
			return nil
		}
		if len(cells) > table.MaxColumns {
			return refuse("a row of the table has %d columns; a table can have %d", len(cells),
				table.MaxColumns)
		}
		for _, cell := range cells {
			written += int64(len(cell)) + 1
		}
		if written > 10<<20+maxEmpty*size {
			return refuse("the table is %d times the document: most of it are cells that repeat",
				maxEmpty)
		}
		return out.write(cells)
	})
	return errors.Join(err, out.flush())
}

// errNoTable is the error of a document without a table that has rows.
var errNoTable = &table.Error{Detail: "there is no table in it"}

// grid assembles rows of cells that may span several columns and rows.
type grid struct {
	cells []string
	below []covered // by column, the cells above that span the following rows
}

type covered struct {
	rows int
	cell string
}

// fill adds the cells that span from above, up to the next free column.
func (g *grid) fill() {
	for len(g.cells) < len(g.below) && g.below[len(g.cells)].rows > 0 {
		c := &g.below[len(g.cells)]
		c.rows--
		g.cells = append(g.cells, c.cell)
	}
}

// add adds a cell that spans columns and rows (at least one). The columns to its right are empty;
// in the rows below, the cell is repeated.
func (g *grid) add(cell string, columns, rows int) error {
	g.fill()
	for i := range max(1, columns) {
		if i > 0 {
			cell = ""
		}
		if rows > 1 {
			for len(g.below) <= len(g.cells) {
				g.below = append(g.below, covered{})
			}
			g.below[len(g.cells)] = covered{rows - 1, cell}
		}
		g.cells = append(g.cells, cell)
		if len(g.cells) > table.MaxColumns {
			return refuse("a row of the table has more than %d columns", table.MaxColumns)
		}
	}
	return nil
}

// end ends the row and returns its cells, which are valid until the next one.
func (g *grid) end() []string {
	g.fill()
	cells := g.cells
	g.cells = g.cells[:0]
	return cells
}

// span parses a number of columns or rows of a document, at most maxSpan.
func span(s string) int { return spanUpTo(s, maxSpan) }

func spanUpTo(s string, most int) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	switch {
	case errors.Is(err, strconv.ErrRange):
		return most
	case err != nil || n < 1:
		return 1
	}
	return min(n, most)
}

// tooLong is the error of a cell over maxCell.
func tooLong() error { return fmt.Errorf("a cell has more than %d bytes", maxCell) }
