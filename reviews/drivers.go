package reviews

import (
	"cmp"
	"hash/maphash"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Drivers counts phrases of one to three words as scored rows come, in any order, and tells which of them
// people praise and complain with. Equal texts have one vote. It holds at most maxPhrases phrases: beyond
// that it forgets rare ones by lossy counting (Manku and Motwani 2002), so counts may be low by Missed at most.
type Drivers struct {
	Missed int // how many reviews of a phrase may be uncounted

	seed     maphash.Seed
	texts    map[uint64]struct{}
	at       map[uint64]int32
	phrases  []phrase
	reviews  [2]int // distinct texts by side
	words    []word // of the text at hand
	lowered  []byte // their letters
	joined   []byte
	distinct int32 // number of the text at hand, from 1
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
	longestWord  = 32 // bytes; longer ones are addresses and keyboard mashing
	longestText  = 64 << 10
)

type phrase struct {
	hash   uint64
	text   string
	counts [2]int32 // negative, positive
	rows   [2][exampleRows]int32
	last   int32 // text that counted it last
	missed int32
	words  int8
	idle   bool // made of verdicts and negations alone: it names no cause
}

type word struct {
	from, to int // in lowered
	breaks   bool
	stop     bool
	verdict  bool
}

// NewDrivers makes an empty count.
func NewDrivers() *Drivers {
	return &Drivers{seed: maphash.MakeSeed(), texts: map[uint64]struct{}{}, at: map[uint64]int32{}}
}

// Add counts the phrases of row's text. Only positive and negative rows vote.
func (d *Drivers) Add(row int, text []byte, s Sentiment) {
	if s != Positive && s != Negative {
		return
	}
	side := 0
	if s == Positive {
		side = 1
	}
	d.split(text[:min(len(text), longestText)])
	print := maphash.Bytes(d.seed, d.lowered)
	if _, ok := d.texts[print]; ok || len(d.words) == 0 {
		return
	}
	d.texts[print] = struct{}{}
	d.distinct++
	d.reviews[side]++
	for i := range d.words {
		for n := 1; n <= 3 && i+n <= len(d.words); n++ {
			last := d.words[i+n-1]
			if n > 1 && last.breaks {
				break
			}
			if d.words[i].stop || last.stop {
				continue
			}
			d.count(row, side, d.words[i:i+n])
		}
	}
	if len(d.phrases) > maxPhrases {
		d.forget()
	}
}

func (d *Drivers) count(row, side int, words []word) {
	// Words of a phrase stand side by side in lowered, a space between them.
	b := d.lowered[words[0].from:words[len(words)-1].to]
	hash := maphash.Bytes(d.seed, b)
	at, ok := d.at[hash]
	if !ok {
		at = int32(len(d.phrases))
		d.at[hash] = at
		idle := !slices.ContainsFunc(words, func(w word) bool { return !w.stop && !w.verdict })
		d.phrases = append(d.phrases, phrase{hash: hash, text: string(b), words: int8(len(words)), missed: int32(d.Missed), idle: idle})
	}
	p := &d.phrases[at]
	if p.last == d.distinct {
		return
	}
	p.last = d.distinct
	if n := p.counts[side]; n < exampleRows {
		p.rows[side][n] = int32(row)
	}
	p.counts[side]++
}

// forget drops the rarest phrases until a quarter of the room is free.
func (d *Drivers) forget() {
	for len(d.phrases) > maxPhrases*3/4 {
		d.Missed++
		d.phrases = slices.DeleteFunc(d.phrases, func(p phrase) bool { return int(p.counts[0]+p.counts[1]+p.missed) <= d.Missed })
	}
	clear(d.at)
	for i, p := range d.phrases {
		d.at[p.hash] = int32(i)
	}
}

// split finds the words of a text, lower-cased; punctuation breaks phrases.
func (d *Drivers) split(text []byte) {
	d.words, d.lowered = d.words[:0], d.lowered[:0]
	breaks := true
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			breaks = breaks || r != ' ' && r != '-' && r != '\t'
			i += size
			continue
		}
		if len(d.lowered) > 0 {
			d.lowered = append(d.lowered, ' ')
		}
		w := word{from: len(d.lowered), breaks: breaks}
		for i < len(text) {
			r, size = utf8.DecodeRune(text[i:])
			if r == '’' {
				r = '\''
			}
			next, _ := utf8.DecodeRune(text[i+size:])
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && (r != '\'' || !unicode.IsLetter(next)) {
				break
			}
			d.lowered = utf8.AppendRune(d.lowered, unicode.ToLower(r))
			i += size
		}
		w.to = len(d.lowered)
		b := d.lowered[w.from:w.to]
		w.stop = stopWords[string(b)] || len(b) > longestWord || len(b) < 2 || b[0] >= '0' && b[0] <= '9'
		w.verdict = verdictWords[string(b)]
		d.words = append(d.words, w)
		breaks = false
	}
}

// Top names up to limit drivers of each sentiment, the surest first. A phrase is one if Fisher's exact test
// says so at a false discovery rate of 5% (Benjamini and Hochberg 1995) among all phrases of at least five
// reviews; nested ones are merged. They are ordered by the log-odds of the two sentiments with an
// informative Dirichlet prior, in standard errors (Monroe, Colaresi and Quinn 2008).
func (d *Drivers) Top(limit int) []Driver {
	n := [2]float64{float64(d.reviews[0]), float64(d.reviews[1])}
	if n[0] == 0 || n[1] == 0 {
		return nil
	}
	type candidate struct {
		*phrase
		z    float64 // above 0: positive
		p    float64
		side int
	}
	var found []candidate
	for i := range d.phrases {
		p := &d.phrases[i]
		total := float64(p.counts[0] + p.counts[1])
		if total < minReviews || p.idle {
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
		c := candidate{phrase: p, z: z}
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
		if c.p <= discoveries*float64(i+1)/float64(len(found)) {
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
			if longer.side == c.side && longer.words > c.words && within(c.text, longer.text) &&
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

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// verdictWords say how a writer feels, or turn that round, not why: alone they are no driver.
var verdictWords = set(`amazing awesome awful bad beautiful best better crap disappointed disappointing disappointment
	don't doesn't didn't won't wouldn't isn't wasn't aren't can't couldn't haven't hasn't excellent fantastic favorite fine
	garbage glad good great happy hate hated horrible joke junk like liked likes love loved loves loving never nice no
	none nor not nothing ok okay perfect perfectly pleased poor recommend recommended satisfied sucks super terrible
	thank thanks too trash unfortunately useless waste wonderful worse worst worth wow zero highly totally absolutely
	extremely well buy bought purchase purchased money`)

// stopWords begin and end no phrase.
var stopWords = set(`a about above after again against all also although always am an and another any
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
		product item review star stars amazon`)
