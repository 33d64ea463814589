package text

import (
	"slices"
	"strings"
	"testing"
)

func TestSentences(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                   nil,
		"One.":                               {"One."},
		"It leaks! Why? Send it back.":       {"It leaks! ", "Why? ", "Send it back."},
		"It holds 1.5 l, e.g. for tea. Yes.": {"It holds 1.5 l, e.g. for tea. ", "Yes."},
		"“Fine.” So she said… Then nothing": {"“Fine.” ", "So she said… ", "Then nothing"},
		"Pros: fast\n\nCons: loud":          {"Pros: fast\n\n", "Cons: loud"},
		"很好。不错！":                            {"很好。", "不错！"},
		"Wait...what?!":                     {"Wait...what?!"},
	} {
		if got := Sentences(text); !slices.Equal(got, want) {
			t.Errorf("Sentences(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzSentences(f *testing.F) {
	f.Add("A. b\nc!? \xff D")
	f.Fuzz(func(t *testing.T, text string) {
		parts := Sentences(text)
		if strings.Join(parts, "") != text || slices.Contains(parts, "") {
			t.Errorf("Sentences(%q) = %q", text, parts)
		}
	})
}
