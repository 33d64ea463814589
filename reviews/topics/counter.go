package topics

import (
	"math/bits"
	"strings"
	"unicode/utf8"

	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
)

// Text is a review whose mentions are counted.
type Text struct {
	Fingerprint uint64 // equal for equal texts
	Row         int    // in the file, from 0
	Sentiment   reviews.Sentiment
	Day         reviews.Day // 0 for none
	Product     int         // its number from 1; 0 for none
}

// Limits of a Counter.
const (
	roomTexts    = 1 << 20
	roomMentions = 1 << 22
	roomTerms    = 32 << 20 // bytes, counting each term as termCost more than its size
	termCost     = 48
	maxMentions  = 64 // per text; the first ones count
	maxTermBytes = 64 // bytes
	maxLevels    = 40 // of sampling
	maxTextBytes = 1<<31 - 1
)

// room is the capacity of a counter.
type room struct{ texts, mentions, terms int }

// Counter counts mentions in reviews. The zero value is empty. It is not safe for concurrent use.
type Counter struct {
	texts    []text
	mentions []mention // those of a text are consecutive
	dead     int       // number of mentions of no text
	forms    []form
	bytes    int               // size of forms, with termCost
	numbers  map[string]uint32 // by form.key
	slots    []uint32          // open addressing by fingerprint: index into texts plus one
	level    int               // texts below it are dropped
	limits   room              // zero for the constants
	found    []seen            // topics of the current text
}

// text is a review that is kept.
type text struct {
	fingerprint uint64
	row, first  uint32 // first: index of its first mention
	day         reviews.Day
	product     uint16
	mentions    uint8
	sentiment   reviews.Sentiment
}

// mention is a mention in a text.
type mention struct {
	form, start uint32
	size        uint16 // in bytes
	polarity    aspects.Polarity
	context     aspects.Context
}

// form is a term as written, and the aspect that it implies.
type form struct{ term, aspect string }

// key returns the key of a form, which is the term if it is named.
func (f form) key() string {
	if f.aspect == "" {
		return f.term
	}
	return f.aspect + "\x00" + f.term
}

func (f form) cost() int { return len(f.term) + len(f.aspect) + termCost }

// Add counts a review with its mentions, none for one that was read and has none. It ignores a
// review without a sentiment; one that the model cannot read should not be added. Invalid mentions
// (no term, bytes out of order) are ignored, and so are those beyond the first 64.
func (c *Counter) Add(t Text, mentions []aspects.Mention) {
	if t.Sentiment == reviews.None || levelOf(t.Fingerprint) < c.level {
		return
	}
	in := text{fingerprint: t.Fingerprint, row: uint32(max(t.Row, 0)), day: t.Day,
		product: uint16(t.Product), sentiment: t.Sentiment}
	at, known := c.place(in)
	if !known {
		return
	}
	var found [maxMentions]mention
	n := 0
	for i := range mentions {
		m := &mentions[i]
		if n == maxMentions {
			break
		}
		term := trimTerm(m.Term)
		if term == "" || m.Start < 0 || m.End <= m.Start || m.End > maxTextBytes ||
			m.Polarity > aspects.Neutral || len(m.Aspect) > maxTermBytes {
			continue
		}
		found[n] = mention{form: c.number(form{term, m.Aspect}), start: uint32(m.Start),
			size: uint16(min(m.End-m.Start, 1<<16-1)), polarity: m.Polarity, context: m.Context}
		n++
	}
	c.keep(at, found[:n])
}

// trimTerm returns a term without surrounding punctuation, cut to maxTermBytes.
func trimTerm(term string) string {
	if len(term) > maxTermBytes {
		n := maxTermBytes
		for n > 0 && !utf8.RuneStart(term[n]) {
			n--
		}
		term = term[:n]
	}
	from, to := 0, len(term)
	for from < to && isAround(term[from]) {
		from++
	}
	for from < to && isAround(term[to-1]) {
		to--
	}
	return term[from:to]
}

// isAround reports whether a byte may surround a term without being part of it.
func isAround(b byte) bool {
	switch b {
	case ' ', '\t', '\r', '\n', '.', ',', ';', ':', '!', '?', '"', '\'', '(', ')', '[', ']', '*',
		'-':
		return true
	}
	return false
}

// place finds or creates the place of a text. It returns false if the text exists and is kept.
func (c *Counter) place(t text) (at int, ok bool) {
	t.first, t.mentions = 0, 0
	if 2*(len(c.texts)+1) > len(c.slots) {
		c.index(max(1<<10, 2*len(c.slots)))
	}
	slot := c.slot(t.fingerprint)
	if n := c.slots[slot]; n > 0 {
		old := &c.texts[n-1]
		if t.row >= old.row {
			return 0, false
		}
		c.dead += int(old.mentions)
		*old = t
		return int(n - 1), true
	}
	c.texts = append(c.texts, t)
	c.slots[slot] = uint32(len(c.texts))
	return len(c.texts) - 1, true
}

// keep stores a text's mentions and enforces the limits.
func (c *Counter) keep(at int, found []mention) {
	t := &c.texts[at]
	t.first, t.mentions = uint32(len(c.mentions)), uint8(len(found))
	c.mentions = append(c.mentions, found...)
	if c.full() {
		c.makeRoom()
	}
}

// full reports whether a limit is exceeded, or so many mentions are dead that they waste memory.
func (c *Counter) full() bool {
	r := c.room()
	return len(c.texts) > r.texts || len(c.mentions) > r.mentions || c.bytes > r.terms ||
		c.dead > 1024 && 2*c.dead > len(c.mentions)
}

func (c *Counter) room() room {
	if c.limits == (room{}) {
		return room{roomTexts, roomMentions, roomTerms}
	}
	return c.limits
}

// makeRoom drops dead mentions, then texts of one level after another, until the rest fits.
func (c *Counter) makeRoom() {
	for c.compact(); c.full() && c.level < maxLevels; c.compact() {
		c.level++
	}
}

// compact drops texts below the level, the mentions of no text and the forms of no mention.
func (c *Counter) compact() {
	texts, mentions, forms := c.texts, c.mentions, c.forms
	kept := 0
	for _, t := range texts {
		if levelOf(t.fingerprint) >= c.level {
			texts[kept] = t
			kept++
		}
	}
	c.texts = texts[:kept]
	live := 0
	for _, t := range c.texts {
		live += int(t.mentions)
	}
	c.mentions = make([]mention, 0, live+live/8)
	c.forms, c.numbers, c.bytes, c.dead = nil, nil, 0, 0
	numbers := make([]uint32, len(forms)) // new number of each form, plus one
	for i := range c.texts {
		t := &c.texts[i]
		first := uint32(len(c.mentions))
		for _, m := range mentions[t.first:][:t.mentions] {
			if numbers[m.form] == 0 {
				numbers[m.form] = c.number(forms[m.form]) + 1
			}
			m.form = numbers[m.form] - 1
			c.mentions = append(c.mentions, m)
		}
		t.first = first
	}
	c.index(len(c.slots))
}

// number returns the number of a form, and adds the form if it is new.
func (c *Counter) number(f form) uint32 {
	if n, ok := c.numbers[f.key()]; ok {
		return n
	}
	if c.numbers == nil {
		c.numbers = map[string]uint32{}
	}
	f = form{strings.Clone(f.term), strings.Clone(f.aspect)} // do not retain their text
	n := uint32(len(c.forms))
	c.forms = append(c.forms, f)
	c.numbers[f.key()] = n
	c.bytes += f.cost()
	return n
}

// Merge adds the contents of o, which is not changed.
func (c *Counter) Merge(o *Counter) {
	if o.level > c.level {
		c.level = o.level
		c.compact()
	}
	numbers := make([]uint32, len(o.forms)) // number of each form in c, plus one
	var found [maxMentions]mention
	for _, t := range o.texts {
		if levelOf(t.fingerprint) < c.level {
			continue
		}
		mentions := o.of(t)
		at, known := c.place(t)
		if !known {
			continue
		}
		for i, m := range mentions {
			f := o.forms[m.form]
			if n := numbers[m.form]; n == 0 || int(n) > len(c.forms) || c.forms[n-1] != f {
				numbers[m.form] = c.number(f) + 1 // new, or renumbered meanwhile
			}
			m.form = numbers[m.form] - 1
			found[i] = m
		}
		c.keep(at, found[:len(mentions)])
	}
}

// index builds slots for all texts.
func (c *Counter) index(size int) {
	c.slots = make([]uint32, size)
	for i, t := range c.texts {
		c.slots[c.slot(t.fingerprint)] = uint32(i + 1)
	}
}

// slot returns the slot of a fingerprint, or the one to place it in.
func (c *Counter) slot(fingerprint uint64) int {
	mask := len(c.slots) - 1
	i := int(mix(fingerprint)>>32) & mask
	for ; c.slots[i] > 0 && c.texts[c.slots[i]-1].fingerprint != fingerprint; i = (i + 1) & mask {
	}
	return i
}

// mix spreads the bits of a fingerprint (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// levelOf returns the highest level at which a text is kept.
func levelOf(fingerprint uint64) int {
	return min(bits.TrailingZeros64(mix(fingerprint)), maxLevels)
}
