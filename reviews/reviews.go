// Package reviews reads the files that people keep reviews in, and says what scored rows say.
//
// In goes a file: comma, semicolon, tab or pipe between fields, one text a line, JSON lines, or CSV whose records were
// written as fields of CSV again; UTF-8, UTF-16,
// Windows-1252 or GBK; with or without a header. Sniff guesses how it is written and GuessColumns which
// column is what, both from a bounded sample, and each guess can be overruled. Reader streams records in
// constant memory and never fails on content: what is malformed is repaired and said (Record.Repaired),
// and only a record over MaxRecord bytes has no fields (Record.Err) but keeps its place. Any split of the
// input into reads gives the same records.
//
// Out go scores: Decide turns a model's logits into a named probability, Summary counts, and Annotate
// writes the file again with three columns more, every other byte as it was.
//
// The format is RFC 4180 as it is met: lines end in LF, CRLF or CR; a field that begins with a quote goes
// on to the next quote that is followed by a delimiter, a line end or the end of the file, so that a
// quote someone forgot to double is read as a quote; a quote that never closes is read as a quote and
// its record ends with its line. Empty lines are no records (as in encoding/csv and pandas).
//
// The package is pure: it runs in the browser's worker and in the server alike.
package reviews

import (
	"io"
	"slices"
)

// MaxRecord is how long a record may be, in bytes. A longer one is an error in its place.
const MaxRecord = 16 << 20

// MaxColumns is how many fields a record may have. One of more is an error in its place; a header of more is an error
// of the file.
const MaxColumns = 10_000

// Encodings that a file may have.
const (
	UTF8        = "utf-8"
	UTF16LE     = "utf-16le"
	UTF16BE     = "utf-16be"
	Windows1252 = "windows-1252"
	Windows1250 = "windows-1250" // Polish, Czech, Hungarian
	Windows1251 = "windows-1251" // Cyrillic
	KOI8R       = "koi8-r"       // Cyrillic
	Macintosh   = "macintosh"    // Mac Roman, which Excel for Mac still writes
	GBK         = "gbk"
	Big5        = "big5"
	ShiftJIS    = "shift_jis"
	EUCJP       = "euc-jp"
	EUCKR       = "euc-kr"
	UTF8Twice   = "utf-8 twice" // UTF-8 that was taken for Windows-1252 and encoded again: "dÃ©jÃ ".
)

// Encodings lists all of them, the most frequent first.
var Encodings = []string{UTF8, UTF16LE, UTF16BE, Windows1252, Macintosh, Windows1250, Windows1251, KOI8R, GBK, Big5, ShiftJIS, EUCJP, EUCKR, UTF8Twice}

// Dialect is how a file is written. Sniff guesses it; each field can be overruled.
type Dialect struct {
	Encoding  string // one of the above; "" is UTF8
	BOM       bool   // the file begins with a byte order mark
	Delimiter byte   // between fields; 0 where a line is one field
	Quoted    bool   // quotes enclose fields; else they are text (many TSV files)
	Header    bool   // the first record names the columns
	Wrapped   bool   // each record is one quoted field that holds the record: a CSV that was written as CSV again
	// Keys is set where each line is a JSON object: the members that are its columns. Delimiter, Quoted, Header and
	// Wrapped then mean nothing.
	Keys []string
}

// outer is how records are told apart, where that is not how fields are.
func (d Dialect) outer() Dialect {
	if d.Keys != nil || d.Wrapped {
		d.Delimiter, d.Quoted = 0, d.Wrapped
	}
	return d
}

// Error is a mistake in a file, in a sentence fit to show. Record and Line count from 1; 0 is unknown.
type Error struct {
	Record, Line int
	Byte         int64 // offset in the file
	Detail       string
}

func (e *Error) Error() string { return e.Detail }

// Record is one record of a file. Fields are valid until the next Read.
type Record struct {
	Index    int      // from 0, the header not counted
	Line     int      // from 1: where it begins
	Offset   int64    // of its first byte in the file
	Bytes    int64    // its length in the file, line end not counted
	Fields   [][]byte // UTF-8, without quotes
	Repaired string   // what was mended, "" if nothing
	Err      *Error   // why there are no fields
}

// Reader reads records.
type Reader struct {
	s      *scanner
	inner  *scanner // of the records in wrapped ones
	line   []byte   // the record that inner scans
	keys   map[string]int
	d      Dialect
	decode decoder
	header []string
	read   bool // the header, if there is one
	err    error
	index  int
	fields [][]byte
	space  []byte // of the fields that are not as they stand in the file
}

// NewReader reads r, which is at the beginning of a file written in d (or at the offset of a record,
// with d.Header and d.BOM false).
func NewReader(r io.Reader, d Dialect) *Reader {
	reader := &Reader{s: newScanner(r, d.outer()), d: d, decode: newDecoder(d.Encoding)}
	if d.Keys != nil {
		reader.d.Header = false
		reader.keys = map[string]int{}
		for i, key := range d.Keys {
			reader.keys[key] = i
		}
	} else if d.Wrapped {
		reader.inner = newScanner(nil, d)
	}
	return reader
}

// Header gives the names of the columns; nil where the dialect has none. The error is that of reading,
// io.EOF for an empty file.
func (r *Reader) Header() ([]string, error) {
	if r.d.Keys != nil {
		return r.d.Keys, nil
	}
	if !r.d.Header {
		return nil, nil
	}
	if !r.read {
		r.read = true
		if r.err = r.s.next(); r.err == nil && r.s.tooLarge {
			r.err = r.s.noHeader()
		}
		if r.err == nil {
			fields, _ := r.take()
			if r.inner != nil && r.inner.columns > 0 {
				r.err = r.inner.noHeader()
				return nil, r.err
			}
			r.header = make([]string, len(fields))
			for i, f := range fields {
				r.header[i] = string(f)
			}
		}
	}
	return r.header, r.err
}

// Read gives the next record. The error is io.EOF at the end, or that of reading the file.
func (r *Reader) Read() (rec Record, err error) {
	if r.d.Header && (!r.read || r.err != nil) {
		if _, err := r.Header(); err != nil {
			return Record{}, err
		}
	}
	if err := r.s.find(); err != nil {
		return Record{}, err
	}
	s := r.s
	rec.Index, rec.Line, rec.Offset, rec.Bytes = r.index, s.line, s.offset, int64(s.size)
	r.index++
	if canIndex && s.indexed && s.isValid() && r.inner == nil && r.keys == nil { // take, for most
		rec.Fields = s.texts()
		if s.wrong > 0 {
			rec.Repaired = s.repaired()
		}
		return rec, nil
	}
	if s.wide || s.tooLarge {
		rec.Bytes = s.originalSize()
	}
	if s.tooLarge {
		return r.refuse(rec, s.refusal()), nil
	}
	var invalid bool
	rec.Fields, invalid = r.take()
	switch {
	case r.inner != nil && r.inner.columns > 0:
		return r.refuse(rec, r.inner.refusal()), nil
	case rec.Fields == nil:
		return r.refuse(rec, "is no JSON object."), nil
	}
	if r.inner != nil {
		s = r.inner
	}
	if s.torn || s.stray || s.wrong > 0 {
		rec.Repaired = s.repaired()
	} else if invalid {
		rec.Repaired = "bytes that are no " + r.encoding() + " were replaced"
		if r.decode.western {
			rec.Repaired = "bytes that are no utf-8 were read as windows-1252"
		}
	}
	return rec, nil
}

// refuse makes the record an error: detail is the end of a sentence about it.
func (r *Reader) refuse(rec Record, detail string) Record {
	rec.Fields = nil
	rec.Err = &Error{
		Record: r.index, Line: rec.Line, Byte: rec.Offset,
		Detail: "Row " + group(r.index) + " (line " + group(rec.Line) + ") " + detail,
	}
	return rec
}

// refusal is why a record has no fields.
func (s *scanner) refusal() string {
	if s.columns > 0 {
		return "has " + group(s.columns) + " fields; a row can have " + group(MaxColumns) + "."
	}
	return "is larger than 16 MB."
}

// noHeader is the error of a first record that can be no header.
func (s *scanner) noHeader() *Error {
	e := &Error{Record: 1, Line: 1, Detail: "The first line is longer than 16 MB, so this is no table with a header."}
	if s.columns > 0 {
		e.Detail = "The first line has " + group(s.columns) + " columns; a table can have " + group(MaxColumns) +
			". Remove those that are not needed, or check that the rows are on lines of their own."
	}
	return e
}

func (r *Reader) encoding() string {
	if r.d.Encoding == "" {
		return UTF8
	}
	return r.d.Encoding
}

// take makes the fields of the scanned record, none for what is no JSON object where it should be; invalid says that some
// bytes were replaced.
func (r *Reader) take() (fields [][]byte, invalid bool) {
	if r.keys != nil {
		return r.takeJSON()
	}
	s := r.s
	if r.inner != nil {
		s = r.inner
		r.line = r.s.appendText(r.line[:0], r.s.spans()[0])
		s.reset(r.line)
	}
	r.decode.western = false
	asIs := s.isValid() || r.asIs(s)
	if canIndex && s.indexed && asIs {
		return s.texts(), false
	}
	s.spans()
	r.fields, r.space = slices.Grow(r.fields[:0], len(s.fields))[:len(s.fields)], r.space[:0]
	if asIs && !s.doubled {
		b := s.buf[s.pos : s.pos+s.size]
		for i, f := range s.fields {
			r.fields[i] = b[f.from:f.to:f.to]
		}
		return r.fields, false
	}
	for i, f := range s.fields {
		b := s.bytes(f)
		if f.doubled {
			b = r.keep(func(dst []byte) []byte { return appendUndoubled(dst, b) })
		}
		if !asIs {
			b = r.keep(func(dst []byte) []byte {
				out, bad := r.decode.append(dst, b)
				invalid = invalid || bad
				return out
			})
		}
		r.fields[i] = b
	}
	return r.fields, invalid
}

// takeJSON makes the fields of a line that is a JSON object.
func (r *Reader) takeJSON() (fields [][]byte, invalid bool) {
	line := r.s.bytes(r.s.spans()[0])
	if !r.asIs(r.s) {
		r.line, invalid = r.decode.append(r.line[:0], line)
		line = r.line
	}
	r.fields = slices.Grow(r.fields[:0], len(r.keys))[:len(r.keys)]
	clear(r.fields)
	if !jsonCells(line, func(key, value []byte) {
		if i, ok := r.keys[string(key)]; ok {
			r.fields[i] = value
		}
	}) {
		return nil, false
	}
	return r.fields, invalid
}

// asIs reports whether the fields of the record in s need no decoding.
func (r *Reader) asIs(s *scanner) bool {
	if r.decode.from == nil && !r.decode.twice {
		return s.isUTF8()
	}
	return isASCII(s.buf[s.pos : s.pos+s.size])
}

// keep appends to the reader's space and gives what was appended.
func (r *Reader) keep(appendTo func([]byte) []byte) []byte {
	from := len(r.space)
	r.space = appendTo(r.space)
	return r.space[from:len(r.space):len(r.space)]
}

// group writes 12345 as 12,345.
func group(n int) string {
	if n < 0 {
		return "-" + group(-n)
	}
	if n < 1000 {
		return itoa(n)
	}
	rest := itoa(n%1000 + 1000)[1:]
	return group(n/1000) + "," + rest
}
