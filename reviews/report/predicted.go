package report

import (
	"fmt"
	"math"

	"reviewlens/reviews/figures"
)

// Sounds returns the sentence on the stars that the model predicts; "" if there are none.
func Sounds(p *figures.Predicted) string {
	if p == nil || p.Rows == 0 {
		return ""
	}
	s := fmt.Sprintf("The texts sound like %.2f of 5 stars on average", p.Mean)
	if p.Difference != nil {
		switch d := math.Round(100**p.Difference) / 100; {
		case d > 0:
			s += fmt.Sprintf(", %.2f fewer than came with them", d)
		case d < 0:
			s += fmt.Sprintf(", %.2f more than came with them", -d)
		default:
			s += ", as many as came with them"
		}
	}
	switch {
	case p.Neutral > 0 && p.Mixed > 0:
		s += "; " + Plural(p.Neutral, "review is", "reviews are") + " neutral, " +
			Number(p.Mixed) + " mixed"
	case p.Neutral > 0:
		s += "; " + Plural(p.Neutral, "review is", "reviews are") + " neutral"
	case p.Mixed > 0:
		s += "; " + Plural(p.Mixed, "review is", "reviews are") + " mixed"
	}
	return s + "."
}
