package topics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
)

// review makes a text of marked words: "[bass-] is weak" complains about bass, + praises, = does
// neither; "[comfy>comfort+]" implies comfort.
func review(row int, s reviews.Sentiment, marked string) (Text, []aspects.Mention, string) {
	var mentions []aspects.Mention
	plain := ""
	for {
		before, rest, ok := strings.Cut(marked, "[")
		plain += before
		if !ok {
			break
		}
		mark, after, _ := strings.Cut(rest, "]")
		m := aspects.Mention{Start: len(plain), Probability: 0.9,
			Polarity: aspects.Polarity(strings.IndexByte("+-=", mark[len(mark)-1]))}
		m.Term, m.Aspect, _ = strings.Cut(mark[:len(mark)-1], ">")
		plain += m.Term
		m.End = len(plain)
		mentions = append(mentions, m)
		marked = after
	}
	for i := range mentions {
		mentions[i].Context = aspects.ContextOf([]byte(plain), mentions[i].Start, mentions[i].End)
	}
	fingerprint := uint64(14695981039346656037)
	for _, b := range []byte(plain) {
		fingerprint = (fingerprint ^ uint64(b)) * 1099511628211
	}
	return Text{Fingerprint: fingerprint, Row: row, Sentiment: s}, mentions, plain
}

// counted counts reviews, each made of a pattern n times, made distinct by a number.
func counted(patterns ...any) *Counter {
	var c Counter
	row := 0
	for i := 0; i < len(patterns); i += 3 {
		for range patterns[i].(int) {
			t, mentions, _ := review(row, patterns[i+1].(reviews.Sentiment),
				patterns[i+2].(string)+fmt.Sprint(" ", row))
			c.Add(t, mentions)
			row++
		}
	}
	return &c
}

// sizes returns the number of reviews by the name of the topic.
func sizes(topics []Topic) map[string]int {
	out := map[string]int{}
	for _, t := range topics {
		out[t.Name] = t.Reviews
	}
	return out
}

func named(topics []Topic) (out []string) {
	for _, t := range topics {
		out = append(out, t.Name)
	}
	return out
}

func TestTopics(t *testing.T) {
	c := counted(
		12, reviews.Negative, "The [space bar-] sticks",
		8, reviews.Negative, "the [spacebar-] and the [Space-bars-] fail",
		3, reviews.Positive, "my [space bar+] is fine, [space=] is short",
		20, reviews.Positive, "a [comfy>comfort+] grip",
		5, reviews.Negative, "[comfort-] is poor, [space bar-] too",
		15, reviews.Positive, "I like this [keyboard+], its [keyboard layout+] is clear",
		15, reviews.Positive, "a [keyboard+] with [backlight+]",
		11, reviews.Positive, "works with [Acme+] and my old [wrist rest-]",
		11, reviews.Positive, "the [thing+] of the [day+]",
	)
	r := c.Topics(Scheme{}, Options{})
	want := []string{"space bar", "comfort", "backlight", "layout", "Acme", "space"}
	if got := named(r.Topics); !reflect.DeepEqual(got, want) {
		t.Fatalf("topics = %q, want %q", got, want)
	}
	bar := r.Topics[0]
	if bar.Reviews != 28 || bar.Negative != 25 || bar.Positive != 3 || bar.Mentions != 36 {
		t.Errorf("space bar = %+v", bar)
	}
	if want := []string{"space bar", "space-bars", "spacebar"}; !reflect.DeepEqual(bar.Forms,
		want) {
		t.Errorf("forms = %q, want %q", bar.Forms, want)
	}
	if comfort := r.Topics[1]; !comfort.Implied || comfort.Reviews != 25 || comfort.Negative != 5 {
		t.Errorf("comfort = %+v", comfort)
	}
	if !r.Topics[4].Proper || bar.Proper {
		t.Errorf("names: Acme %v, space bar %v", r.Topics[4].Proper, bar.Proper)
	}
	if r.Others != 11 || r.Reviews != 100 || r.Spoken != 89 || r.OneIn != 1 {
		t.Errorf("result = %+v", r)
	}
	// 75 reviews complain about nothing, and all of them are positive. The 20 without comfort are
	// attributed to the space bar, those with it by half.
	if got, want := bar.Impact, 100.0*76/76*22.5/100; math.Abs(got-want) > 1e-9 {
		t.Errorf("impact = %v, want %v", got, want)
	}
	if bar.Stand != Complained || r.Topics[2].Stand != Praised {
		t.Errorf("stands: %v, %v", bar.Stand, r.Topics[2].Stand)
	}
	if len(bar.Quotes) != 3 || bar.Quotes[0].Polarity != aspects.Negative ||
		bar.Quotes[1].Polarity != aspects.Negative || bar.Quotes[2].Polarity != aspects.Positive {
		t.Errorf("quotes = %+v", bar.Quotes)
	}
}

// Complaints of negative reviews about other topics than the listed ones are counted, and so are
// mentions in reviews of the other sentiment.
func TestContrary(t *testing.T) {
	r := counted(
		12, reviews.Negative, "the [lid-] sticks",
		8, reviews.Negative, "too many adverts, though the [lid+] shuts",
		2, reviews.Negative, "the [hinge-] squeaks",
		6, reviews.Positive, "fine, though the [lid-] sticks",
		1, reviews.Positive, "a [lid+] and a [lid-]",
		20, reviews.Positive, "a fine [lid+]",
		3, reviews.Unsure, "the [lid-] sticks",
	).Topics(Scheme{}, Options{})
	if r.Negative != 22 || r.Unexplained != 10 {
		t.Errorf("%d negative, %d unexplained, want 22 and 10", r.Negative, r.Unexplained)
	}
	lid := r.Topics[0]
	if lid.PraiseInNegative != 8 || lid.ComplaintsInPositive != 7 {
		t.Errorf("lid = %+v", lid)
	}
}

// A name of a part is one topic, whether it is marked as named or not.
func TestPartIsOneTopic(t *testing.T) {
	r := counted(
		4, reviews.Negative, "the [volume>sound-] is low",
		4, reviews.Negative, "its [volume-] drops",
		40, reviews.Positive, "a fine [lid+]",
	).Topics(Scheme{}, Options{})
	if got, want := named(r.Topics), []string{"lid", "volume"}; !reflect.DeepEqual(got, want) {
		t.Errorf("topics = %q, want %q", got, want)
	}
}

// A phrase with the name of a part belongs to the part if that is a topic, else to the aspect.
func TestPhrasesOfPart(t *testing.T) {
	r := counted(
		8, reviews.Positive, "a good [fit+]",
		8, reviews.Positive, "they [fit my ears>size+]",
		8, reviews.Negative, "[too large>size-]",
		6, reviews.Negative, "[muddy bass>sound-]",
	).Topics(Scheme{}, Options{})
	got := sizes(r.Topics)
	if want := map[string]int{"fit": 16, "size": 8, "sound": 6}; !reflect.DeepEqual(got, want) {
		t.Errorf("topics = %v, want %v", got, want)
	}
}

// Phrases with a synonym of a part belong to that part, so that ease and setup do not count a thing
// twice.
func TestPhrasesOfSynonym(t *testing.T) {
	r := counted(
		8, reviews.Positive, "a good [setup+]",
		6, reviews.Positive, "it is [easy to install>ease+]",
		5, reviews.Positive, "it is [easy to set up>ease+]",
		7, reviews.Positive, "it is [easy to clean>ease+]",
	).Topics(Scheme{}, Options{})
	got := sizes(r.Topics)
	if want := map[string]int{"setup": 19, "ease": 7}; !reflect.DeepEqual(got, want) {
		t.Errorf("topics = %v, want %v", got, want)
	}
}

// Common nouns in capitals are no names.
func TestCapitalsAreNoNames(t *testing.T) {
	r := counted(
		12, reviews.Negative, "its [Wi-Fi-] drops",
		11, reviews.Negative, "the [USB port-] is loose",
		10, reviews.Positive, "my [Acme+] works",
	).Topics(Scheme{}, Options{})
	var proper []string
	for _, t := range r.Topics {
		if t.Proper {
			proper = append(proper, t.Name)
		}
	}
	if want := []string{"Acme"}; len(r.Topics) != 3 || !slices.Equal(proper, want) {
		t.Errorf("of %q, %q are names; want %q", named(r.Topics), proper, want)
	}
}

// A topic is quoted from reviews whose sentiment agrees with their mention of it.
func TestQuotesComplaints(t *testing.T) {
	for _, c := range []struct {
		topic Topic
		want  bool
	}{
		{Topic{Reviews: 255, Negative: 117, Positive: 138}, false},
		{Topic{Reviews: 255, Negative: 138, Positive: 117}, true},
		{Topic{Reviews: 255, Negative: 117, Positive: 138, Stand: Complained}, true},
		{Topic{Reviews: 255, Negative: 138, Positive: 117, Stand: Praised}, false},
	} {
		if got := c.topic.quotesComplaints(); got != c.want {
			t.Errorf("%+v: %t, want %t", c.topic, got, c.want)
		}
	}
}

func TestQuotesAgree(t *testing.T) {
	r := counted(
		40, reviews.Positive, "quick, though the [lid-] sticks",
		30, reviews.Unsure, "its [lid+] shuts and its [lid-] sticks",
		2, reviews.Negative, "the [lid-] broke",
		1, reviews.Positive, "a [lid+] that shuts",
	).Topics(Scheme{}, Options{})
	var rows []int
	for _, q := range r.Topics[0].Quotes {
		rows = append(rows, q.Row)
	}
	slices.Sort(rows)
	if want := []int{70, 71, 72}; !slices.Equal(rows, want) {
		t.Errorf("rows %v are quoted, want %v", rows, want)
	}
}

// Synonyms are one topic, and a person can separate them.
func TestAlike(t *testing.T) {
	c := counted(
		12, reviews.Negative, "the [installation-] took hours",
		11, reviews.Positive, "an easy [setup+]",
		10, reviews.Positive, "[install+] went well",
		14, reviews.Negative, "the [cords-] are thin",
		10, reviews.Negative, "a [wire-] broke",
		12, reviews.Positive, "great [audio quality+]",
		11, reviews.Positive, "they [sound>sound+] great",
		10, reviews.Positive, "[sound card+] included",
	)
	got := named(c.Topics(Scheme{}, Options{}).Topics)
	if want := []string{"installation", "cords", "sound", "sound card"}; !reflect.DeepEqual(got,
		want) {
		t.Errorf("topics = %q, want %q", got, want)
	}
	for _, tt := range []struct {
		own  Own
		want []string // in the order of their reviews
	}{
		{Own{Name: "Wire", Terms: []string{"wire"}, Apart: true},
			[]string{"installation", "sound", "cords", "Wire", "sound card"}},
		{Own{Name: "Installing", Terms: []string{"installation"}, Apart: true},
			[]string{"cords", "sound", "setup", "Installing", "sound card"}},
		{Own{Name: "Hardware", Terms: []string{"installation"}},
			[]string{"Hardware", "cords", "sound", "sound card"}},
	} {
		s := Scheme{Version: 1, Topics: []Own{tt.own}}
		got := named(c.Topics(s, Options{}).Topics)
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("topics with %+v = %q, want %q", tt.own, got, tt.want)
		}
	}
}

// The probability is the same for a count and its complement, also for shares near 0 and 1, where
// the probability of all or none is too small for a float.
func TestBinomial(t *testing.T) {
	for _, tt := range []struct {
		k, n  int
		share float64
		want  float64
	}{
		{0, 3, 0.5, 0.25}, {1, 2, 0.5, 1}, {2, 10, 0.1, 0.5278022},
		{187, 190, 0.985, 1}, {3, 190, 0.015, 1}, {198, 200, 0.99, 1}, {200, 200, 0.999, 1},
		{5, 200, 0.015, 0.3669}, {195, 200, 0.985, 0.3669}, {150, 200, 0.985, 0},
		{394, 400, 0.985, 1}, {1, 1, 1, 1}, {1, 1, 0, 1},
	} {
		got := binomial(tt.k, tt.n, tt.share)
		if math.Abs(got-tt.want) > 1e-3 {
			t.Errorf("binomial(%d, %d, %v) = %v, want %v", tt.k, tt.n, tt.share, got, tt.want)
		}
		if other := binomial(tt.n-tt.k, tt.n, 1-tt.share); math.Abs(got-other) > 1e-9 {
			t.Errorf("binomial(%d, %d, %v) = %v, of the rest %v", tt.k, tt.n, tt.share, got, other)
		}
	}
}

// Equal texts count once, as the first of them.
func TestRepeats(t *testing.T) {
	var c Counter
	for row := range 30 {
		text, mentions, _ := review(100-row, reviews.Negative, "the [hinge-] broke")
		c.Add(text, mentions)
	}
	r := c.Topics(Scheme{Version: 1, Topics: []Own{{Name: "hinge", Terms: []string{"hinge"},
		Pinned: true}}}, Options{})
	if r.Reviews != 1 || len(r.Topics) != 1 || r.Topics[0].Mentions != 1 ||
		r.Topics[0].Quotes[0].Row != 71 {
		t.Errorf("result = %+v", r)
	}
}

// random draws reviews that mention few and many topics.
func random(r *rand.Rand, n int) (texts []Text, mentions [][]aspects.Mention) {
	for row := range n {
		t := Text{Fingerprint: uint64(r.IntN(n)) * 0x9e3779b97f4a7c15, Row: row,
			Sentiment: reviews.Sentiment(1 + r.IntN(3)), Day: reviews.Day(20_000 + r.IntN(300)),
			Product: r.IntN(4)}
		var m []aspects.Mention
		of := rand.New(rand.NewPCG(t.Fingerprint, 1)) // equal texts have equal mentions
		for range of.IntN(4) {
			start := of.IntN(500)
			size := 1 + of.IntN(20)
			m = append(m, aspects.Mention{Start: start, End: start + size,
				Term:     fmt.Sprintf("part%c", 'a'+min(of.IntN(30), of.IntN(30))),
				Polarity: aspects.Polarity(of.IntN(3)), Context: aspects.Context(of.IntN(16))})
			if of.IntN(3) == 0 {
				m[len(m)-1].Aspect = "comfort"
			}
		}
		texts, mentions = append(texts, t), append(mentions, m)
	}
	return texts, mentions
}

// contents returns the level of a counter and its texts with their mentions, by fingerprint.
func contents(c *Counter) [2]any {
	texts := map[uint64]any{}
	for _, t := range c.texts {
		mentions := c.Of(t.fingerprint)
		t.first = 0 // depends on the order of the texts
		texts[t.fingerprint] = struct {
			text
			mentions []aspects.Mention
		}{t, mentions}
	}
	return [2]any{c.level, texts}
}

// Parts of any size, counted and merged in any order, have exactly the contents of the whole; this
// also holds if only a sample fits.
func TestMerge(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for trial := range 30 {
		texts, mentions := random(r, 1+r.IntN(3000))
		limits := room{}
		if trial%3 == 1 {
			limits = room{texts: 1 + r.IntN(800), mentions: 1 + r.IntN(2000), terms: 1 +
				r.IntN(4000)}
		}
		whole := &Counter{limits: limits}
		for i := range texts {
			whole.Add(texts[i], mentions[i])
		}
		parts := make([]*Counter, 1+r.IntN(9))
		for i := range parts {
			parts[i] = &Counter{limits: limits}
		}
		for _, i := range r.Perm(len(texts)) {
			parts[r.IntN(len(parts))].Add(texts[i], mentions[i])
		}
		merged := &Counter{limits: limits}
		for _, i := range r.Perm(len(parts)) {
			merged.Merge(parts[i])
		}
		if !reflect.DeepEqual(contents(whole), contents(merged)) {
			t.Fatalf("trial %d, %d texts: parts merge to %d texts, the whole has %d", trial,
				len(texts), len(merged.texts), len(whole.texts))
		}
		if limits.texts > 0 && len(whole.texts) > limits.texts {
			t.Errorf("trial %d: %d texts are kept, want at most %d", trial, len(whole.texts),
				limits.texts)
		}
		x, y := whole.Topics(Scheme{}, Options{}), merged.Topics(Scheme{}, Options{})
		x.counter, y.counter, x.groups, y.groups = nil, nil, nil, nil
		x.basis, y.basis = basis{}, basis{}
		if !reflect.DeepEqual(x, y) {
			t.Fatalf("trial %d: topics differ", trial)
		}
	}
}

// A sample's counts are close to those of the whole, divided.
func TestSample(t *testing.T) {
	texts, mentions := random(rand.New(rand.NewPCG(1, 9)), 20_000)
	whole, sample := new(Counter), &Counter{limits: room{1000, 1 << 20, 1 << 20}}
	for i := range texts {
		whole.Add(texts[i], mentions[i])
		sample.Add(texts[i], mentions[i])
	}
	a, b := whole.Topics(Scheme{}, Options{}), sample.Topics(Scheme{}, Options{})
	if b.OneIn < 8 || b.Reviews > 1000 {
		t.Fatalf("one in %d, %d reviews", b.OneIn, b.Reviews)
	}
	if got := float64(b.Reviews*b.OneIn) / float64(a.Reviews); got < 0.85 || got > 1.15 {
		t.Errorf("%d texts of one in %d; there are %d", b.Reviews, b.OneIn, a.Reviews)
	}
}

func BenchmarkMillion(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	texts := make([]Text, 1_000_000)
	mentions := make([][]aspects.Mention, len(texts))
	for i := range texts {
		texts[i] = Text{Fingerprint: r.Uint64(), Row: i, Sentiment: reviews.Sentiment(1 +
			r.IntN(2)),
			Day: reviews.Day(20_000 + r.IntN(700)), Product: 1 + r.IntN(50)}
		for range r.IntN(5) {
			n := int(200_000 * math.Pow(r.Float64(), 6)) // a few frequent terms, many rare ones
			start := r.IntN(400)
			mentions[i] = append(mentions[i], aspects.Mention{Term: fmt.Sprintf("term %x", n),
				Start: start, End: start + 8, Polarity: aspects.Polarity(r.IntN(3))})
		}
	}
	b.ResetTimer()
	for b.Loop() {
		var c Counter
		for i := range texts {
			c.Add(texts[i], mentions[i])
		}
		if r := c.Topics(Scheme{}, Options{}); len(r.Topics) == 0 {
			b.Fatal("no topics")
		}
	}
}

// Mentions that imply an aspect belong to it, named or not; a part of it that reviews name is
// another topic.
func TestAspects(t *testing.T) {
	c := counted(
		12, reviews.Negative, "weak [bass-]",
		4, reviews.Negative, "no [bass>sound-], poor [treble>sound-]",
		15, reviews.Positive, "[comfortable+] [soft>comfort+]",
		10, reviews.Positive, "nice [sound+], [cheap=]",
	)
	r := c.Topics(Scheme{}, Options{})
	got := sizes(r.Topics)
	want := map[string]int{"bass": 16, "sound": 14, "comfort": 15, "cheap": 10}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("topics = %v, want %v", got, want)
	}
	if cheap := r.Topics[3]; cheap.Neutral != 10 || cheap.Stand != Ordinary {
		t.Errorf("neutral: %+v", cheap)
	}
}
