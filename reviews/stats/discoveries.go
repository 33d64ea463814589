package stats

// Discoveries returns how many of the first of sorted probabilities are discoveries at a false
// discovery rate (Benjamini and Hochberg 1995). tested is the number of all tests; those whose
// probability is above rate need not be in sorted.
func Discoveries(sorted []float64, tested int, rate float64) int {
	for n := len(sorted); n > 0; n-- {
		if sorted[n-1] <= rate*float64(n)/float64(tested) {
			return n
		}
	}
	return 0
}
