package stats

import "reviewlens/reviews"

// Predicted counts the predicted stars of the rows that the model read.
type Predicted struct {
	Rows    int
	Neutral int // rows named neutral
	Mixed   int // rows named mixed
	Both    int // rows that also came with stars

	Stars      float64 // sum of those predicted
	Difference float64 // sum over Both of the stars that came with the row minus those predicted
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

// Mean returns the mean of the predicted stars, 0 without rows.
func (p Predicted) Mean() float64 {
	if p.Rows == 0 {
		return 0
	}
	return p.Stars / float64(p.Rows)
}

// MeanDifference returns the mean of the stars that came with a row minus those predicted; ok is
// false if no row has both.
func (p Predicted) MeanDifference() (mean float64, ok bool) {
	if p.Both == 0 {
		return 0, false
	}
	return p.Difference / float64(p.Both), true
}
