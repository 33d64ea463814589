package reviews

import "iter"

// gram is the numbers of a phrase's words, 0 for those it does not have.
type gram [3]uint32

type phrase struct {
	words  gram
	counts [2]int32 // negative, positive
	rows   [2][exampleRows]int32
	last   int32 // text that counted it last
	missed int32
}

// phrases are many, numbered from 1. They lie in pages, since a slice that grows to this size is copied again and again.
type phrases struct {
	pages []*[pageSize]phrase
	n     int // with the one of number 0, which is none
}

const pageSize = 1 << 10

func (p *phrases) at(n uint32) *phrase { return &p.pages[n/pageSize][n%pageSize] }

func (p *phrases) add(q phrase) (number uint32) {
	if p.n/pageSize == len(p.pages) {
		p.pages = append(p.pages, new([pageSize]phrase))
	}
	p.n++
	*p.at(uint32(p.n - 1)) = q
	return uint32(p.n - 1)
}

// drop drops those that are not to be kept, and numbers the others anew.
func (p *phrases) drop(keep func(*phrase) bool) {
	kept := uint32(1)
	for n := uint32(1); n < uint32(p.n); n++ {
		if keep(p.at(n)) {
			*p.at(kept) = *p.at(n)
			kept++
		}
	}
	p.n = int(kept)
}

// all gives each with its number.
func (p *phrases) all() iter.Seq2[uint32, *phrase] {
	return func(yield func(uint32, *phrase) bool) {
		for n := uint32(1); n < uint32(p.n); n++ {
			if !yield(n, p.at(n)) {
				return
			}
		}
	}
}

// size is how many there are.
func (p *phrases) size() int { return p.n - 1 }
