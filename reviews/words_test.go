package reviews

import (
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
				b.WriteString(map[bool]string{true: "|", false: " "}[w.breaks])
			}
			b.Write(lowered[w.from:w.to])
		}
		if b.String() != want {
			t.Errorf("words of %q are %q, want %q", text, b.String(), want)
		}
	}
}
