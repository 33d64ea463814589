package reviews

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// namedTop returns the best rating that a column's name states: "Rating (out of 10)", "Note sur
// 20", "Stars 1-5", "7-point scale"; 0 if none. A number that counts something else ("Question 3 of
// 7", "10 days after delivery") does not count.
func namedTop(name string) float64 {
	name = strings.ReplaceAll(strings.ToLower(name), "_", " ")
	for from, end := range numbersOf(name) {
		switch name[from:end] {
		case "5", "10", "100", "20", "7", "6", "4", "3":
			if isTop(name[:from], name[end:]) {
				v, _ := strconv.ParseFloat(name[from:end], 64)
				return v
			}
		}
	}
	for from, end := range numbersOf(name) { // 7-point scale
		if end-from > 3 || from > 0 && isWordByte(name[from-1]) {
			continue
		}
		for _, step := range []string{"-point", " point", "-punkt", "-stufig", "-step", "点"} {
			if strings.HasPrefix(name[end:], step) {
				if v, _ := strconv.ParseFloat(name[from:end], 64); v == 100 || v >= 3 && v <= 10 {
					return v
				}
			}
		}
	}
	for word, top := range map[string]float64{"one to five": 5, "one to ten": 10, "percent": 100} {
		if strings.Contains(name, word) {
			return top
		}
	}
	return 0
}

// numbersOf returns the start and end of each run of digits in s.
func numbersOf(s string) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		for i := 0; i < len(s); i++ {
			from := i
			for i < len(s) && isDigit(s[i]) {
				i++
			}
			if i > from && !yield(from, i) {
				return
			}
		}
	}
}

// isTop reports whether a number with this text before and behind it is the best rating of a scale.
func isTop(before, behind string) bool {
	if behind != "" && (isWordByte(behind[0]) || behind[0] == '/' ||
		len(behind) > 1 && strings.IndexByte("-.,:", behind[0]) >= 0 && isDigit(behind[1])) {
		return false // a name, or a part of a date or of another number
	}
	rest := strings.TrimRight(before, " ")
	blank := len(rest) < len(before)
	last, size := utf8.DecodeLastRuneInString(rest)
	switch {
	case rest == "":
		return false
	case last == '/':
		if rest = rest[:len(rest)-1]; blank {
			rest = strings.TrimRight(rest, " ")
		}
		return !endsInDigit(rest) // 24/7
	case last == '(':
		return !blank && countsRatings(behind)
	case strings.ContainsRune("-–~〜", last):
		rest = strings.TrimRight(rest[:len(rest)-size], " ")
		return beginsScale(rest) || last != '-' && last != '–' && !endsInDigit(rest)
	case !blank:
		return false
	}
	rest, word := lastWord(strings.TrimSuffix(rest, "."))
	endsTop := behind == "" || !startsInLetter(behind) || countsRatings(behind)
	ranges := beginsScale(rest) || strings.HasSuffix(rest, ")") && endsTop // 1 (bad) to 5
	switch word {
	case "of": // a number before it counts: 4 out of 5 customers, question 3 of 7
		rest, word = lastWord(rest)
		return word == "out" && !endsInDigit(rest)
	case "von", "sur", "su", "van", "av", "max", "máx", "maks":
		return endsTop && !endsInDigit(rest)
	case "to", "bis", "tot":
		return ranges || endsTop && behind != "" && !endsInDigit(rest)
	case "à", "a":
		return ranges
	}
	return false
}

// beginsScale reports whether s ends in the worst rating of a scale: "rating 1", "from zero".
func beginsScale(s string) bool {
	if n := len(s); n > 0 && (s[n-1] == '0' || s[n-1] == '1') {
		return n == 1 || !isWordByte(s[n-2]) && !isDigit(s[n-2]) &&
			strings.IndexByte("-/.,:", s[n-2]) < 0
	}
	_, word := lastWord(s)
	return word != "" && slices.Contains([]string{"one", "zero", "eins", "null", "un", "uno", "um",
		"een", "één", "nul", "ett", "noll"}, word)
}

// countsRatings reports whether the text behind a number in brackets marks it as a rating: "(5)",
// "(5 = best)", "(10 points)".
func countsRatings(behind string) bool {
	behind = strings.TrimLeft(behind, " ")
	first, _ := utf8.DecodeRuneInString(behind)
	if strings.ContainsRune(")=点點점分星つ段", first) || strings.HasPrefix(behind, "%)") {
		return true
	}
	word := behind[:len(behind)-len(strings.TrimLeftFunc(behind, unicode.IsLetter))]
	return word != "" && (unitWords(word) ||
		slices.Contains([]string{"is", "being", "best", "max", "ist"}, word))
}

func startsInLetter(s string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " "))
	return unicode.IsLetter(first)
}

func endsInDigit(s string) bool { return s != "" && isDigit(s[len(s)-1]) }

// lastWord cuts the letters at the end of s, and the blanks before them.
func lastWord(s string) (before, word string) {
	word = s[len(strings.TrimRightFunc(s, unicode.IsLetter)):]
	return strings.TrimRight(s[:len(s)-len(word)], " "), word
}
