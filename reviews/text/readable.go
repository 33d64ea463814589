package text

import (
	"cmp"
	"slices"
)

// UnreadReason is the reason why the model, which reads English, cannot read a text.
type UnreadReason uint8

// Values of UnreadReason; the others are languages. They are stored in files and must not change.
const (
	Readable UnreadReason = 0
	NoWords  UnreadReason = 1 // only punctuation, emoji, a number

	// OnlyEmoji is NoWords for a text with emoji, which some models read.
	OnlyEmoji UnreadReason = 3

	otherLanguage UnreadReason = 2
	firstScript   UnreadReason = 8
	firstLanguage UnreadReason = 32
)

// Readability returns why a model cannot read a text from Join and Clean, or Readable if in doubt.
// hasEmoji reports whether a text has emoji known to the tokenizer (tokenizer.HasEmoji); if it is
// nil, OnlyEmoji is not distinguished from NoWords.
func Readability(text []byte, hasEmoji func([]byte) bool) UnreadReason {
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

// For returns why a given model cannot read a text of that readability: one that reads English or
// not, and emoji or not. For a model that does not read English nothing is known.
func (u UnreadReason) For(english, emoji bool) UnreadReason {
	switch {
	case !english, u == OnlyEmoji && emoji:
		return Readable
	case u == OnlyEmoji:
		return NoWords
	}
	return u
}

// Language returns the name of the language of a text that is not in English; "" for others.
func (u UnreadReason) Language() string {
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

// Counted is the number of rows in a language.
type Counted struct {
	Language string
	Rows     int
}

// Reasons splits the counts of Unread rows, by reason, into those without words, and languages, by
// decreasing number of rows.
func Reasons(rows map[uint8]int) (noWords int, languages []Counted) {
	for u, n := range rows {
		if name := UnreadReason(u).Language(); name != "" {
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

// String returns the reason as shown and written, "" for Readable.
func (u UnreadReason) String() string {
	switch u {
	case Readable:
		return ""
	case NoWords, OnlyEmoji:
		return "no words"
	}
	return "language: " + u.Language()
}
