package reviews

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"unicode/utf8"
)

// Products numbers the products of a file from 1, for use in Facts. All products beyond
// MaxProducts share one number. It holds at most some 500 bytes per product, however long cells
// are.
type Products struct {
	Names   []string // by number less one, cut to MaxProductBytes bytes
	numbers map[string]uint16
	key     []byte // buffer for lookups in numbers
	seed    maphash.Seed
}

// keyOf returns the key of a cell in numbers: a long cell is cut, with a hash of the whole.
func (p *Products) keyOf(cell []byte) []byte {
	if len(cell) <= MaxProductBytes {
		return cell
	}
	if p.seed == (maphash.Seed{}) {
		p.seed = maphash.MakeSeed()
	}
	p.key = append(p.key[:0], cell[:MaxProductBytes]...)
	p.key = binary.LittleEndian.AppendUint64(p.key, maphash.Bytes(p.seed, cell))
	return p.key
}

const (
	MaxProducts     = 10_000
	MaxProductBytes = 200 // bytes
)

// Number returns the number of the product that a cell names, 0 for an empty one.
func (p *Products) Number(cell []byte) uint16 {
	cell = bytes.TrimSpace(cell)
	if len(cell) == 0 {
		return 0
	}
	key := p.keyOf(cell)
	if n, ok := p.numbers[string(key)]; ok {
		return n
	}
	if len(p.Names) == MaxProducts {
		p.Names = append(p.Names, "All others")
	}
	if len(p.Names) > MaxProducts {
		return MaxProducts + 1
	}
	if p.numbers == nil {
		p.numbers = map[string]uint16{}
	}
	p.Names = append(p.Names, Clip(cell, MaxProductBytes))
	p.numbers[string(key)] = uint16(len(p.Names))
	return uint16(len(p.Names))
}

// Clip cuts b to at most n bytes, between two characters, and marks the cut with an ellipsis.
func Clip(b []byte, n int) string {
	if len(b) <= n {
		return string(b)
	}
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return string(b[:n]) + "…"
}
