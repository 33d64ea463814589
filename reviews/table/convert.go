package table

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strconv"

	"reviewlens/reviews"
)

// Convert writes the file r, written in d, in the other format, with the columns that Annotate
// would append. Every record keeps its place; an invalid one (Record.Err) has no cells there, a
// left-out one (Record.LeftOut) no results. Lines above the table and further header rows are not
// written. The output is UTF-8 without a BOM, with LF line ends; invalid bytes are replaced as by
// Reader.
//
// A table becomes objects whose cells are unchanged strings: "007" stays. A column without a name,
// or beyond the header, is named by its position (column_3), in lines of text "text"; one whose
// name is taken, name_2.
//
// JSON lines become comma-separated cells (RFC 4180) below a header, with a column for each of
// d.Keys, which should be those of all lines (Keys): a string unquoted, null and missing values
// empty, any other value as written. o.EscapeFormulas is as for Annotate, column names included,
// and only matters here.
//
// A table converted to JSON lines and back therefore has the same cells.
func Convert(w io.Writer, r io.Reader, d Dialect, o Output,
	result func(index int) reviews.Result) error {
	out := bufio.NewWriterSize(w, 64<<10)
	reader := NewReader(r, d)
	header, err := reader.Header()
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, name := range header {
		taken[name] = true
	}
	c := converter{to: o, taken: taken, added: freeNames(taken), columns: o.columns()}
	c.names = c.added.of(nil, c.columns)
	if d.Keys != nil {
		out.Write(c.head(d.Keys)) // an error is returned again later
	} else if !d.Header && d.Delimiter == 0 {
		c.name("text")
	}
	for _, name := range header {
		c.name(name)
	}
	for {
		record, err := reader.Read()
		if err == io.EOF {
			return out.Flush()
		}
		if err != nil {
			return err
		}
		line := c.object
		if d.Keys != nil {
			line = c.row
		}
		var res reviews.Result
		if record.LeftOut == "" {
			res = result(record.Index)
		}
		if _, err := out.Write(append(line(record, res), '\n')); err != nil {
			return err
		}
		if lack := len(c.keys) - len(record.Fields); record.Err == nil && lack > 0 && d.Keys == nil {
			c.padding += padding(lack) * paddedMember
		} else if d.Keys != nil {
			c.padding += padding(empty(record.Fields, len(c.keys)))
		}
		if read := record.Offset + record.Bytes; c.padding.excessive(read) {
			return c.padding.error(record.Index+1, record.Line)
		}
	}
}

// paddedMember is the minimum size of an empty cell as a member: a name, two pairs of quotes, a
// colon and a comma.
const paddedMember = 7

// empty returns how many of n cells are empty.
func empty(fields [][]byte, n int) int {
	for _, f := range fields {
		if len(f) > 0 {
			n--
		}
	}
	return n
}

type converter struct {
	to    Output
	taken map[string]bool // names of the file's columns
	added newCells        // names of the new columns
	// columns of added that are written
	columns []int
	names   []string
	keys    [][]byte // names of the columns, as JSON
	used    map[string]bool
	next    map[string]int // the next number for a name that is taken
	line    []byte
	padding
}

// head returns the header of a table.
func (c *converter) head(names []string) []byte {
	var line []byte
	for _, name := range c.added.of(slices.Clone(names), c.columns) {
		line = append(appendQuoted(line, c.guard([]byte(name)), ','), ',')
	}
	line[len(line)-1] = '\n'
	return line
}

// guard returns a cell, with a leading apostrophe if it is a formula and formulas are escaped.
func (c *converter) guard(cell []byte) []byte {
	if c.to.EscapeFormulas && isFormula(cell, UTF8) {
		return append([]byte{'\''}, cell...)
	}
	return cell
}

// row converts a JSON line to a record of a table.
func (c *converter) row(r Record, res reviews.Result) []byte {
	c.line = c.line[:0]
	for i := range len(c.keys) {
		var cell []byte // none if the line is not an object
		if i < len(r.Fields) {
			cell = r.Fields[i]
		}
		c.line = append(appendQuoted(c.line, c.guard(cell), ','), ',')
	}
	cells := resultCells(res)
	for _, i := range c.columns {
		c.line = append(appendQuoted(c.line, c.guard([]byte(cells[i])), ','), ',')
	}
	return c.line[:len(c.line)-1]
}

// object converts a record of a table to a JSON line.
func (c *converter) object(r Record, res reviews.Result) []byte {
	for len(c.keys) < len(r.Fields) {
		c.name("")
	}
	c.line = append(c.line[:0], '{')
	members := len(c.keys)
	if r.Err != nil {
		members = 0
	}
	for i, key := range c.keys[:members] {
		var cell []byte // empty if the record is short
		if i < len(r.Fields) {
			cell = r.Fields[i]
		}
		c.line = append(append(c.line, key...), ':')
		c.line = append(append(c.line, jsonString(cell)...), ',')
	}
	return append(appendJSONMembers(c.line, &c.added, c.columns, res), '}')
}

// name names the next column, with a similar name if that is taken or empty.
func (c *converter) name(name string) {
	c.keys = append(c.keys, jsonString([]byte(c.free(name))))
}

// free returns the name of the next column.
func (c *converter) free(name string) string {
	if c.used == nil {
		c.used, c.next = map[string]bool{}, map[string]int{}
	}
	wanted := name
	if wanted == "" {
		wanted = "column_" + strconv.Itoa(len(c.keys)+1)
	}
	free := wanted
	n := max(2, c.next[wanted])
	for ; c.used[free] || free != name && c.taken[free] || slices.Contains(c.names, free); n++ {
		free = wanted + "_" + strconv.Itoa(n)
	}
	c.next[wanted] = n
	c.used[free] = true
	return free
}

// jsonString returns s in quotes. Unlike json.Marshal it does not escape <, > and &.
func jsonString(s []byte) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(string(s)) // a string always encodes
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// Keys returns the names of all members of JSON lines, in the order of their first appearance;
// those of d.Keys come first.
func Keys(r io.Reader, d Dialect) ([]string, error) {
	keys := slices.Clone(d.Keys)
	known := map[string]bool{}
	for _, key := range keys {
		known[key] = true
	}
	err := eachLine(r, d, func(record Record) error {
		jsonCells(record.Fields[0], func(key, value []byte) {
			if !isObject(value) && !known[string(key)] && len(keys) <= MaxColumns {
				known[string(key)] = true
				keys = append(keys, string(key))
			}
		})
		if len(keys) > MaxColumns {
			return &Error{Record: record.Index + 1, Line: record.Line, Byte: record.Offset,
				Detail: "The objects have more than " + group(MaxColumns) + " names of members; " +
					"that is no table. Write it as JSON lines."}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return keys, nil
}

// eachLine calls do for each JSON line of a file in d, which is the only field of its record, until
// do fails. Unreadable records are skipped.
func eachLine(r io.Reader, d Dialect, do func(Record) error) error {
	d.Keys, d.Delimiter, d.Quoted, d.Header, d.DoubleEncoded = nil, 0, false, false, false
	reader := NewReader(r, d)
	for {
		record, err := reader.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if record.Err != nil {
			continue
		}
		if err := do(record); err != nil {
			return err
		}
	}
}

// Taken returns d.Keys followed by the member names of JSON lines that new columns may have
// (Added). Annotate needs all lines to number its columns; the sample is not enough.
func Taken(r io.Reader, d Dialect) ([]string, error) {
	keys, known := slices.Clone(d.Keys), map[string]bool{}
	err := eachLine(r, d, func(record Record) error {
		jsonMembers(record.Fields[0], func(key, _ []byte) {
			if isAdded(key) && !known[string(key)] && len(known) < MaxColumns {
				known[string(key)] = true
				keys = append(keys, string(key))
			}
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return keys, nil
}

// isAdded reports whether name is that of a new column, with or without a number.
func isAdded(name []byte) bool {
	if at := bytes.LastIndexByte(name, '_'); at >= 0 {
		name = name[:at]
	}
	return slices.Contains(columnNames[:], string(name))
}
