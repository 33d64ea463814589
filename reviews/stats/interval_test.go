package stats

import (
	"math"
	"testing"
)

// The interval's ends are, by definition, the shares from which k in n is 1.96 standard errors
// away.
func TestWilson(t *testing.T) {
	for _, tt := range [][2]int{{0, 10}, {10, 10}, {5, 10}, {1, 3}, {812, 1000},
		{999_999, 1_000_000}} {
		k, n := tt[0], tt[1]
		got := Wilson(k, n)
		if got.Share != float64(k)/float64(n) || got.Low < 0 || got.Low > got.Share ||
			got.High > 1 || got.High < got.Share-1e-12 {
			t.Errorf("Wilson(%d, %d) = %+v", k, n, got)
		}
		for _, end := range []float64{got.Low, got.High} {
			if end < 1e-12 || end > 1-1e-12 {
				continue // there is no error at 0 and 1
			}
			if away := math.Abs(got.Share-end) / math.Sqrt(end*(1-end)/float64(n)); math.Abs(
				away-1.959964) > 1e-5 {
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

// Newcombe (1998), table II, method 10.
func TestDifference(t *testing.T) {
	for _, tt := range []struct {
		a, m, b, n int
		low, high  float64
	}{
		{56, 70, 48, 80, 0.0524, 0.3339},
		{9, 10, 3, 10, 0.1705, 0.8090},
		{10, 10, 0, 20, 0.6791, 1},
		{5, 56, 0, 29, -0.0381, 0.1926},
	} {
		got := Difference(Wilson(tt.a, tt.m), Wilson(tt.b, tt.n))
		if math.Abs(got.Low-tt.low) > 5e-4 || math.Abs(got.High-tt.high) > 5e-4 {
			t.Errorf("%d/%d less %d/%d = %+v, want %v to %v", tt.a, tt.m, tt.b, tt.n, got,
				tt.low, tt.high)
		}
	}
}
