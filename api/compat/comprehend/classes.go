package comprehend

import (
	"regexp"
	"slices"
	"strings"

	"reviewlens/api/wire"
	"reviewlens/reviews"
)

// sentimentScore holds the scores of Comprehend's four classes; their sum is 1.
type sentimentScore struct {
	Mixed    float64
	Negative float64
	Neutral  float64
	Positive float64
}

// classify derives three classes from a result. With a model that predicts stars, Neutral is the
// probability of three stars, and the other two share the rest by the probability of being
// positive. With other models Neutral leads exactly where the rule returns unsure. A text that the
// model cannot read is unsure whatever its probability.
func classify(r reviews.Rule, result wire.Result) sentimentScore {
	p := stretch(r.Unsure, *result.Positive)
	if result.Unread != "" {
		p = 0.5
	} else if len(result.StarShares) == 5 {
		neutral := result.StarShares[2]
		return sentimentScore{Negative: (1 - p) * (1 - neutral), Neutral: neutral,
			Positive: p * (1 - neutral)}
	}
	neutral := 1.5 * min(p, 1-p) // equals positive at 0.6 and negative at 0.4; zero at 0 and 1
	all := 1 + neutral
	return sentimentScore{Negative: (1 - p) / all, Neutral: neutral / all, Positive: p / all}
}

// stretch maps a probability so that the unsure band becomes [0.4, 0.6), the band of the default
// model.
func stretch(unsure [2]float64, p float64) float64 {
	lo, hi := unsure[0], unsure[1]
	switch {
	case p < lo:
		return 0.4 * p / lo
	case p < hi:
		return 0.4 + 0.2*(p-lo)/(hi-lo)
	case hi == 1:
		return 1
	}
	return 0.6 + 0.4*(p-hi)/(1-hi)
}

// withMixed adds the scores of a text's parts: Mixed is the confidence that one part is positive
// and another negative.
func (s sentimentScore) withMixed(parts []sentimentScore) sentimentScore {
	mixed := 0.0
	for i, a := range parts {
		for j, b := range parts {
			if i != j {
				mixed = max(mixed, a.Positive*b.Negative)
			}
		}
	}
	rest := 1 - mixed
	return sentimentScore{Mixed: mixed, Negative: s.Negative * rest, Neutral: s.Neutral * rest,
		Positive: s.Positive * rest}
}

// name returns the leading class. For a model without stars a tie, at an edge of the band, is
// decided by the sentiment.
func (s sentimentScore) name(of reviews.Rule, result wire.Result) string {
	leads := max(s.Negative, s.Neutral, s.Positive)
	switch {
	case result.Unread != "":
		return "NEUTRAL"
	case s.Mixed > leads:
		return "MIXED"
	case len(result.StarShares) != 5:
		return map[reviews.Sentiment]string{reviews.Positive: "POSITIVE",
			reviews.Negative: "NEGATIVE", reviews.Unsure: "NEUTRAL"}[of.Name(*result.Positive)]
	case s.Neutral == leads:
		return "NEUTRAL"
	case s.Positive == leads:
		return "POSITIVE"
	}
	return "NEGATIVE"
}

// A text is scored by parts if its probability is in [mixedFrom, mixedTo): outside that range one
// sentiment clearly dominates, as in most reviews. The parts together are about as long as the
// text, and there are at most maxParts.
const (
	mixedFrom = 0.05
	mixedTo   = 0.95
	maxParts  = 8
	minWords  = 3 // of a part; a shorter one ("Wow.") is merged with its neighbour
)

// boundary matches the end of a sentence or line, or a contrasting conjunction.
var boundary = regexp.MustCompile(
	`([.!?…]["'”’)\]]*\s+|\s*[\r\n]\s*)|[,;]?\s+(?i:but|however|although)\b`)

// parts cuts a text into sentences or, if there are more than maxParts, into as many runs of
// sentences of similar length. Only white space is dropped between them.
func parts(text string) []string {
	var cuts []int // start of each part after the first
	begin := 0
	for _, m := range boundary.FindAllStringSubmatchIndex(text, -1) {
		at := m[0]
		if m[3] >= 0 {
			at = m[3] // the end of a sentence is part of it
		}
		if enough(text[begin:at]) {
			cuts = append(cuts, at)
			begin = at
		}
	}
	if len(cuts) > 0 && !enough(text[begin:]) {
		cuts = cuts[:len(cuts)-1]
	}
	if len(cuts) >= maxParts {
		eighth := 0
		cuts = slices.DeleteFunc(cuts, func(at int) bool {
			now := at * maxParts / len(text)
			same := now == eighth
			eighth = now
			return same
		})
	}
	var list []string
	begin = 0
	for _, at := range append(cuts, len(text)) {
		list = append(list, strings.TrimSpace(text[begin:at]))
		begin = at
	}
	return list
}

func enough(piece string) bool { return len(strings.Fields(piece)) >= minWords }
