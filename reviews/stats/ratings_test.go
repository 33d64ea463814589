package stats

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"reviewlens/reviews"
)

// counted counts cells of a column, the first of rows with a text.
func counted(scale reviews.Scale, cells ...string) *Summary {
	s := &Summary{Scale: scale}
	for i, cell := range cells {
		stars, _ := scale.Parse([]byte(cell))
		r := reviews.Result{}
		if i == 0 {
			r.Score = reviews.Score{Positive: 0.9, Sentiment: reviews.Positive}
		}
		s.Add(r, reviews.Facts{Stars: stars})
	}
	return s
}

func TestNPS(t *testing.T) {
	scale := reviews.Scale{Top: 10, NPS: true}
	var all []string
	for n := range 11 {
		all = append(all, strconv.Itoa(n))
	}
	// all eleven answers: 9 and 10 promote, 7 and 8 are passive, 0 to 6 are seven detractors; a
	// row without a text counts, one without an answer does not
	s := counted(scale, append(all, "", "11", "do not know")...)
	n := s.Ratings.NPS()
	if s.Ratings.Rows != 11 || n.Promoters != 2 || n.Passives != 2 || n.Detractors != 7 {
		t.Errorf("%d rows, %+v", s.Ratings.Rows, n)
	}
	if want := -5.0 / 11; math.Abs(n.Score-want) > 1e-12 {
		t.Errorf("score is %v, want %v", n.Score, want)
	}
	// by hand: n = 14, p = 2.75/14, d = 7.75/14, z √((p + d - (p-d)²)/14)
	if math.Abs(n.Low+0.77041) > 1e-4 || math.Abs(n.High-0.05613) > 1e-4 {
		t.Errorf("between %v and %v", n.Low, n.High)
	}
	all = slices.Repeat([]string{"10", "9"}, 10)
	if n := counted(scale, all...).Ratings.NPS(); n.Score != 1 || n.High != 1 ||
		n.Low > 0.9 || n.Low < 0.6 {
		t.Errorf("all promote: %+v", n)
	}
	if n := (Ratings{}).NPS(); n.Score != 0 || n.Low != -1 || n.High != 1 {
		t.Errorf("of nothing: %+v", n)
	}
}

// The interval contains the true score as often as it claims, or nearly: summed over all outcomes
// of 40 answers, for some true shares.
func TestNPSInterval(t *testing.T) {
	const rows = 40
	logFact := make([]float64, rows+1)
	for i := 1; i <= rows; i++ {
		logFact[i] = logFact[i-1] + math.Log(float64(i))
	}
	for _, c := range [][2]float64{{0.5, 0.2}, {0.1, 0.6}, {0.85, 0.05}, {0.3, 0.3}} {
		p, d := c[0], c[1]
		covered := 0.0
		for k := 0; k <= rows; k++ {
			for m := 0; k+m <= rows; m++ {
				low, high := netInterval(k, m, rows)
				if low <= p-d && p-d <= high {
					rest := rows - k - m
					ways := logFact[rows] - logFact[k] - logFact[m] - logFact[rest]
					covered += math.Exp(ways + float64(k)*math.Log(p) + float64(m)*math.Log(d) +
						float64(rest)*math.Log(1-p-d))
				}
			}
		}
		if covered < 0.93 || covered > 0.98 {
			t.Errorf("of %v the interval has the score in %v of all samples", c, covered)
		}
	}
}

func TestMeanOnItsScale(t *testing.T) {
	for _, c := range []struct {
		scale reviews.Scale
		cells []string
		want  float64
	}{
		{reviews.Scale{Top: 10}, []string{"1", "10", "7", "8"}, 6.5},
		{reviews.Scale{Top: 7}, []string{"1", "7", "6"}, 14.0 / 3},
		{reviews.Scale{Top: 100}, []string{"50", "75", "100"}, 75},
		{reviews.Scale{Top: 1}, []string{"0.5", "0.8"}, 0.65},
		{reviews.Scale{Top: 6, Grades: true}, []string{"1", "2", "6"}, 3},
		{reviews.Scale{}, []string{"4", "5"}, 4.5},
	} {
		r := counted(c.scale, c.cells...).Ratings
		if got := c.scale.Of(r.Mean()); r.Rows != len(c.cells) || math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%+v: the mean of %v is %v, want %v", c.scale, c.cells, got, c.want)
		}
	}
}
