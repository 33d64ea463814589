package report

import (
	"strings"
	"testing"

	"reviewlens/reviews/figures"
)

func TestSounds(t *testing.T) {
	more, fewer, none := -0.5, 0.25, 0.001
	for _, c := range []struct {
		p    *figures.Predicted
		want string
	}{
		{nil, ""},
		{&figures.Predicted{}, ""},
		{&figures.Predicted{Rows: 9, Mean: 4.126, Neutral: 1},
			"The texts sound like 4.13 of 5 stars on average; 1 review is neutral."},
		{&figures.Predicted{Rows: 9, Mean: 4, Neutral: 1200, Mixed: 2, Difference: &more},
			"The texts sound like 4.00 of 5 stars on average, 0.50 more than came with them; " +
				"1,200 reviews are neutral, 2 mixed."},
		{&figures.Predicted{Rows: 9, Mean: 4, Difference: &fewer},
			"The texts sound like 4.00 of 5 stars on average, 0.25 fewer than came with them."},
		{&figures.Predicted{Rows: 9, Mean: 4, Mixed: 1, Difference: &none},
			"The texts sound like 4.00 of 5 stars on average, as many as came with them; " +
				"1 review is mixed."},
	} {
		if got := Sounds(c.p); got != c.want {
			t.Errorf("%+v: %q, want %q", c.p, got, c.want)
		}
	}
	var out strings.Builder
	if err := Write(&out, About{Name: "a"}, figures.Report{Rows: 9,
		Figures: figures.Figures{Scored: 9,
			Predicted: &figures.Predicted{Rows: 9, Mean: 4}}}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `<p id="predicted">The texts sound like 4.00`) {
		t.Error("the page does not say it")
	}
}
