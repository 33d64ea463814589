package phrases

import (
	"cmp"
	"iter"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"reviewlens/reviews"
	"reviewlens/reviews/stats"
	"reviewlens/reviews/stem"
)

// Drivers counts phrases of one to three words in a stream of scored rows, in any order, and finds
// those that are typical of praise or complaint. Equal texts have one vote. It holds a million
// phrases: beyond that it forgets rare ones by lossy counting (Manku and Motwani 2002), so counts
// may be low.
//
// Texts are buffered up to some megabytes or until a result is requested. Then all processors read
// and count them. It is not safe for concurrent use.
type Drivers struct {
	room         int  // maximum number of phrases in a part
	deduplicated bool // the caller ensures that no equal texts are added
	texts        hashset
	parts        [parts]shard
	reviews      [2]int // distinct texts by side
	read         uint32 // texts

	waiting  []text
	bytes    []byte // of the buffered texts
	readings []reading
}

// Driver is a phrase that reviews of one sentiment use more than those of the other, beyond chance.
type Driver struct {
	Phrase    string
	Sentiment reviews.Sentiment // Positive or Negative: the one it is typical of
	Reviews   int               // distinct texts that contain it
	Share     stats.Interval    // share of its sentiment among these
	// log-odds with an informative Dirichlet prior, in standard errors, above 0
	Z    float64
	Rows []int // the first of its sentiment that contain it, up to three
}

const (
	partRoom     = 4500 // phrases of a part: none is forgotten before a million are held in total
	minReviews   = 5
	discoveries  = 0.05 // false discovery rate of the drivers named
	priorReviews = 20.0 // weight of the prior
	// a longer phrase replaces a shorter one if it has this share of its reviews
	nested       = 0.6
	exampleRows  = 3
	batchBytes   = 4 << 20
	batchBytesJS = 512 << 10 // some 30 ms of the thread that also receives a Cancel
)

// text is a text that is buffered for counting.
type text struct {
	end  int32 // end of its bytes, which follow those of the previous text
	row  int32
	side int32  // -1 if it has no vote
	hash uint64 // of its words, 0 if it has none
}

// NewDrivers returns an empty count.
func NewDrivers() *Drivers {
	d := &Drivers{room: partRoom, texts: newHashset(),
		readings: make([]reading, runtime.GOMAXPROCS(0))}
	for i := range d.parts {
		d.parts[i] = newShard()
	}
	return d
}

// Add counts a scored row's text: only positive and negative rows vote.
func (d *Drivers) Add(row int, text []byte, s reviews.Sentiment) {
	switch s {
	case reviews.Negative:
		d.vote(row, text, 0)
	case reviews.Positive:
		d.vote(row, text, 1)
	}
}

// vote counts a text on one of two sides, if it has words and no equal text was counted.
func (d *Drivers) vote(row int, b []byte, side int) {
	d.bytes = append(d.bytes, b[:min(len(b), MaxTextBytes)]...)
	d.waiting = append(d.waiting,
		text{end: int32(len(d.bytes)), row: int32(row), side: int32(side)})
	if len(d.bytes) >= batchBytes || runtime.GOOS == "js" && len(d.bytes) >= batchBytesJS {
		d.flush()
	}
}

// flush counts the buffered texts on all processors: each reads some of the texts, then each counts
// some of the parts.
func (d *Drivers) flush() {
	n := len(d.waiting)
	if n == 0 {
		return
	}
	d.bytes = slices.Grow(d.bytes, 64)
	inParallel(len(d.readings), func(i int) {
		from, to := i*n/len(d.readings), (i+1)*n/len(d.readings)
		d.readings[i].read(d.bytes, d.waiting, from, to)
	})
	for i := range d.waiting {
		if t := &d.waiting[i]; t.hash == 0 || !d.deduplicated && !d.texts.add(t.hash) {
			t.side = -1
		} else {
			d.reviews[t.side]++
		}
	}
	inParallel(parts, func(i int) {
		p := &d.parts[i]
		for j := range d.readings {
			p.count(d.readings[j].seen[i], d.bytes, d.waiting, d.read, d.room)
		}
		p.forget(d.room)
	})
	d.read += uint32(n)
	d.waiting, d.bytes = d.waiting[:0], d.bytes[:0]
}

// inParallel calls do n times, on all processors.
func inParallel(n int, do func(i int)) {
	var next atomic.Int32
	var workers sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				do(i - 1)
			}
		})
	}
	workers.Wait()
}

// all returns the counts of each known phrase.
func (d *Drivers) all() iter.Seq[known] {
	return func(yield func(known) bool) {
		for i := range d.parts {
			p := &d.parts[i]
			for n := 1; n < len(p.phrases); n++ {
				if !yield(p.known(n)) {
					return
				}
			}
		}
	}
}

// lookUp returns the counts of a phrase, zero if it was forgotten.
func (d *Drivers) lookUp(hash uint64) known {
	p := &d.parts[hash>>(64-partBits)]
	n, _ := p.find(hash)
	return p.known(int(n))
}

// Top returns up to limit drivers of each sentiment, the surest first. A phrase is one if Fisher's
// exact test says so at a false discovery rate of 5% (Benjamini and Hochberg 1995) among all
// phrases of at least five reviews, and if most of its reviews are of that sentiment or far more
// than of all reviews: a phrase that mostly happy people use is no complaint, though unhappy ones
// use it a little more. Nested phrases and those that differ in their spaces are merged. They are
// ordered by the log-odds of the two sentiments with an informative Dirichlet prior, in standard
// errors (Monroe, Colaresi and Quinn 2008).
func (d *Drivers) Top(limit int) []Driver {
	d.flush()
	return d.top(limit, discoveries, d.reviews)
}

// top is Top with a given false discovery rate and number of texts on each side.
func (d *Drivers) top(limit int, rate float64, texts [2]int) []Driver {
	if texts[0] == 0 || texts[1] == 0 {
		return nil
	}
	found, tested := d.candidates(rate, texts)
	found = discovered(found, tested, rate)
	found = slices.DeleteFunc(found, func(c candidate) bool {
		base := float64(texts[c.side]) / float64(texts[0]+texts[1])
		return !isCharacteristic(int(c.counts[c.side]), int(c.counts[0]+c.counts[1]), base)
	})
	slices.SortStableFunc(found,
		func(a, b candidate) int { return cmp.Compare(math.Abs(b.z), math.Abs(a.z)) })
	var out []Driver
	for side, chosen := range distinct(found, limit) {
		for _, c := range chosen {
			out = append(out, c.driver(side))
		}
	}
	return out
}

// candidate is a phrase that may be a driver.
type candidate struct {
	known
	z     float64 // above 0: positive
	p     float64
	side  int
	stems string // of the words of its text
}

// candidates tests all phrases, and returns those that are drivers at this rate unless too many
// others were tested.
func (d *Drivers) candidates(rate float64, texts [2]int) (found []candidate, tested int) {
	n := [2]float64{float64(texts[0]), float64(texts[1])}
	for p := range d.all() {
		total := float64(p.counts[0] + p.counts[1])
		if total < minReviews || p.noCause {
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
		c := candidate{known: p, z: z}
		if z > 0 {
			c.side = 1
		}
		c.p = chance(int(p.counts[c.side]), int(total), texts[c.side], texts[0]+texts[1])
		tested++
		if c.p <= rate { // otherwise it is none, whatever the others are
			c.stems = stemsOf(c.text)
			found = append(found, c)
		}
	}
	return found, tested
}

// discovered returns those of found, out of tested phrases, of which at most a share of rate are
// false discoveries.
func discovered(found []candidate, tested int, rate float64) []candidate {
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.p, b.p), -cmp.Compare(math.Abs(a.z), math.Abs(b.z)),
			cmp.Compare(a.stems, b.stems))
	})
	chances := make([]float64, len(found))
	for i, c := range found {
		chances[i] = c.p
	}
	return found[:stats.Discoveries(chances, tested, rate)]
}

// distinct returns the first limit candidates of each side that are not redundant; of nested ones,
// the longest that has nearly all of the reviews.
func distinct(found []candidate, limit int) (chosen [2][]candidate) {
	for _, c := range found {
		if len(chosen[c.side]) == limit ||
			slices.ContainsFunc(chosen[c.side], func(t candidate) bool {
				return within(t.stems, c.stems) || within(c.stems, t.stems) ||
					joined(t.text) == joined(c.text)
			}) {
			continue
		}
		for _, longer := range found {
			if longer.side == c.side && len(longer.stems) > len(c.stems) &&
				within(c.stems, longer.stems) &&
				float64(longer.counts[c.side]) >= nested*float64(c.counts[c.side]) {
				c = longer
			}
		}
		chosen[c.side] = append(chosen[c.side], c)
	}
	return chosen
}

// driver returns the Driver of a candidate of a side.
func (c *candidate) driver(side int) Driver {
	d := Driver{Phrase: c.text, Reviews: int(c.counts[0] + c.counts[1]), Z: math.Abs(c.z),
		Sentiment: [2]reviews.Sentiment{reviews.Negative, reviews.Positive}[side]}
	d.Share = stats.Wilson(int(c.counts[side]), d.Reviews)
	for i := range min(int(c.counts[side]), exampleRows) {
		d.Rows = append(d.Rows, int(c.rows[side][i]))
	}
	return d
}

// A phrase is characteristic of a sentiment if at least half of its texts have it, or if their
// share is maxTimes the share among all texts and the low end of its interval minTimes that.
const (
	maxTimes = 1.5
	minTimes = 1.2
)

// isCharacteristic reports whether k of the n texts of a phrase are enough, where base is the share
// of such texts among all.
func isCharacteristic(k, n int, base float64) bool {
	share := stats.Wilson(k, n)
	return share.Share >= 0.5 || share.Share >= maxTimes*base && share.Low >= minTimes*base
}

// stemsOf returns the stems of a phrase's words with a space between them.
func stemsOf(text string) string {
	b := make([]byte, 0, len(text))
	for w := range strings.FieldsSeq(text) {
		if len(b) > 0 {
			b = append(b, ' ')
		}
		b = append(b, w[:stem.Size([]byte(w))]...)
	}
	return string(b)
}

// joined returns the stem of a phrase's words written as one.
func joined(text string) string {
	text = strings.ReplaceAll(text, " ", "")
	return text[:stem.Size([]byte(text))]
}

// chance returns the two-sided probability that of n reviews drawn from all, of which side have one
// sentiment, at least k have it: by Fisher's exact test, and for phrases of many reviews by the
// G-test, which agrees with it there.
func chance(k, n, side, all int) float64 {
	if n > 200 {
		g := 0.0
		for _, cell := range [4][3]int{{k, n, side}, {n - k, n, all - side},
			{side - k, all - n, side}, {all - side - n + k, all - n, all - side}} {
			if cell[0] > 0 {
				g += 2 * float64(cell[0]) * math.Log(
					float64(cell[0])/float64(cell[1])*float64(all)/float64(cell[2]))
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

// within reports whether the words of short are consecutive in long.
func within(short, long string) bool {
	for at := 0; ; at++ {
		i := strings.Index(long[at:], short)
		if i < 0 {
			return false
		}
		at += i
		end := at + len(short)
		if (at == 0 || long[at-1] == ' ') && (end == len(long) || long[end] == ' ') {
			return true
		}
	}
}
