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
		{"one window, divided by the temperature", [][2]float32{{-1, 3}}, 1 / (1 + math.Exp(-2)), Positive},
		{"mean of windows, not of probabilities", [][2]float32{{0, 8}, {4, 0}}, 1 / (1 + math.Exp(-1)), Positive},
		{"order does not matter", [][2]float32{{4, 0}, {0, 8}}, 1 / (1 + math.Exp(-1)), Positive},
		{"sure of bad", [][2]float32{{3, -3}}, 1 / (1 + math.Exp(3)), Negative},
		{"beyond what exp can hold", [][2]float32{{3e4, -3e4}}, 0, Negative},
		{"not a number", [][2]float32{{0, float32(math.NaN())}}, 0, None},
		{"infinite", [][2]float32{{0, inf}}, 0, None},
	} {
		got := Decide(rule, tt.logits)
		if math.Abs(got.Positive-tt.want) > 1e-12 || got.Sentiment != tt.says {
			t.Errorf("%s: Decide = %v %q, want %v %q", tt.name, got.Positive, got.Sentiment, tt.want, tt.says)
		}
	}
}

func TestNameAtTheBandsEdges(t *testing.T) {
	for p, want := range map[float64]Sentiment{
		0: Negative, 0.3999999: Negative, 0.4: Unsure, 0.5999999: Unsure, 0.6: Positive, 1: Positive, math.NaN(): None,
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

func TestJoin(t *testing.T) {
	for _, tt := range []struct{ template, title, text, want string }{
		{"{title}. {text}", "Great", "It works", "Great. It works"},
		{"{title}. {text}", "  Great ", "\n It works ", "Great. It works"},
		{"{title}. {text}", "", "It works", "It works"},
		{"{title}. {text}", "Great", " ", "Great"},
		{"{title}. {text}", "", "", ""},
		{"<{title}|{text}>", "a", "b", "<a|b>"},
		{"{text}", "a", "b", "b"},
		{"", "a", "b", "b"},
	} {
		if got := string(Join([]byte("x"), tt.template, []byte(tt.title), []byte(tt.text))); got != "x"+tt.want {
			t.Errorf("Join(%q, %q, %q) = %q, want %q", tt.template, tt.title, tt.text, got[1:], tt.want)
		}
	}
}

// The interval's ends are, by definition, the shares from which k in n is 1.96 standard errors away.
func TestWilson(t *testing.T) {
	for _, tt := range [][2]int{{0, 10}, {10, 10}, {5, 10}, {1, 3}, {812, 1000}, {999_999, 1_000_000}} {
		k, n := tt[0], tt[1]
		got := Wilson(k, n)
		if got.Share != float64(k)/float64(n) || got.Low < 0 || got.Low > got.Share || got.High > 1 || got.High < got.Share-1e-12 {
			t.Errorf("Wilson(%d, %d) = %+v", k, n, got)
		}
		for _, end := range []float64{got.Low, got.High} {
			if end < 1e-12 || end > 1-1e-12 {
				continue // at 0 and 1 there is no error
			}
			if away := math.Abs(got.Share-end) / math.Sqrt(end*(1-end)/float64(n)); math.Abs(away-1.959964) > 1e-5 {
				t.Errorf("Wilson(%d, %d) ends at %v, %v standard errors away", k, n, end, away)
			}
		}
	}
	for _, n := range []int{1, 3, 186, 100_003} {
		if none, all := Wilson(0, n), Wilson(n, n); none.Low != 0 || all.High != 1 {
			t.Errorf("of %d: none %+v, all %+v, want ends at 0 and 1", n, none, all)
		}
	}
	if got := Wilson(0, 0); got != (Interval{Low: 0, High: 1}) {
		t.Errorf("Wilson(0, 0) = %+v, want anything", got)
	}
}

func TestJudgeScale(t *testing.T) {
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
		{"rating", []string{"87%", "12%"}, Scale{}, 2, true},
		{"Rating (out of 10)", []string{"3", "4"}, Scale{Top: 10}, 2, true},
		{"Note sur 20", []string{"3", "14,5"}, Scale{Top: 20}, 2, true},
		{"Rating (May 2024)", []string{"3", "5"}, Scale{}, 2, true},
		{"How likely are you to recommend us?", []string{"9", "0", "10"}, Scale{Top: 10, NPS: true}, 3, true},
		{"Would you recommend?", []string{"5", "1"}, Scale{}, 2, true},
		{"On a scale from 1 to 7", []string{"7", "1"}, Scale{Top: 7}, 2, true},
		{"rating", []string{"4,0 von 5 Sternen", "1,0 von 5 Sternen"}, Scale{}, 2, true},
		{"price", []string{"199", "20"}, Scale{}, 0, false},
		{"", nil, Scale{}, 0, true},
	} {
		got, e := JudgeScale(tt.name, tt.cells)
		if got != tt.want || e.Rated != tt.rated || e.Sure(got) != tt.sure {
			t.Errorf("JudgeScale(%q, %q) = %+v, %+v, sure %v; want %+v, %d rated, sure %v", tt.name, tt.cells, got, e, e.Sure(got), tt.want, tt.rated, tt.sure)
		}
	}
}

func TestParseStars(t *testing.T) {
	for in, want := range map[string]float64{
		"5": 5, "4.0": 4, "4,5": 4.5, " 3 ": 3, "5.0 out of 5 stars": 5, "4/5": 4, "8/10": 4, "1 star": 1, "3 Stars": 3, "4 von 5": 4,
		"★★★★☆": 4, "★★★½": 3.5, "⭐️⭐️": 2, "3 of 5": 3, "0.5": 0.5,
		"": 0, "0": 0, "6": 0, "-1": 0, "great": 0, "5 things I hate": 0, "1e0": 0, "0x3": 0, "NaN": 0, "Inf": 0, "4/0": 0, "2024-05-01": 0,
		"★ not good": 0, "5 stars for the price": 0,
		"4,0 sur 5 étoiles": 4, "4,0 su 5 stelle": 4, "4,0 de 5 estrellas": 4, "4,0 van 5 sterren": 4, "4,0 av 5 stjärnor": 4,
		"4,0 z 5 gwiazdek": 4, "5つ星のうち4.0": 4, "5 yıldız üzerinden 4,0": 4, "4.0 颗星，最多 5 颗星": 4, "4,5 von 5 Sternen": 4.5,
		"Rated 4 stars": 4, "Rated 5 out of 5 stars": 5, "Rating: 3": 3, "4 ★": 4, "80%": 4, "40 %": 2, "FIVE": 5, "ONE_STAR": 1,
		"Very satisfied": 5, "very dissatisfied": 1, "Neutral": 3, "5점": 5, "9/10": 4.5, "16/20": 4, "100%": 5,
		"05-May": 0, "01/05": 0, "4.17.10": 0, "10.0.0.1": 0, "Item 4": 0, "3 of us": 0, "110%": 0, "6/5": 0, "1,234": 1.234, "v4": 0,
	} {
		if got, ok := ParseStars([]byte(in)); got != want || ok != (want != 0) {
			t.Errorf("ParseStars(%q) = %v, %v, want %v", in, got, ok, want)
		}
	}
}
