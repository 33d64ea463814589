package aspects

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Context is the information about a mention in the words before it.
type Context uint8

// The bits of a Context.
const (
	This    Context = 1 << iota // "this" or "these" precedes it: it may be the product itself
	Other                       // about another product ("my old [router]") or reported from others
	Within                      // not at the start of a sentence: its capital letters are evidence
	Capital                     // it begins with a capital letter
)

// lookBack is the number of words before a mention in which its context is found.
const lookBack = 12

// ContextOf returns the context of text[start:end].
func ContextOf(text []byte, start, end int) (c Context) {
	if start < 0 || start >= end || end > len(text) {
		return 0
	}
	if r, _ := utf8.DecodeRune(text[start:end]); unicode.IsUpper(r) {
		c |= Capital
	}
	var words [lookBack]string // of the same clause, the nearest first, in lower case
	n := 0
	from := start
	for n < lookBack {
		word, at := wordBefore(text, from)
		if comma := at - 1; word == nil && n > 0 && comma > 0 && text[comma] == ',' &&
			roles()[words[n-1]]&points > 0 {
			word, at = wordBefore(text, comma) // "my old lamp, which"
		}
		if word == nil {
			break
		}
		if r, _ := utf8.DecodeRune(word); n == 0 && unicode.IsLower(r) {
			c |= Within
		}
		words[n] = lowerWord(word)
		from = at
		n++
	}
	before := words[:n]
	if n > 0 && (before[0] == "this" || before[0] == "these") && !(n > 1 && before[1] == "at") {
		c |= This // "at this price" names no product
	}
	if clause(before).ofOther() || ofOtherBehind(text[end:]) ||
		thanThis(text, end) && !clause(before).isDenial() ||
		clause(before).isWish() && sendsElsewhere(text[end:]) {
		c |= Other
	}
	return c
}

// isWish reports whether a clause is about what a reader may look for: "if you want good".
func (c clause) isWish() bool { return slices.Contains(c, "if") || slices.Contains(c, "looking") }

// sendsElsewhere reports whether the rest of a sentence advises against the product: "look
// elsewhere".
func sendsElsewhere(text []byte) bool {
	const near = 160 // bytes
	rest := strings.ToLower(string(text[:min(near, len(text))]))
	for _, end := range []string{".", "!", "?", "\n"} {
		rest, _, _ = strings.Cut(rest, end)
	}
	return strings.Contains(rest, "elsewhere") || strings.Contains(rest, "somewhere else")
}

// clause holds the words before a mention, nearest first.
type clause []string

// word returns the word n words after the i-th, towards the mention, or before it if n is negative.
func (c clause) word(i, n int) string {
	if i-n < 0 || i-n >= len(c) {
		return ""
	}
	return c[i-n]
}

func (c clause) role(i, n int) role { return roles()[c.word(i, n)] }

// ofOther reports whether a clause states that the following words are about another product or
// reported from others. A word of the role turns leads back to the product itself.
func (c clause) ofOther() bool {
	relative, joined := false, false // what was passed: "that", "and the"
	also := false                    // "and", "but"
	for i, w := range c {
		role, next := c.role(i, 0), c.role(i, 1)
		switch {
		case w == "whereas" && next&turns == 0, c.isReported(i) && !c.agrees(i), c.isClaim(i):
			return true
		case c.isComparison(i), c.had(i):
			return !joined && !(w == "than" && also)
		case c.namesOther(i):
			subject := i+1 == len(c) || c.role(i, -1)&begins > 0
			if subject || relative || i <= 3 && !joined {
				return true
			}
		}
		switch {
		case role&turns > 0 && !(role&speaker > 0 && next&has > 0) && !c.isReported(i+2):
			return false // but continue at "people say it breaks"
		case role&points > 0:
			relative = true
		case role&joins > 0 && next&article > 0, role&notProduct > 0:
			joined = true // "in less than a week"
		}
		also = also || w == "and" || w == "but"
	}
	return false
}

// isComparison reports whether the i-th word compares with the next ones: "than the", "compared
// to".
func (c clause) isComparison(i int) bool {
	const near = 4
	switch next := c.word(i, 1); c[i] {
	case "than":
		return i <= near && c.word(i, -1) != "other" && c.role(i, 1)&noOther == 0 &&
			(next == "" || !isDigit(next[0]))
	case "instead":
		return i <= near && next == "of"
	case "unlike":
		return roles()[next]&turns == 0
	}
	return c.role(i, 0)&compared > 0 && c.role(i, 1)&linksTo > 0
}

// namesOther reports whether the i-th word begins a name of another product: "my old", "other
// brands". "The other one" is part of this product (a pair).
func (c clause) namesOther(i int) bool {
	role, next, third := c.role(i, 0), c.role(i, 1), c.role(i, 2)
	switch {
	case third&notProduct > 0, third&home > 0 && c.role(i, -1)&inside > 0:
		return false
	case role&owner > 0:
		return next&former > 0 || c.word(i, 1) == "very" && third&former > 0
	case role&article > 0:
		return next&old > 0 || next&former > 0 && third&product > 0 && c.word(i, 2) != "one"
	}
	return role&others > 0 && next&product > 0 && c.word(i, 1) != "one"
}

// had reports whether the words after the i-th came with another product or were had before.
func (c clause) had(i int) bool {
	switch next := c.word(i, 1); c[i] {
	case "came":
		return next == "with" && c.role(i, 2)&owner > 0
	case "before":
		switch c.word(i, -1) {
		case "had", "owned", "used", "tried", "bought": // not "a year of use before"
			return c.role(i, -2)&(speaker|has) > 0
		}
	case "previously":
		return roles()[next]&has > 0
	case "used":
		return next == "to" && c.role(i, 2)&has > 0
	}
	return false
}

// isReported reports whether others report the words after the i-th: "reviewers say", "I have heard
// that".
func (c clause) isReported(i int) bool {
	role, next := c.role(i, 0), c.role(i, 1)
	return role&teller > 0 && (next&tells > 0 || next&has > 0 && c.role(i, 2)&tells > 0) ||
		role&tells > 0 && c.word(i, 1) == "reviews" ||
		role&hears > 0 && c.role(i, -1)&(speaker|has) > 0 && next&content > 0
}

// isClaim reports whether the i-th word makes the next ones a statement of the maker: "claims that
// setup is easy", but not "as claimed" and "I claimed".
func (c clause) isClaim(i int) bool {
	before := c.word(i, -1)
	return c.role(i, 0)&claims > 0 && before != "as" && before != "than" &&
		c.role(i, -1)&speaker == 0
}

// agrees reports whether "as" or "like" precedes the others who report, so that the writer says it
// too: "as many other reviewers say".
func (c clause) agrees(teller int) bool {
	for n := 1; n <= 3; n++ {
		if w := c.word(teller, -n); w == "as" || w == "like" {
			return true
		}
	}
	return false
}

// ofOtherBehind reports whether a mention belongs to what follows: "the [keys] of my old one".
func ofOtherBehind(text []byte) bool {
	var words [3]string
	wordsAfter(text, words[:])
	if words[0] != "of" && words[0] != "on" && words[0] != "in" {
		return false
	}
	first, second := roles()[words[1]], roles()[words[2]]
	return first&owner > 0 && second&former > 0 || first&article > 0 && second&old > 0 ||
		first&others > 0 && second&product > 0
}

// thanThis reports whether what the mention before end belongs to is compared with the product: "it
// is [quieter] than this", "a better [sound] than these".
func thanThis(text []byte, end int) bool {
	const near = 40 // bytes
	_, last := wordBefore(text, end)
	if next := text[last:min(len(text), end+near)]; !bytes.Contains(next, []byte("than")) &&
		!bytes.Contains(next, []byte("THAN")) {
		return false // most mentions, without reading words
	}
	var words [6]string // from the last one of the mention
	wordsAfter(text[last:], words[:])
	for i, w := range words[:len(words)-2] {
		if next := words[i+1]; w == "than" && (next == "this" || next == "these") {
			return roles()[words[i+2]]&others == 0
		}
	}
	return false
}

// isDenial reports whether a clause states what is not the case or was expected: nothing is better
// than the product, or it "should" be better than it is.
func (c clause) isDenial() bool {
	return slices.ContainsFunc(c, func(w string) bool {
		return kinds()[w]&(negated|wished|maybe|unreal) > 0
	})
}

// wordsAfter reads words from the start of text, in lower case; those after another mark than a
// space are empty.
func wordsAfter(text []byte, words []string) {
	for i := range words {
		n := 0
		for n < len(text) && text[n] == ' ' {
			n++
		}
		text = text[n:]
		n = 0
		for size := 1; size > 0 && n < len(text) && n < maxWordBytes; n += size {
			size = wordCharacter(text[n:])
		}
		words[i] = lowerWord(text[:n])
		text = text[n:]
	}
}

// role is the role of a word in a comparison of products, as a set of bits.
type role uint32

const (
	owner      role = 1 << iota // "my" old one
	article                     // "the" old one
	old                         // an "old" one
	former                      // my "last" one
	others                      // "other" brands
	product                     // other "brands"
	notProduct                  // my old "ears"
	compared                    // "compared" to it
	linksTo                     // compared "to" it
	begins                      // "but" my old one
	has                         // I previously "owned"
	teller                      // "reviewers" say
	tells                       // reviewers "say"
	turns                       // to the product itself: "this"
	speaker                     // "I" bought this
	points                      // the old one, "that" broke
	joins                       // the old one "and" the
	home                        // in my old "house"
	inside                      // "in" my old house
	noOther                     // better than "expected"
	claims                      // the maker "claims" it
	hears                       // I "heard" that it is good
	content                     // I heard "that" it is good
)

// roles maps words to their roles.
var roles = sync.OnceValue(func() map[string]role {
	out := map[string]role{}
	for r, list := range map[role]string{
		owner:   `my our his her their your`,
		article: `the a an`,
		old:     `old older previous former original`,
		former:  `old older previous former last other original`,
		others:  `other another most many regular standard typical cheaper competing different`,
		product: `one ones brand brands model models pair pairs product products company companies
			version competitor competitors manufacturers headphones earphones earbuds keyboards
			routers units devices machines`,
		notProduct: `ears ear eyes age man lady hand hands side day days week month year night time
			times people reason thing things
			friend friends dog dogs cat cats puppy pup son sons daughter daughters child children
			kid kids boy girl boys girls baby half back knees feet order orders review reviews`,
		home:     `house home apartment flat office`,
		inside:   `in at of throughout for from`,
		noOther:  `expected advertised described pictured shown stated anticipated enough`,
		compared: `compared opposed similar superior inferior`,
		linksTo:  `to with`,
		begins:   `but and because since when while that as where if so though whereas`,
		has:      `owned had used have own use tried bought has`,
		teller: `reviewers reviewer reviews people users others customers buyers many some
			reviewers'`,
		tells: `say says said saying complain complains complained complaining complaints mention
			mentions mentioned claim claims claimed state stated report reported read`,
		hears:   `heard read`,
		content: `that about`,
		claims:  `claims claimed advertised advertises promised promises`,
		turns:   `this these it it's its they they're them new newer now mine i we i'm here`,
		speaker: `i we i've we've he she you`,
		points:  `that which whose who`,
		joins:   `and but so because`,
	} {
		for w := range strings.FieldsSeq(list) {
			out[w] |= r
		}
	}
	return out
})

// wordBefore returns the last word of text[:end], and its start; nil at the start of a sentence or
// a clause.
func wordBefore(text []byte, end int) (word []byte, start int) {
	i := end
	for i > 0 {
		size := spaceBefore(text[:i])
		if size == 0 {
			break
		}
		i -= size
	}
	end = i
	for i > 0 {
		_, size := utf8.DecodeLastRune(text[:i])
		if wordCharacter(text[i-size:i]) == 0 {
			break
		}
		i -= size
	}
	if i == end || end-i > maxWordBytes {
		return nil, end
	}
	return text[i:end], i
}

const maxWordBytes = 32 // bytes; longer ones are addresses

// lowerWord returns a word in lower case, with the apostrophe of ASCII.
func lowerWord(word []byte) string {
	return strings.ReplaceAll(strings.ToLower(string(word)), "\u2019", "'")
}

// wordCharacter returns the size of the character at the start of text if it is part of a word: a
// letter with its marks, a digit or an apostrophe; else 0. A byte that is no UTF-8 is part of one.
func wordCharacter(text []byte) int {
	if text[0] < utf8.RuneSelf {
		if isWordByte(text[0]) {
			return 1
		}
		return 0
	}
	r, size := utf8.DecodeRune(text)
	if r == '\u2019' || r == '\u2018' || r == utf8.RuneError || unicode.IsLetter(r) ||
		unicode.IsDigit(r) || unicode.IsMark(r) && !unicode.Is(unicode.Variation_Selector, r) {
		return size
	}
	return 0
}

// isWordByte reports whether a byte of ASCII is part of a word.
func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '\''
}

// spaceBefore returns the size of the character at the end of text if it only stands between words:
// a space, a hyphen or a double quote; else 0.
func spaceBefore(text []byte) int {
	switch text[len(text)-1] {
	case ' ', '"', '-', '\t':
		return 1
	}
	if r, size := utf8.DecodeLastRune(text); size > 1 && isSpacing(r) {
		return size
	}
	return 0
}

// isSpacing reports whether a character beyond ASCII only stands between words: spaces of other
// widths, quotes, hyphens, and those that are not seen.
func isSpacing(r rune) bool {
	switch r {
	case '\u201c', '\u201d', '\u201e', '\u00ab', '\u00bb', '\u2010', '\u2011':
		return true
	}
	return unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Variation_Selector)
}
