package phrases

// hashset holds numbers above 0, found by their upper bits, which are those of a hash: open
// addressing, at most half of the slots taken.
type hashset struct {
	slots []uint64 // 0 where there is none
	shift int      // 64 less the bits of a slot's index
	used  int
}

func newHashset() hashset { return hashset{slots: make([]uint64, 1<<10), shift: 64 - 10} }

// first is where to look for a hash, next where to go on.
func (t *hashset) first(hash uint64) uint64 { return hash >> (t.shift & 63) }
func (t *hashset) next(i uint64) uint64     { return (i + 1) & uint64(len(t.slots)-1) }

// put adds a number that is not there.
func (t *hashset) put(number uint64) {
	if t.used++; 2*t.used > len(t.slots) {
		old := t.slots
		t.slots, t.shift = make([]uint64, 2*len(old)), t.shift-1
		for _, slot := range old {
			if slot != 0 {
				t.place(slot)
			}
		}
	}
	t.place(number)
}

func (t *hashset) place(number uint64) {
	i := t.first(number)
	for t.slots[i] != 0 {
		i = t.next(i)
	}
	t.slots[i] = number
}

// add adds a number, and is false if it was there.
func (t *hashset) add(number uint64) bool {
	for i := t.first(number); t.slots[i] != 0; i = t.next(i) {
		if t.slots[i] == number {
			return false
		}
	}
	t.put(number)
	return true
}
