package reviews

import (
	"slices"
	"strings"
	"unicode"
)

// Columns are the roles of a file's columns, by index; -1 where there is none.
type Columns struct{ Text, Title, Stars, Date, Product, ID int }

// The names that exports give their columns, letters and digits only, best first.
var (
	textNames = []string{"reviewtext", "reviewbody", "verifiedreviews", "reviewcontent", "reviewdescription", "review", "reviews",
		"reviewcomment", "text", "body", "content", "comment", "comments", "feedback", "verbatim", "message", "opinion", "description",
		"response", "answer", "sentence", "tweet"}
	titleNames   = []string{"reviewtitle", "reviewheadline", "reviewsummary", "summary", "headline", "title", "subject"}
	starNames    = []string{"starrating", "reviewrating", "overallrating", "overall", "rating", "ratings", "stars", "star", "reviewscore", "score"}
	dateNames    = []string{"reviewdate", "reviewtime", "date", "createdat", "submissiontime", "submissiondate", "timestamp", "time", "datetime", "unixreviewtime"}
	idNames      = []string{"reviewid", "responseid", "ticketid", "feedbackid", "commentid", "ordernumber", "orderid", "id", "uuid", "key"}
	productNames = []string{"producttitle", "productname", "product", "asin", "parentasin", "productid", "variation", "variant", "item", "sku", "model", "category"}
)

// longestName bounds the names of columns that are compared with those above, in bytes.
const longestName = 200

// GuessColumns guesses roles from the header (nil if there is none) and some rows. Names count first, but
// only where the cells do not contradict them; then what the cells look like. Text is -1 where no column
// holds words.
func GuessColumns(header []string, rows [][]string) Columns {
	width := len(header)
	for _, row := range rows {
		width = max(width, len(row))
	}
	facts := make([]column, width)
	for i := range facts {
		facts[i] = look(rows, i)
	}
	called := map[string][]int{} // columns by their plain name
	for i, h := range header {
		if len(h) <= longestName {
			name := plain(h)
			called[name] = append(called[name], i)
		}
	}
	taken := map[int]bool{}
	named := func(names []string, fits func(column) bool) int {
		for _, name := range names {
			for _, i := range called[name] {
				if !taken[i] && (facts[i].filled == 0 || fits(facts[i])) {
					taken[i] = true
					return i
				}
			}
		}
		return -1
	}
	shaped := func(fits func(column) bool, better func(a, b column) bool) int {
		best := -1
		for i, f := range facts {
			if !taken[i] && f.filled > 0 && fits(f) && (best < 0 || better(f, facts[best])) {
				best = i
			}
		}
		if best >= 0 {
			taken[best] = true
		}
		return best
	}
	isText := func(f column) bool { return f.numbers*2 < f.filled && f.dates*2 < f.filled }
	isStars := func(f column) bool { return f.stars*10 >= f.filled*9 }

	c := Columns{Text: -1, Title: -1, Stars: -1, Date: -1, Product: -1, ID: -1}
	c.Text = named(textNames, isText)
	c.Title = named(titleNames, isText)
	if c.Text < 0 {
		c.Text = shaped(func(f column) bool { return isText(f) && f.words >= 3*f.filled }, func(a, b column) bool { return a.words > b.words })
	}
	if c.Text < 0 { // a file of titles, or of very short reviews
		c.Text, c.Title = c.Title, -1
	}
	if c.Text < 0 && header == nil && width == 1 && facts[0].filled > 0 && isText(facts[0]) {
		c.Text, taken[0] = 0, true
	}
	c.Stars = named(starNames, isStars)
	c.Date = named(dateNames, func(f column) bool { return f.dates*2 >= f.filled || f.numbers*2 >= f.filled })
	c.Product = named(productNames, func(column) bool { return true })
	c.ID = named(idNames, func(f column) bool { return f.words <= f.filled })
	if c.Stars < 0 {
		c.Stars = shaped(func(f column) bool { return f.filled >= 3 && f.stars == f.filled && f.whole == f.filled && !f.counting }, func(a, b column) bool { return false })
	}
	if c.Date < 0 {
		c.Date = shaped(func(f column) bool { return f.dates*10 >= f.filled*9 }, func(a, b column) bool { return false })
	}
	return c
}

// Confidence says how far guesses can be trusted, each from 0 to 1.
type Confidence struct {
	// Table is the share of rows that have as many fields as most have: low where the delimiter may be another one.
	Table float64
	// Text is how far the column of the text stands out: 1 where its name says so, else the share by which its cells have
	// more words than those of the next column of words; 0 without such a column.
	Text float64
}

// Sure gives the confidence in c, as guessed from the same header and rows.
func Sure(c Columns, header []string, rows [][]string) (sure Confidence) {
	widths := map[int]int{}
	most := 0
	for _, row := range rows {
		widths[len(row)]++
		most = max(most, widths[len(row)])
	}
	if len(rows) > 0 {
		sure.Table = float64(most) / float64(len(rows))
	}
	if c.Text < 0 {
		return sure
	}
	if c.Text < len(header) && slices.Contains(textNames, plain(header[c.Text])) {
		sure.Text = 1
		return sure
	}
	width := len(header)
	for _, row := range rows {
		width = max(width, len(row))
	}
	next := 0
	for i := range width {
		if f := look(rows, i); i != c.Text && i != c.Title && f.numbers*2 < f.filled && f.dates*2 < f.filled {
			next = max(next, f.words)
		}
	}
	if words := look(rows, c.Text).words; words > 0 {
		sure.Text = max(0, 1-float64(next)/float64(words))
	}
	return sure
}

// column is what the cells of a column look like.
type column struct {
	filled   int // cells that are not empty
	words    int // in all of them
	numbers  int
	stars    int // that ParseStars reads
	whole    int // of these, without a fraction
	dates    int
	counting bool // each number is above the one before: row numbers
}

func look(rows [][]string, i int) (f column) {
	f.counting = true
	last := -1.0
	for _, row := range rows {
		if i >= len(row) {
			continue
		}
		cell := strings.TrimSpace(row[i])
		if cell == "" {
			continue
		}
		f.filled++
		f.words += countWords(cell)
		if v, ok := number(cell); ok {
			f.numbers++
			f.counting = f.counting && v > last
			last = v
		}
		if v, ok := ParseStars([]byte(cell)); ok {
			f.stars++
			if v == float64(int(v)) {
				f.whole++
			}
		}
		if looksLikeDate(cell) {
			f.dates++
		}
	}
	f.counting = f.counting && f.numbers == f.filled && f.filled > 1
	return f
}

// countWords is len(strings.Fields(s)) without the memory of the words.
func countWords(s string) (n int) {
	within := false
	for _, r := range s {
		space := unicode.IsSpace(r)
		if !space && !within {
			n++
		}
		within = !space
	}
	return n
}

// looksLikeDate: short, and two or three groups of digits, or a month's name with digits.
func looksLikeDate(cell string) bool {
	if len(cell) < 6 || len(cell) > 40 {
		return false
	}
	groups := strings.FieldsFunc(cell, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	digits, month := 0, false
	for _, g := range groups {
		if g[0] >= '0' && g[0] <= '9' {
			digits++
			continue
		}
		month = month || len(g) >= 3 && slices.ContainsFunc(months, func(m string) bool { return strings.HasPrefix(strings.ToLower(g), m) })
	}
	return month && digits >= 1 && len(groups) <= 8 || digits >= 3 && strings.ContainsAny(cell, "-/.: ")
}

var months = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

// plain is a column's name as the lists above have it.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}
