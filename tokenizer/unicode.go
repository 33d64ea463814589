package tokenizer

// class is how the reference treats a code point on its own. The generated tables.go holds an entry
// for each: class | how<<3.
type class uint8

const (
	letter class = iota // part of a word
	drop                // removed: control, format, private use, U+0000, U+FFFD
	space               // ends a word
	punct               // ends a word and is one
	alone               // CJK ideograph: as punct, because of the spaces put around it
)

// How a code point changes when text is lower-cased: NFD, without nonspacing marks, in lower case.
const (
	self = iota // not at all
	mark        // removed, a nonstarter
	// removed, a starter: marks before and after it are not ordered with each other
	starter
	ordered // kept, a nonstarter: canonical ordering may move it
	hangul  // a syllable, decomposed into its jamo
	toText  // becomes text how-toText of lowered; a fixed point, so the classes in it hold
)

// entry returns the class of r, a valid code point, and how it changes.
func entry(r rune) (class, int) {
	block := len(blocks) - 1
	if b := int(uint32(r) / blockSize); b < block {
		block = b
	}
	i := 2 * (int(blocks[block])*blockSize + int(uint32(r)%blockSize))
	e := int(entries[i]) | int(entries[i+1])<<8
	return class(e & 7), e >> 3
}

// loweredText returns the replacement of a code point with how >= toText.
func loweredText(how int) string {
	n := how - toText
	from := 0
	if n > 0 {
		from = loweredEnd(n - 1)
	}
	return lowered[from:loweredEnd(n)]
}

func loweredEnd(n int) int { return int(loweredEnds[2*n]) | int(loweredEnds[2*n+1])<<8 }

// order returns the rank of a kept nonstarter's combining class, 0 for any other code point. The
// reference's tables of marks are older than its tables of combining classes, so that it keeps 83
// of them, mostly new or musical; hence a linear scan is fast enough.
func order(r rune) uint8 {
	for _, o := range orders {
		if o.r == r {
			return o.rank
		}
	}
	return 0
}

// jamo decomposes a Hangul syllable into two or three jamo (The Unicode Standard, 3.12, arithmetic
// decomposition).
func jamo(syllable rune) (jamo [3]rune, n int) {
	const base, vowels, finals = 0xAC00, 21, 28
	s := syllable - base
	jamo = [3]rune{0x1100 + s/(vowels*finals), 0x1161 + s%(vowels*finals)/finals, 0x11A7 + s%finals}
	if s%finals == 0 {
		return jamo, 2
	}
	return jamo, 3
}
