package tokenizer

import (
	"bytes"
	"encoding/binary"
	"iter"
	"math/bits"
)

// padding is how many bytes past a word may be read: the size of two registers.
const padding = 16

// table maps byte strings to IDs. Strings of up to 16 bytes, nearly all of a vocabulary, are two
// registers padded with zeros, in one hash table with linear probing. None contains a NUL, because
// cleaned text does not.
//
// A slot holds an ID; the strings are in the order of IDs: vocabularies are sorted by how common a
// word is, so that the strings of common words share cache lines.
type table struct {
	slots   []uint32    // ID + 1, or 0 if free; a power of two, at most half full
	shift   uint8       // from a hash to a slot
	strings [][2]uint64 // by ID, shared with other tables of the same vocabulary

	long    map[string]int32 // strings of more than 16 bytes
	maxLong int              // length of the longest in bytes

	// bit n: a string that begins with this byte has n bytes; bit 31: 31 or more
	lengths [256]uint32
}

// makeTable returns a table for up to n strings, whose IDs index strings.
func makeTable(n int, strings [][2]uint64) table {
	log := bits.Len(uint(2 * n))
	return table{slots: make([]uint32, 1<<log), shift: uint8(64 - log), strings: strings,
		long: map[string]int32{}}
}

// add maps s to id and returns id, or returns the existing ID of s. Strings that no text can
// contain, the empty one or with a NUL, are not added.
func (t *table) add(s []byte, id int32) int32 {
	if len(s) == 0 || bytes.IndexByte(s, 0) >= 0 {
		return id
	}
	if first := t.get(s); first >= 0 {
		return first
	}
	t.lengths[s[0]] |= 1 << min(len(s), 31)
	if len(s) > 16 {
		t.long[string(s)] = id
		t.maxLong = max(t.maxLong, len(s))
		return id
	}
	low, high := registers(s)
	i := hash(low, high) >> t.shift
	for t.slots[i] != 0 {
		i = (i + 1) & uint64(len(t.slots)-1)
	}
	t.slots[i] = uint32(id) + 1
	t.strings[id] = [2]uint64{low, high}
	return id
}

// get returns the ID of s, or -1.
func (t *table) get(s []byte) int32 {
	if len(s) <= 16 {
		return t.find(registers(s))
	}
	if id, ok := t.long[string(s)]; ok {
		return id
	}
	return -1
}

// all yields the strings and their IDs, in no order.
func (t *table) all() iter.Seq2[string, int32] {
	return func(yield func(string, int32) bool) {
		for _, slot := range t.slots {
			if slot == 0 {
				continue
			}
			id := int32(slot) - 1
			b := binary.LittleEndian.AppendUint64(nil, t.strings[id][0])
			b = binary.LittleEndian.AppendUint64(b, t.strings[id][1])
			if !yield(string(bytes.TrimRight(b, "\x00")), id) {
				return
			}
		}
		for s, id := range t.long {
			if !yield(s, id) {
				return
			}
		}
	}
}

// registers returns up to 16 bytes as two numbers, padded with zeros.
func registers(s []byte) (low, high uint64) {
	var b [16]byte
	copy(b[:], s)
	return binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])
}

// find returns the ID of the string in low and high, or -1.
func (t *table) find(low, high uint64) int32 {
	slots, strings := t.slots, t.strings
	for i := hash(low, high) >> t.shift; ; i++ {
		id := int32(slots[i&uint64(len(slots)-1)]) - 1
		if uint(id) >= uint(len(strings)) || strings[id] == [2]uint64{low, high} {
			return id // the string's, or -1
		}
	}
}

// hash is multiplicative: the top bits of the product depend on all bits of low and high. The
// factors are 2^64 over the golden ratio and the odd number that 2^64 over pi gives.
func hash(low, high uint64) uint64 {
	return (low ^ high*0x517CC1B727220A95) * 0x9E3779B97F4A7C15
}

// longest returns the ID and the length of the longest string of t that is a prefix of b[i:n],
// length 0 if there is none. b is padded after n.
func (t *table) longest(b []byte, i, n int) (id int32, size int) {
	lengths := t.lengths[b[i]]
	if lengths>>17 != 0 {
		for size := min(n-i, t.maxLong); size > 16; size-- {
			if id, ok := t.long[string(b[i:i+size])]; ok {
				return id, size
			}
		}
	}
	low, high := binary.LittleEndian.Uint64(b[i:]), binary.LittleEndian.Uint64(b[i+8:])
	lengths &= 1<<(min(n-i, 16)+1) - 1
	for lengths != 0 {
		size := bits.Len32(lengths) - 1
		if size > 8 {
			high &= 1<<(8*(size-8)) - 1
		} else {
			high, low = 0, low&(1<<(8*size)-1)
		}
		if id := t.find(low, high); id >= 0 {
			return id, size
		}
		lengths &^= 1 << size
	}
	return 0, 0
}
