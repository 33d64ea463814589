package reviews

import (
	"math"
	"testing"
)

var rule = Rule{Combine: "mean", Temperature: 2, Unsure: [2]float64{0.4, 0.6}}

func TestDecide(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, tt := range []struct {
		name   string
		logits [][2]float32
		want   float64
		says   Sentiment
	}{
		{"no windows", nil, 0, None},
		{"even", [][2]float32{{1, 1}}, 0.5, Unsure},
		{"one window, divided by the temperature", [][2]float32{{-1, 3}},
			1 / (1 + math.Exp(-2)), Positive},
		{"mean of windows, not of probabilities", [][2]float32{{0, 8}, {4, 0}},
			1 / (1 + math.Exp(-1)), Positive},
		{"order does not matter", [][2]float32{{4, 0}, {0, 8}}, 1 / (1 + math.Exp(-1)), Positive},
		{"sure of bad", [][2]float32{{3, -3}}, 1 / (1 + math.Exp(3)), Negative},
		{"beyond what exp can hold", [][2]float32{{3e4, -3e4}}, 0, Negative},
		{"not a number", [][2]float32{{0, float32(math.NaN())}}, 0, None},
		{"infinite", [][2]float32{{0, inf}}, 0, None},
	} {
		got := Decide(rule, tt.logits)
		if math.Abs(got.Positive-tt.want) > 1e-12 || got.Sentiment != tt.says {
			t.Errorf("%s: Decide = %v %q, want %v %q", tt.name, got.Positive, got.Sentiment,
				tt.want, tt.says)
		}
	}
}

// Four windows that agree are as sure as one with twice the logits; one is as sure in both ways.
func TestDecideStouffer(t *testing.T) {
	r := rule
	r.Combine = Stouffer
	if err := r.Check(); err != nil {
		t.Fatal(err)
	}
	window := [2]float32{-0.5, 0.25}
	one := Decide(r, [][2]float32{window})
	four := Decide(r, [][2]float32{window, window, window, window})
	if mean := Decide(rule, [][2]float32{window}); one != mean {
		t.Errorf("one window: %v by Stouffer, %v by the mean", one, mean)
	}
	if want := 1 / (1 + math.Exp(-0.75)); math.Abs(four.Positive-want) > 1e-12 {
		t.Errorf("four windows: %v, want %v", four.Positive, want)
	}
}

func TestNameAtTheBandsEdges(t *testing.T) {
	for p, want := range map[float64]Sentiment{
		0: Negative, 0.3999999: Negative, 0.4: Unsure, 0.5999999: Unsure, 0.6: Positive,
		1: Positive, math.NaN(): None,
	} {
		if got := rule.Name(p); got != want {
			t.Errorf("Name(%v) = %q, want %q", p, got, want)
		}
	}
}

func TestRuleCheck(t *testing.T) {
	for name, change := range map[string]func(*Rule){
		"combine":         func(r *Rule) { r.Combine = "max" },
		"temperature":     func(r *Rule) { r.Temperature = 0 },
		"temperature NaN": func(r *Rule) { r.Temperature = math.NaN() },
		"band":            func(r *Rule) { r.Unsure = [2]float64{0.6, 0.4} },
		"band over 1":     func(r *Rule) { r.Unsure = [2]float64{0.4, 1.1} },
	} {
		r := rule
		change(&r)
		if r.Check() == nil {
			t.Errorf("%s: Check accepts %+v", name, r)
		}
	}
	if err := rule.Check(); err != nil {
		t.Error(err)
	}
}

func TestGuessScale(t *testing.T) {
	for _, tt := range []struct {
		name  string
		cells []string
		want  Scale
		rated int
		sure  bool
	}{
		{"rating", []string{"5", "1", "", "4.5"}, Scale{}, 3, true},
		{"rating", []string{"4", "1"}, Scale{}, 2, false},
		{"rating", []string{"9", "2", "10", "8"}, Scale{Top: 10}, 4, true},
		{"score", []string{"9", "2", "7"}, Scale{Top: 10}, 3, false},
		{"score", []string{"87", "12", "100", "0"}, Scale{Top: 100}, 3, true},
		{"rating", []string{"87%", "12%"}, Scale{Top: 100}, 2, true},
		{"Rating (out of 10)", []string{"3", "4"}, Scale{Top: 10}, 2, true},
		{"Note sur 20", []string{"3", "14,5"}, Scale{Top: 20}, 2, true},
		{"Rating (May 2024)", []string{"3", "5"}, Scale{}, 2, true},
		{"How likely are you to recommend us?", []string{"9", "0", "10"},
			Scale{Top: 10, NPS: true}, 3, true},
		{"Would you recommend?", []string{"5", "1"}, Scale{}, 2, true},
		{"rating", []string{"5", "1", "4", "5", "10", "5", "4", "5", "2", "3"}, Scale{}, 9, true},
		{"On a scale from 1 to 7", []string{"7", "1"}, Scale{Top: 7}, 2, true},
		{"rating", []string{"4,0 von 5 Sternen", "1,0 von 5 Sternen"}, Scale{}, 2, true},
		{"price", []string{"199", "20"}, Scale{}, 0, false},
		{"", nil, Scale{}, 0, true},
	} {
		got, e := GuessScale(tt.name, tt.cells)
		if got != tt.want || e.Rated != tt.rated || e.Sure(got) != tt.sure {
			t.Errorf("GuessScale(%q, %q) = %+v, %+v, sure %v; want %+v, %d rated, sure %v", tt.name,
				tt.cells, got, e, e.Sure(got), tt.want, tt.rated, tt.sure)
		}
	}
}
