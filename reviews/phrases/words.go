package phrases

import (
	"encoding/binary"
	"iter"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"reviewlens/reviews/stem"
)

const maxWordBytes = 32 // bytes; longer ones are addresses and keyboard mashing

// MaxTextBytes is the number of bytes of a text that are searched for phrases.
const MaxTextBytes = 64 << 10

// Masks for eight bytes at a time: the lowest bit, the highest, and the others of each.
const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
	low7Bits = 0x7f7f7f7f7f7f7f7f
)

// word is a word of a text.
type word struct {
	hash   uint64 // in lower case
	stem   uint64 // the hash of its stem; phrases are made of these
	from   uint32 // in the text
	size   uint16 // in bytes; too small for a text of one huge word
	joined uint8  // 1 if a phrase may extend to it
	outer  uint8  // 1 if a phrase may begin and end with it
}

// splitter splits texts into words and is reusable.
type splitter struct {
	blocks  []block
	edges   []uint32 // starts and ends of words
	words   []word
	lowered []byte
}

// block classifies 64 bytes, one bit for each.
type block struct {
	word   uint64 // part of a word
	soft   uint64 // allowed between the words of a phrase
	odd    uint64 // an apostrophe or beyond ASCII: the neighbours decide
	broken uint64 // first bytes of words to which no phrase may extend
}

// split returns up to most words of a text, which are valid until the next call. Punctuation
// breaks phrases; so does the beginning of a text. The array of the text has 64 more bytes.
//
// It classifies 64 bytes at a time with bit masks, because branches at word ends are mispredicted.
func (s *splitter) split(text []byte, most int) []word {
	size := len(text)/64 + 1
	s.blocks = slices.Grow(s.blocks[:0], size)[:size]
	blocks, long := s.blocks, text[:cap(text)]
	odd := newBlocks(blocks, long)
	last, within := &blocks[size-1], uint64(1)<<(len(text)%64)-1
	last.word, last.odd = last.word&within, last.odd&within
	if odd != 0 {
		s.classifyOdd(text)
	}

	s.edges = slices.Grow(s.edges[:0], len(text)+1)[:len(text)+1]
	edges, n := s.edges, 0
	before, carry := uint64(0), uint64(1)
	for i := range blocks {
		b := &blocks[i]
		// The bits between two words, all set, plus those of them that break phrases, carry to the
		// start of the next word.
		b.broken, carry = bits.Add64(^b.word, ^(b.word | b.soft), carry)
		for e := b.word ^ (b.word<<1 | before); e != 0; e &= e - 1 {
			edges[n] = uint32(64*i + bits.TrailingZeros64(e))
			n++
		}
		before = b.word >> 63
	}

	n = min(n/2, most)
	s.words = slices.Grow(s.words[:0], n)[:n]
	for i := range s.words {
		w, from, end := &s.words[i], edges[2*i], edges[2*i+1]
		b, size := binary.LittleEndian.Uint64(long[from:]), int(end-from)
		w.from, w.size, w.joined = from, uint16(size), uint8(^blocks[from/64].broken>>(from%64)&1)
		if shift := (64 - 8*size) & 63; size <= 8 && b<<shift&highBits == 0 {
			w.hash = mix(seed ^ (b|spaces)<<shift)
		} else {
			w.hash, size = s.hash(text[from:end])
		}
		w.outer = outer(byte(b), size, w.hash)
		w.stem = w.hash
		if w.outer == 1 {
			if n := stem.Size(text[from:end]); n < int(w.size) {
				w.stem = hashWord(text[from:int(from)+n], spaces)
			}
		}
	}
	return s.words
}

// newBlocksPlain is newBlocks without instructions specific to a processor.
func newBlocksPlain(blocks []block, text []byte) (odd uint64) {
	for i := range blocks {
		blocks[i] = newBlock((*[64]byte)(text[64*i:]))
		odd |= blocks[i].odd
	}
	return odd
}

func newBlock(b *[64]byte) (to block) {
	for i := 0; i < 64; i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		low, small, ascii := w&low7Bits, (w|spaces)&low7Bits, ^w&highBits
		// Adding to the low seven bits sets the top one from a given byte value on.
		word := (low + lowBits*(0x80-'0')) ^ (low + lowBits*(0x7f-'9')) ^ (small +
			lowBits*(0x80-'a')) ^ (small + lowBits*(0x7f-'z'))
		soft := (highBits - (low ^ lowBits*' ')) | (highBits - (low ^ lowBits*'\t')) |
			(highBits - (low ^ lowBits*'-'))
		odd := w | (highBits - (low ^ lowBits*'\''))
		to.word = to.word>>8 | gather(word&ascii)
		to.soft = to.soft>>8 | gather(soft&ascii)
		to.odd = to.odd>>8 | gather(odd&highBits)
	}
	return to
}

// gather moves the top bits of eight bytes into the last byte.
func gather(b uint64) uint64 { return b * 0x2040810204081 &^ (1<<56 - 1) }

// classifyOdd classifies the odd bytes of a text.
func (s *splitter) classifyOdd(text []byte) {
	to := 0
	for i := range s.blocks {
		for odd := s.blocks[i].odd; odd != 0; odd &= odd - 1 {
			at := 64*i + bits.TrailingZeros64(odd)
			if at < to {
				continue
			}
			r, wide := utf8.DecodeRune(text[at:])
			to = at + wide
			next, _ := utf8.DecodeRune(text[to:])
			if unicode.IsLetter(r) || unicode.IsDigit(r) ||
				at > 0 && s.blocks[(at-1)/64].word>>((at-1)%64)&1 > 0 &&
					(unicode.IsMark(r) || (r == '\'' || r == '’') && unicode.IsLetter(next)) {
				for ; at < to; at++ {
					s.blocks[at/64].word |= 1 << (at % 64)
				}
			}
		}
	}
}

// hash hashes a word of any size and letters, and returns its size in lower case.
func (s *splitter) hash(word []byte) (uint64, int) {
	for _, c := range word {
		if c >= utf8.RuneSelf {
			s.lowered = slices.Grow(lower(s.lowered[:0], word), 8)
			return hashWord(s.lowered, 0), len(s.lowered)
		}
	}
	return hashWord(word, spaces), len(word)
}

// lower appends a word in lower case.
func lower(to, word []byte) []byte {
	for _, r := range string(word) {
		if r == '’' {
			r = '\''
		}
		to = utf8.AppendRune(to, unicode.ToLower(r))
	}
	return to
}

// outer returns 1 if a phrase may begin and end with a word of this size.
func outer(first byte, size int, hash uint64) uint8 {
	if first <= '9' || size < 2 || size > maxWordBytes {
		return 0
	}
	return 1 - stops.has(hash)
}

const spaces = lowBits * ' ' // lower-cases letters, and keeps digits and apostrophes

// Words, phrases and texts are identified by seeded 64-bit hashes. Words of up to eight bytes never
// collide.
var seed, factor = rand.Uint64(), rand.Uint64() | 1

// hashWord hashes a word, whose array has eight more bytes; set is ORed into each eight bytes
// first.
func hashWord(word []byte, set uint64) (h uint64) {
	b, n := word[:cap(word)], len(word)
	for h = seed; n > 8; b, n = b[8:], n-8 {
		h = mix(h ^ (binary.LittleEndian.Uint64(b) | set))
	}
	return mix(h ^ (binary.LittleEndian.Uint64(b)|set)<<(64-8*n))
}

func mix(h uint64) uint64 {
	h *= 0x9e3779b97f4a7c15
	h ^= h >> 32
	return h * 0xd6e8feb86659fd93
}

// follow returns the hash of a phrase extended by a word.
func follow(phrase, word uint64) uint64 { return phrase*factor + word }

// lexicon is a set of the hashes of some words, each in one of two places (cuckoo hashing, Pagh and
// Rodler 2001).
type lexicon struct {
	turn   int // rotation of a hash, to get other places if the words cannot all have one
	places [2][1 << 10]uint64
}

func newLexicon(words iter.Seq[string]) *lexicon {
next:
	for turn := 0; ; turn++ {
		l := &lexicon{turn: turn}
		for w := range words {
			h := hashWord(slices.Grow([]byte(w), 8), 0)
			for moves := 0; h != 0; moves++ { // the evicted hash moves to its other place
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

// has returns 1 if a word's hash is in the set. It is branch-free: a branch would be unpredictable.
func (l *lexicon) has(hash uint64) uint8 {
	at := l.at(hash)
	a, b := hash^l.places[0][at[0]], hash^l.places[1][at[1]]
	return 1 - uint8(((a|-a)&(b|-b))>>63)
}

var stops, verdicts = newLexicon(strings.FieldsSeq(stopWords)), newLexicon(stems(verdictWords))

// Explains reports whether a word by itself can state a reason: it is not a function word, a number
// or the name of a day or a month. Negations ("dont") invert a text, and can.
func Explains(word string) bool {
	small := lower(make([]byte, 0, len(word)+8), []byte(word))
	own := " " + string(small) + " "
	if len(small) == 0 || '0' <= small[0] && small[0] <= '9' {
		return false
	}
	return strings.Contains(bareDenials, own) ||
		stops.has(hashWord(small, 0)) == 0 && !strings.Contains(numberWords, own)
}

// numberWords lists number words that are not stopWords: a phrase may begin with them.
const numberWords = " six seven eight nine ten eleven twelve dozen twenty thirty forty fifty " +
	"hundred thousand third fourth fifth mon tue tues wed thu thurs fri jan feb mar apr jun jul " +
	"aug sept oct nov dec "

// bareDenials lists the negations among stopWords.
const bareDenials = " didnt dont "

// stems returns the stems of words, each once.
func stems(words string) iter.Seq[string] {
	return func(yield func(string) bool) {
		given := map[string]bool{}
		for w := range strings.FieldsSeq(words) {
			w = w[:stem.Size([]byte(w))]
			if !given[w] && !yield(w) {
				return
			}
			given[w] = true
		}
	}
}

// verdictWords express how a writer feels, invert that, or state what was done about it, not why:
// alone they are not a driver. This holds for all forms of a word.
const verdictWords = `amazing awesome awful bad beautiful best better crap disappointed disappointing
	disappointment don't doesn't didn't won't wouldn't isn't wasn't aren't can't couldn't haven't hasn't
	excellent fantastic favorite fine garbage glad good great happy hate hated horrible joke junk like
	liked likes love loved loves loving never nice no none nor not nothing ok okay perfect perfectly
	pleased poor recommend recommended satisfied sucks super terrible thank thanks too trash
	unfortunately useless waste wonderful worse worst worth wow zero highly totally absolutely
	extremely well buy bought purchase purchased money
	able arrive ask attempt believe decide end exchange expect fail feel felt find found fix frustrated
	gave happen hope impressed instead issue keep kept left look order owned problem receive refund
	regret replace return send sent simply solution solve sorry start stop stopped surprised think
	thought told tried trouble try wish wonder work wrong guess hopefully overall definitely literally
	honestly completely mean meant point said say suppose`

// stopWords neither begin nor end a phrase.
const stopWords = `a about above actually after again against ago all almost along already also although
	always am an and another any anymore anyone anything anyway are around as at away back basically be
	became because been before being below between both but by came can cannot come coming could day
	days did different do does doing done down during each either else enough especially even ever every
	everyone everything exactly far few finally first five for four from further get gets getting give
	given go goes going gone got gotten had half has have having he he's her here here's hers herself
	him himself his hour hours how however i i'd i'll i'm i've if in into is it it'd it'll it's its
	itself just kind know last later least less let let's literally little long lot lots made make makes
	making many may maybe me might mine minute minutes month months more most much must my myself nearly
	need next now of off often on once one ones only or other others our ours ourselves out over own
	people per person pretty probably put quite rather really right said same say second see seem seems
	several she she's should since so some someone something sometimes soon sort still such sure take
	than that that's the their theirs them themselves then there there's these they they'd they'll
	they're they've thing things this those though three through thus time times to today together two
	under unless until up upon us use used user using usually very want wanted was way we we'd we'll
	we're we've week weeks went were what what's when where whether which while who whole whom whose why
	will with within without would year years yes yesterday yet you you'd you'll you're you've your
	yours yourself yourselves monday tuesday wednesday thursday friday saturday sunday january february
	march april june july august september october november december quot amp br im ive id dont didnt
	product item review reviews star stars amazon`
