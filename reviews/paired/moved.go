package paired

import "math"

// MaxMoved is the maximum number of texts in a Moved.
const MaxMoved = 30

// Moved holds the texts whose probability moves most from one model to the other, the largest move
// first. Texts may be added in any order: of equal moves, that of the smaller row is first.
type Moved[T any] struct{ list []moved[T] }

type moved[T any] struct {
	row   int
	by    float64
	value T
}

// Add adds the text of a row. value returns what to hold for it, and is called only for a text
// among the first so far.
func (m *Moved[T]) Add(row int, p Pair, value func() T) {
	by := math.Abs(p.B.Positive - p.A.Positive)
	at := len(m.list)
	for at > 0 && (m.list[at-1].by < by || m.list[at-1].by == by && m.list[at-1].row > row) {
		at--
	}
	if by == 0 || at == MaxMoved {
		return
	}
	m.list = append(m.list, moved[T]{})
	copy(m.list[at+1:], m.list[at:])
	m.list[at] = moved[T]{row, by, value()}
	m.list = m.list[:min(len(m.list), MaxMoved)]
}

// Values returns the held values in order, never nil.
func (m *Moved[T]) Values() []T {
	out := make([]T, len(m.list))
	for i := range m.list {
		out[i] = m.list[i].value
	}
	return out
}
