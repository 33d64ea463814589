package stem

import "strings"

// Singular returns a word, in lower case, without its plural ending: equal for "port" and "ports",
// "battery" and "batteries", "case" and "cases", and no other form of a word. It is for comparing
// and never for display, since an ending that fits two singulars is cut from both: "cas" is the
// result for "case" and "cases". Words with letters beyond ASCII and those of less than four
// letters are unchanged.
func Singular(word string) string {
	n := len(word)
	if n < 4 || strings.ContainsFunc(word, func(r rune) bool { return r >= 0x80 }) {
		return word
	}
	ends := func(s string) bool { return strings.HasSuffix(word, s) }
	switch {
	case ends("ss"), ends("us"), ends("is"), ends("'s"), ends("lens"):
		return word // glass, virus, basis
	case ends("ies") && n > 4:
		return word[:n-3] + "y" // batteries, movies
	case ends("oes") && n > 4, ends("es") && hisses(word[n-3], word[n-4]):
		return word[:max(n-2, 3)] // potatoes, shoes, boxes, cases
	case ends("s"):
		return word[:n-1]
	case ends("ie"):
		return word[:n-2] + "y" // movie
	case ends("oe"), ends("e") && hisses(word[n-2], word[n-3]):
		return word[:n-1] // shoe, case
	}
	return word
}
