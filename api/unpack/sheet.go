package unpack

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html/charset"

	"reviewlens/api/tempfile"
	"reviewlens/reviews/table"

	"github.com/xuri/excelize/v2"
)

// workbook reads the sheets of a workbook with excelize, which implements the formats of numbers
// and dates. excelize would unpack large parts to named files, which a killed process leaves behind
// with the reviews in them. So it gets a workbook with empty sheets and without shared strings, and
// then the rows of a sheet, a few at a time, with their strings inline. The shared strings are in
// an unnamed temporary file.
type workbook struct {
	*excelize.File
	strings stringTable
	parts   map[string]*zip.File // by sheet name

	noResult formulas // of the sheet that was read last
}

// formulas counts cells whose formula has no result: programs that do not calculate write these. An
// empty text is a result.
type formulas struct{ cells, row int } // row is that of the first

func (f *formulas) add(row int) {
	if f.cells++; f.cells == 1 {
		f.row = row
	}
}

// doubt returns a clause about them, "" for none.
func (f formulas) doubt() string {
	if f.cells == 0 {
		return ""
	}
	const wayOut = "save the workbook in a spreadsheet program, which calculates it"
	if f.cells == 1 {
		return fmt.Sprintf("a cell in row %d of the sheet has a formula without a result and is "+
			"read as empty; %s", f.row, wayOut)
	}
	return fmt.Sprintf("%d cells, the first in row %d of the sheet, have formulas without results "+
		"and are read as empty; %s", f.cells, f.row, wayOut)
}

// openWorkbook opens a workbook that is within the bounds.
func openWorkbook(ctx context.Context, r io.ReaderAt, size int64) (_ *workbook, err error) {
	if size > maxWorkbook {
		return nil, fmt.Errorf("the workbook has %d bytes; the limit is %d", size, maxWorkbook)
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, noWorkbook(err)
	}
	sheets, shared, err := checkWorkbook(ctx, z)
	if err != nil {
		return nil, err
	}
	b := &workbook{parts: map[string]*zip.File{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	frame, err := frameOf(z, sheets, shared)
	if err != nil {
		return nil, noWorkbook(err)
	}
	if b.File, err = openFrame(ctx, frame); err != nil {
		return nil, err
	}
	for _, sheet := range b.sheets() {
		rows, err := b.Rows(sheet)
		if err != nil || !rows.Next() {
			continue // a chart
		}
		cells, err := rows.Columns()
		if err != nil || len(cells) != 1 {
			continue
		}
		if i, err := strconv.Atoi(cells[0]); err == nil && i < len(z.File) && sheets[z.File[i]] {
			b.parts[sheet] = z.File[i]
		}
	}
	if shared != nil {
		if err := b.strings.read(ctx, shared); err != nil {
			return nil, fmt.Errorf("%s: %w", shared.Name, err)
		}
	}
	return b, nil
}

func (b *workbook) close() error {
	var err error
	if b.File != nil {
		err = b.File.Close()
	}
	return errors.Join(err, b.strings.close())
}

func (b *workbook) sheets() []string { return b.GetSheetList() }

const (
	sheetStart = "<worksheet><sheetData>"
	sheetClose = "</sheetData></worksheet>"
)

// frameOf returns a stripped copy of the workbook: each sheet has a single cell, the index of its
// part; shared strings and non-XML parts are omitted.
func frameOf(z *zip.Reader, sheets map[*zip.File]bool, shared *zip.File) (io.Reader, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i, part := range z.File {
		switch {
		case sheets[part]:
			p, err := w.Create(part.Name)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(p, `%s<row><c t="str"><v>%d</v></c></row>%s`, sheetStart, i, sheetClose)
		case part == shared || !isXML(part):
		default:
			if err := w.Copy(part); err != nil {
				return nil, err
			}
		}
	}
	return &out, w.Close()
}

// openFrame opens a workbook without large parts. excelize takes no context, so it is abandoned
// when ctx is done.
func openFrame(ctx context.Context, r io.Reader) (*excelize.File, error) {
	type opened struct {
		file *excelize.File
		err  error
	}
	done := make(chan opened, 1)
	go func() {
		file, err := excelize.OpenReader(r,
			excelize.Options{ShortDatePattern: "yyyy-mm-dd", UnzipSizeLimit: maxParts,
				UnzipXMLSizeLimit: maxParts}) // nothing is unpacked to a file
		if err == nil {
			setFormats(file)
		}
		done <- opened{file, err}
	}()
	select {
	case o := <-done:
		return o.file, noWorkbook(o.err)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// rows calls each with the cells of each row of a sheet, until each returns false.
func (b *workbook) rows(
	ctx context.Context, sheet string, each func(cells []string) (bool, error),
) error {
	part := b.parts[sheet]
	if part == nil {
		return fmt.Errorf("the sheet %q has no cells", sheet)
	}
	r, err := openXML(part)
	if err != nil {
		return err
	}
	defer r.Close()
	in := sheetReader{markup: markup{r: r.Reader}, strings: &b.strings}
	defer func() { b.noResult = in.noResult }()
	for base, more := 0, true; more; base = in.row {
		if more, err = in.fill(ctx, base); err != nil {
			return err
		}
		b.Pkg.Store(partName(part), in.out.Bytes())
		rows, err := b.Rows(sheet)
		if err != nil {
			return err
		}
		whole := false
		for n := base + 1; rows.Next(); n++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			cells, err := rows.Columns()
			if err != nil {
				return err
			}
			if n > in.row {
				whole = slices.Equal(cells, []string{lastCell})
				break
			}
			if more, err := each(cells); err != nil || !more {
				return err
			}
		}
		if err := rows.Close(); err != nil {
			return err
		}
		if !whole {
			return fmt.Errorf("between row %d and row %d the sheet is no XML", base+1, in.row)
		}
	}
	return nil
}

// setFormats makes date cells come as 2006-01-02, and numbers as they are stored. The displayed
// form of a date (3/4/2024, 4-Mar) would leave the order or the year to guesswork, and that of a
// number may be rounded. Excel's built-in short date formats follow ShortDatePattern; the other
// date formats are replaced by one.
func setFormats(book *excelize.File) {
	if book.Styles == nil {
		return
	}
	own := map[int]bool{}
	if book.Styles.NumFmts != nil {
		for _, f := range book.Styles.NumFmts.NumFmt {
			own[f.NumFmtID] = true
			code := f.FormatCode
			if f.FormatCode16 != "" {
				code = f.FormatCode16
			}
			if iso := dateFormat(code); iso != "" {
				f.FormatCode, f.FormatCode16 = iso, ""
			} else if isNumberFormat(code) {
				f.FormatCode, f.FormatCode16 = "General", ""
			}
		}
	}
	if book.Styles.CellXfs == nil {
		return
	}
	xfs := book.Styles.CellXfs.Xf
	for i := range xfs {
		id := xfs[i].NumFmtID
		switch {
		case id == nil || own[*id]:
		case slices.Contains(builtInDates, *id):
			xfs[i].NumFmtID = new(shortDate)
		case slices.Contains(builtInNumbers, *id):
			xfs[i].NumFmtID = new(general)
		}
	}
}

const (
	general   = 0  // ID of the format that shows what is stored
	shortDate = 14 // ID of the format that follows ShortDatePattern
)

// builtInNumbers lists the IDs of formats that round numbers: 5, 4.50, 1,234, 4 1/2, 1.2E+03.
var builtInNumbers = []int{1, 2, 3, 4, 11, 12, 13, 37, 38, 39, 40, 41, 42, 43, 44, 48}

// builtInDates lists the IDs of other formats that show a day or a month: 4-Mar-24, 4-Mar, Mar-24,
// and those of Excel in Chinese, Japanese and Korean that are dates in all three.
var builtInDates = []int{15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 54, 57, 58}

// dateFormat returns the ISO format for the date parts of a format, "" if it shows no date.
func dateFormat(code string) string {
	code = placeholders(code)
	day, time := strings.ContainsAny(code, "yd"), strings.ContainsAny(code, "hs")
	switch {
	case strings.Contains(code, "general"):
		return ""
	case day && time:
		return "yyyy-mm-dd hh:mm:ss"
	case day:
		return "yyyy-mm-dd"
	}
	return ""
}

// isNumberFormat reports whether a format shows a number that it may round: not as a time or a
// percentage, and not filled with zeros, as codes are.
func isNumberFormat(code string) bool {
	code = placeholders(code)
	whole, _, _ := strings.Cut(code, ".")
	return strings.ContainsAny(code, "0#?") && !strings.ContainsAny(code, "ydhsm%@") &&
		strings.Count(whole, "0") < 2
}

// placeholders returns the format of positive numbers in lower case, without texts, colors, locales
// and padding.
func placeholders(code string) string {
	var out []byte
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '"':
			if end := strings.IndexByte(code[i+1:], '"'); end >= 0 {
				i += end + 1
			}
		case '[': // a color, a locale, hours beyond a day
			if end := strings.IndexByte(code[i:], ']'); end >= 0 {
				i += end
			}
		case '\\', '_', '*':
			i++
		case ';': // the format of negative numbers
			return strings.ToLower(string(out))
		default:
			out = append(out, c)
		}
	}
	return strings.ToLower(string(out))
}

// partName returns the name of a part as used by excelize.
func partName(part *zip.File) string { return strings.ReplaceAll(part.Name, "\\", "/") }

const fillBytes = 256 << 10 // of XML that excelize is given at a time

// lastCell marks a row after the rows given to excelize, which ends without an error at invalid
// XML.
const lastCell = "last"

// sheetReader splits a sheet into sheets of some rows with inline strings.
type sheetReader struct {
	markup
	strings *stringTable
	row     int // number of the last row
	out     bytes.Buffer

	noResult formulas
}

// fill writes the next rows to out, numbered from the one after base, and one with lastCell. It
// reports whether more may follow.
func (s *sheetReader) fill(ctx context.Context, base int) (more bool, err error) {
	s.out.Reset()
	s.out.WriteString(sheetStart)
	defer func() {
		fmt.Fprintf(&s.out, `<row r="%d"><c t="str"><v>%s</v></c></row>%s`, s.row-base+1, lastCell,
			sheetClose)
	}()
	inRow, rowStart := false, 0
	for {
		err := s.next()
		if err == io.EOF && !inRow {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("behind row %d of the sheet: %w", s.row, noEOF(err))
		}
		name := tagName(s.tag)
		switch {
		case name == "/sheetData":
			return false, nil
		case !inRow && name == "row":
			if err := ctx.Err(); err != nil {
				return false, err
			}
			if s.row, err = rowNumber(s.tag, s.row); err != nil {
				return false, err
			}
			rowStart = s.out.Len()
			fmt.Fprintf(&s.out, `<row r="%d">`, s.row-base)
			inRow = true
			if s.empty() {
				s.out.WriteString("</row>")
				inRow = false
			}
		case inRow && name == "c":
			if err := s.cell(); err != nil {
				return false, fmt.Errorf("row %d of the sheet: %w", s.row, noEOF(err))
			}
			if s.out.Len()-rowStart > maxRow {
				return false, fmt.Errorf("row %d of the sheet has more than %d bytes", s.row,
					maxRow)
			}
		case inRow && name == "/row":
			s.out.WriteString("</row>")
			inRow = false
		}
		if !inRow && s.out.Len() >= fillBytes {
			return true, nil
		}
	}
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// rowNumber returns the number of a row after another; a row without a number is the next.
func rowNumber(tag []byte, previous int) (int, error) {
	n := previous + 1
	for name, value := range attributes(tag) {
		if name == "r" {
			if given, err := strconv.Atoi(unquote(value)); err == nil {
				n = max(n, given)
			}
		}
	}
	if n > excelize.TotalRows {
		return 0, fmt.Errorf("the sheet has a row %d; it can have %d", n, excelize.TotalRows)
	}
	return n, nil
}

// cell writes the cell whose tag has been read.
func (s *sheetReader) cell() error {
	shared, number := false, true
	s.out.WriteString("<c")
	for name, value := range attributes(s.tag) {
		switch {
		case name == "t" && unquote(value) == "s":
			shared = true
			s.out.WriteString(` t="inlineStr"`)
		case name == "t" && unquote(value) == "n": // as without
		case name == "t" || name == "r" || name == "s":
			s.out.WriteString(" " + name + "=" + value)
			number = number && name != "t"
		}
	}
	end := s.out.Len() // of the attributes
	if s.empty() {
		s.out.WriteString("/>")
		return nil
	}
	s.out.WriteByte('>')
	inValue, formula, result := false, false, false
	defer func() {
		if formula && number && !result {
			s.noResult.add(s.row)
		}
	}()
	for cellStart := s.out.Len(); s.out.Len()-cellStart <= maxRow; {
		if err := s.next(); err != nil {
			return err
		}
		name := tagName(s.tag)
		switch {
		case inValue && name == "/v":
			if err := s.inline(s.text); err != nil {
				return err
			}
			inValue = false
		case shared && name == "v":
			inValue = !s.empty()
		default:
			formula = formula || name == "f"
			result = result || name == "/v" && len(bytes.TrimSpace(s.text)) > 0
			if number && !shared && name == "/v" && isLongInteger(s.text) {
				insert(&s.out, end, ` t="str"`)
			}
			s.out.Write(s.text)
			writeTag(&s.out, s.tag)
		}
		if name == "/c" {
			return nil
		}
	}
	return nil // the row is too long
}

// isLongInteger reports whether a number has more digits than excelize would show. It is an ID.
func isLongInteger(value []byte) bool {
	const shown = 15
	value = bytes.TrimSpace(value)
	return len(value) > shown && len(bytes.Trim(value, "0123456789")) == 0
}

// insert inserts a text at an offset of b.
func insert(b *bytes.Buffer, at int, text string) {
	behind := bytes.Clone(b.Bytes()[at:])
	b.Truncate(at)
	b.WriteString(text)
	b.Write(behind)
}

// inline writes the shared string with an index; an empty index writes nothing.
func (s *sheetReader) inline(index []byte) error {
	if index = bytes.TrimSpace(index); len(index) == 0 {
		return nil
	}
	i, err := strconv.Atoi(string(index))
	if err != nil {
		return fmt.Errorf("%.20q is no number of a shared string", index)
	}
	s.out.WriteString("<is><t>")
	if err := s.strings.write(&s.out, i); err != nil {
		return err
	}
	s.out.WriteString("</t></is>")
	return nil
}

// writeTag writes a tag without its namespace prefix.
func writeTag(out *bytes.Buffer, tag []byte) {
	out.WriteByte('<')
	if tag = tag[1:]; tag[0] == '/' {
		out.WriteByte('/')
		tag = tag[1:]
	}
	end := bytes.IndexAny(tag, " \t\r\n/>")
	if colon := bytes.IndexByte(tag[:end], ':'); colon >= 0 {
		tag = tag[colon+1:]
	}
	out.Write(tag)
}

// stringTable holds the shared strings of a workbook as concatenated XML text.
type stringTable struct {
	file *tempfile.File
	ends []int64
	buf  []byte
}

func (t *stringTable) read(ctx context.Context, part *zip.File) error {
	r, err := openXML(part)
	if err != nil {
		return err
	}
	defer r.Close()
	if t.file, err = tempfile.Create(); err != nil {
		return err
	}
	out := bufio.NewWriterSize(t.file, 256<<10)
	size := int64(0)
	d := xml.NewDecoder(table.NewContextReader(ctx, r))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		token, err := d.Token()
		if err == io.EOF {
			return out.Flush()
		}
		if err != nil {
			return err
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "si" {
			continue
		}
		var item struct {
			Text string   `xml:"t"`
			Runs []string `xml:"r>t"`
		}
		if err := d.DecodeElement(&item, &start); err != nil {
			return err
		}
		count := counter{w: out}
		for _, text := range slices.Insert(item.Runs, 0, item.Text) {
			if err := xml.EscapeText(&count, []byte(text)); err != nil {
				return err
			}
		}
		size += count.n
		t.ends = append(t.ends, size)
	}
}

// counter counts the bytes written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// write writes a string; a missing one is empty.
func (t *stringTable) write(w io.Writer, i int) error {
	if i < 0 || i >= len(t.ends) {
		return nil
	}
	from := int64(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	t.buf = slices.Grow(t.buf[:0], int(t.ends[i]-from))[:t.ends[i]-from]
	if _, err := t.file.ReadAt(t.buf, from); err != nil && len(t.buf) > 0 {
		return err
	}
	_, err := w.Write(t.buf)
	return err
}

func (t *stringTable) close() error {
	if t.file == nil {
		return nil
	}
	return t.file.Close()
}

// xmlPart is a reader of a part, decoded to UTF-8.
type xmlPart struct {
	*bufio.Reader
	io.Closer
}

var declared = regexp.MustCompile(`^<\?xml[^>]*encoding\s*=\s*["']([^"'>]+)["']`)

func openXML(part *zip.File) (xmlPart, error) {
	f, err := part.Open()
	if err != nil {
		return xmlPart{}, err
	}
	const ahead = 1 << 10
	r := bufio.NewReaderSize(f, 256<<10)
	head, err := r.Peek(ahead)
	if err != nil && err != io.EOF {
		return xmlPart{}, errors.Join(err, f.Close())
	}
	encoding := "utf-8"
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		encoding = "utf-16le"
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		encoding = "utf-16be"
	default:
		if m := declared.FindSubmatch(bytes.TrimPrefix(head, []byte("\ufeff"))); m != nil {
			encoding = strings.ToLower(string(m[1]))
		}
	}
	if encoding == "utf-8" {
		return xmlPart{r, f}, nil
	}
	decoded, err := charset.NewReaderLabel(encoding, r)
	if err != nil {
		return xmlPart{}, errors.Join(err, f.Close())
	}
	return xmlPart{bufio.NewReaderSize(decoded, 256<<10), f}, nil
}

// rootOf returns the name of a part's first element; "" if it has none.
func rootOf(part *zip.File) (string, error) {
	if !isXML(part) {
		return "", nil
	}
	r, err := openXML(part)
	if err != nil {
		return "", err
	}
	defer r.Close()
	m := markup{r: r.Reader}
	if err := m.next(); err != nil {
		if err == io.EOF {
			err = nil
		}
		return "", err
	}
	return tagName(m.tag), nil
}

// markup reads XML tag by tag.
type markup struct {
	r    *bufio.Reader
	text []byte // text before the tag; CDATA sections are escaped
	tag  []byte
}

// next reads the next tag. It skips comments and instructions.
func (m *markup) next() error {
	m.text = m.text[:0]
	for {
		if err := m.until('<', &m.text); err != nil {
			return err
		}
		m.text = m.text[:len(m.text)-1]
		const section = "![CDATA["
		head, _ := m.r.Peek(len(section))
		switch {
		case string(head) == section:
			m.r.Discard(len(section))
			data, err := m.behind("]]>", true)
			if err != nil {
				return err
			}
			m.text = appendEscaped(m.text, data)
		case bytes.HasPrefix(head, []byte("!--")):
			m.r.Discard(3)
			if _, err := m.behind("-->", false); err != nil {
				return err
			}
		case bytes.HasPrefix(head, []byte("?")):
			if _, err := m.behind("?>", false); err != nil {
				return err
			}
		case bytes.HasPrefix(head, []byte("!")):
			if _, err := m.behind(">", false); err != nil {
				return err
			}
		default:
			m.tag = append(m.tag[:0], '<')
			for quote := byte(0); ; {
				seen := len(m.tag)
				if err := m.until('>', &m.tag); err != nil {
					return noEOF(err)
				}
				if quote = openQuote(quote, m.tag[seen:]); quote == 0 {
					return nil
				}
			}
		}
	}
}

// until appends the input up to and including a byte.
func (m *markup) until(end byte, to *[]byte) error {
	for {
		b, err := m.r.ReadSlice(end)
		if *to = append(*to, b...); len(*to) > maxElement {
			return fmt.Errorf("a cell has more than %d bytes", maxElement)
		}
		if err != bufio.ErrBufferFull {
			return err
		}
	}
}

// behind reads up to and including end, and returns the data before it if keep is set.
func (m *markup) behind(end string, keep bool) (data []byte, err error) {
	for !bytes.HasSuffix(data, []byte(end)) {
		b, err := m.r.ReadByte()
		if err != nil {
			return nil, noEOF(err)
		}
		if data = append(data, b); len(data) > maxElement {
			if keep {
				return nil, fmt.Errorf("a cell has more than %d bytes", maxElement)
			}
			data = append(data[:0], data[len(data)-len(end):]...)
		}
	}
	return data[:len(data)-len(end)], nil
}

// empty reports whether the tag is an empty element.
func (m *markup) empty() bool { return bytes.HasSuffix(m.tag, []byte("/>")) }

func appendEscaped(to, text []byte) []byte {
	var b bytes.Buffer
	xml.EscapeText(&b, text) // a buffer accepts all writes
	return append(to, b.Bytes()...)
}

// openQuote returns the quote open after a piece of a tag, 0 for none; open is that before it.
func openQuote(open byte, piece []byte) byte {
	for _, c := range piece {
		switch {
		case open == 0 && (c == '"' || c == '\''):
			open = c
		case c == open:
			open = 0
		}
	}
	return open
}

// attributes returns the names and the quoted values of a tag's attributes.
func attributes(tag []byte) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		rest := string(tag)
		if i := strings.IndexAny(rest, " \t\r\n"); i >= 0 {
			rest = rest[i:]
		} else {
			return
		}
		for {
			name, after, ok := strings.Cut(rest, "=")
			after = strings.TrimLeft(after, " \t\r\n")
			if !ok || after == "" || after[0] != '"' && after[0] != '\'' {
				return
			}
			end := strings.IndexByte(after[1:], after[0])
			if end < 0 || !yield(strings.TrimSpace(name), after[:end+2]) {
				return
			}
			rest = after[end+2:]
		}
	}
}

func unquote(value string) string { return value[1 : len(value)-1] }
