// Package stem finds the forms of a word: "key" and "keys", "drop", "dropped" and "dropping",
// "battery" and "batteries", "charge" and "charging" have equal stems.
package stem

// longest is the maximum size in bytes of words that have a stem; longer ones are addresses.
const longest = 32

// Size returns the size in bytes of a word without its plural, past or progressive ending, and
// without the letters that these forms change. It only cuts, as Harman's S stemmer (1991) does for
// plurals. Some unrelated words have the same stem ("evening", "even"), so a stem is for counting
// and never for display. Words with letters beyond ASCII are kept whole, as are those that would be
// left with less than three letters.
func Size(word []byte) int {
	n := len(word)
	if n < 4 || n > longest {
		return n
	}
	switch word[n-1] | ' ' {
	case 's', 'g', 'd', 'e', 'y':
	default: // most words
		return n
	}
	for _, c := range word {
		if c >= 0x80 {
			return n
		}
	}
	at := func(i int) byte { return word[i] | ' ' } // lower case; digits and apostrophes stay
	if at(n-1) == 's' && at(n-2) == '\'' {
		if n -= 2; n < 3 {
			return n + 2
		}
	}
	if n < 4 {
		return n
	}
	switch at(n - 1) {
	case 's':
		switch before := at(n - 2); {
		case before == 's' || before == 'u' || before == 'i' || before == '\'':
			return n // glass, virus, basis
		case before == 'e' && at(n-3) == 'i' && n >= 6:
			return n - 3 // batteries
		case before == 'e' && hisses(at(n-3), at(n-4)):
			return max(n-2, 3) // boxes, watches
		}
		n--
		if at(n-1) != 'e' || n < 4 {
			return n
		}
		return n - 1 // charges
	case 'g':
		if n >= 6 && at(n-2) == 'n' && at(n-3) == 'i' && voiced(word[:n-3]) {
			return undouble(word[:n-3])
		}
	case 'd':
		switch {
		case n < 5 || at(n-2) != 'e' || at(n-3) == 'e': // need
		case at(n-3) == 'i' && n >= 6:
			return n - 3 // carried
		case voiced(word[:n-2]):
			return undouble(word[:n-2])
		}
	case 'e':
		if at(n-2) != 'e' {
			return n - 1
		}
	case 'y':
		if n >= 5 && !vowel(at(n-2)) {
			return n - 1
		}
	}
	return n
}

// hisses reports whether a word that ends in these letters, the last one first, has a plural in
// -es.
func hisses(last, before byte) bool {
	return last == 's' || last == 'x' || last == 'z' ||
		last == 'h' && (before == 'c' || before == 's')
}

// undouble returns the size of a stem without the letter that its ending has doubled.
func undouble(word []byte) int {
	n := len(word)
	last, before := word[n-1]|' ', word[n-2]|' '
	switch {
	case n > 3 && last == before && !vowel(last) && last != 'l' && last != 's' && last != 'z':
		return n - 1
	case n > 3 && last == 'e', n > 4 && last == 'y' && !vowel(before):
		return n - 1
	}
	return n
}

// voiced reports whether letters contain a vowel or y, without which they are not a stem
// ("string").
func voiced(word []byte) bool {
	for _, c := range word {
		if vowel(c|' ') || c|' ' == 'y' {
			return true
		}
	}
	return false
}

func vowel(c byte) bool { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' }
