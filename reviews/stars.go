package reviews

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Scale is the rating scale of a column. The zero Scale is one to five. A cell that names its own
// scale ("8/10", "4,0 von 5 Sternen", "80%") or counts its stars ("★★★★☆") is read by that.
type Scale struct {
	Top float64 // the best rating, 0 for 5
	NPS bool    // "how likely are you to recommend us?", 0 to 10: a zero is an answer

	Grades bool // school grades: 1 is the best, Top the worst

	// Numbered means that in answers such as "4 - Very good" the number counts, not the label.
	Numbered bool `json:",omitempty"`

	// Words is the words of the scale, best first, if they mean other ratings than by themselves;
	// see wordScales.
	Words string `json:",omitempty"`
}

// Best returns the best rating of the scale, or the worst for grades.
func (s Scale) Best() float64 {
	if s.Top == 0 {
		return 5
	}
	return s.Top
}

// Of returns the rating on the scale that stars were read from. Ratings below a tenth of the best
// are all half a star (Parse), and are returned as a tenth.
func (s Scale) Of(stars float64) float64 {
	top := s.Best()
	if s.Grades {
		return 1 + (5-stars)/4*(top-1)
	}
	return stars * top / 5
}

// ParseStars parses a rating of one to five as written by shops; see Scale.Parse.
func ParseStars(cell []byte) (stars float64, ok bool) { return Scale{}.Parse(cell) }

// Parse parses a rating as written by shops and converts it to the scale of five, from 0.5 to 5:
// "5", "4.0", "4,5", "5.0 out of 5 stars", "Rated 4 stars", "4,0 von 5 Sternen", "5つ星のうち4.0",
// "8/10", "80%", "★★★★☆", "FIVE", "Very satisfied". ok is false for anything else, and for ratings
// off the scale.
func (s Scale) Parse(cell []byte) (stars float64, ok bool) {
	if len(cell) > 1<<10 { // not a rating, and not to be copied
		return 0, false
	}
	cell = bytes.TrimSpace(cell)
	if len(cell) == 0 || len(cell) > 64 {
		return 0, false
	}
	if len(cell) == 1 { // most ratings are one digit
		if c := cell[0]; '0' <= c && c <= '9' {
			return s.ownToFive(float64(c - '0'))
		}
		return 0, false
	}
	low := strings.ToLower(string(cell))
	if s.Words != "" {
		if v, ok := wordOn(s.Words, low); ok {
			return v, true
		}
	}
	r, ok := parseRating(low)
	switch {
	case !ok:
		return 0, false
	case r.word:
		return inRange(r.value)
	case r.name != "" && !s.Numbered:
		return r.label, r.label > 0
	case r.of > 0:
		return s.toFive(r.value, r.of)
	}
	return s.ownToFive(r.value)
}

// ownToFive converts a rating that names no scale to the scale of five.
func (s Scale) ownToFive(value float64) (float64, bool) {
	top := s.Best()
	if s.Grades {
		if value < 1 || value > top {
			return 0, false
		}
		return inRange(5 - 4*(value-1)/(top-1))
	}
	if steps := value * 10; top == 1 && math.Abs(steps-math.Round(steps)) > 1e-6 {
		return 0, false // a probability
	}
	return s.toFive(value, top)
}

func (s Scale) toFive(value, top float64) (float64, bool) {
	if value < 0 || value > top || value == 0 && !s.NPS {
		return 0, false
	}
	return inRange(max(value*5/top, 0.5))
}

func inRange(v float64) (float64, bool) {
	if v < 0.5 || v > 5 {
		return 0, false
	}
	return v, true
}

// rating is a cell as written.
type rating struct {
	value float64
	of    float64 // the best rating, if the cell names it; else 0
	word  bool    // value is on the scale of five, from a word or from counted stars
	name  string  // the label after value
	label float64 // its rating on the scale of five; 0 if unknown
}

// parseRating parses a cell in lower case.
func parseRating(s string) (r rating, ok bool) {
	if !IsASCII(s) && strings.ContainsFunc(s, isOtherDigit) {
		s = string(asciiDigits([]byte(s)))
	}
	if full := strings.Count(s, "★") + strings.Count(s, "⭐") + strings.Count(s, "🌟"); full > 0 {
		rest := strings.Trim(s, "★⭐🌟☆✩ \ufe0f")
		if rest == "" {
			return rating{value: float64(full), word: true}, true
		}
		if strings.Trim(rest, "½ ☆✩") == "" {
			return rating{value: float64(full) + 0.5, word: true}, true
		}
		if v, isNumber := ParseNumber(strings.Trim(rest, "()")); isNumber && v == float64(full) {
			return rating{value: float64(full), word: true}, true
		}
		if full > 1 { // "★★★ great"; a single star may be a unit: "4 ★"
			return r, false
		}
	}
	first, before, after, ok := cutNumber(s)
	if !ok {
		v, ok := starWord(s)
		return rating{value: v, word: true}, ok
	}
	r.value = first
	second, between, rest, two := cutNumber(after)
	if !two {
		switch {
		case strings.TrimSpace(after) == "%":
			r.of = 100
			return r, rateWords(before)
		case after != "" && !unitWords(strings.TrimPrefix(after, "-")): // but for 4-star
			if r.name, ok = labelOf(after); !ok || first > 10 || !rateWords(before) {
				return r, false
			}
			r.label, _ = starWord(r.name)
			return r, true
		}
		return r, rateWords(before)
	}
	between = strings.TrimSpace(between)
	switch {
	case isOf(between):
		r.of = second
	case isOutOf(between): // the scale comes first: "5つ星のうち4.0"
		r.value, r.of = second, first
	default:
		return r, false
	}
	if r.of < 1 || leadingZero(s) {
		return r, false
	}
	return r, rateWords(before) && (rest == "" || unitWords(rest) || strings.HasPrefix(rest, ")") && len(rest) == 1)
}

// labelOf returns the label after the number of a survey answer: 5 - Very satisfied, 5分（满意）.
func labelOf(after string) (label string, ok bool) {
	after = strings.TrimLeft(after, " ")
	for _, unit := range []string{"分", "点", "點", "점"} {
		after = strings.TrimPrefix(after, unit)
	}
	label = strings.TrimLeft(after, "-–—=:：.(（")
	if label == after {
		return "", false
	}
	label = strings.Trim(label, " )）")
	first, _ := utf8.DecodeRuneInString(label)
	return label, unicode.IsLetter(first)
}

// cutNumber cuts s around its first unsigned number: digits with at most one point or comma in
// them.
func cutNumber(s string) (v float64, before, after string, ok bool) {
	from := strings.IndexAny(s, "0123456789")
	if from < 0 || from > 0 && strings.IndexByte("-+.,", s[from-1]) >= 0 {
		return 0, s, "", false
	}
	end, point := from, -1
	for end < len(s) {
		if c := s[end]; (c == '.' || c == ',') && point < 0 && end+1 < len(s) && isDigit(s[end+1]) {
			point = end
		} else if !isDigit(c) {
			break
		}
		end++
	}
	text := s[from:end]
	if point >= 0 && s[point] == ',' {
		text = strings.Replace(text, ",", ".", 1)
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, s[:from], s[end:], err == nil
}

// leadingZero reports whether a number of two digits begins with a zero, as in the date 01/05.
func leadingZero(s string) bool {
	for i := range len(s) - 1 {
		if s[i] == '0' && isDigit(s[i+1]) && (i == 0 || !isDigit(s[i-1]) && s[i-1] != '.' && s[i-1] != ',') {
			return true
		}
	}
	return false
}

// isOf reports whether a word between two numbers puts the scale after it.
func isOf(word string) bool {
	w := strings.Trim(word, " \u00a0")
	return ratingWords.of([]byte(w))&1 != 0
}

// isOutOf reports whether a word between two numbers puts the scale before it.
func isOutOf(word string) bool {
	w := strings.Trim(word, " \u00a0")
	return ratingWords.of([]byte(w))&2 != 0
}

// rateWords reports whether s may precede a rating.
func rateWords(s string) bool {
	w := strings.Trim(s, " :：\u00a0\t(\u200e\u200f")
	return w == "" || ratingWords.of([]byte(w))&4 != 0
}

// unitWords reports whether s may follow a rating.
func unitWords(s string) bool {
	w := strings.Trim(s, " .!)\u00a0\t\ufe0f\u200e\u200f")
	return w == "" || ratingWords.of([]byte(w))&8 != 0
}

// starWord returns the rating of a word of a five-step question by itself, on the scale of five.
func starWord(s string) (float64, bool) {
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(s, "stars"), "star"), "_"))
	if len(s) < 3 {
		return 0, false
	}
	v := starWords.of([]byte(s))
	return float64(v), v > 0
}

// ScaleEvidence is the evidence of a column's name and cells for its scale.
type ScaleEvidence struct {
	Rated  int     // cells that are ratings on this scale
	Filled int     // cells that are not empty
	Max    float64 // maximum of the plain numbers
	Named  bool    // the column's name or the cells name the scale

	Best    string // the best word that occurs, of a scale of words
	Missing string // the best word of the scale if that is another

	Unknown int    // numbers with unknown labels
	Label   string // label of the highest number, if nothing proves that it is the best
}

// Sure reports whether the scale is named, or the numbers reach its top.
func (e ScaleEvidence) Sure(s Scale) bool {
	return e.Named || e.Max == 0 || e.Max == s.Best()
}

// GuessScale guesses the scale of a column from its name and its cells: the one that either names,
// else the smallest of 5, 10 and 100 that contains all plain numbers except a few mistakes
// (maxMistakes). Words are read by the scale that contains all of them (guessWords). The evidence
// counts the cells that are then ratings; a column with few holds something else.
func GuessScale(name string, cells []string) (Scale, ScaleEvidence) {
	name = strings.ToLower(name)
	s, named := scaleNamed(name)
	e := ScaleEvidence{Named: named}
	plain, labelled, own, ownTop := ratingsOf(cells, &e)
	for _, r := range labelled {
		if s.NPS && r.value <= 10 {
			e.Max = max(e.Max, r.value)
		}
	}
	if s.Top > 0 && e.Max > s.Top { // the name means something else
		s.Top, s.Grades, e.Named = 0, false, false
	}
	notOne := func(v float64) bool { return v != 1 }
	if s.Top == 0 && e.Max <= 1 && slices.ContainsFunc(plain, notOne) {
		s.Top = 1
	}
	if s.Top == 0 {
		if !s.NPS { // a ten is one of its answers
			e.Max = withoutMistakes(plain, e.Max)
		}
		s = scaleUpTo(s, &e, name)
	}
	s = s.withLabels(labelled, &e)
	if s.Top != 10 {
		s.NPS = false
	}
	if s.Top == 5 {
		s.Top = 0
	}
	if len(plain) == 0 && own > 0 {
		e.Named = true
		if ownTop == 10 || ownTop == 100 {
			s.Top = ownTop
		}
	}
	s.Words, e.Missing = guessWords(cells)
	e.Best, _, _ = strings.Cut(s.Words, "|")
	for _, cell := range cells {
		if _, ok := s.Parse([]byte(cell)); ok {
			e.Rated++
		}
	}
	return s, e
}

// scaleNamed returns the scale that a column's name, in lower case, states; named reports whether
// it does so beyond doubt. Its Top is 0 if the name has none.
func scaleNamed(name string) (s Scale, named bool) {
	s.Top = namedTop(name)
	named = s.Top > 0
	if AsksToRecommend(name) && (s.Top == 0 || s.Top == 10) {
		s.NPS = true
	}
	if namesGrades(name) {
		s.Grades = true
		if s.Top == 0 {
			s.Top, named = worstGrade(name)
		}
	}
	if _, last, ok := firstAndLast(name); ok && s.Top == 0 {
		s.Top, named = last.grade, true // 1 = bad, 7 = good
	}
	if s.Top == 0 && (strings.HasSuffix(name, "gesamtnote") || strings.HasSuffix(name, "endnote")) {
		s.Grades, s.Top = true, 6 // German grades, although none may be a 6
	}
	return s, named
}

// ratingsOf returns the plain numbers among cells and those with labels, how many cells name a
// scale of their own (also by a word), and the top of that scale, -1 if they differ. It counts
// Filled and Max of e.
func ratingsOf(cells []string, e *ScaleEvidence) (plain []float64, labelled []rating, own int,
	ownTop float64) {
	for _, cell := range cells {
		cell = strings.TrimSpace(cell)
		if cell == "" {
			continue
		}
		e.Filled++
		if len(cell) > 64 {
			continue
		}
		r, ok := parseRating(strings.ToLower(cell))
		switch {
		case !ok:
		case r.name != "" && r.label == 0:
			e.Unknown++
			labelled = append(labelled, r)
		case r.word || r.label > 0 || r.of > 0:
			own++
			if r.label > 0 {
				labelled = append(labelled, r)
			}
			if ownTop == 0 {
				ownTop = r.of
			}
			if r.word || r.label > 0 || r.of != ownTop {
				ownTop = -1
			}
		default:
			plain = append(plain, r.value)
			e.Max = max(e.Max, r.value)
		}
	}
	return plain, labelled, own, ownTop
}

// withLabels returns s with Numbered if the labels of a column fit their numbers, and with Grades
// if they fit with 1 as the best. They do not fit if the last number is not the scale's but is
// labelled as the last, as in four steps. If no label is known, each number must have its own.
func (s Scale) withLabels(labelled []rating, e *ScaleEvidence) Scale {
	if len(labelled) == 0 {
		return s
	}
	if s.NPS {
		s.Numbered = true
		return s
	}
	lowest, highest, top := 1.0, e.Max, s.Best()
	for _, r := range labelled {
		lowest, highest = min(lowest, r.value), max(highest, r.value)
	}
	if s.Top == 0 && highest > 5 {
		top = 10
	}
	up := lowest == 1 && highest <= top
	down := up
	known, label := false, ""
	for _, r := range labelled {
		if r.label == 0 {
			if r.value == highest {
				label = r.name
			}
			continue
		}
		known = true
		rises := 1 + 4*(r.value-1)/(top-1)
		last := r.value == highest && highest < top
		up = up && math.Abs(r.label-rises) <= 1 && !(last && r.label >= 4)
		down = down && math.Abs(r.label-(6-rises)) <= 1 && !(last && r.label <= 2)
	}
	if s.Grades && !down || !up && !down || !known && !oneEach(labelled) {
		return s
	}
	if !s.Grades && (!known || up && (down || highest < top)) {
		e.Label = label
	}
	s.Top, s.Grades, s.Numbered = top, s.Grades || !up, true
	if e.Max > 0 {
		e.Max = highest
	}
	return s
}

// oneEach reports whether, of several numbers, each has one label, and each label one number.
func oneEach(labelled []rating) bool {
	labels, numbers := map[float64]string{}, map[string]float64{}
	for _, r := range labelled {
		name, labelled := labels[r.value]
		value, numbered := numbers[r.name]
		if labelled && name != r.name || numbered && value != r.value {
			return false
		}
		labels[r.value], numbers[r.name] = r.name, r.value
	}
	return len(labels) > 1
}

// withoutMistakes returns the highest rating on the smallest scale, of 5 or 10, that contains all
// ratings except a few mistakes (maxMistakes), or highest if neither does.
func withoutMistakes(ratings []float64, highest float64) float64 {
	for _, top := range []float64{5, 10} {
		beyond, within := 0, 0.0
		for _, v := range ratings {
			if v > top {
				beyond++
			} else {
				within = max(within, v)
			}
		}
		if beyond <= maxMistakes(len(ratings)) {
			return within
		}
	}
	return highest
}

// scaleUpTo returns s with the top implied by the highest rating, for a column of this name.
func scaleUpTo(s Scale, e *ScaleEvidence, name string) Scale {
	switch {
	case s.NPS && e.Max <= 10 && e.Max > 5:
		s.Top = 10
		e.Named = true
	case s.NPS && e.Max <= 5 && e.Max > 0 &&
		(name == "nps" || strings.Contains(name, "net promoter")):
		s.Top = 10
	case !s.NPS && e.Max > 10 && e.Max <= 20 && strings.HasPrefix(name+" ", "note "):
		s.Top = 20 // French schools
	case e.Max <= 5:
		s.NPS = false
	case e.Max <= 10:
		s.Top = 10
	case e.Max <= 100:
		s.Top = 100
	}
	return s
}

// maxMistakes returns how many of the ratings may be off a scale, as typing mistakes: one of ten or
// more, and one in fifty. They are not read, and counted as not read.
func maxMistakes(ratings int) int {
	if ratings < 10 {
		return 0
	}
	return max(1, ratings/50)
}

// String returns the name of the scale: "1 to 5".
func (s Scale) String() string {
	low := "1"
	if s.NPS || s.Best() >= 100 || s.Best() <= 1 {
		low = "0"
	}
	if s.Grades {
		return strconv.FormatFloat(s.Best(), 'f', -1, 64) + " to 1, the best"
	}
	return low + " to " + strconv.FormatFloat(s.Best(), 'f', -1, 64)
}

// AsksToRecommend reports whether a column's name is the question of the net promoter score.
func AsksToRecommend(name string) bool {
	name = strings.ToLower(name)
	if strings.TrimSpace(name) == "ltr" { // likelihood to recommend
		return true
	}
	for _, word := range []string{"nps", "net promoter", "recommend", "empfehl", "recommand",
		"recomend", "recomiend", "consigli", "raccomand", "recomand", "aanbevel", "aanbeveel",
		"aanraden", "rekommend", "anbefal", "polec", "doporuč", "suositt", "ajánl", "tavsiye",
		"рекоменд", "推荐", "推薦",
		"おすすめ", "추천", "勧め", "薦め", "推奨", "rekomenda", "συστή", "συστα", "σύστα", "giới thiệu",
		"แนะนำ", "ימליץ", "תמליץ", "להמליץ", "توصي", "التوصية", "preporuč", "odporúč", "priporoč",
		"препоръч", "soovita", "ieteikt", "rekomenduo", "सिफारिश"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// ParseNumber parses a number as people write it: digits with a point or a comma, without sign or
// exponent. ok is false for anything else.
func ParseNumber(s string) (value float64, ok bool) {
	s = strings.TrimSpace(s)
	if s == "" || !utf8.ValidString(s) || strings.ContainsAny(s, "_xXeEpPiInN+-") { // ParseFloat reads more than a person would
		return 0, false
	}
	v, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	return v, err == nil && !math.IsNaN(v)
}

// starWords lists the words for one star to five.
var starWords = wordTable{list: `
one|very dissatisfied|very unhappy|extremely unhappy|extremely dissatisfied
completely dissatisfied|very unsatisfied|terrible|very poor|very bad|awful|strongly disagree
sehr unzufrieden|sehr schlecht|mangelhaft|ungenügend|très insatisfait|très insatisfaite
muy insatisfecho|muy insatisfecha|muy malo|pésimo|molto insoddisfatto|pessimo|muito insatisfeito
péssimo|zeer ontevreden|mycket missnöjd|bardzo niezadowolony|非常不满意|非常不滿意|とても不満|非常に不満|매우 불만족
очень недоволен|ужасно|bardzo zły|bardzo zła|bardzo źle|niedostateczny|muy mal|muito mau
muito ruim|çok kötü|velmi špatné|nagyon rossz|erittäin huono|meget dårlig|mycket dålig
дуже погано|очень плохо|很差|非常差|매우 나쁨|とても悪い|非常に悪い|sangat buruk;
two|dissatisfied|unhappy|somewhat dissatisfied|unsatisfied|poor|bad|disagree|unzufrieden
eher unzufrieden|schlecht|ausreichend|insatisfait|insatisfaite|insatisfecho|insatisfecha|malo
insoddisfatto|scarso|insatisfeito|ruim|ontevreden|slecht|missnöjd|niezadowolony|不满意|不滿意|不満|불만족
недоволен|плохо|zły|zła|źle|słaba|mal|mau|kötü|špatné|rossz|huono|dårlig|dålig|погано|差|나쁨|悪い|buruk;
three|neutral|neither satisfied nor dissatisfied|average|okay|fair|mittel|befriedigend
teils, teils|neutre|moyen|ni satisfecho ni insatisfecho|regular|neutrale|sufficiente|neutro
neutraal|一般|普通|どちらでもない|보통|нейтрально|neither agree nor disagree|średni|średnia
dostateczny|dostateczna|orta|průměrné
közepes|нормально|средне|задовільно|biasa|razoável;
four|satisfied|happy|somewhat satisfied|good|agree|zufrieden|eher zufrieden|gut|satisfait
satisfaite|bien|satisfecho|satisfecha|bueno|soddisfatto|buono|bom|satisfeito|tevreden|goed|nöjd
zadowolony|满意|滿意|満足|만족|доволен|хорошо|memnun|dobry|dobra|dobrze|iyi|i̇yi|dobré|hyvä|god|bra
добре|好|좋음|良い|baik|puas;
five|very satisfied|extremely satisfied|very happy|extremely happy|completely satisfied
excellent|very good|strongly agree|sehr zufrieden|sehr gut|ausgezeichnet|très satisfait
très satisfaite|très bien|muy satisfecho|muy satisfecha|muy bueno|excelente|molto soddisfatto
ottimo|eccellente|muito satisfeito|muito bom|ótimo|zeer tevreden|uitstekend|mycket nöjd
bardzo zadowolony|非常满意|非常滿意|とても満足|非常に満足|매우 만족|очень доволен|отлично|çok memnun|bardzo dobry
bardzo dobra|bardzo dobrze|molto buono|zeer goed|muy bien|çok iyi|velmi dobré|výborné|nagyon jó
erittäin hyvä|meget god|mycket bra|відмінно|非常好|很好|매우 좋음|とても良い|非常に良い|sangat baik|sangat puas`}

// ratingWords lists the words of isOf, isOutOf, rateWords and unitWords.
var ratingWords = wordTable{bits: true, list: `
/|out of|of|von|aus|sur|su|de|di|van|uit|av|af|van de|z|ze|из|з|stars out of|star out of|sterne von
étoiles sur|stelle su|estrellas de|estrelas de|sterren van|من|颗星，最多|颗星,最多|星,共|星，共|星（共|/ 滿分
tähteä|kautta|ud af|dari|από|na|trên;
つ星のうち|つ星中|点満点中|段階中|yıldız üzerinden|üzerinden|점 만점에|점 만점 중|में से|星中的|分制|tähdestä;
rated|rating|score|stars|note|bewertung|bewertet mit|sterne|valutazione|voto|valoración
puntuación|avaliação|nota|beoordeling|score:|ocena|betyg|评分|評分|評価|평점|별점|rated:|rate|noté
calificación|★|⭐|valorado con|valutato|gewaardeerd|gewaardeerd met|oceniono|oceniono na
avaliado com|avaliado como|оценка|оцінка|értékelés|hodnocení|évaluation|vurdering|arvosana|puan
评价|평가|星|별|penilaian|βαθμολογία|التقييم;
star|stars|stern|sterne|sternen|étoile|étoiles|stella|stelle|estrella|estrellas|estrela|estrelas
ster|sterren|gwiazdka|gwiazdki|gwiazdek|stjärna|stjärnor|stjerne|stjerner|yıldız|звезда|звезды
звезд|звёзд|tähti|tähteä|hvězdička|hvězdičky|hvězdiček|point|points|punkte|punkten|puntos|punti
pontos|pts|pt|/|点|點|점|分|星|星级|颗星|顆星|つ星|个星|star rating|★|⭐|stars)|نجوم|स्टार|bubbles|of 5 bubbles
балл|балла|баллов|бал|бали|балів|зірка|зірки|зірок|csillag|csillagos|bintang|sao|ดาว|คะแนน
αστέρι|αστέρια|개|つ|điểm|poin`}
