package reviews

import (
	"cmp"
	"hash/maphash"
	"math"
	"slices"
	"strings"
)

// Drivers counts phrases of one to three words as scored rows come, in any order, and tells which of them
// people praise and complain with. Equal texts have one vote. It holds at most maxPhrases phrases: beyond
// that it forgets rare ones by lossy counting (Manku and Motwani 2002), so counts may be low by Missed at most.
type Drivers struct {
	Missed int // how many reviews of a phrase may be uncounted

	room       int // for phrases
	seed       maphash.Seed
	texts      map[uint64]struct{} // counted; nil where the caller sees to it that no equal ones are
	vocabulary *vocabulary
	phrases    phrases
	at         table
	factors    [3]uint64 // of a phrase's hash
	reviews    [2]int    // distinct texts by side
	distinct   int32     // number of the text at hand, from 1

	words   []word // of the text at hand
	lowered []byte // their letters
	found   []found
}

// Driver is a phrase that reviews of one sentiment use more than those of the other, beyond chance.
type Driver struct {
	Phrase    string
	Sentiment Sentiment // Positive or Negative: where it is at home
	Reviews   int       // distinct texts that have it
	Share     Interval  // of these, those of its sentiment
	Z         float64   // log-odds with an informative Dirichlet prior, in standard errors, above 0
	Rows      []int     // up to three of its sentiment that have it
}

const (
	maxPhrases   = 1 << 20
	minReviews   = 5
	discoveries  = 0.05 // false discovery rate of the drivers named
	priorReviews = 20.0 // weight of the prior
	nested       = 0.6  // a longer phrase stands for a shorter one if it has this share of its reviews
	exampleRows  = 3
)

// found is a phrase of the text at hand.
type found struct {
	words gram
	hash  uint32
	slot  uint64 // where to look first
	last  int32  // what its phrase had if that is the one
}

// NewDrivers makes an empty count.
func NewDrivers() *Drivers {
	d := &Drivers{room: maxPhrases, seed: maphash.MakeSeed(), texts: map[uint64]struct{}{}, at: newTable(), factors: factors()}
	d.vocabulary = newVocabulary(d.seed)
	d.phrases.add(phrase{})
	return d
}

// Add counts a scored row's text: only positive and negative rows vote.
func (d *Drivers) Add(row int, text []byte, s Sentiment) {
	if s != Positive && s != Negative {
		return
	}
	side := 0
	if s == Positive {
		side = 1
	}
	d.vote(row, text, side)
}

// vote counts a text on one of two sides, if it has words and no equal text was counted.
func (d *Drivers) vote(row int, text []byte, side int) bool {
	d.words, d.lowered = splitText(d.words, d.lowered, text[:min(len(text), longestText)])
	if len(d.words) == 0 {
		return false
	}
	if d.texts != nil {
		print := maphash.Bytes(d.seed, d.lowered)
		if _, ok := d.texts[print]; ok {
			return false
		}
		d.texts[print] = struct{}{}
	}
	d.distinct++
	d.reviews[side]++
	d.number()
	d.find()
	for i := range d.found {
		d.count(row, side, &d.found[i])
	}
	if d.phrases.size() > d.room {
		d.forget()
	}
	return true
}

// number looks up the words of the text at hand. It and find go over the text several times, so that the processor waits
// for many places of large tables at once.
func (d *Drivers) number() {
	v := d.vocabulary
	for i := range d.words {
		w := &d.words[i]
		b := d.lowered[w.from:w.to]
		w.head = head(b)
		w.hash = v.hash(b, w.head)
		w.slot = v.at.slots[v.at.first(w.hash)]
	}
	for i := range d.words {
		w := &d.words[i]
		b := d.lowered[w.from:w.to]
		w.number = v.find(b, w.head, w.hash, w.slot)
		if w.number == 0 {
			if w.stop = barred(b); w.stop { // there are many of these, and few inside a phrase
				continue
			}
			w.number = v.add(b)
		}
		w.stop = v.words[w.number].stop
	}
}

// find lists the phrases of the text at hand.
func (d *Drivers) find() {
	d.found = d.found[:0]
	words := d.words
	for i := range words {
		first := &words[i]
		if first.stop {
			continue
		}
		d.found = append(d.found, found{words: gram{first.number}, slot: uint64(d.vocabulary.words[first.number].phrase)})
		if i+1 == len(words) || words[i+1].breaks {
			continue
		}
		second := &words[i+1]
		if !second.stop {
			d.want(gram{first.number, second.number})
		}
		if i+2 == len(words) || words[i+2].breaks || words[i+2].stop {
			continue
		}
		if second.number == 0 {
			second.number = d.vocabulary.add(d.lowered[second.from:second.to])
		}
		d.want(gram{first.number, second.number, words[i+2].number})
	}
	for i := range d.found {
		f := &d.found[i]
		f.last = d.phrases.at(uint32(f.slot)).last
	}
}

func (d *Drivers) want(g gram) {
	hash := d.hash(g)
	d.found = append(d.found, found{words: g, hash: hash, slot: d.at.slots[d.at.first(hash)]})
}

func (d *Drivers) hash(g gram) uint32 { return universal(d.factors, g[0], g[1], g[2]) }

func (d *Drivers) count(row, side int, f *found) {
	p := d.phrase(f)
	if p.last == d.distinct {
		return
	}
	p.last = d.distinct
	if n := p.counts[side]; n < exampleRows {
		p.rows[side][n] = int32(row)
	}
	p.counts[side]++
}

// phrase is what is known of a phrase, nothing if it is new.
func (d *Drivers) phrase(f *found) *phrase {
	n := uint32(d.phrases.n)
	if f.words[1] == 0 {
		w := &d.vocabulary.words[f.words[0]]
		if w.phrase != 0 {
			return d.phrases.at(w.phrase)
		}
		w.phrase = n
	} else {
		for i := d.at.first(f.hash); ; i = d.at.next(i) {
			slot := d.at.slots[i]
			if slot == 0 {
				break
			}
			if p := d.phrases.at(uint32(slot)); uint32(slot>>32) == f.hash && p.words == f.words {
				return p
			}
		}
		d.at.put(f.hash, n)
	}
	return d.phrases.at(d.phrases.add(phrase{words: f.words, missed: int32(d.Missed)}))
}

// forget drops the rarest phrases until a quarter of the room is free.
func (d *Drivers) forget() {
	for d.phrases.size() > d.room*3/4 {
		d.Missed++
		d.phrases.drop(func(p *phrase) bool { return int(p.counts[0]+p.counts[1]+p.missed) > d.Missed })
	}
	v, numbers := d.vocabulary, make([]uint32, len(d.vocabulary.words))
	for _, p := range d.phrases.all() {
		for _, n := range p.words {
			numbers[n] = 1
		}
	}
	v.keep(numbers)
	d.at.clear()
	for i, p := range d.phrases.all() {
		for j, n := range p.words {
			p.words[j] = numbers[n]
		}
		if p.words[1] == 0 {
			v.words[p.words[0]].phrase = i
		} else {
			d.at.put(d.hash(p.words), i)
		}
	}
}

// text is the phrase as it is read; idle says that it is made of verdicts and negations alone: it names no cause.
func (d *Drivers) text(g gram) (text string, idle bool) {
	idle = true
	for _, n := range g {
		if n == 0 {
			break
		}
		w := &d.vocabulary.words[n]
		if text != "" {
			text += " "
		}
		text += w.text
		idle = idle && (w.stop || w.verdict)
	}
	return text, idle
}

// Top names up to limit drivers of each sentiment, the surest first. A phrase is one if Fisher's exact test
// says so at a false discovery rate of 5% (Benjamini and Hochberg 1995) among all phrases of at least five
// reviews; nested ones are merged. They are ordered by the log-odds of the two sentiments with an
// informative Dirichlet prior, in standard errors (Monroe, Colaresi and Quinn 2008).
func (d *Drivers) Top(limit int) []Driver { return d.top(limit, discoveries) }

// top is Top at another false discovery rate.
func (d *Drivers) top(limit int, rate float64) []Driver {
	n := [2]float64{float64(d.reviews[0]), float64(d.reviews[1])}
	if n[0] == 0 || n[1] == 0 {
		return nil
	}
	type candidate struct {
		*phrase
		text string
		z    float64 // above 0: positive
		p    float64
		side int
	}
	var found []candidate
	for _, p := range d.phrases.all() {
		total := float64(p.counts[0] + p.counts[1])
		if total < minReviews {
			continue
		}
		text, idle := d.text(p.words)
		if idle {
			continue
		}
		share := total / (n[0] + n[1])
		var odds, variance [2]float64
		for side := range 2 {
			have := float64(p.counts[side]) + priorReviews*share
			lack := n[side] - float64(p.counts[side]) + priorReviews*(1-share)
			odds[side] = math.Log(have / max(lack, 1e-9))
			variance[side] = 1/have + 1/max(lack, 1e-9)
		}
		z := (odds[1] - odds[0]) / math.Sqrt(variance[0]+variance[1])
		c := candidate{phrase: p, text: text, z: z}
		if z > 0 {
			c.side = 1
		}
		c.p = chance(int(p.counts[c.side]), int(total), d.reviews[c.side], d.reviews[0]+d.reviews[1])
		found = append(found, c)
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.p, b.p), -cmp.Compare(math.Abs(a.z), math.Abs(b.z)), cmp.Compare(a.text, b.text))
	})
	keep := 0
	for i, c := range found {
		if c.p <= rate*float64(i+1)/float64(len(found)) {
			keep = i + 1
		}
	}
	found = found[:keep]
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(math.Abs(b.z), math.Abs(a.z)) })

	var out []Driver
	var taken [2][]candidate
	for _, c := range found {
		if len(taken[c.side]) == limit || slices.ContainsFunc(taken[c.side], func(t candidate) bool { return within(t.text, c.text) || within(c.text, t.text) }) {
			continue
		}
		for _, longer := range found { // the longest that has nearly all of its reviews says more
			if longer.side == c.side && len(longer.text) > len(c.text) && within(c.text, longer.text) &&
				float64(longer.counts[c.side]) >= nested*float64(c.counts[c.side]) {
				c = longer
			}
		}
		taken[c.side] = append(taken[c.side], c)
	}
	for side, s := range []Sentiment{Negative, Positive} {
		for _, c := range taken[side] {
			driver := Driver{Phrase: c.text, Sentiment: s, Reviews: int(c.counts[0] + c.counts[1]), Z: math.Abs(c.z)}
			driver.Share = Wilson(int(c.counts[side]), driver.Reviews)
			for i := range min(int(c.counts[side]), exampleRows) {
				driver.Rows = append(driver.Rows, int(c.rows[side][i]))
			}
			out = append(out, driver)
		}
	}
	return out
}

// chance is the probability, two-sided, that of n reviews drawn from all, of which side are of one
// sentiment, at least k are: Fisher's exact test, and for phrases of many reviews the G-test, which meets it there.
func chance(k, n, side, all int) float64 {
	if n > 200 {
		g := 0.0
		for _, cell := range [4][3]int{{k, n, side}, {n - k, n, all - side}, {side - k, all - n, side}, {all - side - n + k, all - n, all - side}} {
			if cell[0] > 0 {
				g += 2 * float64(cell[0]) * math.Log(float64(cell[0])/float64(cell[1])*float64(all)/float64(cell[2]))
			}
		}
		return math.Erfc(math.Sqrt(max(g, 0) / 2))
	}
	choose := func(n, k int) float64 { // log
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(k + 1))
		c, _ := math.Lgamma(float64(n - k + 1))
		return a - b - c
	}
	term := math.Exp(choose(side, k) + choose(all-side, n-k) - choose(all, n))
	sum := 0.0
	for ; k <= min(n, side); k++ {
		sum += term
		term *= float64(side-k) * float64(n-k) / (float64(k+1) * float64(all-side-n+k+1))
	}
	return min(1, 2*sum)
}

// within reports whether the words of short stand side by side in long.
func within(short, long string) bool {
	return len(short) <= len(long) && strings.Contains(" "+long+" ", " "+short+" ")
}
