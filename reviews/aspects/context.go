package aspects

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Context is what the words before a mention say of it.
type Context uint8

// The bits of a Context.
const (
	This    Context = 1 << iota // "this" or "these" stands before it: it may be the product itself
	Other                       // it is of another product: "my old [router]", "than the [X200]"
	Within                      // it begins no sentence: its capital letters tell something
	Capital                     // it begins with a capital letter
)

// lookBack is how many words before a mention its context is found in.
const lookBack = 7

// ContextOf is the context of text[start:end].
func ContextOf(text []byte, start, end int) (c Context) {
	if start < 0 || start >= end || end > len(text) {
		return 0
	}
	if r, _ := utf8.DecodeRune(text[start:end]); unicode.IsUpper(r) {
		c |= Capital
	}
	var words [lookBack]string // of the same clause, the nearest first, in lower case
	n := 0
	from := start
	for n < lookBack {
		word, at := wordBefore(text, from)
		if word == nil {
			break
		}
		if r, _ := utf8.DecodeRune(word); n == 0 && unicode.IsLower(r) {
			c |= Within
		}
		words[n] = strings.ToLower(string(word))
		from = at
		n++
	}
	before := words[:n]
	if n > 0 && (before[0] == "this" || before[0] == "these") && !(n > 1 && before[1] == "at") {
		c |= This // "at this price" names no product
	}
	if ofOther(before) {
		c |= Other
	}
	return c
}

// ofOther reports whether words, the nearest first, say that what follows is of another product.
func ofOther(before []string) bool {
	for i, w := range before {
		next := "" // the word behind w
		if i > 0 {
			next = before[i-1]
		}
		switch w {
		case "my", "our", "his", "her", "their", "the", "an", "than":
			switch next {
			case "old", "older", "previous", "former", "last", "other":
				if w != "the" && w != "an" || i <= 2 {
					return true
				}
			}
			if w == "than" && i <= 2 && (next == "my" || next == "the" || next == "any" ||
				next == "most" || next == "a" || next == "" || next == "those") {
				return true
			}
		case "unlike":
			if i <= 3 {
				return true
			}
		case "to", "with", "of":
			if i <= 3 && i+1 < len(before) && (before[i+1] == "compared" ||
				w == "of" && before[i+1] == "instead") {
				return true
			}
		}
	}
	return false
}

// wordBefore is the last word of text[:end], and where it begins; nil where a sentence or a clause
// begins.
func wordBefore(text []byte, end int) (word []byte, start int) {
	i := end
	for i > 0 && (text[i-1] == ' ' || text[i-1] == '"' || text[i-1] == '-' || text[i-1] == '\t') {
		i--
	}
	end = i
	for i > 0 && isWordByte(text[i-1]) {
		i--
	}
	if i == end || end-i > longestWord {
		return nil, end
	}
	return text[i:end], i
}

const longestWord = 32 // bytes; longer ones are addresses

// isWordByte reports whether a byte is of a word: letters, digits, apostrophes, and all beyond
// ASCII.
func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '\'' ||
		c >= 0x80
}
