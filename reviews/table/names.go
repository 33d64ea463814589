package table

import (
	"slices"
	"strings"
	"unicode"

	"reviewlens/reviews"
)

// nameEvidence rates a column's name as evidence for each role (below zero, against it): 3 if it is
// the role's own name, 2 if it may be, 0 if it is neutral.
type nameEvidence struct {
	text, title, stars, date, product, id float64
	all                                   sense // union of the senses of its words

	polarity   int  // 1 for praise, -1 for complaint, see polarity
	translated bool // a word is about translations
	question   bool // it is a question, as in a survey
	likely     bool // asks about the likelihood of a recommendation
	points     bool // has a word for points, which also means other things: selling points
	delivery   bool // has a word for the delivery
	updates    bool // has a word for a change: updated
	counts     bool // all its words for ratings have other meanings as well
	endsInText bool // its last word means text, and none is foreign: overall comment
}

// isOnAspect reports whether the name is that of a comment on one aspect: comment on price.
func (e nameEvidence) isOnAspect() bool {
	return e.all&written != 0 && e.all&foreign != 0 && !e.translated &&
		e.all&(reply|answer|author|name|ident|title) == 0
}

// isAspect reports whether the name may be that of an aspect alone: quality, delivery time.
func (e nameEvidence) isAspect() bool {
	return e.all&(foreign|other) != 0 && e.all&^(foreign|other|unknown|joins) == 0
}

// maxNameLength limits the column names that are weighed, in bytes, and maxNamesBytes those of a
// table together.
const (
	maxNameLength = 300
	maxNamesBytes = 512 << 10
)

// commonWords counts the words, two at most, with which all names of a table of three or more
// columns begin: they do not distinguish the columns.
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

// wrapperSteps are names of objects that APIs, search engines and queues wrap around a record.
var wrapperSteps = []string{"_source.", "message.data.", "data.", "metadata.", "response."}

// unwrapped returns the column names without the path step of an object around the record:
// _source.title. A step must be shared by two names or more; a response may also be an answer to a
// review, which the first rows, if any, decide.
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

// isAnswer reports whether the response object answers a review next to it: a column there is named
// as a text, unambiguously if the response has a rating, or may be one by its cells. A rating next
// to it proves nothing: surveys have the score there, too.
func isAnswer(response, beside []int, header []string, rows [][]string) bool {
	rated := slices.ContainsFunc(response[:min(len(response), maxKeys)], func(i int) bool {
		name := header[i]
		return len(name) <= maxNameLength && weighWords(name, nameWords(name)).stars >= minScore
	})
	names := make([]string, len(beside))
	for n, i := range beside {
		names[n] = header[i]
	}
	for n, e := range weighNames(names, nil) {
		named := e.text >= minScore || !rated && e.text > 0
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
			return true // and not a description of the survey
		}
	}
	return false
}

// weighNames rates the names of a table's columns for each role. rows are the first ones, nil if
// unknown.
func weighNames(header []string, rows [][]string) []nameEvidence {
	header = unwrapped(header, rows)
	words := make([][]string, len(header))
	var named [][]string
	bytes := 0
	scored := columnsOfScores(header)
	for i, column := range header {
		// _score is the search score of Elasticsearch
		if scored[i] || len(column) > maxNameLength || column == "_score" {
			continue
		}
		if bytes += len(column); bytes <= maxNamesBytes {
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
		} else if len(words[i]) > 0 { // "Review" next to "Review Title" and "Review Date"
			all[i] = weighWords(column, words[i])
		}
	}
	posts := slices.ContainsFunc(words, func(w []string) bool { // of Reddit and Hacker News
		return slices.Contains(w, "subreddit") || isOneOf(w, namesOfPosts)
	}) && !slices.ContainsFunc(words, func(w []string) bool { // whose authors have none
		return slices.Contains(w, "email") || slices.Contains(w, "phone")
	})
	for i, column := range header {
		if posts && isOneOf(words[i], votesOnPosts) || isOneOf(words[i], votesOnComments) {
			all[i].stars = -3
		}
		if all[i].stars >= minScore && isOfThing(column, header, all) {
			all[i].stars = minScore - 0.1
		}
	}
	return all
}

// Names of columns, in words: those that only exports of Reddit and Hacker News have, and those of
// how many people agree with a post, there and anywhere.
var (
	namesOfPosts = [][]string{{"permalink"}, {"created", "utc"}, {"link", "id"}, {"parent", "id"},
		{"object", "id"}, {"story", "title"}}
	votesOnPosts    = [][]string{{"score"}, {"points"}}
	votesOnComments = [][]string{{"comment", "score"}, {"post", "score"}, {"comment", "points"},
		{"upvotes"}}
)

// isOneOf reports whether a name is one of names.
func isOneOf(name []string, names [][]string) bool {
	return slices.ContainsFunc(names, func(n []string) bool { return slices.Equal(n, name) })
}

// isOfThing reports whether a column is a member of an object for what is reviewed that contains no
// text: product.rating is the product's average, and hotel.stars are those of the hotel.
func isOfThing(column string, header []string, all []nameEvidence) bool {
	at := strings.LastIndexByte(column, '.')
	if at <= 0 || len(header) > maxKeys {
		return false
	}
	if step := column[1+strings.LastIndexByte(column[:at], '.') : at]; !namesThing(step) {
		return false
	}
	for i, other := range header {
		if all[i].text >= minScore && strings.HasPrefix(other, column[:at+1]) {
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
	e.translated = n.hasWord(" english en ") || slices.ContainsFunc(words, isTranslation)
	e.question = n.question
	e.counts = n.has(stars) && n.countsAlone()
	e.points = n.hasWord(" points punkte point punti puntos pontos punten ")
	e.likely = n.question && reviews.AsksToRecommend(column)
	e.delivery = n.begins(deliveries) && !e.likely
	e.updates = n.begins(updates)
	e.endsInText = !n.has(foreign) && n.last&(review|written) != 0
	return e
}

// translations are prefixes of words for translations, and for English, in the languages of column
// names. In scripts without spaces they match anywhere in a word.
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

// columnName is the parsed name of a column.
type columnName struct {
	words    []string
	all      sense // of all parts
	beside   sense // of the parts that are not ratings
	first    sense // of the first part with a known sense
	last     sense // of the last part
	question bool
	digits   bool // it contains digits
	strange  bool // contains an unknown word that is not an article
}

func parseName(column string, words []string) columnName {
	n := columnName{words: words, digits: strings.ContainsAny(column, "0123456789")}
	var parts []sense
	for _, w := range words {
		from := len(parts)
		parts = senses(parts, w)
		n.strange = n.strange || slices.Contains(parts[from:], unknown) && !inList(w, articles)
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

// hasWord reports whether one of its words is in list.
func (n *columnName) hasWord(list string) bool {
	for _, w := range n.words {
		if inList(w, list) {
			return true
		}
	}
	return false
}

// replied reports whether it names an answer to a review. A response alone may be one to a survey.
func (n *columnName) replied() bool {
	return !n.question && (n.has(reply) || n.has(answer) && n.has(review|written|place|author|product))
}

// text rates the name for a text. In English the head noun comes last (review date), elsewhere
// often first (date de l'avis), so a word of another role anywhere determines the role.
func (n *columnName) text() float64 {
	isText := n.last&(review|written) != 0
	ofFirst := n.has(joins) && n.first&(review|written) == 0 // langue de l'avis
	switch {
	case n.question && n.has(review|written):
		return 2.5
	case n.question && n.has(stars|either):
		if n.first&asks != 0 && inList(n.words[0], whys) {
			return 2 // why did you give this rating
		}
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
		if n.last&stars != 0 && !n.has(joins) && !n.hasWord(prepositions) { // feedback score
			return -2
		}
		return 3 // overall comment, comment on the score
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
	case n.has(written) && n.hasWord(" last latest ") && n.has(other): // a ticket's last comment
		return 2
	case n.has(written):
		if inList(n.words[len(n.words)-1], " message comment comments feedback ") {
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

// titleOrProduct rates the name for a review's title, and for the product that reviews are about.
func (n *columnName) titleOrProduct() (ofReview, ofProduct float64) {
	if n.question || n.has(reply|answer|date) || n.has(counted) && !n.hasWord(" page ") {
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
	if n.has(name) && n.hasWord(" location ") &&
		!n.has(review|written|weak|stars|either|event|author|client|product) {
		return 0, 2.5 // of a company with several
	}
	if n.has(review|written|weak|stars|either|event|foreign|author) || n.hasWord(" size year ") {
		return 0, 0
	}
	if n.last == unknown && n.first&(product|place) != 0 && !n.has(joins|name|ident) &&
		!n.hasWord(" sku skus ") {
		return 0, 0 // product arrived, game mode
	}
	switch {
	case n.hasWord(" model sku skus "):
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
	case n.hasWord(" variation variant variante "), n.has(ident) && !n.has(client) &&
		(n.has(name) || n.hasWord(" page ")):
		return 0, 2.5
	}
	return 0, 0
}

// whys are words that ask for a reason.
const whys = " why warum weshalb wieso pourquoi porque perche waarom dlaczego varfor hvorfor "

// prepositions stand behind the head noun of a name: reason for the score.
const prepositions = " for on about behind to zu zum zur bij op voor over til till om sur pour " +
	"sobre para к k "

// starNouns are words for stars that are counted: number of stars.
const starNouns = " star stars sterne etoiles estrellas estrelas stelle sterren gwiazdek " +
	"stjarnor stjerner hvezdicek звезд звезд yildiz tahtea "

// likelyStars is the score of the question of likelihood, which rates the whole, where others rate
// one quality; it is less than that of a plain rating.
const likelyStars = 2.96

// Names that score partStars or less may also mean something counted, such as points.
const partStars = 2.8

// deliveries are prefixes of words for the delivery; a rating of it says the least about the
// product.
const deliveries = "deliver shipping shipment versand lieferung livraison expedition entrega " +
	"envio consegna spedizione bezorg levering leverans dostaw"

// updates are prefixes of words for changes.
const updates = "updat modif edit chang ander aktualis actualiz aggiorn atualiz bijgewerkt " +
	"uaktualni guncel обновл измен 更新 修改 수정"

// ofPersons are prefixes of words for dates in the lives of persons and accounts, on which nobody
// wrote a review.
const ofPersons = "birth dob geburt geboort naissance nacimiento nascimento nascita urodz member " +
	"joined signup expir"

// begins reports whether one of its words has a prefix in list.
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

// countsAlone reports whether all its words for ratings have other meanings as well: points of a
// programme, the grade of an employee.
func (n *columnName) countsAlone() bool {
	return !slices.ContainsFunc(n.words, func(word string) bool {
		return !inList(word, " points punkte score scores grade grades rate rates ") &&
			slices.ContainsFunc(senses(nil, word), func(s sense) bool { return s&stars != 0 })
	})
}

func (n *columnName) stars() float64 {
	last := n.words[len(n.words)-1]
	isStars := n.last&(stars|either) != 0
	overall := n.hasWord(" overall globale general generale gesamt ") ||
		n.hasWord(" global ") && !n.hasWord(" rating score ") // of all customers
	switch {
	case n.has(stars|either) && n.question && overall:
		return 3.3
	case n.has(stars|either) && n.question:
		return 2.94
	case n.hasWord(" best worst max min maximum minimum range ") && n.has(stars) && !n.digits:
		// Bounds of the scale: rating_max, but not Rating (max 5).
		return -3
	case n.has(stars) && n.first&(counted|ident) != 0 && inList(last, starNouns):
		return 3
	case len(n.words) == 2 && n.words[0] == "total" && last == "score": // of several ratings
		return 2.9
	case n.has(stars|either) && n.beside&(counted|reply|ident|date|title) == 0 &&
		(isStars || overall && !n.has(written) ||
			n.beside&(written|weak|foreign|author|event|name) == 0):
		switch {
		case overall && n.first&(product|place) != 0 && !n.has(review):
			return 2.9 // the product's average, or this review's rating
		case n.has(review), overall:
			return 3.5
		case n.has(product | place):
			return 2.6
		case !n.has(stars) && !n.strange && !n.has(other|foreign): // Bewertung
			return 2.98
		case !n.has(stars):
			return 2.7
		case n.has(foreign): // a rating of one quality
			return 2.6
		case n.strange:
			return partStars
		case n.has(other): // a rating of the stay
			return 2.92
		}
		return 3
	case n.question, (n.has(answer) || n.hasWord(" label ")) && len(n.words) == 1,
		n.all == review|unknown, n.has(stars) && n.has(joins) && n.first&stars != 0:
		return 0
	case n.has(review | written | title | date | event | product | place | ident | counted | reply | author |
		client | name | foreign | matter | other | stars):
		return -3
	}
	return 0
}

// Dates whose names score weakDate or less are only accepted if each row has one.
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
	case n.has(event) && !n.has(date) && n.hasWord(" by "), // posted by
		n.begins(ofPersons) && !ofReview:
		return -3
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
	case !n.hasWord(" id uuid key guid ") && !(n.has(ident) && isWide([]rune(n.words[0])[0])) &&
		strings.Join(n.words, "") != "ordernumber":
		return 0
	case n.has(client | author | product | place | foreign):
		return 0
	case n.has(review|written|answer) || n.hasWord(" ticket "):
		return 3.5
	case len(n.words) == 1:
		return 3
	}
	return 2.5
}

// nameWords splits a name into lower-case words.
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

// knownName reports whether each word of a name is one used in column names, so that the name is
// unlikely to be a text.
func knownName(words []string) bool {
	known := false
	var parts []sense
	for _, w := range words {
		if inList(w, praiseHeadings) || inList(w, complaintHeadings) {
			known = true
			continue
		}
		parts = senses(parts[:0], w)
		for _, s := range parts {
			switch {
			case s&(review|written|title|stars|date|event|product|place|ident|either) != 0:
				known = true
			case s&(joins|asks) != 0, inList(w, articles):
			case s == unknown:
				return false
			default:
				known = known || len(words) > 1
			}
		}
	}
	return known
}

// articles lists articles and similar words, which are ignored in names of several words.
const articles = " of the your our a an in on by per with for main full is der die das den van het av af des d "

// inList reports whether word is in list, which has a space before and after each word.
func inList(word, list string) bool { return strings.Contains(list, " "+word+" ") }
