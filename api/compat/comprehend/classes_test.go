package comprehend

import (
	"math"
	"slices"
	"strings"
	"testing"

	"reviewlens/reviews"
)

// The class that leads is the product's own name for the probability, in any band, and the sum is
// 1.
func TestClassify(t *testing.T) {
	for _, band := range [][2]float64{{0.4, 0.6}, {0.5, 0.5}, {0, 1}, {0, 0}, {1, 1}, {0.6, 0.9},
		{0.1, 0.2}, {0, 0.3}, {0.7, 1}} {
		rule := reviews.Rule{Unsure: band}
		for p := 0.0; p <= 1; p += 1.0 / 1024 {
			s := classify(rule, p)
			if sum := s.Negative + s.Neutral + s.Positive; math.Abs(sum-1) > 1e-12 || s.Mixed != 0 {
				t.Fatalf("band %v: %v becomes %+v, which adds up to %v", band, p, s, sum)
			}
			leads := max(s.Negative, s.Neutral, s.Positive)
			named := map[string]float64{"NEGATIVE": s.Negative, "NEUTRAL": s.Neutral,
				"POSITIVE": s.Positive}[s.name(rule, p)]
			if leads-named > 1e-12 { // on an edge two lead
				t.Fatalf("band %v: %v is %s, but the scores are %+v", band, p, s.name(rule, p), s)
			}
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
