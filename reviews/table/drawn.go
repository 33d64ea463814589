package table

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Tables drawn with lines are printed by programs, and copied from their output:
//
//	+----+--------+    id | review     | id | review |
//	| id | review |    ---+--------    |----|--------|
//	+----+--------+     1 | Good       | 1  | Good   |
//	|  1 | Good   |   (1 row)
//	+----+--------+
//
// The first is mysql's, the second psql's, the third Markdown's. Other programs draw the first with
// box characters, or with a rule below each row, which then has several lines. Titles or a prompt
// may precede the table, and a count of rows may follow.

// drawnAbove is the maximum number of lines above a drawn table.
const drawnAbove = 10

// isRule reports whether a line is a rule below a row: dashes or, below the names, equals signs,
// and the characters where columns meet.
func isRule(line []byte) bool {
	line = bytes.TrimSpace(line)
	return (bytes.Contains(line, []byte("--")) || bytes.Contains(line, []byte("=="))) &&
		bytes.ContainsAny(line, "|+") &&
		len(bytes.Trim(line, "-=+|: ")) == 0
}

// isDrawn reports whether text begins with a drawn table.
func isDrawn(head []byte) bool {
	lines := bytes.SplitN(head[:min(len(head), 64<<10)], []byte("\n"), drawnAbove+4)
	_, _, ok := findDrawn(lines)
	return ok
}

// findDrawn finds the header of a drawn table in the first lines of a file, and the rule below it.
func findDrawn(lines [][]byte) (header int, d drawn, ok bool) {
	for i := 1; i < len(lines)-1 && i <= drawnAbove+2; i++ {
		rule, above := unbox(lines[i]), unbox(lines[i-1])
		if !isRule(rule) || isRule(above) {
			continue
		}
		d = newDrawn(rule)
		d.boxed = len(rule) < len(lines[i])
		d.heavy = bytes.Contains(lines[i], []byte("\u2501"))
		if i > 1 && d.boxed && isTypes(above) {
			above = unbox(lines[i-2])
		}
		cells, ok := d.cells(above)
		if !ok || len(cells) != d.columns || d.columns < 2 {
			continue
		}
		named := true
		for _, cell := range cells {
			named = named && cell != "" && len(cell) <= maxNameBytes
		}
		if named && bytes.IndexByte(unbox(lines[i+1]), '|') >= 0 {
			d.names = distinctNames(cells)
			return i - 1, d, true
		}
	}
	return 0, d, false
}

// drawn describes how a table is drawn.
type drawn struct {
	names   []string
	columns int
	framed  bool   // lines begin and end with a bar
	marks   bool   // Markdown: bars in cells are escaped with a backslash
	boxed   bool   // drawn with box characters
	heavy   bool   // the rule below the names is heavy: cells may continue below without a rule
	double  bool   // the rule has equals signs
	at      []int  // where columns meet in the rule, in characters
	width   int    // of the rule, in characters
	open    []byte // a row that has not ended yet
}

func newDrawn(rule []byte) (d drawn) {
	line := bytes.TrimRight(rule, " \t\r")
	trimmed := bytes.TrimLeft(line, " \t")
	d.framed = trimmed[0] == '|' || trimmed[0] == '+'
	d.marks = bytes.IndexByte(line, '+') < 0
	d.double = bytes.IndexByte(line, '=') >= 0
	d.width = len(line)
	for i, c := range line {
		if c == '|' || c == '+' {
			d.at = append(d.at, i)
		}
	}
	d.columns = len(d.at) + 1
	if d.framed {
		d.columns -= 2
	}
	return d
}

// cells splits a row. ok is false if the line is not a row. A row with more bars than the rule has
// columns is cut at the positions of the rule.
func (d *drawn) cells(line []byte) (cells []string, ok bool) {
	text := strings.TrimRight(string(line), " \t\r")
	if d.framed {
		text = strings.TrimLeft(text, " \t")
		if len(text) < 2 || text[0] != '|' || text[len(text)-1] != '|' {
			return nil, false
		}
	}
	if strings.IndexByte(text, '|') < 0 {
		return nil, false
	}
	if cells = d.cut(text); len(cells) > d.columns && !d.marks {
		runes := []rune(text)
		cells = nil
		from := 0
		for _, at := range append(d.at, len(runes)) {
			if at > len(runes) || at < len(runes) && runes[at] != '|' || at < from {
				return nil, false
			}
			cells = append(cells, strings.TrimSpace(string(runes[from:at])))
			from = at + 1
		}
		if d.framed {
			cells = cells[1 : len(cells)-1]
		}
	}
	return cells, true
}

// cut splits a row at its bars.
func (d *drawn) cut(text string) (cells []string) {
	from := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && (text[i] != '|' || d.marks && i > 0 && text[i-1] == '\\') {
			continue
		}
		cell := strings.TrimSpace(text[from:min(i, len(text))])
		if d.marks {
			cell = strings.ReplaceAll(cell, `\|`, "|")
			cell = strings.ReplaceAll(strings.ReplaceAll(cell, "<br/>", "\n"), "<br>", "\n")
		}
		cells = append(cells, cell)
		from = i + 1
	}
	if d.framed {
		cells = cells[1 : len(cells)-1]
	}
	return cells
}

// writeDrawn writes the rows of a drawn table as JSON lines.
func writeDrawn(w io.Writer, r io.Reader) (records Records, err error) {
	in := bufio.NewReaderSize(r, 64<<10)
	records.kind = drawnRecords
	var head [][]byte
	for len(head) < drawnAbove+4 && err == nil {
		var line []byte
		if line, err = readLine(in, len(head)+1); err == nil || len(line) > 0 {
			head = append(head, bytes.Clone(line))
		}
	}
	if err != nil && err != io.EOF {
		return records, err
	}
	first, d, ok := findDrawn(head)
	if !ok {
		return records, &Error{Detail: DrawnTable.Refusal("")}
	}
	head[0] = bytes.TrimPrefix(head[0], []byte(byteOrderMark))
	records.Columns = d.names
	below, _ := in.Peek(in.Buffered())
	rest := append(append(bytes.Join(head[first+2:], []byte("\n")), '\n'), below...)
	rows := drawnRows{drawn: d, grid: d.double && rulesRows(rest),
		out: bufio.NewWriterSize(w, 64<<10)}
	for n := first + 2; ; n++ {
		var line []byte
		if n < len(head) {
			line = head[n]
		} else if line, err = readLine(in, n+1); err == io.EOF && len(line) == 0 {
			break
		} else if err != nil && err != io.EOF {
			return records, err
		}
		err = rows.line(line, n+1)
		records.Count = rows.count
		if err != nil {
			return records, err
		}
	}
	if len(rows.open) > 0 {
		return records, &Error{Detail: "The file ends in the middle of a row. " +
			"It may have been cut off; export it again."}
	}
	err = rows.flush()
	if records.Count = rows.count; err != nil {
		return records, err
	}
	return records, rows.out.Flush()
}

// drawnRows assembles the rows of a drawn table from its lines, and writes them.
type drawnRows struct {
	drawn
	grid  bool // a rule stands below every row
	out   *bufio.Writer
	count int      // rows written
	row   []string // not written yet: psql shows it one line at a time
	more  []string // cells, as written, with psql's mark that the next line continues them
	ended bool     // the Markdown table has ended
	text  []byte
}

// flush writes the pending row, which is now complete.
func (d *drawnRows) flush() error {
	if d.row == nil {
		return nil
	}
	for i, cell := range d.more { // no marks: the cells end so
		if cell != "" {
			d.row[i] = cell
		}
	}
	values := make([][]byte, len(d.row))
	for i, cell := range d.row {
		if values[i] = appendQuotedJSON(nil, cell); cell == "NULL" {
			values[i] = []byte("null")
		}
	}
	d.row, d.more = nil, nil
	d.count++
	d.text = appendRow(d.text[:0], d.names, values)
	_, err := d.out.Write(d.text)
	return err
}

// line processes a line of the table, number from 1.
func (d *drawnRows) line(line []byte, number int) error {
	if d.boxed {
		line = unbox(line)
	}
	if len(d.open) == 0 && isRule(line) {
		if d.grid {
			return d.flush()
		}
		return nil
	}
	if len(d.open) > 0 { // a line end in a cell
		line = append(append(d.open, '\n'), line...)
	}
	cells, ok := d.cells(line)
	begins := bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("|"))
	switch {
	case d.boxed && ok && len(cells) == 1 && isCount([]byte(cells[0])):
		return nil
	case d.framed && begins && (!ok || len(cells) < d.columns && !d.marks):
		if d.open = bytes.Clone(line); len(line) > MaxRecord {
			return drawnError(number)
		}
		return nil
	case !ok && (len(bytes.TrimSpace(line)) == 0 || bytes.IndexByte(line, '|') < 0):
		d.open = nil
		return d.between(line, number)
	case !ok || len(cells) > d.columns || d.ended:
		return drawnError(number)
	case d.heavy && slices.Contains(cells, ""):
		return &Error{Line: number, Detail: "Line " + group(number) + " of the table " +
			"that is drawn with lines has an empty cell: it may be the rest of the row " +
			"above. Write it as CSV."}
	}
	d.open = nil
	return d.add(cells, line)
}

// between processes a line that is not part of a row: an empty one, or what follows the table.
func (d *drawnRows) between(line []byte, number int) error {
	if err := d.flush(); err != nil {
		return err
	}
	blank := len(bytes.TrimSpace(line)) == 0
	d.ended = d.ended || blank && d.marks && d.count > 0
	if d.count > 0 && !blank && !d.ended && !isCount(line) {
		return drawnError(number)
	}
	return nil
}

// add adds the cells of a line: a new row, or the continuation of the row above.
func (d *drawnRows) add(cells []string, line []byte) error {
	switch {
	case d.grid && d.row != nil:
		for i := range min(len(cells), len(d.row)) {
			d.row[i] = strings.TrimSpace(d.row[i] + "\n" + cells[i])
		}
		return nil
	case d.row != nil && d.continues(cells):
		for i := range min(len(cells), len(d.row)) {
			if cells[i] != "" {
				d.row[i] += "\n" + cells[i]
			}
		}
	default:
		if err := d.flush(); err != nil {
			return err
		}
		d.row = cells
	}
	d.more = nil
	for i, cell := range d.row {
		if !d.framed && !d.marks && i < len(cells) && strings.HasSuffix(cells[i], "+") &&
			(i < d.columns-1 || d.isFull(line)) {
			if d.more == nil {
				d.more = make([]string, len(d.row))
			}
			d.more[i] = cell
			d.row[i] = strings.TrimSpace(strings.TrimSuffix(cell, "+"))
		}
	}
	return nil
}

// isFull reports whether a line ends where the rule does, as one that ends in a mark does. Wide
// characters would make a full line shorter, so a line with them counts as full.
func (d *drawn) isFull(line []byte) bool {
	line = bytes.TrimRight(line, " \t\r")
	return len(line) == d.width || utf8.RuneCount(line) < len(line)
}

// continues reports whether a line of cells continues the row above: only where a cell has a mark.
func (d *drawnRows) continues(cells []string) bool {
	for i, cell := range cells {
		if cell != "" && (i >= len(d.more) || d.more[i] == "") {
			return false
		}
	}
	return d.more != nil
}

// unbox returns a line with the box characters (U+2500 to U+257F) as ASCII: lines, and + where they
// meet.
func unbox(line []byte) []byte {
	if !bytes.Contains(line, []byte("\xe2\x94")) && !bytes.Contains(line, []byte("\xe2\x95")) {
		return line
	}
	return []byte(strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("─━┄┅┈┉╌╍╴╶╸╺", r):
			return '-'
		case r == '═':
			return '='
		case strings.ContainsRune("│┃┆┇┊┋║╎╏", r):
			return '|'
		case r >= 0x2500 && r < 0x2580:
			return '+'
		}
		return r
	}, string(line)))
}

// isTypes reports whether a row has the types of columns, as DuckDB shows them below the names.
func isTypes(line []byte) bool {
	words := strings.Fields(strings.Trim(string(line), "| \t\r"))
	for i, word := range words {
		if word == "|" {
			continue
		}
		if word, _, _ = strings.Cut(word, "("); i > 0 && words[i-1] != "|" || !inList(word,
			" varchar int64 int32 int16 int8 uint64 uint32 double float boolean date timestamp "+
				"time decimal hugeint int128 uuid json blob varchar[] ") {
			return false
		}
	}
	return len(words) > 1
}

// rulesRows reports whether a rule stands between rows; head has the first rows.
func rulesRows(head []byte) bool {
	for line := range bytes.Lines(head) {
		if _, head, _ = bytes.Cut(head, []byte("\n")); isRule(unbox(line)) {
			next := unbox(head[:min(len(head), 16)])
			return bytes.HasPrefix(bytes.TrimLeft(next, " \t"), []byte("|"))
		}
	}
	return false
}

// isCount reports whether a line below a drawn table counts its rows, as mysql, psql and Spark do.
func isCount(line []byte) bool {
	words := strings.Fields(strings.Trim(string(line), "() \t\r"))
	if len(words) == 5 && words[0] == "only" && words[1] == "showing" {
		words = words[3:]
	}
	if len(words) < 2 || !strings.HasPrefix(words[1], "row") {
		return false
	}
	_, err := strconv.Atoi(words[0])
	return err == nil
}

func drawnError(line int) error {
	return &Error{Line: line, Detail: "Line " + group(line) +
		" does not fit the columns of the table, which is drawn with lines; " +
		"a cell may hold a bar. Write it as CSV: mysql --batch, psql --csv."}
}

// readLine reads a line without its end, up to MaxRecord.
func readLine(r *bufio.Reader, number int) (line []byte, err error) {
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > MaxRecord {
			return nil, drawnError(number)
		}
		if err != bufio.ErrBufferFull {
			return bytes.TrimRight(line, "\r\n"), err
		}
	}
}
