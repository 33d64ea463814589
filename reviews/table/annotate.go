package table

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"reviewlens/reviews"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Output selects what Annotate and Convert write in addition to the content of the file.
type Output struct {
	EscapeFormulas bool // "guard", see Annotate
	Stars          bool // adds two columns: the predicted stars, and the name of the result
	Topics         bool // adds a column: Result.Topics

	// Only selects the rows to write; nil writes all. It is called once a row, in order; result is
	// then called for the selected rows only. Records that are not rows are kept.
	Only func(index int) bool
}

// columns returns the new columns, as indices into added.
func (o Output) columns() []int {
	columns := []int{0, 1, 2}
	if o.Stars {
		columns = append(columns, 3, nameColumn)
	}
	if o.Topics {
		columns = append(columns, topicsColumn)
	}
	return columns
}

// newCells holds the names of the new columns, or a row's cells in them. Only those of
// Output.columns are used.
type newCells [6]string

const (
	scoreColumns = 3
	nameColumn   = 4
	topicsColumn = 5
)

// of appends the selected columns to dst.
func (a *newCells) of(dst []string, columns []int) []string {
	for _, i := range columns {
		dst = append(dst, a[i])
	}
	return dst
}

// columnNames has the names of the columns that Annotate appends. If a name is taken, the stars
// columns and the topics column each get their own number: many files have stars, and the other
// columns keep their names.
var columnNames = newCells{"sentiment", "positive", "windows", "stars", "name", "topics"}

// Annotate copies the file r, written in d, to w with three columns appended: the sentiment, the
// probability to four decimals, and the number of windows; all three empty for a row without a
// score; and those that o adds. result is called once a record, in order.
//
// Every other byte stays: quoting, delimiter, line ends, BOM, encoding, empty lines, a missing last
// line end. Three kinds of record are rewritten, because otherwise the cells would be in the wrong
// columns: a record with fewer fields than the first (or than d.Width, if that is more) is padded
// with empty ones, one whose quotes were repaired is quoted properly, and a line that is one field
// is quoted if necessary and followed by commas. In a record with more fields, the new cells are in
// their columns, and the surplus fields follow them; a record without fields (Record.Err) has its
// new cells at its end. (In UTF-16, half a surrogate pair becomes U+FFFD.) A JSON object gets three
// members, null without a score, and is rewritten if it is not strict JSON ("NaN"); a line that is
// not an object is kept.
//
// With o.EscapeFormulas, a cell gets a leading apostrophe if a spreadsheet may run it as a formula:
// it begins with =, +, -, @ (or the full-width form of one), a tab or a line end, and is not a
// number. The same holds if such a character follows quotes that are text. In a record without
// fields (Record.Err), numbers get the apostrophe, too.
//
// It fails with an *Error if padding for missing cells would be most of a huge output.
//
// Records that are not rows of the table stay in place: lines above it unchanged; header rows other
// than that of the names, and left-out records (Record.LeftOut), with three empty cells unless they
// are a line of one field; a repeated header with the names again. result is not called for them.
//
// If a name is taken, all three get the same number, from _2 on. No names are added to a file
// without a header. For JSON lines d.Keys should have the names that are taken in any line (Taken).
func Annotate(w io.Writer, r io.Reader, d Dialect, o Output,
	result func(index int) reviews.Result) (err error) {
	buffered := bufio.NewWriterSize(w, 64<<10)
	a := annotator{w: buffered, d: d, s: newScanner(r, d.outer()), columns: o.columns(),
		decode: newDecoder(d.Encoding)}
	if o.EscapeFormulas {
		a.guard()
	}
	if endian, ok := map[string]unicode.Endianness{UTF16LE: unicode.LittleEndian, UTF16BE: unicode.BigEndian}[d.Encoding]; ok {
		t := transform.NewWriter(buffered, unicode.UTF16(endian, unicode.IgnoreBOM).NewEncoder())
		a.w = t
	}
	pass := &gate{Writer: a.w}
	a.s.copyTo = pass
	names := freeNames(outermost(d.Keys))
	if d.Keys == nil && d.DoubleEncoded {
		a.inner = newScanner(nil, d)
	}
	index := 0
	checked := -1 // the last row that Only was called for
	for row := 0; ; row++ {
		if o.Only != nil && row >= d.headerRows() && index > checked {
			pass.shut, checked = !o.Only(index), index
		}
		err := a.s.next()
		if row == 0 && d.Preamble > 0 {
			a.preamble(a.s.skipped)
		} else {
			a.write(a.s.skipped)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if row < d.headerRows() {
			if a.s.tooLarge {
				return a.s.noHeader()
			}
			if err := a.headerRow(row); err != nil {
				return err
			}
			continue
		}
		if pass.shut && a.s.tooLarge {
			index++
			continue
		}
		if d.Until > 0 && a.s.offset >= d.Until || a.heads.repeated(a.s) {
			if err := a.leaveOut(names); err != nil {
				return err
			}
			continue
		}
		if pass.shut {
			index++
			continue
		}
		res := result(index)
		if d.Keys == nil {
			a.record(resultCells(res))
		} else {
			a.object(names, res)
		}
		index++
		if a.err != nil {
			return a.err
		}
		if a.padding.excessive(a.s.bufOffset) {
			return a.padding.error(index, a.s.line)
		}
	}
	if c, ok := a.w.(io.Closer); ok {
		a.err = errors.Join(a.err, c.Close())
	}
	return errors.Join(a.err, buffered.Flush())
}

// guard sets which cells are escaped as formulas.
func (a *annotator) guard() {
	d := a.d
	a.mustEscape = func(cell []byte) bool { return isFormula(cell, d.Encoding) }
	begins := func(cell []byte) bool { return beginsFormula(cell, d.Encoding) }
	if d.textQuotes() { // which a spreadsheet reads as what encloses a formula
		runs, plainly := a.mustEscape, begins
		a.mustEscape = func(cell []byte) bool { return runs(bytes.Trim(cell, `"`)) }
		begins = func(cell []byte) bool { return plainly(bytes.TrimLeft(cell, `"`)) }
	}
	if d.Keys == nil {
		a.s.guard = begins
	}
}

// gate is an io.Writer that discards writes while it is shut.
type gate struct {
	io.Writer
	shut bool
}

func (g *gate) Write(b []byte) (int, error) {
	if g.shut {
		return len(b), nil
	}
	return g.Writer.Write(b)
}

type annotator struct {
	w          io.Writer
	d          Dialect
	mustEscape func(cell []byte) bool // reports whether a cell is a formula; nil without guard
	s          *scanner
	inner      *scanner // of wrapped records
	line       []byte   // scanned by inner, or the decoded object
	decode     decoder  // of objects
	out        []byte
	heads      heading
	added      []newCells // of each of the heads
	columns    []int      // the new ones
	cells      []string
	err        error
	padding
}

// padding is the number of written cells that are not in the file. A single long record pads all
// short ones to its length.
type padding int64

// excessive reports whether the padding exceeds a few records plus a hundred times the input read.
func (p padding) excessive(read int64) bool { return int64(p) > 16<<20+100*read }

func (p padding) error(row, line int) *Error {
	return &Error{Record: row, Line: line, Detail: "Up to row " + group(row) + ", the rows lack " + group(int(p)) +
		" cells of the file's columns: the output would be a hundred times the file. Check where the first line ends, or remove columns."}
}

// preamble writes the lines above the table unchanged, except that formulas are escaped.
func (a *annotator) preamble(lines []byte) {
	if a.mustEscape == nil {
		a.write(lines)
		return
	}
	above := a.d
	above.Encoding, above.Width, above.Surplus = "", 0, 0 // not rows: any width
	above.Preamble, above.BOM = 0, false
	s := newScanner(nil, above)
	lines, marked := bytes.CutPrefix(lines, []byte(byteOrderMark))
	if marked {
		a.write([]byte(byteOrderMark))
	}
	for len(lines) > 0 {
		end := bytes.IndexAny(lines, "\r\n")
		if end < 0 {
			end = len(lines)
		}
		if end > 0 {
			s.width = 0
			s.reset(lines[:end:end])
			a.write(a.appendRecord(nil, s, a.mustEscape, nil))
		}
		rest := bytes.TrimLeft(lines[end:], "\r\n")
		a.write(lines[end : len(lines)-len(rest)])
		lines = rest
	}
}

// leaveOut writes a record that is not a row. A repeated header gets the names of the new columns,
// so that it is recognized as a header again.
func (a *annotator) leaveOut(names newCells) error {
	if a.d.Keys != nil {
		a.object(names, reviews.Result{})
		return a.err
	}
	cells, header := newCells{}, false
	for i := range a.heads {
		if a.heads[i : i+1].repeated(a.s) {
			cells, header = a.added[i], true
		}
	}
	if header {
		a.nameRow(cells)
		return a.err
	}
	if len(a.s.fields) == 1 && !a.s.tooLarge && a.inner == nil { // a note; it is kept as it is
		a.write(append(a.appendRecord(nil, a.s, a.mustEscape, nil), a.s.lineEndBytes()...))
		return a.err
	}
	a.record(cells)
	return a.err
}

// headerRow writes a header row: the row of the names with the new names added, others with empty
// cells.
func (a *annotator) headerRow(row int) error {
	s := a.fields()
	if s.columns > 0 {
		return s.noHeader()
	}
	known := len(a.heads)
	a.heads.add(a.s, a.d)
	cells := newCells{}
	if row == a.d.NamesRow {
		cells = a.names(s)
	}
	if len(a.heads) > known {
		a.added = append(a.added, cells)
	}
	a.nameRow(cells)
	return nil
}

// nameRow writes a header row, preceded by an empty cell for the column of row names if it has
// none.
func (a *annotator) nameRow(cells newCells) {
	if a.d.RowNames {
		a.write([]byte{a.d.Delimiter})
		a.s.width--
		defer func() { a.s.width++ }()
	}
	a.record(cells)
}

// names returns the names of the new columns, distinct from those in the record of s.
func (a *annotator) names(s *scanner) newCells {
	decode := newDecoder(a.d.Encoding)
	taken := map[string]bool{}
	for _, f := range s.fields {
		name, _ := decode.append(nil, s.appendText(nil, f))
		taken[string(bytes.TrimSpace(name))] = true
	}
	return freeNames(taken)
}

// namesBeside returns the names of the new columns, distinct from those taken.
func namesBeside(taken []string) newCells {
	is := map[string]bool{}
	for _, name := range taken {
		is[name] = true
	}
	return freeNames(is)
}

// outermost returns the top-level member names of JSON lines with these keys. "sentiment.label" is
// a separate column, but lies within the member "sentiment".
func outermost(keys []string) map[string]bool {
	names := map[string]bool{}
	for _, key := range keys {
		names[key] = true // the name itself may contain a point
		name, _, _ := strings.Cut(key, ".")
		names[name] = true
	}
	return names
}

// freeNames returns the names of the new columns.
func freeNames(taken map[string]bool) (names newCells) {
	name := func(from, to int) {
		suffix := ""
		for n := 2; slices.ContainsFunc(columnNames[from:to],
			func(name string) bool { return taken[name+suffix] }); n++ {
			suffix = "_" + strconv.Itoa(n)
		}
		for i := from; i < to; i++ {
			names[i] = columnNames[i] + suffix
		}
	}
	name(0, scoreColumns)
	name(scoreColumns, topicsColumn)
	name(topicsColumn, len(names))
	return names
}

// resultCells returns the new cells of a row.
func resultCells(r reviews.Result) newCells {
	if r.Sentiment == reviews.None || r.Err != "" {
		return newCells{}
	}
	cells := newCells{r.Sentiment.String(), strconv.FormatFloat(r.Positive, 'f', 4, 64),
		strconv.Itoa(r.Windows)}
	if r.Stars != 0 {
		cells[3] = strconv.FormatFloat(r.Stars, 'f', 2, 64)
		cells[nameColumn] = r.Name(r.Unread != 0)
	}
	cells[topicsColumn] = r.Topics
	return cells
}

// fields returns the scanner that has the fields of the record.
func (a *annotator) fields() *scanner {
	if a.inner == nil || a.s.tooLarge {
		return a.s
	}
	a.line = a.s.appendText(a.line[:0], a.s.fields[0])
	a.inner.reset(a.line)
	return a.inner
}

// record writes the scanned record, the new cells and its line end.
func (a *annotator) record(cells newCells) {
	a.cells = cells.of(a.cells[:0], a.columns)
	if a.s.tooLarge { // the record has been passed on already
		a.out = a.appendRecord(a.out[:0], a.s, nil, a.cells)
	} else if a.inner == nil {
		a.out = a.appendRecord(a.out[:0], a.s, a.mustEscape, a.cells)
	} else {
		a.out = a.appendRecord(a.out[:0], a.fields(), a.mustEscape, a.cells)
		if a.s.fields[0].quoted {
			quoted := append([]byte{'"'}, bytes.ReplaceAll(a.out, []byte(`"`), []byte(`""`))...)
			a.out = append(quoted, '"')
		}
	}
	a.out = append(a.out, a.s.lineEndBytes()...)
	a.write(a.out)
}

// object writes the scanned JSON line with the new members added.
func (a *annotator) object(names newCells, r reviews.Result) {
	if a.s.tooLarge {
		a.write(a.s.lineEndBytes())
		return
	}
	line := a.s.buf[a.s.pos : a.s.pos+a.s.size]
	a.out = a.appendObject(a.out[:0], line, &names, r)
	a.write(append(a.out, a.s.lineEndBytes()...))
}

// lineEndBytes returns the bytes of the line end after the record.
func (s *scanner) lineEndBytes() []byte { return s.buf[s.pos+s.size : s.pos+s.size+s.eol] }

// appendRecord appends the record that s scanned, without its line end, and the cells in their
// columns: after as many fields as the table has columns, before those that the record has beyond
// them.
func (a *annotator) appendRecord(dst []byte, s *scanner, runs func([]byte) bool, cells []string) []byte {
	delimiter := a.d.Delimiter
	anew := delimiter == 0 || s.isRepaired()
	if delimiter == 0 {
		delimiter = ','
	}
	if runs != nil && !anew {
		for _, f := range s.fields {
			anew = anew || runs(s.appendText(nil, f))
		}
	}
	width, within := a.tableWidth(s), len(s.fields)
	if cells != nil && !s.tooLarge && width > 0 {
		within = min(within, width)
	}
	raw := s.buf[s.pos : s.pos+s.size]
	end := len(raw) // of the fields within the table
	if within < len(s.fields) && !anew {
		end = s.fields[within-1].end()
		anew = raw[end] != delimiter
	}
	if anew {
		dst = a.appendFields(dst, s, s.fields[:within], delimiter, runs)
	} else {
		dst = append(dst, raw[:end]...)
	}
	if lack := width - within; lack > 0 && s.columns == 0 && cells != nil {
		a.padding += padding(lack)
		dst = append(dst, bytes.Repeat([]byte{delimiter}, lack)...)
	}
	for _, cell := range cells {
		dst = append(dst, delimiter)
		if plainCell(cell) {
			dst = append(dst, cell...)
			continue
		}
		text := inEncoding(cell, a.d.Encoding)
		if runs != nil && runs(text) {
			text = append([]byte{'\''}, text...)
		}
		dst = s.appendQuoted(dst, text, delimiter)
	}
	if !anew {
		return append(dst, raw[end:]...)
	}
	if within < len(s.fields) {
		dst = a.appendFields(append(dst, delimiter), s, s.fields[within:], delimiter, runs)
	}
	return dst
}

// tableWidth returns the number of columns to the left of the new ones.
func (a *annotator) tableWidth(s *scanner) int {
	if a.d.RowNames { // the header has one less
		return s.width
	}
	return max(s.width, s.expected)
}

// appendFields appends fields of the record that s scanned, quoted if necessary.
func (a *annotator) appendFields(dst []byte, s *scanner, fields []span, delimiter byte,
	runs func([]byte) bool) []byte {
	for i, f := range fields {
		if i > 0 {
			dst = append(dst, delimiter)
		}
		text := s.appendText(nil, f)
		if runs != nil && runs(text) {
			text = append([]byte{'\''}, text...)
		}
		dst = s.appendQuoted(dst, text, delimiter)
	}
	return dst
}

// plainCell reports whether a cell can be written unquoted into any file: letters, digits and signs
// of numbers, as in all new cells but those of topics.
func plainCell(cell string) bool {
	for i := range len(cell) {
		if c := cell[i]; c != '.' && c != '_' && (c < '0' || c > '9') &&
			(c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// inEncoding encodes a cell for a file of that encoding: if it is not a Unicode encoding,
// characters beyond ASCII become question marks.
func inEncoding(cell, encoding string) []byte {
	if isUnicode(encoding) {
		return []byte(cell)
	}
	return []byte(strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf {
			return '?'
		}
		return r
	}, cell))
}

// isUnicode reports whether a file of that encoding can hold any text written as UTF-8; UTF-16 is
// converted to UTF-8 as a whole.
func isUnicode(encoding string) bool {
	return encoding == "" || encoding == UTF8 || encoding == UTF16LE || encoding == UTF16BE
}

// beginsFormula reports whether a spreadsheet may read a cell with this beginning as a formula.
// Some spreadsheets treat full-width signs like the plain ones, and skip a line end.
func beginsFormula(cell []byte, encoding string) bool {
	if len(cell) == 0 {
		return false
	}
	if bytes.IndexByte([]byte("=+-@\t\r\n"), cell[0]) >= 0 {
		return true
	}
	var wide [4]string // ＝＋－＠
	switch encoding {
	case "", UTF8, UTF16LE, UTF16BE: // the scanner reads UTF-16 as UTF-8
		wide = [4]string{"＝", "＋", "－", "＠"}
	case GBK, EUCKR:
		wide = [4]string{"\xa3\xbd", "\xa3\xab", "\xa3\xad", "\xa3\xc0"}
	case Big5:
		wide = [4]string{"\xa1\xd7", "\xa1\xcf", "\xa1\xd0", "\xa2\x49"}
	case ShiftJIS:
		wide = [4]string{"\x81\x81", "\x81\x7b", "\x81\x7c", "\x81\x97"}
	case EUCJP:
		wide = [4]string{"\xa1\xe1", "\xa1\xdc", "\xa1\xdd", "\xa1\xf7"}
	default: // of one byte
		return false
	}
	return slices.ContainsFunc(wide[:],
		func(sign string) bool { return bytes.HasPrefix(cell, []byte(sign)) })
}

// isFormula reports whether a spreadsheet may read a cell as a formula.
func isFormula(cell []byte, encoding string) bool {
	if !beginsFormula(cell, encoding) {
		return false
	}
	_, err := strconv.ParseFloat(string(cell), 64)
	return err != nil
}

func (a *annotator) write(b []byte) {
	if a.err == nil && len(b) > 0 {
		_, a.err = a.w.Write(b)
	}
}

// appendQuoted appends a field in the style of the file of s: quoted if necessary, unquoted where
// quotes are text, or with backslashes if the file uses them.
func (s *scanner) appendQuoted(dst, field []byte, delimiter byte) []byte {
	if bare := !s.quoted && delimiter == s.delimiter; bare && s.backslash {
		return s.appendEscaped(dst, field)
	} else if bare && bytes.IndexByte(field, delimiter) < 0 && !bytes.ContainsAny(field, "\r\n") {
		return append(dst, field...)
	}
	if s.plain {
		return appendQuoted(dst, field, delimiter)
	}
	must := bytes.IndexByte(field, delimiter) >= 0 || bytes.IndexByte(field, s.quote) >= 0 ||
		bytes.ContainsAny(field, "\r\n") || s.spaced && bytes.HasPrefix(field, []byte{' '})
	if must {
		dst = append(dst, s.quote)
	}
	for _, c := range field {
		switch {
		case c == '\\' && s.backslash && string(field) != `\N`, c == s.quote && s.backslash:
			dst = append(dst, '\\')
		case c == s.quote && must:
			dst = append(dst, c)
		}
		dst = append(dst, c)
	}
	if must {
		dst = append(dst, s.quote)
	}
	return dst
}

// appendEscaped appends a field to a file in which backslashes escape delimiters and quotes are
// text. It is the inverse of appendUnescaped.
func (s *scanner) appendEscaped(dst, field []byte) []byte {
	if string(field) == `\N` {
		return append(dst, field...)
	}
	for _, c := range field {
		switch c {
		case '\n':
			dst = append(dst, `\n`...)
			continue
		case '\r':
			dst = append(dst, `\r`...)
			continue
		case '\\', s.delimiter:
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return dst
}

// appendQuoted appends a field, quoted if necessary.
func appendQuoted(dst, field []byte, delimiter byte) []byte {
	if bytes.IndexByte(field, delimiter) < 0 && !bytes.ContainsAny(field, "\"\r\n") {
		return append(dst, field...)
	}
	dst = append(dst, '"')
	dst = append(dst, bytes.ReplaceAll(field, []byte(`"`), []byte(`""`))...)
	return append(dst, '"')
}
