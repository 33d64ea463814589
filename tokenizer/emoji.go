package tokenizer

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// The functions of this file are not inlined: emoji are rare, and this makes the page's download
// 1.6 KB smaller.

// emoji is the table of emoji for a Tokenizer with Config.Emoji: the IDs of the words of each line
// of emojiNames.
type emoji struct {
	ids  []int32
	ends []uint16 // end of the IDs of each line
}

// makeEmoji tokenizes the names with t, which does not read emoji yet.
//
//go:noinline
func makeEmoji(t *Tokenizer) *emoji {
	e := new(emoji)
	for name := range strings.Lines(emojiNames) {
		e.ids = t.Append(e.ids, []byte(name))
		e.ends = append(e.ends, uint16(len(e.ids)))
	}
	return e
}

// read returns the IDs of r, none for a skin tone; ok is false if r is not an emoji.
//
//go:noinline
func (e *emoji) read(r rune) (ids []int32, ok bool) {
	if isSkinTone(r) {
		return nil, true
	}
	line := emojiLine(r)
	if line < 0 {
		return nil, false
	}
	from := uint16(0)
	if line > 0 {
		from = e.ends[line-1]
	}
	return e.ids[from:e.ends[line]], true
}

// isSkinTone reports whether r is an emoji's skin tone, which says nothing about a product.
func isSkinTone(r rune) bool { return 0x1F3FB <= r && r <= 0x1F3FF }

// emojiLine returns the index of the line of emojiNames that names r, or -1.
//
//go:noinline
func emojiLine(r rune) int {
	if r < firstEmoji || r > lastBefore && r < firstAfter || r > lastEmoji {
		return -1
	}
	i := sort.Search(len(emojiRuns), func(i int) bool { return emojiRuns[i].last >= r })
	if i == len(emojiRuns) || r < emojiRuns[i].first {
		return -1
	}
	return int(emojiRuns[i].line) + int(r-emojiRuns[i].first)
}

// IsEmoji reports whether a Tokenizer with Config.Emoji reads r as words.
//
//go:noinline
func IsEmoji(r rune) bool { return emojiLine(r) >= 0 }

// HasEmoji reports whether text contains a code point for which IsEmoji is true.
//
//go:noinline
func HasEmoji(text []byte) bool {
	const first = 0xE2 // byte of firstEmoji
	for i := 0; i < len(text); {
		if text[i] < first {
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if IsEmoji(r) {
			return true
		}
		i += size
	}
	return false
}
