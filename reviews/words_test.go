package reviews

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"The battery-life isn’t good, sadly.": "the battery life isn't good|sadly",
		"GREAT!!! Fit":                        "great|fit",
		"'quoted' café\nline":                 "quoted|café|line",
		"\xff\xfe bad bytes":                  "bad bytes",
		"":                                    "",
		"o' clock rock'n'roll it'É it'9":      "o|clock rock'n'roll it'é it|9",
		"\u0301e\u0301 \u212aelvin":           "e\u0301 kelvin",
		"a\u00a0b 4\tX":                       "a|b 4 x",
	} {
		words, lowered := splitText(nil, nil, []byte(text))
		var b strings.Builder
		for i, w := range words {
			if i > 0 {
				b.WriteString("| "[w.joined : w.joined+1])
			}
			b.Write(lowered[w.from:][:bytes.IndexByte(lowered[w.from:], ' ')])
		}
		if b.String() != want {
			t.Errorf("words of %q are %q, want %q", text, b.String(), want)
		}
	}
}

func TestLexicon(t *testing.T) {
	words := strings.Fields(stopWords)
	for _, w := range append(words, "hinge", "stopwatches") {
		hash := hashWord(append([]byte(w), make([]byte, 8)...), len(w))
		if got, want := stops.has(hash) == 1, slices.Contains(words, w); got != want {
			t.Errorf("%q is a stop word: %v", w, got)
		}
	}
}
