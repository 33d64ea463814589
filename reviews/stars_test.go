package reviews

import (
	"math"
	"strings"
	"testing"
)

func TestParseStars(t *testing.T) {
	for in, want := range map[string]float64{
		"5": 5, "4.0": 4, "4,5": 4.5, " 3 ": 3, "5.0 out of 5 stars": 5, "4/5": 4, "8/10": 4, "1 star": 1, "3 Stars": 3, "4 von 5": 4,
		"★★★★☆": 4, "★★★½": 3.5, "⭐️⭐️": 2, "3 of 5": 3, "0.5": 0.5,
		"": 0, "0": 0, "6": 0, "-1": 0, "great": 0, "5 things I hate": 0, "1e0": 0, "0x3": 0, "NaN": 0, "Inf": 0, "4/0": 0, "2024-05-01": 0,
		"★ not good": 0, "5 stars for the price": 0,
		"4,0 sur 5 étoiles": 4, "4,0 su 5 stelle": 4, "4,0 de 5 estrellas": 4, "4,0 van 5 sterren": 4, "4,0 av 5 stjärnor": 4,
		"4,0 z 5 gwiazdek": 4, "5つ星のうち4.0": 4, "5 yıldız üzerinden 4,0": 4, "4.0 颗星，最多 5 颗星": 4, "4,5 von 5 Sternen": 4.5,
		"Rated 4 stars": 4, "Rated 5 out of 5 stars": 5, "Rating: 3": 3, "4 ★": 4, "80%": 4, "40 %": 2, "FIVE": 5, "ONE_STAR": 1,
		"Very satisfied": 5, "very dissatisfied": 1, "Neutral": 3, "5점": 5, "9/10": 4.5,
		"Valorado con 4 de 5": 4, "Gewaardeerd 4 uit 5": 4, "Oceniono 4 na 5": 4, "4 ud af 5": 4,
		"Оценка: 4": 4, "4 балла": 4, "4 зірки": 4, "4 csillag": 4, "별 4개": 4, "星4つ": 4, "４": 4,
		"٤": 4, "\u200f4\u200e": 4,
		"評価：4": 4, "4 από 5": 4, "4 dari 5": 4, "4 bintang": 4, "16/20": 4, "100%": 5,
		"5 stars!": 5, "4 van de 5 sterren": 4,
		"05-May": 0, "01/05": 0, "4.17.10": 0, "10.0.0.1": 0, "Item 4": 0, "3 of us": 0, "110%": 0, "6/5": 0, "1,234": 1.234, "v4": 0,
	} {
		if got, ok := ParseStars([]byte(in)); got != want || ok != (want != 0) {
			t.Errorf("ParseStars(%q) = %v, %v, want %v", in, got, ok, want)
		}
	}
}

// Surveys write an answer's label after its number, and shops the number of stars after them.
func TestParseStarsAndLabel(t *testing.T) {
	for in, want := range map[string]float64{
		"5 - Very satisfied": 5, "2 - dissatisfied": 2, "4 (good)": 4, "5 - Toys": 0,
		"★★★★☆ (4)": 4, "★★★ (4)": 0, "★★★★☆ 4.0": 4, "4 ★★★★": 4, "★★★★☆ 3.9": 0, "2024 - good": 0,
	} {
		if got, ok := ParseStars([]byte(in)); got != want || ok != (want != 0) {
			t.Errorf("ParseStars(%q) = %v, %v, want %v", in, got, ok, want)
		}
	}
}

func TestGuessScaleNamed(t *testing.T) {
	for _, tt := range []struct {
		name, cells string // the first of the cells is read
		says        string
		first       float64
	}{
		{"Schulnote", "1 2 6 3", "6 to 1, the best", 5},
		{"Note (1 = sehr gut, 6 = ungenügend)", "6 1 2", "6 to 1, the best", 1},
		{"Overall (1 = very satisfied, 5 = very dissatisfied)", "2 1 5", "5 to 1, the best", 4},
		{"Note (1 = très bien, 5 = très mauvais)", "2 1 5", "5 to 1, the best", 4},
		{"Note de 1 (excellent) à 5 (mauvais)", "2 1 5", "5 to 1, the best", 4},
		{"Ocena (1 - bardzo dobra, 5 - bardzo zła)", "2 1 5", "5 to 1, the best", 4},
		{"Оценка (1 — отлично, 5 — ужасно)", "2 1 5", "5 to 1, the best", 4},
		{"満足度（1：とても満足〜5：とても不満）", "2 1 5", "5 to 1, the best", 4},
		{"满意度（1=非常满意，5=非常不满意）", "2 1 5", "5 to 1, the best", 4},
		{"評価（1＝非常に良い、5＝非常に悪い）", "2 1 5", "5 to 1, the best", 4},
		{"Értékelés (1 = legjobb, 5 = legrosszabb)", "2 1 5", "5 to 1, the best", 4},
		{"Rating (1 best - 5 worst)", "2 1 5", "5 to 1, the best", 4},
		{"Zufrieden? (1 = vollkommen zufrieden, 5 = unzufrieden)", "2 1 5", "5 to 1, the best", 4},
		{"Rating (1 = ghastly, 5 = worst)", "2 1 5", "5 to 1, the best", 4},
		{"Noise (1 = not noisy, 5 = terrible)", "2 1 5", "5 to 1, the best", 4},
		{"Zufrieden? (1 = sehr zufrieden, 5 = nicht zufrieden)", "2 1 5", "5 to 1, the best", 4},
		{"Opinion (1 = loved it, 5 = hated it)", "2 1 5", "5 to 1, the best", 4},
		{"Satisfaction (1 = tout à fait satisfait, 5 = pas du tout satisfait)", "2 1 5",
			"5 to 1, the best", 4},
		{"Satisfaction (1 = voll und ganz, 5 = gar nicht)", "2 1 5", "5 to 1, the best", 4},
		{"Avis (1 = tout à fait, 5 = pas du tout)", "2 1 5", "5 to 1, the best", 4},
		{"Opinión (1 = muy de acuerdo, 5 = nada de acuerdo)", "2 1 5", "5 to 1, the best", 4},
		{"Recommend? (1 = likely, 5 = not likely)", "2 1 5", "5 to 1, the best", 4},
		{"Rating (1 = high satisfaction, 5 = low satisfaction)", "2 1 5", "5 to 1, the best", 4},
		{"Rating (1 = top, 5 = flop)", "2 1 5", "5 to 1, the best", 4},
		{"Satisfaction (1 = pas du tout satisfait, 5 = tout à fait satisfait)", "2 1 5", "1 to 5",
			2},
		{"Zufrieden? (1 = gar nicht, 5 = voll und ganz)", "2 1 5", "1 to 5", 2},
		{"Zufrieden? (1 = unzufrieden, 5 = nicht unzufrieden)", "2 1 5", "1 to 5", 2},
		{"Risk (1 = likely to break, 5 = not likely to break)", "2 1 5", "1 to 5", 2},
		{"Did it disturb you? (1 = a lot, 5 = not at all)", "2 1 5", "1 to 5", 2},
		{"Effort (1 = high effort, 5 = low effort)", "2 1 5", "1 to 5", 2},
		{"Speed (1 = super slow, 5 = fast)", "2 1 5", "1 to 5", 2},
		{"Load (1 = top load, 5 = small load)", "2 1 5", "1 to 5", 2},
		{"Aufwand (1 = höchste Belastung, 5 = keine)", "2 1 5", "1 to 5", 2},
		{"Luck (1 = perfectly awful, 5 = lovely)", "2 1 5", "1 to 5", 2},
		{"How was the course? (1 = boring, 5 = interesting)", "2 1 5", "1 to 5", 2},
		{"How often did it fail? (1 = always, 5 = never)", "2 1 5", "1 to 5", 2},
		{"How noisy is it? (1 = very noisy, 5 = not noisy)", "2 1 5", "1 to 5", 2},
		{"Effort rating (1 = a lot of work, 5 = low effort)", "2 1 5", "1 to 5", 2},
		{"Lautstärke (1 = laut, 5 = gar nicht laut)", "2 1 5", "1 to 5", 2},
		{"Noise (1 = max noise, 5 = min noise)", "2 1 5", "1 to 5", 2},
		{"Effort (1 = great effort, 5 = little effort)", "2 1 5", "1 to 5", 2},
		{"Rating (1 = worst, 5 = best)", "2 1 5", "1 to 5", 2},
		{"満足度（1：とても不満〜5：とても満足）", "2 1 5", "1 to 5", 2},
		{"Note (1 = nul, 5 = excellent)", "2 1 5", "1 to 5", 2},
		{"Stars (min 1, max 5)", "2 1 5", "1 to 5", 2},
		{"Satisfaction (1 = very low, 7 = very high)", "7 1 4", "1 to 7", 5},
		{"Satisfaction (1 = bad, 4 = good)", "4 1 3", "1 to 4", 5},
		{"Satisfaction (1 = bad, 5 = good)", "4 1 9 8 7", "1 to 10", 2},
		{"Rating", "1 2 5 3", "1 to 5", 1},
		{"7-point scale", "7 2 3", "1 to 7", 5},
		{"Zufriedenheit, 7-stufig", "3.5 2 3", "1 to 7", 2.5},
		{"17-point", "4 2 3", "1 to 5", 4},
		{"score", "0.2 1.0 0.8 1 0.4", "0 to 1", 1},
		{"score", "1 1 1", "1 to 5", 1},
	} {
		cells := strings.Fields(tt.cells)
		s, e := GuessScale(tt.name, cells)
		got, ok := s.Parse([]byte(cells[0]))
		if s.String() != tt.says || got != tt.first || !ok || e.Rated != len(cells) {
			t.Errorf("%s of %s: %s, the first is %v, %d are ratings; want %s, %v, %d",
				tt.name, tt.cells, s, got, e.Rated, tt.says, tt.first, len(cells))
		}
	}
	if _, e := GuessScale("score", strings.Fields("0.9812 0.1377 0.5 0.7741")); e.Rated > 1 {
		t.Errorf("%d of four probabilities are ratings", e.Rated)
	}
}

func TestUnknownGrades(t *testing.T) {
	for name, want := range map[string]string{
		"Rating (1 = splendid, 5 = ghastly)": "splendid", "Rating (1 = bad, 5 = ghastly)": "",
		"Rating (1 = splendid, 5 = very good)": "", "Rating (1 = best, 5 = ghastly)": "",
		"Course (1 = boring, 5 = interesting)": "boring", "Fails (1 = always, 5 = never)": "always",
		"Noise (1 = very noisy, 5 = not noisy)":      "very noisy",
		"Lautstärke (1 = laut, 5 = gar nicht laut)":  "laut",
		"Effort (1 = high effort, 5 = low effort)":   "high effort",
		"Speed (1 = super slow, 5 = fast)":           "super slow",
		"Noise (1 = lowest noise, 5 = a lot of it)":  "lowest noise",
		"Effort (1 = a lot of work, 5 = low effort)": "a lot of work",
		"Noise (1 = low noise, 5 = loud)":            "", "Rating (1 = not at all, 5 = a lot)": "",
		"Rating (1 = min, 5 = max)": "", "Rating (1 = min., 5 = max.)": "",
		"Rating (1 = hated it, 5 = loved it)": "", "Rating (1 = hate, 10 = adore)": "",
		"Rating (1 = lousy, 5 = great)": "", "Rating (1 = dislike, 5 = like)": "",
		"Rating 1 to 5 stars": "", "Rating (1-5)": "", "Question 1: satisfied?": "", "Rating": "",
	} {
		if got := UnknownGrades(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// The number of an answer counts if the column's labels fit the scale, else the label.
func TestNumbersAndLabels(t *testing.T) {
	for cells, want := range map[string][]float64{
		"5 - Excellent|4 - Very good|3 - Good|2 - Fair|1 - Poor":    {5, 4, 3, 2, 1},
		"5 - Excellent|4 - Good|3 - Average|2 - Fair|1 - Poor":      {5, 4, 3, 2, 1},
		"4 (Very good)|4 (Very good)|5 (Excellent)|2 (Fair)":        {4, 4, 5, 2},
		"1 = Very dissatisfied|5 = Very satisfied|2 = Dissatisfied": {1, 5, 2},
		"2 - Fair|1 - Poor|1 - Poor":                                {2, 1, 1},
		"1 - Poor|2|3|4|5 - Excellent":                              {1, 2, 3, 4, 5},
		"10 - Excellent|9|8 - Very good|6 - Good|5|3|1 - Terrible":  {5, 4.5, 4, 3, 2.5, 1.5, 0.5},
		"1 - Excellent|2 - Very good|3 - Good|4 - Fair|5 - Poor":    {5, 4, 3, 2, 1},
		"1 - Excellent|2|3|4|5 - Poor":                              {5, 4, 3, 2, 1},
		"2 - Gut|1 - Sehr gut|5 - Mangelhaft|3 - Befriedigend":      {4, 5, 1, 3},
		"2 - Gut|2 - Gut":                                             {4, 4},
		"6 - Ungenügend|1 - Sehr gut|2 - Gut":                         {1, 5, 4},
		"4 - Very satisfied|3 - Satisfied|2 - Dissatisfied":           {5, 4, 2},
		"3 - Good|2 - Average|1 - Bad":                                {4, 3, 2},
		"1 - Good|2 - Average|3 - Bad":                                {4, 3, 2},
		"0 - Terrible|1 - Bad|3 - Average|5 - Excellent":              {1, 2, 3, 5},
		"0 - Very dissatisfied|2 - Neutral|4 - Very satisfied":        {1, 3, 5},
		"7 - Extremely satisfied|6 - Satisfied|4 - Neutral":           {5, 4, 3},
		"5 - Very satisfied|1 - Very satisfied|3 - Very dissatisfied": {5, 5, 1},
		"5 - Excellent|4 - Great|3 - OK|2 - Not so good|1 - Horrible": {5, 4, 3, 2, 1},
		"5 - Sehr zufrieden|3 - Weder noch|1 - Sehr unzufrieden":      {5, 3, 1},
		"1 - Sehr zufrieden|3 - Weder noch|5 - Sehr unzufrieden":      {5, 3, 1},
		"5-Excellent|4-Very good|3-Good|2-Fair|1-Poor":                {5, 4, 3, 2, 1},
		"5：とても満足|4：満足|3：どちらでもない|1：とても不満":                              {5, 4, 3, 1},
		"5分（非常满意）|4分（满意）|3分（一般）|2分（不满意）|1分（非常不满意）":                    {5, 4, 3, 2, 1},
		"5 — Excellent|4 — Splendid|1 — Poor":                         {5, 4, 1},
		"4 - As I hoped|5 - Far beyond|1 - Far below":                 {4, 5, 1},
		"4-star|5-star": {4, 5},
	} {
		cells := strings.Split(cells, "|")
		s, e := GuessScale("Rating", append(cells, "n/a", ""))
		for i, cell := range cells {
			if got, ok := s.Parse([]byte(cell)); got != want[i] || !ok || !e.Sure(s) {
				t.Errorf("%q of %q: %v, want %v; %+v, sure %v", cell, cells, got, want[i], s,
					e.Sure(s))
			}
		}
	}
}

// Thumbs are words of a scale of two, and faces of a scale of five, of which all need not occur.
func TestThumbsAndFaces(t *testing.T) {
	for cells, want := range map[string][]float64{
		"👍|👎|👍":                     {5, 1, 5},
		"Thumbs up|Thumbs down":     {5, 1},
		"Liked|Disliked":            {5, 1},
		"😀|😡|😐":                     {5, 1, 3},
		"🤩|😃|😐|🙁|😡":                 {5, 4, 3, 2, 1},
		"🙂|😐|🙁":                     {4, 3, 2},
		"Good|Bad":                  {5, 1},
		"Good|Average|Bad|Very bad": {4, 3, 2, 1},
	} {
		cells := strings.Split(cells, "|")
		s, _ := GuessScale("Rating", cells)
		for i, cell := range cells {
			if got, ok := s.Parse([]byte(cell)); got != want[i] || !ok {
				t.Errorf("%q of %q: %v, want %v; %+v", cell, cells, got, want[i], s)
			}
		}
	}
}

// Unknown labels are those of a scale if each number has one; which end of it is the best is then a
// guess.
func TestUnknownLabels(t *testing.T) {
	for cells, want := range map[string]string{
		"4 - As I hoped|5 - Far beyond|1 - Far below": "far beyond",
		"1 - Poor|2 - Fair|3 - Good|4 - Splendid":     "splendid",
		"5 - Excellent|4 - Splendid|1 - Poor":         "",
		"5 - Dreadful|3 - Neutral|1 - Splendid":       "dreadful",
	} {
		s, e := GuessScale("Rating", strings.Split(cells, "|"))
		if !s.Numbered || s.Grades || e.Label != want || e.Rated != e.Filled {
			t.Errorf("%s: %+v, %+v, want the label %q", cells, s, e, want)
		}
	}
	for _, cells := range []string{"05-May|04-May|01-May", "5-Jan|5-Feb|5-Mar",
		"5: I love it|5: so soft|1: it broke", "0 - None|1 - Some|2 - All", "4 - Toys",
		"1 - Toys|1 - Books|2 - Games"} {
		if s, e := GuessScale("Rating", strings.Split(cells, "|")); s.Numbered || e.Rated > 0 {
			t.Errorf("%s: %+v, %+v, want no ratings", cells, s, e)
		}
	}
	cells := strings.Split("10 - Extremely likely|0 - Not at all likely|7|5 - Neutral", "|")
	s, e := GuessScale("How likely are you to recommend us?", cells)
	for i, want := range []float64{5, 0.5, 3.5, 2.5} {
		if got, ok := s.Parse([]byte(cells[i])); got != want || !ok || !e.Sure(s) {
			t.Errorf("%q: %v, want %v; %+v, %+v", cells[i], got, want, s, e)
		}
	}
}

// Words have their meaning on the column's scale if by themselves they mean another rating.
func TestWordsOfColumn(t *testing.T) {
	for words, want := range map[string][]float64{
		"Excellent|Very good|Good|Fair|Poor":                          {5, 4, 3, 2, 1},
		"Excellent|Very good|Good|Average|Poor":                       {5, 4, 3, 2, 1},
		"Excellent|Very good|Average|Poor|Terrible":                   {5, 4, 3, 2, 1},
		"Excellent|Very Good|Good|Fair|Poor|Very poor":                {5, 4.2, 3.4, 2.6, 1.8, 1},
		"Ausgezeichnet|Sehr gut|Befriedigend|Mangelhaft|Ungenügend":   {5, 4, 3, 2, 1},
		"Sehr gut|Gut|Befriedigend|Ausreichend|Mangelhaft|Ungenügend": {5, 4.2, 3.4, 2.6, 1.8, 1},
		"Excelente|Muy bueno|Bueno|Regular|Malo":                      {5, 4, 3, 2, 1},
		"Good|Bad":                                                    {5, 1},
		"Extremely satisfied|Very satisfied|Somewhat satisfied|Not so satisfied|" +
			"Not at all satisfied": {5, 4, 3, 2, 1},
		"Somewhat satisfied|Not so satisfied|Not at all satisfied":     {3, 2, 1},
		"Moderately satisfied|Slightly satisfied|Not at all satisfied": {3, 2, 1},
		"Slightly satisfied|Not at all satisfied":                      {2, 1},
		"Slightly dissatisfied|Moderately dissatisfied":                {7 / 3.0, 5 / 3.0},
		// From the best that occurs.
		"Très bien|Bien|Moyen|Mauvais":                {5, 5 - 4.0/3, 5 - 8.0/3, 1},
		"Zeer goed|Goed|Voldoende|Onvoldoende|Slecht": {5, 5 - 4.0/3, 5 - 8.0/3, 1, 1},
		"Bien|Moyen|Mauvais":                          {5, 3, 1},
		"Agree|Somewhat agree|Disagree":               {5 - 2.0/3, 5 - 4.0/3, 5 - 10.0/3},
		"Normal|Malo|Horrible":                        {3, 2, 1},
		"Neutraal|Slecht|Zeer slecht":                 {3, 2, 1},
		"Gut|Befriedigend|Mangelhaft|Ungenügend":      {4.2, 3.4, 1.8, 1},
		"Molto buono|Nella media|Scarso|Pessimo":      {5, 5 - 4.0/3, 5 - 8.0/3, 1},
		"好评|中评|差评":                                    {5, 3, 1},
		"Positive|Neutral|Negative":                   {5, 3, 1},
		"Très bon|Bon|Moyen|Mauvais|Très mauvais":     {5, 4, 3, 2, 1},
		"Zeer goed|Goed|Neutraal|Slecht|Zeer slecht":  {5, 4, 3, 2, 1},
		// Each by itself.
		"Muy bien|Bien|Regular|Mal|Muy mal":                      {5, 4, 3, 2, 1},
		"Excellent|Good|Fair|Poor|Very poor":                     {5, 4, 3, 2, 1},
		"Very good|Good|Fair|Bad|Terrible":                       {5, 4, 3, 2, 1},
		"Sehr gut|Gut|Befriedigend|Ausreichend|Mangelhaft":       {5, 4, 3, 2, 1},
		"Excellent|Very good|Outraged":                           {5, 4, 0},
		"Very satisfied|Satisfied|Neutral|Dissatisfied|Terrible": {5, 4, 3, 2, 1},
	} {
		cells := strings.Split(words, "|")
		s, _ := GuessScale("Rating", append(cells, "n/a", ""))
		for i, cell := range cells {
			got, ok := s.Parse([]byte(cell))
			if math.Abs(got-want[i]) > 1e-9 || ok != (want[i] > 0) {
				t.Errorf("%s of %s: %v, want %v", cell, words, got, want[i])
			}
		}
	}
}

func TestNamedTop(t *testing.T) {
	for name, want := range map[string]float64{
		"Rating (out of 10)": 10, "Note sur 20": 20, "Note /20": 20, "Stars 1-5": 5, "rating_1-5": 5,
		"Emotion (1–5)": 5, "Score 0 - 10": 10, "Bewertung von 1 bis 5": 5, "Bewertung (von 10)": 10,
		"De 1 a 5, ¿qué tal?": 5, "da 0 a 10": 10, "de 1 à 7": 7, "van 1 tot 10": 10, "Betyg av 5": 5,
		"1 (bad) to 5 (good)": 5, "1 = bad to 10 = good": 10, "from one to 5": 5, "1〜5": 5,
		"Rating (5)": 5, "Rating (5 = best)": 5, "Rating (10 points)": 10, "Note (5 Sterne)": 5,
		"Score (5点満点)": 5, "score (100%)": 100, "max. 10": 10, "rating_out_of_5": 5,
		"How satisfied are you? (10 being the best)": 10, "1 star to 5 stars": 5,
		"Satisfaction (7-point scale)": 7, "De 1 (muy malo) a 5 (muy bueno)": 5,

		"Pregunta 7: Calificación general": 0, "Domanda 10": 0, "Fråga 7": 0, "Q 7": 0, "Q1-5": 0,
		"Overall rating (10 days after delivery)": 0, "How would you rate our 24/7 support?": 0,
		"Rating on 01/10/2024": 0, "Rating 2024-01-10": 0, "Score 5/10/2024": 0, "10/7 rating": 0,
		"Frage 3 von 7: Zufriedenheit": 0, "Question 3 sur 7": 0, "Vraag 1 van 5": 0,
		"Bewertung von 10 Kunden": 0, "Satisfaction à 10 jours": 0, "Rating within 3 to 5 days": 0,
		"Rating after 3-5 days": 0, "Response to 5 questions": 0, "4 out of 5 dentists": 0,
		"Comments (5 new)": 0, "Rating 7": 0, "": 0,
	} {
		if got := namedTop(name); got != want {
			t.Errorf("namedTop(%q) = %v, want %v", name, got, want)
		}
	}
}
