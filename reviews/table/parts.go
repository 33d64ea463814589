package table

import (
	"slices"
	"strings"

	"reviewlens/reviews/text"
)

// Words of the names of two columns that are one review: what was good, and what was bad. The
// languages are those of lexicon.go, whose accents are folded here as well. Headings hardly occur in texts and name nothing else; the other
// words do.
const (
	praiseHeadings = " pros advantages positives strengths upsides pluses vorteile starken " +
		"positives avantages ventajas vantaggi pregi vantagens voordelen pluspunten zalety " +
		"fordelar fordele fordeler плюсы достоинства преимущества avantajlar artilar "
	complaintHeadings = " cons contras disadvantages negatives weaknesses downsides minuses " +
		"drawbacks nachteile schwachen inconvenients desavantages desventajas inconvenientes " +
		"svantaggi difetti desvantagens nadelen minpunten wady nackdelar ulemper минусы " +
		"недостатки dezavantajlar eksiler "
	praiseWords = " positive good best better great like liked likes love loved enjoy enjoyed " +
		"praise plus well advantage strength upside gut gutes positiv positives gefallen gefallt " +
		"gefiel vorteil lob aime aimez apprecie appreciez positif positifs positives forts fort " +
		"avantage gusta gusto gustado gustaron positivo positivos positiva ventaja bueno mejor " +
		"piace piaciuto positivi vantaggio migliore gostou gosta vantagem melhor goed positief " +
		"leuk beviel voordeel dobre pozytywne podoba podobalo bra positiv positivt gillar " +
		"gillade godt likte понравилось нравится хорошо begendiginiz begendiniz olumlu iyi "
	complaintWords = " contra negative bad worst worse dislike disliked dislikes hate hated " +
		"complaint complaints weakness downside disadvantage minus improve improved improvement " +
		"improvements drawback schlecht schlechtes negativ negatives missfallen missfallt " +
		"nachteil kritik verbessern verbesserung deplu deteste negatif negatifs negatives " +
		"faibles faible ameliorer ameliore inconvenient disgusta disgusto negativo negativos " +
		"negativa desventaja malo peor mejorar negativi svantaggio migliorare peggiore " +
		"desvantagem pior melhorar slecht negatief nadeel zle negatywne daligt negativt darligt " +
		"darlig olumsuz kotu плохо "
	// denials turn praise into complaint: what did you not like, was hat weniger gefallen.
	denials = " not didn don no least less nicht weniger wenigsten pas moins menos meno non nao " +
		"niet minder nie mniej inte ikke не меньше begenmediginiz begenmediniz "
	praiseSubstrings    = "良い点 良かった点 良かったこと 気に入った 好きな点 长处 優點 优点 好评 장점 좋은 좋았던"
	complaintSubstrings = "悪い点 悪かった点 気になった点 気になる点 改善点 嫌いな点 缺点 缺點 不足 差评 단점 아쉬운 나쁜"
	// uncounted words say that a column is about such texts and holds none.
	uncounted = " reply replies response responses owner count counts total number score scores " +
		"rating ratings percent percentage share probability prob confidence sentiment votes " +
		"vote date time id ids url link length word words tags "
)

// polarity is 1 for a column whose name asks for praise, -1 for one that asks for complaint, and 0
// for any other. words is the name as nameWords cuts it, lower the name in lower case.
func polarity(words []string, lower string) int {
	praise, complaint, denied, open := 0, 0, false, false
	for _, w := range words {
		switch {
		case is(w, uncounted):
			return 0
		case is(w, denials):
			denied = true
			if strings.HasPrefix(w, "begenme") {
				praise++
			}
		case w == "could" || w == "improve" || w == "improved": // what could be better
			open = true
			if w != "could" {
				complaint++
			}
		case w == "like" && has(words, "would", "d"): // what would you like to tell us
		case w == "better" && has(words, "could"):
			complaint++
		case is(w, complaintHeadings), is(w, complaintWords), w == "con" && len(words) == 1:
			complaint++
		case is(w, praiseHeadings), is(w, praiseWords), w == "pro" && len(words) == 1:
			praise++
		}
	}
	praise += substrings(lower, praiseSubstrings)
	complaint += substrings(lower, complaintSubstrings)
	switch {
	case praise > 0 && complaint > 0 && !denied && !open:
		return 0 // both in one
	case complaint > 0, praise > 0 && denied:
		return -1
	case praise > 0:
		return 1
	}
	return 0
}

// frame is what a name of praise or complaint says beside that, the same for both columns of most
// pairs.
func frame(name string) string {
	var rest []string
	for _, w := range nameWords(name) {
		switch {
		case is(w, denials), w == "t", is(w, complaintHeadings), is(w, complaintWords),
			is(w, praiseHeadings), is(w, praiseWords):
		default:
			rest = append(rest, w)
		}
	}
	return strings.Join(rest, " ")
}

// pair is two columns that hold one review in two parts, by index in the order of the file.
type pair struct{ first, second int }

// findPair finds the columns of praise and of complaint: both named so, and with texts in their
// cells. Where there are several, it is the one whose names are otherwise equal (alike), and then
// the one of most words.
func findPair(header []string, facts []profile) (p pair, alike, ok bool) {
	type sides struct{ praise, complaint int } // indices and one, 0 for none
	words := func(i int) int { return facts[i-1].words }
	more := func(at *int, i int) {
		if *at == 0 || words(i) > words(*at) {
			*at = i
		}
	}
	var all sides
	frames := map[string]*sides{}
	var order []string
	for i, name := range header {
		f := facts[i]
		if f.filled > 0 && (!f.isText() || f.words < f.filled) {
			continue
		}
		if f.name.polarity == 0 {
			continue
		}
		rest := frame(name)
		s := frames[rest]
		if s == nil {
			s = new(sides)
			frames[rest] = s
			order = append(order, rest)
		}
		if f.name.polarity > 0 {
			more(&all.praise, i+1)
			more(&s.praise, i+1)
		} else {
			more(&all.complaint, i+1)
			more(&s.complaint, i+1)
		}
	}
	best := all
	for _, frame := range order {
		s := *frames[frame]
		if s.praise == 0 || s.complaint == 0 {
			continue
		}
		if !alike || words(s.praise)+words(s.complaint) > words(best.praise)+words(best.complaint) {
			best, alike = s, true
		}
	}
	if best.praise == 0 || best.complaint == 0 {
		return pair{}, false, false
	}
	a, b := facts[best.praise-1], facts[best.complaint-1]
	// Where nobody had to complain, that column may be empty in the first rows; the other is not.
	if a.filled+b.filled > 0 && a.perCell()+b.perCell() < 3 {
		return pair{}, false, false
	}
	p = pair{min(best.praise, best.complaint) - 1, max(best.praise, best.complaint) - 1}
	return p, alike, true
}

// wholeText is the column beside a pair that is named as a text and holds texts of several words,
// of all such the one of most words; -1 for none.
func wholeText(facts []profile, both pair) int {
	best := -1
	for i, f := range facts {
		if i == both.first || i == both.second {
			continue
		}
		if f.filled == 0 || !f.isText() || f.perCell() < 3 || f.distinct == 1 {
			continue
		}
		if f.name.text < need && !f.name.endsInText {
			continue
		}
		if best < 0 || f.words > facts[best].words {
			best = i
		}
	}
	return best
}

// either counts the rows in which one of the columns has a text.
func (p pair) either(rows [][]string) (n int) {
	filled := func(row []string, i int) bool {
		return i < len(row) && !text.IsNull([]byte(strings.TrimSpace(row[i])))
	}
	for _, row := range rows {
		if filled(row, p.first) || filled(row, p.second) {
			n++
		}
	}
	return n
}

// has reports whether one of the words is among any.
func has(words []string, any ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(any, w) })
}

// substrings counts the words of list that stand anywhere in a name, for scripts without spaces.
func substrings(name, list string) (n int) {
	if isASCII([]byte(name)) {
		return 0
	}
	for part := range strings.FieldsSeq(list) {
		if strings.Contains(name, part) {
			n++
		}
	}
	return n
}
