package reviews

import (
	"math"
)

// Result is what a row gets: a score, or nothing (an empty text), or why there is none.
type Result struct {
	Score
	Windows int    // pieces that the text was scored in
	Cut     bool   // the text went on beyond the last of them
	Err     string // "" if scored, or empty
	// text.Unread: why the model cannot read the text, which is Unsure then; 0 where it can
	Unread uint8
	// where they are asked for: what the text speaks of and how, as it is written in a file
	Topics string
}

// Facts are what a row says beside its text; zeros where it does not.
type Facts struct {
	Stars   float64
	Day     Day
	Product int // from 1
}

// Star is the whole number of stars, from 1 to 5, that the row counts for; halves count for the
// star above; 0 without stars.
func (f Facts) Star() int {
	if n := int(math.Floor(f.Stars + 0.5)); n >= 1 && n <= 5 {
		return n
	}
	return 0
}

// Against reports whether a text says the opposite of the stars that came with it: negative with
// four or five, positive with one or two.
func Against(s Sentiment, stars float64) bool {
	return s == Negative && stars >= 4 || s == Positive && stars > 0 && stars <= 2
}
