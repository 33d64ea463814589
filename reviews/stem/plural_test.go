package stem

import (
	"strings"
	"testing"
)

func TestSingular(t *testing.T) {
	seen := map[string]string{} // forms by their singular
	for _, forms := range []string{
		"port ports", "key keys", "battery batteries", "batter batters", "fry fries", "tie ties",
		"movie movies", "cookie cookies", "case cases", "casing casings", "size sizes",
		"glass glasses", "lens lenses", "box boxes", "axe axes", "watch watches", "cache caches",
		"ache aches", "brush brushes", "potato potatoes", "shoe shoes", "toe toes", "video videos",
		"bus buses", "gas gases", "use uses", "virus", "basis", "cloth cloths", "clothes",
		"charge charges", "charging", "charged", "care cares", "car cars", "rate rates", "rat rats",
		"plane planes", "plan plans", "tube", "tub", "tape tapes", "tap taps", "park", "parking",
		"bed beds", "bedding", "theme themes", "them", "hope hopes", "hops hop", "café", "cafés",
		"s", "", "bass", "base bases",
	} {
		for i, word := range strings.Fields(forms) {
			got := Singular(word)
			if other, ok := seen[got]; ok != (i > 0) || ok && other != forms {
				t.Errorf("the singular of %q is %q, that of %q", word, got, other)
			}
			seen[got] = forms
		}
	}
}
