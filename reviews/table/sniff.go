package table

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"
)

// SniffBytes is how much of a file Sniff wants to see.
const SniffBytes = 256 << 10

// Sniff guesses how a file is written from its first bytes; whole says that sample is all of it. It fails
// with an *Error where there is no text to read: an empty file, or one that is no text at all. It looks at SniffBytes at
// most, some twenty times, and so needs no context.
func Sniff(sample []byte, whole bool) (Dialect, error) {
	if len(sample) > SniffBytes {
		sample, whole = sample[:SniffBytes], false
	}
	if len(bytes.TrimSpace(sample)) == 0 && whole {
		return Dialect{}, &Error{Detail: "The file is empty."}
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
		return Dialect{}, &Error{Detail: "The file is empty."}
	}
	if d.Keys = sniffJSON(sample, whole, d); d.Keys != nil {
		d.Quoted, d.Header = false, true
		return d, nil
	}
	d.Delimiter, d.Quoted = sniffDelimiter(sample, whole, d)
	if delimiter := namedDelimiter(sample, d); delimiter != 0 {
		d.Delimiter, d.Preamble = delimiter, 1
		_, d.Quoted = sniffDelimiter(sample, whole, d)
	} else if delimiter := sniffDoubleEncoded(sample, whole, d); delimiter != 0 {
		d.Delimiter, d.Quoted, d.DoubleEncoded = delimiter, true, true
	}
	return locate(sample, whole, d), nil
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
	var zeros [2]int // at even and at odd offsets: where UTF-16 has the high bytes of Latin letters
	controls := 0
	for i, c := range sample {
		if c == 0 {
			zeros[i&1]++
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
	case zeros[0]+zeros[1]+controls > len(sample)/50+2: // a stray control character is met in text
		return "", false, &Error{Detail: "This is not a text file. Export the reviews as CSV, in UTF-8 if you are asked."}
	}
	valid, invalid := 0, 0 // characters beyond ASCII, and bytes that are none
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
		return guessEncoding(sample), false, nil
	}
	if invalid == 0 && looksTwice(sample) {
		return UTF8Twice, false, nil
	}
	return UTF8, false, nil
}

// sniffRecords is how many records of the sample each guess reads.
const sniffRecords = 300

// trial is how a sample looks when it is read in one way.
type trial struct {
	records  int
	width    int     // fields of most records
	agree    float64 // share of records of that width
	repaired int     // quotes mended
	lines    int     // records that span lines
	wide     bool    // the first record has more than MaxColumns fields
	cells    [][]string
	starts   []int // the lines on which the records of cells begin
}

func try(sample []byte, whole bool, d Dialect, records int) (t trial) {
	d.Header = false
	r := NewReader(bytes.NewReader(sample), d)
	widths := map[int]int{}
	for t.records < records {
		rec, err := r.Read()
		if err != nil {
			break
		}
		if !whole && r.s.srcErr == io.EOF && rec.Offset+rec.Bytes+4 > int64(len(sample)) && t.records > 0 {
			break // it may go on beyond the sample
		}
		t.records++
		s := r.s
		if r.inner != nil {
			s = r.inner
		}
		widths[max(len(rec.Fields), s.columns)]++ // too many fields are fields
		if s.unterminatedQuote || s.bareQuote {
			t.repaired++
		}
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

// sniffDelimiter takes the delimiter that gives the most columns on which records agree. 0: none does, so
// each line is one text. A tab-separated file whose quotes do not pair up has none that enclose. A delimiter
// in d is the only one that is tried.
func sniffDelimiter(sample []byte, whole bool, d Dialect) (delimiter byte, quoted bool) {
	best := 0.0
	quoted = true
	candidates := []byte{',', '\t', ';', '|'}
	if d.Delimiter != 0 {
		candidates = []byte{d.Delimiter}
	}
	for _, candidate := range candidates {
		if candidate == '|' && inPairs(d.Encoding) { // 0x7C is also the second byte of some characters
			continue
		}
		for _, q := range []bool{true, false} {
			if !q && candidate != '\t' && candidate != '|' {
				continue
			}
			d.Delimiter, d.Quoted = candidate, q
			t := try(sample, whole, d, sniffRecords)
			if t.width < 2 {
				continue
			}
			score := t.agree * t.agree * (1 - 1/float64(t.width))
			if !q {
				// Quotes are text: as good as the other reading where nothing is quoted, better where the
				// other had to mend.
				score *= 0.999
			} else {
				score *= 1 - 0.5*float64(t.repaired)/float64(t.records)
			}
			if score > best && (t.agree >= 0.6 || namesText(t.cells)) {
				best, delimiter, quoted = score, candidate, q
			}
		}
	}
	return delimiter, quoted
}

// inPairs reports whether an encoding has characters of two bytes of which the second may be ASCII.
func inPairs(encoding string) bool {
	return encoding == GBK || encoding == Big5 || encoding == ShiftJIS
}

// sniffDoubleEncoded gives the delimiter inside records that are one quoted field each, or 0 if they are not that: nearly all
// are quoted, and what is in them agrees on two columns or more.
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
		if t := try(sample, whole, d, sniffRecords); t.width > best && t.agree >= 0.95 && t.repaired*20 <= t.records {
			best, delimiter = t.width, candidate
		}
	}
	return delimiter
}

// namesText reports whether the first record has a name that exports give the column of reviews.
func namesText(cells [][]string) bool {
	if len(cells) == 0 {
		return false
	}
	c, _ := GuessColumns(cells[0], nil)
	return len(cells[0]) > 1 && c.Text >= 0
}

// sniffHeader weighs whether the first record names columns: its words are those of names, or a column
// holds numbers, dates or links below a cell that is none. A first cell that is a number, a date or a
// rating itself, or that is a long text and no question, speaks against it.
func sniffHeader(sample []byte, whole bool, d Dialect) bool {
	t := try(sample, whole, d, 50)
	if t.wide {
		return true // whatever it holds: Header then says what is wrong with the file
	}
	if len(t.cells) == 0 {
		return false
	}
	return headerScore(t.cells[0], t.cells[1:]) > 0
}

func headerScore(first []string, rows [][]string) (score float64) {
	for i, cell := range first {
		cell = strings.TrimSpace(cell)
		if cell == "" {
			continue
		}
		if isValue(cell) {
			score -= 2
			continue
		}
		if len(cell) <= longestName && knownName(nameWords(cell)) {
			score += 2
		} else if countWords(cell) > 6 && !strings.HasSuffix(cell, "?") {
			score--
		}
		f := profileColumn(rows, i, "")
		switch {
		case f.filled == 0:
		case f.numbers*10 >= f.filled*8, f.dates*10 >= f.filled*8, f.links*10 >= f.filled*8 && !isLink(cell):
			score += 2
		case f.words >= 8*f.filled && countWords(cell) <= 4:
			score++
		}
	}
	return score
}
