package state

import (
	"fmt"
	"slices"
	"testing"
)

func TestSources(t *testing.T) {
	names := []string{"reviews 2024-05.csv", "kettles.csv", "Reviews_2024-06 (1).csv",
		"survey.csv: What else?", "survey.csv: Why?", "2024-05.csv", "2024-06.csv", "kettles.csv",
		"reviews-july-2024.xlsx", "survey (2).csv: Why?", "A name of mine"}
	want := "[[0 2 8] [1 7] [3] [4 9] [5] [6] [10]]"
	if got := fmt.Sprint(Sources(names)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestShortNames(t *testing.T) {
	for _, c := range []struct{ names, want []string }{
		{[]string{"reviews 2024-05.csv", "reviews 2024-06.csv"},
			[]string{"reviews 2024-05.csv", "reviews 2024-06.csv"}},
		{[]string{"s.csv: What did you like most?", "s.csv: What would you like to see improved?"},
			[]string{"What did you like most?", "What would y…e improved?"}},
		{[]string{"s.csv: Anything else?", "t.csv"}, []string{"s.csv: Anything else?", "t.csv"}},
		{[]string{"t.csv"}, []string{"t.csv"}},
	} {
		if got := ShortNames(c.names); !slices.Equal(got, c.want) {
			t.Errorf("ShortNames(%q) = %q, want %q", c.names, got, c.want)
		}
	}
}
