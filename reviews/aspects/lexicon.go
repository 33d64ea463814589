package aspects

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"reviewlens/reviews/stem"
)

// Lexicon finds aspects that are implied and not named: "it broke" implies durability. It consists
// of words and phrases in any of their forms, see lexicon.txt, and is safe for concurrent use.
type Lexicon struct {
	root    node
	aspects []string
	opinion map[string]Polarity // by stem, or "=" and the word
	bother  map[string]Polarity // words that are opinions only about a nuisance
	classes map[string]classes  // of words
}

// classes is a set of word classes, such as "%body", one bit each.
type classes uint64

//go:embed lexicon.txt
var lexiconText string

// Default is the lexicon of this package.
var Default = sync.OnceValue(func() *Lexicon {
	l, err := parseLexicon(lexiconText)
	if err != nil {
		panic(err) // a test reads it
	}
	return l
})

// node is the state of a phrase after some of its words.
type node struct {
	next    map[string]*node // by the stem of the next word, or by "=" and the word itself
	byClass []classNode      // by a class of the next word
	gap     *node            // after up to maxGap words of any kind
	entry   *entry           // nil if no phrase ends here
}

type classNode struct {
	class classes
	*node
}

// entry is the meaning of a phrase.
type entry struct {
	aspect string // "" for an idiom, which implies none
	own    string // the phrase, of a person who searches for it
	sign   byte
	firm   bool // means nothing if negated
	always bool // means the same if negated
}

// The signs of entries.
const (
	praise    = '+'
	complaint = '-'
	open      = '?' // as the nearby opinion; without one it is no mention
	nuisance  = '~' // as open; without an opinion, praise if negated, complaint if much
)

// impliedProbability is the probability of every implied mention.
const impliedProbability = 0.8

// parseLexicon parses the format of lexicon.txt.
func parseLexicon(text string) (_ *Lexicon, err error) {
	l := &Lexicon{opinion: map[string]Polarity{}, bother: map[string]Polarity{},
		classes: map[string]classes{}}
	named := map[string]classes{} // classes by name
	aspect, known := "", false
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '%' {
			name, members, ok := strings.Cut(line, "=")
			if !ok || len(named) == maxClasses {
				return nil, fmt.Errorf("lexicon, line %d: %q is no class", i+1, line)
			}
			name = strings.TrimSpace(name)
			if named[name] == 0 {
				named[name] = 1 << len(named)
			}
			for word := range strings.SplitSeq(members, ",") {
				l.classes[keyOf(strings.TrimSpace(word))] |= named[name]
			}
			continue
		}
		if name, ok := strings.CutSuffix(line, ":"); ok {
			aspect, known = name, true
			switch name {
			case "none":
				aspect = ""
			case "opinion", "bother":
			default:
				l.aspects = append(l.aspects, name)
			}
			continue
		}
		sign := line[0]
		if !known || !strings.ContainsRune("+-?~", rune(sign)) || len(line) < 3 || line[1] != ' ' {
			return nil, fmt.Errorf("lexicon, line %d: %q begins with no sign", i+1, line)
		}
		for phrase := range strings.SplitSeq(line[2:], ",") {
			phrase, firm := strings.CutSuffix(strings.TrimSpace(phrase), "!")
			phrase, always := strings.CutSuffix(phrase, "*")
			words := strings.Fields(phrase)
			switch {
			case len(words) == 0 || len(words) > maxWords:
				return nil, fmt.Errorf("lexicon, line %d: %q has %d words", i+1, phrase, len(words))
			case aspect == "opinion", aspect == "bother":
				of := l.opinion
				if aspect == "bother" {
					of = l.bother
				}
				p, ok := map[byte]Polarity{praise: Positive, complaint: Negative}[sign]
				if !ok || len(words) > 1 {
					return nil, fmt.Errorf("lexicon, line %d: %q is no opinion", i+1, phrase)
				}
				of[keyOf(words[0])] = p
			default:
				problem := l.root.put(words, named,
					&entry{aspect: aspect, sign: sign, firm: firm, always: always})
				if problem != "" {
					err = errors.Join(err,
						fmt.Errorf("lexicon, line %d: %q %s", i+1, phrase, problem))
				}
			}
		}
	}
	return l, err
}

const (
	maxWords   = 6  // of a phrase
	maxClasses = 64 // bits of classes
	maxGap     = 4  // maximum number of words that ".." matches
	gapSign    = ".."
)

// keyOf returns the key of a word in a node: words with "=" before them match in this form only.
func keyOf(word string) string {
	if word == "" || word[0] == '=' {
		return word
	}
	return word[:stem.Size([]byte(word))]
}

// put adds a phrase, or returns what is wrong with it.
func (n *node) put(words []string, named map[string]classes, e *entry) (problem string) {
	gaps := 0
	for i, w := range words {
		switch {
		case w == gapSign:
			if gaps++; gaps > 1 || i == 0 || i == len(words)-1 {
				return "has a gap at its border or several"
			}
			if n.gap == nil {
				n.gap = new(node)
			}
			n = n.gap
		case w[0] == '%':
			class := named[w]
			if class == 0 {
				return "has an unknown class"
			}
			at := slices.IndexFunc(n.byClass, func(c classNode) bool { return c.class == class })
			if at < 0 {
				at = len(n.byClass)
				n.byClass = append(n.byClass, classNode{class, new(node)})
			}
			n = n.byClass[at].node
		default:
			n = n.follow(keyOf(w))
		}
	}
	if n.entry != nil {
		return "is there already"
	}
	n.entry = e
	return ""
}

// follow returns the node after a word, by its key, and adds it if missing.
func (n *node) follow(key string) *node {
	if n.next == nil {
		n.next = map[string]*node{}
	}
	if n.next[key] == nil {
		n.next[key] = new(node)
	}
	return n.next[key]
}

// With returns the lexicon with phrases that a person searches for added. They are named mentions:
// their Aspect is "" and their Term the phrase.
func (l *Lexicon) With(phrases []string) *Lexicon {
	if len(phrases) == 0 {
		return l
	}
	own := new(Lexicon)
	*own = *l
	own.root = l.root.clone()
	for _, p := range phrases {
		r := reader{}
		r.read([]byte(p))
		n := &own.root
		for i := range r.words {
			n = n.follow(string(r.stem(i)))
		}
		if n != &own.root {
			n.entry = &entry{own: p, sign: open}
		}
	}
	return own
}

// clone returns a copy of the parts that With changes: the words. Classes and gaps are shared.
func (n *node) clone() node {
	out := node{entry: n.entry, byClass: n.byClass, gap: n.gap}
	if n.next != nil {
		out.next = make(map[string]*node, len(n.next))
		for key, next := range n.next {
			c := next.clone()
			out.next[key] = &c
		}
	}
	return out
}

// maxRead is more than the windows of a text hold, and bounds the memory of a reader.
const maxRead = 64 << 10

// beginning returns the whole words in the first maxRead bytes of a text.
func beginning(text []byte) []byte {
	if len(text) <= maxRead {
		return text
	}
	text = text[:maxRead]
	if space := bytes.LastIndexByte(text, ' '); space > 0 {
		return text[:space]
	}
	for len(text) > 0 && !utf8.RuneStart(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	return text[:max(0, len(text)-1)]
}

// Aspects returns the names of the implied aspects, in the lexicon's order.
func (l *Lexicon) Aspects() []string { return slices.Clone(l.aspects) }

// Add merges the named mentions of a text with the implied ones, in the order of the text, and sets
// the Context of all. An implied one that shares a byte with a named one is omitted, but not a
// phrase of With. Of a text longer than maxRead, implied ones are found in the first maxRead bytes.
func (l *Lexicon) Add(text []byte, named []Mention) []Mention {
	out := slices.Clone(named)
	byStart := func(a, b Mention) int { return a.Start - b.Start }
	slices.SortStableFunc(out, byStart)
	r := readers.Get().(*reader)
	defer readers.Put(r)
	l.read(r, beginning(text))
	r.matches = r.matches[:0]
	for i := 0; i < len(r.words); i++ {
		if m := l.find(r, i); m.entry != nil {
			if l.overtaken(r, i, m.end) {
				continue // "are [loud and clear]", not "[are loud] and clear"
			}
			r.matches = append(r.matches, m)
			i = m.end - 1
		}
	}
	for i := range r.matches {
		l.judge(r, &r.matches[i])
	}
	next := 0 // first named mention that does not end before the phrase
	for _, found := range r.matches {
		if !found.means || found.end == found.first+1 && r.words[found.first].opinion {
			continue // "slow" in "slow delivery" is not about speed
		}
		m := Mention{Start: int(r.words[found.first].start), End: int(r.words[found.end-1].end),
			Aspect: found.aspect, Polarity: found.polarity, Probability: impliedProbability}
		if m.Term = found.own; m.Term == "" {
			m.Term = string(text[m.Start:m.End])
		}
		for next < len(named) && out[next].End <= m.Start {
			next++
		}
		if next < len(named) && out[next].Start < m.End { // it is named
			tagged := &out[next]
			if found.sign == nuisance && found.opinion < 0 {
				tagged.Polarity = m.Polarity // "hardly a noise"
			}
			if found.own == "" || tagged.Start == m.Start && tagged.End == m.End {
				continue
			}
			if m.Polarity == Neutral {
				m.Polarity = tagged.Polarity
			}
		}
		if c := ContextOf(text, m.Start, m.End); c&(Within|Capital) == Within|Capital &&
			m.Term != strings.ToUpper(m.Term) {
			continue // it is a name
		}
		if n := m.Start; n > 1 && text[n-1] == '-' && strings.EqualFold(m.Term, "friendly") {
			if word, at := wordBefore(text, n-1); at+len(word) == n-1 && word != nil {
				continue // "earth-friendly" says nothing about service
			}
		}
		out = append(out, m)
	}
	slices.SortStableFunc(out, byStart)
	for i := range out {
		out[i].Context = ContextOf(text, out[i].Start, out[i].End)
	}
	return out
}

// read splits a text into words and finds their classes.
func (l *Lexicon) read(r *reader, text []byte) {
	r.read(text)
	for i := range r.words {
		w := &r.words[i]
		w.classes = l.classes[string(r.exact(i))] | l.classes[string(r.stem(i))]
		if c := text[w.start]; c >= '0' && c <= '9' {
			w.classes |= l.classes["0"] // as any number
		}
	}
}

// find returns the longest phrase that begins at a word; its entry is nil if there is none.
func (l *Lexicon) find(r *reader, first int) match {
	best := match{first: first, opinion: -1}
	if r.words[first].kind&negated == 0 && string(r.exact(first)) == "=never" {
		return best // not "should [never have broken]"
	}
	l.root.walk(r, &best, first, 0, 0)
	return best
}

// overtaken reports whether a phrase that ends after end follows word i, with only fillers between.
func (l *Lexicon) overtaken(r *reader, i, end int) bool {
	for ; i+1 < end && r.words[i].kind&filler > 0; i++ {
		if l.find(r, i+1).end > end {
			return true
		}
	}
	return false
}

// walk finds the longest phrase that begins at the first word of best and continues at word i,
// after this number of fillers, of the kinds in skipped.
func (n *node) walk(r *reader, best *match, i, fillers int, skipped kind) {
	if i == len(r.words) || i > best.first && r.words[i].breaks {
		return
	}
	if n.gap != nil {
		n.gap.walk(r, best, i, fillers, skipped)
		between := skipped
		for j := i; j < min(i+maxGap, len(r.words)-1) && !r.words[j].breaks; j++ {
			between |= r.words[j].kind
			n.gap.walk(r, best, j+1, fillers, between)
		}
	}
	if n.next == nil && n.byClass == nil {
		return
	}
	for _, key := range [2][]byte{r.exact(i), r.stem(i)} {
		if next := n.next[string(key)]; next != nil {
			next.end(best, i+1, skipped)
			next.walk(r, best, i+1, fillers, skipped)
		}
	}
	for _, next := range n.byClass {
		if next.class&r.words[i].classes > 0 {
			next.end(best, i+1, skipped)
			next.walk(r, best, i+1, fillers, skipped)
		}
	}
	if i > best.first && fillers < maxSkipped && r.words[i].kind&filler > 0 &&
		!(r.words[i].kind&focus > 0 && r.words[i-1].kind&negated > 0) { // "not just easy"
		n.walk(r, best, i+1, fillers+1, skipped|r.words[i].kind)
	}
}

// end sets best to the phrase that ends at n, before word i, if there is one and it is longer.
func (n *node) end(best *match, i int, skipped kind) {
	if n.entry != nil && i > best.end {
		best.entry, best.end, best.within = n.entry, i, skipped
	}
}

const maxSkipped = 2 // fillers within a phrase: "gets really very hot"

// Search distances around a phrase for its sign, in words.
const (
	negationReach = 5
	opinionBefore = 4
	opinionAfter  = 6
	// "other than the noise" is an exception to an opinion within this distance
	exceptedWithin = 7
)

// match is a phrase in a text.
type match struct {
	*entry
	first, end int  // words
	within     kind // kinds of the words skipped within the phrase
	opinion    int  // index of the opinion word; -1 if none
	means      bool
	polarity   Polarity
}

// judge determines the polarity of a phrase, and whether it has one.
func (l *Lexicon) judge(r *reader, m *match) {
	if m.own == "" && (m.aspect == "" || r.words[m.first].kind&queried > 0) {
		return
	}
	mood := r.before(m.first) | m.within&(negated|unreal)
	if m.within&formerly > 0 || m.within&halts > 0 &&
		strings.HasSuffix(string(r.exact(m.end-1)), "ing") {
		mood ^= negated // "my back used to hurt", "my feet stopped aching"
	}
	if mood&(negated|wished) > 0 && r.isUnprecedented(m.first, m.end) ||
		mood&negated > 0 && r.asThis(m.first, m.end) {
		mood &^= negated | wished
	}
	if mood&spared > 0 && (m.sign == complaint || m.sign == nuisance) {
		mood |= negated // "no issues with leaks"
	}
	if mood&upTo > 0 && (m.sign != complaint || !r.untilHappened(m)) {
		mood |= unreal // "wait until it is cheaper", "I wear them until they break"
	}
	if mood&ends > 0 && m.sign == praise {
		mood |= negated // "not worth the cheap price"
	}
	if m.sign == praise || m.sign == complaint {
		m.polarity = Positive
		if m.sign == complaint {
			m.polarity = Negative
		}
		switch {
		case m.always:
		case mood&unreal > 0, mood&negated > 0 && m.firm:
			return
		case mood&wished > 0 && mood&negated > 0: // "could not be more comfortable"
		case mood&wished > 0: // "could be more comfortable"
			if m.sign == complaint {
				return
			}
			m.polarity = Negative
		case (mood&negated > 0) != r.lessens(m.end):
			m.polarity = 1 - m.polarity
		case m.sign == praise && r.tooMuch(m):
			m.polarity = Negative // "too easy"
		}
		m.means = true
		return
	}
	if kind := r.excepted(m); kind > 0 {
		// "other than the noise it's great", but "nothing good besides the price"
		p, found := l.opinionNear(r, m)
		m.polarity, m.means = 1-p, found && (p == Positive || kind&apart > 0)
		return
	}
	if mood&(unreal|wished) == 0 {
		m.polarity, m.opinion = l.opinionOn(r, m.first, m.end, m.sign == nuisance)
	}
	switch {
	case m.opinion >= 0:
		m.means = true
		r.words[m.opinion].opinion = true
	case m.own != "":
		m.polarity, m.means = Neutral, true
	case m.sign == open && mood&wished > 0 && mood&negated == 0: // "I expected more comfort"
		m.polarity, m.means = Negative, true
	case mood&(unreal|wished) > 0:
	case m.sign == open && r.lacks(m.first): // "no comfort"
		m.polarity, m.means = Negative, true
	case m.sign == open:
	case mood&negated > 0:
		m.polarity, m.means = Positive, true
	case mood&much > 0:
		m.polarity, m.means = Negative, true
	}
}

// opinionOn returns the nearest opinion to words[first:end] in their clause, and the index of its
// word, -1 if none.
func (l *Lexicon) opinionOn(r *reader, first, end int, bother bool) (Polarity, int) {
	back, ahead := first, end-1
	for n := 1; n <= max(opinionBefore, opinionAfter); n++ {
		if n <= opinionBefore && back > 0 && !r.words[back].breaks {
			back--
			if p, ok := l.opinionAt(r, back, bother); ok {
				return p, back
			}
		}
		if n <= opinionAfter && ahead+1 < len(r.words) && !r.words[ahead+1].breaks {
			ahead++
			if p, ok := l.opinionAt(r, ahead, bother); ok {
				return p, ahead
			}
		}
	}
	return 0, -1
}

// opinionNear returns the nearest opinion to a phrase, also outside its clause.
func (l *Lexicon) opinionNear(r *reader, m *match) (p Polarity, found bool) {
	for n := range exceptedWithin {
		for _, i := range [2]int{m.end + n, m.first - 1 - n} {
			if i >= 0 && i < len(r.words) {
				if p, found = l.opinionAt(r, i, false); found {
					return p, true
				}
			}
		}
	}
	return 0, false
}

// opinionAt returns the opinion of a word; a negation before it inverts it, and too much is a
// complaint.
func (l *Lexicon) opinionAt(r *reader, i int, bother bool) (p Polarity, ok bool) {
	for _, key := range [2][]byte{r.exact(i), r.stem(i)} {
		if bother {
			p, ok = l.bother[string(key)]
		}
		if !ok {
			p, ok = l.opinion[string(key)]
		}
		if ok {
			break
		}
	}
	if !ok && i > 0 && (string(r.exact(i)) == "=like" && r.words[i-1].kind&(person|dislikes) > 0 ||
		r.words[i].kind&bears > 0 && r.words[i-1].kind&negated > 0) {
		p, ok = Positive, true // "I like", "I don't like", "I can't stand"
	}
	mood := r.before(i)
	if mood&(negated|wished) > 0 && r.isUnprecedented(i, i+1) || mood&negated > 0 &&
		r.asThis(i, i+1) {
		mood &^= negated | wished
	}
	if !ok || mood&(unreal|upTo) > 0 {
		return 0, false
	}
	if p == Positive && r.tooBefore(i) {
		return Negative, mood&negated == 0
	}
	// "could not be better" is praise
	if negated := mood&negated > 0 || p == Positive && mood&ends > 0; negated != (mood&wished > 0) {
		p = 1 - p
	}
	return p, true
}

// Meaning returns the aspect that a term implies by itself, "" if none, and whether the term names
// it ("audio") rather than describes it ("comfy").
func (l *Lexicon) Meaning(term string) (aspect string, name bool) {
	r := readers.Get().(*reader)
	defer readers.Put(r)
	l.read(r, []byte(term))
	m := l.find(r, 0)
	if m.entry == nil || m.own != "" || m.end < len(r.words) {
		return "", false
	}
	return m.aspect, m.sign == open || m.sign == nuisance
}
