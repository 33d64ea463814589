package tokenizer

import "sort"

// Accents determines how accents are treated. The zero value strips them if text is lower-cased and
// keeps them otherwise. The tables that the other values need are linked only if one is named.
type Accents struct {
	// change maps a code point to one or two others (second is 0 for one), and returns how the
	// first changes, see entry.
	change func(r rune, how int) (first, second rune, _ int)
}

var (
	// KeepAccents, with Config.Lowercase, lower-cases and does not strip.
	KeepAccents = Accents{lowerOnly}

	// StripAccents, without Config.Lowercase, strips accents off capitals too.
	StripAccents = Accents{stripOnly}
)

func lowerOnly(r rune, _ int) (first, second rune, how int) {
	if r == 'İ' {
		return 'i', '\u0307', self
	}
	return lower(r), 0, self
}

func stripOnly(r rune, how int) (first, second rune, _ int) {
	i := sort.Search(len(strips), func(i int) bool { return strips[i][0] >= r })
	if i < len(strips) && strips[i][0] == r {
		return strips[i][1], 0, self
	}
	if lower(r) != r {
		return r, 0, self // a capital without an accent
	}
	return r, 0, how
}

// lower returns r in lower case.
func lower(r rune) rune {
	i := sort.Search(len(lowers), func(i int) bool { return lowers[i].last >= r })
	if i < len(lowers) && r >= lowers[i].first && (r-lowers[i].first)%lowers[i].step == 0 {
		return r + lowers[i].delta
	}
	return r
}
