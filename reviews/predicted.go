package reviews

import (
	"fmt"
	"math"
)

// StarRule converts the logits of a text's windows, of one to five stars, to its stars. Its values
// come from the manifest.
type StarRule struct {
	Temperature float64    // logits are divided by it; > 0
	Bias        [5]float64 // is added to the mean of the windows' logits, before that
}

// Check returns an error if a rule is invalid.
func (r StarRule) Check() error {
	if !(r.Temperature > 0) || math.IsInf(r.Temperature, 1) {
		return fmt.Errorf("temperature %v; want a number above 0", r.Temperature)
	}
	for i, b := range r.Bias {
		if math.IsNaN(b) || math.IsInf(b, 0) {
			return fmt.Errorf("bias of %d stars is %v; want a number", i+1, b)
		}
	}
	return nil
}

// Decide combines the logits of a text's windows and returns the probabilities of one to five
// stars, and their mean, from 1 to 5. Both are zero (no stars) without windows and for logits that
// are not finite.
func (r StarRule) Decide(logits [][5]float32) (stars float64, shares [5]float32) {
	if len(logits) == 0 {
		return 0, shares
	}
	var mean [5]float64
	most := math.Inf(-1)
	for i := range mean {
		for _, l := range logits {
			mean[i] += float64(l[i])
		}
		mean[i] = (mean[i]/float64(len(logits)) + r.Bias[i]) / r.Temperature
		most = max(most, mean[i])
	}
	var all, sum float64
	for i, z := range mean {
		p := math.Exp(z - most)
		all += p
		sum += p * float64(i+1)
		mean[i] = p
	}
	if stars = sum / all; !(stars >= 1 && stars <= 5) { // NaN, too
		return 0, shares
	}
	for i, p := range mean {
		shares[i] = float32(p / all)
	}
	return stars, shares
}

// Mixed reports whether some windows of a text, on their own, are positive and some negative.
func (r Rule) Mixed(logits [][2]float32) bool {
	var named [4]bool
	for i := range logits {
		named[Decide(r, logits[i:i+1]).Sentiment] = true
	}
	return named[Positive] && named[Negative]
}

// A text is neutral if its stars, rounded to the two displayed decimals, are in this range.
const neutralFrom, neutralTo = 250, 350

// Results of Score.Name other than a Sentiment.
const (
	Neutral = "neutral"
	Mixed   = "mixed"
)

// Name returns the name of a score with stars: mixed if windows have both signs, neutral in the
// middle of the stars, otherwise its sentiment. A text that the model cannot read stays unsure.
func (s Score) Name(unread bool) string {
	switch n := s.Pack() &^ packedMixed; {
	case unread || n == 0:
	case s.Mixed:
		return Mixed
	case n >= neutralFrom && n <= neutralTo:
		return Neutral
	}
	return s.Sentiment.String()
}

// PackedStars is the stars to two decimals, as displayed, and Mixed, in 16 bits; 0 is none.
type PackedStars uint16

const packedMixed = 1 << 15

// Pack returns the stars of s in the form of files and frames.
func (s Score) Pack() PackedStars {
	p := PackedStars(math.Round(100 * s.Stars))
	if s.Mixed && p != 0 {
		p |= packedMixed
	}
	return p
}

// Unpack returns what was packed; ok is false for values that Pack never returns.
func (p PackedStars) Unpack() (stars float64, mixed, ok bool) {
	n := p &^ packedMixed
	if p != 0 && (n < 100 || n > 500) {
		return 0, false, false
	}
	return float64(n) / 100, p&packedMixed != 0, true
}
