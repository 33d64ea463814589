package table

import (
	"strings"

	"reviewlens/reviews"
	"reviewlens/reviews/text"
)

// Words of the names of two columns that form one review: what was good, and what was bad. The
// languages are those of lexicon.go, also without accents. Headings rarely occur in texts and name
// nothing else; the other words do.
const (
	praiseHeadings = " pros advantages positives strengths upsides pluses vorteile starken " +
		"positives avantages ventajas vantaggi pregi vantagens voordelen pluspunten zalety " +
		"fordelar fordele fordeler плюсы достоинства преимущества avantajlar artilar " +
		"переваги klady vyhody elonyok plussat πλεονεκτηματα kelebihan forza メリット ข้อดี المميزات "
	complaintHeadings = " cons contras disadvantages negatives weaknesses downsides minuses " +
		"drawbacks nachteile schwachen inconvenients desavantages desventajas inconvenientes " +
		"svantaggi difetti desvantagens nadelen minpunten wady nackdelar ulemper минусы " +
		"недостатки dezavantajlar eksiler недоліки zapory nevyhody hatranyok miinukset " +
		"μειονεκτηματα kekurangan deboli デメリット ข้อเสีย العيوب "
	praiseWords = " pro positive good best better great like liked likes love loved enjoy enjoyed " +
		"praise plus well advantage strength upside gut gutes positiv positives gefallen gefallt " +
		"gefiel vorteil lob aime aimez apprecie appreciez positif positifs positives forts fort " +
		"avantage gusta gusto gustado gustaron positivo positivos positiva ventaja bueno mejor " +
		"piace piaciuto positivi vantaggio migliore gostou gosta vantagem melhor goed positief " +
		"leuk beviel voordeel dobre pozytywne podoba podobalo bra positiv positivt gillar " +
		"gillade godt likte понравилось нравится хорошо begendiginiz begendiniz olumlu iyi "
	complaintWords = " con contra negative bad badly wrong poorly worst worse dislike disliked " +
		"dislikes hate hated " +
		"complaint complaints weakness downside disadvantage minus improve improved improvement " +
		"improvements drawback schlecht schlechtes negativ negatives missfallen missfallt " +
		"nachteil kritik verbessern verbesserung deplu deteste negatif negatifs negatives " +
		"faibles faible ameliorer ameliore inconvenient disgusta disgusto negativo negativos " +
		"negativa desventaja malo peor mejorar negativi svantaggio migliorare peggiore " +
		"desvantagem pior melhorar slecht negatief nadeel zle negatywne daligt negativt darligt " +
		"darlig olumsuz kotu begenmediginiz begenmediniz плохо "
	// denials turn praise into complaint: what did you not like, was hat weniger gefallen.
	denials = " not didn don no least less nicht weniger wenigsten pas moins menos meno non nao " +
		"niet minder nie mniej inte ikke не меньше "
	praiseSubstrings    = "良い点 良かった点 良かったこと 気に入った 好きな点 长处 優點 优点 好评 장점 좋은 좋았던"
	complaintSubstrings = "悪い点 悪かった点 気になった点 気になる点 改善点 嫌いな点 缺点 缺點 不足 差评 단점 아쉬운 나쁜"
	// uncounted words mark a column that is about such texts and does not contain them.
	uncounted = " reply replies response responses owner count counts total number score scores " +
		"rating ratings percent percentage share probability prob confidence sentiment votes " +
		"vote date time id ids url link length word words tags "
)

// polarity returns 1 for a column whose name asks for praise, -1 for one that asks for complaint,
// and 0 for any other. words and lower are the name as in weighWords.
func polarity(words []string, lower string) int {
	praise, complaint, denied, open, would := 0, 0, false, false, false
	for _, w := range words {
		if len(words) < 6 && inList(w, uncounted) { // a name of more words is a question
			return 0
		}
		switch w {
		case "could": // what could be better
			open = true
		case "would", "d": // what would you like to tell us
			would = true
		case "pro", "con":
			if len(words) > 1 {
				continue
			}
		}
		side := sideOf(w)
		switch {
		case w == "like" && would:
		case side < 0, w == "better" && open:
			complaint++
			open = open || w == "improve" || w == "improved"
		case side > 0:
			praise++
		case inList(w, denials):
			denied = true
		}
	}
	praise += substrings(lower, praiseSubstrings)
	complaint += substrings(lower, complaintSubstrings)
	switch {
	case praise > 0 && complaint > 0 && !denied && !open:
		return 0 // both in one column
	case complaint > 0, praise > 0 && denied:
		return -1
	}
	return min(praise, 1)
}

// sideOf returns 1 for a word of praise, -1 for one of complaint, and 0 for any other.
func sideOf(word string) int {
	switch {
	case inList(word, complaintHeadings), inList(word, complaintWords):
		return -1
	case inList(word, praiseHeadings), inList(word, praiseWords):
		return 1
	}
	return 0
}

// frame returns the words of a name other than those of praise or complaint, which are equal for
// both columns of most pairs.
func frame(name string) (rest string) {
	for _, w := range nameWords(name) {
		if sideOf(w) == 0 && w != "t" && !inList(w, denials) {
			rest += " " + w
		}
	}
	return rest
}

// pair is two columns that hold the two parts of a review, by index in the order of the file.
type pair struct{ first, second int }

// findPair finds the columns of praise and of complaint: both named so, and containing texts. Among
// several, it prefers those whose names are otherwise equal (alike), then those with the most
// words. Columns that are empty in all rows do not count.
func findPair(header []string, facts []profile, rows int) (p pair, alike, ok bool) {
	const most = 10 // columns of either kind that are compared
	var praise, complaint []int
	for i := range header {
		f := &facts[i]
		if f.filled > 0 && (!f.isText() || f.words < f.filled) {
			continue
		}
		switch {
		case f.name.polarity > 0 && len(praise) < most:
			praise = append(praise, i)
		case f.name.polarity < 0 && len(complaint) < most:
			complaint = append(complaint, i)
		}
	}
	best := -1
	for _, i := range praise {
		for _, j := range complaint {
			a, b := &facts[i], &facts[j]
			// If nobody had to complain, that column may be empty in the first rows; the other is
			// not.
			if max(a.filled+b.filled, rows) > 0 && a.perCell()+b.perCell() < 3 {
				continue
			}
			same, words := frame(header[i]) == frame(header[j]), a.words+b.words
			if same && !alike || same == alike && words > best {
				p, alike, best = pair{min(i, j), max(i, j)}, same, words
			}
		}
	}
	return p, alike, best >= 0
}

// besidePair returns the first columns of praise and of complaint that hold texts, however short,
// if the reviews are read from another column; both 0 for none.
func besidePair(facts []profile, c Columns) pair {
	praise, complaint := -1, -1
	for i := range facts {
		f := &facts[i]
		if i == c.Text || i == c.Title || f.filled == 0 || !f.isText() {
			continue
		}
		switch {
		case f.name.polarity > 0 && praise < 0:
			praise = i
		case f.name.polarity < 0 && complaint < 0:
			complaint = i
		}
	}
	if c.Text < 0 || praise < 0 || complaint < 0 {
		return pair{}
	}
	return pair{min(praise, complaint), max(praise, complaint)}
}

// wholeText returns the column outside the pair that is named as a text and holds texts of several
// words: among several, the one with the most words; -1 for none.
func wholeText(facts []profile, both pair) int {
	best := -1
	for i := range facts {
		f := &facts[i]
		if i == both.first || i == both.second {
			continue
		}
		if f.filled == 0 || !f.isText() || f.perCell() < 3 || f.distinct == 1 {
			continue
		}
		if f.name.text < minScore && !f.name.endsInText {
			continue
		}
		if best < 0 || f.words > facts[best].words {
			best = i
		}
	}
	return best
}

// either counts the rows in which at least one of the columns has a text.
func (p pair) either(rows [][]string) (n int) {
	for _, row := range rows {
		for _, i := range [2]int{p.first, p.second} {
			if i < len(row) && !text.IsNull([]byte(strings.TrimSpace(row[i]))) {
				n++
				break
			}
		}
	}
	return n
}

// substrings counts the words of list that occur anywhere in a name, for scripts without spaces.
func substrings(name, list string) (n int) {
	if reviews.IsASCII(name) {
		return 0
	}
	for part := range strings.FieldsSeq(list) {
		if strings.Contains(name, part) {
			n++
		}
	}
	return n
}
