package findings

import (
	"testing"

	"reviewlens/reviews"
	"reviewlens/reviews/figures"
	"reviewlens/reviews/stats"

	"github.com/google/go-cmp/cmp"
)

// Stars are counted for rows that were read and have some; without any, there are no figures.
func TestPredicted(t *testing.T) {
	var s stats.Summary
	result := func(stars float64, mixed bool, unread uint8) reviews.Result {
		return reviews.Result{Score: reviews.Score{Positive: 0.9, Sentiment: reviews.Positive,
			Stars: stars, Mixed: mixed}, Windows: 1, Unread: unread}
	}
	s.Add(result(0, false, 0), reviews.Facts{Stars: 5})
	if got := Of(&s, nil).Predicted; got != nil {
		t.Errorf("of a model without stars: %+v", got)
	}
	s.Add(result(4, false, 0), reviews.Facts{Stars: 5})
	s.Add(result(3, false, 0), reviews.Facts{Stars: 1})
	s.Add(result(2, true, 0), reviews.Facts{})
	s.Add(result(5, false, 1), reviews.Facts{Stars: 1}) // unread
	s.Add(reviews.Result{Err: "too large"}, reviews.Facts{Stars: 1})
	difference := -0.5
	want := &figures.Predicted{Rows: 3, Mean: 3, Neutral: 1, Mixed: 1, Difference: &difference}
	if d := cmp.Diff(want, Of(&s, nil).Predicted); d != "" {
		t.Errorf("-want +got: %s", d)
	}
}
