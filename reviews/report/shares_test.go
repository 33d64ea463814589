package report

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"reviewlens/reviews/figures"
)

func TestPercents(t *testing.T) {
	for _, c := range []struct {
		counts []int
		want   string
	}{
		{[]int{1, 1, 1}, "33% 34% 33%"}, // each rounded by itself: 33% three times
		{[]int{2, 1, 1}, "50% 25% 25%"},
		{[]int{5, 2, 1}, "63% 25% 12%"},            // each rounded by itself 63%, 25%, 13%
		{[]int{995, 5, 0}, "over 99% under 1% 0%"}, // 99.5%
		{[]int{3, 0, 0}, "100% 0% 0%"},
		{[]int{0, 0, 0}, "0% 0% 0%"},
		{[]int{0, 999, 1}, "0% over 99% under 1%"},
		{[]int{7, 6, 6, 1}, "35% 30% 30% 5%"},
	} {
		if got := strings.Join(Percents(c.counts...), " "); got != c.want {
			t.Errorf("%v: %s, want %s", c.counts, got, c.want)
		}
	}
}

// Whole percents add up to a hundred, the first is rounded by itself, and none is off by one.
func TestPercentsComeToAHundred(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		counts := []int{rng.IntN(300), rng.IntN(300), rng.IntN(300), rng.IntN(30)}[:3+rng.IntN(2)]
		all := 0
		for _, n := range counts {
			all += n
		}
		got := Percents(counts...)
		if all == 0 || slices.ContainsFunc(got, func(s string) bool {
			return strings.Contains(s, " ")
		}) {
			continue
		}
		sum := 0
		for i, s := range got {
			p, err := strconv.Atoi(strings.TrimSuffix(s, "%"))
			if err != nil {
				t.Fatal(err)
			}
			sum += p
			exact := 100 * float64(counts[i]) / float64(all)
			if off := math.Abs(float64(p) - exact); off >= 1.0001 ||
				i == 0 && s != Percent(exact/100) {
				t.Errorf("%v: %v is %v", counts, exact, got)
			}
		}
		if sum != 100 {
			t.Errorf("%v: %v come to %d", counts, got, sum)
		}
	}
}

// The pieces of a bar touch, and fill it.
func TestSplitFillsTheBar(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		s := figures.Sum{Negative: rng.IntN(400), Unsure: rng.IntN(40), Positive: rng.IntN(4000)}
		end := 0.0
		for _, p := range splitSum(s) {
			if math.Abs(p.X-end) > 1e-9 {
				t.Fatalf("%+v: a piece begins at %v, the one before ends at %v", s, p.X, end)
			}
			end = p.X + p.W
		}
		if s.Negative+s.Unsure+s.Positive > 0 && math.Abs(end-100) > 1e-9 {
			t.Fatalf("%+v: the bar ends at %v", s, end)
		}
	}
}

// A scale other than five is reported as it is.
func TestRatingsInTheReport(t *testing.T) {
	r := figures.Report{Rows: 100, Figures: figures.Figures{Scored: 100, Positive: 60,
		Negative: 40, Stars: make([]figures.Sum, 5),
		NPS: &figures.NPS{Promoters: 50, Passives: 32, Detractors: 18, Score: 32, Low: 16.5,
			High: 46.4}}}
	r.Stars[4].Rows, r.Stars[4].Positive = 100, 100
	write := func() string {
		var b strings.Builder
		if err := Write(&b, About{Name: "survey.csv", Made: time.Time{}}, r); err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(b.String(), "&#43;", "+")
	}
	page := write()
	for _, want := range []string{`<p class="big">+32 <small>net promoter score</small></p>`,
		"between +17 and +46", "Of 100 answers from 0 to 10, 50% are of promoters (9 or 10), 32% " +
			"of passives (7 or 8) and 18% of detractors (0 to 6)",
		"The net promoter score is +32 (95% interval +17 to +46, of 100 answers)"} {
		if !strings.Contains(page, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	r.NPS = nil
	r.Ratings = &figures.Ratings{Scale: "1 to 10", Rows: 100, Mean: 7.42, Stars: 3.71, Best: 10}
	page = write()
	for _, want := range []string{
		`<p id="rated">Rated 7.4 on a scale of 1 to 10 on average, which is 3.7 of 5 stars ` +
			`(100 ratings).</p>`,
		"They are rated 7.4 on a scale of 1 to 10 on average"} {
		if !strings.Contains(page, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	if strings.Contains(page, `id="nps"`) {
		t.Error("a net promoter score of another scale")
	}
}
