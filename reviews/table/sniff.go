package table

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"reviewlens/reviews"
)

// SniffBytes is the number of bytes of a file that Sniff needs.
const SniffBytes = 256 << 10

// errEmpty is the error for an empty file.
var errEmpty = &Error{Detail: "The file is empty."}

// IsEmpty reports whether an error of Sniff means that the file is empty.
func IsEmpty(err error) bool { return err == errEmpty }

// Sample reads the first bytes of a file of size bytes, as many as Sniff needs: SniffBytes, and if
// they are the beginning of one long line of JSON, that line, up to MaxRecord, and SniffBytes after
// it. whole reports whether they are the whole file.
func Sample(source io.ReaderAt, size int64) (sample []byte, whole bool, err error) {
	sample = make([]byte, min(size, SniffBytes))
	n, err := source.ReadAt(sample, 0)
	for err == nil && beginsLongJSON(sample) && int64(n) < size && n < MaxRecord {
		sample = slices.Grow(sample, n)[:min(int64(2*n), size)]
		var more int
		more, err = source.ReadAt(sample[n:], int64(n))
		n += more
	}
	if err != nil && err != io.EOF {
		return nil, false, err
	}
	return sample[:n], int64(n) == size, nil
}

// beginsLongJSON reports whether a sample is the beginning of an object on a line of SniffBytes and
// more, with fewer than SniffBytes after that line.
func beginsLongJSON(sample []byte) bool {
	head := bytes.TrimLeft(sample, byteOrderMark+" \t\r\n")
	if len(sample) < SniffBytes || len(head) == 0 || head[0] != '{' {
		return false
	}
	end := bytes.IndexByte(head, '\n')
	return end < 0 || len(sample)-len(head)+end >= SniffBytes && len(head)-end < SniffBytes
}

// bounded cuts a sample to SniffBytes, unless it begins with a long line of JSON.
func bounded(sample []byte, whole bool) ([]byte, bool) {
	if len(sample) > SniffBytes && !beginsLongJSON(sample[:SniffBytes]) {
		return sample[:SniffBytes], false
	}
	return sample, whole
}

// Sniff guesses the dialect of a file from its first bytes (Sample); whole means that sample is all
// of it. It fails with an *Error if there is no text to read: the file is empty or not text. Except
// for a long line of JSON, it examines at most SniffBytes, some twenty times, and so needs no
// context.
func Sniff(sample []byte, whole bool) (Dialect, error) {
	sample, whole = bounded(sample, whole)
	if len(bytes.TrimSpace(sample)) == 0 && whole {
		return Dialect{}, errEmpty
	}
	if form := detectForm("", sample, whole, false); form != Plain {
		return Dialect{}, &Error{Detail: form.Refusal("")}
	}
	d := Dialect{Quoted: true}
	var err error
	if d.Encoding, d.BOM, err = sniffEncoding(sample, whole); err != nil {
		return Dialect{}, err
	}
	if d.BOM && len(sample) <= 3 && whole {
		return Dialect{}, errEmpty
	}
	return sniffTable(sample, whole, d), nil
}

// sniffTable guesses the rest of d, whose encoding is known.
func sniffTable(sample []byte, whole bool, d Dialect) Dialect {
	if d.Keys = sniffJSON(sample, whole, d); d.Keys != nil {
		d.Quoted, d.Header = false, true
		return d
	}
	named := namedDelimiter(sample, d)
	if named != 0 {
		d.Delimiter, d.Preamble = named, 1
	}
	d = sniffFields(sample, whole, d)
	if named != 0 {
		d.Delimiter = named
	} else if delimiter := sniffDoubleEncoded(sample, whole, d); delimiter != 0 {
		d.Delimiter, d.Quoted, d.DoubleEncoded = delimiter, true, true
		d.Quote, d.Backslash, d.Spaced = 0, false, false
	}
	return locate(sample, whole, d)
}

func sniffEncoding(sample []byte, whole bool) (name string, bom bool, err error) {
	switch {
	case bytes.HasPrefix(sample, []byte("\xef\xbb\xbf")):
		return UTF8, true, nil
	case bytes.HasPrefix(sample, []byte("\xff\xfe")):
		return UTF16LE, true, nil
	case bytes.HasPrefix(sample, []byte("\xfe\xff")):
		return UTF16BE, true, nil
	}
	var zeros [2]int // at even and odd offsets: UTF-16 has the high bytes of Latin letters there
	controls, divides := 0, byte(0)
	for _, c := range []byte{1, 0x1f} {
		if dividesLines(sample, c) {
			divides = c
		}
	}
	for i, c := range sample {
		if c == 0 {
			zeros[i&1]++
		} else if c == divides {
			continue
		} else if c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b {
			controls++
		}
	}
	half := len(sample) / 2
	switch {
	case zeros[1]*10 > half*4 && zeros[0]*20 < half:
		return UTF16LE, false, nil
	case zeros[0]*10 > half*4 && zeros[1]*20 < half:
		return UTF16BE, false, nil
	case zeros[0]+zeros[1]+controls > len(sample)/50+2: // text may have a stray control character
		return "", false, &Error{Detail: "This is not a text file. Export the reviews as CSV, in UTF-8 if you are asked."}
	}
	valid, invalid := 0, 0 // non-ASCII characters, and invalid bytes
	for b := sample; len(b) > 0; {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			if !whole && !utf8.FullRune(b) {
				break // cut at the sample's end
			}
			invalid++
		} else if size > 1 {
			valid++
		}
		b = b[size:]
	}
	if invalid*10 > valid {
		if mixesUTF8(sample) {
			return UTF8, false, nil
		}
		return guessEncoding(sample), false, nil
	}
	if invalid == 0 && looksTwice(sample) {
		return UTF8Twice, false, nil
	}
	return UTF8, false, nil
}

// dividesLines reports whether c occurs equally often, at least once, in each of the first lines of
// a sample.
func dividesLines(sample []byte, c byte) bool {
	const most = 20
	lines := bytes.SplitN(sample, []byte{'\n'}, most+1)
	n := bytes.Count(lines[0], []byte{c})
	for _, line := range lines[:max(1, len(lines)-1)] {
		if bytes.Count(line, []byte{c}) != n {
			return false
		}
	}
	return n > 0 && len(lines) > 2
}

// mixesUTF8 reports whether a sample has some lines in UTF-8 and others in Windows-1252, as in
// concatenated files: many lines with non-ASCII characters are UTF-8, which another encoding
// matches by chance sometimes, but rarely for a whole line.
func mixesUTF8(sample []byte) bool {
	valid, invalid := 0, 0
	var others []byte
	for line := range bytes.Lines(sample) {
		switch {
		case reviews.IsASCII(line):
		case isUTF8(line):
			valid++
		default:
			invalid++
			others = append(others, line...)
		}
	}
	return valid*3 >= invalid && guessEncoding(others) == Windows1252
}

// sniffRecords is the number of records of the sample that each guess reads.
const sniffRecords = 300

// sampleStats holds statistics of a sample read with one dialect.
type sampleStats struct {
	records  int
	width    int     // fields of most records
	agree    float64 // share of records of that width
	first    int     // fields of the first record
	changes  int     // records with a different number of fields than the previous one
	quoted   int     // records with quoted fields
	repaired int     // number of repaired quotes
	lines    int     // records that span lines
	wide     bool    // the first record has more than MaxColumns fields
	cells    [][]string
	starts   []int // the lines on which the records of cells begin
}

func readSample(sample []byte, whole bool, d Dialect, records int) (t sampleStats) {
	d.Header = false
	r := NewReader(bytes.NewReader(sample), d)
	widths := map[int]int{}
	before := 0
	for t.records < records {
		rec, err := r.Read()
		if err != nil {
			break
		}
		if !whole && r.s.srcErr == io.EOF && rec.Offset+rec.Bytes+4 > int64(len(sample)) && t.records > 0 {
			break // it may continue beyond the sample
		}
		t.records++
		s := r.s
		if r.inner != nil {
			s = r.inner
		}
		n := max(len(rec.Fields), s.columns) // count the fields of a record with too many, too
		widths[n]++
		if t.records == 1 {
			t.first = n
		} else if n != before {
			t.changes++
		}
		before = n
		if s.unterminatedQuote || s.bareQuote || s.textQuote {
			t.repaired++
		}
		quoted := 0
		for _, f := range s.spans() {
			if f.quoted {
				quoted = 1
			}
		}
		t.quoted += quoted
		if r.s.lineEnds() > 1 {
			t.lines++
		}
		t.wide = t.wide || t.records == 1 && s.columns > 0
		if len(t.cells) < 50 && rec.Err == nil {
			cells := make([]string, len(rec.Fields))
			for i, f := range rec.Fields {
				cells[i] = string(f[:min(len(f), 500)])
			}
			t.cells, t.starts = append(t.cells, cells), append(t.starts, rec.Line)
		}
	}
	for width, n := range widths {
		if share := float64(n) / float64(t.records); share > t.agree || share == t.agree && width > t.width {
			t.width, t.agree = width, share
		}
	}
	return t
}

// hypothesis is a dialect, and the statistics of the sample read with it.
type hypothesis struct {
	d Dialect
	sampleStats
}

// score rates how well the dialect fits the sample: many columns, records that agree on them, and
// well-formed quotes.
func (h *hypothesis) score() float64 {
	if h.width < 2 {
		return 0
	}
	repaired := float64(h.repaired) / float64(h.records)
	return h.agree * h.agree * (1 - 1/float64(h.width)) * (1 - 0.5*repaired)
}

// plausible reports whether the sample may be one table or a few stacked ones.
func (h *hypothesis) plausible() bool {
	return h.width >= 2 && (h.agree >= 0.6 || namesText(h.cells) ||
		h.records >= 6 && h.changes <= 4 && h.changes*3 < h.records)
}

// namesColumns reports whether nearly all records have as many fields as the first, which names
// them.
func (h *hypothesis) namesColumns() bool {
	return h.first == h.width && h.agree >= 0.9 && namesText(h.cells)
}

// sniffFields guesses how fields are separated: the delimiter with the most columns on which
// records agree, the quote character, and how it is escaped inside fields. Without a delimiter each
// line is one text. A delimiter in d is the only one that is tried.
func sniffFields(sample []byte, whole bool, d Dialect) Dialect {
	try := func(d Dialect) hypothesis {
		return hypothesis{d, readSample(sample, whole, d, sniffRecords)}
	}
	var best, named hypothesis // named: the first record names columns
	consider := func(candidates string) {
		for i := range len(candidates) {
			c := candidates[i]
			if inPairs(d.Encoding) && c >= 0x40 { // it is also the second byte of some characters
				continue
			}
			if bytes.IndexByte(sample, c) < 0 {
				continue
			}
			d.Delimiter = c
			for way := range 3 { // as it is, with blanks, or with quotes as text
				d.Spaced, d.Quoted = way == 1, way != 2
				weight := 1.0
				switch {
				case way == 1 && !blanksBehind(sample, c):
					continue
				case way == 2 && c != '\t' && c != '|':
					continue
				case way == 2:
					weight = 0.999
				}
				h := try(d)
				if !h.plausible() {
					continue
				}
				if h.score()*weight > best.score() {
					best = h
				}
				if h.namesColumns() && h.score()*weight > named.score() {
					named = h
				}
			}
			d.Spaced, d.Quoted = false, true
		}
	}
	given := d.Delimiter != 0
	if given {
		consider(string(rune(d.Delimiter)))
	} else if consider(",\t;|^~\x01\x1f"); best.first == 1 && named.width > 0 {
		best = named // lists in a column have another delimiter, which the header lacks
	} else if best.width == 0 || best.first == 1 && sniffPreamble(sample, whole, best.d) == 0 {
		if h := sniffBlanks(sample, whole, d); h.d.Delimiter != 0 {
			return h.d
		}
		if best.first == 1 && best.cutsTexts() {
			best = hypothesis{}
		}
	}
	if !given && best.dividesProse(sample) {
		best = hypothesis{}
	}
	if best.width == 0 {
		d.Delimiter = 0
		return d
	}
	best = sniffQuotes(sample, best, try)
	if best.first != best.width && best.agree >= 0.6 {
		best.d.Width = best.width
	}
	return best.d
}

// cutsTexts reports whether the delimiter stands in texts of one column: below a single name, most
// rows have something behind it, and before it no number, as rows that are numbered have.
func (h hypothesis) cutsTexts() bool {
	if len(h.cells) < 2 {
		return false
	}
	numbered, ended := 0, 0
	for _, row := range h.cells[1:] {
		if strings.Trim(row[0], "0123456789") == "" {
			numbered++
		}
		if row[len(row)-1] == "" {
			ended++
		}
	}
	return (numbered+ended)*2 < len(h.cells)-1
}

// dividesProse reports whether the delimiter is punctuation: each one has a blank behind it, no
// field is quoted, the first record is no header, and all columns hold texts, none of them names.
func (h hypothesis) dividesProse(sample []byte) bool {
	const leastWords = 2.5 // of a cell, on average: names have two
	c := h.d.Delimiter
	if c != ',' && c != ';' || h.quoted > 0 || len(h.cells) < 2 || !blanksBehind(sample, c) ||
		headerScore(h.cells[0], h.cells[1:]) > 0 {
		return false
	}
	for i := range h.width {
		f := profileColumn(h.cells, i, "")
		if !f.isText() || f.filled*2 <= len(h.cells) || f.distinct*10 < f.filled*9 ||
			f.perCell() < leastWords {
			return false
		}
	}
	return true
}

// sniffBlanks chooses the blank as delimiter if the first record names columns and each other one
// has as many fields, or more, with the surplus in a single text.
func sniffBlanks(sample []byte, whole bool, d Dialect) (h hypothesis) {
	d.Delimiter, d.Spaced = ' ', false
	t := readSample(sample, whole, d, sniffRecords)
	if t.first < 3 || len(t.cells) < 3 || headerScore(t.cells[0], t.cells[1:]) < 3 {
		return h
	}
	d.Header = true
	column, width := sniffSurplus(sample, whole, d)
	d.Header = false
	if column > 0 || t.agree >= 0.95 && t.first == t.width || t.namesRows() {
		d.Surplus = column
		if column > 0 {
			d.Width = width
		}
		return hypothesis{d, t}
	}
	return h
}

// sniffQuotes compares the quoting of h with alternatives. Each is only tried if the sample has
// signs of it.
func sniffQuotes(sample []byte, h hypothesis, try func(Dialect) hypothesis) hypothesis {
	delimiter := h.d.Delimiter
	if delimiter == '\t' || delimiter == '|' {
		// Quotes are often text in such files. Many that open a field then do not close it.
		other := h.d
		other.Quoted = !h.d.Quoted
		quoted, text := h, try(other)
		if !h.d.Quoted {
			quoted, text = text, h
		}
		if quoted.repaired*5 <= quoted.quoted && quoted.agree >= text.agree*0.95 {
			h = quoted
		} else if text.plausible() && text.agree >= quoted.agree*0.95 {
			h = text
		}
	}
	if d := h.d; d.Quoted && enclosed(sample, delimiter, '\'') > enclosed(sample, delimiter, '"') {
		d.Quote = '\''
		if apostrophes := try(d); apostrophes.plausible() && apostrophes.agree >= h.agree {
			h = apostrophes
		}
	}
	if d := h.d; hasEscapes(sample, d) {
		d.Backslash = true
		escaped := try(d)
		if fewer := escaped.repaired < h.repaired; escaped.plausible() &&
			(escaped.agree > h.agree || escaped.agree == h.agree && (fewer || !h.d.Quoted)) {
			h = escaped
		}
	}
	return h
}

// blanksBehind reports whether nearly all delimiters in the sample are followed by a blank.
func blanksBehind(sample []byte, delimiter byte) bool {
	all := bytes.Count(sample, []byte{delimiter})
	count := func(behind byte) int { return bytes.Count(sample, []byte{delimiter, behind}) }
	blanks, ends := count(' '), count('\n')+count('\r')
	return blanks > 0 && (blanks+ends)*20 >= all*19
}

// enclosed estimates the number of quoted fields: the number of opening quotes, or 0 unless about
// as many close a field.
func enclosed(sample []byte, delimiter, quote byte) int {
	count := func(before, after byte) int { return bytes.Count(sample, []byte{before, after}) }
	opened := count(delimiter, quote) + count('\n', quote)
	closed := count(quote, delimiter) + count(quote, '\n') + count(quote, '\r')
	if opened < 2 || closed*10 < opened*9 || opened*10 < closed*9 {
		return 0
	}
	return opened
}

// hasEscapes reports whether the sample has a backslash before a quote, or before a delimiter if
// fields are not quoted.
func hasEscapes(sample []byte, d Dialect) bool {
	return d.Quoted && bytes.Contains(sample, []byte{'\\', d.quote()}) ||
		bytes.Contains(sample, []byte{'\\', d.Delimiter})
}

// inPairs reports whether an encoding has two-byte characters whose second byte may be ASCII.
func inPairs(encoding string) bool {
	return encoding == GBK || encoding == Big5 || encoding == ShiftJIS
}

// sniffDoubleEncoded returns the delimiter inside records that are one quoted field each, or 0 if
// they are not: nearly all must be quoted, and their content must agree on two columns or more.
func sniffDoubleEncoded(sample []byte, whole bool, d Dialect) byte {
	outer := d
	outer.Delimiter, outer.Quoted = 0, true
	r := NewReader(bytes.NewReader(sample), outer)
	wrapped, records := 0, 0
	for records < sniffRecords {
		if _, err := r.Read(); err != nil {
			break
		}
		if !whole && r.s.srcErr == io.EOF && records > 0 && r.s.eol == 0 {
			break
		}
		records++
		if fields := r.s.spans(); len(fields) == 1 && fields[0].quoted && !r.s.unterminatedQuote && !r.s.bareQuote {
			wrapped++
		}
	}
	if records < 2 || wrapped*10 < records*9 {
		return 0
	}
	best, delimiter := 1, byte(0)
	for _, candidate := range []byte{',', '\t', ';', '|'} {
		d.Delimiter, d.Quoted, d.DoubleEncoded = candidate, true, true
		if t := readSample(sample, whole, d, sniffRecords); t.width > best && t.agree >= 0.95 &&
			t.repaired*20 <= t.records {
			best, delimiter = t.width, candidate
		}
	}
	return delimiter
}

// namesText reports whether the first record has a name that exports use for the column of reviews,
// and looks like a header: a long sentence passes for a question, which names a column, too.
func namesText(cells [][]string) bool {
	if len(cells) == 0 || len(cells[0]) < 2 {
		return false
	}
	c, _ := GuessColumns(cells[0], nil)
	return c.Text >= 0 && headerScore(cells[0], cells[1:]) > 0
}

// sniffHeader reports whether the first record names columns: its words are those of names, or a
// column has numbers, dates or links below a cell that is none. A first cell that is itself a
// number, a date or a rating, or a long text that is not a question, is evidence against it.
func sniffHeader(sample []byte, whole bool, d Dialect) bool {
	t := readSample(sample, whole, d, 50)
	if t.wide {
		return true // whatever it holds: Header then returns the error
	}
	if len(t.cells) == 0 {
		return false
	}
	return headerScore(t.cells[0], t.cells[1:]) > 0
}

func headerScore(first []string, rows [][]string) (score float64) {
	if numbersColumns(first, rows) {
		return 5
	}
	for i, cell := range first {
		cell = strings.TrimSpace(cell)
		if cell == "" {
			continue
		}
		asks := isValue(cell) && asksWhatWas(first, rows, i)
		if isValue(cell) && !asks && !isWordAboveNumbers(cell, rows, i) {
			score -= 2
			continue
		}
		ends := strings.ContainsAny(cell[len(cell)-1:], ".!")
		if asks || len(cell) <= maxNameLength && knownName(nameWords(cell)) &&
			!(ends && len(first) == 1) { // "Useful app." is a review
			score += 2
		} else if ends || countWords(cell) > 6 && !strings.HasSuffix(cell, "?") {
			score--
		} else if standsAgain(first, rows, i) {
			score -= 2
		}
		f := profileColumn(rows, i, "")
		switch {
		case f.filled == 0:
		case f.numbers*10 >= f.filled*8, f.dates*10 >= f.filled*8,
			f.notText*10 >= f.filled*8 && !isLink(cell):
			score += 2
		case f.words >= 8*f.filled && countWords(cell) <= 4 &&
			(len(first) > 1 || isIdentifierName(cell)): // a single cell may be a short text
			score++
		}
	}
	return score
}

// isWordAboveNumbers reports whether a cell is a word for a rating that names a column of numbers:
// average.
func isWordAboveNumbers(cell string, rows [][]string, column int) bool {
	if strings.ContainsAny(cell, "0123456789★☆⭐") {
		return false
	}
	f := profileColumn(rows, column, "")
	return f.filled > 0 && f.numbers*10 >= f.filled*8
}

// numbersColumns reports whether the first record numbers the columns from 0, as a data frame
// without names does, above texts.
func numbersColumns(first []string, rows [][]string) bool {
	names := first
	if len(names) > 0 && names[0] == "" { // the index
		names = names[1:]
	}
	if len(names) < 2 || len(rows) == 0 {
		return false
	}
	for i, name := range names {
		if name != strconv.Itoa(i) {
			return false
		}
	}
	for i := range first {
		if f := profileColumn(rows, i, ""); f.isText() && f.filled*2 > len(rows) && f.perCell() >= 3 {
			return true
		}
	}
	return false
}

// isIdentifierName reports whether a cell is written like a column name in a program: review_text,
// words.
func isIdentifierName(cell string) bool {
	return strings.Contains(cell, "_") || countWords(cell) == 1 && cell == strings.ToLower(cell)
}

// standsAgain reports whether a cell of the first record is repeated in its column, except where
// the whole record is.
func standsAgain(first []string, rows [][]string, column int) bool {
	return slices.ContainsFunc(rows, func(row []string) bool {
		return column < len(row) && row[column] == first[column] && !slices.Equal(row, first)
	})
}

// asksWhatWas reports whether the cell of a column is a word for a rating, such as "good", that
// asks for a text: the column has texts, and another one asks for the opposite.
func asksWhatWas(first []string, rows [][]string, column int) bool {
	side := sideOf(strings.ToLower(strings.TrimSpace(first[column])))
	if side == 0 || !slices.ContainsFunc(first, func(cell string) bool {
		return sideOf(strings.ToLower(strings.TrimSpace(cell))) == -side
	}) {
		return false
	}
	f := profileColumn(rows, column, "")
	return f.rated*2 < f.filled
}
