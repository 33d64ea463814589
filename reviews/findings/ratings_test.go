package findings

import (
	"math"
	"testing"

	"reviewlens/reviews"
	"reviewlens/reviews/stats"
)

func TestRatings(t *testing.T) {
	of := func(scale reviews.Scale, cells ...string) *stats.Summary {
		s := &stats.Summary{Scale: scale}
		for _, cell := range cells {
			stars, _ := scale.Parse([]byte(cell))
			s.Add(reviews.Result{}, reviews.Facts{Stars: stars}) // without a text
		}
		return s
	}
	if f := Of(of(reviews.Scale{}, "4", "5"), nil); f.Ratings != nil || f.NPS != nil {
		t.Errorf("stars: %+v, %+v", f.Ratings, f.NPS)
	}
	if f := Of(of(reviews.Scale{Top: 10}), nil); f.Ratings != nil || f.NPS != nil {
		t.Errorf("none: %+v, %+v", f.Ratings, f.NPS)
	}
	f := Of(of(reviews.Scale{Top: 10}, "8", "9"), nil)
	if r := f.Ratings; f.NPS != nil || r == nil || r.Scale != "1 to 10" || r.Rows != 2 ||
		math.Abs(r.Mean-8.5) > 1e-9 || math.Abs(r.Stars-4.25) > 1e-9 || r.Best != 10 {
		t.Errorf("1 to 10: %+v, %+v", r, f.NPS)
	}
	f = Of(of(reviews.Scale{Top: 10, NPS: true}, "10", "0", "7", "9"), nil)
	if n := f.NPS; f.Ratings != nil || n == nil || n.Promoters != 2 || n.Passives != 1 ||
		n.Detractors != 1 || math.Abs(n.Score-25) > 1e-9 || n.Low >= n.Score || n.High <= n.Score {
		t.Errorf("0 to 10: %+v, %+v", f.Ratings, n)
	}
}
