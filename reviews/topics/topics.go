package topics

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"sort"
	"time"

	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/reviews/changes"
	"reviewlens/reviews/stats"
)

// Options configures Counter.Topics; the zero value requests neither periods nor suggestions.
type Options struct {
	Periods  []stats.Period // from stats.Summary.Trend: topics are counted by these
	Products []int          // numbers of the products whose changes are wanted
	// Like returns the similarity of the words of two topics, from -1 to 1 (the cosine of their
	// vectors); nil: no suggestions.
	Like func(a, b string) float64
	// Rows restricts the counts to these rows, in the order of the file; nil for all. The topics
	// and their names are those of all rows. Sentiments are ignored.
	Rows iter.Seq[Text]
}

// Result holds the topics of a Counter. It is valid until the counter changes.
type Result struct {
	Reviews int // distinct texts
	Spoken  int // of these, those that mention a topic
	OneIn   int // sampling rate: texts per counted text; 1 up to a million of them
	Others  int // mentions of other products, which belong to no topic
	// distinct negative texts, and those of them that complain about no topic of the list
	Negative, Unexplained int
	Topics                []Topic
	// Unused names unmentioned topics of the scheme that are neither hidden nor pinned.
	Unused      []string
	Suggestions []Suggestion

	counter *Counter
	groups  []int32 // topic of each form; those of the list come first
	basis   basis
}

// Stand is how a topic differs from the others.
type Stand uint8

// The stands of a topic: its share of complaints is lower or higher than that of all topics, beyond
// chance.
const (
	Ordinary Stand = iota
	Praised
	Complained
)

// String returns the word that is written; "" for Ordinary.
func (s Stand) String() string { return [...]string{"", "praised", "complained"}[s] }

// Topic is something that reviews mention.
type Topic struct {
	Name     string
	Forms    []string // as written, the most frequent first; at most eight
	Mentions int
	Reviews  int // Positive + Negative + Neutral + Mixed
	Positive int
	Negative int
	Neutral  int
	Mixed    int            // reviews that praise it and complain about it
	Share    stats.Interval // share of Negative and Mixed
	Stand    Stand
	Impact   float64 // in percentage points, see the package comment
	// number of negative reviews that praise it, and of positive ones that complain about it
	PraiseInNegative, ComplaintsInPositive int

	Implied bool // most of its mentions do not name it
	Proper  bool // a proper name, of a brand or another product
	Pinned  bool
	Periods []Period // one for each of Options.Periods
	Changes []changes.Change
	Quotes  []Mention
}

// Complaints returns the number of reviews that complain about the topic.
func (t Topic) Complaints() int { return t.Negative + t.Mixed }

// Period counts the reviews of a period; From is its first day.
type Period struct {
	From              time.Time
	Reviews, Negative int // Negative includes mixed ones
}

// Mention is a mention in a review: a byte range of its text.
type Mention struct {
	Row, Start, End int
	Polarity        aspects.Polarity
}

// Suggestion is a pair of topics that may be the same.
type Suggestion struct {
	Topics [2]string
	Like   float64
}

// Display limits.
const (
	MaxTopics = 40 // topics
	minCount  = 3  // reviews of a topic
	minShown  = 10
	maxForms  = 8
	quotes    = 3
	near      = 0.55 // minimum Like of two topics that may be the same
	maxAlike  = 10   // suggestions
)

// least returns the minimum number of reviews of a listed topic, for this number of texts.
func least(texts int) int {
	return max(minCount, min(minShown, texts/50), texts/1000)
}

// tally holds the counts of a topic.
type tally struct {
	mentions, implied int
	signs             [4]int // reviews: positive, negative, neutral, mixed
	against           [2]int // praise in negative reviews, complaints in positive ones
	blame             int    // of reviews that are not positive, in units
	within, capital   int    // mentions that show whether it is a name, and that say so
}

func (t *tally) reviews() int { return t.signs[0] + t.signs[1] + t.signs[2] + t.signs[3] }

// contrast counts mentions that contradict the sentiment of their review.
func (t *tally) contrast(f seen, sentiment reviews.Sentiment) {
	if f.signs&1 > 0 && sentiment == reviews.Negative {
		t.against[0]++
	}
	if f.signs&2 > 0 && sentiment == reviews.Positive {
		t.against[1]++
	}
}

// unit is divided by the number of a review's complaints. It is divisible by all numbers up to 16,
// so that sums do not depend on the order of the reviews.
const unit = 720720

// mixed is the sign of a review with both, after those of aspects.
const mixed = 3

// seen is a topic in a review.
type seen struct {
	topic    int32
	signs    uint8 // bits by polarity
	mentions [3]*mention
}

// sign returns the index into tally.signs.
func (s seen) sign() int {
	switch {
	case s.signs&3 == 3:
		return mixed
	case s.signs&1 > 0:
		return int(aspects.Positive)
	case s.signs&2 > 0:
		return int(aspects.Negative)
	}
	return int(aspects.Neutral)
}

// Topics returns the topics, pinned ones first, by decreasing number of reviews.
func (c *Counter) Topics(s Scheme, o Options) Result {
	return c.topics(basis{c, c.group(s), s}, o)
}

// Of returns the result of Counter.Topics with the same scheme and other options. It reuses the
// grouping of forms, which is most of the work for a small subset of rows.
func (r *Result) Of(o Options) Result { return r.basis.counter.topics(r.basis, o) }

// basis is the input of topics that does not depend on which rows count.
type basis struct {
	counter *Counter
	grouped *grouping
	scheme  Scheme
}

func (c *Counter) topics(b basis, o Options) Result {
	g, forms := b.grouped, b.grouped.forms
	if o.Rows != nil {
		c = c.part(o.Rows)
		forms = c.tallyForms()
	}
	r := Result{Reviews: len(c.texts), OneIn: 1 << c.level, counter: c,
		groups: slices.Clone(g.of), basis: b}
	tallies := make([]tally, len(g.groups))
	var free, freePositive int // reviews that complain about nothing
	for _, t := range c.texts {
		complaints := 0
		found := c.topicsOf(t, g.of)
		for _, f := range found {
			tallies[f.topic].signs[f.sign()]++
			tallies[f.topic].contrast(f, t.sentiment)
			if f.signs&2 > 0 && !g.groups[f.topic].hidden {
				complaints++
			}
		}
		switch {
		case complaints == 0:
			free++
			if t.sentiment == reviews.Positive {
				freePositive++
			}
		case t.sentiment != reviews.Positive:
			for _, f := range found {
				if f.signs&2 > 0 {
					tallies[f.topic].blame += unit / complaints
				}
			}
		}
	}
	for i := range c.forms {
		n, f := g.of[i], &forms[i]
		r.Others += f.others
		if n < 0 {
			continue
		}
		t := &tallies[n]
		t.mentions += f.mentions
		t.within, t.capital = t.within+f.within, t.capital+f.capital
		if c.forms[i].aspect != "" {
			t.implied += f.mentions
		}
	}

	kept, places := g.list(tallies, least(len(c.texts)))
	lift := 100 * float64(freePositive+1) / float64(free+1)
	for _, n := range kept {
		r.Topics = append(r.Topics, g.topic(n, &tallies[n], lift/float64(max(1, len(c.texts)))))
	}
	for i, n := range r.groups {
		if n >= 0 {
			r.groups[i] = places[n]
		}
	}
	r.Unused = g.unused(b.scheme, tallies)
	markStandouts(r.Topics)
	r.detail(o)
	r.suggest(o.Like)
	return r
}

// topicsOf returns the topics of a text, in the order of their first mentions; the slice is valid
// until the next call.
func (c *Counter) topicsOf(t text, of []int32) []seen {
	found := c.found[:0]
	mentions := c.mentions[t.first:][:t.mentions]
next:
	for i := range mentions {
		m := &mentions[i]
		n := of[m.form]
		if n < 0 || m.context&aspects.Other > 0 {
			continue
		}
		for j := range found {
			if f := &found[j]; f.topic == n {
				if f.mentions[m.polarity] == nil {
					f.mentions[m.polarity] = m
				}
				f.signs |= 1 << m.polarity
				continue next
			}
		}
		f := seen{topic: n, signs: 1 << m.polarity}
		f.mentions[m.polarity] = m
		found = append(found, f)
	}
	c.found = found
	return found
}

// list returns the listed groups, in order, and the place of each group, -1 for those that are not
// listed.
func (g *grouping) list(tallies []tally, least int) (kept []int32, places []int32) {
	for i := range g.groups {
		own := &g.groups[i]
		if !own.hidden && (own.pinned || tallies[i].reviews() >= least) {
			kept = append(kept, int32(i))
		}
	}
	slices.SortStableFunc(kept, func(i, j int32) int {
		a, b, s, t := &g.groups[i], &g.groups[j], &tallies[i], &tallies[j]
		if a.pinned != b.pinned {
			if a.pinned {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(t.reviews(), s.reviews()),
			cmp.Compare(t.signs[aspects.Negative]+t.signs[mixed],
				s.signs[aspects.Negative]+s.signs[mixed]),
			cmp.Compare(a.name, b.name))
	})
	kept = kept[:min(len(kept), MaxTopics)]
	places = make([]int32, len(g.groups))
	for i := range places {
		places[i] = -1
	}
	for i, n := range kept {
		places[n] = int32(i)
	}
	return kept, places
}

// topic returns the Topic of a group; impact is that of one review.
func (g *grouping) topic(n int32, t *tally, impact float64) Topic {
	own := &g.groups[n]
	out := Topic{Name: own.name, Forms: own.forms, Mentions: t.mentions, Reviews: t.reviews(),
		Positive: t.signs[aspects.Positive], Negative: t.signs[aspects.Negative],
		Neutral: t.signs[aspects.Neutral], Mixed: t.signs[mixed],
		PraiseInNegative: t.against[0], ComplaintsInPositive: t.against[1],
		Impact:  impact * float64(t.blame) / unit,
		Implied: 2*t.implied > t.mentions, Pinned: own.pinned,
		Proper: t.within >= minCount && 2*t.capital > t.within && !own.common,
	}
	out.Share = stats.Wilson(out.Complaints(), out.Reviews)
	return out
}

// detail adds the results of a second pass over the texts: how many mention a topic of the list,
// quotes, periods and changes.
func (r *Result) detail(o Options) {
	found := make([]quoted, len(r.Topics))
	d := newDates(o, len(r.Topics))
	for _, t := range r.counter.texts {
		topics := r.counter.topicsOf(t, r.groups)
		if len(topics) > 0 {
			r.Spoken++
		}
		if t.sentiment == reviews.Negative {
			r.Negative++
			if !slices.ContainsFunc(topics, func(f seen) bool { return f.signs&2 > 0 }) {
				r.Unexplained++
			}
		}
		for _, f := range topics {
			for p, m := range f.mentions {
				if p := aspects.Polarity(p); m != nil {
					found[f.topic].add(p, candidate{quoteOrder(t, p), mentionOf(t, m)})
				}
			}
		}
		d.add(t, topics)
	}
	for i := range r.Topics {
		t := &r.Topics[i]
		t.Quotes = found[i].choose(t.quotesComplaints())
		t.Periods = d.of(i)
	}
	d.changes(r.Topics)
}

func mentionOf(t text, m *mention) Mention {
	start := int(m.start)
	return Mention{int(t.row), start, start + int(m.size), m.polarity}
}

// quoted holds the mentions that may be quoted, by polarity and in order.
type quoted [3][]candidate

type candidate struct {
	order uint64
	Mention
}

// quoteOrder returns the sort key of a text among the candidates to quote for a mention of this
// polarity, lowest first. Reviews of the mention's own sign come first: two models agree on these,
// and a complaint in a happy review says less about what is wrong. Among equals a hash of the
// text's fingerprint decides: the same text, the same choice.
func quoteOrder(t text, p aspects.Polarity) uint64 {
	const bits = 2
	order := mix(t.fingerprint) >> bits
	switch own := t.sentiment; {
	case p == aspects.Positive && own == reviews.Positive,
		p == aspects.Negative && own == reviews.Negative:
		return order
	case p == aspects.Neutral, own == reviews.Unsure:
		return order | 1<<(64-bits)
	}
	return order | 2<<(64-bits)
}

func (q *quoted) add(p aspects.Polarity, c candidate) {
	list := q[p]
	at := sort.Search(len(list), func(i int) bool { return list[i].order > c.order })
	if at < quotes {
		list = slices.Insert(list, at, c)
		q[p] = list[:min(len(list), quotes)]
	}
}

// quotesComplaints reports whether a topic is quoted for complaints first: as it stands out, or as
// most of its reviews say.
func (t *Topic) quotesComplaints() bool {
	return t.Stand == Complained || t.Stand == Ordinary && 2*t.Complaints() >= t.Reviews
}

// choose returns two of one sign, complaints if negative is set, and one of the other, each from
// another review; if one sign has too few, more of the others.
func (q *quoted) choose(negative bool) (out []Mention) {
	first, second := aspects.Positive, aspects.Negative
	if negative {
		first, second = second, first
	}
	rows := map[int]bool{}
	take := func(p aspects.Polarity, most int) {
		for _, c := range q[p] {
			if most > 0 && len(out) < quotes && !rows[c.Row] {
				rows[c.Row] = true
				out = append(out, c.Mention)
				most--
			}
		}
	}
	take(first, quotes-1)
	take(second, 1)
	take(first, quotes)
	take(second, quotes)
	take(aspects.Neutral, quotes)
	return out
}

// Topic returns the index into Topics of a mention's topic, -1 if none: for counted mentions as
// well as new ones, if their term was counted anywhere.
func (r *Result) Topic(m aspects.Mention) int {
	n, ok := r.counter.numbers[form{trimTerm(m.Term), m.Aspect}.key()]
	if !ok || m.Context&aspects.Other > 0 {
		return -1
	}
	return int(r.groups[n])
}

// Mentions yields the reviews that mention the topic of this index, in no order, each with its
// first mention of each polarity.
func (r *Result) Mentions(topic int) iter.Seq[Mention] {
	return func(yield func(Mention) bool) {
		for _, t := range r.counter.texts {
			for _, f := range r.counter.topicsOf(t, r.groups) {
				if int(f.topic) != topic {
					continue
				}
				for _, m := range f.mentions {
					if m != nil && !yield(mentionOf(t, m)) {
						return
					}
				}
				break
			}
		}
	}
}

// Quoted returns the rows of all quotes, each once, in order.
func (r *Result) Quoted() (rows []int) {
	for _, t := range r.Topics {
		for _, q := range t.Quotes {
			rows = append(rows, q.Row)
		}
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}

// discoveries is the false discovery rate of topics that stand out, and of changes.
const discoveries = 0.05

// markStandouts finds the topics that stand out.
func markStandouts(topics []Topic) {
	reviews, complaints := 0, 0 // reviews with a sign
	for _, t := range topics {
		reviews, complaints = reviews+t.Reviews-t.Neutral, complaints+t.Complaints()
	}
	if reviews == 0 {
		return
	}
	base := float64(complaints) / float64(reviews)
	chances := make([]float64, len(topics))
	for i, t := range topics {
		chances[i] = binomial(t.Complaints(), t.Reviews-t.Neutral, base)
	}
	level := discovered(chances, discoveries)
	for i := range topics {
		t := &topics[i]
		if chances[i] > level {
			continue
		}
		t.Stand = Praised
		if float64(t.Complaints()) > base*float64(t.Reviews-t.Neutral) {
			t.Stand = Complained
		}
	}
}

// discovered returns the probability up to which results are discoveries, at a false discovery rate
// of rate; -1 if none is.
func discovered(chances []float64, rate float64) float64 {
	sorted := slices.Sorted(slices.Values(chances))
	if n := stats.Discoveries(sorted, len(sorted), rate); n > 0 {
		return sorted[n-1]
	}
	return -1
}

// binomial returns the two-sided probability that k of n are as far from their share or farther;
// for large n by the G-test, which agrees with it there.
func binomial(k, n int, share float64) float64 {
	if share <= 0 || share >= 1 {
		return 1
	}
	if n > 200 {
		g := 0.0
		for _, cell := range [2][2]float64{{float64(k), share}, {float64(n - k), 1 - share}} {
			if cell[0] > 0 {
				g += 2 * cell[0] * math.Log(cell[0]/(cell[1]*float64(n)))
			}
		}
		return math.Erfc(math.Sqrt(max(g, 0) / 2))
	}
	if share > 0.5 { // else the first term would be below the smallest float
		k, share = n-k, 1-share
	}
	var below, above float64 // probabilities of at most k, and of at least k
	term := math.Pow(1-share, float64(n))
	for i := range n + 1 {
		if i <= k {
			below += term
		}
		if i >= k {
			above += term
		}
		term *= float64(n-i) / float64(i+1) * share / (1 - share)
	}
	return min(1, 2*min(below, above))
}

// suggest finds pairs of topics that may be the same.
func (r *Result) suggest(like func(a, b string) float64) {
	if like == nil {
		return
	}
	for i, a := range r.Topics {
		for _, b := range r.Topics[:i] {
			if l := like(b.Name, a.Name); l >= near && !part(a.Name, b.Name) {
				r.Suggestions = append(r.Suggestions, Suggestion{[2]string{b.Name, a.Name}, l})
			}
		}
	}
	slices.SortStableFunc(r.Suggestions, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.Like, a.Like), cmp.Compare(a.Topics[0], b.Topics[0]),
			cmp.Compare(a.Topics[1], b.Topics[1]))
	})
	r.Suggestions = r.Suggestions[:min(len(r.Suggestions), maxAlike)]
}

// part reports whether the words of one name are among those of the other: a head and its part are
// two things.
func part(a, b string) bool {
	x, y := normalOf(a), normalOf(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	for _, w := range x {
		if !slices.Contains(y, w) {
			return false
		}
	}
	return true
}
