// Package bitset holds sets of small numbers, such as rows or texts of a file, one bit each.
package bitset

// Set is a set of numbers from 0 to below the n given to New; nil contains all numbers.
type Set []uint64

// New returns an empty set for numbers below n.
func New(n int) Set { return make(Set, (n+63)/64) }

// Has reports whether the set contains i.
func (s Set) Has(i int) bool { return s == nil || s[i/64]>>(i%64)&1 > 0 }

// Add adds i and reports whether it is new. The set may not be nil.
func (s Set) Add(i int) bool {
	known := s.Has(i)
	s[i/64] |= 1 << (i % 64)
	return !known
}
