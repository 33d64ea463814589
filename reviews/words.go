package reviews

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	longestWord = 32 // bytes; longer ones are addresses and keyboard mashing
	longestText = 64 << 10
)

// word is one of a text.
type word struct {
	hash   uint64
	from   uint32 // in the lowered text; it ends a space before the next one
	joined uint8  // 1 if a phrase may go on to it
	outer  uint8  // 1 if a phrase may begin and end with it
}

// splitText appends the words of a text, and to lowered their letters in lower case with a space behind each word.
// Punctuation breaks phrases; so does the beginning of a text.
//
// It looks at eight bytes at a time, since the ends of words are what a processor cannot foretell.
func splitText(words []word, lowered, text []byte) ([]word, []byte) {
	k, n := len(words), len(lowered)
	words, lowered = slices.Grow(words, len(text)/2+3), slices.Grow(lowered, 2*len(text)+16) // no letter's lower case is twice as long, and eight bytes are written at a time
	all, out := words[:cap(words)], lowered[:cap(lowered)]
	joined := uint8(0)
	for i := 0; i < len(text); {
		b := eight(text, i)
		size := leading(b)
		next := byte(b >> (8 * size & 63)) // behind a word of less than eight letters
		if size == 0 {
			if next < utf8.RuneSelf {
				joined &= soft[next]
				i++
				continue
			}
			if r, wide := utf8.DecodeRune(text[i:]); !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				joined = 0
				i += wide
				continue
			}
		}
		from := n
		binary.LittleEndian.PutUint64(out[n:], b|spaces)
		n, i = n+size, i+size
		w := word{from: uint32(from), joined: joined}
		if size < 8 && next < utf8.RuneSelf && next != '\'' {
			w.hash = mix(seed ^ (b|spaces)<<(64-8*size&63))
		} else {
			n, i = wordEnd(out, text, n, i)
			w.hash = hashWord(out[from:], n-from)
			next = 0
			if i < len(text) {
				next = text[i]
			}
		}
		w.outer = outer(out[from], n-from, w.hash)
		all[k] = w
		k++
		out[n] = ' '
		n++
		joined = 1
		if next == ' ' {
			i++
		}
	}
	return all[:k], out[:n]
}

// wordEnd goes on where a word has more than seven letters of ASCII in a row.
func wordEnd(out, text []byte, n, i int) (int, int) {
	for {
		b := eight(text, i)
		size := leading(b)
		binary.LittleEndian.PutUint64(out[n:], b|spaces)
		n, i = n+size, i+size
		if size == 8 {
			continue
		}
		if c := byte(b >> (8 * size)); c < utf8.RuneSelf && c != '\'' {
			return n, i
		}
		r, wide := utf8.DecodeRune(text[i:])
		if r == '’' {
			r = '\''
		}
		next, _ := utf8.DecodeRune(text[i+wide:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && (r != '\'' || !unicode.IsLetter(next)) {
			return n, i
		}
		n += utf8.EncodeRune(out[n:], unicode.ToLower(r))
		i += wide
	}
}

// soft is 1 for what may stand between the words of a phrase.
var soft = [utf8.RuneSelf]uint8{' ': 1, '\t': 1, '-': 1}

// outer is 1 if a phrase may begin and end with a word of so many bytes.
func outer(first byte, size int, hash uint64) uint8 {
	if size < 2 || size > longestWord || first <= '9' {
		return 0
	}
	return 1 - stops.has(hash)
}

const spaces = ones * ' ' // makes letters small, and leaves digits

// eight is the bytes from i on, 0 beyond the end.
func eight(b []byte, i int) (w uint64) {
	if i+8 <= len(b) {
		return binary.LittleEndian.Uint64(b[i:])
	}
	for j := len(b) - 1; j >= i; j-- {
		w = w<<8 | uint64(b[j])
	}
	return w
}

// leading is how many of eight bytes from the first on are letters and digits of ASCII. Adding to seven bits sets the top
// one from some byte on.
func leading(b uint64) int {
	digit, letter := b&lows, (b|spaces)&lows
	is := (digit+ones*(0x80-'0'))&^(digit+ones*(0x7f-'9')) | (letter+ones*(0x80-'a'))&^(letter+ones*(0x7f-'z'))
	return bits.TrailingZeros64((^is|b)&highs) >> 3
}

// Words, phrases and texts are told apart by 64 bits of hashes that nobody can foretell. Words of up to eight bytes never have
// the same.
var seed, factor = rand.Uint64(), rand.Uint64() | 1

// hashWord hashes the first n bytes of b, which has eight more.
func hashWord(b []byte, n int) (h uint64) {
	for h = seed; n > 8; b, n = b[8:], n-8 {
		h = mix(h ^ binary.LittleEndian.Uint64(b))
	}
	return mix(h ^ binary.LittleEndian.Uint64(b)<<(64-8*n))
}

func mix(h uint64) uint64 {
	h *= 0x9e3779b97f4a7c15
	h ^= h >> 32
	return h * 0xd6e8feb86659fd93
}

// follow is the hash of a phrase that goes on with a word.
func follow(phrase, word uint64) uint64 { return phrase*factor + word }

// lexicon holds the hashes of some words, each in one of two places (cuckoo hashing, Pagh and Rodler 2001).
type lexicon struct {
	turn   int // of a hash, to get other places where the words cannot all have one
	places [2][1 << 10]uint64
}

func newLexicon(words string) *lexicon {
next:
	for turn := 0; ; turn++ {
		l := &lexicon{turn: turn}
		for w := range strings.FieldsSeq(words) {
			h := hashWord(append([]byte(w), make([]byte, 8)...), len(w))
			for moves := 0; h != 0; moves++ { // who had the place goes to its other one
				if moves == 100 {
					continue next
				}
				place := &l.places[moves%2][l.at(h)[moves%2]]
				h, *place = *place, h
			}
		}
		return l
	}
}

func (l *lexicon) at(hash uint64) [2]uint64 {
	hash = bits.RotateLeft64(hash, l.turn)
	return [2]uint64{hash >> 54, hash >> 44 % (1 << 10)}
}

// has is 1 if the word with a hash is there. It has no branch, since nobody could foretell it.
func (l *lexicon) has(hash uint64) uint8 {
	at := l.at(hash)
	a, b := hash^l.places[0][at[0]], hash^l.places[1][at[1]]
	return 1 - uint8(((a|-a)&(b|-b))>>63)
}

var stops, verdicts = newLexicon(stopWords), newLexicon(verdictWords)

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
