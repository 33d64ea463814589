package stats

import "testing"

func TestDiscoveries(t *testing.T) {
	// The example of Benjamini and Hochberg (1995), section 3.2.
	example := []float64{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459,
		0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1}
	for _, tt := range []struct {
		sorted []float64
		tested int
		want   int
	}{
		{example, len(example), 4},
		{example[:9], len(example), 4}, // those above the rate are missing
		{example, 1000, 0},
		{[]float64{0.04, 0.041, 0.042}, 3, 3}, // the last one includes those before it
		{nil, 10, 0},
	} {
		if got := Discoveries(tt.sorted, tt.tested, 0.05); got != tt.want {
			t.Errorf("Discoveries(%v, %d) = %d, want %d", tt.sorted, tt.tested, got, tt.want)
		}
	}
}
