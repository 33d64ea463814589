package stats

import "reviewlens/reviews"

// Predicted is what the model says of stars, of the rows that it read.
type Predicted struct {
	Rows    int
	Neutral int // rows of that name
	Mixed   int // likewise
	Both    int // rows that came with stars, too

	Stars      float64 // sum of those predicted
	Difference float64 // sum over Both of the stars that came with the row less those predicted
}

func (p *Predicted) add(r reviews.Result, f reviews.Facts) {
	if r.Stars == 0 || r.Unread != 0 {
		return
	}
	p.Rows++
	p.Stars += r.Stars
	switch r.Name(false) {
	case reviews.Neutral:
		p.Neutral++
	case reviews.Mixed:
		p.Mixed++
	}
	if f.Stars > 0 {
		p.Both++
		p.Difference += f.Stars - r.Stars
	}
}

// Mean is the mean of the stars predicted, 0 without rows.
func (p Predicted) Mean() float64 {
	if p.Rows == 0 {
		return 0
	}
	return p.Stars / float64(p.Rows)
}

// MeanDifference returns the mean of the stars that came with a row less those predicted; ok is
// false where no row has both.
func (p Predicted) MeanDifference() (mean float64, ok bool) {
	if p.Both == 0 {
		return 0, false
	}
	return p.Difference / float64(p.Both), true
}
