package table

import (
	"slices"
	"strings"
	"unicode"

	"reviewlens/reviews"
)

// nameEvidence is how far a column's name speaks for a role (or, below zero, against it): 3 where
// it is the role's own name, 2 where it may be, 0 where it says nothing.
type nameEvidence struct {
	text, title, stars, date, product, id float64
	all                                   sense // what its words mean

	polarity   int  // of praise or complaint, see polarity
	translated bool // one of its words is of translations
	question   bool // is one, as in a survey
	likely     bool // asks how likely one is to recommend it
	points     bool // has a word for points, which are counted as well: selling points
	delivery   bool // has a word for how a product came
	counts     bool // all its words for ratings are words for other things as well
	endsInText bool // its last word is a text's, and none is foreign: overall comment
}

// longestName bounds the names of columns that are weighed, in bytes, and longestNames all of a
// table.
const (
	longestName  = 300
	longestNames = 512 << 10
)

// commonWords counts the words, two at most, with which all names of a table of three or more
// columns begin: they say nothing of what makes one column differ from the others.
func commonWords(names [][]string) int {
	if len(names) < 3 {
		return 0
	}
	for n := range 2 {
		for _, words := range names {
			if len(words) <= n || words[n] != names[0][n] {
				return n
			}
		}
	}
	return 2
}

// wrapperSteps are names of objects that APIs, search engines and queues put around a record.
var wrapperSteps = []string{"_source.", "message.data.", "data.", "metadata.", "response."}

// unwrapped are the names of columns without the step of a path that is of an object around the
// record: _source.title. It is one where two names or more have it; a response may be an answer,
// which the first rows tell, if there are any.
func unwrapped(header []string, rows [][]string) []string {
	for _, step := range wrapperSteps {
		var within, others []int
		for i, column := range header {
			if len(column) > len(step) && strings.HasPrefix(column, step) {
				within = append(within, i)
			} else {
				others = append(others, i)
			}
		}
		if len(within) < 2 || step == "response." && isAnswer(within, others, header, rows) {
			continue
		}
		header = slices.Clone(header)
		for i, column := range header {
			if rest, ok := strings.CutPrefix(column, step); ok && rest != "" {
				header[i] = rest
			}
		}
	}
	return header
}

// isAnswer reports whether a response answers a review that stands beside it: a column there is
// named as a text, surely where the response has a rating, and may be one by its cells. A rating
// beside it proves nothing: surveys have the score there, too.
func isAnswer(response, beside []int, header []string, rows [][]string) bool {
	rated := slices.ContainsFunc(response[:min(len(response), mostKeys)], func(i int) bool {
		name := header[i]
		return len(name) <= longestName && weighWords(name, nameWords(name)).stars >= need
	})
	names := make([]string, len(beside))
	for n, i := range beside {
		names[n] = header[i]
	}
	for n, e := range weighNames(names, nil) {
		named := e.text >= need || !rated && e.text > 0
		if named && len(rows) == 0 {
			return true
		}
		if !named && (rated || e.text < 0 || len(rows) == 0) {
			continue
		}
		f := profileColumn(rows, beside[n], "")
		switch {
		case f.filled == 0 || !f.isText() || f.asks():
		case named && (f.distinct > 1 || f.filled < 3), f.distinct > 2 && f.perCell() >= 3:
			return true // and no description of the survey
		}
	}
	return false
}

// weighNames says what the names of a table's columns tell of their roles. rows are the first ones,
// nil where they are unknown.
func weighNames(header []string, rows [][]string) []nameEvidence {
	header = unwrapped(header, rows)
	words := make([][]string, len(header))
	var named [][]string
	bytes := 0
	scored := columnsOfScores(header)
	for i, column := range header {
		if scored[i] || len(column) > longestName ||
			column == "_score" { // Elasticsearch's, of the search
			continue
		}
		if bytes += len(column); bytes <= longestNames {
			words[i] = nameWords(column)
		}
		if len(words[i]) > 0 {
			named = append(named, words[i])
		}
	}
	common := commonWords(named)
	all := make([]nameEvidence, len(header))
	for i, column := range header {
		if len(words[i]) > common {
			all[i] = weighWords(column, words[i][common:])
		} else if len(words[i]) > 0 { // "Review" beside "Review Title" and "Review Date"
			all[i] = weighWords(column, words[i])
		}
	}
	for i, column := range header {
		if all[i].stars >= need && isOfThing(column, header, all) {
			all[i].stars = need - 0.1
		}
	}
	return all
}

// isOfThing reports whether a column is a member of an object of what is reviewed, which has no
// text in it: product.rating is the product's average, and hotel.stars are those of the hotel.
func isOfThing(column string, header []string, all []nameEvidence) bool {
	at := strings.LastIndexByte(column, '.')
	if at <= 0 || len(header) > mostKeys {
		return false
	}
	if step := column[1+strings.LastIndexByte(column[:at], '.') : at]; !namesThing(step) {
		return false
	}
	for i, other := range header {
		if all[i].text >= need && strings.HasPrefix(other, column[:at+1]) {
			return false
		}
	}
	return true
}

func weighWords(column string, words []string) (e nameEvidence) {
	n := parseName(column, words)
	e.all = n.all
	e.text = n.text()
	e.title, e.product = n.titleOrProduct()
	e.stars = n.stars()
	if last := len(words) - 1; last > 0 && words[last] == "published" { // rating_published
		unpublished := parseName(column, words[:last])
		e.stars = max(e.stars, unpublished.stars())
	}
	e.date = n.date()
	e.id = n.id()
	e.polarity = polarity(words, strings.ToLower(column))
	e.translated = n.says(" english en ") || slices.ContainsFunc(words, isTranslation)
	e.question = n.question
	e.counts = n.has(stars) && n.countsAlone()
	e.points = n.says(" points punkte point punti puntos pontos punten ")
	e.likely = n.question && reviews.AsksToRecommend(column)
	e.delivery = n.begins(deliveries) && !e.likely
	e.endsInText = !n.has(foreign) && n.last&(review|written) != 0
	return e
}

// translations begin words of translations, and of English, in the languages of column names. Of
// scripts without spaces they may stand anywhere in a word.
const translations = "translated translation englisch anglais ingles inglese engels ubersetz " +
	"traduc traduz tradot traduit vertal tlumacz preklad oversett oversatt oversat kaannos " +
	"forditas ceviri terjemah перевод переклад англ μεταφρασ ترجم " +
	"翻訳 英訳 和訳 英語 翻译 翻譯 英文 译文 譯文 英语 번역 영어"

func isTranslation(word string) bool {
	for beginning := range strings.FieldsSeq(translations) {
		if strings.HasPrefix(word, beginning) || isWide([]rune(beginning)[0]) &&
			strings.Contains(word, beginning) {
			return true
		}
	}
	return false
}

// columnName is the name of a column, taken apart.
type columnName struct {
	words    []string
	all      sense // of all parts
	beside   sense // of the parts that are no ratings
	first    sense // of the first part that has one
	last     sense // of the last part
	question bool
	digits   bool // it has some
	strange  bool // a word is not known, and no article
}

func parseName(column string, words []string) columnName {
	n := columnName{words: words, digits: strings.ContainsAny(column, "0123456789")}
	var parts []sense
	for _, w := range words {
		from := len(parts)
		parts = senses(parts, w)
		n.strange = n.strange || slices.Contains(parts[from:], unknown) && !is(w, articles)
	}
	for _, s := range parts {
		n.all |= s
		if s&(stars|either) == 0 {
			n.beside |= s
		}
		if n.first == 0 && s != unknown {
			n.first = s
		}
	}
	n.last = parts[len(parts)-1]
	n.question = strings.HasSuffix(strings.TrimSpace(column), "?") || strings.HasSuffix(column, "？") ||
		len(words) >= 6 || len(words) >= 4 && n.first&asks != 0
	return n
}

func (n *columnName) has(s sense) bool { return n.all&s != 0 }

// says reports whether a word is in list.
func (n *columnName) says(list string) bool {
	for _, w := range n.words {
		if is(w, list) {
			return true
		}
	}
	return false
}

// replied reports whether it names an answer to a review. A response alone may be that to a survey.
func (n *columnName) replied() bool {
	return !n.question && (n.has(reply) || n.has(answer) && n.has(review|written|place|author|product))
}

// text weighs a text. In English the last word of a name says what it is (review date), elsewhere
// often the first (date de l'avis), so a word of another role anywhere means that role.
func (n *columnName) text() float64 {
	isText := n.last&(review|written) != 0
	ofFirst := n.has(joins) && n.first&(review|written) == 0 // langue de l'avis
	switch {
	case n.question && n.has(review|written):
		return 2.5
	case n.question && n.has(stars|either):
		return 1
	case n.question:
		return 1.5
	case n.replied():
		return -3
	case n.has(title), n.has(date) && n.last&weak == 0:
		return -2
	case n.has(counted) && isText && !ofFirst:
		return 2
	case n.has(counted), n.last&ident != 0, n.has(ident) && n.first&ident != 0:
		return -3
	case n.has(stars) && n.has(written) && !n.has(either):
		if n.last&stars != 0 && !n.has(joins) { // feedback score
			return -2
		}
		return 3 // overall comment
	case n.has(stars) && !n.has(either) && n.last&review != 0:
		return 1.5
	case n.has(stars) && !n.has(either) && !n.has(weak):
		return -2
	case n.has(author|name) && (!isText || ofFirst):
		return -3
	case n.has(foreign) && (!isText || ofFirst):
		return -3
	case n.has(foreign) && n.has(review|written):
		return 2.2
	case n.has(review) && n.has(written|weak), n.has(written) && n.has(either|client):
		return 3.5
	case n.has(review):
		if n.has(client) {
			return 3.5
		}
		return 3
	case n.has(written) && n.says(" last latest ") && n.has(other): // of a ticket
		return 2
	case n.has(written):
		if is(n.words[len(n.words)-1], " message comment comments feedback ") {
			return 2.8
		}
		return 3
	case n.has(weak) && n.has(client):
		return 2.8 // customer says
	case n.has(either):
		return 1.5
	case n.all&^unknown == answer:
		return 0.5
	case n.has(weak) && !n.has(product|place), n.has(answer) && n.has(client):
		return 1.2
	case n.has(client | answer | ident | matter):
		return -3
	case n.has(product | place):
		return -2
	}
	return 0
}

// titleOrProduct weighs a review's title, and the product that reviews are of.
func (n *columnName) titleOrProduct() (ofReview, ofProduct float64) {
	if n.question || n.has(reply|answer|date) || n.has(counted) && !n.says(" page ") {
		return 0, 0
	}
	if n.has(title) {
		switch {
		case n.has(product|place) && !n.has(review|written):
			return 0, 3.5
		case n.has(foreign | ident | author | matter), n.has(client) && !n.has(review|written):
			return 0, 0
		case n.has(review | written):
			return 3.5, 0
		}
		return 3, 0
	}
	if n.has(name) && n.says(" location ") &&
		!n.has(review|written|weak|stars|either|event|author|client|product) {
		return 0, 2.5 // of a company that has several
	}
	if n.has(review|written|weak|stars|either|event|foreign|author) || n.says(" size year ") {
		return 0, 0
	}
	if n.last == unknown && n.first&(product|place) != 0 && !n.has(joins|name|ident) &&
		!n.says(" sku skus ") {
		return 0, 0 // product arrived, game mode
	}
	switch {
	case n.says(" model sku skus "):
		return 0, 2.6
	case n.has(product) && n.has(name):
		return 0, 3.2
	case n.has(product) && n.has(ident):
		return 0, 2.7
	case n.has(product):
		return 0, 3
	case n.has(place) && n.has(ident):
		return 0, 2.5
	case n.has(place) && n.has(name):
		return 0, 2.8
	case n.has(place):
		return 0, 2.6
	case n.says(" variation variant variante "), n.has(ident) && !n.has(client) &&
		(n.has(name) || n.says(" page ")):
		return 0, 2.5
	}
	return 0, 0
}

// starNouns are words for stars, which are counted: number of stars.
const starNouns = " star stars sterne etoiles estrellas estrelas stelle sterren gwiazdek " +
	"stjarnor stjerner hvezdicek звезд звезд yildiz tahtea "

// likelyStars is the score of that question: it is of all, where others ask of one quality, and
// less than a plain rating.
const likelyStars = 2.96

// Names that score partStars or less may be of something that is counted, such as points.
const partStars = 2.8

// deliveries begin words for how a product came, of which a rating says the least of the product.
const deliveries = "deliver shipping shipment versand lieferung livraison expedition entrega " +
	"envio consegna spedizione bezorg levering leverans dostaw"

// begins reports whether one of its words begins with one in list.
func (n *columnName) begins(list string) bool {
	return slices.ContainsFunc(n.words, func(word string) bool {
		for beginning := range strings.FieldsSeq(list) {
			if strings.HasPrefix(word, beginning) {
				return true
			}
		}
		return false
	})
}

// countsAlone reports whether all its words for ratings are words for other things as well: points
// of a programme, the grade of an employee.
func (n *columnName) countsAlone() bool {
	return !slices.ContainsFunc(n.words, func(word string) bool {
		return !is(word, " points punkte score scores grade grades rate rates ") &&
			slices.ContainsFunc(senses(nil, word), func(s sense) bool { return s&stars != 0 })
	})
}

func (n *columnName) stars() float64 {
	last := n.words[len(n.words)-1]
	isStars := n.last&(stars|either) != 0
	overall := n.says(" overall globale general generale gesamt ") ||
		n.says(" global ") && !n.says(" rating score ") // of all customers
	switch {
	case n.has(stars|either) && n.question && overall:
		return 3.3
	case n.has(stars|either) && n.question:
		return 2.94
	case n.says(" best worst max min maximum minimum range ") && n.has(stars) && !n.digits:
		// Of the scale: rating_max, but not Rating (max 5).
		return -3
	case n.has(stars) && n.first&(counted|ident) != 0 && is(last, starNouns):
		return 3
	case n.has(stars|either) && n.beside&(counted|reply|ident|date|title) == 0 &&
		(isStars || overall && !n.has(written) ||
			n.beside&(written|weak|foreign|author|event|name) == 0):
		switch {
		case overall && n.first&(product|place) != 0 && !n.has(review):
			return 2.9 // its average, or this review's
		case n.has(review), overall:
			return 3.5
		case n.has(product | place):
			return 2.6
		case !n.has(stars) && !n.strange && !n.has(other|foreign): // Bewertung
			return 2.98
		case !n.has(stars):
			return 2.7
		case n.has(foreign): // of one quality
			return 2.6
		case n.strange:
			return partStars
		case n.has(other): // of the stay
			return 2.92
		}
		return 3
	case n.question, (n.has(answer) || n.says(" label ")) && len(n.words) == 1,
		n.all == review|unknown, n.has(stars) && n.has(joins) && n.first&stars != 0:
		return 0
	case n.has(review | written | title | date | event | product | place | ident | counted | reply | author |
		client | name | foreign | matter | other | stars):
		return -3
	}
	return 0
}

// Dates whose names score weakDate or less are taken only where each row has one.
const weakDate = 2

func (n *columnName) date() float64 {
	ofReview := n.has(review | stars | either)
	switch {
	case n.replied():
		return -3
	case n.question && n.has(date):
		return 1.6
	case n.question:
		return 0
	case n.has(date|event) && n.has(other),
		n.has(other) && !n.has(review|written|product|place|foreign|name|counted|ident|client):
		return 1.6
	case n.has(event) && n.has(matter|ident|client|author|place|product) && !ofReview:
		return 1.6
	case n.has(date) && n.has(answer):
		return weakDate
	case n.has(date) && n.has(review):
		return 3.5
	case n.has(date) && (ofReview || n.has(event)):
		return 3.4
	case n.has(date) && n.has(written):
		return 2.9
	case n.has(date):
		return 3
	case n.has(event) && !n.has(written|title|stars|foreign|name|counted|client):
		return 3
	case n.has(foreign | ident | counted | stars):
		return -3
	}
	return 0
}

func (n *columnName) id() float64 {
	switch {
	case !n.says(" id uuid key guid ") && !(n.has(ident) && isWide([]rune(n.words[0])[0])) &&
		strings.Join(n.words, "") != "ordernumber":
		return 0
	case n.has(client | author | product | place | foreign):
		return 0
	case n.has(review|written|answer) || n.says(" ticket "):
		return 3.5
	case len(n.words) == 1:
		return 3
	}
	return 2.5
}

// nameWords cuts a name into words in lower case.
func nameWords(name string) (words []string) {
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, string(word))
			word = word[:0]
		}
	}
	small := false
	for _, r := range name {
		switch {
		case unicode.IsLetter(r) || unicode.Is(unicode.Mn, r):
			if unicode.IsUpper(r) && small {
				end()
			}
			small = unicode.IsLower(r)
			r = fold(unicode.ToLower(r))
			word = append(word, r)
		default:
			end()
			small = false
		}
		if len(words) > 40 {
			return words
		}
	}
	end()
	return words
}

// knownName reports whether each word of a name is one that names columns, so that it is hardly a
// text.
func knownName(words []string) bool {
	known := false
	var parts []sense
	for _, w := range words {
		if is(w, praiseHeadings) || is(w, complaintHeadings) {
			known = true
			continue
		}
		parts = senses(parts[:0], w)
		for _, s := range parts {
			switch {
			case s&(review|written|title|stars|date|event|product|place|ident|either) != 0:
				known = true
			case s&(joins|asks) != 0, is(w, articles):
			case s == unknown:
				return false
			default:
				known = known || len(words) > 1
			}
		}
	}
	return known
}

// articles and the like say nothing, in names of several words.
const articles = " of the your our a an in on by per with for main full is der die das den van het av af des d "

// is reports whether word is in list, which has a space before and after each of its words.
func is(word, list string) bool { return strings.Contains(list, " "+word+" ") }
