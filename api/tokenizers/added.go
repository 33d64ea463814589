package tokenizers

import (
	"slices"
	"strings"
	"unicode"
)

// added is a token that is recognised in the text before any other step.
type added struct {
	ID         int    `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"` // includes the white space before it
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
}

// split cuts text at its added tokens: the leftmost first, and the longest of several at one
// position. The text between has the ID -1.
func split(text string, all []added) (parts []token) {
	from := 0
	for i := 0; i < len(text); {
		n := slices.IndexFunc(all,
			func(a added) bool { return strings.HasPrefix(text[i:], a.Content) })
		if n < 0 {
			i++
			continue
		}
		a := all[n]
		start, end := i, i+len(a.Content)
		if a.LStrip {
			start = from + len(strings.TrimRightFunc(text[from:start], unicode.IsSpace))
		}
		if a.RStrip {
			end = len(text) - len(strings.TrimLeftFunc(text[end:], unicode.IsSpace))
		}
		if start > from {
			parts = append(parts, token{-1, from, start})
		}
		parts = append(parts, token{a.ID, start, end})
		from, i = end, end
	}
	if from < len(text) {
		parts = append(parts, token{-1, from, len(text)})
	}
	return parts
}

// part is an element of a template: a text, "A" or "B", or special tokens.
type part struct {
	sequence string
	ids      []int32
	typ      int8
}

// trimmed excludes the spaces at both ends of a token from its offsets, except for the space that
// was inserted before the first token.
func (t *Tokenizer) trimmed(k token, first bool) token {
	piece := []rune(t.pieces[k.id])
	isSpace := func(r rune) bool { return r == 'Ġ' || unicode.IsSpace(r) }
	count := func(next func(i int) rune) (n int) {
		for n < len(piece) && isSpace(next(n)) {
			n++
		}
		return n
	}
	before := count(func(i int) rune { return piece[i] })
	after := count(func(i int) rune { return piece[len(piece)-1-i] })
	if before > 0 && t.addSpace && (first || k.start == 0) {
		before--
	}
	k.start = min(k.start+before, k.end)
	if k.end >= after {
		k.end = max(k.end-after, k.start)
	}
	return k
}
