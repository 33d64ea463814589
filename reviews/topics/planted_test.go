package topics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
	"reviewlens/reviews/stats"
)

// plant is a topic of a generated file.
type plant struct {
	forms    []string
	share    float64 // share of the reviews that mention it
	negative float64 // of these, those that complain
	since    int     // period from which on four times as many complain; 0 for none
}

// generated is a file of reviews with planted topics.
type generated struct {
	texts    []Text
	mentions [][]aspects.Mention
	plants   []plant
	periods  []stats.Period
}

// syllables make words that are in no list.
var syllables = strings.Fields("ba de fi go ku la me ni po ru sa te vi zo")

func invent(r *rand.Rand) string {
	word := ""
	for range 2 + r.IntN(3) {
		word += syllables[r.IntN(len(syllables))]
	}
	return word + "k"
}

const months = 18

// generate makes a file: ten topics that people write in several ways, the product's name, a brand,
// mentions of other products, repeated reviews, and a fifth of meaningless mentions, as from a
// model that errs.
func generate(r *rand.Rand) generated {
	var g generated
	start := time.Date(2023, time.January, 1, 0, 0, 0, 0, time.UTC)
	for m := range months {
		g.periods = append(g.periods, stats.Period{From: start.AddDate(0, m, 0)})
	}
	used := map[string]bool{}
	word := func() string {
		for {
			if w := invent(r); !used[w] {
				used[w] = true
				return w
			}
		}
	}
	for i := range 10 {
		a, b := word(), word()
		p := plant{forms: []string{a, a + "s", "the " + a, strings.ToUpper(a)},
			share: 0.03 + 0.09*r.Float64(), negative: 0.3}
		if i%2 == 0 {
			p.forms = []string{a + " " + b, a + b, a + "-" + b, a + " " + b + "s", "its " + a +
				" " + b}
		}
		switch i % 3 {
		case 0:
			p.negative = 0.75
		case 1:
			p.negative = 0.05
		}
		if i == 5 {
			p.share, p.negative, p.since = 0.1, 0.2, 6+r.IntN(6)
		}
		g.plants = append(g.plants, p)
	}
	product, brand := word(), strings.ToUpper(word()[:1])+word()
	var noise []string
	for range 3000 {
		noise = append(noise, word())
	}
	n := 400 + r.IntN(3000)
	for row := range n {
		day := reviews.Day(19_359 + r.IntN(30*months)) // from 1 January 2023
		t := Text{Fingerprint: r.Uint64(), Row: row, Day: day, Product: 1 + r.IntN(3),
			Sentiment: reviews.Positive}
		var mentions []aspects.Mention
		complaints := 0
		say := func(term string, negative bool, context aspects.Context) {
			m := aspects.Mention{Term: term, Start: 20 * len(mentions), Probability: 0.8,
				Context: context | aspects.Within}
			m.End = m.Start + len(term)
			if negative {
				m.Polarity = aspects.Negative
				complaints++
			}
			mentions = append(mentions, m)
		}
		period := monthOf(g.periods, day)
		for _, p := range g.plants {
			negative := p.negative
			share := p.share
			if p.since > 0 && period >= p.since {
				share, negative = 2.5*share, 0.7
			}
			if r.Float64() >= share {
				continue
			}
			context := aspects.Context(0)
			if r.IntN(50) == 0 {
				context = aspects.This
			}
			say(p.forms[min(r.IntN(len(p.forms)), r.IntN(len(p.forms)))], r.Float64() < negative,
				context)
		}
		if r.IntN(4) == 0 {
			context := aspects.Context(0)
			if r.IntN(3) == 0 {
				context = aspects.This
			}
			say(product, r.IntN(4) == 0, context)
		}
		if r.IntN(15) == 0 {
			say(brand, r.IntN(4) == 0, aspects.Capital)
		}
		if r.IntN(20) == 0 {
			say("router", true, aspects.Other)
		}
		if r.IntN(4) == 0 {
			term := noise[r.IntN(len(noise))]
			if r.IntN(2) == 0 {
				term += " " + noise[r.IntN(len(noise))]
			}
			say(term, r.IntN(3) == 0, 0)
		}
		if r.Float64() < 0.1+0.4*float64(min(complaints, 2)) {
			t.Sentiment = reviews.Negative
		}
		for range 1 + r.IntN(20)/19 { // some reviews occur twice
			g.texts, g.mentions = append(g.texts, t), append(g.mentions, mentions)
			t.Row += 100_000
		}
	}
	return g
}

func monthOf(periods []stats.Period, day reviews.Day) int {
	at := 0
	for at+1 < len(periods) && !day.Time().Before(periods[at+1].From) {
		at++
	}
	return at
}

// files returns how many files are generated: make test-topics generates 200.
func files(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("TOPICS_FILES"))
	if err != nil {
		return 4
	}
	return n
}

func (g generated) topics() Result {
	var c Counter
	for i := range g.texts {
		c.Add(g.texts[i], g.mentions[i])
	}
	return c.Topics(Scheme{}, Options{Periods: g.periods, Products: []int{1, 2, 3}})
}

// score counts found and correct items of all that are to be found.
type score struct{ found, right, all int }

func (s score) precision() float64 { return float64(s.right) / float64(max(1, s.found)) }
func (s score) recall() float64    { return float64(s.right) / float64(max(1, s.all)) }
func (s score) String() string {
	return fmt.Sprintf("precision %.3f, recall %.3f (%d of %d found)", s.precision(), s.recall(),
		s.right, s.all)
}

// Planted topics are found with their counts, and those that people complain about or praise stand
// out; a change is found in its month or an adjacent one.
func TestPlanted(t *testing.T) {
	random := rand.New(rand.NewPCG(2024, 1))
	var shown, stands, changed score
	for range files(t) {
		g := generate(random)
		planted := map[string]plant{}
		for _, p := range g.plants {
			planted[normalOf(p.forms[0]).joined()] = p
		}
		shown.all += len(planted)
		reviews := map[string]map[uint64]bool{} // of each topic, by fingerprint
		for i, mentions := range g.mentions {
			for _, m := range mentions {
				key := normalOf(m.Term).joined()
				if reviews[key] == nil {
					reviews[key] = map[uint64]bool{}
				}
				reviews[key][g.texts[i].Fingerprint] = true
			}
		}
		strong := 0
		for _, p := range g.plants {
			if p.negative == 0.75 || p.negative == 0.05 {
				strong++
			}
			if p.since > 0 {
				changed.all++
			}
		}
		stands.all += strong
		for _, topic := range g.topics().Topics {
			key := normalOf(topic.Name).joined()
			p, ok := planted[key]
			if topic.Proper {
				continue // the brand, told apart
			}
			shown.found++
			if !ok {
				continue
			}
			shown.right++
			if topic.Reviews != len(reviews[key]) {
				t.Errorf("%s is in %d reviews, want %d", topic.Name, topic.Reviews,
					len(reviews[key]))
			}
			if topic.Stand != Ordinary && (p.negative == 0.75 || p.negative == 0.05) {
				stands.found++
				if (topic.Stand == Complained) == (p.negative == 0.75) {
					stands.right++
				}
			}
			for _, c := range topic.Changes {
				changed.found++
				at := 0
				for !g.periods[at].From.Equal(c.From) {
					at++
				}
				if p.since > 0 && c.Worse() && at-p.since <= 1 && p.since-at <= 1 {
					changed.right++
				}
			}
		}
	}
	t.Logf("%d files: topics %v; praised and complained about %v; changes %v", files(t), shown,
		stands, changed)
	for name, s := range map[string]score{"topics": shown, "stands": stands, "changes": changed} {
		if s.precision() < 0.9 || s.recall() < 0.9 {
			t.Errorf("%s: %v, want 0.9", name, s)
		}
	}
}

// In shuffled files nothing is found: if the terms are random, no topic, and if the signs are, no
// topic that stands out and no change, in 95% of files.
func TestShuffled(t *testing.T) {
	random := rand.New(rand.NewPCG(2024, 2))
	topics, standing, changing := 0, 0, 0
	for range files(t) {
		g := generate(random)
		var all []*aspects.Mention
		for i := range g.mentions {
			if g.texts[i].Row >= 100_000 {
				continue // a repeat, which shares its mentions
			}
			for j := range g.mentions[i] {
				all = append(all, &g.mentions[i][j])
			}
		}
		random.Shuffle(len(all), func(i, j int) {
			all[i].Polarity, all[j].Polarity = all[j].Polarity, all[i].Polarity
		})
		// Days are shuffled too, since a change is one of the share of all reviews.
		for i := range g.texts {
			g.texts[i].Day = reviews.Day(19_359 + random.IntN(30*months))
		}
		stand, change := false, false
		for _, topic := range g.topics().Topics {
			stand = stand || topic.Stand != Ordinary
			change = change || len(topic.Changes) > 0
		}
		if stand {
			standing++
		}
		if change {
			changing++
		}

		words := make([]string, 3000)
		for i := range words {
			words[i] = fmt.Sprint(invent(random), i, "k")
		}
		for _, m := range all {
			m.Term = words[random.IntN(len(words))] + " " + words[random.IntN(len(words))]
			if random.IntN(2) == 0 {
				m.Term, _, _ = strings.Cut(m.Term, " ")
			}
			m.Context = aspects.Within
		}
		topics += len(g.topics().Topics)
	}
	t.Logf("%d files: %d topics of shuffled words; of shuffled signs, %d files with a topic that "+
		"stands out, %d with a change", files(t), topics, standing, changing)
	// 5% of files, and two standard errors
	most := float64(files(t))/20 + 2*math.Sqrt(float64(files(t))/20)
	if topics > 0 || float64(standing) > most || float64(changing) > most {
		t.Errorf("%d topics, %d and %d files; want none and at most %.0f", topics, standing,
			changing,
			most)
	}
}
