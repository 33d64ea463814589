package reviews

import (
	"math"
)

// Result is the outcome of a row: a score, nothing (an empty text), or the reason why there is
// none.
type Result struct {
	Score
	Windows int    // number of windows that were scored
	Cut     bool   // the text is longer than these windows
	Err     string // "" if scored, or empty
	// text.UnreadReason: why the model cannot read the text, which is then Unsure; 0 if it can
	Unread uint8
	// if requested: the aspects of the text and their polarity, as written in a file
	Topics string
}

// Facts are the values of a row other than its text; zero if missing.
type Facts struct {
	Stars   float64
	Day     Day
	Product int // from 1
}

// Star returns the whole number of stars, from 1 to 5, that the row counts for; halves are rounded
// up; 0 without stars.
func (f Facts) Star() int {
	if n := int(math.Floor(f.Stars + 0.5)); n >= 1 && n <= 5 {
		return n
	}
	return 0
}

// Against reports whether the sentiment of a text contradicts the whole stars that the row counts
// for (Facts.Star): negative with four or five, positive with one or two.
func Against(s Sentiment, stars float64) bool {
	n := Facts{Stars: stars}.Star()
	return s == Negative && n >= 4 || s == Positive && (n == 1 || n == 2)
}
