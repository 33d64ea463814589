package main

import (
	"strings"
	"testing"
)

func TestCounts(t *testing.T) {
	c := counts{}
	happy := `{"text": "It is so noisy. Very comfortable!", "label": 1}` + "\n"
	unhappy := `{"text": "It is very noisy. It broke.", "label": 0}` + "\n"
	err := c.read(strings.NewReader(strings.Repeat(happy, 2) + unhappy +
		`{"text": "It is quite noisy.", "label": 0.5}`))
	if err != nil {
		t.Fatal(err)
	}
	for p, n := range c {
		want := 1 // a sentence counts once
		if p.term == "noisy" {
			want = 2
		}
		if n.all != want || n.agree != 1 {
			t.Errorf("%v: %+v", p, n)
		}
	}
	if len(c) != 3 { // half labels are not counted
		t.Errorf("%d phrases: %v", len(c), c)
	}
	var out strings.Builder
	c.print(&out, 10, true)
	if got := out.String(); !strings.Contains(got, "4 mentions, 75.0%") {
		t.Errorf("%s", got)
	}
}
