package report

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"reviewlens/reviews/stem"
)

// A quote shows so much of a review, in bytes, around the phrase that it is quoted for. A report is
// read at a glance; who wants the whole review has its row.
const (
	quoteBefore = 100
	quoteAfter  = 140
)

// Excerpt cuts a text around the first place where the words of phrase stand, whatever their case
// and form. match is that place, "" where the phrase is not in the text (it may be in the title);
// then the text's beginning is shown. An ellipsis stands where something was left out.
func Excerpt(text, phrase string) (before, match, after string) {
	from, to := find(text, strings.Fields(phrase))
	return cut(text, from, to)
}

// cut cuts a text around text[from:to], and shows its beginning where to is 0.
func cut(text string, from, to int) (before, match, after string) {
	start, end := from-quoteBefore, to+quoteAfter
	if to == 0 {
		end = quoteBefore + quoteAfter
	}
	if start <= quoteBefore/4 { // so little is not worth an ellipsis
		start = 0
	}
	if end >= len(text)-quoteAfter/4 {
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

// find gives the place of the words, each whole and in any of its forms, with nothing but what is
// neither letter nor digit between them; 0, 0 where they are not.
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

// prefix is the size of the words, in any of their forms, at the beginning of a text.
func prefix(text string, words []string) (end int, ok bool) {
	for n, word := range words {
		if n > 0 {
			rest := strings.TrimLeftFunc(text[end:], func(r rune) bool { return !inWord(r) })
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

// longWord is how far the end of a word is looked for where a text is cut; in some scripts there is
// none.
const longWord = 24

// afterSpace drops the first word, which may be a part of one.
func afterSpace(s string) string {
	if i := strings.IndexByte(s[:min(len(s), longWord)], ' '); i >= 0 {
		return s[i+1:]
	}
	// a part of a character
	return strings.TrimLeftFunc(s, func(r rune) bool { return r == utf8.RuneError })
}

// beforeSpace drops the last word, which may be a part of one.
func beforeSpace(s string) string {
	if i := strings.LastIndexByte(s, ' '); i >= 0 && i >= len(s)-longWord {
		return s[:i]
	}
	return strings.TrimRightFunc(s, func(r rune) bool { return r == utf8.RuneError })
}
