// Package excerpt cuts a long text down to the part that it is quoted for: a place in it, or a
// phrase, with the text around it.
//
// Input and output are UTF-8. A text is cut between words; an ellipsis marks each omission. Nothing
// fails: a text without the place or phrase is shown from its beginning.
package excerpt

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"reviewlens/reviews/stem"
)

// Size is the number of bytes of a text to show before and after the place.
type Size struct{ Before, After int }

// Short is for lists, where the row number leads to the whole review.
var Short = Size{Before: 100, After: 140}

// Phrase cuts a text around the first occurrence of the words of phrase, in any case and form.
// match is that occurrence, "" if the phrase is not in the text (it may be in the title).
func (s Size) Phrase(text, phrase string) (before, match, after string) {
	from, to := find(text, strings.Fields(phrase))
	return s.At(text, from, to)
}

// Runes cuts a text around the code points from start to end.
func (s Size) Runes(text string, start, end int) (before, match, after string) {
	from, to := bytesOf(text, start, end)
	return s.At(text, from, to)
}

// At cuts a text around text[from:to], which begins and ends at characters, and shows its beginning
// if to is 0.
func (s Size) At(text string, from, to int) (before, match, after string) {
	start, end := from-s.Before, to+s.After
	if to == 0 {
		end = s.Before + s.After
	}
	if start <= s.Before/4 { // too little for an ellipsis
		start = 0
	}
	if end >= len(text)-s.After/4 {
		end = len(text)
	}
	before, match, after = text[:from], text[from:to], text[to:]
	if start > 0 {
		before = "… " + afterSpace(text[start:from])
	}
	if end < len(text) {
		after = beforeSpace(text[to:end]) + " …"
	}
	return before, match, after
}

// bytesOf converts a range of code points of a text to one of bytes; 0, 0 if it is invalid.
func bytesOf(text string, start, end int) (from, to int) {
	if start < 0 || end <= start {
		return 0, 0
	}
	n := 0
	for i := range text {
		if n == start {
			from = i
		}
		if n == end {
			return from, i
		}
		n++
	}
	if n == end {
		return from, len(text)
	}
	return 0, 0
}

// find returns the place of the words, each whole and in any of its forms, separated only by
// characters allowed within a phrase; 0, 0 if there is none.
func find(text string, words []string) (from, to int) {
	previous := ' '
	for i, r := range text {
		if !inWord(previous) && len(words) > 0 {
			if end, ok := prefix(text[i:], words); ok {
				return i, i + end
			}
		}
		previous = r
	}
	return 0, 0
}

// withinPhrase lists the characters allowed between the words of a phrase, as in package phrases.
const withinPhrase = " \t-"

// prefix returns the size of the words, in any of their forms, at the beginning of a text.
func prefix(text string, words []string) (end int, ok bool) {
	for n, word := range words {
		if n > 0 {
			rest := strings.TrimLeft(text[end:], withinPhrase)
			end = len(text) - len(rest)
		}
		size := strings.IndexFunc(text[end:],
			func(r rune) bool { return !inWord(r) && r != '\'' && r != '’' })
		if size < 0 {
			size = len(text) - end
		}
		there := strings.TrimRight(text[end:end+size], "'’")
		if !sameWord(there, word) {
			return 0, false
		}
		end += len(there)
	}
	return end, true
}

// sameWord reports whether two words have a stem in common.
func sameWord(a, b string) bool {
	b = strings.ReplaceAll(b, "’", "'")
	a = strings.ReplaceAll(a, "’", "'")
	return strings.EqualFold(a[:stem.Size([]byte(a))], b[:stem.Size([]byte(b))])
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// longWord is the maximum distance to the end of a word at which a text is cut; some scripts have
// no word ends.
const longWord = 24

// afterSpace removes the first word, which may be incomplete.
func afterSpace(s string) string {
	if i := strings.IndexByte(s[:min(len(s), longWord)], ' '); i >= 0 {
		return s[i+1:]
	}
	// an incomplete character
	return strings.TrimLeftFunc(s, func(r rune) bool { return r == utf8.RuneError })
}

// beforeSpace removes the last word, which may be incomplete.
func beforeSpace(s string) string {
	if i := strings.LastIndexByte(s, ' '); i >= 0 && i >= len(s)-longWord {
		return s[:i]
	}
	return strings.TrimRightFunc(s, func(r rune) bool { return r == utf8.RuneError })
}
