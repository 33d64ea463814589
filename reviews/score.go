package reviews

import (
	"fmt"
	"math"
)

// Sentiment is the name of a score.
type Sentiment uint8

// The sentiments. None is the sentiment of a row without a score.
const (
	None Sentiment = iota
	Positive
	Negative
	Unsure
)

// String returns the word that is written and shown; "" for None.
func (s Sentiment) String() string {
	return [...]string{"", "positive", "negative", "unsure"}[s]
}

// ParseSentiment returns the sentiment of that name, None for any other text.
func ParseSentiment(name string) Sentiment {
	for s := Positive; s <= Unsure; s++ {
		if s.String() == name {
			return s
		}
	}
	return None
}

// StarsTruth returns the sentiment that stars imply: negative for one and two, positive for four
// and five, None for three and for 0 (no stars).
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

// Rule converts a text's window logits to a named score. Its values come from the manifest.
type Rule struct {
	Combine     string     // Mean or Stouffer
	Temperature float64    // logits are divided by it (Guo et al. 2017, temperature scaling); > 0
	Unsure      [2]float64 // a probability in [lo, hi) is named unsure
}

// Ways to combine the logits of a text's windows. Both give the same sign, and so the same side.
const (
	Mean = "mean" // their unweighted mean: ten windows are as sure as one

	// Their sum over the root of their number, as independent tests are combined (Stouffer et al.
	// 1949): windows that agree are surer together than each alone.
	Stouffer = "stouffer"
)

// Check returns an error if a rule is invalid.
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

	// The predicted stars, 1 to 5, and whether the windows have both signs; zeros for a model that
	// does not predict stars, and Shares if they were not kept.
	Stars  float64
	Shares [5]float32 // probabilities of one to five stars; Stars is their mean
	Mixed  bool
}

// Decide combines the logits {negative, positive} of a text's windows. Without windows there is no
// score; logits that are not finite give None rather than a number that looks like one.
func Decide(r Rule, logits [][2]float32) Score {
	if len(logits) == 0 {
		return Score{}
	}
	var margin float64 // positive - negative: a softmax of two depends only on it
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

// Name returns the sentiment of a calibrated probability.
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
