package aspects

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// Mentions appends the mentions for the spans of a text, in order. offsets are the byte ranges of
// the text's pieces (tokenizer.Encode), windows the lengths of its windows, whose tokens except
// [CLS] and [SEP] are the next pieces. Spans are those of Decode, in order.
//
// A mention consists of whole words: adjoining text without a space belongs to it only if it
// consists of letters, digits and hyphens ("dd-wrt", where only one part was tagged), up to the
// next span. Other signs at its ends do not, and a span without a letter or digit is no mention. If
// the border of two windows cuts a word and both parts are in spans, these are one mention, with
// the values of the first. Term is the bytes of the mention with a single space for each white
// space. Lexicon.Add sets the Context.
func Mentions(dst []Mention, text []byte, offsets [][2]int, windows []int,
	spans []Span) []Mention {
	piece, window := 0, 0 // of the first after [CLS] in window
	ranges := make([][2]int, 0, len(spans))
	kept := make([]Span, 0, len(spans))
	for _, s := range spans {
		for window < s.Window && window < len(windows) {
			piece += windows[window] - 2
			window++
		}
		from := piece + s.First - 1
		to := from + s.Tokens - 1
		if s.Window != window || s.First < 1 || s.Tokens < 1 || to >= len(offsets) {
			continue // not of this text
		}
		start, end := offsets[from][0], offsets[to][1]
		if n := len(ranges); n > 0 && s.Window > kept[n-1].Window &&
			start <= ranges[n-1][1] && within(text, start) { // the border cuts a word
			ranges[n-1][1] = max(ranges[n-1][1], end)
			_, ranges[n-1][1] = trim(text, ranges[n-1][0], ranges[n-1][1])
			continue
		}
		start, end = trim(text, start, end)
		if start < end {
			ranges = append(ranges, [2]int{start, end})
			kept = append(kept, s)
		}
	}
	for i, r := range ranges {
		left, right := 0, len(text)
		if i > 0 {
			left = ranges[i-1][1]
		}
		if i+1 < len(ranges) {
			right = ranges[i+1][0]
		}
		start, end := snap(text, r, left, right)
		ranges[i] = [2]int{start, end}
		dst = append(dst, Mention{Start: start, End: end, Term: term(text[start:end]),
			Polarity: kept[i].Polarity, Probability: kept[i].Probability})
	}
	return dst
}

// within reports whether at is inside a word.
func within(text []byte, at int) bool {
	before, _ := utf8.DecodeLastRune(text[:at])
	after, _ := utf8.DecodeRune(text[at:])
	return inWord(before) && inWord(after)
}

// trim shrinks a range of text to begin and end with a letter or digit.
func trim(text []byte, start, end int) (int, int) {
	for start < end {
		r, size := utf8.DecodeRune(text[start:end])
		if inWord(r) {
			break
		}
		start += size
	}
	for start < end {
		r, size := utf8.DecodeLastRune(text[start:end])
		if inWord(r) {
			break
		}
		end -= size
	}
	return start, end
}

// snap extends a range to the ends of its hyphenated words, within left and right.
func snap(text []byte, r [2]int, left, right int) (start, end int) {
	start, end = r[0], r[1]
	for start > left {
		at := start
		before, size := utf8.DecodeLastRune(text[left:at])
		if at -= size; before == '-' {
			before, size = utf8.DecodeLastRune(text[left:at])
			at -= size
		}
		if !inWord(before) {
			break
		}
		start = at
	}
	for end < right {
		at := end
		after, size := utf8.DecodeRune(text[at:right])
		if at += size; after == '-' {
			after, size = utf8.DecodeRune(text[at:right])
			at += size
		}
		if !inWord(after) {
			break
		}
		end = at
	}
	return start, end
}

// inWord reports whether r may be part of a word. Marks, such as combining accents, belong to the
// letter before.
func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r|0x20 && r|0x20 <= 'z' || '0' <= r && r <= '9'
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}

// term returns the text of a mention, on one line.
func term(text []byte) string { return string(bytes.Join(bytes.Fields(text), []byte{' '})) }
