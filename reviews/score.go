package reviews

import (
	"fmt"
	"math"
)

// Sentiment is the name of a score.
type Sentiment uint8

// The sentiments. None is that of a row without a score.
const (
	None Sentiment = iota
	Positive
	Negative
	Unsure
)

// String is the word that is written and shown; "" for None.
func (s Sentiment) String() string {
	return [...]string{"", "positive", "negative", "unsure"}[s]
}

// ParseSentiment is the sentiment of that name, None for any other text.
func ParseSentiment(name string) Sentiment {
	for s := Positive; s <= Unsure; s++ {
		if s.String() == name {
			return s
		}
	}
	return None
}

// StarsTruth is what stars, 0 for none, say of a text: one and two are negative, four and five are
// positive, three say neither.
func StarsTruth(stars float64) Sentiment {
	switch {
	case stars == 0:
		return None
	case stars <= 2:
		return Negative
	case stars >= 4:
		return Positive
	}
	return None
}

// Rule is the way from a text's window logits to a named score. Its values are the manifest's.
type Rule struct {
	Combine     string     // Mean or Stouffer
	Temperature float64    // logits are divided by it (Guo et al. 2017, temperature scaling); > 0
	Unsure      [2]float64 // a probability in [lo, hi) is called unsure
}

// Ways to combine the logits of a text's windows. The sign, and so the side that a text is on, is
// the same by both.
const (
	Mean = "mean" // their unweighted mean: ten windows are as sure as one

	// Their sum over the root of their number, as independent tests are combined (Stouffer et al.
	// 1949): windows that agree are surer together than each alone.
	Stouffer = "stouffer"
)

// Check says what is wrong with a rule, if anything.
func (r Rule) Check() error {
	lo, hi := r.Unsure[0], r.Unsure[1]
	switch {
	case r.Combine != Mean && r.Combine != Stouffer:
		return fmt.Errorf("windows are combined by %q, want %s or %s", r.Combine, Mean, Stouffer)
	case !(r.Temperature > 0) || math.IsInf(r.Temperature, 1):
		return fmt.Errorf("temperature %v; want a number above 0", r.Temperature)
	case !(0 <= lo && lo <= hi && hi <= 1):
		return fmt.Errorf("unsure band [%v, %v); want 0 <= lo <= hi <= 1", lo, hi)
	}
	return nil
}

// Score is a text's calibrated probability of being positive, and its name.
type Score struct {
	Positive  float64
	Sentiment Sentiment

	// What the model says of stars, 1 to 5, and whether its windows were of both signs; zeros for a
	// model that says nothing of stars, and Shares where they were not kept.
	Stars  float64
	Shares [5]float32 // probabilities of one to five stars; Stars is their mean
	Mixed  bool
}

// Decide combines the logits {negative, positive} of a text's windows. No windows, no score; logits
// that are not finite give None rather than a number that looks like one.
func Decide(r Rule, logits [][2]float32) Score {
	if len(logits) == 0 {
		return Score{}
	}
	var margin float64 // positive - negative: all that a softmax of two depends on
	for _, l := range logits {
		margin += float64(l[1]) - float64(l[0])
	}
	over := float64(len(logits))
	if r.Combine == Stouffer {
		over = math.Sqrt(over)
	}
	margin /= over * r.Temperature
	if math.IsNaN(margin) || math.IsInf(margin, 0) {
		return Score{}
	}
	p := 1 / (1 + math.Exp(-margin)) // Exp overflows to +Inf, which gives 0
	return Score{Positive: p, Sentiment: r.Name(p)}
}

// Name names a calibrated probability.
func (r Rule) Name(positive float64) Sentiment {
	switch {
	case math.IsNaN(positive):
		return None
	case positive >= r.Unsure[1]:
		return Positive
	case positive < r.Unsure[0]:
		return Negative
	}
	return Unsure
}
