package table

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// recordKind is the kind of the records of a JSON document.
type recordKind uint8

const (
	objectRecords recordKind = iota
	arrayRecords             // arrays of cells in an array, as in spreadsheets
	stringRecords            // texts in an array that is named for reviews
	columnRecords            // objects that are each a column, with the rows by their keys
	drawnRecords             // rows of a table drawn with lines
	listRecords              // arrays of values, each of which may be a column
)

// shape describes how the records of a document are built from its values.
type shape struct {
	kind   recordKind
	within []string // members from an object at the path to the array of reviews in it
	names  []string // of cells; nil if the records are objects
	cells  bool     // objects have their cells in f, each in v, as BigQuery writes rows
	header bool     // the first array has the names
}

// anyKey is the path element for keys that are identifiers: {"r1": {...}, "r2": {...}}.
const anyKey = "*"

// keyMember is the member that holds the key of such a record.
const keyMember = "_key"

// isKey reports whether the name of an object is an identifier rather than a name.
func isKey(name string) bool { return strings.ContainsAny(name, "0123456789") }

// rawSample limits the size of the records that are kept as written.
const rawSample = 8 << 10

// namesReviews reports whether a member is named for reviews: reviews, customerReviews, opiniones.
func namesReviews(name string) bool {
	var parts []sense
	for _, word := range nameWords(name) {
		parts = senses(parts, word)
	}
	all := sense(0)
	for _, s := range parts {
		all |= s
	}
	return all&review != 0 && all&(ident|counted|foreign|reply|answer|stars|date|author) == 0
}

// namesThing reports whether a member is named for what is reviewed: products, hotels.
func namesThing(name string) bool {
	return slices.ContainsFunc(nameWords(name), func(word string) bool {
		return slices.ContainsFunc(senses(nil, word), func(s sense) bool {
			return s&(product|place) != 0
		})
	})
}

// namesTexts reports whether texts in an array of that name are reviews.
func namesTexts(name string) bool {
	return strings.ToLower(name) == "texts" || namesReviews(name)
}

// namesTexts is the function of that name, which it calls once for successive elements of an array.
func (p *jsonParser) namesTexts(name string) bool {
	if name != p.lastName.name {
		p.lastName.name, p.lastName.texts = name, namesTexts(name)
	}
	return p.lastName.texts
}

// holdsTexts reports whether t has several texts of that many words each, in an array of any name.
func (t *jsonTable) holdsTexts(words float64) bool {
	return t.count > 1 && t.text() >= 0 && profileColumn(t.rows, 0, "").perCell() >= words
}

// listedTexts returns the arrays of texts in a document that is one array or one object: ["...",
// "..."], {"answers": ["...", "..."]}. The first is the longest of those with several words a text.
func (p *jsonParser) listedTexts() (lists []*jsonTable) {
	for _, t := range p.order {
		if t.kind == objectRecords && len(t.path) == 0 && t.count > 1 {
			return nil
		}
		if t.kind == stringRecords && len(t.path) <= 1 && t.holdsTexts(2) {
			lists = append(lists, t)
		}
	}
	rank := func(t *jsonTable) int {
		if !t.holdsTexts(3) {
			return t.count
		}
		return t.count + 1<<32
	}
	slices.SortStableFunc(lists, func(a, b *jsonTable) int { return rank(b) - rank(a) })
	return lists
}

// what returns the noun for the records.
func (r Records) what() string {
	switch {
	case r.kind == arrayRecords || r.kind == columnRecords || r.kind == drawnRecords:
		return "rows"
	case r.kind == stringRecords:
		return "texts"
	}
	return "objects"
}

// begins reports whether a value of that kind at path is a record.
func (r *Records) begins(path []string, kind recordKind) bool {
	switch {
	case len(r.within) > 0:
		return kind == objectRecords && slices.Equal(path, r.Path)
	case r.kind == columnRecords:
		return kind == objectRecords && len(path) == len(r.Path)+1 &&
			slices.Equal(path[:len(r.Path)], r.Path)
	}
	return kind == r.kind && slices.Equal(path, r.Path)
}

// isCells reports whether the objects of t are BigQuery rows.
func (t *jsonTable) isCells() bool {
	return t.kind == objectRecords && len(t.keys) == 1 && t.keys[0] == "f"
}

// listsTexts reports whether the elements of an array may be texts whatever its name: of the whole
// document, or of a member of it.
func (p *jsonParser) listsTexts() bool { return len(p.path) <= 1 && p.depth == len(p.path)+1 }

// element reads an array element that begins with c.
func (p *jsonParser) element(c byte) error {
	finds := p.found != nil && len(p.path) <= jsonDepth
	scalar := c != '[' && c != '{' && p.rows == 0
	writes := scalar && p.out != nil && !p.inside && p.target.begins(p.path, stringRecords)
	switch {
	case writes || scalar && finds && (p.namesTexts(lastStep(p.path)) || p.listsTexts()):
		if err := p.value(c); err != nil {
			return err
		}
		text := p.text
		if c != '"' && c != '\'' {
			text = literal(text)
		}
		switch {
		case text[0] != '"':
		case writes:
			p.record = append(p.record[:0], text...)
			return p.writeRecord("")
		default:
			p.note(stringRecords, text, true)
		}
		return nil
	case c != '[' || p.rows > 0:
		p.listed = c == '{'
		return p.value(c)
	}
	p.rows++
	defer func() { p.rows-- }()
	switch {
	case finds:
		outer, outside := p.record, !p.inside
		p.record, p.inside = nil, true
		if err := p.value(c); err != nil {
			return err
		}
		record := p.record
		p.note(arrayRecords, record, true)
		p.record, p.inside = outer, !outside
		p.put(record...)
		return nil
	case p.out != nil && !p.inside && p.target.begins(p.path, arrayRecords):
		p.record, p.inside = p.record[:0], true
		err := p.value(c)
		if p.inside = false; err != nil {
			return err
		}
		return p.writeRecord("")
	}
	return p.value(c)
}

// noteList stores an array of names: the columns of a data frame, the schema of a query.
func (p *jsonParser) noteList(key string, array []byte) error {
	switch key {
	case "columns", "fields", "header", "headers", "names":
	default:
		return nil
	}
	var names []string
	ok, longest := true, 0
	rawElements(array, func(value []byte) {
		switch value[0] {
		case '"':
			names = append(names, string(unquoteJSON(value)))
		case '{':
			name := ""
			rawMembers(value, func(key, value []byte) {
				if string(key) == "name" && value[0] == '"' {
					name = string(unquoteJSON(value))
				}
			})
			names = append(names, name)
		default:
			ok = false
		}
		ok = ok && len(names) <= MaxColumns
		if len(names) > 0 {
			longest = max(longest, len(names[len(names)-1]))
		}
	})
	switch {
	case !ok || len(names) == 0 || len(p.lists) == jsonPaths:
		return nil
	case longest > maxNameBytes:
		return p.fail(longName)
	}
	if p.lists == nil {
		p.lists = map[string][]string{}
	}
	if path := strings.Join(append(slices.Clone(p.path), key), "\x00"); p.lists[path] == nil {
		p.lists[path] = names
	}
	return nil
}

// tables returns the tables that were found, in the order of the document.
func (p *jsonParser) tables() (tables []*jsonTable) {
	columns := p.columnTable()
	for _, t := range p.order {
		switch {
		case t.kind == arrayRecords && !p.nameCells(t):
			continue
		case t.columns == t.count && t.columns > 0 && len(t.path) > 0:
			continue // each is a column, a list or a histogram
		case columns != nil && t.kind == stringRecords && slices.Contains(columns.paths,
			strings.Join(t.path, "\x00")):
			continue // one of the columns
		case t.kind == stringRecords && !namesTexts(lastStep(t.path)):
			continue // see listedTexts
		case t.isCells() && p.nameCells(t):
			t.cells = true
		}
		tables = append(tables, t)
	}
	if columns != nil {
		tables = append(tables, columns)
	}
	return tables
}

// nameCells finds the names of the cells of t, and its first rows. It returns false if they are not
// rows of cells.
func (p *jsonParser) nameCells(t *jsonTable) bool {
	var rows [][]string
	counts := map[int]int{}
	width := 0
	for _, raw := range t.raw {
		cells := cellsOf(raw, t.isCells())
		row := make([]string, len(cells))
		for i, cell := range cells {
			if cell[0] == '{' || cell[0] == '[' && t.kind == arrayRecords {
				return false
			}
			text := jsonText(cell)
			row[i] = string(text[:min(len(text), 2000)])
		}
		rows = append(rows, row)
		if counts[len(row)]++; counts[len(row)] > counts[width] {
			width = len(row)
		}
	}
	if width < 1 || width == 1 && len(rows) < 2 {
		return false
	}
	first := "" // path of names, in their order
	for path, names := range p.lists {
		if len(names) == width && (first == "" || path < first) {
			first = path
		}
	}
	if first != "" {
		t.names = p.lists[first]
	} else if t.kind == arrayRecords && len(rows) > 1 && IsHeading(rows[0]) &&
		headerScore(rows[0], rows[1:]) > 0 {
		t.names, t.header = rows[0], true
		rows = rows[1:]
		t.count--
	}
	for i := len(t.names); i < width; i++ {
		t.names = append(t.names, strconv.Itoa(i+1))
	}
	t.names = distinctNames(t.names)
	t.keys, t.rows = t.names, rows
	return true
}

// distinctNames adds a number to repeated names.
func distinctNames(names []string) []string {
	seen := map[string]bool{}
	out := make([]string, len(names))
	for i, name := range names {
		for n := 2; seen[name] || name == ""; n++ {
			name = strings.TrimSpace(names[i] + " " + strconv.Itoa(n))
		}
		seen[name], out[i] = true, name
	}
	return out
}

// cellsOf returns the cells of a row as written.
func cellsOf(row []byte, inF bool) (cells [][]byte) {
	if !inF {
		rawElements(row, func(value []byte) { cells = append(cells, value) })
		return cells
	}
	rawMembers(row, func(_, value []byte) {
		if value[0] != '[' {
			return
		}
		rawElements(value, func(cell []byte) {
			v := []byte("null")
			if cell[0] == '{' {
				rawMembers(cell, func(key, value []byte) {
					if string(key) == "v" {
						v = value
					}
				})
			}
			cells = append(cells, v)
		})
	})
	return cells
}

// columnTable returns the table of a document with one object a column, as pandas writes it by
// default: {"review": {"0": "...", "1": "..."}, "rating": {"0": 5, "1": 4}}; nil for none. Columns
// of another length beside them, such as tags, are not of the table: of several lengths, it is the
// first that has texts and, unless it is the first of all, stars or dates.
func (p *jsonParser) columnTable() (columns *jsonTable) {
	var firsts []*jsonTable // of each length, in the order of the document
	for _, t := range p.order {
		if t.columns > 0 && len(t.path) > 0 {
			firsts = append(firsts, t)
		}
	}
	slices.SortFunc(firsts, func(a, b *jsonTable) int { return a.firstColumn - b.firstColumn })
	tried := map[int]bool{}
	for _, first := range firsts {
		if !slices.Equal(first.path[:len(first.path)-1], firsts[0].path[:len(firsts[0].path)-1]) ||
			tried[first.inColumn] {
			continue
		}
		tried[first.inColumn] = true
		switch t := p.columnsLike(first); {
		case t == nil:
		case first == firsts[0]:
			columns = t
			if t.text() >= 0 {
				return t
			}
		default:
			c, _ := GuessColumns(t.keys, t.rows)
			if c.Text >= 0 && (c.Stars >= 0 || c.Date >= 0) {
				return t
			}
		}
	}
	return columns
}

// columnsLike returns the table of first and the columns beside it that are as long; nil if it is
// the only one.
func (p *jsonParser) columnsLike(first *jsonTable) *jsonTable {
	out := &jsonTable{path: first.path[:len(first.path)-1], count: first.inColumn,
		shape: shape{kind: columnRecords}}
	for _, t := range p.order {
		if slices.Equal(t.path, out.path) && t.kind == objectRecords && t.count > 1 {
			return nil // each object has some
		}
		if t.columns == 0 || len(t.path) == 0 || !slices.Equal(t.path[:len(t.path)-1], out.path) ||
			t.inColumn != first.inColumn {
			continue
		}
		out.paths = append(out.paths, strings.Join(t.path, "\x00"))
		for _, column := range t.rows {
			out.keys = append(out.keys, t.path[len(t.path)-1])
			for i, cell := range column {
				if i == len(out.rows) {
					out.rows = append(out.rows, nil)
				}
				for len(out.rows[i]) < len(out.keys)-1 {
					out.rows[i] = append(out.rows[i], "")
				}
				out.rows[i] = append(out.rows[i], cell)
			}
		}
	}
	if len(out.keys) < 2 {
		return nil
	}
	return out
}

// isColumn reports whether an object holds the values of a column, keyed by row number.
func isColumn(object []byte) bool {
	if len(object) < 3 || object[1] != '"' || !isDecimal(object[2]) {
		return false
	}
	members, ok := 0, true
	rawMembers(object, func(key, value []byte) {
		members++
		ok = ok && value[0] != '{' && len(bytes.Trim(key, "0123456789")) == 0
	})
	return ok && members > 1
}

// arrayColumn converts an array of values to a column that is an object: {"0": ..., "1": ...}; nil
// for other arrays.
func arrayColumn(array []byte) (column []byte) {
	if len(array) < 3 || array[1] == '{' || array[1] == '[' {
		return nil
	}
	n := 0
	rawElements(array, func(value []byte) {
		if value[0] == '{' || value[0] == '[' {
			n = -1 << 62
		}
		column = append(column, ',')
		column = strconv.AppendInt(append(column, '"'), int64(n), 10)
		column = append(append(column, `":`...), value...)
		n++
	})
	if n < 2 {
		return nil
	}
	column[0] = '{'
	return append(column, '}')
}

// noteColumn notes an array that may be a column: {"review": ["...", "..."], "rating": [5, 4]}.
func (p *jsonParser) noteColumn(array []byte) {
	if len(p.path) > jsonDepth {
		return
	}
	if column := arrayColumn(array); column != nil {
		p.note(listRecords, column, false)
	}
}

// beginsColumn starts keeping the next array, if it is a column of the target.
func (p *jsonParser) beginsColumn() bool {
	if p.out == nil || p.inside || !p.target.begins(p.path, objectRecords) ||
		p.target.kind != columnRecords {
		return false
	}
	p.record, p.inside = p.record[:0], true
	return true
}

// endColumn adds the array that was kept to the columns.
func (p *jsonParser) endColumn(name string) error {
	p.inside = false
	if len(p.record) > MaxRecord {
		return p.held.add(name, p.record) // which returns the error that it is too large
	}
	column := arrayColumn(p.record)
	if column == nil {
		return nil
	}
	return p.held.add(name, column)
}

// columnKeys returns the row numbers of a column, without duplicates.
func columnKeys(object []byte) map[string]int {
	keys := map[string]int{}
	rawMembers(object, func(key, _ []byte) {
		if _, ok := keys[string(key)]; !ok {
			keys[string(key)] = len(keys)
		}
	})
	return keys
}

// holder returns the table of the objects, such as products, that each contain a list of the
// records of t; nil if there is none, or a single object.
func (p *jsonParser) holder(t *jsonTable) (outer *jsonTable) {
	if len(t.path) == 0 || t.kind == arrayRecords || t.kind == columnRecords {
		return nil
	}
	for _, o := range p.order {
		if o.kind == objectRecords && o.count > 1 && nestedIn(t.path, o.path) &&
			!slices.Contains(t.path[len(o.path):], anyKey) &&
			o.listsReviews(t) && (outer == nil || len(o.path) > len(outer.path)) {
			outer = o
		}
	}
	return outer
}

// writeRecord writes the record that was read, whose key is own.
func (p *jsonParser) writeRecord(own string) error {
	r := p.target
	if len(p.record) > MaxRecord && r.kind != columnRecords {
		p.record = append(p.record[:0], "null"...) // the error is reported for its row
		_, err := p.out.Write(append(p.record, '\n'))
		return err
	}
	switch {
	case r.kind == columnRecords:
		if !isColumn(p.record) {
			return nil
		}
		return p.held.add(own, p.record)
	case r.kind == arrayRecords && r.header && !p.passed:
		p.passed = true
		return nil
	case r.names != nil:
		p.text = appendRow(p.text[:0], r.names, cellsOf(p.record, r.cells))
	case len(r.within) > 0:
		return p.writeWithin(own)
	case r.kind == stringRecords:
		p.text = append(append(p.text[:0], stringRecord(r.last(), p.record)...), '\n')
	case len(r.Path) > 0 && r.Path[len(r.Path)-1] == anyKey && isKey(own):
		p.text = appendMembers(p.text[:0], p.record, func(member func(name string, value []byte)) {
			member(keyMember, appendQuotedJSON(nil, own))
		})
	default:
		p.text = append(append(p.text[:0], p.record...), '\n')
	}
	_, err := p.out.Write(p.text)
	return err
}

// stringRecord returns an object around a text, a string as written, of an array with that name.
func stringRecord(name string, text []byte) []byte {
	if namesReviews(name) {
		name = "review"
	}
	return append(append(append(appendQuotedJSON([]byte("{"), name), ':'), text...), '}')
}

// last returns the last step of the path to the records.
func (r *Records) last() string {
	if len(r.within) > 0 {
		return lastStep(r.within)
	}
	return lastStep(r.Path)
}

// lastStep returns the last step of a path, "text" for that of the whole document.
func lastStep(path []string) string {
	if len(path) == 0 {
		return "text"
	}
	return path[len(path)-1]
}

// appendRow appends the cells of a row as an object.
func appendRow(dst []byte, names []string, cells [][]byte) []byte {
	dst = append(dst, '{')
	for i, cell := range cells {
		name := strconv.Itoa(i + 1)
		if i < len(names) {
			name = names[i]
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(appendQuotedJSON(dst, name), ':'), cell...)
	}
	return append(dst, '}', '\n')
}

// appendMembers appends a line with an object, and adds the members of more that it lacks.
func appendMembers(dst, object []byte, more func(member func(name string, value []byte))) []byte {
	has := map[string]bool{}
	rawMembers(object, func(key, _ []byte) { has[string(key)] = true })
	dst = append(dst, object[:len(object)-1]...)
	more(func(name string, value []byte) {
		if has[name] {
			return
		}
		if len(has) > 0 {
			dst = append(dst, ',')
		}
		has[name] = true
		dst = append(append(appendQuotedJSON(dst, name), ':'), value...)
	})
	return append(dst, '}', '\n')
}

// A review gets from its enclosing object names and numbers, but no descriptions: values of at most
// maxFactBytes, with their names at most maxFactsBytes in all.
const (
	maxFactBytes  = 200
	maxFactsBytes = 8 << 10
)

// fact is a member of the object around a list of reviews.
type fact struct {
	name  string
	value []byte
}

// facts returns the names and numbers of an object, whose key is own, as members of a review in it:
// product.name, or hotels.name if the path says so. posts.title would be taken for the title of the
// review.
func (r *Records) facts(own string, object []byte) (facts []fact) {
	outer := "product"
	for _, name := range slices.Backward(r.Path) {
		if name == anyKey {
			break
		}
		if !isContainer(name) {
			if namesThing(name) {
				outer = name
			}
			break
		}
	}
	left := maxFactsBytes
	add := func(name string, value []byte) {
		if left -= len(name) + len(value); left >= 0 {
			facts = append(facts, fact{name, value})
		}
	}
	if len(r.Path) > 0 && r.Path[len(r.Path)-1] == anyKey {
		add(outer+"."+keyMember, appendQuotedJSON(nil, own))
	}
	rawMembers(object, func(key, value []byte) {
		if value[0] != '{' && value[0] != '[' && len(value) <= maxFactBytes {
			add(outer+"."+string(key), value)
		}
	})
	return facts
}

// writeWithin writes a line for each review in the list of the object that was read, whose key is
// own, with the facts of the object as additional members.
func (p *jsonParser) writeWithin(own string) (err error) {
	r := p.target
	facts := r.facts(own, p.record)
	write := func(review []byte) {
		if err != nil {
			return
		}
		p.text = appendMembers(p.text[:0], review, func(member func(name string, value []byte)) {
			for _, f := range facts {
				member(f.name, f.value)
			}
		})
		_, err = p.out.Write(p.text)
	}
	var list func(value []byte, path []string, arrays int)
	list = func(value []byte, path []string, arrays int) {
		switch {
		case value[0] == '[':
			if len(path) == 0 && r.kind == objectRecords {
				if both := withReply(value); both != nil {
					write(both)
					r.Count--
					return
				}
			}
			rawElements(value, func(element []byte) { list(element, path, arrays+1) })
		case len(path) > 0 && value[0] == '{':
			rawMembers(value, func(key, value []byte) {
				if string(key) == path[0] {
					list(value, path[1:], 0)
				}
			})
		case len(path) > 0:
		case value[0] == '{' && r.kind == objectRecords:
			write(value)
		case value[0] == '"' && r.kind == stringRecords && arrays == 1:
			write(stringRecord(r.last(), value))
		}
	}
	list(p.record, r.within, 0)
	return err
}

// withReply returns the review and the reply to it that an array consists of, each an object with
// one member, as one object: [{"userComment": {...}}, {"developerComment": {...}}]. It returns nil
// for other arrays.
func withReply(array []byte) []byte {
	var elements [2][]byte
	n := 0
	rawElements(array, func(element []byte) {
		if n < len(elements) {
			elements[n] = element
		}
		n++
	})
	if n != len(elements) || repliesIn(elements[0])+repliesIn(elements[1]) != 1 {
		return nil
	}
	first, second := elements[0], elements[1]
	return append(append(bytes.Clone(first[:len(first)-1]), ','), second[1:]...)
}

// repliesIn returns 1 if the only member of an object, without spaces, is an object named for a
// reply, 0 if it is an object with another name, and a large number for other values.
func repliesIn(element []byte) int {
	const other = 9
	if !bytes.HasPrefix(element, []byte(`{"`)) {
		return other
	}
	end := skipJSON(element, 1)
	words := nameWords(string(element[2 : end-1]))
	if len(words) == 0 || element[end+1] != '{' || skipJSON(element, end+1) != len(element)-1 {
		return other
	}
	if name := parseName("", words); name.replied() {
		return 1
	}
	return 0
}

// heldColumns holds the columns of a document with one object a column in memory until their rows
// are written.
type heldColumns struct {
	names   []string
	columns [][]byte
	rows    int // of each column of the table; others are different lists
	bytes   int
}

// maxHeldBytes limits the size of heldColumns.
const maxHeldBytes = 128 << 20

func (h *heldColumns) add(name string, column []byte) error {
	if h.bytes += len(column); h.bytes > maxHeldBytes || len(column) > MaxRecord {
		return &Error{Detail: "This JSON document is written by columns, and is too large: " +
			"write it by rows, in pandas with to_json(orient=\"records\", lines=True)."}
	}
	if len(columnKeys(column)) == h.rows {
		h.names, h.columns = append(h.names, name), append(h.columns, bytes.Clone(column))
	}
	return nil
}

// writeColumns writes the rows of the columns that were read, as many as the first one has.
func (p *jsonParser) writeColumns() error {
	h := &p.held
	if len(h.names) == 0 {
		return nil
	}
	names := distinctNames(h.names)
	rows := columnKeys(h.columns[0])
	cells := make([][][]byte, len(names)) // by column and row
	for c, column := range h.columns {
		cells[c] = make([][]byte, len(rows))
		rawMembers(column, func(key, value []byte) {
			if i, ok := rows[string(key)]; ok {
				cells[c][i] = value
			}
		})
	}
	row := make([][]byte, len(names))
	for i := range len(rows) {
		for c := range names {
			if row[c] = cells[c][i]; row[c] == nil {
				row[c] = []byte("null")
			}
		}
		p.text = appendRow(p.text[:0], names, row)
		if _, err := p.out.Write(p.text); err != nil {
			return err
		}
	}
	return nil
}

// appendQuotedJSON appends any text as a JSON string.
func appendQuotedJSON(dst []byte, text string) []byte {
	dst = append(dst, '"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, escapeControl(c)...)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
