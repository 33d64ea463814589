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

	// OnlyEmoji is NoWords of a text with emoji, which some models read. Which code points are, the
	// tokenizer knows; so Readability does not return it.
	OnlyEmoji Unread = 3

	otherLanguage Unread = 2
	firstScript   Unread = 8
	firstLanguage Unread = 32
)

// Readability says why the model cannot read a text that Join and Clean gave, or that it is
// Readable where there is a doubt.
func Readability(text []byte) Unread {
	c := count(text)
	if u := c.language(); u != Readable {
		return u
	}
	if c.latin == 0 && !c.ratio {
		return NoWords
	}
	return Readable
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
