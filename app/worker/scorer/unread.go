package scorer

import (
	"reviewlens/reviews/text"
	"reviewlens/tokenizer"
)

// Readability returns why some models cannot read a text: it is stored before it is known which
// model will read it.
func Readability(joined []byte) text.UnreadReason {
	return text.Readability(joined, tokenizer.HasEmoji)
}

// Unread returns why m cannot read a text of that readability; text.Readable if it can, or if that
// is not known.
func (m *Model) Unread(u text.UnreadReason) text.UnreadReason { return u.For(m.English, m.Emoji) }

// EmojiSize returns the length of the emoji at the start of text, with what is drawn with it: skin
// tones, variation selectors, and joined emoji. It is 0 if text starts with none.
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
