package worker

// list is a slice that grows in chunks and is never copied, so that millions of rows take no more
// memory than their size.
type list[T any] struct {
	chunks [][]T
	n      int
}

const chunk = 1 << 14

func (l *list[T]) len() int { return l.n }

func (l *list[T]) at(i int) *T { return &l.chunks[i/chunk][i%chunk] }

func (l *list[T]) add(v T) {
	if l.n%chunk == 0 {
		l.chunks = append(l.chunks, make([]T, 0, chunk))
	}
	last := &l.chunks[l.n/chunk]
	*last = append(*last, v)
	l.n++
}

// clear sets all elements to zero.
func (l *list[T]) clear() {
	for _, c := range l.chunks {
		clear(c)
	}
}

// index numbers texts by a 64-bit hash, from 0, in the order of their first appearance: an open
// hash table, a third of the size of Go's map. With a seeded hash, two of a million texts collide
// once in 37 million files.
type index struct {
	slots  []int32 // number + 1, or 0 if free; a power of two
	hashes list[uint64]
}

// number returns the number of the text; known reports whether it was there before.
func (x *index) number(hash uint64) (n int32, known bool) {
	if 4*x.hashes.len() >= 3*len(x.slots) {
		x.slots = make([]int32, max(1<<10, 2*len(x.slots)))
		for i := range x.hashes.len() {
			x.slots[x.slot(*x.hashes.at(i))] = int32(i) + 1
		}
	}
	at := x.slot(hash)
	if n := x.slots[at]; n > 0 {
		return n - 1, true
	}
	x.hashes.add(hash)
	x.slots[at] = int32(x.hashes.len())
	return int32(x.hashes.len()) - 1, false
}

// slot returns the position of hash, or that where it would be inserted.
func (x *index) slot(hash uint64) int {
	mask := len(x.slots) - 1
	for at := int(hash) & mask; ; at = (at + 1) & mask {
		if n := x.slots[at]; n == 0 || *x.hashes.at(int(n - 1)) == hash {
			return at
		}
	}
}
