package reviews

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// planted makes reviews of filler words. Each of causes stands in 4% of the reviews of its sentiment and
// in 0.4% of the others.
func planted(n int, seed uint64) (texts []string, sentiments []Sentiment) {
	rng := rand.New(rand.NewPCG(seed, 1))
	for range n {
		s, side := Positive, 1
		if rng.IntN(3) == 0 {
			s, side = Negative, 0
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

// causes at even places are complaints.
var causes = []string{"battery dies quickly", "perfect fit", "zipper broke", "sturdy handle", "smells", "arrived early",
	"not waterproof", "lovely colour", "customer service ignored", "quiet motor"}

func drivers(texts []string, sentiments []Sentiment) []Driver {
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
		if want := []Sentiment{Negative, Positive}[i%2]; f.Sentiment != want {
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
		t.Errorf("%d of %d named are planted, want 9 of 10 or better of both: %+v", right, len(found), found)
	}
}

func TestDriversOfShuffledReviews(t *testing.T) {
	for seed := range uint64(5) {
		texts, sentiments := planted(4_000, seed)
		rand.New(rand.NewPCG(seed, 2)).Shuffle(len(sentiments), func(i, j int) {
			sentiments[i], sentiments[j] = sentiments[j], sentiments[i]
		})
		if found := drivers(texts, sentiments); len(found) > 0 {
			t.Errorf("seed %d: %+v from sentiments that have nothing to do with the texts", seed, found)
		}
	}
}

func TestDriversVotes(t *testing.T) {
	d := NewDrivers()
	for i := range 200 {
		d.Add(i, []byte("The hinge broke."), Negative) // one text, pasted 200 times
		d.Add(i, fmt.Appendf(nil, "word%c%c nice", 'a'+i%26, 'a'+i/26), Positive)
		d.Add(i, []byte("undecided hinge"), Unsure)
		d.Add(i, nil, None)
	}
	for _, f := range d.Top(10) {
		if f.Sentiment == Negative {
			t.Errorf("equal texts made %q a driver with %d reviews", f.Phrase, f.Reviews)
		}
	}
	if got := NewDrivers().Top(10); got != nil {
		t.Errorf("Top of nothing = %v", got)
	}
}

func TestDriversSplit(t *testing.T) {
	for text, want := range map[string]string{
		"The battery-life isn’t good, sadly.": "the battery life isn't good|sadly",
		"GREAT!!! Fit":                        "great|fit",
		"'quoted' café\nline":                 "quoted|café|line",
		"\xff\xfe bad bytes":                  "bad bytes",
		"":                                    "",
	} {
		d := NewDrivers()
		d.split([]byte(text))
		var b strings.Builder
		for i, w := range d.words {
			if i > 0 {
				b.WriteString(map[bool]string{true: "|", false: " "}[w.breaks])
			}
			b.Write(d.lowered[w.from:w.to])
		}
		if b.String() != want {
			t.Errorf("split(%q) = %q, want %q", text, b.String(), want)
		}
	}
}

func TestDriversForget(t *testing.T) {
	d := NewDrivers()
	for i := 0; d.Missed == 0; i++ {
		d.Add(i, fmt.Appendf(nil, "a%x b%x c%x d%x e%x, usual words", i, i, i, i, i), Positive)
	}
	if len(d.phrases) > maxPhrases || len(d.at) != len(d.phrases) {
		t.Errorf("%d phrases are held, %d indexed; the most is %d", len(d.phrases), len(d.at), maxPhrases)
	}
	if i := slices.IndexFunc(d.phrases, func(p phrase) bool { return p.text == "usual words" }); i < 0 || int(d.phrases[i].counts[1]) != int(d.distinct) {
		t.Error("a frequent phrase was forgotten")
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
			t.Errorf("chance(%d, %d, %d, %d) = %g, want %g", tt.k, tt.n, tt.side, tt.all, got, tt.want)
		}
	}
	if exact, g := chance(70, 200, 2500, 10_000), chance(71, 201, 2500, 10_000); exact < g/2 || exact > g*2 {
		t.Errorf("the exact test says %g where the G-test says %g", exact, g)
	}
}

func TestDriversNameCauses(t *testing.T) {
	d := NewDrivers()
	for i := range 120 {
		d.Add(2*i, fmt.Appendf(nil, "word%c%c this is not good, the hinge squeaks", 'a'+i%26, 'a'+i/26), Negative)
		d.Add(2*i+1, fmt.Appendf(nil, "word%c%c great, love it, bright lamp", 'a'+i%26, 'a'+i/26), Positive)
	}
	var said []string
	for _, f := range d.Top(10) {
		said = append(said, f.Phrase)
	}
	if want := []string{"hinge squeaks", "bright lamp"}; !slices.Equal(said, want) {
		t.Errorf("drivers = %q, want %q: verdicts are no causes", said, want)
	}
}

func BenchmarkDriversAdd(b *testing.B) {
	texts, sentiments := planted(2_000, 1)
	bytes := 0
	for _, t := range texts {
		bytes += len(t)
	}
	b.SetBytes(int64(bytes))
	for b.Loop() {
		drivers(texts, sentiments)
	}
}
