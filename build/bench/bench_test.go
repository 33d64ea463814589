package main

import (
	"slices"
	"strings"
	"testing"
	"time"
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
	if m := median(words); m < 40 || m > 50 {
		t.Errorf("median of %v words, want about %v", m, medianWords)
	}
	if mean := sum / float64(len(words)); mean < 60 || mean > 76 {
		t.Errorf("mean of %v words, want about 68", mean)
	}
	if words[0] < 1 || words[len(words)-1] > mostWords {
		t.Errorf("%v to %v words", words[0], words[len(words)-1])
	}
}

func TestTable(t *testing.T) {
	var out strings.Builder
	took := func(seconds ...int) (d []time.Duration) {
		for _, s := range seconds {
			d = append(d, time.Duration(s)*time.Second)
		}
		return d
	}
	table(&out, []way{{name: "path", took: took(100, 10, 5, 20)}, {name: "slow", took: took(1, 50, 50, 50)}, {name: "best", took: took(1, 8, 8, 8)}}, 40)
	for _, line := range []string{"| path | 4.0 | 2.0 to 8.0 | 0.80 |", "| slow | 0.8 | 0.8 to 0.8 | 0.16 |", "| best | 5.0 | 5.0 to 5.0 | 1.00 |"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("table lacks %q:\n%s", line, out.String())
		}
	}
}
