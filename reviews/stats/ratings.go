package stats

import (
	"math"

	"reviewlens/reviews"
)

// Ratings counts the ratings of rows, with a text or without one, on the scale of their file.
type Ratings struct {
	Rows int

	sum                 float64 // of stars
	promoters, passives int
}

// add counts a rating in stars; 0 is no rating.
func (r *Ratings) add(s reviews.Scale, stars float64) {
	if stars <= 0 {
		return
	}
	r.Rows++
	r.sum += stars
	switch rating := s.Of(stars); {
	case rating >= 9:
		r.promoters++
	case rating >= 7:
		r.passives++
	}
}

// Mean returns the mean of the ratings in stars, which Scale.Of converts to their scale; 0 if there
// are none.
func (r Ratings) Mean() float64 {
	if r.Rows == 0 {
		return 0
	}
	return r.sum / float64(r.Rows)
}

// NPS counts the answers to "how likely are you to recommend us?", from 0 to 10, and holds their
// net promoter score (Reichheld 2003): the share of promoters, who answer 9 or 10, minus that of
// detractors, who answer 0 to 6. Those who answer 7 or 8 are passives.
type NPS struct {
	Promoters, Passives, Detractors int

	Score, Low, High float64 // from -1 to 1
}

// NPS returns the ratings as answers to that question; the scale must be Scale.NPS.
func (r Ratings) NPS() NPS {
	n := NPS{Promoters: r.promoters, Passives: r.passives,
		Detractors: r.Rows - r.promoters - r.passives}
	n.Low, n.High = -1, 1
	if r.Rows > 0 {
		n.Score = float64(n.Promoters-n.Detractors) / float64(r.Rows)
		n.Low, n.High = netInterval(n.Promoters, n.Detractors, r.Rows)
	}
	return n
}

// netInterval returns the 95% interval of the share of promoters minus that of detractors: the
// adjusted Wald interval of Rocks (2016), with three answers added, of which three quarters of one
// are a promoter's and as many a detractor's. With p and d the shares of these,
//
//	p - d ± z √((p + d - (p - d)²) / (rows + 3))
//
// The textbook interval, without the three, has no width if all answers are alike.
func netInterval(promoters, detractors, rows int) (low, high float64) {
	const z, more, each = Z95, 3, 0.75
	n := float64(rows + more)
	p, d := (float64(promoters)+each)/n, (float64(detractors)+each)/n
	half := z * math.Sqrt((p+d-(p-d)*(p-d))/n)
	return max(-1, p-d-half), min(1, p-d+half)
}
