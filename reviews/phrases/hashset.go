package phrases

// hashset is a set of numbers above 0, found by their upper bits, which are those of a hash: open
// addressing, at most half of the slots taken.
type hashset struct {
	slots []uint64 // 0 if empty
	shift int      // 64 minus the bits of a slot's index
	used  int
}

func newHashset() hashset { return hashset{slots: make([]uint64, 1<<10), shift: 64 - 10} }

// first returns the first slot for a hash, next the slot after a slot.
func (h *hashset) first(hash uint64) uint64 { return hash >> (h.shift & 63) }
func (h *hashset) next(i uint64) uint64     { return (i + 1) & uint64(len(h.slots)-1) }

// put adds a number that is not in the set.
func (h *hashset) put(number uint64) {
	if h.used++; 2*h.used > len(h.slots) {
		old := h.slots
		h.slots, h.shift = make([]uint64, 2*len(old)), h.shift-1
		for _, slot := range old {
			if slot != 0 {
				h.place(slot)
			}
		}
	}
	h.place(number)
}

func (h *hashset) place(number uint64) {
	i := h.first(number)
	for h.slots[i] != 0 {
		i = h.next(i)
	}
	h.slots[i] = number
}

// add adds a number, and returns false if it was in the set.
func (h *hashset) add(number uint64) bool {
	for i := h.first(number); h.slots[i] != 0; i = h.next(i) {
		if h.slots[i] == number {
			return false
		}
	}
	h.put(number)
	return true
}
