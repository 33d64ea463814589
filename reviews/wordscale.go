package reviews

import (
	"strings"
	"sync"
)

// wordScales lists scales in which a word means another rating than by itself (starWords), or has a
// meaning only there. The words are from the best to the worst, separated by "|"; "/" separates
// synonyms. Of the scales that contain the words of a column, the first one counts, or the first
// whose best word occurs. There are at most 32 (scalesOf).
var wordScales = []string{
	"good/liked/thumbs up/👍|bad/disliked/thumbs down/👎",
	"😍/😀/😃/😄/😁|😊/🙂|😐|🙁/☹/☹️/😕/😟|😠/😡/😢/😭/😞",
	"🤩/😍|😀/😃/😄/😁/😊/🙂|😐|🙁/☹/☹️/😕/😟|😠/😡/😢/😭/😞",
	"excellent|very good|average|poor|terrible",
	"excellent|very good|good|fair/average/okay/satisfactory|poor/bad",
	"excellent|very good|good|fair/average/okay/satisfactory|poor/bad|very poor/very bad/terrible",
	"excellent|above average|average|below average|poor",
	"extremely satisfied|very satisfied|somewhat satisfied|not so satisfied|not at all satisfied",
	"extremely satisfied|very satisfied|moderately satisfied|slightly satisfied|" +
		"not at all satisfied",
	"extremely satisfied|moderately satisfied|slightly satisfied|" +
		"neither satisfied nor dissatisfied|slightly dissatisfied|moderately dissatisfied|" +
		"extremely dissatisfied",
	"very satisfied|satisfied|somewhat satisfied|neither satisfied nor dissatisfied/neutral|" +
		"somewhat dissatisfied|dissatisfied|very dissatisfied",
	"strongly agree|agree|somewhat agree|neither agree nor disagree/neutral|somewhat disagree|" +
		"disagree|strongly disagree",
	"ausgezeichnet|sehr gut|befriedigend|mangelhaft|ungenügend",
	"ausgezeichnet|sehr gut|gut|befriedigend/mittelmäßig/mittel|schlecht/mangelhaft",
	"sehr gut|gut|befriedigend|ausreichend|mangelhaft|ungenügend",
	"sehr zufrieden|zufrieden|eher zufrieden|teils, teils/neutral|eher unzufrieden|unzufrieden|" +
		"sehr unzufrieden",
	"excellent|très bien|moyen|médiocre|horrible",
	"excellent|très bien|bien|moyen|mauvais/médiocre",
	"excelente|muy bueno|normal|malo|horrible",
	"excelente|muy bueno|bueno|regular|malo",
	"eccellente|molto buono|nella media|scarso|pessimo",
	"eccellente|ottimo|buono|sufficiente|scarso/insufficiente",
	"excelente|muito bom|razoável|ruim|horrível",
	"excelente|muito bom|bom|regular/razoável|ruim",
	"uitstekend|zeer goed|gemiddeld|slecht|vreselijk",
	"uitstekend|zeer goed|goed|voldoende/matig|slecht/onvoldoende",
	"très bon|bon|moyen|mauvais|très mauvais",
	"zeer goed|goed|neutraal/voldoende|slecht|zeer slecht",
	"чудово|добре|нормально|погано|жахливо",
	polarities,
	"好评/好評|差评/差評",
	"好评/好評|中评/中評|差评/差評",
}

// polarities is the scale of eBay's feedback, and of programs that name the sentiment of a text.
const polarities = "positive/positiv/positif/positivo|neutral/neutre/neutro|" +
	"negative/negativ/négatif/negativo"

// IsPolarity reports whether the ratings are the words positive, neutral and negative.
func (s Scale) IsPolarity() bool { return s.Words == polarities }

// scalesOfWords maps the words of wordScales to a bit for each scale that contains it.
var scalesOfWords struct {
	once sync.Once
	of   map[string]uint32
}

// scalesOf returns the scales that contain a word, as bits.
func scalesOf(word string) uint32 {
	t := &scalesOfWords
	t.once.Do(func() {
		t.of = map[string]uint32{}
		for i, scale := range wordScales {
			for level := range strings.SplitSeq(scale, "|") {
				for word := range strings.SplitSeq(level, "/") {
					t.of[word] |= 1 << i
				}
			}
		}
	})
	return t.of[word]
}

// guessWords returns the one of wordScales that contains the words of a column if they need it: two
// of them would mean the same rating by themselves ("excellent" and "very good"), or one would mean
// none ("not so satisfied"), or both are words of a scale of two; otherwise "". If its best word is
// missing, the scale may begin with the best one that occurs (fromBest).
func guessWords(cells []string) (scale, missing string) {
	candidates, seen, means := ^uint32(0), map[string]bool{}, map[uint16]bool{}
	differ := false // from what they mean by themselves
	for _, cell := range cells {
		word := strings.ToLower(strings.TrimSpace(cell))
		if len(word) < 3 || len(word) > 64 || seen[word] {
			continue
		}
		scales, value := scalesOf(word), starWords.of([]byte(word))
		if scales == 0 && value == 0 {
			continue
		}
		seen[word] = true
		candidates &= scales
		differ = differ || value == 0 || means[value]
		means[value] = true
	}
	if len(seen) < 2 {
		return "", ""
	}
	for i, all := range wordScales {
		if candidates>>i&1 == 0 || !differ && strings.Count(all, "|") != 1 {
			continue
		}
		if used := fromBest(all, seen); scale == "" || used == all && missing != "" {
			scale, missing = used, ""
			if used != all {
				missing, _, _ = strings.Cut(strings.ReplaceAll(all, "/", "|"), "|")
			}
		}
	}
	return scale, missing
}

// fromBest returns a scale of words without the levels above the best one that occurs, if that
// leaves three and is good by itself: normal is the best of bad ratings alone. Scales of six levels
// are recognized as a whole, and those of degrees of one word by a degree that no other scale has:
// extremely satisfied, not so satisfied.
func fromBest(scale string, used map[string]bool) string {
	if strings.Count(scale, "|") >= 5 {
		return scale
	}
	best, _, _ := strings.Cut(scale, "|")
	if at := strings.LastIndexByte(best, ' '); at >= 0 {
		for word := range used {
			if strings.HasSuffix(word, best[at:]) && starWords.of([]byte(word)) == 0 {
				return scale
			}
		}
	}
	rest := scale
	for strings.Count(rest, "|") >= 2 {
		level, worse, _ := strings.Cut(rest, "|")
		for word := range strings.SplitSeq(level, "/") {
			if used[word] && starWords.of([]byte(word)) >= 4 {
				return rest
			} else if used[word] {
				return scale
			}
		}
		rest = worse
	}
	return scale
}

// wordOn returns the rating, on the scale of five, of a word in lower case on a scale of words
// (Scale.Words).
func wordOn(scale, word string) (float64, bool) {
	at, levels := -1, 0
	for level := range strings.SplitSeq(scale, "|") {
		for w := range strings.SplitSeq(level, "/") {
			if w == word {
				at = levels
			}
		}
		levels++
	}
	if at < 0 {
		return 0, false
	}
	return 5 - 4*float64(at)/float64(levels-1), true
}
