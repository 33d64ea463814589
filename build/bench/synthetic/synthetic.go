// Package synthetic generates reviews with realistic lengths, for benchmarks without real data.
package synthetic

import (
	"bytes"
	"encoding/csv"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Words per review are log-normal, as in real reviews: median 45, mean 70, cut at 400. With the
// default vocabulary a word is about 1.2 tokens.
const (
	medianWords = 45
	spread      = 0.95 // standard deviation of the logarithm: mean/median = exp(spread^2 / 2)
	mostWords   = 400
)

var (
	things = []string{"kettle", "charger", "backpack", "lamp", "keyboard", "blender", "jacket",
		"mattress", "drill", "novel", "headset", "stroller", "router", "tent"}
	parts = []string{"the lid", "the cord", "the zip", "the switch", "the manual", "the colour",
		"the battery", "the handle", "the packaging", "the seller's answer"}
	good = []string{"works exactly as it should", "is far better than I had hoped",
		"still looks new after months", "was a pleasant surprise", "makes every morning easier"}
	bad = []string{"broke within a week", "smells of burnt plastic", "stopped charging overnight",
		"was the wrong size, twice", "made me send it back at once"}
	links = []string{"Then", "Besides,", "To be fair,", "After all,", "Honestly,", "My sister says",
		"For the price,", "In the end"}
)

// Texts returns n synthetic reviews, the same each time.
func Texts(n int) []string {
	random := rand.New(rand.NewPCG(2024, 11))
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	texts := make([]string, n)
	for i := range texts {
		words := int(medianWords * math.Exp(spread*random.NormFloat64()))
		words = min(max(words, 1), mostWords)
		usual := good
		if random.IntN(3) == 0 {
			usual = bad
		}
		text := []string{"This", pick(things), "is", "number", strconv.Itoa(i+1) + ":"}
		for len(text) < words {
			opinion := usual
			if random.IntN(6) == 0 { // a review rarely has one opinion only
				opinion = slices.Concat(good, bad)
			}
			text = append(text, strings.Fields(pick(links)+" "+pick(parts)+" of the "+pick(things)+
				" "+pick(opinion)+".")...)
		}
		texts[i] = strings.Join(text[:words], " ")
	}
	return texts
}

// File returns Texts as a CSV.
func File(n int) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write([]string{"id", "review"})
	for i, text := range Texts(n) {
		w.Write([]string{strconv.Itoa(i + 1), text})
	}
	w.Flush()
	return b.Bytes()
}
