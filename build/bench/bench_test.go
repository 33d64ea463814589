package main

import (
	"strings"
	"testing"
	"time"
)

func TestTable(t *testing.T) {
	var out strings.Builder
	took := func(seconds ...int) (d []time.Duration) {
		for _, s := range seconds {
			d = append(d, time.Duration(s)*time.Second)
		}
		return d
	}
	printTable(&out, []scenario{{name: "path", took: took(100, 10, 5, 20)},
		{name: "slow", took: took(1, 50, 50, 50)}, {name: "best", took: took(1, 8, 8, 8)}}, 40)
	for _, line := range []string{"| path | 4.0 | 2.0 to 8.0 | 0.80 |",
		"| slow | 0.8 | 0.8 to 0.8 | 0.16 |", "| best | 5.0 | 5.0 to 5.0 | 1.00 |"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("table lacks %q:\n%s", line, out.String())
		}
	}
}
