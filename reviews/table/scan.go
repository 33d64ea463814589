package table

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/bits"
	"runtime"
	"slices"
	"strconv"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// scanner finds records and fields in a stream. It works on the file's own bytes, where quotes and
// line ends are ASCII and never part of another character. Neither are commas, semicolons and tabs:
// second bytes of GBK, Big5 and Shift_JIS begin at 0x40. Pipe, caret and backslash may be part of
// one, and are handled accordingly (inPairs). UTF-16 is converted to UTF-8 first.
//
// All positions are relative to pos, so that they stay valid when the buffer grows or moves.
type scanner struct {
	src       io.Reader
	srcErr    error // io.EOF or what the source failed with
	buf       []byte
	pos, end  int // buf[pos:end] is not consumed
	delimiter byte
	quoted    bool
	wide      bool // UTF-16
	utf8      bool // buf must be valid UTF-8

	// The record that next found.
	fields []span
	size   int // of the record, without the line end; it begins at pos
	eol    int // size of the line end, 0 at the end of the file
	offset int64
	line   int
	recordState

	valid [2]int // buf[valid[0]:valid[1]] is valid UTF-8
	cr    bool   // a CR may have been read
	noCR  int    // buf[pos:noCR] contains no CR

	lineCount int // line ends consumed
	width     int // fields of the first record
	started   bool
	preamble  int // lines to skip at the beginning
	bom       bool
	bufOffset int64  // offset of buf[pos]
	skipped   []byte // consumed before the record: BOM and empty lines; for Annotate
	copyTo    io.Writer
	guard     func(cell []byte) bool // used by drop
	index     *index                 // of the data ahead, once there is enough

	beyond // after the fields that every record needs: the order is worth a few percent
}

// beyond is the state of readings that ran past the line on which they began. Total work must be
// linear in the input. A reading that looks for a closing quote may fail, and the next line would
// repeat it, so a file with a quote in every line would take quadratic time. Therefore the result
// is kept until the records that it covers have been passed.
type beyond struct {
	quote     byte // encloses fields, if quoted
	backslash bool // escapes a character
	spaced    bool // blanks before a field are not part of it
	plain     bool // none of these is unusual: the fast readings only handle delimiters and quotes
	expected  int  // expected number of fields; 0 if unknown before the first record
	surplus   int  // the column, from 1, that takes the fields above expected
	merged    int  // number of fields before some were merged into surplus; else 0

	// buf[undoubledFrom:undoubledTo] contains no doubled quote
	undoubledFrom, undoubledTo int

	again      int // size of the record found by a fast reading that scan rereads; else 0
	firstEnd   int // the first LF in the record, if lineEnds found one; else -1
	recordEnds int // line ends of the record and the one after it, if already counted; else 0

	n       int // fields of the record that scan found; the scanner has at most MaxColumns of them
	columns int // n, if that is why the record is tooLarge; else 0

	fast              int // index in buf before which the fast readings are not tried again
	ahead             lookahead
	strayAt, openedAt int       // the last positions of stray and opening quotes; -1 for none
	open              openField // the first one open at the end of its line
	quotedEnd         bool      // scan ended inside quotes
	work              int64     // bytes examined, except in records found at once; bounded by tests
}

// recordState describes the current record: deviations from RFC 4180 and properties found on the
// way.
type recordState struct {
	tooLarge          bool // over MaxRecord, or more than MaxColumns fields
	unterminatedQuote bool // a quote is not closed
	textQuote         bool // a quote that opens a field is text
	lostDelimiter     bool // a delimiter is missing next to a quote
	bareQuote         bool // a quote is inside a quoted field
	bareQuoteOpens    bool // and at the beginning of a field or a line
	doubled           bool // a well-formed field contains doubled quotes
	lines             bool // a field may contain line ends
	indexed           bool // spans has yet to make the fields
	wrongFields       int  // number of fields, if it differs from that of the first record; else 0
}

// lookahead is the result of a scan from the record at buf[base] past the end of its line, if that
// record then turned out to end with its line. Positions are relative to base.
//
// Inside quotes, what follows depends only on the current byte, not on where the quotes opened. All
// line ends before end are inside quotes here. So a later record that has a quote open at one of
// them continues like this one.
type lookahead struct {
	base, end         int // end is 0 without a lookahead
	out               outcome
	quoted            bool // for large: whether end is inside quotes
	fields            []span
	n                 int
	strayAt, openedAt int
}

// openField is the state of a record at a field whose opening quote does not close on its line.
type openField struct {
	found          bool
	fields         int // number of fields before it
	stray, opening bool
}

// span is a field; for a quoted one, without its quotes. A record that is completely in the buffer
// is at most MaxRecord and one read long.
type span struct {
	from, to int32
	quoted   bool
	doubled  bool // quotes in it
}

// end returns the position after a field, its closing quote included.
func (f span) end() int {
	if f.quoted {
		return int(f.to) + 1
	}
	return int(f.to)
}

func newScanner(r io.Reader, d Dialect) *scanner {
	s := &scanner{src: r, delimiter: d.Delimiter, quoted: d.Quoted, bom: d.BOM,
		preamble: d.Preamble, utf8: d.Encoding == "" || d.Encoding == UTF8,
		buf: make([]byte, 0, firstRead)}
	s.quote, s.backslash, s.spaced, s.plain = d.quote(), d.Backslash, d.Spaced, d.plain()
	s.expected, s.surplus = d.Width, d.Surplus
	switch d.Encoding {
	case UTF16LE:
		s.src, s.wide = transform.NewReader(r, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder()), true
	case UTF16BE:
		s.src, s.wide = transform.NewReader(r, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder()), true
	}
	if d.Surplus > 0 || d.RowNames {
		s.width = d.Width
	}
	if d.Delimiter == 0 {
		s.delimiter = '\n' // ends the record before it could end a field
	}
	return s
}

// The first read is small, since often only one record is read; later ones are large: in the
// browser each read is a round trip.
const (
	firstRead  = 16 << 10
	laterReads = 256 << 10
)

// have returns the number of available bytes, at(i) one of them.
func (s *scanner) have() int         { return s.end - s.pos }
func (s *scanner) at(i int) byte     { return s.buf[s.pos+i] }
func (s *scanner) view(i int) []byte { return s.buf[s.pos+i : s.end] }

func (s *scanner) bytes(f span) []byte {
	return s.buf[s.pos+int(f.from) : s.pos+int(f.to) : s.pos+int(f.to)]
}

// readMore reads more of the source; it returns false at the end.
func (s *scanner) readMore() bool {
	if s.srcErr != nil {
		return false
	}
	if s.pos > 0 && s.pos >= len(s.buf)/2 {
		copy(s.buf[:cap(s.buf)], s.buf[s.pos:s.end])
		s.moved()
	}
	if s.end == cap(s.buf) || s.end > 0 && cap(s.buf) < laterReads {
		grown := make([]byte, max(laterReads, 2*(s.end-s.pos)))
		copy(grown, s.buf[s.pos:s.end])
		s.buf = grown
		if canIndex && s.index == nil {
			s.index = new(index)
		}
		s.moved()
	}
	s.buf = s.buf[:cap(s.buf)]
	for empty := 0; ; empty++ {
		n, err := s.src.Read(s.buf[s.end:])
		if s.utf8 && s.index == nil {
			s.validate(s.end, s.end+n)
		}
		s.cr = s.cr || canIndex || runtime.GOARCH == "wasm" || bytes.IndexByte(s.buf[s.end:s.end+n], '\r') >= 0 // one check of many is faster than one a record
		s.end += n
		s.srcErr = err
		if n > 0 || err != nil {
			return n > 0
		}
		if empty == 100 {
			s.srcErr = io.ErrNoProgress
			return false
		}
	}
}

// reset makes s scan a single record given in full. Input that is not one record becomes one field.
func (s *scanner) reset(record []byte) {
	s.srcErr, s.buf, s.pos, s.end = io.EOF, record, 0, len(record)
	s.valid, s.cr, s.noCR = [2]int{}, true, 0
	s.recordEnds = 0
	s.undoubledFrom, s.undoubledTo = 0, 0
	s.started, s.size, s.eol, s.bom, s.bufOffset, s.fast, s.ahead.base, s.ahead.end, s.columns = false, 0, 0, false, 0, 0, 0, 0, 0
	if s.next() != nil || s.tooLarge || s.pos > 0 || s.size+s.eol < len(record) {
		s.pos, s.size, s.eol = 0, len(record), 0
		s.fields = append(s.fields[:0], span{to: int32(len(record))})
		s.n, s.recordState = 1, recordState{}
		if s.width > 1 {
			s.wrongFields = 1
		}
	}
}

// appendText appends a field without its quotes, in the scanner's encoding.
func (s *scanner) appendText(dst []byte, f span) []byte {
	if f.doubled {
		return s.appendUnescaped(dst, s.bytes(f))
	}
	return append(dst, s.bytes(f)...)
}

// moved notes that the unconsumed bytes are now at the beginning of the buffer.
func (s *scanner) moved() {
	s.valid[0], s.valid[1] = max(s.valid[0]-s.pos, 0), max(s.valid[1]-s.pos, 0)
	s.fast, s.ahead.base, s.noCR = max(s.fast-s.pos, 0), s.ahead.base-s.pos, max(s.noCR-s.pos, 0)
	s.undoubledFrom, s.undoubledTo = max(s.undoubledFrom-s.pos, 0), max(s.undoubledTo-s.pos, 0)
	s.pos, s.end = 0, s.end-s.pos
	if canIndex && s.index != nil {
		s.index.drop()
	}
}

// validate notes whether the bytes read into buf[from:to] are UTF-8. Checking many at once is
// several times faster than checking each field.
func (s *scanner) validate(from, to int) {
	if from > s.valid[1] {
		for from < to && !utf8.RuneStart(s.buf[from]) {
			from++
		}
		s.valid = [2]int{from, from}
	}
	for cut := 1; cut < utf8.UTFMax && to-cut >= s.valid[1]; cut++ { // the read may cut a character
		if utf8.RuneStart(s.buf[to-cut]) {
			if !utf8.FullRune(s.buf[to-cut : to]) {
				to -= cut
			}
			break
		}
	}
	if isUTF8(s.buf[s.valid[1]:to]) {
		s.valid[1] = to
	}
}

// isValid reports whether the record is already known to be UTF-8.
func (s *scanner) isValid() bool { return s.pos >= s.valid[0] && s.pos+s.size <= s.valid[1] }

// isUTF8 reports whether the record is UTF-8.
func (s *scanner) isUTF8() bool {
	return s.isValid() || isUTF8(s.buf[s.pos:s.pos+s.size])
}

// need reports whether there is a byte at i, reading more if necessary.
func (s *scanner) need(i int) bool {
	for i >= s.have() {
		if !s.readMore() {
			return false
		}
	}
	return true
}

// consume advances by n bytes.
func (s *scanner) consume(n int) {
	if s.wide {
		s.bufOffset += utf16Size(s.buf[s.pos : s.pos+n])
	} else {
		s.bufOffset += int64(n)
	}
	s.pos += n
}

// next finds the next record and its fields. The error is io.EOF at the end, or the source's.
func (s *scanner) next() error {
	err := s.find()
	if err == nil {
		s.spans()
	}
	return err
}

// spans returns the fields of the record.
func (s *scanner) spans() []span {
	if canIndex && s.indexed {
		s.fill()
	}
	if s.surplus > 0 && len(s.fields) > s.expected {
		s.merge()
	}
	return s.fields
}

// find finds the next record, but leaves its fields to spans or texts if it is indexed.
func (s *scanner) find() error {
	if s.started {
		if s.recordState.lines {
			s.lineCount += s.countedEnds()
		} else if s.eol > 0 {
			s.lineCount++
		}
		if n := s.size + s.eol; s.wide {
			s.consume(n)
		} else { // inlined by hand: consume is a little too large to be inlined
			s.bufOffset += int64(n)
			s.pos += n
		}
		s.size, s.eol = 0, 0
	}
	s.skipped = s.skipped[:0]
	if canIndex && s.foundIndexed() {
		if !s.recordState.lines && s.wrongFields == 0 || s.isAcceptable() {
			return nil
		}
		s.discardFast()
	}
	for !s.started && s.bom && s.need(2) && bytes.HasPrefix(s.view(0), []byte("\ufeff")) {
		s.skip(3) // some programs write a second one
	}
	s.started = true
	for ; s.preamble > 0; s.preamble-- {
		s.skipLine()
	}
	for s.need(0) && (s.at(0) == '\n' || s.at(0) == '\r') {
		n := s.lineEnd(0)
		s.skip(n)
		s.lineCount++
	}
	if !s.need(0) {
		if s.srcErr != io.EOF {
			return s.srcErr
		}
		return io.EOF
	}
	s.offset, s.line = s.bufOffset, s.lineCount+1
	s.recordState, s.columns, s.merged = recordState{}, 0, 0
	if s.pos >= s.fast && s.plain {
		if canIndex && s.scanIndexed() {
			if !s.recordState.lines && s.wrongFields == 0 || s.isAcceptable() {
				return nil
			}
			s.discardFast()
		} else if s.scanBuffered() {
			s.count(len(s.fields))
			if !s.recordState.lines && s.wrongFields == 0 || s.isAcceptable() {
				return nil
			}
			s.discardFast()
		}
	}
	if s.pos >= s.ahead.base+s.ahead.end || !s.scanFromLookahead() {
		s.scanAhead()
	}
	if s.again > 0 {
		s.noteReread()
	}
	s.tooLarge = s.tooLarge || s.size > MaxRecord
	if s.n > MaxColumns && !s.tooLarge {
		s.tooLarge, s.columns = true, s.n
	}
	if s.tooLarge {
		return s.drop()
	}
	if s.srcErr != nil && s.srcErr != io.EOF && s.eol == 0 {
		return s.srcErr // the record may be incomplete
	}
	s.count(s.n)
	return nil
}

// scanAhead finds the fields of the record at pos. If that requires reading beyond the record, the
// result is stored in ahead.
func (s *scanner) scanAhead() {
	switch s.scan(false) {
	case whole:
		// A quote that never closes may find a match in a later record. Then quotes inside it stand
		// where a field would open, or the number of fields is wrong, while that of the first line
		// alone is right; or each of its lines alone looks like a row.
		want, size := s.wantFields(), s.size
		if !bytes.ContainsAny(s.buf[s.pos:s.pos+size], "\r\n") {
			s.repairLine()
		} else if s.n > MaxColumns { // a quote swallows rows: each line is a record
			s.saveLookahead(crowded, size)
			s.tooLarge = s.scanLine() == large
			return
		} else if s.bareQuote && want > 0 && (s.bareQuoteOpens || s.n != want) ||
			s.swallows(size, s.bareQuote) {
			s.saveLookahead(whole, size)
			if s.scanLine() == whole && s.n == want {
				s.unterminatedQuote, s.textQuote = true, false
				return
			}
			s.scan(false)
			s.unterminatedQuote = false
		}
		if s.size > MaxRecord { // it is dropped, by other rules
			s.saveLookahead(whole, s.size)
		}
	case unclosed:
		if s.srcErr != io.EOF { // the quote may close in the part that could not be read
			s.size, s.eol = 0, 0
			return
		}
		s.saveLookahead(unclosed, s.have())
		s.tooLarge = s.scanLine() == large
	case large:
		// Either one huge text, or a quote that swallows the file: then the first line is a record.
		if s.tooLarge = !s.recordState.lines && !s.quotedEnd; s.tooLarge {
			return // no field is quoted, and the line alone is as large
		}
		s.saveLookahead(large, s.have())
		s.bareQuote = false
		s.tooLarge = !s.quoted || s.scanLine() != whole || !s.unterminatedQuote ||
			s.n != s.wantFields()
	}
}

// saveLookahead stores how scan ended, at end, in ahead. It takes over the fields.
func (s *scanner) saveLookahead(out outcome, end int) {
	s.fields, s.ahead.fields = s.ahead.fields[:0], s.fields
	s.ahead.base, s.ahead.end, s.ahead.out, s.ahead.n = s.pos, end, out, s.n
	s.ahead.strayAt, s.ahead.openedAt, s.ahead.quoted = s.strayAt, s.openedAt, s.quotedEnd
}

// scanFromLookahead is scanAhead using a previous lookahead. It returns false, without effect, if
// that is not sufficient.
func (s *scanner) scanFromLookahead() bool {
	a, before := &s.ahead, s.recordState
	if s.scanLine() == large {
		s.recordState = before
		return false
	}
	if !s.open.found {
		return true
	}
	at := s.pos + s.size - a.base // the line end, inside quotes
	known := at < a.end
	switch {
	case !known:
	case a.out == large:
		found := s.recordState
		i, out := a.base+a.end-s.pos, unclosed
		if a.quoted {
			_, _, out = s.closing(i, false)
		} else if _, ok := s.textEnd(i); !ok {
			out = large
		}
		s.recordState = found
		if known = out == large; known {
			a.end = s.pos + s.have() - a.base
			s.bareQuote = false
			s.tooLarge = s.n != s.wantFields()
		}
	case a.out == whole:
		stray, opening := s.open.stray || a.strayAt > at, s.open.opening || a.openedAt > at
		field, _ := slices.BinarySearchFunc(a.fields, at, func(f span, at int) int { return int(f.to) - at })
		n := s.open.fields + a.n - field // that field and those after it
		want := s.wantFields()
		repaired := stray && want > 0 && (opening || n != want) ||
			s.swallows(a.base+a.end-s.pos, stray)
		if repaired && s.n == want {
			s.unterminatedQuote, s.textQuote = true, false
			break
		}
		s.tooLarge = a.base+a.end-s.pos > MaxRecord // else all of it is the record
		known = s.tooLarge
	}
	if !known {
		s.recordState = before
	}
	return known
}

// count notes the number of fields of the record.
func (s *scanner) count(n int) {
	if s.width == 0 {
		s.width = n
	}
	if n != s.width {
		s.wrongFields = n
	}
}

// skip consumes n bytes that do not belong to a record.
func (s *scanner) skip(n int) {
	if s.copyTo != nil {
		s.skipped = append(s.skipped, s.buf[s.pos:s.pos+n]...)
	}
	s.consume(n)
}

// skipLine skips a line of any content, and its end.
func (s *scanner) skipLine() {
	for s.need(0) {
		end := bytes.IndexAny(s.view(0), "\r\n")
		if end >= 0 {
			s.skip(end)
			s.skip(s.lineEnd(0))
			s.lineCount++
			return
		}
		s.skip(s.have())
	}
}

type outcome uint8

const (
	whole    outcome = iota
	unclosed         // a quote was not closed before the end of the file
	large            // over MaxRecord
	crowded          // whole, but of several lines and more than MaxColumns fields
)

// fastRecord is the maximum size of a record for scanBuffered, whose fields take six times the
// memory.
const fastRecord = 1 << 20

// fastFailed records how far a failed fast reading went, and returns false.
func (s *scanner) fastFailed(n int) bool {
	s.fast = max(s.fast, s.pos+n)
	s.work += int64(n)
	return false
}

// scan finds the fields of the record at pos. With lineOnly a quoted field that does not close on
// its line is taken literally.
func (s *scanner) scan(lineOnly bool) outcome {
	s.fields, s.n, s.open, s.strayAt, s.openedAt = s.fields[:0], 0, openField{}, -1, -1
	for i := 0; ; i++ { // a field begins at i
		if s.spaced {
			i = s.begin(i)
		}
		from := i
		if s.quoted && s.need(i) && s.at(i) == s.quote {
			f, end, out := s.quotedField(from, lineOnly)
			s.quotedEnd = true
			if out == whole {
				s.doubled = s.doubled || f.doubled
				s.recordState.lines = true
				s.add(f)
				if s.endRecord(end) {
					return whole
				}
				i = end
				continue
			}
			if !lineOnly || out == large {
				return out
			}
			if !s.open.found {
				s.open = openField{true, s.n, s.bareQuote, s.bareQuoteOpens}
			}
			s.unterminatedQuote = true
		}
		var ok bool
		if i, ok = s.textEnd(i); !ok {
			s.quotedEnd = false
			return large
		}
		s.add(span{from: int32(from), to: int32(i)})
		if s.endRecord(i) {
			return whole
		}
	}
}

// textEnd reads an unquoted field from i to its end. ok is false if the end is beyond MaxRecord.
func (s *scanner) textEnd(i int) (end int, ok bool) {
	from := i
	for {
		rest := s.view(i)
		if at := indexSpecial(rest, s.delimiter); at >= 0 {
			s.work += int64(at)
			if i += at; s.isEscaped(from, i) {
				i++
				continue
			}
			return i, true
		}
		s.work += int64(len(rest))
		i = s.have()
		if i > MaxRecord {
			return i, false
		}
		if !s.readMore() {
			return i, true
		}
	}
}

// add counts a field of the record, and keeps it unless there are too many.
func (s *scanner) add(f span) {
	if s.backslash && bytes.IndexByte(s.bytes(f), '\\') >= 0 {
		f.doubled, s.doubled, s.lines = true, true, true
	}
	if s.n++; s.n <= MaxColumns {
		s.fields = append(s.fields, f)
	}
}

// endRecord reports whether the record ends at i, and if so stores its size.
func (s *scanner) endRecord(i int) bool {
	if !s.need(i) {
		s.size, s.eol = i, 0
		return true
	}
	if c := s.at(i); c != '\n' && c != '\r' {
		return false
	}
	s.size, s.eol = i, s.lineEnd(i)
	return true
}

// lineEnd returns the size of the line end at i: 2 for CRLF.
func (s *scanner) lineEnd(i int) int {
	if s.at(i) == '\r' && s.need(i+1) && s.at(i+1) == '\n' {
		return 2
	}
	return 1
}

// quotedField reads the field whose quote opens at from; end is the position of its delimiter or
// line end.
func (s *scanner) quotedField(from int, lineOnly bool) (f span, end int, out outcome) {
	if s.open.found {
		// An earlier field of this line looked for a closing quote up to its end. It examined all
		// positions but the second of two quotes in a row: all others are known not to be followed
		// by a closing quote on this line.
		return s.closingInRun(from + 1)
	}
	return s.closing(from+1, lineOnly)
}

// closing continues reading at i in a quoted field that began earlier.
func (s *scanner) closing(i int, lineOnly bool) (f span, end int, out outcome) {
	f = span{from: int32(i), quoted: true}
	for {
		rest := s.view(i)
		at := bytes.IndexByte(rest, s.quote)
		if at >= 0 {
			rest = rest[:at]
		}
		s.work += int64(len(rest)) + 1
		if lineOnly {
			if bytes.ContainsAny(rest, "\r\n") {
				return f, 0, unclosed
			}
		}
		if at < 0 {
			i = s.have()
			if i > MaxRecord {
				return f, 0, large
			}
			if !s.readMore() {
				return f, 0, unclosed
			}
			continue
		}
		i += at + 1
		if s.isEscaped(int(f.from), i-1) {
			continue
		}
		if end, closes := s.closes(&f, &i); closes {
			return f, end, whole
		}
	}
}

// closingInRun is closing on this line, where only the contiguous quotes at i can close.
func (s *scanner) closingInRun(i int) (f span, end int, out outcome) {
	f = span{from: int32(i), quoted: true}
	for s.need(i) && s.at(i) == s.quote {
		i++
		if s.isEscaped(int(f.from), i-1) {
			continue
		}
		if end, closes := s.closes(&f, &i); closes {
			return f, end, whole
		}
	}
	return f, 0, unclosed
}

// closes reports whether the quote before i closes the field f; end is then the position of its
// delimiter or line end. Otherwise the field continues at i.
func (s *scanner) closes(f *span, i *int) (end int, closes bool) {
	f.to, end = int32(*i-1), *i
	for s.delimiter != ' ' && s.need(end) && s.at(end) == ' ' { // "text" , occurs in practice
		end++
	}
	s.work += int64(end - *i)
	if !s.need(end) {
		return end, true
	}
	switch c := s.at(end); {
	case c == s.delimiter || c == '\n' || c == '\r':
		return end, true
	case end == *i && c == s.quote:
		f.doubled = true
		*i++
	default:
		f.doubled, s.bareQuote, s.strayAt = true, true, *i-1
		if before := s.at(*i - 2); before == s.delimiter || before == '\n' || before == '\r' {
			s.bareQuoteOpens, s.openedAt = true, *i-1
		}
	}
	return 0, false
}

// drop consumes a record that is too large, passing it to pass, except for its line end. If guard
// is set, an apostrophe is inserted before each cell for which guard returns true: only the first
// bytes are checked, since the cell may be larger than memory.
func (s *scanner) drop() error {
	s.fields = s.fields[:0]
	separator := s.delimiter // of cells in the output
	if separator == '\n' {
		separator = ','
	}
	quoted, begins, count, before := false, true, 1, s.delimiter
	for ended := false; !ended; {
		b := s.view(0)
		n, from := 0, 0 // b[from:n] has not been passed on yet
		for ; n < len(b); n++ {
			c := b[n]
			if begins && s.guard != nil && (quoted ||
				c != '\n' && c != '\r' && c != s.delimiter && (c != s.quote || !s.quoted)) {
				if n+utf8.UTFMax > len(b) && s.srcErr == nil {
					break // more input is needed
				}
				if s.guard(b[n:]) {
					if err := s.hand(b[from:n], []byte{'\''}); err != nil {
						return err
					}
					from = n
				}
			}
			switch {
			case quoted:
				quoted, begins = c != s.quote, false
			case c == s.quote && s.quoted && (before == s.delimiter || before == s.quote):
				// It opens the field, or is a doubled quote.
				quoted, begins = true, before == s.delimiter
			case c == '\n' || c == '\r':
				ended = true
			case c == s.delimiter:
				count, begins = count+1, true
			default:
				begins = c == separator
			}
			if ended {
				break
			}
			before = c
		}
		if err := s.hand(b[from:n]); err != nil {
			return err
		}
		s.lineCount += bytes.Count(b[:n], []byte("\n"))
		s.consume(n)
		if !ended && !s.readMore() && s.have() == 0 {
			break
		}
	}
	if s.srcErr != nil && s.srcErr != io.EOF {
		return s.srcErr
	}
	for range min(count, max(s.width, 1)) {
		s.fields = append(s.fields, span{})
	}
	s.unterminatedQuote, s.bareQuote, s.size, s.eol = false, false, 0, 0
	if s.need(0) {
		s.eol = s.lineEnd(0)
	}
	return nil
}

// hand writes to pass, if set.
func (s *scanner) hand(parts ...[]byte) error {
	if s.copyTo == nil {
		return nil
	}
	for _, b := range parts {
		if _, err := s.copyTo.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// lineEnds counts the line ends of the record and the one that ends it.
func (s *scanner) lineEnds() int {
	n := 0
	if s.recordState.lines {
		b := s.buf[s.pos : s.pos+s.size]
		cr := s.pos+s.size > s.noCR && s.hasCR()
		if canIndex && s.indexed && !cr {
			n, s.firstEnd = s.indexedEnds()
		} else if s.firstEnd = bytes.IndexByte(b, '\n'); s.firstEnd >= 0 { // much faster than counting
			if b := b[s.firstEnd:]; runtime.GOARCH == "wasm" {
				n = countLF(b)
			} else {
				n = bytes.Count(b, []byte("\n"))
			}
		}
		if cr {
			n += bytes.Count(b, []byte("\r")) - bytes.Count(b, []byte("\r\n"))
		}
	}
	if s.eol > 0 {
		n++
	}
	return n
}

// crAhead is the number of bytes that hasCR checks at once. A check per record took a seventh of
// the time for short texts with line ends.
const crAhead = 16 << 10

// hasCR reports whether the record, which must end after noCR, contains a CR.
func (s *scanner) hasCR() bool {
	if !s.cr {
		return false
	}
	from, end := max(s.noCR, s.pos), s.pos+s.size
	b := s.buf[from:max(end, min(s.end, from+crAhead))]
	if at := bytes.IndexByte(b, '\r'); at >= 0 {
		b = b[:at]
	}
	s.noCR = from + len(b)
	return s.noCR < end
}

// repaired returns what was repaired in the record.
func (s *scanner) repaired() string {
	switch {
	case s.unterminatedQuote:
		return "a quote is not closed; the record was ended with its line"
	case s.lostDelimiter:
		return "a delimiter is missing beside a quote; the field was cut there"
	case s.textQuote:
		return "a quote that opens a field and does not close was read as text"
	case s.bareQuote:
		return "a quote inside a quoted field is not doubled; it was read as a quote"
	case s.merged > 0:
		return strconv.Itoa(s.merged) + " fields, " + strconv.Itoa(s.merged-s.expected) +
			" more than there are columns; they were read as text of column " +
			strconv.Itoa(s.surplus)
	case s.wrongFields > s.width:
		return strconv.Itoa(s.wrongFields) + " fields, " + strconv.Itoa(s.wrongFields-s.width) +
			" more than the first record"
	case s.wrongFields > 0:
		return strconv.Itoa(s.wrongFields) + " fields, " + strconv.Itoa(s.width-s.wrongFields) +
			" fewer than the first record; these are empty"
	}
	return ""
}

// originalSize returns the record's size in the file.
func (s *scanner) originalSize() int64 {
	if s.tooLarge {
		return s.bufOffset - s.offset
	}
	if s.wide {
		return utf16Size(s.buf[s.pos : s.pos+s.size])
	}
	return int64(s.size)
}

// utf16Size returns the number of bytes of UTF-16 that were converted to b. A lone surrogate became
// U+FFFD, which has the same size; so did an odd last byte, which counts as two.
func utf16Size(b []byte) (n int64) {
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		b = b[size:]
		n += 2
		if r > 0xffff {
			n += 2
		}
	}
	return n
}

// indexSpecial returns the index of the first delimiter, LF or CR in b, or -1. It examines eight
// bytes at a time: x-ones &^ x & highs has its lowest set bit in the lowest zero byte of x (Mycroft
// 1987).
func indexSpecial(b []byte, delimiter byte) int {
	d, lf, cr := ones*uint64(delimiter), uint64(ones*'\n'), uint64(ones*'\r')
	i := 0
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		x, y, z := w^d, w^lf, w^cr
		if hit := ((x-ones)&^x | (y-ones)&^y | (z-ones)&^z) & highs; hit != 0 {
			return i + bits.TrailingZeros64(hit)>>3
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c == delimiter || c == '\n' || c == '\r' {
			return i
		}
	}
	return -1
}
