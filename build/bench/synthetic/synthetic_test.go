package synthetic

import (
	"slices"
	"strings"
	"testing"
)

func TestTexts(t *testing.T) {
	texts := Texts(5000)
	if !slices.Equal(texts[:100], Texts(100)) {
		t.Error("the same call gives other texts")
	}
	var words []float64
	sum := 0.0
	for _, text := range texts {
		n := float64(len(strings.Fields(text)))
		words, sum = append(words, n), sum+n
	}
	slices.Sort(words)
	if m := words[len(words)/2]; m < 40 || m > 50 {
		t.Errorf("median of %v words, want about %v", m, medianWords)
	}
	if mean := sum / float64(len(words)); mean < 60 || mean > 76 {
		t.Errorf("mean of %v words, want about 68", mean)
	}
	if words[0] < 1 || words[len(words)-1] > mostWords {
		t.Errorf("%v to %v words", words[0], words[len(words)-1])
	}
}
