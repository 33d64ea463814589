package aspects

import (
	"fmt"
	"math"
)

// Polarity is the polarity of an aspect in a review.
type Polarity uint8

// The polarities, in the order of the model's tags.
const (
	Positive Polarity = iota
	Negative
	Neutral
)

// String returns the word that is written and shown.
func (p Polarity) String() string {
	return [...]string{"positive", "negative", "neutral"}[p]
}

// ParsePolarity returns the polarity with that name.
func ParsePolarity(word string) (Polarity, error) {
	for p := range Neutral + 1 {
		if p.String() == word {
			return p, nil
		}
	}
	return 0, fmt.Errorf("%.20q is no polarity, want positive, negative or neutral", word)
}

// Tags is the number of tags of a token: O, then B and I of positive, of negative, of neutral.
const Tags = 7

// Span is an aspect in the windows of a text. A device that holds the text maps it back to bytes.
type Span struct {
	Window      int // from 0
	First       int // token of the window, [CLS] is 0
	Tokens      int
	Polarity    Polarity
	Probability float32 // that span and polarity are correct, calibrated
}

// Packed is a Span in its 6-byte form for transfer and storage: all fields but the probability,
// which is rounded to a 255th. Every route to the same review returns this probability.
type Packed struct {
	First       uint16
	Window      uint8
	Tokens      uint8
	Polarity    uint8
	Probability uint8
}

// Pack packs a span of Decode, from one of the first 256 windows of a text.
func (s Span) Pack() Packed {
	return Packed{First: uint16(s.First), Window: uint8(s.Window), Tokens: uint8(s.Tokens),
		Polarity: uint8(s.Polarity), Probability: uint8(math.Round(float64(s.Probability) * 255))}
}

// Unpack returns the span with the rounded probability.
func (p Packed) Unpack() Span {
	return Span{First: int(p.First), Window: int(p.Window), Tokens: int(p.Tokens),
		Polarity: Polarity(p.Polarity), Probability: float32(p.Probability) / 255}
}

// Mention is an aspect in a text.
type Mention struct {
	Start, End  int // byte range in the text
	Term        string
	Aspect      string // the implied aspect; "" if the text names it: then it is the term
	Polarity    Polarity
	Probability float32
	Context     Context // from the words before it
}
