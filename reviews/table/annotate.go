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

// Output is what Annotate and Convert write beside what is in the file.
type Output struct {
	EscapeFormulas bool // "guard", see Annotate
	Stars          bool // two columns more: the stars that the model says, and the name
	Topics         bool // one more: Result.Topics

	// Only says which rows are written; nil for all. It is asked once a row, in order, and result
	// is then asked for these alone. What is no row stays.
	Only func(index int) bool
}

// columns are the new columns, as indices into added.
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

// added are the names of the new columns, or a row's cells in them. Only those of Output.columns
// count.
type added [6]string

const (
	scoreColumns = 3
	nameColumn   = 4
	topicsColumn = 5
)

// of appends those of the columns to dst.
func (a *added) of(dst []string, columns []int) []string {
	for _, i := range columns {
		dst = append(dst, a[i])
	}
	return dst
}

// columnNames are the columns that Annotate appends. Those of stars, and that of topics, have a
// number of their own where a name is taken: many files have stars, and the others keep their
// names.
var columnNames = added{"sentiment", "positive", "windows", "stars", "name", "topics"}

// Annotate copies the file r, written in d, to w with three columns appended: the sentiment, the
// probability to four decimals, and the number of windows; all three empty for a row without a
// score. result is asked once a record, in order.
//
// Every other byte stays: quoting, delimiter, line ends, BOM, encoding, empty lines, a missing last
// line end. Three kinds of record are written anew, since the cells would not stand in their
// columns otherwise: one with fewer fields than the first gets empty ones, one whose quotes were
// mended is quoted properly, and a line that is one field is quoted where it must be and followed
// by commas. A record with more fields keeps them, its cells follow. (In UTF-16, half a surrogate
// pair becomes U+FFFD.) A JSON object gets three members, null where there is no score, and is
// written anew where it is no strict JSON ("NaN"); a line that is none stays as it is.
//
// With escapeFormulas, a cell that a spreadsheet may run as a formula, since it begins with =, +,
// -, @ (or one of them at full width), a tab or a line end, and is no number, gets an apostrophe
// before it; so does one where that stands behind quotes that are text. In a record that has no
// fields (Record.Err), numbers get it, too.
//
// It fails with an *Error where the cells that records lack would be most of a huge output: padding
// is bounded.
//
// What is no row of the table stays where it is: lines above it as they are, header rows but that
// of the names and records that are left out (Record.LeftOut) with three empty cells, if they are
// more than a line of one field; a header that is repeated with the names again. result is not
// asked for them.
//
// If a name is taken, all three get the same number, from _2 on. A file without a header gets no
// names. Of JSON lines d.Keys should have the names that are taken in any line (Taken).
func Annotate(w io.Writer, r io.Reader, d Dialect, escapeFormulas bool,
	result func(index int) reviews.Result) error {
	return AnnotateWith(w, r, d, Output{EscapeFormulas: escapeFormulas}, result)
}

// AnnotateWith is Annotate with all that an Output can say.
func AnnotateWith(w io.Writer, r io.Reader, d Dialect, o Output,
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
	a.s.pass = pass
	names := freeNames(outermost(d.Keys))
	if d.Keys == nil && d.DoubleEncoded {
		a.inner = newScanner(nil, d)
	}
	index := 0
	asked := -1 // the last row that Only was asked about
	for row := 0; ; row++ {
		if o.Only != nil && row >= d.headerRows() && index > asked {
			pass.shut, asked = !o.Only(index), index
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

// guard sets what is escaped as a formula.
func (a *annotator) guard() {
	d := a.d
	a.runs = func(cell []byte) bool { return isFormula(cell, d.Encoding) }
	begins := func(cell []byte) bool { return beginsFormula(cell, d.Encoding) }
	if d.textQuotes() { // which a spreadsheet reads as what encloses a formula
		runs, plainly := a.runs, begins
		a.runs = func(cell []byte) bool { return runs(bytes.Trim(cell, `"`)) }
		begins = func(cell []byte) bool { return plainly(bytes.TrimLeft(cell, `"`)) }
	}
	if d.Keys == nil {
		a.s.guard = begins
	}
}

// gate is an io.Writer that discards what is written while it is shut.
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
	w       io.Writer
	d       Dialect
	runs    func(cell []byte) bool // nil without guard
	s       *scanner
	inner   *scanner // of wrapped records
	line    []byte   // what inner scans, or an object as it is decoded
	decode  decoder  // of objects
	out     []byte
	heads   heading
	added   []added // to each of the heads
	columns []int   // that are new
	cells   []string
	err     error
	padding
}

// padding is how many cells were written that are not in the file. One long record makes all short
// ones as long.
type padding int64

// excessive reports whether the padding is more than a few records' and a hundred times what was
// read.
func (p padding) excessive(read int64) bool { return int64(p) > 16<<20+100*read }

func (p padding) error(row, line int) *Error {
	return &Error{Record: row, Line: line, Detail: "Up to row " + group(row) + ", the rows lack " + group(int(p)) +
		" cells of the file's columns: the output would be a hundred times the file. Check where the first line ends, or remove columns."}
}

// preamble writes the lines above the table as they are, but for cells that must not run.
func (a *annotator) preamble(lines []byte) {
	if a.runs == nil {
		a.write(lines)
		return
	}
	above := a.d
	above.Encoding, above.Width, above.Surplus = "", 0, 0 // they are no rows, of any width
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
			a.write(a.appendRecord(nil, s, a.runs, nil))
		}
		rest := bytes.TrimLeft(lines[end:], "\r\n")
		a.write(lines[end : len(lines)-len(rest)])
		lines = rest
	}
}

// leaveOut writes a record that is not a row. A repeated header gets the names of the new columns,
// so that it is recognized as a header again.
func (a *annotator) leaveOut(names added) error {
	if a.d.Keys != nil {
		a.object(names, reviews.Result{})
		return a.err
	}
	cells, header := added{}, false
	for i := range a.heads {
		if a.heads[i : i+1].repeated(a.s) {
			cells, header = a.added[i], true
		}
	}
	if header {
		a.nameRow(cells)
		return a.err
	}
	if len(a.s.fields) == 1 && !a.s.tooLarge && a.inner == nil { // a note; it stays as it is
		a.write(append(a.appendRecord(nil, a.s, a.runs, nil), a.s.lineEndBytes()...))
		return a.err
	}
	a.record(cells)
	return a.err
}

// headerRow writes a header row: that of the names with three names more, others with empty cells.
func (a *annotator) headerRow(row int) error {
	s := a.fields()
	if s.columns > 0 {
		return s.noHeader()
	}
	known := len(a.heads)
	a.heads.add(a.s, a.d)
	cells := added{}
	if row == a.d.NamesRow {
		cells = a.names(s)
	}
	if len(a.heads) > known {
		a.added = append(a.added, cells)
	}
	a.nameRow(cells)
	return nil
}

// nameRow writes a header row, and before it the place of the names of rows, which it lacks.
func (a *annotator) nameRow(cells added) {
	if a.d.RowNames {
		a.write([]byte{a.d.Delimiter})
		a.s.width--
		defer func() { a.s.width++ }()
	}
	a.record(cells)
}

// names returns the names of the new columns, beside the ones in the record of s.
func (a *annotator) names(s *scanner) added {
	decode := newDecoder(a.d.Encoding)
	taken := map[string]bool{}
	for _, f := range s.fields {
		name, _ := decode.append(nil, s.appendText(nil, f))
		taken[string(bytes.TrimSpace(name))] = true
	}
	return freeNames(taken)
}

// namesBeside are the names of the new columns, beside those that are taken.
func namesBeside(taken []string) added {
	is := map[string]bool{}
	for _, name := range taken {
		is[name] = true
	}
	return freeNames(is)
}

// outermost are the names of members of JSON lines with these keys. "sentiment.label" is a column
// of its own, but within the member "sentiment".
func outermost(keys []string) map[string]bool {
	names := map[string]bool{}
	for _, key := range keys {
		names[key] = true // a point may be in the name itself
		name, _, _ := strings.Cut(key, ".")
		names[name] = true
	}
	return names
}

// freeNames are the names of the new columns.
func freeNames(taken map[string]bool) (names added) {
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

// resultCells are the new cells of a row.
func resultCells(r reviews.Result) added {
	if r.Sentiment == reviews.None || r.Err != "" {
		return added{}
	}
	cells := added{r.Sentiment.String(), strconv.FormatFloat(r.Positive, 'f', 4, 64),
		strconv.Itoa(r.Windows)}
	if r.Stars != 0 {
		cells[3] = strconv.FormatFloat(r.Stars, 'f', 2, 64)
		cells[nameColumn] = r.Name(r.Unread != 0)
	}
	cells[topicsColumn] = r.Topics
	return cells
}

// fields is the scanner that has the fields of the record.
func (a *annotator) fields() *scanner {
	if a.inner == nil || a.s.tooLarge {
		return a.s
	}
	a.line = a.s.appendText(a.line[:0], a.s.fields[0])
	a.inner.reset(a.line)
	return a.inner
}

// record writes the scanned record, the new cells and its line end.
func (a *annotator) record(cells added) {
	a.cells = cells.of(a.cells[:0], a.columns)
	if a.s.tooLarge { // the record is passed on already
		a.out = a.appendRecord(a.out[:0], a.s, nil, a.cells)
	} else if a.inner == nil {
		a.out = a.appendRecord(a.out[:0], a.s, a.runs, a.cells)
	} else {
		a.out = a.appendRecord(a.out[:0], a.fields(), a.runs, a.cells)
		if a.s.fields[0].quoted {
			quoted := append([]byte{'"'}, bytes.ReplaceAll(a.out, []byte(`"`), []byte(`""`))...)
			a.out = append(quoted, '"')
		}
	}
	a.out = append(a.out, a.s.lineEndBytes()...)
	a.write(a.out)
}

// object writes the scanned JSON line with members more.
func (a *annotator) object(names added, r reviews.Result) {
	if a.s.tooLarge {
		a.write(a.s.lineEndBytes())
		return
	}
	line := a.s.buf[a.s.pos : a.s.pos+a.s.size]
	a.out = a.appendObject(a.out[:0], line, &names, r)
	a.write(append(a.out, a.s.lineEndBytes()...))
}

// lineEndBytes returns the bytes of the line end behind the record.
func (s *scanner) lineEndBytes() []byte { return s.buf[s.pos+s.size : s.pos+s.size+s.eol] }

// appendRecord appends the record that s scanned, without its line end, and the cells in their
// columns.
func (a *annotator) appendRecord(dst []byte, s *scanner, runs func([]byte) bool, cells []string) []byte {
	delimiter := a.d.Delimiter
	anew := delimiter == 0 || s.mended()
	if delimiter == 0 {
		delimiter = ','
	}
	if runs != nil && !anew {
		for _, f := range s.fields {
			anew = anew || runs(s.appendText(nil, f))
		}
	}
	if !anew {
		dst = append(dst, s.buf[s.pos:s.pos+s.size]...)
	} else {
		for i, f := range s.fields {
			if i > 0 {
				dst = append(dst, delimiter)
			}
			text := s.appendText(nil, f)
			if runs != nil && runs(text) {
				text = append([]byte{'\''}, text...)
			}
			dst = s.appendQuoted(dst, text, delimiter)
		}
	}
	if lack := s.width - len(s.fields); lack > 0 && s.columns == 0 && cells != nil {
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
	return dst
}

// plainCell reports whether a cell can be written as it is into any file: letters, digits and signs
// of numbers, as all have but those of topics.
func plainCell(cell string) bool {
	for i := range len(cell) {
		if c := cell[i]; c != '.' && c != '_' && (c < '0' || c > '9') &&
			(c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// inEncoding is a cell as a file of that encoding can have it: what is not ASCII becomes a question
// mark where the encoding is not one of Unicode.
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

// isUnicode reports whether a file of that encoding can have any text that is written as UTF-8: of
// UTF-16 all is turned into it.
func isUnicode(encoding string) bool {
	return encoding == "" || encoding == UTF8 || encoding == UTF16LE || encoding == UTF16BE
}

// beginsFormula reports whether a spreadsheet may take a cell that begins so for a formula. Some of
// them read signs at full width as the plain ones, and pass over a line end.
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

// isFormula reports whether a spreadsheet may take a cell for a formula.
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

// appendQuoted appends a field as the file of s has it: quoted if it must be, but where quotes are
// text as it is, or with backslashes if the file has these.
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

// appendEscaped appends a field to a file in which backslashes stand before delimiters and quotes
// are text: the inverse of appendUnescaped.
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

// appendQuoted appends a field, quoted if it must be.
func appendQuoted(dst, field []byte, delimiter byte) []byte {
	if bytes.IndexByte(field, delimiter) < 0 && !bytes.ContainsAny(field, "\"\r\n") {
		return append(dst, field...)
	}
	dst = append(dst, '"')
	dst = append(dst, bytes.ReplaceAll(field, []byte(`"`), []byte(`""`))...)
	return append(dst, '"')
}
