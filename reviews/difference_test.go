package reviews

import (
	"math"
	"testing"
)

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
			t.Errorf("%d/%d less %d/%d = %+v, want %v to %v", tt.a, tt.m, tt.b, tt.n, got, tt.low, tt.high)
		}
	}
}
