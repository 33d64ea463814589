package reviews

import (
	"testing"
)

func TestAgainst(t *testing.T) {
	for _, tt := range []struct {
		s     Sentiment
		stars float64
		want  bool
	}{{Negative, 5, true}, {Negative, 4, true}, {Negative, 3, false}, {Negative, 0,
		false}, {Positive, 1, true}, {Positive, 2, true}, {Positive, 3, false},
		{Positive, 0, false}, {Unsure, 1, false},
		// 7 and 4 of 10, which count as 4 and 3 stars
		{Negative, 3.8, true}, {Positive, 2.4, true}, {Positive, 2.6, false}} {
		if got := Against(tt.s, tt.stars); got != tt.want {
			t.Errorf("Against(%v, %v) = %v", tt.s, tt.stars, got)
		}
	}
}
