package reviews

import "math/rand/v2"

// table finds numbers above 0 by the hash of what they stand for: open addressing, at most half of the slots taken.
type table struct {
	slots []uint64 // the hash, then the number; 0 where there is none
	shift int      // 32 less the bits of a slot's index
	used  int
}

// first is where to look for a hash, next where to go on.
func (t *table) first(hash uint32) uint32 { return hash >> (t.shift & 31) }
func (t *table) next(i uint32) uint32     { return (i + 1) & uint32(len(t.slots)-1) }

func (t *table) put(hash, number uint32) {
	if t.used++; 2*t.used > len(t.slots) {
		old := t.slots
		t.slots, t.shift = make([]uint64, 2*len(old)), t.shift-1
		for _, slot := range old {
			if slot != 0 {
				t.place(slot)
			}
		}
	}
	t.place(uint64(hash)<<32 | uint64(number))
}

func (t *table) place(slot uint64) {
	i := t.first(uint32(slot >> 32))
	for t.slots[i] != 0 {
		i = t.next(i)
	}
	t.slots[i] = slot
}

func (t *table) clear() {
	clear(t.slots)
	t.used = 0
}

// universal hashes three numbers so that whatever they are, two of them collide by chance alone, for secret factors
// (Dietzfelbinger 1996): no text can be made that fills the table with collisions.
func universal(factors [3]uint64, a, b, c uint32) uint32 {
	return uint32((uint64(a)*factors[0] + uint64(b)*factors[1] + uint64(c)*factors[2]) >> 32)
}

func factors() [3]uint64 { return [3]uint64{rand.Uint64(), rand.Uint64(), rand.Uint64()} }

func newTable() table { return table{slots: make([]uint64, 1<<10), shift: 32 - 10} }
