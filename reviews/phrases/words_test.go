package phrases

import (
	"math/rand/v2"
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
		strings.Repeat("word, ", 9) + "’":     "word" + strings.Repeat("|word", 8),
		strings.Repeat("ab's   ", 40) + "…":   strings.Repeat("ab's ", 39) + "ab's",
		strings.Repeat("é", 70) + " É-\t(x)":  strings.Repeat("é", 70) + " é|x",
	} {
		if got := asSplit(text); got != want {
			t.Errorf("words of %q are %q, want %q", text, got, want)
		}
	}
}

// asSplit returns a text's words with the characters between them, while letters follow the text.
func asSplit(text string) string {
	var s splitter
	var b []byte
	padded := []byte(text + strings.Repeat("x", 64))[:len(text)]
	for i, w := range s.split(padded, len(text)) {
		if i > 0 {
			b = append(b, "| "[w.joined])
		}
		b = lower(b, padded[w.from:][:w.size])
	}
	return string(b)
}

func TestWordsAsThePlainWay(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		var b strings.Builder
		for range rng.IntN(150) {
			b.WriteString([]string{"a", "B", "word", "it's", "9", "'", "’", " ", " ", "-", "\t",
				".", "@", "[", "`", "{", "\x00", "É", "ß", "很", "e\u0301", "\u0301", "٣", "\xff",
				"\xe2\x80"}[rng.IntN(25)])
		}
		var want string
		broken := false
		for _, w := range plainWords(b.String()) {
			switch {
			case w == "|":
				broken = true
				continue
			case want != "" && broken:
				want += "|"
			case want != "":
				want += " "
			}
			want, broken = want+w, false
		}
		if got := asSplit(b.String()); got != want {
			t.Fatalf("words of %q are %q, want %q", b.String(), got, want)
		}
	}
}

// Every implementation classifies the bytes alike.
func TestNewBlocks(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	text := make([]byte, 64*256)
	for i := range text {
		text[i] = byte(i/61 + rng.IntN(2)*i) // each byte at each place, next to others
	}
	for n := 1; n <= 256; n *= 2 {
		got, want := make([]block, n), make([]block, n)
		if odd, wanted := newBlocks(got, text), newBlocksPlain(want, text); odd != wanted ||
			!slices.Equal(got, want) {
			t.Fatalf("%d blocks: %x, %+v, want %x, %+v", n, odd, got, wanted, want)
		}
	}
}

func TestLexicon(t *testing.T) {
	words := strings.Fields(stopWords)
	for _, w := range append(words, "hinge", "stopwatches") {
		hash := hashWord(slices.Grow([]byte(w), 8), 0)
		if got, want := stops.has(hash) == 1, slices.Contains(words, w); got != want {
			t.Errorf("%q is a stop word: %v", w, got)
		}
	}
}

func TestExplains(t *testing.T) {
	for _, w := range strings.Fields("Tuesday tuesday MAY January the The it's I’ve 7 2nd five " +
		"ten thousand week yesterday wed") {
		if Explains(w) {
			t.Errorf("%q explains", w)
		}
	}
	for _, w := range strings.Fields("terrible not don't dont Didnt never great broke café 😡 " +
		"Märzen Augusta wednesdayish too") {
		if !Explains(w) {
			t.Errorf("%q explains nothing", w)
		}
	}
	if Explains("") {
		t.Error("nothing explains")
	}
}
