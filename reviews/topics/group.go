package topics

import (
	"cmp"
	"slices"
	"strings"

	"reviewlens/reviews/aspects"
)

// grouping assigns the forms of a counter to groups, each a topic.
type grouping struct {
	forms  []formTally
	words  []normal // words of each form by which it is grouped; nil for no topic
	groups []group
	of     []int32 // group of each form; -1 if none
}

// formTally holds the counts of a form.
type formTally struct {
	mentions int // except those of other products
	others   int // of other products
	this     int // after "this" or "these"
	within   int // those whose capitalization is evidence of a name
	capital  int // of these, those that are capitalized
}

// group holds the forms of one topic.
type group struct {
	name   string
	forms  []string
	pinned bool
	hidden bool
	common bool // a word that is written in capitals without being a name: "USB"
}

// group groups the forms.
func (c *Counter) group(s Scheme) *grouping {
	g := &grouping{forms: c.tallyForms(), of: make([]int32, len(c.forms))}
	words := c.words(g.forms)
	g.words = words
	g.dropProduct(c, words)

	own := newClaims(s)
	sets := newSets(len(c.forms))
	claimed := make([]int, len(c.forms)) // topic of the scheme plus one
	for i, f := range c.forms {
		claimed[i] = own.exact(wordsOf(f.term))
		if words[i] == nil {
			continue
		}
		sets.join(i, words[i].keys()...)
		if topic := words[i].topic(); topic != "" {
			sets.join(i, topic)
		}
	}
	whole := map[int]int{} // topic of the scheme that claims a whole set, by its root
	for i := range c.forms {
		if words[i] == nil {
			continue
		}
		by, root := own.any(words[i]), sets.root(i)
		switch {
		case by.topic == 0:
		case by.apart:
			claimed[i] = cmp.Or(claimed[i], by.topic)
		case whole[root] == 0 || by.topic < whole[root]:
			whole[root] = by.topic
		}
	}

	g.groups = make([]group, len(s.Topics))
	members := make([][]int, len(s.Topics))
	numbers := map[int]int32{} // of each set's group
	for i := range c.forms {
		n := claimed[i]
		if n == 0 && words[i] != nil {
			n = whole[sets.root(i)]
		}
		switch {
		case n > 0:
			g.of[i] = int32(n - 1)
		case words[i] == nil || g.forms[i].mentions == 0:
			g.of[i] = -1
			continue
		default:
			at, ok := numbers[sets.root(i)]
			if !ok {
				at = int32(len(g.groups))
				numbers[sets.root(i)] = at
				g.groups, members = append(g.groups, group{}), append(members, nil)
			}
			g.of[i] = at
		}
		members[g.of[i]] = append(members[g.of[i]], i)
	}
	for i := range g.groups {
		g.name(c, i, members[i])
	}
	for i, t := range s.Topics {
		g.groups[i].name, g.groups[i].pinned, g.groups[i].hidden = t.Name, t.Pinned, t.Hidden
	}
	return g
}

// words returns the words by which each form is grouped. A form that implies an aspect belongs to
// that aspect, whether it is marked as named or not; but a name of a part of it ("bass", of sound)
// is a topic of its own if reviews name it, and phrases with that name ("muddy bass") belong to it.
func (c *Counter) words(tallies []formTally) []normal {
	lexicon := aspects.Default()
	out := make([]normal, len(c.forms))
	named := map[string]int{} // number of mentions, by normal form
	enough := least(len(c.texts))
	for i, f := range c.forms {
		if f.aspect != "" {
			continue
		}
		out[i] = normalOf(f.term)
		if aspect, name := lexicon.Meaning(f.term); aspect != "" && !name {
			out[i] = wordsOf(aspect)
		} else {
			named[out[i].joined()] += tallies[i].mentions
		}
	}
	for i, f := range c.forms {
		if f.aspect == "" {
			continue
		}
		out[i] = wordsOf(f.aspect)
		if _, name := lexicon.Meaning(f.term); name {
			if own := normalOf(f.term); own != nil && named[own.joined()] >= enough {
				out[i] = own
			}
			continue
		}
		terms := wordsOf(f.term)
		for n := range terms {
			own := terms[n:].part()
			if named[own.joined()] < enough || !own.isTopic() {
				continue
			}
			if aspect, name := lexicon.Meaning(strings.Join(own, " ")); name && aspect == f.aspect {
				out[i] = own
				break
			}
		}
	}
	return out
}

// part returns the name of a part that words may begin with: the topic of the first word or two
// ("install", "set up": setup), or else the first word.
func (n normal) part() normal {
	for size := min(2, len(n)); size > 0; size-- {
		if topic := n[:size].topic(); topic != "" {
			return normal{topic}
		}
	}
	return n[:1]
}

func (c *Counter) tallyForms() []formTally {
	out := make([]formTally, len(c.forms))
	for _, t := range c.texts {
		for _, m := range c.of(t) {
			f := &out[m.form]
			if m.context&aspects.Other > 0 {
				f.others++
				continue
			}
			f.mentions++
			if m.context&aspects.This > 0 {
				f.this++
			}
			if m.context&aspects.Within > 0 {
				f.within++
				if m.context&aspects.Capital > 0 {
					f.capital++
				}
			}
		}
	}
	return out
}

// A term is the product's own name if so many of its mentions follow "this" or "these".
const (
	minThis   = 2
	thisShare = 0.08
)

// dropProduct removes the product's own name from the words of named forms.
func (g *grouping) dropProduct(c *Counter, words []normal) {
	type count struct{ this, all int }
	counts := map[string]count{}
	aspect := map[string]bool{} // an aspect that may be implied is not a product
	for _, name := range aspects.Default().Aspects() {
		aspect[wordsOf(name).joined()] = true
	}
	for i, f := range c.forms {
		if f.aspect != "" || words[i] == nil {
			continue
		}
		key := words[i].joined()
		n := counts[key]
		n.this += g.forms[i].this
		n.all += g.forms[i].mentions + g.forms[i].others
		counts[key] = n
	}
	product := map[string]bool{}
	for key, n := range counts {
		if n.this >= minThis && float64(n.this) >= thisShare*float64(n.all) && !aspect[key] {
			product[key] = true
		}
	}
	if len(product) == 0 {
		return
	}
	for i, f := range c.forms {
		if f.aspect == "" && words[i] != nil {
			words[i] = without(words[i], product)
		}
	}
}

// without returns a term without a leading name of the product; nil if it is itself one.
func without(words normal, product map[string]bool) normal {
	const longest = 3 // of a name, in words
again:
	for n := 1; n <= min(longest, len(words)); n++ {
		if product[words[len(words)-n:].joined()] {
			return nil // "wireless keyboard"
		}
	}
	for n := min(longest, len(words)-1); n > 0; n-- {
		if product[words[:n].joined()] {
			words = words[n:]
			goto again
		}
	}
	if !words.isTopic() {
		return nil
	}
	return words
}

// name names a group by its most frequent spelling, or by its aspect, and lists its forms.
func (g *grouping) name(c *Counter, n int, members []int) {
	type written struct {
		text           string // the most frequent spelling
		mentions, most int
		name           string // without a leading name of the product
	}
	shown := map[string]*written{} // by lower case
	aspect := ""
	within, capital := 0, 0
	for _, i := range members {
		f := c.forms[i]
		g.groups[n].common = g.groups[n].common || g.words[i].isCommon()
		if f.aspect != "" && (aspect == "" || f.aspect < aspect) &&
			slices.Equal(g.words[i], wordsOf(f.aspect)) {
			aspect = f.aspect
		}
		within, capital = within+g.forms[i].within, capital+g.forms[i].capital
		text := trimBefore(f.term)
		key := strings.ToLower(text)
		w := shown[key]
		if w == nil {
			w = &written{name: key}
			if own := wordsOf(text); len(g.words[i]) > 0 && len(g.words[i]) < len(own) {
				w.name = strings.Join(g.words[i], " ")
			}
			shown[key] = w
		}
		mentions := g.forms[i].mentions
		w.mentions += mentions
		if w.text == "" || mentions > w.most || mentions == w.most && text < w.text {
			w.text, w.most = text, mentions
		}
	}
	forms := make([]string, 0, len(shown))
	for key := range shown {
		forms = append(forms, key)
	}
	slices.SortStableFunc(forms, func(a, b string) int {
		return cmp.Or(cmp.Compare(shown[b].mentions, shown[a].mentions), cmp.Compare(a, b))
	})
	forms = forms[:min(len(forms), maxForms)]
	if within >= minCount && 2*capital > within {
		for i, key := range forms {
			forms[i] = shown[key].text
		}
		g.groups[n].name = forms[0]
	} else if len(forms) > 0 {
		g.groups[n].name = shown[forms[0]].name
	}
	if aspect != "" {
		g.groups[n].name = aspect
	}
	g.groups[n].forms = forms
}

// trimBefore returns a term without leading articles and the like.
func trimBefore(term string) string {
	term = strings.Join(strings.Fields(term), " ")
	for {
		word, rest, ok := strings.Cut(term, " ")
		if !ok || !strings.Contains(before, " "+strings.ToLower(word)+" ") {
			return term
		}
		term = rest
	}
}

// sets holds disjoint sets of numbers that have keys in common (union-find).
type sets struct {
	parents []int
	keys    map[string]int
}

func newSets(n int) *sets {
	s := &sets{make([]int, n), make(map[string]int, n)}
	for i := range s.parents {
		s.parents[i] = i
	}
	return s
}

// join adds i to the set of each key.
func (s *sets) join(i int, keys ...string) {
	for _, key := range keys {
		if j, ok := s.keys[key]; ok {
			s.parents[s.root(i)] = s.root(j)
		} else {
			s.keys[key] = i
		}
	}
}

func (s *sets) root(i int) int {
	for s.parents[i] != i {
		s.parents[i] = s.parents[s.parents[i]]
		i = s.parents[i]
	}
	return i
}
