package tokenizer

import (
	"math"
	"unicode/utf8"
)

// Encoding is the result of Encode: IDs, and for each ID its range of bytes in text, from
// Offsets[i][0] to Offsets[i][1]. Types, which only EncodePair sets, is 0 for tokens of the first
// text, 1 for the second.
type Encoding struct {
	IDs     []int32
	Offsets [][2]int
	Types   []int8
}

// Encode is like Append, and also returns where in text each piece is. It is for debugging; it
// allocates and is slower than Append.
//
// Ranges are the reference's, in bytes: removed characters and stripped marks belong to a piece
// only if they are inside it, all jamo of a syllable have the syllable's range, and canonical
// ordering moves kept marks, not their ranges. There is one difference: where kept and stripped
// marks are adjacent, the reference gives a kept mark the range of the mark whose place it takes,
// stripped or not; here it is that of a kept mark.
func (t *Tokenizer) Encode(text []byte) Encoding {
	w := word{bytes: make([]byte, 4*t.maxRunes+padding), maxRunes: t.maxRunes,
		enough: math.MaxInt, ranges: &ranges{}}
	var ids []int32
	for i := 0; i < len(text); {
		id, size := int32(-1), 1
		switch b := text[i]; t.bytes[b] {
		case kindSpace:
		case kindPunct:
			id = t.puncts[b]
		case kindBracket:
			id, size = t.bracket(text[i:])
		default:
			ids, i = t.words(ids, &w, text, i)
			continue
		}
		if id >= 0 {
			ids = append(ids, id)
			w.offsets = append(w.offsets, [2]int{i, i + size})
		}
		i += size
	}
	return Encoding{IDs: ids, Offsets: w.offsets}
}

// ranges tracks the source ranges of the code points of a word.
type ranges struct {
	source  [2]int   // of the current code point
	sources [][2]int // of each code point of the word
	offsets [][2]int // of each piece so far
}

// at sets the current code point to the one at text[i:i+size].
func (r *ranges) at(i, size int) {
	if r != nil {
		r.source = [2]int{i, i + size}
	}
}

// covers adds the range of the current code point, once for each of n pieces.
//
//go:noinline
func (r *ranges) covers(n int) {
	if r == nil {
		return
	}
	for range n {
		r.offsets = append(r.offsets, r.source)
	}
}

// flushRanges adds the ranges of the pieces of w.
func (t *Tokenizer) flushRanges(w *word, ids []int32) {
	whole := len(ids) == 1 // also [UNK]
	from, i, runes := &t.starts, 0, 0
	for range ids {
		n := len(w.sources)
		if !whole {
			_, size := from.longest(w.bytes, i, w.size)
			n = utf8.RuneCount(w.bytes[i : i+size])
			i += size
			from = &t.inner
		}
		w.offsets = append(w.offsets, [2]int{w.sources[runes][0], w.sources[runes+n-1][1]})
		runes += n
	}
	w.sources = w.sources[:0]
}

// Pieces returns the vocabulary: the piece of each ID, as in its line, or "" for pieces that no
// text can contain.
func (t *Tokenizer) Pieces() []string {
	pieces := make([]string, t.size)
	for _, from := range []struct {
		table  *table
		prefix string
	}{{&t.starts, ""}, {&t.inner, t.prefix}} {
		for s, id := range from.table.all() {
			pieces[id] = from.prefix + s
		}
	}
	for _, s := range t.specials {
		pieces[s.id] = s.text
	}
	return pieces
}

// Starts reports for each ID whether its piece begins a word. Only a piece inside a word does not.
func (t *Tokenizer) Starts() []bool {
	starts := make([]bool, t.size)
	for i := range starts {
		starts[i] = true
	}
	for _, id := range t.inner.all() {
		starts[id] = false
	}
	return starts
}
