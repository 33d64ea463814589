package scorer

import (
	"reviewlens/reviews/text"
	"reviewlens/tokenizer"
)

// Readability is text.Readability, with texts of emoji told from others without words: it is kept
// before it is known which model will read them.
func Readability(joined []byte) text.Unread {
	u := text.Readability(joined)
	if u == text.NoWords && tokenizer.HasEmoji(joined) {
		return text.OnlyEmoji
	}
	return u
}

// Unread is why m cannot read a text of that readability; text.Readable where it can, or where that
// is not known.
func (m *Model) Unread(u text.Unread) text.Unread {
	switch {
	case !m.English, u == text.OnlyEmoji && m.Emoji:
		return text.Readable
	case u == text.OnlyEmoji:
		return text.NoWords
	}
	return u
}

// EmojiSize is the length of the emoji that text begins with, and of what is drawn with it: skin
// tones, variation selectors, and emoji that are joined to it. It is 0 where text begins with none.
func EmojiSize(text string) int {
	const joiner = '\u200d'
	before := rune(joiner)
	for i, r := range text {
		switch {
		case before == joiner && tokenizer.IsEmoji(r):
		case i > 0 && (r == joiner || 0xFE00 <= r && r <= 0xFE0F || 0x1F3FB <= r && r <= 0x1F3FF):
		default:
			return i
		}
		before = r
	}
	return len(text)
}
