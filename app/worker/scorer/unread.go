package scorer

import (
	"reviewlens/reviews/text"
	"reviewlens/tokenizer"
)

// Readability is why some model may not read a text: it is kept before it is known which model
// will read it.
func Readability(joined []byte) text.Unread { return text.Readability(joined, tokenizer.HasEmoji) }

// Unread is why m cannot read a text of that readability; text.Readable where it can, or where that
// is not known.
func (m *Model) Unread(u text.Unread) text.Unread { return u.For(m.English, m.Emoji) }

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
