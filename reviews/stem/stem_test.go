package stem

import (
	"strings"
	"testing"
)

func TestStem(t *testing.T) {
	for _, forms := range []string{
		"key keys Keys KEYS key's",
		"drop drops dropped dropping",
		"battery batteries battery's",
		"charge charges charged charging",
		"return returns returned returning",
		"box boxes",
		"watch watches watched watching",
		"case cases",
		"noise noises",
		"carry carries carried carrying",
		"try|tries tried",
		"type types typed typing",
		"camera cameras",
		"leak leaks leaked leaking",
		"stick sticks",
		"size sizes sized",
		"fall falls falling",
		"overheat overheats overheated overheating",
		"refund refunds refunded refunding",
	} {
		for group := range strings.SplitSeq(forms, "|") {
			want := ""
			for word := range strings.FieldsSeq(group) {
				got := strings.ToLower(word[:Size([]byte(word))])
				if want == "" {
					want = got
				}
				if got != want {
					t.Errorf("the stem of %q is %q, want %q as of the others in %q", word, got,
						want, group)
				}
			}
		}
	}
	for _, word := range []string{
		"glass", "press", "virus", "basis", "string", "spring", "bring", "need", "speed", "free",
		"bus", "red", "key", "y", "s",
		"s's", "ss's", "'s", "café", "naïveté", "didn't", "display", "", "ing",
	} {
		if got := word[:Size([]byte(word))]; got != word {
			t.Errorf("the stem of %q is %q, want all of it", word, got)
		}
	}
}

// For any bytes, a stem is a prefix of its word, and does not depend on the case of its letters.
func FuzzStem(f *testing.F) {
	for _, word := range []string{"keys", "running's", "ss's", "eed", "\xff", "''''", "ied", "ies",
		"eeee"} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		n := Size([]byte(word))
		if n < 0 || n > len(word) || len(word) >= 3 && n < 3 {
			t.Errorf("the stem of %q has %d bytes", word, n)
		}
		if upper := []byte(strings.ToUpper(word)); len(upper) == len(word) &&
			strings.ToLower(string(upper)) == word && Size(upper) != n {
			t.Errorf("the stem of %q has %d bytes, in capitals %d", word, n, Size(upper))
		}
	})
}
