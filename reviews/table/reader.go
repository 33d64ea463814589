package table

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"

	"reviewlens/reviews"
)

// MaxRecord is the maximum size of a record in bytes. A longer one is an error in its place.
const MaxRecord = 16 << 20

// Error is a mistake in a file, with a displayable message. Record and Line count from 1; 0 is
// unknown.
type Error struct {
	Record, Line int
	Byte         int64 // offset in the file
	Detail       string
	Doubts       []Doubt // the doubts that are the error (Options.Strict)
}

func (e *Error) Error() string { return e.Detail }

// Record is one record of a file. Fields are valid until the next Read.
type Record struct {
	Index    int      // from 0; headers and left-out records are not counted
	Line     int      // where it begins, from 1
	Offset   int64    // of its first byte in the file
	Bytes    int64    // its length in the file, without the line end
	Fields   [][]byte // UTF-8, without quotes
	Repaired string   // what was repaired, "" if nothing
	LeftOut  string   // why the record is not a row of the table: one of the below, "" for a row
	Err      *Error   // why there are no fields
}

// Reasons for Record.LeftOut. Such a record has the Index of the following row.
const (
	RepeatedHeader = "the header again"
	BelowTable     = "below the table"
)

// Reader reads records.
type Reader struct {
	s      *scanner
	inner  *scanner // of the wrapped records
	line   []byte   // the record that inner scans
	keys   map[string]int
	d      Dialect
	decode decoder
	header []string
	above  [][]string // all header rows
	heads  heading
	read   bool // the header, if any, has been read
	err    error
	index  int
	fields [][]byte
	space  []byte // of the fields that differ from the file's bytes
	// repeated is a member that the JSON object read last has with several values, "" for none.
	repeated string
}

// NewReader reads r, which is at the beginning of a file written in d (or at the offset of a
// record, with d.Header and d.BOM false; Reading.NewRowReader then repairs records as in the file).
func NewReader(r io.Reader, d Dialect) *Reader {
	reader := &Reader{s: newScanner(r, d.outer()), d: d, decode: newDecoder(d.Encoding)}
	if d.Keys != nil {
		reader.d.Header = false
		reader.keys = map[string]int{}
		for i, key := range d.Keys {
			reader.keys[key] = i
		}
	} else if d.DoubleEncoded {
		reader.inner = newScanner(nil, d)
	}
	return reader
}

// fieldScanner returns the scanner that finds the fields of a record.
func (r *Reader) fieldScanner() *scanner {
	if r.inner != nil {
		return r.inner
	}
	return r.s
}

// Header returns the column names, or nil if the dialect has none. The error is that of reading,
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
		for row := 0; row < r.d.headerRows() && r.err == nil; row++ {
			r.err = r.readHeader(row)
		}
		if r.err == io.EOF && r.header != nil { // there are fewer header rows than the dialect says
			r.err = nil
		}
	}
	return r.header, r.err
}

// readHeader reads one of the header rows.
func (r *Reader) readHeader(row int) error {
	if err := r.s.next(); err != nil {
		return err
	}
	if r.s.tooLarge {
		return r.s.noHeader()
	}
	fields, _ := r.take()
	if r.inner != nil && r.inner.columns > 0 {
		return r.inner.noHeader()
	}
	r.heads.add(r.s, r.d)
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = string(f)
	}
	if r.d.RowNames {
		names = slices.Insert(names, 0, "")
	}
	r.above = append(r.above, names)
	if row <= r.d.NamesRow {
		r.header = names
	}
	return nil
}

// joinedHeader returns the column names from all header rows, joined with blanks. header is the
// result of Header.
func (r *Reader) joinedHeader(header []string) []string {
	if len(r.above) < 2 {
		return header
	}
	names := make([]string, len(header))
	for _, row := range r.above {
		if isIdentifiers(row) {
			continue
		}
		for i, name := range row {
			if name == "" {
				continue
			}
			if i >= len(names) {
				names = append(names, make([]string, i+1-len(names))...)
			}
			if names[i] != "" {
				names[i] += " "
			}
			names[i] += name
		}
	}
	return names
}

// heading holds the header rows as written, to recognize them when they are repeated in a file that
// was concatenated from several.
type heading [][]byte

// add notes the header row that s scanned. A header that ends beyond the sample of Sniff is not
// looked for, nor is one where each line is a text, which may be any.
func (h *heading) add(s *scanner, d Dialect) {
	if d.Delimiter != 0 && s.offset+int64(s.size) <= SniffBytes {
		*h = append(*h, bytes.Clone(s.buf[s.pos:s.pos+s.size]))
	}
}

// repeated reports whether s scanned one of the header rows, possibly after a byte order mark.
func (h heading) repeated(s *scanner) bool {
	for _, row := range h {
		if s.size == len(row) || s.size == len(row)+len(byteOrderMark) {
			rest, _ := bytes.CutPrefix(s.buf[s.pos:s.pos+s.size], []byte(byteOrderMark))
			if bytes.Equal(rest, row) {
				return true
			}
		}
	}
	return false
}

const byteOrderMark = "\ufeff"

// Read returns the next record. The error is io.EOF at the end, or that of reading the file.
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
	if r.d.Until > 0 && s.offset >= r.d.Until {
		rec.LeftOut = BelowTable
		r.index--
	} else if len(r.heads) > 0 && r.heads.repeated(s) {
		rec.LeftOut = RepeatedHeader
		r.index--
	}
	if canIndex && s.indexed && s.isValid() && r.inner == nil && r.keys == nil { // take, for most
		rec.Fields = s.texts()
		if s.wrongFields > 0 {
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
	if s.isRepaired() || s.wrongFields > 0 {
		rec.Repaired = s.repaired()
	} else if invalid {
		rec.Repaired = "bytes that are no " + r.encoding() + " were replaced"
		if r.decode.western {
			rec.Repaired = "bytes that are no utf-8 were read as windows-1252"
		}
	} else if r.repeated != "" {
		rec.Repaired = fmt.Sprintf("it has %q more than once; the last value was read", r.repeated)
	}
	return rec, nil
}

func (r *Reader) encoding() string {
	if r.d.Encoding == "" {
		return UTF8
	}
	return r.d.Encoding
}

// take returns the fields of the scanned record, none if it should be a JSON object and is not;
// invalid reports whether some bytes were replaced.
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
			b = r.keep(func(dst []byte) []byte { return s.appendUnescaped(dst, b) })
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

// takeJSON returns the fields of a line that is a JSON object.
func (r *Reader) takeJSON() (fields [][]byte, invalid bool) {
	line := r.s.bytes(r.s.spans()[0])
	if !r.asIs(r.s) {
		r.line, invalid = r.decode.append(r.line[:0], line)
		line = r.line
	}
	r.fields = slices.Grow(r.fields[:0], len(r.keys))[:len(r.keys)]
	clear(r.fields)
	r.repeated = ""
	if !jsonCells(line, func(key, value []byte) {
		if i, ok := r.keys[string(key)]; ok {
			if r.fields[i] != nil && !bytes.Equal(r.fields[i], value) {
				r.repeated = reviews.Clip(key, 60)
			}
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
	return reviews.IsASCII(s.buf[s.pos : s.pos+s.size])
}

// keep appends to the reader's space and returns the appended bytes.
func (r *Reader) keep(appendTo func([]byte) []byte) []byte {
	from := len(r.space)
	r.space = appendTo(r.space)
	return r.space[from:len(r.space):len(r.space)]
}

// group formats 12345 as 12,345.
func group(n int) string {
	if n < 0 {
		return "-" + group(-n)
	}
	if n < 1000 {
		return strconv.Itoa(n)
	}
	rest := strconv.Itoa(n%1000 + 1000)[1:]
	return group(n/1000) + "," + rest
}

// MaxColumns is the maximum number of fields of a record. A record with more is an error in its
// place; a header with more is an error of the file.
const MaxColumns = 10_000

// Encodings lists all encodings, the most frequent first.
var Encodings = []string{UTF8, UTF16LE, UTF16BE, Windows1252, Macintosh, Windows1250, Windows1251,
	KOI8R, GBK, Big5, ShiftJIS, EUCJP, EUCKR, Windows1253, Windows1254, Windows1255, Windows1256,
	Windows874, ISO8859_2, KOI8U, IBM866, UTF8Twice}

// refuse turns the record into an error whose sentence ends with detail.
func (r *Reader) refuse(rec Record, detail string) Record {
	rec.Fields = nil
	rec.Err = &Error{
		Record: r.index, Line: rec.Line, Byte: rec.Offset,
		Detail: "Row " + group(r.index) + " (line " + group(rec.Line) + ") " + detail,
	}
	return rec
}

// refusal returns why a record has no fields.
func (s *scanner) refusal() string {
	if s.columns > 0 {
		return "has " + group(s.columns) + " fields; a row can have " + group(MaxColumns) + "."
	}
	return "is larger than 16 MB."
}

// noHeader returns the error for a first record that cannot be a header.
func (s *scanner) noHeader() *Error {
	e := &Error{Record: 1, Line: 1, Detail: "The first line is longer than 16 MB, so this is no table with a header."}
	if s.columns > 0 {
		e.Detail = "The first line has " + group(s.columns) + " columns; a table can have " + group(MaxColumns) +
			". Remove those that are not needed, or check that the rows are on lines of their own."
	}
	return e
}
