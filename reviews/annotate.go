package reviews

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// columnNames are the columns that Annotate appends.
var columnNames = [...]string{"sentiment", "positive", "windows"}

// Annotate copies the file r, written in d, to w with three columns appended: the sentiment, the
// probability to four decimals, and the number of windows; all three empty for a row without a score.
// result is asked once a record, in order.
//
// Every other byte stays: quoting, delimiter, line ends, BOM, encoding, empty lines, a missing last line
// end. Three kinds of record are written anew, since the cells would not stand in their columns
// otherwise: one with fewer fields than the first gets empty ones, one whose quotes were mended is quoted
// properly, and a line that is one field is quoted where it must be and followed by commas. A record with
// more fields keeps them, its cells follow. (In UTF-16, half a surrogate pair becomes U+FFFD.)
//
// If a name is taken, all three get the same number, from _2 on. A file without a header gets no names.
func Annotate(w io.Writer, r io.Reader, d Dialect, result func(index int) Result) (err error) {
	buffered := bufio.NewWriterSize(w, 64<<10)
	a := annotator{w: buffered, d: d, s: newScanner(r, d)}
	if endian, ok := map[string]unicode.Endianness{UTF16LE: unicode.LittleEndian, UTF16BE: unicode.BigEndian}[d.Encoding]; ok {
		t := transform.NewWriter(buffered, unicode.UTF16(endian, unicode.IgnoreBOM).NewEncoder())
		a.w = t
	}
	a.s.pass = a.w
	index := 0
	for first := true; ; first = false {
		err := a.s.next()
		a.write(a.s.skipped)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if first && d.Header {
			if a.s.tooLarge {
				return &Error{Record: 1, Line: 1, Detail: "The first line is longer than 16 MB, so this is no table with a header."}
			}
			a.names()
			continue
		}
		a.row(result(index))
		index++
		if a.err != nil {
			return a.err
		}
	}
	if c, ok := a.w.(io.Closer); ok {
		a.err = errors.Join(a.err, c.Close())
	}
	return errors.Join(a.err, buffered.Flush())
}

type annotator struct {
	w     io.Writer
	d     Dialect
	s     *scanner
	cells []byte
	err   error
}

// names writes the header with three names more.
func (a *annotator) names() {
	decode := newDecoder(a.d.Encoding)
	taken := map[string]bool{}
	for _, f := range a.s.fields {
		name, _ := decode.append(nil, appendUndoubled(nil, a.s.bytes(f)))
		taken[string(bytes.TrimSpace(name))] = true
	}
	suffix := ""
	for n := 2; taken[columnNames[0]+suffix] || taken[columnNames[1]+suffix] || taken[columnNames[2]+suffix]; n++ {
		suffix = "_" + itoa(n)
	}
	a.record(columnNames[0]+suffix, columnNames[1]+suffix, columnNames[2]+suffix)
}

func (a *annotator) row(r Result) {
	if r.Sentiment == None || r.Err != "" {
		a.record("", "", "")
		return
	}
	var digits [24]byte
	a.record(r.Sentiment.String(), string(strconv.AppendFloat(digits[:0], r.Positive, 'f', 4, 64)), itoa(r.Windows))
}

// record writes the scanned record, three cells and its line end.
func (a *annotator) record(cells ...string) {
	s, delimiter := a.s, a.d.Delimiter
	a.cells = a.cells[:0]
	switch {
	case delimiter == 0:
		delimiter = ','
		for _, f := range s.fields {
			a.cells = appendQuoted(a.cells, a.text(f), delimiter)
		}
	case s.torn || s.stray:
		for i, f := range s.fields {
			if i > 0 {
				a.cells = append(a.cells, delimiter)
			}
			a.cells = appendQuoted(a.cells, a.text(f), delimiter)
		}
	default:
		a.write(s.buf[s.pos : s.pos+s.size])
	}
	for range s.width - len(s.fields) {
		a.cells = append(a.cells, delimiter)
	}
	for _, cell := range cells {
		a.cells = append(append(a.cells, delimiter), cell...)
	}
	a.cells = append(a.cells, s.buf[s.pos+s.size:s.pos+s.size+s.eol]...)
	a.write(a.cells)
}

// text is a field without quotes, in the scanner's encoding.
func (a *annotator) text(f span) []byte {
	b := a.s.bytes(f)
	if f.doubled {
		b = appendUndoubled(nil, b)
	}
	return b
}

func (a *annotator) write(b []byte) {
	if a.err == nil && len(b) > 0 {
		_, a.err = a.w.Write(b)
	}
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
