package phrases

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"reviewlens/reviews"
	"reviewlens/reviews/stats"
	"reviewlens/reviews/stem"
)

// planted makes reviews of filler words. Each of causes is in 4% of the reviews of its sentiment
// and in 0.4% of the others.
func planted(n int, seed uint64) (texts []string, sentiments []reviews.Sentiment) {
	rng := rand.New(rand.NewPCG(seed, 1))
	for range n {
		s, side := reviews.Positive, 1
		if rng.IntN(3) == 0 {
			s, side = reviews.Negative, 0
		}
		var b strings.Builder
		for range 15 + rng.IntN(30) {
			fmt.Fprintf(&b, "filler%c%c ", 'a'+rng.IntN(26), 'a'+rng.IntN(8))
			for i, cause := range causes {
				rate := 0.04
				if i%2 != side {
					rate = 0.004
				}
				if rng.Float64() < rate/30 {
					b.WriteString(cause + " ")
				}
			}
		}
		texts, sentiments = append(texts, b.String()), append(sentiments, s)
	}
	return texts, sentiments
}

// causes with even indices are complaints.
var causes = []string{"battery dies quickly", "perfect fit", "zipper broke", "sturdy handle",
	"smells", "arrived early",
	"not waterproof", "lovely colour", "customer service ignored", "quiet motor"}

func drivers(texts []string, sentiments []reviews.Sentiment) []Driver {
	d := NewDrivers()
	for i, text := range texts {
		d.Add(i, []byte(text), sentiments[i])
	}
	return d.Top(10)
}

func TestDriversFindPlantedCauses(t *testing.T) {
	texts, sentiments := planted(12_000, 1)
	found, right := drivers(texts, sentiments), 0
	for _, f := range found {
		i := slices.Index(causes, f.Phrase)
		if i < 0 {
			t.Logf("named %q, which was not planted", f.Phrase)
			continue
		}
		right++
		if want := []reviews.Sentiment{reviews.Negative,
			reviews.Positive}[i%2]; f.Sentiment != want {
			t.Errorf("%q is %v, want %v", f.Phrase, f.Sentiment, want)
		}
		if f.Share.Low > f.Share.Share || f.Share.Share > f.Share.High || f.Reviews < minReviews {
			t.Errorf("%q: %d reviews, share %v", f.Phrase, f.Reviews, f.Share)
		}
		for _, row := range f.Rows {
			if sentiments[row] != f.Sentiment || !strings.Contains(texts[row], f.Phrase) {
				t.Errorf("%q: row %d (%v) is no example", f.Phrase, row, sentiments[row])
			}
		}
	}
	if right < 9 || right*10 < len(found)*9 {
		t.Errorf("%d of %d named are planted, want 9 of 10 or better of both: %+v", right,
			len(found), found)
	}
}

// For any order of the reviews, the same phrases are found, with the same counts and rows.
func TestDriversInAnyOrder(t *testing.T) {
	texts, sentiments := planted(6_000, 3)
	in := func(order []int) []Driver {
		d := NewDrivers()
		for _, i := range order {
			d.Add(i, []byte(texts[i]), sentiments[i])
		}
		found := d.Top(10)
		for i := range found {
			found[i].Phrase = stemsOf(found[i].Phrase)
		}
		return found
	}
	order := make([]int, len(texts))
	for i := range order {
		order[i] = i
	}
	want := in(order)
	if len(want) < 5 {
		t.Fatalf("%d phrases are found", len(want))
	}
	for _, d := range want {
		if !slices.IsSorted(d.Rows) {
			t.Errorf("rows of %q are %v", d.Phrase, d.Rows)
		}
	}
	rng := rand.New(rand.NewPCG(5, 1))
	for range 5 {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		if got := in(order); !reflect.DeepEqual(got, want) {
			t.Fatalf("in another order: %+v\nwant %+v", got, want)
		}
	}
}

func TestDriversOfShuffledReviews(t *testing.T) {
	for seed := range uint64(5) {
		texts, sentiments := planted(4_000, seed)
		rand.New(rand.NewPCG(seed, 2)).Shuffle(len(sentiments), func(i, j int) {
			sentiments[i], sentiments[j] = sentiments[j], sentiments[i]
		})
		if found := drivers(texts, sentiments); len(found) > 0 {
			t.Errorf("seed %d: %+v from sentiments that have nothing to do with the texts", seed,
				found)
		}
	}
}

// plainCount counts phrases as Drivers does, in the obvious way.
type plainCount struct {
	room  int
	texts map[string]bool
	parts [parts]plainPart
}

type plainPart struct {
	missed  int
	phrases map[string]*plainPhrase
}

func newPlainCount(room int) *plainCount {
	c := &plainCount{room: room, texts: map[string]bool{}}
	for i := range c.parts {
		c.parts[i].phrases = map[string]*plainPhrase{}
	}
	return c
}

var plainStops = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(stopWords) {
		m[w] = true
	}
	return m
}()

type plainPhrase struct {
	name   string // as written in the fifth text with it
	counts [2]int
	rows   [2][]int
	missed int
}

func (c *plainCount) add(row int, text string, side int) {
	words := plainWords(text)
	all := strings.Join(slices.DeleteFunc(slices.Clone(words),
		func(w string) bool { return w == "|" }), " ")
	if c.texts[all] || all == "" {
		return
	}
	c.texts[all] = true
	stop := func(w string) bool {
		return plainStops[w] || len(w) > 32 || len(w) < 2 || w[0] >= '0' && w[0] <= '9'
	}
	first := map[string]string{} // first form, by its stems
	for i := range words {
		for n := 1; n <= 3 && i+n <= len(words); n++ {
			if phrase := words[i : i+n]; !slices.Contains(phrase, "|") && !stop(phrase[0]) &&
				!stop(phrase[n-1]) {
				forms := slices.Clone(phrase)
				for i, w := range forms {
					if !stop(w) {
						forms[i] = w[:stem.Size([]byte(w))]
					}
				}
				if key := strings.Join(forms, " "); first[key] == "" {
					first[key] = strings.Join(phrase, " ")
				}
			}
		}
	}
	for key, text := range first {
		part := &c.parts[NewPhrase(text).hash>>(64-partBits)]
		p := part.phrases[key]
		if p == nil {
			p = &plainPhrase{missed: part.missed}
			part.phrases[key] = p
		}
		if p.name == "" || p.counts[0]+p.counts[1] == minReviews-1 {
			p.name = text
		}
		if p.counts[side]++; p.counts[side] <= exampleRows {
			p.rows[side] = append(p.rows[side], row)
		}
	}
	for i := range c.parts {
		p := &c.parts[i]
		if len(p.phrases) <= c.room {
			continue
		}
		for len(p.phrases) > c.room*3/4 {
			p.missed++
			maps.DeleteFunc(p.phrases,
				func(_ string,
					q *plainPhrase) bool {
					return q.counts[0]+q.counts[1]+q.missed <= p.missed
				})
		}
	}
}

// plainWords returns the words of a text, and "|" where phrases break.
func plainWords(text string) (words []string) {
	runes := []rune(strings.ReplaceAll(text, "’", "'"))
	letter := func(i int) bool { return i < len(runes) && unicode.IsLetter(runes[i]) }
	for i := 0; i < len(runes); i++ {
		from := i
		if letter(i) || unicode.IsDigit(runes[i]) {
			for i < len(runes) &&
				(letter(i) || unicode.IsDigit(runes[i]) || unicode.IsMark(runes[i]) ||
					runes[i] == '\'' && letter(i+1)) {
				i++
			}
			words = append(words, strings.Map(unicode.ToLower, string(runes[from:i])))
		}
		if i < len(runes) && !strings.ContainsRune(" -\t", runes[i]) {
			words = append(words, "|")
		}
	}
	return words
}

func TestDriversCountAsThePlainWay(t *testing.T) {
	for name, corpus := range map[string]func(int, uint64) ([]string,
		[]reviews.Sentiment){"planted": planted, "spoken": spoken} {
		texts, sentiments := corpus(500, 7)
		for _, room := range []int{partRoom, 20, 3, 1} {
			c, d := newPlainCount(room), NewDrivers()
			d.room = room
			for i, s := range sentiments {
				d.Add(i, []byte(texts[i]), s)
				if side := slices.Index([]reviews.Sentiment{reviews.Negative, reviews.Positive},
					s); side >= 0 {
					c.add(i, texts[i], side)
				}
				if i%150 == 0 {
					d.flush()
				}
			}
			d.flush()
			if d.reviews[0]+d.reviews[1] != len(c.texts) {
				t.Errorf("%s: %v texts, want %d", name, d.reviews, len(c.texts))
			}
			for i := range d.parts {
				got, want := &d.parts[i], &c.parts[i]
				if got.missed != want.missed || got.size != len(want.phrases) {
					t.Errorf("%s, room for %d: %d missed, %d phrases; want %d, %d", name, room,
						got.missed, got.size, want.missed, len(want.phrases))
				}
				for _, want := range want.phrases {
					text := want.name
					p := d.lookUp(NewPhrase(text).hash)
					if name := p.text; name != text &&
						(name != "" || want.counts[0]+want.counts[1] >= minReviews) {
						t.Fatalf("%s, room for %d: %q is called %q", name, room, text, name)
					}
					for side := range 2 {
						n := int(p.counts[side])
						var rows []int
						for _, row := range p.rows[side][:min(n, exampleRows)] {
							rows = append(rows, int(row))
						}
						if n != want.counts[side] || int(p.missed) != want.missed ||
							!slices.Equal(rows, want.rows[side]) {
							t.Fatalf("%s, room for %d: %q counts %+v, want %+v", name, room, text,
								p, *want)
						}
					}
				}
			}
		}
	}
}

func TestDriversVotes(t *testing.T) {
	d := NewDrivers()
	for i := range 200 {
		d.Add(i, []byte("The hinge broke."), reviews.Negative) // one text, pasted 200 times
		d.Add(i, fmt.Appendf(nil, "word%c%c nice", 'a'+i%26, 'a'+i/26), reviews.Positive)
		d.Add(i, []byte("undecided hinge"), reviews.Unsure)
		d.Add(i, nil, reviews.None)
	}
	for _, f := range d.Top(10) {
		if f.Sentiment == reviews.Negative {
			t.Errorf("equal texts made %q a driver with %d reviews", f.Phrase, f.Reviews)
		}
	}
	if got := NewDrivers().Top(10); got != nil {
		t.Errorf("Top of nothing = %v", got)
	}
}

// missed returns how many reviews of a phrase may be uncounted.
func missed(d *Drivers) (most int) {
	d.flush()
	for i := range d.parts {
		most = max(most, d.parts[i].missed)
	}
	return most
}

func TestDriversForget(t *testing.T) {
	d := NewDrivers()
	texts := 0
	for ; missed(d) == 0; texts += 1000 {
		for i := range 1000 {
			d.Add(i, fmt.Appendf(nil, "a%x b%x c%x d%x e%x, usual words", texts+i, i, i, texts+i,
				i), reviews.Positive)
		}
	}
	held := 0
	for i := range d.parts {
		p := &d.parts[i]
		held += p.size
		named, indexed := 0, 0
		for _, q := range p.phrases {
			if q.named > 0 {
				named++
			}
		}
		for _, s := range p.slots {
			if s != 0 {
				indexed++
			}
		}
		if indexed != p.size || named != len(p.names)-1 {
			t.Errorf("%d phrases, %d indexed; %d have a name, %d names are held", p.size, indexed,
				named, len(p.names)-1)
		}
	}
	if held > parts*d.room || held < 1_000_000 {
		t.Errorf("%d phrases are held when the first are forgotten", held)
	}
	if p := d.lookUp(NewPhrase("usual words").hash); int(p.counts[1]) != texts {
		t.Errorf("%d reviews have a phrase, %d are held", texts, p.counts[1])
	}
}

func TestChance(t *testing.T) {
	for _, tt := range []struct {
		k, n, side, all int
		want            float64
	}{
		{5, 5, 10, 100, 2 * 252.0 / 75287520}, // C(10,5) / C(100,5)
		{1, 1, 50, 100, 1},
		{3, 5, 5, 10, 1}, // P(X >= 3) is a half
		{0, 5, 5, 10, 1},
	} {
		if got := chance(tt.k, tt.n, tt.side, tt.all); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("chance(%d, %d, %d, %d) = %g, want %g", tt.k, tt.n, tt.side, tt.all, got,
				tt.want)
		}
	}
	if exact, g := chance(70, 200, 2500, 10_000), chance(71, 201, 2500, 10_000); exact < g/2 ||
		exact > g*2 {
		t.Errorf("the exact test says %g where the G-test says %g", exact, g)
	}
}

func TestDriversNameCauses(t *testing.T) {
	d := NewDrivers()
	for i := range 120 {
		d.Add(2*i, fmt.Appendf(nil, "word%c%c this is not good, the hinge squeaks", 'a'+i%26,
			'a'+i/26), reviews.Negative)
		d.Add(2*i+1, fmt.Appendf(nil, "word%c%c great, love it, bright lamp", 'a'+i%26, 'a'+i/26),
			reviews.Positive)
	}
	var texts []string
	for _, f := range d.Top(10) {
		texts = append(texts, f.Phrase)
	}
	if want := []string{"hinge squeaks", "bright lamp"}; !slices.Equal(texts, want) {
		t.Errorf("drivers = %q, want %q: verdicts are no causes", texts, want)
	}
}

// spoken makes reviews of words as frequent as in a language (Zipf), some of them stop words, with
// punctuation, numbers, apostrophes and letters beyond ASCII.
func spoken(n int, seed uint64) (texts []string, sentiments []reviews.Sentiment) {
	rng := rand.New(rand.NewPCG(seed, 3))
	zipf := rand.NewZipf(rng, 1.1, 4, 60_000)
	stops, verdicts := strings.Fields(stopWords), strings.Fields(verdictWords)
	for range n {
		var b strings.Builder
		for range 5 + rng.IntN(100) {
			switch r := rng.IntN(100); {
			case r < 45:
				b.WriteString(stops[min(rng.IntN(len(stops)), rng.IntN(len(stops)))])
			case r < 50:
				b.WriteString(verdicts[rng.IntN(len(verdicts))])
			case r < 52:
				fmt.Fprint(&b, rng.IntN(1000))
			case r < 53:
				b.WriteString([]string{"café", "ÉTÉ", "isn’t", "o'", "'n'", "x", "很好", "e\u0301",
					"\xff", strings.Repeat("long", 9), "K\u212a"}[rng.IntN(11)])
			default:
				w := fmt.Sprintf("%c%c%x", 'g'+rng.IntN(2), 'h'+rng.IntN(3), zipf.Uint64())
				if rng.IntN(10) == 0 {
					w = strings.ToUpper(w[:1]) + w[1:]
				}
				b.WriteString(w)
			}
			b.WriteString([]string{" ", " ", " ", " ", " ", " ", " ", ", ", ". ", "-", "\n",
				"\t"}[rng.IntN(12)])
		}
		texts, sentiments = append(texts, b.String()),
			append(sentiments,
				[]reviews.Sentiment{reviews.Negative, reviews.Positive, reviews.Positive,
					reviews.Unsure}[rng.IntN(4)])
		if rng.IntN(10) == 0 { // equal words, if not equal texts, vote once
			texts, sentiments = append(texts,
				strings.ReplaceAll(texts[len(texts)-1-rng.IntN(min(5, len(texts)))], "-", "! ")),
				append(sentiments, reviews.Positive)
		}
	}
	return texts, sentiments
}

func BenchmarkDriversAdd(b *testing.B) {
	for name, corpus := range map[string]func(int, uint64) ([]string,
		[]reviews.Sentiment){"planted": planted, "spoken": spoken} {
		for _, n := range []int{2_000, 40_000} {
			texts, sentiments := corpus(n, 1)
			bytes := 0
			for _, t := range texts {
				bytes += len(t)
			}
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.SetBytes(int64(bytes))
				b.ReportAllocs()
				for b.Loop() {
					d := NewDrivers()
					for i, text := range texts {
						d.Add(i, []byte(text), sentiments[i])
					}
					d.flush()
				}
			})
		}
	}
}

// BenchmarkMillionRows measures all counts of a million rows: by sentiment, star, month and
// product, and drivers.
func BenchmarkMillionRows(b *testing.B) {
	texts, sentiments := spoken(1_000_000, 1)
	texts = texts[:1_000_000]
	rows, size := make([][]byte, len(texts)), 0
	for i, text := range texts {
		rows[i] = []byte(text)
		size += len(text)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		var s stats.Summary
		d := NewDrivers()
		for i, text := range rows {
			s.Add(reviews.Result{Score: reviews.Score{Positive: float64(i%100) / 100,
				Sentiment: sentiments[i]}},
				reviews.Facts{Stars: float64(1 + i%5), Day: reviews.Day(10_000 + i%2000),
					Product: 1 + i%300})
			d.Add(i, text, sentiments[i])
		}
		s.Trend()
		s.Change()
		d.Top(8)
	}
	b.ReportMetric(float64(len(rows))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
