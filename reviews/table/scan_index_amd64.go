package table

import (
	"bytes"
	"slices"

	"golang.org/x/sys/cpu"
)

var (
	canIndex  = cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasBMI2 && cpu.X86.HasPOPCNT && cpu.X86.HasPCLMULQDQ
	hasAVX512 = canIndex && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI2
)

// index says where fields end in buf[base:base+size]. A record begins there and all quotes are in
// order: each opens a field or closes one, or is doubled inside one. What is not in order ends the
// index, and is left to scan.
type index struct {
	base, size int
	ends       [indexEnds + 64]uint32
	odd        [indexBytes / 64]uint64 // a bit a byte: the quoted field that ends there has doubled quotes or line ends in it

	high, lines bool // there are bytes beyond ASCII, and line ends inside quotes

	n            int // of ends
	first, count int // of them, those of the record that was found
	next         int // of the one after it

	texts [][]byte // the record's fields
	space []byte   // of those that had doubled quotes
}

// An index goes as far ahead as the processor's nearest cache.
const (
	indexBytes = 16 << 10
	indexEnds  = 4 << 10
)

// indexAVX512 and indexAVX2 note where fields end in blocks of 64 bytes, until more than most ends
// are noted or a block has quotes that are not in order. n is how many ends there are, size how
// many bytes were looked at, high is 0 where these are ASCII and lines where no line ends are
// inside quotes. There must be room for 64 ends more than most.
//
//go:noescape
func indexAVX512(b *byte, blocks int, delimiter byte, quotes uint64, ends *uint32, most int, odd *uint64) (n, size int, high, lines uint64)

//go:noescape
func indexAVX2(b *byte, blocks int, delimiter byte, quotes uint64, ends *uint32, most int, odd *uint64) (n, size int, high, lines uint64)

// undoubleAVX512 copies n bytes, at least one, without every second quote and gives how many it
// wrote. There must be room for 64 more.
//
//go:noescape
func undoubleAVX512(dst, src *byte, n int) int

// end is how far buf is indexed.
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
		x.n, x.size, high, lines = indexAVX512(&b[0], blocks, delimiter, quotes, &x.ends[0], indexEnds, &x.odd[0])
	} else {
		x.n, x.size, high, lines = indexAVX2(&b[0], blocks, delimiter, quotes, &x.ends[0], indexEnds, &x.odd[0])
	}
	x.high, x.lines = high != 0, lines != 0
}

// scanIndexed is scanBuffered by an index, where there is one, but leaves the fields to spans or
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

// validateIndexed is validate for what was indexed.
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

// foundIndexed finds the record that begins at pos, which is no empty line, if its end is indexed.
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
	quote := 256 // no byte
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
			s.anomalies = anomalies{indexed: true, doubled: odd != 0, lines: odd != 0 && x.lines} // perhaps
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

// fill makes the fields of the record that scanIndexed found.
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

// oddAt is 1 if the field that ends there is odd. Ends are within the index, which the compiler
// does not know.
func (x *index) oddAt(end uint32) uint64 { return x.odd[end>>6%uint32(len(x.odd))] >> (end & 63) & 1 }

// texts are the fields of the record that scanIndexed found, without quotes.
func (s *scanner) texts() [][]byte {
	texts := s.index.texts[:s.index.count]
	if s.doubled {
		s.undouble(texts)
	}
	return texts
}

// undouble takes every second quote out of texts.
func (s *scanner) undouble(texts [][]byte) {
	x := s.index
	x.space = slices.Grow(x.space[:0], s.size+64)
	for i, end := range x.ends[x.first : x.first+x.count] {
		if text := texts[i]; x.oddAt(end) == 1 && (hasAVX512 || bytes.IndexByte(text, '"') >= 0) {
			from := len(x.space)
			if hasAVX512 {
				x.space = x.space[:from+undoubleAVX512(&x.space[:from+1][from], &text[0], len(text))]
			} else {
				x.space = appendUndoubled(x.space, text)
			}
			texts[i] = x.space[from:len(x.space):len(x.space)]
		}
	}
}
