package phrases

import (
	"math/bits"
	"slices"
)

// phrase holds the counts of one phrase.
type phrase struct {
	hash   uint64
	counts [2]int32 // negative, positive
	last   uint32   // last text that counted it
	named  uint32   // 0 until it is in minReviews texts
}

// examples holds the first rows that have a phrase, in order, and how many may have been missed
// before.
type examples struct {
	rows   [2][exampleRows]int32
	missed int32
}

// add records a row, of whose side there are n so far. Rows may be added in any order.
func (e *examples) add(side, n int, row int32) {
	rows := &e.rows[side]
	if n >= exampleRows {
		if row > rows[exampleRows-1] {
			return
		}
		n = exampleRows - 1
	}
	for ; n > 0 && rows[n-1] > row; n-- {
		rows[n] = rows[n-1]
	}
	rows[n] = row
}

// name is a phrase as it is displayed. An idle one consists of verdicts and negations only: it
// names no cause.
type name struct {
	text    string
	noCause bool
}

// sighting is a phrase in a text.
type sighting struct {
	hash uint64
	text uint32 // index into the pending batch
	// its position in the buffered bytes, with its number of words in the last two bits
	at uint32
}

// once is a phrase that is in one text so far. Most phrases never occur in another.
type once struct {
	hash uint64
	row  int32
	text uint32 // doubled, plus its side; 0 for a phrase found in another since
}

// shard holds the phrases whose hashes share a prefix. Shards are small enough to stay in a
// processor's cache while many texts are counted; random lookups in one table of all phrases would
// not.
type shard struct {
	once    []once
	phrases []phrase   // in several texts, from 1
	shown   []examples // for each of them
	size    int        // number of all phrases
	// open addressing by the hash bits after those of the part: some of the hash's last bits, then
	// a number, or 0
	slots   []uint32
	names   []name   // from 1
	words   splitter // for names
	fetched uint32   // keeps the compiler from eliminating the loop
	missed  int      // maximum number of texts of a phrase that are not counted
	last    uint32   // last text that was counted
}

const (
	parts     = 1 << partBits
	partBits  = 8
	firstOnce = 1 << 15 // the number of the first phrase in one text
)

func newShard() shard {
	return shard{phrases: make([]phrase, 1), shown: make([]examples, 1), slots: make([]uint32, 128),
		names: make([]name, 1)}
}

// opened returns the counts of a phrase in one text. None of these existed when others were
// forgotten.
func (p *shard) opened(o once) (q phrase, e examples) {
	side := o.text & 1
	q.hash, q.last, q.counts[side] = o.hash, o.text>>1, 1
	e.rows[side][0], e.missed = o.row, int32(p.missed)
	return q, e
}

// known is everything known about a phrase.
type known struct {
	*phrase
	*examples
	name
}

func (p *shard) known(n int) known {
	if n >= firstOnce {
		q, e := p.opened(p.once[n-firstOnce])
		return known{phrase: &q, examples: &e}
	}
	return known{&p.phrases[n], &p.shown[n], p.names[p.phrases[n].named]}
}

// first returns the first slot for a hash.
func (p *shard) first(hash uint64) int {
	return int(hash << partBits >> (64 - bits.Len(uint(len(p.slots)-1))&63))
}

// find returns the number of a phrase, 0 if it has none, and its slot or the one to place it in.
func (p *shard) find(hash uint64) (number uint32, slot int) {
	for slot = p.first(hash); ; slot = (slot + 1) & (len(p.slots) - 1) {
		s := p.slots[slot]
		if s == 0 {
			return 0, slot
		}
		if n := s & 0xffff; s>>16 == uint32(hash)&0xffff && p.hash(n) == hash {
			return n, slot
		}
	}
}

func (p *shard) hash(n uint32) uint64 {
	if n >= firstOnce {
		return p.once[n-firstOnce].hash
	}
	return p.phrases[n].hash
}

// index assigns a slot to every phrase.
func (p *shard) index() {
	if 4*p.size > 3*len(p.slots) {
		p.slots = make([]uint32, 4*len(p.slots))
	} else {
		clear(p.slots)
	}
	for n := range p.phrases[1:] {
		p.place(p.phrases[n+1].hash, uint32(n+1))
	}
	for n, o := range p.once {
		if o.text > 0 {
			p.place(o.hash, uint32(n+firstOnce))
		}
	}
}

func (p *shard) place(hash uint64, n uint32) {
	_, slot := p.find(hash)
	p.slots[slot] = uint32(hash)<<16 | n
}

// fetch touches each cache line of the shard sequentially, so that the hardware prefetcher loads it
// before the random lookups.
func (p *shard) fetch() {
	sum := uint32(0)
	for i := 0; i < len(p.slots); i += 16 {
		sum += p.slots[i]
	}
	for i := 0; i < len(p.phrases); i += 2 {
		sum += p.phrases[i].last
	}
	p.fetched = sum
}

// count counts its phrases that were seen in the buffered texts, which follow before others.
func (p *shard) count(seen []sighting, b []byte, texts []text, before uint32, room int) {
	if len(seen) > len(p.slots)/16 {
		p.fetch()
	}
	for i := range seen {
		s := &seen[i]
		t := &texts[s.text]
		if t.side < 0 {
			continue
		}
		number := before + s.text + 1
		if p.size > room && number != p.last {
			p.forget(room)
		}
		p.last = number
		n, slot := p.find(s.hash)
		if n == 0 {
			n = uint32(firstOnce + len(p.once))
			p.once = append(p.once, once{s.hash, t.row, number<<1 | uint32(t.side)})
			p.slots[slot] = uint32(s.hash)<<16 | n
			if p.size++; 4*p.size > 3*len(p.slots) {
				p.index()
			}
			continue
		}
		if n >= firstOnce {
			o := &p.once[n-firstOnce]
			if o.text>>1 == number {
				continue
			}
			q, e := p.opened(*o)
			o.text = 0
			n = uint32(len(p.phrases))
			p.phrases, p.shown = append(p.phrases, q), append(p.shown, e)
			p.slots[slot] = uint32(s.hash)<<16 | n
		}
		q := &p.phrases[n]
		if q.last == number {
			continue
		}
		q.last = number
		p.shown[n].add(int(t.side), int(q.counts[t.side]), t.row)
		q.counts[t.side]++
		if q.counts[0]+q.counts[1] == minReviews {
			q.named = uint32(len(p.names))
			p.names = append(p.names, s.name(&p.words, b[s.at>>2:t.end]))
		}
	}
}

// forget drops the rarest phrases until a quarter of the room is free, if it is exceeded.
func (p *shard) forget(room int) {
	if p.size <= room {
		return
	}
	names := make([]name, 1, len(p.names))
	for p.size > room*3/4 {
		p.missed++
		kept := 1
		for n := 1; n < len(p.phrases); n++ {
			if q := &p.phrases[n]; int(q.counts[0]+q.counts[1]+p.shown[n].missed) > p.missed {
				p.phrases[kept], p.shown[kept] = *q, p.shown[n]
				kept++
			}
		}
		p.once, p.phrases, p.shown, p.size = p.once[:0], p.phrases[:kept], p.shown[:kept], kept-1
	}
	for i := range p.phrases {
		if q := &p.phrases[i]; q.named > 0 {
			names = append(names, p.names[q.named])
			q.named = uint32(len(names) - 1)
		}
	}
	p.names = names
	p.index()
}

// reading holds the phrases of some of the buffered texts.
type reading struct {
	splitter
	found []sighting        // in the current text
	seen  [parts][]sighting // phrases by part
}

// read reads texts[from:to], which are consecutive in b.
func (r *reading) read(b []byte, texts []text, from, to int) {
	for i := range r.seen {
		r.seen[i] = r.seen[i][:0]
	}
	for i := from; i < to; i++ {
		begin := int32(0)
		if i > 0 {
			begin = texts[i-1].end
		}
		words := r.split(b[begin:texts[i].end], MaxTextBytes)
		if len(words) == 0 {
			continue
		}
		var hash uint64
		for i := range words {
			words[i].from += uint32(begin)
			hash = follow(hash, words[i].hash)
		}
		texts[i].hash = hash | 1
		for _, s := range r.find(uint32(i)) {
			seen := &r.seen[s.hash>>(64-partBits)]
			*seen = append(*seen, s)
		}
	}
}

// find returns the phrases of the current text.
func (r *reading) find(text uint32) []sighting {
	words := append(r.words, word{}, word{}) // no phrase extends to these
	most := 3 * len(r.words)
	r.found = slices.Grow(r.found[:0], most)
	found, n := r.found[:most], 0
	for i := range r.words { // branch-free: the branches are unpredictable
		a, b, c := &words[i], &words[i+1], &words[i+2]
		s := sighting{hash: a.stem, text: text, at: a.from<<2 + 1}
		found[n] = s
		n += int(a.outer)
		s.hash, s.at = follow(s.hash, b.stem), s.at+1
		found[n] = s
		n += int(a.outer & b.joined & b.outer)
		s.hash, s.at = follow(s.hash, c.stem), s.at+1
		found[n] = s
		n += int(a.outer & b.joined & c.joined & c.outer)
	}
	return found[:n]
}

// name returns the name of the phrase that the text begins with.
func (s *sighting) name(words *splitter, text []byte) name {
	n := name{noCause: true}
	size := int(s.at & 3)
	found := words.split(text[:min(len(text), 64)], size+1)
	if len(found) <= size { // the last may be incomplete
		found = words.split(text, size)
	}
	b := words.lowered[:0]
	for i, w := range found[:size] {
		if i > 0 {
			b = append(b, ' ')
		}
		b = lower(b, text[w.from:][:w.size])
		n.noCause = n.noCause && w.outer <= verdicts.has(w.stem)
	}
	n.text, words.lowered = string(b), b
	return n
}
