package comprehend

import (
	"math"
	"slices"
	"strings"
	"testing"

	"reviewlens/api/wire"
	"reviewlens/reviews"
)

// The leading class is the product's label for the probability, in any band, and the sum is 1.
func TestClassify(t *testing.T) {
	for _, band := range [][2]float64{{0.4, 0.6}, {0.5, 0.5}, {0, 1}, {0, 0}, {1, 1}, {0.6, 0.9},
		{0.1, 0.2}, {0, 0.3}, {0.7, 1}} {
		rule := reviews.Rule{Unsure: band}
		for p := 0.0; p <= 1; p += 1.0 / 1024 {
			r := wire.Result{Positive: &p}
			s := classify(rule, r)
			if sum := s.Negative + s.Neutral + s.Positive; math.Abs(sum-1) > 1e-12 || s.Mixed != 0 {
				t.Fatalf("band %v: %v becomes %+v, which adds up to %v", band, p, s, sum)
			}
			leads := max(s.Negative, s.Neutral, s.Positive)
			named := map[string]float64{"NEGATIVE": s.Negative, "NEUTRAL": s.Neutral,
				"POSITIVE": s.Positive}[s.name(rule, r)]
			if leads-named > 1e-12 { // at an edge two lead
				t.Fatalf("band %v: %v is %s, but the scores are %+v", band, p, s.name(rule, r), s)
			}
		}
	}
}

// With stars, Neutral is the probability of three, and Positive and Negative share the rest.
func TestClassifyStars(t *testing.T) {
	for _, tt := range []struct {
		positive float64
		shares   []float64
		want     string
		score    sentimentScore
	}{
		{0.5, []float64{0.1, 0.1, 0.6, 0.1, 0.1}, "NEUTRAL",
			sentimentScore{Negative: 0.2, Neutral: 0.6, Positive: 0.2}},
		{0.5, []float64{0.4, 0.05, 0.1, 0.05, 0.4}, "POSITIVE",
			sentimentScore{Negative: 0.45, Neutral: 0.1, Positive: 0.45}},
		{0.75, []float64{0, 0, 0.2, 0.4, 0.4}, "POSITIVE",
			sentimentScore{Negative: 0.2, Neutral: 0.2, Positive: 0.6}},
		{0.25, []float64{0.4, 0.4, 0.2, 0, 0}, "NEGATIVE",
			sentimentScore{Negative: 0.6, Neutral: 0.2, Positive: 0.2}},
	} {
		rule := reviews.Rule{Unsure: [2]float64{0.4, 0.6}}
		r := wire.Result{Positive: &tt.positive, StarShares: tt.shares}
		s := classify(rule, r)
		if name := s.name(rule, r); name != tt.want {
			t.Errorf("%v is %s, want %s", tt.shares, name, tt.want)
		}
		for _, d := range []float64{s.Negative - tt.score.Negative, s.Neutral - tt.score.Neutral,
			s.Positive - tt.score.Positive, s.Mixed} {
			if math.Abs(d) > 1e-12 {
				t.Errorf("%v gives %+v, want %+v", tt.shares, s, tt.score)
				break
			}
		}
	}
}

// A text that the model cannot read is neutral, with stars and without.
func TestClassifyUnread(t *testing.T) {
	rule := reviews.Rule{Unsure: [2]float64{0.4, 0.6}}
	for _, shares := range [][]float64{nil, {0.1, 0.1, 0.1, 0.1, 0.6}} {
		p := 0.81
		r := wire.Result{Positive: &p, StarShares: shares, Unread: "language: Spanish"}
		s := classify(rule, r)
		if name := s.name(rule, r); name != "NEUTRAL" || s.Neutral <= max(s.Positive, s.Negative) {
			t.Errorf("%v: %s, %+v", shares, name, s)
		}
	}
}

func TestParts(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"It works.", []string{"It works."}},
		{"", []string{""}},
		{"It is good. It is bad!  Is it?", []string{"It is good.", "It is bad!  Is it?"}},
		{"Wow. It is good. It is bad.", []string{"Wow. It is good.", "It is bad."}},
		{"It cost 3.50 pounds and version 2.0 came",
			[]string{"It cost 3.50 pounds and version 2.0 came"}},
		{"I like it but it broke, however they sent another",
			[]string{"I like it", "but it broke", ", however they sent another"}},
		{"Pros: quick and quiet\nCons: it broke soon",
			[]string{"Pros: quick and quiet", "Cons: it broke soon"}},
		{`He said "It is fine." Then it broke.`,
			[]string{`He said "It is fine."`, "Then it broke."}},
		{"The button broke the buttress", []string{"The button broke the buttress"}},
	} {
		if got := parts(tt.text); !slices.Equal(got, tt.want) {
			t.Errorf("parts(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func FuzzParts(f *testing.F) {
	f.Add("It is good. It is bad!\n\nBut \"this\"... is, however, odd?", 3)
	f.Add("a b c. ", 200)
	f.Fuzz(func(t *testing.T, text string, times int) {
		text = strings.Repeat(text, 1+max(0, times)%300)
		if len(text) > 10000 {
			t.Skip()
		}
		got := parts(text)
		joined := strings.Join(strings.Fields(strings.Join(got, " ")), " ")
		if len(got) == 0 || len(got) > maxParts ||
			strings.ReplaceAll(joined, " ", "") != strings.Join(strings.Fields(text), "") {
			t.Fatalf("parts(%q) = %q", text, got)
		}
		for i, p := range got {
			if len(got) > 1 && !enough(p) {
				t.Fatalf("part %d of %q is %q", i, text, p)
			}
		}
	})
}
