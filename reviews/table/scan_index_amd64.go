package table

import (
	"bytes"
	"math/bits"

	"golang.org/x/sys/cpu"
)

var (
	canIndex  = cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasBMI2 && cpu.X86.HasPOPCNT && cpu.X86.HasPCLMULQDQ
	hasAVX512 = canIndex && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI2
)

// index holds the field ends in buf[base:base+size], which begins with a record and has well-formed
// quotes: each opens or closes a field, or is doubled inside one. A malformed quote ends the index,
// and is left to scan.
type index struct {
	base, size int
	ends       [indexEnds + 64]uint32
	marks      [marks]mark

	high, lines bool // there are non-ASCII bytes, and line ends inside quotes
	counted     bool // countMarks was called

	n            int // number of ends
	first, count int // the ends of the current record
	next         int // first end of the next record

	texts [][]byte // the fields of the record
	space []byte   // storage of fields that had doubled quotes
}

// mark has one bit per byte.
type mark struct {
	odd    uint64 // the quoted field that ends here contains doubled quotes or line ends
	lines  uint64 // LF or CR, inside quotes
	inside uint64 // delimiter, LF or CR, inside quotes

	linesTo, insideTo uint32 // totals up to the end of these bytes, once counted
}

// An index covers as much data as fits the processor's nearest cache.
const (
	indexBytes = 16 << 10
	indexEnds  = 4 << 10
	marks      = indexBytes / 64
)

// indexAVX512 and indexAVX2 store the field ends in blocks of 64 bytes, until more than most ends
// are stored or a block has malformed quotes. n is the number of ends, size the number of bytes
// examined; high is 0 if these are ASCII, lines if no line ends are inside quotes. There must be
// room for 64 ends more than most.
//
//go:noescape
func indexAVX512(b *byte, blocks int, delimiter byte, quotes uint64, ends *uint32, most int, marks *mark) (n, size int, high, lines uint64)

//go:noescape
func indexAVX2(b *byte, blocks int, delimiter byte, quotes uint64, ends *uint32, most int, marks *mark) (n, size int, high, lines uint64)

// undoubleAVX512 copies n bytes, at least one, without every second quote and returns the number of
// bytes written. There must be room for 64 more.
//
//go:noescape
func undoubleAVX512(dst, src *byte, n int) int

// end returns the end of the indexed part of buf.
func (x *index) end() int { return x.base + x.size }

func (x *index) drop() { x.base, x.n, x.next = 0, 0, 0 }

// build indexes b, which is buf[base:] and begins with a record.
func (x *index) build(b []byte, base int, delimiter byte, quoted bool) {
	x.drop()
	x.base, x.size = base, 0
	if len(b) < 64 || delimiter == '"' {
		return
	}
	quotes := uint64(0)
	if quoted {
		quotes = ^quotes
	}
	blocks := min(len(b), indexBytes) / 64
	var high, lines uint64
	if hasAVX512 {
		x.n, x.size, high, lines = indexAVX512(&b[0], blocks, delimiter, quotes, &x.ends[0], indexEnds, &x.marks[0])
	} else {
		x.n, x.size, high, lines = indexAVX2(&b[0], blocks, delimiter, quotes, &x.ends[0], indexEnds, &x.marks[0])
	}
	x.high, x.lines, x.counted = high != 0, lines != 0, false
}

// scanIndexed is scanBuffered using the index, if there is one, but leaves the fields to spans or
// texts.
func (s *scanner) scanIndexed() bool {
	x := s.index
	if x == nil {
		return false
	}
	for x.next < x.n && int(x.ends[x.next]) < s.pos-x.base { // empty lines
		x.next++
	}
	if s.foundIndexed() {
		return true
	}
	if s.pos > x.base || x.n == 0 {
		x.build(s.buf[s.pos:s.end], s.pos, s.delimiter, s.quoted)
		s.work += int64(x.size)
		if s.utf8 {
			s.validateIndexed()
		}
		if s.foundIndexed() {
			return true
		}
	}
	s.fast = max(s.fast, x.base+x.size)
	x.drop()
	return false
}

// validateIndexed is validate for the indexed bytes.
func (s *scanner) validateIndexed() {
	from, to := s.index.base, s.index.base+s.index.size
	switch {
	case s.index.high && to > s.valid[1]:
		s.validate(from, to)
	case s.index.high:
	case from > s.valid[1]:
		s.valid = [2]int{from, to}
	default:
		s.valid[1] = max(s.valid[1], to)
	}
}

// foundIndexed finds the record that begins at pos, which is not an empty line, if its end is
// indexed.
func (s *scanner) foundIndexed() bool {
	x := s.index
	if x == nil || x.next >= x.n {
		return false
	}
	pos := s.pos - x.base
	b := s.buf[s.pos:s.end:s.end]
	if b[0] == '\n' || b[0] == '\r' {
		return false
	}
	quote := 256 // not a byte
	if s.quoted {
		quote = '"'
	}
	texts := x.texts
	from, odd := 0, uint64(0)
	for k, end := range x.ends[x.next:x.n] {
		if k >= len(texts) {
			x.texts = make([][]byte, 2*k+8)
			return s.foundIndexed()
		}
		to := int(end) - pos
		at := to
		if int(b[from]) == quote {
			from++
			to--
			odd |= x.oddAt(end)
		}
		texts[k] = b[from:to:to]
		if c := b[at]; c == '\n' || c == '\r' {
			if !s.found(s.fields, b, at) {
				return false
			}
			n := k + 1
			s.offset, s.line = s.bufOffset, s.lineCount+1
			// perhaps
			s.recordState = recordState{indexed: true, doubled: odd != 0, lines: odd != 0 &&
				x.lines}
			x.first, x.count, x.next = x.next, n, x.next+n
			if s.eol == 2 && x.next < x.n {
				x.next++
			}
			if n != s.width {
				s.count(n)
			}
			return true
		}
		from = at + 1
	}
	return false
}

// fill sets the fields of the record that scanIndexed found.
func (s *scanner) fill() {
	x := s.index
	s.fields = s.fields[:0]
	from, pos := 0, s.pos-x.base
	for _, end := range x.ends[x.first : x.first+x.count] {
		f := span{from: int32(from), to: int32(int(end) - pos)}
		from = int(f.to) + 1
		if s.quoted && s.at(int(f.from)) == '"' {
			f = span{from: f.from + 1, to: f.to - 1, quoted: true}
			f.doubled = x.oddAt(end) == 1 && bytes.IndexByte(s.bytes(f), '"') >= 0
		}
		s.fields = append(s.fields, f)
	}
	s.indexed = false
}

// oddAt returns 1 if the field that ends there is odd. Ends are within the index, but the compiler
// does not know that.
func (x *index) oddAt(end uint32) uint64 {
	return x.marks[end>>6%marks].odd >> (end & 63) & 1
}

// indexedEnds counts the LF inside quotes of the record that scanIndexed found, which has no CR,
// and returns the position of the first. Calls that search a record for line ends took a fifth of
// the time for short records that contain some.
func (s *scanner) indexedEnds() (n, first int) {
	x := s.index
	if !x.counted {
		x.countMarks()
	}
	from := uint(s.pos - x.base)
	n = x.endsBefore(from+uint(s.size)) - x.endsBefore(from)
	if n == 0 {
		return 0, -1
	}
	block := from / 64
	lines := x.marks[block%marks].lines &^ (1<<(from%64) - 1)
	for lines == 0 {
		block++
		lines = x.marks[block%marks].lines
	}
	return n, int(block*64 + uint(bits.TrailingZeros64(lines)) - from)
}

// countMarks computes the running totals of the marks.
func (x *index) countMarks() {
	lines, inside := 0, 0
	for i := range x.marks[:min(x.size/64+1, marks)] {
		m := &x.marks[i]
		lines += bits.OnesCount64(m.lines)
		inside += bits.OnesCount64(m.inside)
		m.linesTo, m.insideTo = uint32(lines), uint32(inside)
	}
	x.counted = true
}

// endsBefore counts line ends inside quotes before at.
func (x *index) endsBefore(at uint) int {
	m := &x.marks[at/64%marks]
	return int(m.linesTo) - bits.OnesCount64(m.lines>>(at%64))
}

// indexedDelimiters returns an upper bound of the delimiters in the record that scanIndexed found,
// including those inside quotes: the first and the last 64 bytes are counted completely.
func (s *scanner) indexedDelimiters() int {
	x := s.index
	if !x.counted {
		x.countMarks()
	}
	from := uint(s.pos - x.base)
	m := &x.marks[(from+uint(s.size))/64%marks]
	n := int(m.insideTo - m.linesTo)
	if from >= 64 {
		m = &x.marks[(from/64-1)%marks]
		n -= int(m.insideTo - m.linesTo)
	}
	return n + x.count - 1
}

// texts returns the fields of the record that scanIndexed found, without quotes.
func (s *scanner) texts() [][]byte {
	texts := s.index.texts[:s.index.count]
	if s.doubled {
		s.undouble(texts)
	}
	return texts
}

// undouble removes every second quote from texts.
func (s *scanner) undouble(texts [][]byte) {
	x := s.index
	if cap(x.space) < s.size+64 {
		x.space = make([]byte, 2*s.size+64)
	}
	space := x.space[:cap(x.space)]
	from := 0
	for i, end := range x.ends[x.first : x.first+x.count] {
		if x.oddAt(end) == 0 {
			continue
		}
		text := texts[i]
		to := from
		if hasAVX512 {
			to += undoubleAVX512(&space[from], &text[0], len(text))
		} else if bytes.IndexByte(text, '"') >= 0 {
			to = len(appendUndoubled(space[:from], text))
		} else {
			continue
		}
		texts[i] = space[from:to:to]
		from = to
	}
}
