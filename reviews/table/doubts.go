package table

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"reviewlens/reviews"
	"reviewlens/reviews/text"
)

// doubtLists returns a doubt if the text column holds lists, or if another column is named like the
// reviews, as the text column is not, and holds lists, as where each row is a product with its
// reviews in one cell; option resolves the latter. It returns "" for no doubt.
func (r *Reading) doubtLists() (option, detail string) {
	if t := r.Columns.Text; t >= 0 && r.holdsLists(t, `"'{`) {
		return "", r.Name(t) + " holds lists, each of which is read as one text; write each " +
			"review in a row of its own"
	}
	names := weighNames(r.Header, r.Head)
	if t := r.Columns.Text; t >= 0 && t < len(names) && names[t].text >= 3 {
		return "", "" // the reviews are read
	}
	for i, n := range names {
		if n.text < 3 || r.Columns.IsText(i) || r.options.Text != "" || r.options.Columns != nil {
			continue
		}
		if r.holdsLists(i, "") {
			return "text", fmt.Sprintf("%s is named like reviews, but holds lists, which were "+
				"not read", r.Name(i))
		}
	}
	return "", ""
}

// holdsLists reports whether most cells of a column are lists, as written by JSON and Python. Their
// first element may begin with a byte of begins; "" for any byte.
func (r *Reading) holdsLists(column int, begins string) bool {
	lists, filled := 0, 0
	for _, row := range r.Head {
		if column >= len(row) || strings.TrimSpace(row[column]) == "" {
			continue
		}
		filled++
		cell := strings.TrimSpace(row[column])
		if cell[0] == '[' && isLink(cell) && len(cell) > 2 &&
			(begins == "" || strings.IndexByte(begins, cell[1]) >= 0) {
			lists++
		}
	}
	return lists*2 > filled
}

// doubtPage returns a doubt if lines that are each read as a review look like those of a copied
// page: among texts are dates, ratings and numbers, and repeated words. It returns "" for no doubt.
func (r *Reading) doubtPage() string {
	d := r.Dialect
	if len(r.Names) != 1 || d.Delimiter != 0 || d.Keys != nil || r.Columns.Text < 0 {
		return ""
	}
	const few, often = 10, 3
	times := map[string]int{}
	for _, row := range r.Head {
		times[strings.TrimSpace(strings.Join(row, ""))]++
	}
	values, others := 0, 0 // others: repeated cells
	for line, n := range times {
		switch {
		case strings.ContainsAny(line, "0123456789★☆") &&
			(isValue(line) || !strings.ContainsFunc(line, unicode.IsLetter)):
			values += n
		case n >= often:
			others += n
		}
	}
	lines := len(r.Head)
	if lines < few || values*20 < lines || (values+others)*5 < lines {
		return ""
	}
	return fmt.Sprintf("%s of the first %s lines are dates, ratings, numbers or the same words "+
		"again: this looks like a copied page, of which each line is read as a review; keep only "+
		"the texts, each in one line",
		group(values+others), group(lines))
}

// doubtLines returns a doubt if lines that are each read as a review are rows in columns of spaces
// or of an unknown delimiter, or texts that are broken over several lines. It returns "" for no
// doubt.
func (r *Reading) doubtLines() string {
	const few, fewDivided = 10, 3
	d := r.Dialect
	if len(r.Names) != 1 || d.Delimiter != 0 || d.Keys != nil || r.Columns.Text < 0 {
		return ""
	}
	lines := slices.Clone(r.Header)
	for _, row := range r.Head {
		lines = append(lines, strings.Join(row, ""))
	}
	for _, delimiter := range []string{",", ";", "\t", "|"} {
		if len(r.Header) == 1 && nameColumns(strings.Split(r.Header[0], delimiter)) {
			return fmt.Sprintf("the first line looks like names of columns that are divided by "+
				"%q, but the lines below it are not, so that each is read as one text; write the "+
				"same delimiter in all lines", delimiter)
		}
	}
	switch {
	case len(r.Head) < few:
	case inColumns(lines):
		return "this looks like a table in columns of spaces, of which each line is read as one " +
			"text; export it as CSV"
	case areBroken(lines), r.blocks.areTexts() && r.doubtPage() == "":
		return "this looks like texts that are broken over several lines, of which each line is " +
			"read as a review; write each text in one line"
	}
	if len(lines) < fewDivided {
		return ""
	}
	if mark := dividedBy(lines); mark != "" {
		return fmt.Sprintf("this looks like columns that are divided by %q, which is no known "+
			"delimiter, so that each line is read as one text; export it as CSV, or replace it by "+
			"tabs", mark)
	}
	return ""
}

// dividedBy returns what divides nearly all lines into as many parts as the first, whose parts name
// columns, or one of which is a value in nearly all lines; "" for nothing.
func dividedBy(lines []string) string {
	isMark := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) &&
			!strings.ContainsRune("_.?!'\"", r)
	}
	const most = 8 // marks: each takes time in proportion to all lines
	first := strings.TrimSpace(lines[0])
	var tried []string
	for rest := first; len(tried) < most; {
		from := strings.IndexFunc(rest, isMark)
		if from < 0 {
			return ""
		}
		length := strings.IndexFunc(rest[from:], func(r rune) bool { return !isMark(r) })
		if length < 0 {
			return ""
		}
		mark := rest[from : from+length]
		rest = rest[from+length:]
		if strings.TrimSpace(mark) == "" || slices.Contains(tried, mark) {
			continue
		}
		tried = append(tried, mark)
		parts := strings.Split(first, mark)
		equal, least := 0, 0
		for _, line := range lines {
			n := strings.Count(line, mark)
			if n >= len(parts)-1 {
				least++
			}
			if n == len(parts)-1 {
				equal++
			}
		}
		if least*20 >= len(lines)*19 && equal*10 >= len(lines)*7 &&
			(nameColumns(parts) || hasValues(lines, mark, len(parts))) {
			return mark
		}
	}
	return ""
}

// nameColumns reports whether two of parts, at least, are names of columns.
func nameColumns(parts []string) bool {
	known := 0
	for _, part := range parts {
		words := nameWords(part)
		if len(words) == 0 || len(words) > 3 {
			continue
		}
		if n := parseName(part, words); n.all&^unknown != 0 {
			known++
		}
	}
	return known >= 2
}

// hasValues reports whether mark divides nearly all lines into parts of which the same one, among
// the first n, is a number, a date or a rating. A single "-", "/" or ":" is part of a value, and
// two parts need blanks around the mark, unlike "1) Great".
func hasValues(lines []string, mark string, n int) bool {
	const longest, mostParts = 64, 100
	if len(mark) == 1 && strings.Contains("-/:", mark) || n == 2 && mark[0] != ' ' {
		return false
	}
	values := make([]int, min(n, mostParts))
	for _, line := range lines {
		for i := range values {
			part, rest, _ := strings.Cut(line, mark)
			if part = strings.TrimSpace(part); len(part) <= longest && isValue(part) {
				values[i]++
			}
			line = rest
		}
	}
	return slices.Max(values)*20 >= len(lines)*19
}

// doubtWidths returns the doubt that rows differ in their number of fields; "" for no doubt.
func (r *Reading) doubtWidths() string {
	if r.Dialect.Keys != nil || r.Confidence.Table >= sureEnough {
		return ""
	}
	width := r.width()
	row := slices.IndexFunc(r.Head, func(row []string) bool { return len(row) != width })
	if row < 0 {
		return ""
	}
	return fmt.Sprintf("rows differ in their number of columns: row %s has %s, and not %s; the "+
		"delimiter or a quote may have been misread: if so, write the texts in quotes, or name "+
		"the delimiter in a first line such as sep=;", group(row+1), group(len(r.Head[row])),
		group(width))
}

// doubtTables returns the doubt that another table holds reviews, too; "" for no doubt.
func (r *Reading) doubtTables() string {
	if len(r.other.names) == 0 || r.options.LinesAbove != nil {
		return ""
	}
	n := r.other.above
	lines := group(n) + " lines"
	if n == 1 {
		lines = "1 line"
	}
	return fmt.Sprintf("the table that begins in line %s (%s) holds reviews, too, and is not "+
		"read; save it as a file of its own, or read it with %s above the table", group(n+1),
		list(r.other.names), lines)
}

// doubtAlone returns the doubt that a text is a review although it is alone in its row, where
// nearly all rows have other cells: it may be a heading among the rows, or what follows them.
func (r *Reading) doubtAlone() string {
	if !r.alone.unusual() {
		return ""
	}
	if r.alone.areMany() {
		return fmt.Sprintf("many rows have a text and nothing else, such as %q, where nearly all "+
			"others have more cells; each is read as a review: if they continue the text above, "+
			"write each text in one row", r.alone.first)
	}
	more := ""
	if r.alone.count > 1 {
		others := "others"
		if r.alone.count == 2 {
			others = "other"
		}
		more = fmt.Sprintf(", like %s %s,", group(r.alone.count-1), others)
	}
	return fmt.Sprintf("that %q is a review is a guess: it%s is alone in its row, where nearly "+
		"all rows have more cells; if it is none, delete the row", r.alone.first, more)
}

// loneTexts finds rows of which only the text is filled, where nearly all others have two cells
// more.
type loneTexts struct {
	text   int    // the column
	filled []int  // rows with a cell, by column
	rows   int    // with a cell beside the text
	first  string // of the lone rows
	count  int    // of them
}

// add counts a row.
func (l *loneTexts) add(fields [][]byte) {
	if l.text < 0 || l.text >= len(fields) {
		return
	}
	alone := true
	for i, f := range fields {
		if i == len(l.filled) {
			l.filled = append(l.filled, 0)
		}
		if i != l.text && len(bytes.TrimSpace(f)) > 0 {
			l.filled[i]++
			alone = false
		}
	}
	switch cell := bytes.TrimSpace(fields[l.text]); {
	case !alone:
		l.rows++
	case len(cell) > 0:
		if l.count++; l.count == 1 {
			l.first = reviews.Clip(cell, 60)
		}
	}
}

// unusual reports whether there are lone rows, and nearly all others have two cells more.
func (l *loneTexts) unusual() bool {
	usual := 0
	for _, n := range l.filled {
		if n*100 >= l.rows*98 {
			usual++
		}
	}
	return l.count > 0 && l.rows > 0 && usual >= 2
}

// areMany reports whether the lone rows are too many to be titles or remarks: their texts may
// continue those of other rows.
func (l *loneTexts) areMany() bool { return l.count*4 > l.rows }

// inColumns reports whether nearly all lines have two blanks or more before, or behind, the same
// places, two at least.
func inColumns(lines []string) bool {
	begin, end := map[int]int{}, map[int]int{}
	for _, line := range lines {
		blanks, at := 0, 0
		for _, c := range line {
			switch {
			case c == ' ':
				blanks++
				if blanks == 2 && at > 1 {
					end[at-1]++
				}
			case blanks >= 2 && at > blanks:
				begin[at]++
				fallthrough
			default:
				blanks = 0
			}
			at++
		}
	}
	columns := func(places map[int]int) (n int) {
		for _, times := range places {
			if times*10 >= len(lines)*9 {
				n++
			}
		}
		return n
	}
	return columns(begin) > 1 || columns(end) > 1
}

// areBroken reports whether many lines end in the middle of a sentence, as long as a line can be,
// and go on in the next.
func areBroken(lines []string) bool {
	longest, open, long, small := 0, 0, 0, 0
	for _, line := range lines {
		longest = max(longest, utf8.RuneCountInString(line))
	}
	for i, line := range lines[:len(lines)-1] {
		line = strings.TrimSpace(line)
		if line == "" || strings.ContainsAny(line[len(line)-1:], `.!?)"'-=*_`) {
			continue
		}
		open++
		if utf8.RuneCountInString(line)*10 >= longest*7 {
			long++
		}
		if first, _ := utf8.DecodeRuneInString(lines[i+1]); unicode.IsLower(first) {
			small++
		}
	}
	return longest <= 120 && open*10 >= len(lines)*3 && long*10 >= open*8 && small*2 >= open
}

// lineBlocks counts the blocks that empty lines divide the first records into.
type lineBlocks struct {
	blocks, lines int
	several       int // blocks of several lines
	last, inLast  int // number of the last line; lines of the last block
}

// add adds a record that begins in a line.
func (b *lineBlocks) add(line int) {
	if b.lines++; b.lines == 1 || line > b.last+1 {
		b.blocks++
		b.inLast = 0
	}
	if b.inLast++; b.inLast == 2 {
		b.several++
	}
	b.last = line
}

// areTexts reports whether the blocks may be texts: many have several lines, but not too many.
func (b *lineBlocks) areTexts() bool {
	const few, long = 4, 8 // blocks, lines
	return b.blocks >= few && b.several*2 >= b.blocks && b.lines <= b.blocks*long
}

// reportedError returns the text of a file that is one JSON object in which an API reports an error
// instead of reviews: a member is named for errors, is a status of HTTP, or an empty list of
// reviews. It returns "" for any other file.
func (r *Reading) reportedError() string {
	c := r.Columns
	if r.Dialect.Keys == nil || len(r.Head) != 1 || c.Text < 0 || c.Stars >= 0 ||
		r.options.Text != "" || r.options.Columns != nil {
		return ""
	}
	for i, cell := range r.Head[0] {
		words := nameWords(r.name(i))
		status, err := strconv.Atoi(cell)
		failed := err == nil && status >= 400 && status < 600 &&
			(slices.Contains(words, "status") || slices.Contains(words, "code"))
		failed = failed || slices.Contains(words, "error") || slices.Contains(words, "errors") ||
			cell == "[]" && namesReviews(r.name(i))
		if failed {
			return reviews.Clip([]byte(r.Head[0][c.Text]), 120)
		}
	}
	return ""
}

// doubtRatings returns a doubt if a column that is named as averages, counts or texts, or holds the
// words positive and negative, may hold individual ratings and no other column is read as ratings;
// "" for no doubt.
func (r *Reading) doubtRatings() string {
	c := r.Columns
	if c.Stars >= 0 || r.options.Stars != "" || r.options.Columns != nil {
		return ""
	}
	for i, n := range weighNames(r.Header, r.Head) {
		name := strings.ToLower(r.Header[i])
		if n.all&(date|title|reply|author|ident) != 0 || n.stars >= minScore || c.IsText(i) ||
			strings.Contains(name, "best") {
			continue
		}
		f := profileColumn(r.Head, i, r.Header[i])
		if f.filled*2 < len(r.Head) || f.rated < f.filled ||
			c.Product >= 0 && isOfEach(r.Head, c.Product, i) {
			continue
		}
		numbers := f.distinct >= 3 && !f.counting && f.numbers == f.filled &&
			(n.all&stars != 0 && f.whole*2 >= f.filled || // not an average of many
				namesOpinion(r.Header[i], n) && f.mayBeStars())
		words := f.scale.IsPolarity() && !namesSentiment(name)
		if numbers || words {
			return fmt.Sprintf("%s may hold ratings, and was not read", r.Name(i))
		}
	}
	return ""
}

// namesSentiment reports whether a name in lower case is that of a sentiment that a program found
// in a text, in English, German and Romance languages.
func namesSentiment(name string) bool {
	return slices.ContainsFunc([]string{"sentiment", "sentimi", "polarit", "polarid", "stimmung",
		"tonalit", "tonalid"}, func(word string) bool { return strings.Contains(name, word) })
}

// namesOpinion reports whether a name is one word, not in the plural, for what people write, which
// may also be a number: feedback. Comments are counted.
func namesOpinion(name string, n nameEvidence) bool {
	words := nameWords(name)
	return len(words) == 1 && n.all&(review|written) != 0 && !strings.HasSuffix(words[0], "s")
}

// lateColumn is a column whose name makes it that of a role, but whose cells are empty in all rows
// of the head, from which roles are guessed.
type lateColumn struct {
	column int // -1 for none
	filled int // cells of other rows that are not empty
}

// findLate finds the late columns of ratings and dates, where none is read.
func (r *Reading) findLate() {
	r.lateStars.column, r.lateDates.column = -1, -1
	if r.options.Columns != nil {
		return
	}
	for i, n := range weighNames(r.Header, r.Head) {
		if n.stars < sureName && n.date < sureName || profileColumn(r.Head, i, "").filled > 0 {
			continue
		}
		if r.Columns.Stars < 0 && r.options.Stars == "" && r.lateStars.column < 0 &&
			n.stars >= sureName {
			r.lateStars.column = i
		} else if r.Columns.Date < 0 && r.options.Date == "" && r.lateDates.column < 0 &&
			n.date >= sureName {
			r.lateDates.column = i
		}
	}
}

func (l *lateColumn) add(fields [][]byte) {
	cell := bytes.TrimSpace(Cell(fields, l.column))
	if len(cell) > 0 && !text.IsNull(cell) {
		l.filled++
	}
}

// doubtLate returns a doubt that a late column was not read as what; "" for no doubt.
func (r *Reading) doubtLate(l lateColumn, what string) string {
	if l.filled == 0 {
		return ""
	}
	return fmt.Sprintf("%s is named like %s, but was not read: it is empty in the first %s rows, "+
		"and not below", r.Name(l.column), what, group(len(r.Head)))
}

// doubtNotes returns a doubt if a column marks some rows as no reviews: notes of shop software,
// which WooCommerce stores among the comments, or the replies to reviews and messages, which have
// no ratings; "" for no doubt.
func (r *Reading) doubtNotes() string {
	const (
		kinds   = " type sender from direction speaker side "
		notes   = " order_note action_log webhook_delivery "
		replies = " reply replies response answer agent bot assistant outbound outgoing "
		others  = " customer client guest passenger traveler traveller device flight journey trip "
	)
	for i, name := range r.Header {
		words := nameWords(name)
		named := slices.ContainsFunc(words, func(word string) bool { return inList(word, kinds) })
		if r.Columns.IsText(i) || !named && !strings.Contains(strings.ToLower(name), "type") ||
			slices.Contains(words, "of") && weighWords(name, words).all&(review|written) == 0 ||
			slices.ContainsFunc(words, func(word string) bool { return inList(word, others) }) {
			continue // of something else: type of service
		}
		sender := slices.Contains(words, "sender") || slices.Contains(words, "speaker")
		marked, filled, what := 0, 0, ""
		for _, row := range r.Head {
			if i >= len(row) || row[i] == "" {
				continue
			}
			filled++
			cell := strings.ToLower(strings.TrimSpace(row[i]))
			switch {
			case inList(cell, notes):
				what = "notes on orders"
			case inList(cell, replies) && (sender || !r.isRated(row)):
				what = fmt.Sprintf("marked %q", cell)
			default:
				continue
			}
			marked++
		}
		if marked > 0 && marked < filled {
			return fmt.Sprintf("by %s, %s of the first %s rows are %s and no reviews; they are "+
				"read as such: delete those rows", r.Name(i), group(marked), group(len(r.Head)),
				what)
		}
	}
	return ""
}

// isRated reports whether a row has a rating: a reply has none, unlike a message of a rated
// conversation.
func (r *Reading) isRated(row []string) bool {
	c := r.Columns.Stars
	if c < 0 || c >= len(row) {
		return false
	}
	_, ok := r.Scale.Parse([]byte(row[c]))
	return ok
}

// doubtReplies returns a doubt if some rows are replies to others: by a column with the identifiers
// of the rows that they reply to, or by an author who is the shop; "" for no doubt.
func (r *Reading) doubtReplies() string {
	names := weighNames(r.Header, r.Head)
	for i, n := range names {
		var isReply func(row int, cell string) bool
		words := nameWords(r.Header[i])
		switch {
		case r.Columns.IsText(i):
			continue
		case namesParent(words):
			ids := r.identifiers(names, i)
			isReply = func(row int, cell string) bool {
				parent, known := ids[cell]
				return known && parent != row
			}
		case n.all&author != 0:
			isReply = func(_ int, cell string) bool {
				return slices.Contains(shopAuthors, strings.ToLower(cell))
			}
		default:
			continue
		}
		replies := 0
		for j, row := range r.Head {
			if i < len(row) && isReply(j, strings.TrimSpace(row[i])) && !r.isRated(row) {
				replies++
			}
		}
		if replies > 0 && replies < len(r.Head) {
			return fmt.Sprintf("by %s, %s of the first %s rows are replies and no reviews; they "+
				"are read as such: delete those rows", r.Name(i), group(replies),
				group(len(r.Head)))
		}
	}
	return ""
}

// shopAuthors are authors of replies to reviews, in lower case.
var shopAuthors = []string{"shop owner", "store owner", "owner", "seller", "merchant", "vendor",
	"customer service", "customer support", "customer care", "support", "support team", "staff",
	"admin", "administrator", "moderator"}

// namesParent reports whether a name is that of a column with what a row replies to: parent_id, in
// reply to.
func namesParent(words []string) bool {
	const others = " parent parentid reply replied replyto in to id of comment review post message "
	parent := false
	for _, word := range words {
		if !inList(word, others) {
			return false
		}
		parent = parent || word == "parent" || word == "parentid" || word == "replyto" ||
			word == "to"
	}
	return parent && !slices.Equal(words, []string{"to"})
}

// identifiers returns the row of each cell of the first column, other than one, that is named like
// an identifier and differs from row to row; nil if there is none.
func (r *Reading) identifiers(names []nameEvidence, other int) map[string]int {
	for i, n := range names {
		if i == other || n.all&ident == 0 {
			continue
		}
		rows := map[string]int{}
		for j, row := range r.Head {
			if i < len(row) && strings.TrimSpace(row[i]) != "" {
				rows[strings.TrimSpace(row[i])] = j
			}
		}
		if len(rows) == len(r.Head) {
			return rows
		}
	}
	return nil
}

// doubtQuestions returns a doubt if each row has the answer to one of a few questions, which a
// column names, so that a person has several rows; "" for no doubt.
func (r *Reading) doubtQuestions() string {
	const few = 20
	for i, name := range r.Header {
		words := nameWords(name)
		if r.Columns.IsText(i) || len(words) == 0 {
			continue
		}
		f := profileColumn(r.Head, i, name)
		named := inList(words[len(words)-1], " question questions frage fragen pregunta domanda "+
			"vraag pergunta prompt ")
		if (named || f.asks()) && f.distinct > 1 && f.distinct <= few &&
			f.distinct*2 <= f.filled && f.filled == len(r.Head) {
			return fmt.Sprintf("by %s, the rows answer %s questions; each answer is read as a "+
				"review: keep the rows of one question", r.Name(i), group(f.distinct))
		}
	}
	return ""
}

// doubtProducts returns a doubt if few rows have a product, the first row among them, as where a
// sheet has one cell for the rows below it; of up to half of the rows, each has another product
// than the one before. It returns "" for no doubt.
func (r *Reading) doubtProducts() string {
	const few = 10
	c := r.Columns.Product
	if c < 0 || len(r.Head) < few || r.options.Product != "" || r.options.Columns != nil {
		return ""
	}
	f := profileColumn(r.Head, c, "")
	first := c < len(r.Head[0]) && strings.TrimSpace(r.Head[0][c]) != ""
	before, repeated := "", false
	for _, row := range r.Head {
		if c < len(row) && strings.TrimSpace(row[c]) != "" {
			repeated = repeated || row[c] == before
			before = row[c]
		}
	}
	if !first || f.filled < 2 || f.filled*2 > len(r.Head) || repeated && f.filled*4 > len(r.Head) {
		return ""
	}
	return fmt.Sprintf("%s is empty on %s of the first %s rows, which are of no product; where "+
		"cells are merged, only the first row has the name", r.Name(c),
		group(len(r.Head)-f.filled), group(len(r.Head)))
}
