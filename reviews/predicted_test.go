package reviews

import (
	"math"
	"testing"
)

func TestStarRule(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		name   string
		rule   StarRule
		logits [][5]float32
		want   float64
	}{
		{"no windows", StarRule{Temperature: 1}, nil, 0},
		{"all alike", StarRule{Temperature: 1}, [][5]float32{{7, 7, 7, 7, 7}}, 3},
		{"five", StarRule{Temperature: 1}, [][5]float32{{0, 0, 0, 0, 200}}, 5},
		{"one, of large logits", StarRule{Temperature: 1}, [][5]float32{{9e9, 0, 0, 0, 0}}, 1},
		{"the mean of windows", StarRule{Temperature: 1},
			[][5]float32{{100, 0, 0, 0, 0}, {0, 0, 0, 0, 100}}, 3},
		{"a bias", StarRule{Temperature: 1, Bias: [5]float64{0, 100, 0, 0, 0}},
			[][5]float32{{0, 0, 0, 0, 50}}, 2},
		{"a temperature", StarRule{Temperature: 2}, [][5]float32{
			{2 * float32(math.Log(3)), 0, 0, 0, 0}}, (3 + 2 + 3 + 4 + 5) / 7.},
		{"not finite", StarRule{Temperature: 1}, [][5]float32{{inf, 0, 0, 0, 0}}, 0},
		{"no number", StarRule{Temperature: 1}, [][5]float32{{inf, -inf, 0, 0, inf - inf}}, 0},
	} {
		got, shares := c.rule.Decide(c.logits)
		if math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s: %v stars, want %v", c.name, got, c.want)
		}
		var all, mean float64
		for i, p := range shares {
			all += float64(p)
			mean += float64(p) * float64(i+1)
		}
		if math.Abs(mean-c.want) > 1e-5 || c.want > 0 && math.Abs(all-1) > 1e-5 {
			t.Errorf("%s: shares %v have the mean %v, want %v", c.name, shares, mean, c.want)
		}
	}
}

func TestStarRuleCheck(t *testing.T) {
	for _, r := range []StarRule{{}, {Temperature: -1}, {Temperature: math.Inf(1)},
		{Temperature: math.NaN()}, {Temperature: 1, Bias: [5]float64{4: math.NaN()}}} {
		if r.Check() == nil {
			t.Errorf("%+v passes", r)
		}
	}
	if err := (StarRule{Temperature: 0.5}).Check(); err != nil {
		t.Error(err)
	}
}

func TestNames(t *testing.T) {
	rule := Rule{Combine: "mean", Temperature: 1, Unsure: [2]float64{0.4, 0.6}}
	good, bad, middle := [2]float32{-3, 3}, [2]float32{3, -3}, [2]float32{}
	for _, c := range []struct {
		logits [][2]float32
		stars  float64
		unread bool
		want   string
	}{
		{[][2]float32{good}, 0, false, "positive"}, // the model does not predict stars
		{[][2]float32{good}, 4.2, false, "positive"},
		{[][2]float32{good}, 3.5, false, "neutral"},
		{[][2]float32{good}, 3.51, false, "positive"},
		{[][2]float32{bad}, 2.49, false, "negative"},
		{[][2]float32{bad}, 2.5, false, "neutral"},
		{[][2]float32{middle}, 3, false, "neutral"},
		{[][2]float32{middle}, 4, false, "unsure"},
		{[][2]float32{good, bad}, 3, false, "mixed"},
		{[][2]float32{good, good, bad}, 4, false, "mixed"},
		{[][2]float32{good, middle}, 4, false, "positive"},
		{[][2]float32{good, bad}, 3, true, "unsure"},
	} {
		s := Decide(rule, c.logits)
		s.Stars, s.Mixed = c.stars, rule.Mixed(c.logits)
		if c.unread {
			s.Sentiment = Unsure
		}
		if got := s.Name(c.unread); got != c.want {
			t.Errorf("%v of %v stars is %s, want %s", c.logits, c.stars, got, c.want)
		}
	}
}

func TestPackedStars(t *testing.T) {
	for n := range 1 << 16 {
		stars, mixed, ok := PackedStars(n).Unpack()
		if !ok {
			continue
		}
		if got := (Score{Stars: stars, Mixed: mixed}).Pack(); got != PackedStars(n) {
			t.Fatalf("%d is %v, %v, which is %d", n, stars, mixed, got)
		}
	}
	for _, n := range []PackedStars{99, 501, 1 << 15, 1<<15 | 99} {
		if _, _, ok := n.Unpack(); ok {
			t.Errorf("%d is unpacked", n)
		}
	}
	if got := (Score{Stars: 3.14159}).Pack(); got != 314 {
		t.Errorf("3.14159 stars are %d", got)
	}
}
