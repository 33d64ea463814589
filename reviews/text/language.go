package text

import (
	"bytes"
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// judgedBytes is how much of a text is examined: half a page suffices to tell its language.
const judgedBytes = 1000

// maxWordLetters is the most letters of a word that the model reads; it sees a longer one as [UNK].
const maxWordLetters = 100

// counts holds the counts of words in a text, for detecting its language.
type counts struct {
	known map[string]uint32 // knownWords
	word  [40]byte          // previous one in Latin script, in lower case; no list has longer ones
	size  int               // of word

	ratio   bool              // a number is divided by another: 4/5
	scripts [len(scripts)]int // words in a script other than Latin
	latin   int               // words in Latin script
	unlike  int               // of these, those with a letter or an ending not used in English
	english int               // of these, known words of English

	only    [len(languages)]float64 // known words of a language but not of English
	letters [len(languages)]float64 // the same, for words of one letter
	both    [len(languages)]int     // known words of a language and of English
}

// count counts the words of a text.
func count(text []byte) counts {
	c := counts{known: knownWords()}
	text = text[:min(len(text), judgedBytes)]
	for i := 0; i < len(text); {
		switch b := text[i]; {
		case isDigit(text, i):
			i += c.number(text[i:])
		case 'a' <= b|0x20 && b|0x20 <= 'z':
			i += c.letter(text[i:])
		case b < utf8.RuneSelf:
			i++
		default:
			if r, size := utf8.DecodeRune(text[i:]); unicode.IsLetter(r) {
				i += c.letter(text[i:])
			} else {
				i += size
			}
		}
	}
	return c
}

func isDigit(text []byte, i int) bool { return i < len(text) && '0' <= text[i] && text[i] <= '9' }

// number scans the number that text begins with, and returns its length.
func (c *counts) number(text []byte) (n int) {
	for isDigit(text, n) || n < len(text) && (text[n] == '.' || text[n] == ',') &&
		isDigit(text, n+1) {
		n++
	}
	rest := bytes.TrimLeft(text[n:], " ")
	if len(rest) > 0 && rest[0] == '/' && isDigit(bytes.TrimLeft(rest[1:], " "), 0) {
		c.ratio = true
	}
	return n
}

// letter counts the word that text begins with, in letters of one script, and returns its length.
func (c *counts) letter(text []byte) (n int) {
	var buffer [len(c.word)]byte
	word, letters, accent, apostrophe, script := buffer[:0], 0, false, 0, latinScript
	for n < len(text) {
		r, size := rune(text[n]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text[n:])
		}
		switch {
		case 'a' <= r && r <= 'z' && script == latinScript:
		case r == '\'' || r == '’':
			r, apostrophe = '\'', len(word)
		case unicode.IsMark(r):
		case !unicode.IsLetter(r):
			c.add(word, letters, accent, apostrophe, script)
			return n
		default:
			s := scriptOf(r)
			if n > 0 && s != script {
				c.add(word, letters, accent, apostrophe, script)
				return n
			}
			r, script = unicode.ToLower(r), s
		}
		letters++
		accent = accent || r >= utf8.RuneSelf
		if len(word)+utf8.UTFMax <= cap(word) {
			word = utf8.AppendRune(word, r)
		}
		n += size
	}
	c.add(word, letters, accent, apostrophe, script)
	return n
}

// add counts a word. apostrophe is the position of its apostrophe, 0 if none.
func (c *counts) add(word []byte, letters int, accent bool, apostrophe, script int) {
	switch {
	case script != latinScript && scripts[script].spaceless:
		c.scripts[script] += (letters + 1) / 2 // an average word length
		return
	case script != latinScript:
		c.scripts[script]++
		return
	case letters > maxWordLetters:
		return
	}
	c.latin++
	if string(word) == string(c.word[:c.size]) {
		return // "ha ha ha" counts as one word
	}
	c.size = copy(c.word[:], word)
	of := c.known[string(word)]
	if of == 0 && apostrophe > 0 && apostrophe < len(word) { // a long word may end before it
		of = c.apostrophized(word, apostrophe)
	}
	if accent || of == 0 && c.endsUnlike(word) {
		c.unlike++
	}
	english := of&1 != 0
	if english {
		c.english++
	}
	for of >>= 1; of != 0; of &= of - 1 {
		switch l := bits.TrailingZeros32(of); {
		case english:
			c.both[l]++
		case len(word) == 1:
			c.letters[l]++
		default:
			c.only[l]++
		}
	}
}

// apostrophized returns the languages of a word with an apostrophe: don't, l'appareil.
func (c *counts) apostrophized(word []byte, at int) uint32 {
	switch string(word[at+1:]) {
	case "t", "s", "m", "ve", "ll", "re", "d", "em", "clock":
		return 1
	}
	return c.known[string(word[:at+1])]
}

// endsUnlike reports whether an unknown word has one of endings.
func (c *counts) endsUnlike(word []byte) bool {
	if len(word) < 4 {
		return false
	}
	ending := [4]byte{'-'}
	for n := 1; n < len(ending); n++ {
		copy(ending[1:], word[len(word)-n:])
		if c.known[string(ending[:n+1])] != 0 {
			return true
		}
	}
	return false
}

// minScore is the minimum score for a text to be classified as another language.
const minScore = 1.5

// language returns the language of the words; Readable if that is English, or may be.
//
// In Latin script, the classification uses the function words that every sentence of a language
// contains: those known only in the other language must outweigh those known only in English.
// Product names and loan words are in no list, so they have no effect. A letter or an ending not
// used in English is only a hint: café, naïve and pasta are in English texts, too.
func (c *counts) language() UnreadReason {
	others, most := 0, 0
	for s, n := range c.scripts {
		others += n
		if n > c.scripts[most] {
			most = s
		}
	}
	if 2*others > c.latin+c.english { // a product name counts as half a word
		if most == han && c.scripts[kana] > 0 {
			most = kana
		}
		return firstScript + UnreadReason(most)
	}
	best, found := 0.0, Readable
	for l, only := range c.only {
		if only == 0 {
			continue
		}
		english := float64(c.english - c.both[l])
		only += min(c.letters[l], only) / 2
		hints := float64(c.unlike)
		if english > 0 {
			hints = min(hints, only)
		}
		score := only + hints/2
		if score > english+0.5 && score >= max(minScore, float64(c.latin)/12) && score > best {
			best, found = score, firstLanguage+UnreadReason(l)
		}
	}
	if found == Readable && c.english == 0 && c.unlike >= 3 {
		return otherLanguage
	}
	return found
}
