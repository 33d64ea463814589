package table

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"reviewlens/reviews"
	"reviewlens/reviews/text"
)

// Columns holds the roles of a file's columns, by index; -1 for none. Only Second counts from 1,
// with 0 for none, as in data stored before the field existed: it is the column whose text follows
// that of Text, if a review is in two parts. More has the columns of further parts, if all
// questions of a survey are read as one text.
type Columns struct {
	Text, Title, Stars, Date, Product, ID int

	Second int   `json:",omitempty"`
	More   []int `json:",omitempty"`
}

// Join appends the complete text of a record to dst, using a template (text.Join).
func (c *Columns) Join(dst []byte, template string, fields [][]byte) []byte {
	title, first := Cell(fields, c.Title), Cell(fields, c.Text)
	if c.Second == 0 {
		return text.Join(dst, template, title, first)
	}
	return text.Join(dst, template, title, c.parts(fields)...)
}

// Body returns the text of a record without its title: the cell as it is in the file, or the joined
// parts (text.Body).
func (c *Columns) Body(fields [][]byte) []byte {
	if c.Second == 0 {
		return Cell(fields, c.Text)
	}
	return text.Body(nil, c.parts(fields)...)
}

// parts returns the cells that make up the text of a record, if there are several.
func (c *Columns) parts(fields [][]byte) [][]byte {
	texts := c.Texts()
	parts := make([][]byte, len(texts))
	for n, i := range texts {
		parts[n] = Cell(fields, i)
	}
	return parts
}

// Texts returns the columns that hold the text or a part of it, in order.
//
// It is not inlined: that would add 1 KB to the worker's program for each call.
//
//go:noinline
func (c *Columns) Texts() (texts []int) {
	if c.Text >= 0 {
		texts = append(texts, c.Text)
	}
	if c.Second > 0 {
		texts = append(texts, c.Second-1)
	}
	return append(texts, c.More...)
}

// SetTexts makes columns the text: a single one, or its parts in order; none removes the text.
//
//go:noinline
func (c *Columns) SetTexts(texts []int) {
	c.Text, c.Second, c.More = -1, 0, nil
	if len(texts) > 0 {
		c.Text = texts[0]
	}
	if len(texts) > 1 {
		c.Second = texts[1] + 1
	}
	if len(texts) > 2 {
		c.More = slices.Clone(texts[2:])
	}
}

// IsText reports whether column i holds the text, or a part of it.
func (c *Columns) IsText(i int) bool {
	return i >= 0 && (i == c.Text || i == c.Second-1 || slices.Contains(c.More, i))
}

// role is one of the fields of Columns.
type role int

const (
	textRole role = iota
	titleRole
	starsRole
	dateRole
	productRole
	idRole
	roles
)

// GuessColumns guesses roles from the header (nil if there is none) and some rows, and returns its
// confidence. Each role gets the column that fits it best by its name (names.go) and its cells
// together: a name alone does not make an empty column the text, nor numbers a date. Text is -1 if
// no column holds words.
func GuessColumns(header []string, rows [][]string) (Columns, Confidence) {
	g := guess(header, rows)
	return g.columns, Confidence{Table: agreement(rows), Text: g.sure}
}

// Confidence holds the confidence of guesses, each from 0 to 1.
type Confidence struct {
	// Table is the share of rows that have the most frequent number of fields: low if the delimiter
	// may be a different one.
	Table float64
	// Text is the margin of the text column: 1 if no other column could be the text, 0 if another
	// one fits as well; 0 without a text column.
	Text float64
}

// agreement returns Confidence.Table; it is 1 for no rows.
func agreement(rows [][]string) float64 {
	if len(rows) == 0 {
		return 1
	}
	widths := map[int]int{}
	most := 0
	for _, row := range rows {
		widths[len(row)]++
		most = max(most, widths[len(row)])
	}
	return float64(most) / float64(len(rows))
}

// guesses is the result of guess.
type guesses struct {
	columns Columns
	sure    float64 // Confidence.Text
	unread  pair    // text columns that are not read; both 0 for none
	ratings []int   // columns that fit the stars as well
}

// guess scores each column for each role and assigns the roles, the best fit first. A score sums
// evidence for and against; a column that scores below need does not get the role.
func guess(header []string, rows [][]string) (made guesses) {
	g := newGuesser(header, rows)
	both, named, paired := findPair(header, g.profiles, len(g.rows))
	parts := paired && g.takePair(both, named)
	if !paired {
		g.take(textRole, minTextScore)
	}
	g.take(titleRole, minScore)
	g.preferLongReview()
	if !parts {
		g.preferPlain(header)
		g.preferEnglish()
	}
	g.titlesAsTexts()
	if i := g.only(); g.found[textRole] < 0 && i >= 0 && g.profiles[i].isText() {
		g.found[textRole], g.taken[i] = i, true
		g.sure = 1
	}
	g.preferSameThing(header)
	for r := starsRole; r < roles; r++ {
		g.take(r, minScore)
	}
	if t := g.found[textRole]; t >= 0 && g.found[titleRole] < 0 {
		g.found[titleRole] = titleByCells(g.profiles, g.taken, g.rows, g.starred, t)
	}
	c := Columns{Text: g.found[textRole], Title: g.found[titleRole], Stars: g.found[starsRole],
		Date: g.found[dateRole], Product: g.found[productRole], ID: g.found[idRole]}
	switch {
	case parts:
		c.Second = both.second + 1
	case paired:
		made.unread = both
	default:
		made.unread = besidePair(g.profiles, c)
	}
	if c.Text >= 0 && g.sure == 0 {
		g.sure = g.lead()
	}
	made.columns, made.sure, made.ratings = c, g.sure, g.otherRatings()
	return made
}

// guesser is the state of guess: the profile of each column, and the assigned roles.
type guesser struct {
	rows     [][]string // the first ones
	profiles []profile
	scores   [][roles]float64 // of each column
	starred  int              // the column of stars that weighTogether found, or -1
	found    [roles]int       // the column of each role, or -1
	taken    []bool
	sure     float64 // Confidence.Text if a rule determines it; 0 until then
}

func newGuesser(header []string, rows [][]string) *guesser {
	width := len(header)
	for _, row := range rows {
		width = max(width, len(row))
	}
	g := &guesser{rows: rows[:min(len(rows), max(10, maxCells/max(1, width)))],
		profiles: make([]profile, width), scores: make([][roles]float64, width),
		found: [roles]int{-1, -1, -1, -1, -1, -1}, taken: make([]bool, width)}
	names, scored := weighNames(header, g.rows), columnsOfScores(header)
	for i := range g.profiles {
		if i < len(scored) && scored[i] {
			g.taken[i] = true // has no role
			continue
		}
		name := ""
		if i < len(header) {
			name = header[i]
		}
		g.profiles[i] = profileColumn(g.rows, i, name)
		if i < len(names) {
			g.profiles[i].name = names[i]
		}
		if n := g.profiles[i].name; n.stars <= 0 && !n.likely && g.profiles[i].scaled.Unknown > 0 {
			g.profiles[i].rated = 0 // numbers of products or places, not ratings
		}
		g.scores[i] = g.profiles[i].scores(len(g.rows))
	}
	g.starred = weighTogether(g.profiles, g.scores, g.rows)
	return g
}

// only returns the single column that is not a score column, or -1.
func (g *guesser) only() int {
	i := slices.Index(g.taken, false)
	if i < 0 || slices.Index(g.taken[i+1:], false) >= 0 {
		return -1
	}
	return i
}

// take assigns a role to the free column with the highest score, if that is at least need.
func (g *guesser) take(r role, need float64) {
	best := -1
	for i := range g.scores {
		s := g.scores[i][r]
		if !g.taken[i] && s >= need && (best < 0 || s > g.scores[best][r]) {
			best = i
		}
	}
	if best >= 0 {
		g.found[r], g.taken[best] = best, true
	}
}

// otherRatings returns the columns that fit the stars as well as the one that is read, and differ
// from it in a row: ratings of parts, of which none is that of the whole.
func (g *guesser) otherRatings() (others []int) {
	x := g.found[starsRole]
	if x < 0 {
		return nil
	}
	for i := range g.scores {
		if i != x && g.scores[i][starsRole] >= g.scores[x][starsRole] &&
			slices.ContainsFunc(g.rows, func(row []string) bool {
				return max(i, x) < len(row) && row[i] != row[x]
			}) {
			others = append(others, i)
		}
	}
	return others
}

// takePair makes a pair of columns, such as pros and cons, the text. If a single column fits
// better, it makes that the text and returns false. named is set if the pair follows from the names
// alone.
func (g *guesser) takePair(both pair, named bool) bool {
	if g.sure = 1; !named {
		g.sure = 0.5
	}
	rival := wholeText(g.profiles, both)
	if rival >= 0 {
		g.sure = 0.5 // fits as well, and is not read with the pair
	}
	if rival >= 0 && g.profiles[rival].filled*10 >= both.either(g.rows)*8 {
		g.found[textRole], g.taken[rival] = rival, true
		return false
	}
	g.found[textRole], g.taken[both.first], g.taken[both.second] = both.first, true, true
	return true
}

// preferLongReview assigns the text role to a column that is named like a title but holds the
// reviews, if the column named "review" holds short cells: a summary that is the review.
func (g *guesser) preferLongReview() {
	x := g.found[textRole]
	if x < 0 || g.profiles[x].name.all != review {
		return
	}
	for i := range g.profiles {
		f := &g.profiles[i]
		if n := f.name; (n.title > 0 || n.text >= 2) && n.all&(answer|reply) == 0 &&
			f.isText() && !f.asks() && f.filled*10 >= g.profiles[x].filled*8 &&
			f.perCell() >= 2*g.profiles[g.found[textRole]].perCell()+3 {
			g.found[textRole], g.taken[i] = i, true
		}
	}
	if g.found[textRole] != x &&
		(g.found[titleRole] < 0 || g.found[titleRole] == g.found[textRole]) {
		g.found[titleRole] = x
	}
}

// preferPlain assigns the text role to a column with a plain name, such as "Comment", if that with
// the text only adds who wrote it or what it is about: "Manager comment".
func (g *guesser) preferPlain(header []string) {
	x := g.found[textRole]
	if x < 0 || x >= len(header) || g.profiles[x].name.translated || g.profiles[x].name.question ||
		g.profiles[x].name.all&^(written|unknown|place|foreign|joins) != 0 {
		return
	}
	words := nameWords(header[x])
	for i := range header {
		f := &g.profiles[i]
		if i == x || g.taken[i] || f.name.all != written || !f.isText() || f.perCell() < 3 ||
			f.filled*10 < g.profiles[x].filled*8 || f.distinct*3 < f.filled*2 {
			continue
		}
		if plain := nameWords(header[i]); len(plain) == 1 && len(words) > 1 &&
			slices.Contains(words, plain[0]) {
			g.found[textRole], g.taken[i], g.taken[x] = i, true, false
			return
		}
	}
}

// preferEnglish assigns the text role to the column that has the English translation of the text,
// if there is one, or has the role for sure if that is the translation.
func (g *guesser) preferEnglish() {
	x := g.found[textRole]
	if x < 0 {
		return
	}
	if g.profiles[x].name.translated {
		for i := range g.profiles {
			if f := &g.profiles[i]; i != x && f.name.text >= minScore && f.isText() &&
				inEnglish(g.profiles, g.rows, i) == x {
				g.sure = 1
				return
			}
		}
	}
	if y := inEnglish(g.profiles, g.rows, x); y >= 0 {
		g.found[textRole], g.taken[y] = y, true
		g.sure = 1
		if g.found[titleRole] == y {
			g.found[titleRole] = -1
		}
	}
}

// preferSameThing prefers a rating of the thing that the text is about, by its name: with "Product
// Comment", "Product Rating" over "Service Rating". A question is about the same thing only if it
// names nothing else: one about the rooms of a hotel is not about the hotel.
func (g *guesser) preferSameThing(header []string) {
	t := g.found[textRole]
	if t < 0 || t >= len(header) {
		return
	}
	things := thingsOf(header[t], g.profiles[t].name.question)
	same := func(i int) bool {
		own := thingsOf(header[i], g.profiles[i].name.question)
		known := 0
		for _, word := range own {
			if slices.Contains(things, word) {
				known++
			}
		}
		if g.profiles[i].name.question {
			return known > 0 && known == len(own)
		}
		return known > 0
	}
	own := 0.0
	for i := range header {
		if s := g.scores[i][starsRole]; s >= minScore && s > own && same(i) {
			own = s
		}
	}
	for i := range header {
		s := g.scores[i][starsRole]
		if own > 0 && s >= own && !same(i) &&
			len(thingsOf(header[i], g.profiles[i].name.question)) > 0 {
			g.scores[i][starsRole] = own - 0.1
		}
	}
}

// askingWords are the words of questions other than articles and question words.
const askingWords = " you your yours we us our me my i it its this that these to at from about " +
	"and or not can will be been think thought feel felt find found like liked love loved " +
	"most least likely best better more much many very any anything else thing things so as " +
	"into wir uns unser unsere unserem unserer unseren sie ihr ihre ihren ihnen du dir mit " +
	"dem den zu zum zur im am ein eine einen einer und sind haben hat finden fanden gefallen " +
	"gefallt nous notre nos vous votre vos etes avez avec et en un une au aux pensez pense " +
	"sur su nos nuestro nuestra usted sus con y en el una un es esta nostro nostra vostro del " +
	"e ci ti con che ons onze u uw bent met een het vindt vond aan nossa nosso voce com "

// thingsOf returns the words of a column's name, or of a question, that may name its subject.
func thingsOf(column string, question bool) (words []string) {
	if len(column) > maxNameLength {
		return nil
	}
	for _, word := range nameWords(column) {
		all := sense(0)
		for _, s := range senses(nil, word) {
			all |= s
		}
		asks := question && (inList(word, askingWords) || reviews.AsksToRecommend(word))
		if all&^(product|place|unknown|other|foreign|event) == 0 && !inList(word, articles) &&
			!asks ||
			word == "overall" {
			words = append(words, word)
		}
	}
	return words
}

// titlesAsTexts makes the titles the texts in a file without other texts.
func (g *guesser) titlesAsTexts() {
	if g.found[textRole] >= 0 || g.found[titleRole] < 0 {
		return
	}
	g.found[textRole], g.found[titleRole] = g.found[titleRole], -1
	g.sure = 1
	g.take(titleRole, minScore)
	x, y := g.found[textRole], g.found[titleRole]
	if y >= 0 && g.profiles[y].perCell() > g.profiles[x].perCell() {
		g.found[textRole], g.found[titleRole] = y, x
	}
}

// lead returns the margin of the text column over the others (Confidence.Text).
func (g *guesser) lead() (sure float64) {
	t := g.found[textRole]
	next, rival := 0.0, false // rival: another column has a name for texts, too
	for i := range g.scores {
		if s := g.scores[i][textRole]; i != t && i != g.found[titleRole] {
			next = max(next, s)
			rival = rival || g.profiles[i].name.text >= minScore && s >= minTextScore
		}
	}
	sure = min(1, max(0, (g.scores[t][textRole]-next)/clearLead))
	f := &g.profiles[t]
	if f.name.text >= minScore && !rival {
		sure = 1
	}
	if r := g.rival(); r >= 0 {
		sure = min(sure, 0.5)
	}
	if f.perCell() < 4 { // short cells, while other columns have longer ones
		for i := range g.profiles {
			o := &g.profiles[i]
			if !g.taken[i] && o.name.text > -3 && o.isText() && 2*o.filled >= f.filled &&
				o.distinct >= f.distinct && o.perCell() >= 2*f.perCell()+3 {
				sure = min(sure, 0.5)
			}
		}
	}
	if f.distinct == 1 && f.filled >= 5 {
		sure = min(sure, 0.5)
	}
	return sure
}

// rival returns a column with answers to an open question, or with comments on one aspect, other
// than the text column, if that is no clear review by its name; -1 for none. If that is not named
// like a text, the name of an aspect suffices: price.
func (g *guesser) rival() int {
	t := g.found[textRole]
	f := &g.profiles[t]
	if f.name.all&review != 0 {
		return -1
	}
	for i := range g.profiles {
		o := &g.profiles[i]
		asks := o.name.question || o.name.polarity != 0 || o.name.isOnAspect() ||
			f.name.text <= 0 && o.name.isAspect() && 2*o.perCell() >= f.perCell()
		if i != t && !g.taken[i] && asks && o.isText() && o.perCell() >= 3 &&
			o.filled*2 >= f.filled && o.distinct*3 >= o.filled*2 {
			return i
		}
	}
	return -1
}

// Thresholds of the scores. A role's own name scores 3, so it suffices unless the cells contradict
// it; text without a name needs three words a cell.
const (
	minScore     = 2.5
	minTextScore = 1.2
	clearLead    = 1.8 // lead of the text over the next column for a Confidence.Text of 1
)

// maxCells bounds the cells that are examined, so that a table of thousands of columns takes no
// longer than one of ten with as many bytes.
const maxCells = 50_000

// profile summarizes the name and the cells of a column.
type profile struct {
	name      nameEvidence
	filled    int // cells that are neither empty nor a null word
	words     int // in all of them
	numbers   int
	sum       float64 // of the numbers
	scale     reviews.Scale
	scaled    reviews.ScaleEvidence
	rated     int // ratings, on the scale of the column
	whole     int // of these, numbers without a fraction
	fifths    int // cells that are a fifth of 100, or several: 20, 40, 60, 80, 100
	dates     int
	bare      int // of these, single numbers
	notText   int // not text written by people: URLs, mail addresses, JSON, yes or no
	data      int // of these, objects of JSON
	digits    int // cells that begin with a digit
	answers   int // yes or no
	questions int // questions
	distinct  int
	counting  bool // each number is above the one before: row numbers
}

// isText reports whether the cells may be texts.
func (f profile) isText() bool {
	return f.numbers*2 < f.filled && f.dates*2 < f.filled && f.notText*2 < f.filled
}

// asks reports whether most cells are questions.
func (f profile) asks() bool { return f.questions*10 >= f.filled*6 && f.filled > 2 }

// numbered reports whether most cells begin with a digit, as no texts do.
func (f profile) numbered() bool { return f.digits*2 > f.filled }

// perCell returns the mean number of words of a cell.
func (f profile) perCell() float64 { return float64(f.words) / float64(max(1, f.filled)) }

// scores returns the evidence for each role, of rows rows.
func (f profile) scores(rows int) (s [roles]float64) {
	n := f.name
	share := func(cells int) float64 { return float64(cells) / float64(max(1, f.filled)) }
	spread := min(1, share(f.distinct)) // share of distinct cells; 1 if none repeats
	constant := f.distinct == 1 && f.filled >= 3

	// A text consists of words, mostly different from row to row, and occurs in most rows.
	if rows == 0 {
		s[textRole] = n.text + 1
	} else if f.filled > 0 && f.isText() {
		words := f.perCell()
		s[textRole] = n.text + min(1.5, words/4) + spread - 0.5
		if words < 3 && n.text < 2 {
			s[textRole] -= 2
		}
		if constant && words > 3 || f.distinct*10 <= f.filled && f.filled >= 20 && words > 5 {
			s[textRole] -= 2 // a description, repeated for each row of its product
		}
		s[textRole] -= 2 * (1 - float64(f.filled)/float64(max(rows, f.filled)))
		if f.asks() {
			s[textRole] -= 2.5 // questions of customers, next to their reviews
		}
	}
	if (rows == 0 || f.filled > 0 && f.isText()) && !constant {
		s[titleRole] = n.title
	}
	rated := share(f.rated)
	if rows == 0 || f.filled > 0 && rated >= 0.8 {
		s[starsRole] = n.stars
		switch {
		case n.likely && f.digits*10 >= f.filled*8 && f.scaled.Max > 5 && f.scaled.Max <= 10:
			s[starsRole] = likelyStars
		case n.stars == 0 && f.mayBeStars() && !f.scale.IsPolarity(): // programs write these, too
			s[starsRole] = minScore
		case f.scaled.Max == 1 && f.scale.Best() == 5 && f.rated < f.filled && n.stars > 0:
			s[starsRole] = 0 // 1 and -1: votes
		case f.scale.Best() == 100 && !f.scaled.Named && f.sum < 25*float64(f.numbers):
			s[starsRole]-- // counts
		case constant:
			s[starsRole] -= 0.4 // an average rating
		}
	}
	if dated := share(f.dates); rows == 0 || f.filled > 0 && dated >= 0.5 {
		s[dateRole] = n.date
		if n.date == 0 && dated >= 0.9 && f.bare*2 < f.filled {
			s[dateRole] = minScore
		}
		number := n.all&(date|event) == 0 && !n.updates && f.bare*2 >= f.filled && rows > 0
		if n.date > 0 && n.date <= weakDate && (f.filled*10 < rows*9 || number) {
			s[dateRole] = 0 // of some rows, or the number of an order
		}
		if s[dateRole] > 0 {
			s[dateRole] += dated + float64(f.filled)/float64(max(1, rows))
		}
	}
	if rows == 0 || f.filled > 0 && !(n.all&ident != 0 && f.filled >= 10 && (constant || f.distinct == f.filled)) {
		s[productRole] = n.product // but no identifier that is constant or unique to each row

		number := n.all&counted != 0 && f.numbers == f.filled && f.filled > 0 // of a page
		if f.asks() || number || max(f.answers, f.data)*2 > f.filled ||
			rated >= 0.8 && f.numbers == 0 && f.filled > 0 {
			s[productRole] = 0
		} else if f.filled > 0 && f.isText() && f.perCell() > 0 && s[productRole] > 0 {
			s[productRole] += 0.3 // a name rather than a number
		}
	}
	if rows == 0 || f.filled > 0 && f.words <= f.filled {
		s[idRole] = n.id
	}
	return s
}

// mayBeStars reports whether cells are ratings, whatever the name: all of them are whole numbers of
// a scale or words for ratings, and they are not small counts. Of percentages, they are those of
// stars.
func (f profile) mayBeStars() bool {
	return f.filled >= 3 && f.rated == f.filled && f.whole == f.filled && f.distinct > 1 && !f.counting &&
		(f.numbers == 0 || f.scaled.Named || f.scaled.Max >= 4 && f.scale.Best() <= 10 ||
			f.fifths == f.filled && f.distinct > 2)
}

// weighTogether adjusts scores by comparing columns. starred is the column of the stars, -1 for
// none.
func weighTogether(facts []profile, scores [][roles]float64, rows [][]string) (starred int) {
	starred = -1
	dropAverages(facts, scores, rows)
	orderRatings(facts, scores)
	dropLoadDates(facts, scores, rows)
	person, desk := false, false
	for i, f := range facts {
		if s := scores[i][starsRole]; s >= minScore && (starred < 0 ||
			s > scores[starred][starsRole]) {
			starred = i
		}
		const ofPerson = author | client | name | review | title
		if all := f.name.all; all&(author|client) != 0 && all&^ofPerson == 0 {
			person = true
		}
		desk = desk || f.name.all&matter != 0
	}
	for i := range facts {
		f := &facts[i]
		if desk && f.name.all == title {
			scores[i][titleRole] = 0 // a ticket's title
			continue
		}
		if f.name.all == title && repeats(f, rows, i, facts, scores) {
			// Titles that repeat on many rows, good and bad, are those of products or places.
			scores[i][titleRole] = 0
			scores[i][productRole] = 2.75
		}
		if f.name.all == name && scores[i][productRole] == 0 && f.filled > 0 && f.isText() &&
			f.distinct*2 <= f.filled && (person || areThings(rows, i)) {
			scores[i][productRole] = 2.95 // a name, but not of a person
		}
	}
	return starred
}

// orderRatings ranks a question that asks for a rating, of more than the delivery, above columns
// that may be another score, such as the points of a programme, and any other rating by name above
// that of a delivery.
func orderRatings(facts []profile, scores [][roles]float64) {
	const ofDelivery = 2.58 // less than a rating of the product, which may be its average
	best, other := 0.0, false
	for i, f := range facts {
		if s := scores[i][starsRole]; s >= minScore && !f.name.delivery {
			other = other || f.name.stars > ofDelivery
			if f.name.question {
				best = max(best, s)
			}
		}
	}
	for i, f := range facts {
		s := scores[i][starsRole]
		if other && f.name.delivery {
			scores[i][starsRole] = min(s, ofDelivery)
		} else if best > 2.9 && f.name.counts && !f.name.question && s <= 3 {
			scores[i][starsRole] = min(s, best-0.04)
		}
	}
}

// dropAverages removes the stars role from averages of what is reviewed, if another column may have
// it: averages have fractions and are the same on all rows of a product or a place, while the other
// ratings differ.
func dropAverages(facts []profile, scores [][roles]float64, rows [][]string) {
	const mostRatings, mostNames = 8, 8
	var ratings []int
	fractions := false
	for i, f := range facts {
		if scores[i][starsRole] >= minScore && len(ratings) < mostRatings {
			ratings = append(ratings, i)
			fractions = fractions || f.whole < f.rated
		}
	}
	if len(ratings) < 2 || !fractions {
		return
	}
	looked := 0
	for i := range facts {
		f := &facts[i]
		named := f.isText() || scores[i][productRole] >= minScore
		if !named || f.rated*2 > f.filled || f.distinct*2 > f.filled || looked == mostNames {
			continue
		}
		looked++
		var same []int
		for _, x := range ratings {
			if facts[x].whole < facts[x].rated && isOfEach(rows, i, x) {
				same = append(same, x)
			}
		}
		if len(same) > 0 && len(same) < len(ratings) {
			for _, x := range same {
				scores[x][starsRole] = 0
			}
			return
		}
	}
}

// dropLoadDates removes the date role from columns with the same day on all rows, as of an import,
// if another column with several days is named for the role, and not for a release or the like.
// Unknown words do not disqualify it. A column named for reviews keeps the role: they may be from
// one day.
func dropLoadDates(facts []profile, scores [][roles]float64, rows [][]string) {
	const (
		mostDates = 8
		of        = review | stars | either | event
		not       = title | product | place | foreign | other
	)
	var one []int
	several, looked := false, 0
	for i, f := range facts {
		named := f.name.date > weakDate && scores[i][dateRole] >= minScore
		if !named || f.filled < 3 || looked == mostDates {
			continue
		}
		looked++
		days := map[reviews.Day]bool{}
		for _, row := range rows {
			if i >= len(row) {
				continue
			}
			if day, ok := (reviews.Dates{}).Parse([]byte(row[i])); ok {
				days[day] = true
			} else if day, ok := (reviews.Dates{DayFirst: true}).Parse([]byte(row[i])); ok {
				days[day] = true
			}
		}
		if len(days) > 1 {
			several = several || f.name.all&of != 0 || f.name.all&not == 0
		} else if f.name.all&review == 0 {
			one = append(one, i)
		}
	}
	for _, i := range one {
		if several {
			scores[i][dateRole] = 0
		}
	}
}

// isOfEach reports whether column is a function of name: rows with the same name have the same
// value, and at least two names have three rows or more.
func isOfEach(rows [][]string, name, column int) bool {
	type group struct {
		value string
		rows  int
	}
	groups := map[string]group{}
	large := 0
	for _, row := range rows {
		if max(name, column) >= len(row) || row[name] == "" || row[column] == "" {
			continue
		}
		g, ok := groups[row[name]]
		if ok && g.value != row[column] {
			return false
		}
		if g.rows++; g.rows == 3 {
			large++
		}
		groups[row[name]] = group{row[column], g.rows}
	}
	return large > 1
}

// inEnglish returns the column that holds the English translations of another column's texts, if
// those are in languages that the model does not read; -1 for none. It is named as a translation or
// as a text.
func inEnglish(facts []profile, rows [][]string, original int) int {
	const judged, most = 20, 8 // rows, and columns
	share := func(column int) (foreign, filled int) {
		for _, row := range rows[:min(len(rows), judged)] {
			if column >= len(row) || strings.TrimSpace(row[column]) == "" {
				continue
			}
			filled++
			if text.Readability([]byte(row[column]), nil) != text.Readable {
				foreign++
			}
		}
		return foreign, filled
	}
	foreign, all := share(original)
	if foreign*2 <= all {
		return -1
	}
	looked := 0
	for i := range facts {
		f := &facts[i]
		same := f.filled*10 >= facts[original].filled*8 &&
			f.distinct*10 >= facts[original].distinct*8
		named := (f.name.text >= minScore || f.name.translated || f.name.endsInText) &&
			f.name.all&(reply|product) == 0
		short := 2*f.perCell() < facts[original].perCell()
		if i == original || !same || !named || !f.isText() || short || looked == most {
			continue
		}
		looked++
		if foreign, filled := share(i); foreign*5 <= filled && filled*10 >= all*8 {
			return i
		}
	}
	return -1
}

// areThings reports whether most cells of a name column are not names of persons: they have digits,
// more than three words, or a lower-case word.
func areThings(rows [][]string, column int) bool {
	things := 0
	for _, row := range rows {
		if column >= len(row) {
			continue
		}
		begins, words := true, 0
		for _, r := range row[column] {
			if begins && r != ' ' {
				words++
			}
			if unicode.IsDigit(r) || begins && unicode.IsLower(r) || words > 3 {
				things++
				break
			}
			begins = r == ' '
		}
	}
	return things*2 > len(rows)
}

// repeats reports whether a column has few distinct cells, each on many rows, that do not correlate
// with any of the first rating columns.
func repeats(f *profile, rows [][]string, column int, facts []profile, scores [][roles]float64) bool {
	switch {
	case f.filled < 3 || f.distinct*2 > f.filled:
		return false
	case f.distinct == 1:
		return true
	}
	const mostRatings = 8
	looked, informative := 0, false // informative: the stars of some column are
	for i := range facts {
		if scores[i][starsRole] < minScore || looked == mostRatings {
			continue
		}
		looked++
		share, ok := explains(f, rows, column, facts[i].scale, i)
		if ok && share >= 0.5 {
			return false
		}
		informative = informative || ok
	}
	return informative || looked == 0 && f.filled >= 30 && f.distinct*20 <= f.filled
}

// titleByCells finds a column of titles by its cells if its name does not identify it: some words,
// few compared with the text, which are positive where there are many stars. It returns -1 for
// none.
func titleByCells(facts []profile, taken []bool, rows [][]string, starred, text int) int {
	for i := range facts {
		f := &facts[i]
		if taken[i] || f.name.all&^(unknown|other) != 0 || !f.isText() || starred < 0 ||
			f.filled*10 < len(rows)*9 || f.distinct < 4 || f.distinct*2 > f.filled ||
			f.perCell() < 1.2 || f.perCell()*3 > facts[text].perCell() {
			continue
		}
		if share, ok := explains(f, rows, i, facts[starred].scale, starred); ok && share > 0.6 {
			taken[i] = true
			return i
		}
	}
	return -1
}

// explains returns the share of the variance of the stars that is explained by the cells of a
// column, adjusted for their number: near 0 if they are independent, as products are, near 1 if
// they are titles such as "Great". ok is false if the stars are not informative.
func explains(f *profile, rows [][]string, column int, scale reviews.Scale, starred int) (share float64, ok bool) {
	numbers := map[string]int{}                // of the groups, from 1
	groups := make([][2]float64, f.distinct+1) // rows and stars of each
	var n, sum, squares float64
	for _, row := range rows {
		if max(column, starred) >= len(row) {
			continue
		}
		v, ok := scale.Parse([]byte(row[starred]))
		cell := strings.TrimSpace(row[column])
		if !ok || text.IsNull([]byte(cell)) {
			continue
		}
		g := numbers[cell]
		if g == 0 {
			g = min(len(numbers)+1, f.distinct)
			numbers[cell] = g
		}
		groups[g][0]++
		groups[g][1] += v
		n++
		sum += v
		squares += v * v
	}
	all := squares - sum*sum/max(1, n)
	if all < 1e-9 || n <= float64(len(numbers)) {
		return 0, false
	}
	explained := -sum * sum / n
	for _, g := range groups {
		explained += g[1] * g[1] / max(1, g[0])
	}
	return 1 - (1-explained/all)*(n-1)/(n-float64(len(numbers))), true
}

func profileColumn(rows [][]string, i int, name string) (f profile) {
	f.counting = true
	last := -1.0
	cells := make([]string, 0, len(rows))
	seen := make(map[string]struct{}, len(rows))
	for _, row := range rows {
		if i >= len(row) {
			continue
		}
		cell := strings.TrimSpace(row[i])
		if cell == "" || text.IsNull([]byte(cell)) {
			continue
		}
		f.filled++
		f.words += countWords(cell)
		seen[cell] = struct{}{}
		if strings.HasSuffix(cell, "?") || strings.HasSuffix(cell, "？") {
			f.questions++
		}
		if isDecimal(cell[0]) {
			f.digits++
		}
		cells = append(cells, cell)
		v, isNumber := reviews.ParseNumber(cell)
		if isNumber {
			f.numbers++
			f.sum += v
			if v >= 20 && v <= 100 && math.Mod(v, 20) == 0 {
				f.fifths++
			}
			f.counting = f.counting && v > last
			last = v
		}
		if len(cell) < 10 && inList(strings.ToLower(cell), answers) {
			f.answers++
			f.notText++
		} else if isLink(cell) && !isDateInBrackets(cell) {
			if f.notText++; strings.HasPrefix(strings.TrimLeft(cell, "["), "{") {
				f.data++
			}
		} else if isDate(cell) && !isProse(cell) {
			f.dates++
			if isNumber {
				f.bare++
			}
		}
	}
	f.distinct = len(seen)
	f.scale, f.scaled = reviews.GuessScale(name, cells)
	f.rated = f.scaled.Rated
	if f.rated > 0 {
		for _, cell := range cells {
			if v, ok := reviews.ParseNumber(cell); !ok || v == float64(int(v)) && v <= f.scale.Best() {
				f.whole++
			}
		}
	}
	f.counting = f.counting && f.numbers == f.filled && f.filled > 1
	return f
}

// isDateInBrackets reports whether a cell is one date in brackets, as in logs, rather than data:
// [17/Jan/2024:10:00:00 +0000], {ts '2024-01-17 10:00:00'}.
func isDateInBrackets(cell string) bool {
	const most = 40 // bytes
	return len(cell) <= most && (cell[0] == '[' || cell[0] == '{') &&
		!strings.ContainsAny(cell, `",`) && !strings.Contains(cell, "://") && isDate(cell)
}

// isDate reports whether a cell is a date in either order of day and month.
func isDate(cell string) bool {
	_, ok := reviews.Dates{}.Parse([]byte(cell))
	if !ok {
		_, ok = reviews.Dates{DayFirst: true}.Parse([]byte(cell))
	}
	return ok
}

// isProse reports whether a cell has more words, without its numbers, than one that is a date with
// words around it: Reviewed in the United Arab Emirates on May 1, 2024.
func isProse(cell string) bool {
	const maxDateWords = 9
	return countWords(cell) > maxDateWords && countWords(strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return ' '
		}
		return r
	}, cell)) > maxDateWords
}

// countWords counts the words of a cell. In scripts without spaces between words, two characters
// count as one word.
func countWords(s string) int {
	words, wide := 0, 0
	inWord := false
	for _, r := range s {
		switch {
		case r < 0x2e80:
			letter := unicode.IsLetter(r) || unicode.IsDigit(r) || r == '\''
			if letter && !inWord {
				words++
			}
			inWord = letter
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai):
			wide++
			inWord = false
		default:
			if unicode.IsLetter(r) && !inWord {
				words++
			}
			inWord = unicode.IsLetter(r)
		}
	}
	if words == 0 && wide == 0 && s != "" {
		return 1 // an emoji
	}
	return words + (wide+1)/2
}

// answers are cells that consist of yes or no.
const answers = " true false yes no ja nein oui non si sí sì sim não nee tak nie да нет " +
	"はい いいえ 是 否 "

// isLink reports whether a cell is an address or data rather than text.
func isLink(cell string) bool {
	if strings.ContainsAny(cell, " \t\n") {
		return cell[0] == '{' && strings.HasSuffix(cell, "}") || cell[0] == '[' && strings.HasSuffix(cell, "]")
	}
	return strings.Contains(cell, "://") || strings.HasPrefix(cell, "www.") || strings.Count(cell, "@") == 1 && strings.Contains(cell, ".") ||
		cell[0] == '{' && strings.HasSuffix(cell, "}") || cell[0] == '[' && strings.HasSuffix(cell, "]")
}
