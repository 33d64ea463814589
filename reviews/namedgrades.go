package reviews

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// bestWords are prefixes of a column name's label for the best grade, in addition to the words of a
// five-step question (starWords). A blank ends a word, and " |" ends the label, for words that may
// state an amount of something else: high effort.
var bestWords = []string{"best", "bäst", "bedst", "sehr gut", "excellent", "very good",
	"very satisfied", "very happy", "very likely", "extremely likely", "extremely good",
	"very easy", "high |", "very high |", "highest |", "max |", "maximum |", "great |", "love |",
	"love it", "loved ", "like ",
	"amazing |",
	"sehr zufrieden", "vollkommen zufrieden", "völlig zufrieden", "höchste |", "höchste zufried",
	"höchste qualit", "höchste note", "höchste bewertung", "top |", "super |", "perfect |",
	"perfekt |", "parfait |", "perfecto |", "perfetto |", "perfeito |", "trifft voll",
	"stimme voll", "très bon", "meilleur", "mejor", "muy buen",
	"miglior", "molto buon", "melhor", "muito bo", "beste", "zeer goed", "heel goed",
	"mycket bra", "meget god", "najlep", "najbol", "bardzo dobr", "nejlep", "velmi dobr", "výborn",
	"legjobb", "kiváló", "nagyon jó", "paras", "erittäin hyvä", "foarte bun", "çok iyi", "en iyi",
	"лучш", "наилучш", "найкращ", "очень хорош", "дуже добр", "відмінн", "άριστ", "terbaik",
	"sangat baik", "sangat puas", "最高", "最好", "最良", "非常に良", "とても良", "大変満足", "非常好", "很好", "매우 좋",
	"아주 좋", "최고"}

// worstWords are prefixes of the label for the worst grade, likewise.
var worstWords = []string{"worst", "very poor", "very bad", "very unlikely", "extremely unlikely",
	"very difficult", "low |", "very low |", "lowest |", "unlikely", "min |", "minimum |", "hate",
	"dislike",
	"schlechtest", "sehr schlecht", "miserabel", "ungenügend", "trifft nicht", "stimme nicht",
	"pire",
	"très mauvais", "très mal", "mauvais", "peor", "muy mal", "peggio", "pior", "muito mau",
	"muito ruim", "slechtst", "zeer slecht", "sämst", "dårligst", "najgor", "bardzo zł", "nejhor",
	"velmi špat", "legross", "nagyon ross", "huono", "foarte slab", "çok kötü", "en kötü", "худш",
	"наихудш", "найгірш", "очень плох", "дуже поган", "terburuk", "sangat buruk", "最低", "最悪", "最差",
	"非常に悪", "とても悪", "很差", "非常差", "매우 나쁨", "매우 나쁘", "최악"}

// deniedWords are prefixes of the label of a 1 that is the worst. For the last grade they prove
// nothing by themselves: a question may ask about a fault (5 = never, 5 = not noisy).
var deniedWords = []string{"not ", "low ", "never ", "nicht ", "gar nicht ", "überhaupt nicht ",
	"pas ", "nada ", "per niente ", "niet ", "helemaal niet ", "inte ", "ikke "}

// goodStems are beginnings of words for something good by itself: a scale is one of grades if its
// last label negates such a word.
var goodStems = []string{"satisf", "zufried", "tevred", "soddisf", "zadowol", "nöjd", "tilfreds",
	"accord", "d'accord", "d’accord", "acuerdo", "acordo", "einverstanden", "agree",
	"happy", "pleased"}

// explained is a number in a column's name with its label: 1 = best, 5 (poor).
type explained struct {
	grade float64
	words string
}

// explains returns the labels that a name, in lower case, gives to numbers from 1 to 10.
func explains(name string) (all []explained) {
	for from, end := range numbersOf(name) {
		grade, ok := ParseNumber(name[from:end])
		if !ok || grade < 1 || grade > 10 || from > 0 && (isWordByte(name[from-1]) ||
			strings.IndexByte(".,-/", name[from-1]) >= 0) {
			continue
		}
		rest := strings.TrimLeft(name[end:], " ")
		words := strings.TrimLeft(rest, " =＝:：(（-–—")
		for _, is := range []string{"is ", "being ", "ist ", "est ", "es ", "è ", "é "} {
			words = strings.TrimPrefix(words, is)
		}
		marked := len(words) < len(rest) // by a sign, or a verb
		stop := strings.IndexFunc(words, func(r rune) bool {
			return strings.ContainsRune(",;()/、，；（）〜~–—|", r) || unicode.IsDigit(r)
		})
		if stop >= 0 {
			words = words[:stop]
		}
		e := explained{grade, strings.Trim(words, " -.")}
		if e.words != "" && (marked || e.isBest() || e.isWorst() || e.isDenied()) {
			all = append(all, e)
		}
	}
	return all
}

// isBest reports whether these are words for the best grade, isWorst for the worst.
func (e explained) isBest() bool {
	v, _ := starWord(e.words)
	return v >= 4 || v == 0 && beginsWith(e.words, bestWords)
}

func (e explained) isWorst() bool {
	v, _ := starWord(e.words)
	return v > 0 && v <= 2 || v == 0 && beginsWith(e.words, worstWords)
}

func (e explained) isDenied() bool { return beginsWith(e.words, deniedWords) }

// deniesGood reports whether this label of the last grade negates something good, named in it or in
// that of the 1, or whether both are mere degrees of an agreement.
func (e explained) deniesGood(one explained) bool {
	if !e.isDenied() {
		return false
	}
	degrees := (one.words == "tout à fait" || one.words == "voll und ganz") &&
		(e.words == "pas du tout" || e.words == "gar nicht" || e.words == "überhaupt nicht")
	return degrees || isGood(e.words) || isGood(one.words)
}

// isGood reports whether one of these words is good by itself; "likely" is, if nothing follows that
// is likely.
func isGood(words string) bool {
	all := strings.Fields(words)
	return slices.ContainsFunc(all, func(word string) bool {
		v, _ := starWord(word)
		return v >= 4 || slices.ContainsFunc(goodStems, func(stem string) bool {
			return strings.HasPrefix(word, stem)
		})
	}) || len(all) > 0 && all[len(all)-1] == "likely"
}

func beginsWith(words string, beginnings []string) bool {
	words += " |"
	return slices.ContainsFunc(beginnings, func(beginning string) bool {
		return strings.HasPrefix(words, beginning)
	})
}

// firstAndLast returns the labelled 1 of a name, in lower case, and the highest other labelled
// number; ok is false unless the name has both.
func firstAndLast(name string) (one, last explained, ok bool) {
	for _, e := range explains(name) {
		switch {
		case e.grade == 1:
			one = e
		case e.grade > last.grade:
			last = e
		}
	}
	return one, last, one.grade == 1 && last.grade > 2
}

// UnknownGrades returns the label of a 1 in a column's name if it does not settle whether 1 is the
// best grade or the worst rating, and "" otherwise.
func UnknownGrades(name string) string {
	name = strings.ToLower(name)
	one, last, ok := firstAndLast(name)
	if !ok || namesGrades(name) || one.isWorst() || one.isDenied() || last.isBest() {
		return ""
	}
	return one.words
}

// namesGrades reports whether a column's name says that 1 is the best, as of grades in the schools
// of Germany and its neighbours.
func namesGrades(name string) bool {
	name = strings.ToLower(name)
	if strings.Contains(name, "schulnote") {
		return true
	}
	if one, last, ok := firstAndLast(name); ok {
		switch {
		case one.isBest() && !last.isBest():
			return true
		case last.isWorst() && !one.isWorst():
			return true
		case last.deniesGood(one) && !one.isWorst() && !one.isDenied():
			return true
		case one.isWorst() || one.isDenied() || last.isBest():
			return false
		}
	}
	for _, e := range explains(name) { // the 1 alone
		if e.grade == 1 && beginsWith(e.words, []string{"best", "sehr gut", "excellent",
			"very good", "very satisfied", "sehr zufrieden", "höchste |", "top |"}) {
			return true
		}
	}
	return false
}

// worstGrade returns the worst grade that a name labels, or 6 with named false.
func worstGrade(name string) (grade float64, named bool) {
	if _, last, ok := firstAndLast(name); ok {
		return last.grade, true
	}
	for _, grade := range []float64{10, 7, 5, 4} {
		at := strings.Index(name, strconv.FormatFloat(grade, 'f', -1, 64))
		if at >= 0 && strings.HasPrefix(strings.TrimLeft(name[at+1:], "0 "), "=") {
			return grade, true
		}
	}
	return 6, false
}
