package topics

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"reviewlens/reviews"
	"reviewlens/reviews/aspects"
)

// The topics of a tenth of a million reviews, as for a filter of the page: with the forms of all
// grouped anew, and with the existing groups.
func BenchmarkTopicsOfSomeRows(b *testing.B) {
	const texts, terms = 1_000_000, 60_000
	rng := rand.New(rand.NewPCG(1, 2))
	c := new(Counter)
	var some []Text
	for i := range texts {
		t := Text{Fingerprint: rng.Uint64(), Row: i, Sentiment: reviews.Negative}
		mentions := make([]aspects.Mention, 2)
		for k := range mentions {
			n := int(terms * rng.Float64() * rng.Float64() * rng.Float64())
			mentions[k] = aspects.Mention{Start: 10 * k, End: 10*k + 8, Polarity: aspects.Negative,
				Term: fmt.Sprintf("%s knob %s", word(n), word(n/7))}
		}
		c.Add(t, mentions)
		if i%10 == 0 {
			some = append(some, t)
		}
	}
	o := Options{Rows: slices.Values(some)}
	b.Run("anew", func(b *testing.B) {
		for b.Loop() {
			c.Topics(Scheme{}, o)
		}
	})
	all := c.Topics(Scheme{}, Options{})
	b.Run("known", func(b *testing.B) {
		for b.Loop() {
			all.Of(o)
		}
	})
}

// word spells a number in letters.
func word(n int) string {
	out := []byte("w")
	for ; n > 0; n /= 20 {
		out = append(out, byte('b'+n%20))
	}
	return string(out)
}
