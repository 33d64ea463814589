package reviews

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

const (
	longestWord = 32 // bytes; longer ones are addresses and keyboard mashing
	longestText = 64 << 10
)

// word is one of a text.
type word struct {
	from, to int    // in the lowered text
	number   uint32 // in the vocabulary, 0 if it is not there
	hash     uint32
	head     uint64 // as in the vocabulary
	slot     uint64 // of the vocabulary's table, the first to look at
	breaks   bool   // no phrase goes on to it
	stop     bool   // no phrase begins or ends with it
}

// folded has the lower case of ASCII letters and digits, 0 for other bytes.
var folded = func() (t [256]byte) {
	for c := range byte(utf8.RuneSelf) {
		if unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c)) {
			t[c] = byte(unicode.ToLower(rune(c)))
		}
	}
	return t
}()

// splitText finds the words of a text, lower-cased, in place of words and lowered: there they stand with a space between
// them. Punctuation breaks phrases.
func splitText(words []word, lowered, text []byte) ([]word, []byte) {
	words, lowered = words[:0], slices.Grow(lowered[:0], 2*len(text)+8) // no letter's lower case is twice as long, and head reads on
	out, n := lowered[:cap(lowered)], 0
	breaks := true
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf && folded[c] == 0 {
			breaks = breaks || c != ' ' && c != '-' && c != '\t'
			i++
			continue
		} else if c >= utf8.RuneSelf {
			if r, size := utf8.DecodeRune(text[i:]); !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				breaks = true
				i += size
				continue
			}
		}
		if n > 0 {
			out[n] = ' '
			n++
		}
		w := word{from: n, breaks: breaks}
		for i < len(text) {
			if c := folded[text[i]]; c != 0 {
				out[n] = c
				n++
				i++
				continue
			}
			if c := text[i]; c < utf8.RuneSelf && c != '\'' {
				break
			}
			r, size := utf8.DecodeRune(text[i:])
			if r == '’' {
				r = '\''
			}
			next, _ := utf8.DecodeRune(text[i+size:])
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && (r != '\'' || !unicode.IsLetter(next)) {
				break
			}
			n += utf8.EncodeRune(out[n:], unicode.ToLower(r))
			i += size
		}
		w.to = n
		words = append(words, w)
		breaks = false
	}
	return words, out[:n]
}

// verdictWords say how a writer feels, or turn that round, not why: alone they are no driver.
const verdictWords = `amazing awesome awful bad beautiful best better crap disappointed disappointing disappointment
	don't doesn't didn't won't wouldn't isn't wasn't aren't can't couldn't haven't hasn't excellent fantastic favorite fine
	garbage glad good great happy hate hated horrible joke junk like liked likes love loved loves loving never nice no
	none nor not nothing ok okay perfect perfectly pleased poor recommend recommended satisfied sucks super terrible
	thank thanks too trash unfortunately useless waste wonderful worse worst worth wow zero highly totally absolutely
	extremely well buy bought purchase purchased money`

// stopWords begin and end no phrase.
const stopWords = `a about above after again against all also although always am an and another any
		anyone anything are around as at be became because been before being below between both but by came can come could
		did do does doing done down during each either else even ever every few for from further get gets getting give given
		go goes going gone got had has have having he he's her here here's hers herself him himself his how i i'd i'll i'm
		i've if in into is it it'd it'll it's its itself just know let let's like made make makes many may maybe me might
		mine more most much must my myself need now of off on once one ones only or other others our ours ourselves out
		over own per put quite rather really said same say see seem seems she she's should since so some someone something
		still such take than that that's the their theirs them themselves then there there's these they they'd they'll
		they're they've thing things think this those though through thus to two under until up upon us use used using very
		want was way we we'd we'll we're we've well went were what what's when where which while who whom whose why will
		with within would yes yet you you'd you'll you're you've your yours yourself yourselves quot amp br im ive id
		product item review star stars amazon`
