package tokenizer

import (
	"math"
	"unicode/utf8"
)

// Encoding is what Encode returns: IDs, and for each the bytes of text that it stands for, from
// Offsets[i][0] up to Offsets[i][1]. Types, which only EncodePair sets, is 0 for what belongs to
// the first text, 1 for the second.
type Encoding struct {
	IDs     []int32
	Offsets [][2]int
	Types   []int8
}

// Encode returns what Append appends, and where in text each piece stands. It is for people who
// debug; it allocates and is slower than Append.
//
// Ranges are the reference's, in bytes: removed characters and stripped marks belong to a piece
// only if they stand inside it, all jamo of a syllable have the syllable's range, and canonical
// ordering moves kept marks, not their ranges. There is one difference: where kept and stripped
// marks follow each other, the reference gives a kept one the range of the mark whose place it
// takes, stripped or not; here it is that of a kept one.
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

// ranges follows where the code points of a word come from.
type ranges struct {
	source  [2]int   // of the code point that is being read
	sources [][2]int // of each code point of the word
	offsets [][2]int // of each piece so far
}

// at says that the code point at text[i:i+size] is being read.
func (r *ranges) at(i, size int) {
	if r != nil {
		r.source = [2]int{i, i + size}
	}
}

// covers adds the range of the code point that is being read, once for each of n pieces.
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

// flushRanges adds the ranges of the pieces that w was cut into.
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

// Pieces returns the vocabulary: the piece of each ID, as its line has it, or "" for what no text
// can hold.
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

// Starts tells of each ID whether its piece begins a word. Only a piece inside a word does not.
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
