package text

import (
	"cmp"
	"slices"
)

// Unread is why the model, which reads English, cannot read a text.
type Unread uint8

// Values of Unread; the others are languages. They are kept in files and stay as they are.
const (
	Readable Unread = 0
	NoWords  Unread = 1 // only punctuation, emoji, a number

	// OnlyEmoji is NoWords of a text with emoji, which some models read.
	OnlyEmoji Unread = 3

	otherLanguage Unread = 2
	firstScript   Unread = 8
	firstLanguage Unread = 32
)

// Readability says why a model cannot read a text that Join and Clean gave, or that it is Readable
// where there is a doubt. hasEmoji tells whether a text has emoji, which the tokenizer knows
// (tokenizer.HasEmoji); where it is nil, OnlyEmoji is not told from NoWords.
func Readability(text []byte, hasEmoji func([]byte) bool) Unread {
	c := count(text)
	if u := c.language(); u != Readable {
		return u
	}
	if c.latin == 0 && !c.ratio {
		if hasEmoji != nil && hasEmoji(text) {
			return OnlyEmoji
		}
		return NoWords
	}
	return Readable
}

// For is why a model cannot read a text of that readability: one that reads English or does not,
// and emoji or not. Of a model that does not read English nothing is known.
func (u Unread) For(english, emoji bool) Unread {
	switch {
	case !english, u == OnlyEmoji && emoji:
		return Readable
	case u == OnlyEmoji:
		return NoWords
	}
	return u
}

// Language names the language of a text that is not in English; "" for others.
func (u Unread) Language() string {
	switch {
	case u >= firstLanguage && int(u-firstLanguage) < len(languages):
		return languages[u-firstLanguage].name
	case u >= firstScript && int(u-firstScript) < len(scripts):
		return scripts[u-firstScript].name
	case u == otherLanguage:
		return "another language"
	}
	return ""
}

// Counted is how many rows are in a language.
type Counted struct {
	Language string
	Rows     int
}

// Reasons takes rows that are Unread, by their number, apart: those without words, and languages,
// that of the most rows first.
func Reasons(rows map[uint8]int) (noWords int, languages []Counted) {
	for u, n := range rows {
		if name := Unread(u).Language(); name != "" {
			languages = append(languages, Counted{name, n})
		} else {
			noWords += n
		}
	}
	slices.SortStableFunc(languages, func(a, b Counted) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Language, b.Language))
	})
	return noWords, languages
}

// String is the reason as it is shown and written, "" for a text that is Readable.
func (u Unread) String() string {
	switch u {
	case Readable:
		return ""
	case NoWords, OnlyEmoji:
		return "no words"
	}
	return "language: " + u.Language()
}
