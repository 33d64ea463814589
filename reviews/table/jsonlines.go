package table

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"reviewlens/reviews"
)

// JSON other than one object a line is rewritten before it is read: findRecords finds the array
// that holds the reviews, writeRecords writes its objects as JSON lines. Both accept what programs
// and people write as JSON: one array, an array within objects, objects over many lines, with
// commas after or without brackets around them, and what Python and JavaScript print (single
// quotes, None, NaN, names without quotes).

// Records locates the records of a JSON document.
type Records struct {
	Path    []string // of members, from the outermost, to the array or object; nil for the document itself
	Count   int
	Columns []string // of the first records, nested members as outer.inner
	Others  []string // paths of other arrays of objects, which are not read

	// Decoded is set if WriteDocument wrote them as UTF-8, whatever the encoding of the document.
	Decoded bool

	shape
}

// Name returns the path in dotted notation.
func (r Records) Name() string {
	return strings.Join(append(slices.Clone(r.Path), r.within...), ".")
}

const (
	jsonDepth   = 8    // levels of arrays of objects that are searched
	jsonSamples = 30   // records of each array that are examined
	jsonNesting = 1000 // levels of brackets; deeper documents are refused
	jsonPaths   = 200  // arrays that are examined

	// Names are repeated in each line that is written, and compared at each element of an array: a
	// long one would make a small document large and slow.
	maxNameBytes = 4000
	longName     = "a name of more than 4,000 bytes"
)

// findRecords reads a document to its end and locates its records: among all sequences of objects,
// the longest of those that have a column of review text. It fails with an *Error if the document
// is not JSON even by the rules above, with the line and byte, or if it contains no table.
func findRecords(ctx context.Context, r io.Reader) (Records, error) {
	p := newJSONParser(ctx, r)
	p.found, p.values = map[string]*jsonTable{}, map[string]int{}
	if err := p.document(); err != nil {
		return Records{}, err
	}
	for name, n := range p.values { // wrapper objects among records are records
		if t := p.found[name]; t != nil {
			t.count += n
		}
	}
	var best *jsonTable
	tables := p.tables()
	for _, t := range tables {
		if best == nil || t.better(best) {
			best = t
		}
	}
	lists := p.listedTexts()
	if len(lists) > 0 && lists[0].holdsTexts(3) && (best == nil || best.text() < 0) {
		best = lists[0]
	}
	if best == nil {
		return Records{}, &Error{Detail: "This is JSON, but there are no objects in it that could be reviews."}
	}
	out := Records{Path: best.path, Count: best.count, Columns: best.keys, shape: best.shape}
	if outer := p.holder(best); outer != nil {
		out.Path, out.within = outer.path, best.path[len(outer.path):]
	}
	for _, t := range tables {
		if t.kind != objectRecords && t.text() < 0 || slices.Equal(t.path, best.path) {
			continue
		}
		if t.besides(best) {
			out.Others = append(out.Others, strings.Join(t.path, "."))
		}
	}
	for _, t := range lists {
		if t != best && best.kind != columnRecords && !slices.Contains(tables, t) {
			out.Others = append(out.Others, strings.Join(t.path, "."))
		}
	}
	return out, nil
}

// besides reports whether t may hold reviews that are not read if best is chosen: it lies
// elsewhere, or one of the two is a list within the records of the other that might be reviews as
// well.
func (t *jsonTable) besides(best *jsonTable) bool {
	switch {
	case nestedIn(t.path, best.path):
		text := t.text()
		return t.listed && text >= 0 && weighNames(t.keys, t.rows)[text].text >= minScore
	case nestedIn(best.path, t.path):
		return t.count > 1 && t.rated() && t.text() >= 0 &&
			!namesList(best.path[len(t.path):], namesReviews)
	}
	return true
}

// nestedIn reports whether path lies within the records of outer.
func nestedIn(path, outer []string) bool {
	return len(path) > len(outer) && slices.Equal(path[:len(outer)], outer)
}

// writeRecords writes the records that findRecords found as strict JSON, one object a line.
func writeRecords(ctx context.Context, w io.Writer, r io.Reader, records *Records) error {
	p := newJSONParser(ctx, r)
	p.target, p.out = records, bufio.NewWriterSize(w, 64<<10)
	p.held.rows = records.Count
	if err := p.document(); err != nil {
		return err
	}
	if err := p.writeColumns(); err != nil {
		return err
	}
	return p.out.Flush()
}

// jsonTable is a sequence of objects at one path.
type jsonTable struct {
	path  []string
	count int
	keys  []string
	rows  [][]string
	raw   [][]byte // the first records as written, up to a large one
	shape

	listed bool // records are elements of arrays

	columns, firstColumn, inColumn int      // of records that are columns: number, rank, rows
	paths                          []string // of this table's columns
}

// text returns the index of its text column, -1 for none.
func (t *jsonTable) text() int {
	c, _ := GuessColumns(t.keys, t.rows)
	return c.Text
}

func (t *jsonTable) better(than *jsonTable) bool {
	a, b := t.text() >= 0, than.text() >= 0
	if a != b {
		return a
	}
	switch {
	case nestedIn(than.path, t.path) && t.holds(than):
		return false
	case nestedIn(t.path, than.path) && than.holds(t):
		return true
	}
	if a && len(t.path) != len(than.path) && (nestedIn(t.path, than.path) || nestedIn(than.path, t.path)) {
		return len(t.path) < len(than.path) // the outer of two that both have text
	}
	if named := namesList(t.path, namesReviews); a && named != namesList(than.path, namesReviews) {
		return named // other texts, such as questions, may be more
	}
	if rated := t.rated(); a && rated != than.rated() {
		return rated
	}
	return t.count > than.count
}

// holds reports whether the objects of t, such as products, contain several reviews each.
func (t *jsonTable) holds(inner *jsonTable) bool {
	if !inner.listed && inner.count <= t.count {
		return false // one object in each, not several
	}
	path := inner.path[len(t.path):]
	if t.count == 1 && inner.count > 1 && namesList(path, namesReviews) && inner.text() >= 0 {
		return true // a page of reviews, whatever it says about them
	}
	if text := t.text(); text >= 0 && weighNames(t.keys, t.rows)[text].all&review != 0 &&
		!leadsThrough(t.keys[text], path) && !isBeside(t.keys[text], path) {
		return false // a member of a review is about the review
	}
	c, _ := GuessColumns(inner.keys, nil)
	return t.count == 1 && inner.count > 1 && c.Text >= 0 ||
		t.listsReviews(inner) && inner.text() >= 0
}

// listsReviews reports whether records of t contain a list of reviews: a list named for reviews or,
// if t has no column named as a text, for comments. Comments without ratings, below a text with a
// rating, are not reviews unless that text describes a thing.
func (t *jsonTable) listsReviews(inner *jsonTable) bool {
	path := inner.path[len(t.path):]
	if namesList(path, namesReviews) {
		return true
	}
	text := t.text()
	return (text < 0 || weighNames(t.keys, t.rows)[text].text < minScore &&
		(!t.rated() || inner.rated() || t.namesThings())) &&
		namesList(path, func(name string) bool {
			return inList(strings.ToLower(name), " comments feedback feedbacks ")
		})
}

// namesThings reports whether each record has a distinct name, title or product, as hotels and
// recipes have; reviews share their products.
func (t *jsonTable) namesThings() bool {
	for i, e := range weighNames(t.keys, t.rows) {
		if e.title <= 0 && e.product < minScore && e.all != name {
			continue
		}
		if f := profileColumn(t.rows, i, ""); f.distinct == len(t.rows) && f.isText() {
			return true
		}
	}
	return false
}

// rated reports whether its records have ratings by name that are not averages, which have
// fractions.
func (t *jsonTable) rated() bool {
	c, _ := GuessColumns(t.keys, t.rows)
	if c.Stars < 0 || weighNames(t.keys, t.rows)[c.Stars].stars < minScore {
		return false
	}
	f := profileColumn(t.rows, c.Stars, t.keys[c.Stars])
	return f.whole >= f.rated
}

// namesList reports whether the last step of a path is named for reviews, or an earlier one that is
// only followed by the containers that APIs add: reviews.edges.node.
func namesList(path []string, named func(string) bool) bool {
	for i := len(path) - 1; i >= 0; i-- {
		if named(path[i]) {
			return true
		}
		if !isContainer(path[i]) {
			return false
		}
	}
	return false
}

// isContainer reports whether a step of a path says nothing about its content.
func isContainer(name string) bool {
	return inList(strings.ToLower(name), " items nodes node edges results list data attributes "+
		"records entries content docs elements values objects ")
}

// isBeside reports whether a column is in an object next to an array at path, in a member that is
// named for reviews: reviews.pageInfo.endCursor, next to reviews.nodes.
func isBeside(column string, path []string) bool {
	last := len(path) - 1
	if last < 1 || !namesReviews(path[last-1]) {
		return false
	}
	rest, ok := strings.CutPrefix(column, strings.Join(path[:last], ".")+".")
	return ok && strings.Contains(rest, ".")
}

// leadsThrough reports whether a column is one of the objects or the array at path.
func leadsThrough(column string, path []string) bool {
	for _, step := range path {
		name, rest, _ := strings.Cut(column, ".")
		if name != step && !(step == anyKey && isKey(name)) {
			return false
		}
		column = rest
	}
	return true
}

// add counts a record and keeps the first ones.
func (t *jsonTable) add(object []byte) {
	t.count++
	if len(t.rows) == jsonSamples {
		return
	}
	row := make([]string, len(t.keys))
	jsonCells(object, func(key, value []byte) {
		if isObject(value) {
			return
		}
		i := slices.Index(t.keys, string(key))
		if i < 0 {
			if len(t.keys) == maxKeys {
				return
			}
			i = len(t.keys)
			t.keys = append(t.keys, string(key))
			row = append(row, "")
		}
		row[i] = string(value[:min(len(value), 2000)])
		if len(row[i]) < len(value) && value[0] == '[' {
			row[i] += "]" // keep it a list
		}
	})
	t.rows = append(t.rows, row)
}

// jsonParser reads a document in one pass.
type jsonParser struct {
	ctx   context.Context
	r     *bufio.Reader
	at    int64 // bytes read
	line  int
	depth int

	found  map[string]*jsonTable // findRecords
	order  []*jsonTable
	values map[string]int // wrapper objects, by the table that they would belong to

	target *Records // writeRecords
	out    *bufio.Writer
	passed bool // the array with the names was passed
	held   heldColumns

	lists   map[string][]string // findRecords: arrays of names, by path
	columns int                 // number of tables with records that are columns

	path     []string
	keys     []string // like path, without anyKey
	lastName struct { // the last argument of namesTexts, and its result
		name  string
		texts bool
	}
	rows   int    // nesting of the current array in arrays
	listed bool   // the value is an element of an array
	record []byte // the current record; nil outside
	inside bool
	text   []byte
}

func newJSONParser(ctx context.Context, r io.Reader) *jsonParser {
	return &jsonParser{ctx: ctx, r: bufio.NewReaderSize(r, 64<<10), line: 1}
}

func (p *jsonParser) fail(what string) error {
	return &Error{Line: p.line, Byte: p.at, Detail: "This is no JSON that can be read: line " + group(p.line) + " has " + what + " (byte " + group(int(p.at)) + ")."}
}

// next returns the next byte, or io.EOF at the end.
func (p *jsonParser) next() (byte, error) {
	c, err := p.r.ReadByte()
	if err != nil {
		return 0, err
	}
	p.at++
	if c == '\n' {
		p.line++
	}
	if p.at&0xffff == 0 {
		if err := p.ctx.Err(); err != nil {
			return 0, err
		}
	}
	return c, nil
}

func (p *jsonParser) back(c byte) {
	p.r.UnreadByte()
	p.at--
	if c == '\n' {
		p.line--
	}
}

// skip returns the next byte that is not a space.
func (p *jsonParser) skip() (byte, error) {
	for {
		c, err := p.next()
		if err != nil || c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c, err
		}
	}
}

// document reads values until the end of the file; they may be separated by commas.
func (p *jsonParser) document() error {
	for {
		if mark, _ := p.r.Peek(3); string(mark) != "\ufeff" {
			break
		}
		p.r.Discard(3)
		p.at += 3
	}
	for {
		c, err := p.skip()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if c == ',' {
			continue
		}
		if err := p.value(c); err != nil {
			if errors.Is(err, io.EOF) {
				return &Error{Line: p.line, Byte: p.at, Detail: "The file ends in the middle of a record (line " + group(p.line) + "). It may have been cut off; export it again."}
			}
			return err
		}
	}
}

// put appends to the current record.
func (p *jsonParser) put(b ...byte) {
	if p.inside && len(p.record) <= MaxRecord {
		p.record = append(p.record, b...)
	}
}

// value reads the value that begins with c.
func (p *jsonParser) value(c byte) error {
	switch {
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '"' || c == '\'':
		if err := p.str(c); err != nil {
			return err
		}
		p.put(p.text...)
		return nil
	case c == '}' || c == ']' || c == ':':
		return p.fail("a " + string(rune(c)) + " where a value should be")
	}
	if err := p.word(c); err != nil {
		return err
	}
	p.put(literal(p.text)...)
	return nil
}

func (p *jsonParser) deeper() error {
	if p.depth++; p.depth > jsonNesting {
		return p.fail("more than " + group(jsonNesting) + " brackets in each other")
	}
	return nil
}

func (p *jsonParser) array() error {
	if err := p.deeper(); err != nil {
		return err
	}
	p.put('[')
	comma := false
	for {
		c, err := p.skip()
		if err != nil {
			return err
		}
		switch c {
		case ',':
			continue
		case ']':
			p.depth--
			p.put(']')
			return nil
		}
		if comma {
			p.put(',')
		}
		comma = true
		if err := p.element(c); err != nil {
			return err
		}
	}
}

// object reads an object. It is a record if it belongs to the target, or if findRecords examines
// it.
func (p *jsonParser) object() error {
	if err := p.deeper(); err != nil {
		return err
	}
	o := p.openObject()
	p.put('{')
	for first := true; ; first = false {
		c, err := p.skip()
		for err == nil && c == ',' {
			c, err = p.skip()
		}
		if err != nil {
			return err
		}
		if c == '}' {
			break
		}
		if !first {
			p.put(',')
		}
		if err := p.member(c, o.looks); err != nil {
			return err
		}
	}
	p.depth--
	p.put('}')
	return p.closeObject(o)
}

// openedObject is the state that the parser needs at the end of an object.
type openedObject struct {
	looks   bool   // findRecords: the object may be a record
	begins  bool   // it is a record that is written
	listed  bool   // it is an element of an array
	outside bool   // it is not inside a record
	own     string // its name in the enclosing object
	rows    int    // previous value of jsonParser.rows
	outer   []byte // the enclosing record, up to the object
}

// openObject begins an object. An object that may be a record is read separately, with its content.
func (p *jsonParser) openObject() openedObject {
	o := openedObject{
		looks:  p.found != nil && len(p.path) <= jsonDepth,
		begins: !p.inside && p.out != nil && p.target.begins(p.path, objectRecords),
		listed: p.listed,
		rows:   p.rows,
	}
	p.listed, p.rows = false, 0
	if len(p.keys) > 0 {
		o.own = p.keys[len(p.keys)-1]
	}
	if o.begins {
		p.inside, p.record = true, p.record[:0]
	}
	o.outside = !p.inside
	if o.looks {
		o.outer = p.record
		p.inside, p.record = true, nil
	}
	return o
}

// closeObject notes or writes the object that was read.
func (p *jsonParser) closeObject(o openedObject) error {
	p.rows = o.rows
	switch {
	case o.looks:
		if _, ok := wrapped(p.record); !ok {
			p.note(objectRecords, p.record, o.listed)
		} else if at := p.tableName(objectRecords); len(p.values) < jsonPaths || p.values[at] > 0 {
			p.values[at]++
		}
		record := p.record
		p.record, p.inside = o.outer, !o.outside
		p.put(record...)
	case o.begins:
		p.inside = false
		return p.writeRecord(o.own)
	}
	return nil
}

// member reads a member of an object whose name begins with c; looks is that of the object.
func (p *jsonParser) member(c byte, looks bool) error {
	key, err := p.memberName(c)
	if err != nil {
		return err
	}
	if c, err = p.skip(); err != nil {
		return err
	}
	p.keys = append(p.keys, key)
	if (c == '{' || c == '[') && isKey(key) {
		key = anyKey
	}
	p.path = append(p.path, key)
	from := len(p.record)
	column := c == '[' && p.beginsColumn()
	err = p.value(c)
	if err == nil && column {
		err = p.endColumn(p.keys[len(p.keys)-1])
	}
	if err == nil && looks && c == '[' && len(p.record) <= MaxRecord {
		p.noteColumn(p.record[from:])
	}
	p.path, p.keys = p.path[:len(p.path)-1], p.keys[:len(p.keys)-1]
	if err != nil {
		return err
	}
	if looks && c == '[' && len(p.record) <= MaxRecord {
		return p.noteList(key, p.record[from:])
	}
	return nil
}

// memberName reads a name and the colon after it.
func (p *jsonParser) memberName(c byte) (key string, err error) {
	from := p.at
	if c == '"' || c == '\'' {
		err = p.str(c)
	} else if err = p.word(c); err == nil {
		p.text = appendJSONString(nil, p.text)
	}
	if err != nil {
		return "", err
	}
	p.put(p.text...)
	if p.at-from > maxNameBytes {
		return "", p.fail(longName)
	}
	key = string(unquoteJSON(p.text))
	if c, err = p.skip(); err != nil {
		return "", err
	}
	if c != ':' {
		return "", p.fail("no colon after the name " +
			strconv.Quote(reviews.Clip([]byte(key), 40)))
	}
	p.put(':')
	return key, nil
}

// note counts a record that was read.
func (p *jsonParser) note(kind recordKind, record []byte, listed bool) {
	if len(record) > MaxRecord {
		return
	}
	name := p.tableName(kind)
	t := p.found[name]
	if t == nil {
		if len(p.order) == jsonPaths {
			return
		}
		t = &jsonTable{path: slices.Clone(p.path), shape: shape{kind: kind}}
		p.found[name] = t
		p.order = append(p.order, t)
	}
	t.listed = t.listed || listed
	switch {
	case kind == objectRecords, kind == listRecords:
		t.add(record)
	case kind == stringRecords:
		t.add(stringRecord(lastStep(p.path), record))
	default:
		t.count++
	}
	if len(t.raw) == t.count-1 && t.count <= jsonSamples+1 && len(record) <= rawSample &&
		(kind == arrayRecords || t.isCells()) {
		t.raw = append(t.raw, bytes.Clone(record))
	}
	if (kind == objectRecords || kind == listRecords) && isColumn(record) {
		if t.columns++; t.columns == 1 {
			p.columns++
			t.firstColumn, t.inColumn = p.columns, len(columnKeys(record))
		}
	}
}

// tableName returns the key in found of the table of that kind at the current path.
func (p *jsonParser) tableName(kind recordKind) string {
	return strconv.Itoa(len(p.path)) + strconv.Itoa(int(kind)) + strings.Join(p.path, "\x00")
}

// str reads a string after its opening quote into text, converted to strict JSON.
func (p *jsonParser) str(quote byte) error {
	p.text = append(p.text[:0], '"')
	for {
		c, err := p.next()
		if err != nil {
			return err
		}
		if len(p.text) > MaxRecord+2 { // of a record that is dropped
			p.text = p.text[:1]
		}
		switch {
		case c == quote:
			p.text = append(p.text, '"')
			return nil
		case c == '\\':
			c, err := p.next()
			if err != nil {
				return err
			}
			switch c {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				p.text = append(p.text, '\\', c)
			case 'u':
				if digits, _ := p.r.Peek(4); len(digits) == 4 && isHex(digits) {
					p.text = append(p.text, '\\', 'u')
				} else {
					p.text = append(p.text, 'u')
				}
			case 'x': // of Python
				digits, _ := p.r.Peek(2)
				if len(digits) == 2 && isHex(digits) {
					p.text = append(p.text, '\\', 'u', '0', '0')
				} else {
					p.text = append(p.text, 'x')
				}
			case '\n': // line continuation
			default:
				if c < ' ' {
					p.text = append(p.text, escapeControl(c)...)
				} else {
					p.text = append(p.text, c)
				}
			}
		case c == '"':
			p.text = append(p.text, '\\', '"')
		case c < ' ':
			p.text = append(p.text, escapeControl(c)...)
		default:
			p.text = append(p.text, c)
		}
	}
}

func isDecimal(c byte) bool { return '0' <= c && c <= '9' }

func isHex(b []byte) bool {
	for _, c := range b {
		if !isDecimal(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}

func escapeControl(c byte) string {
	switch c {
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	}
	const hex = "0123456789abcdef"
	return `\u00` + string(hex[c>>4]) + string(hex[c&15])
}

// word reads a number or a name that begins with c into text.
func (p *jsonParser) word(c byte) error {
	p.text = p.text[:0]
	for {
		switch {
		case c >= utf8.RuneSelf, isDecimal(c), c|0x20 >= 'a' && c|0x20 <= 'z', strings.IndexByte("_$+-.", c) >= 0:
			p.text = append(p.text, c)
		default:
			if len(p.text) == 0 {
				return p.fail(strconv.QuoteRune(rune(c)) + " where a value should be")
			}
			p.back(c)
			return nil
		}
		if len(p.text) > 200 {
			return p.fail("a word of more than 200 characters without quotes")
		}
		var err error
		if c, err = p.next(); err == io.EOF && p.depth == 0 {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// literal returns a number or a name as strict JSON: the null values of Python and JavaScript
// become null, and a word that is not JSON becomes a string.
func literal(word []byte) []byte {
	switch string(word) {
	case "true", "false", "null":
		return word
	case "True":
		return []byte("true")
	case "False":
		return []byte("false")
	case "None", "NaN", "nan", "Infinity", "-Infinity", "undefined", "NULL":
		return []byte("null")
	}
	if isJSONNumber(word) {
		return word
	}
	return appendJSONString(nil, word)
}

func isJSONNumber(b []byte) bool {
	b = bytes.TrimPrefix(b, []byte("-"))
	digits := func() (n int) {
		for len(b) > 0 && isDecimal(b[0]) {
			b = b[1:]
			n++
		}
		return n
	}
	zero := len(b) > 0 && b[0] == '0'
	if n := digits(); n == 0 || zero && n > 1 {
		return false
	}
	if len(b) > 0 && b[0] == '.' {
		if b = b[1:]; digits() == 0 {
			return false
		}
	}
	if len(b) > 0 && b[0]|0x20 == 'e' {
		if b = b[1:]; len(b) > 0 && (b[0] == '+' || b[0] == '-') {
			b = b[1:]
		}
		if digits() == 0 {
			return false
		}
	}
	return len(b) == 0
}

// appendJSONString appends a word without quotes and backslashes as a string.
func appendJSONString(dst, word []byte) []byte {
	return append(append(append(dst, '"'), word...), '"')
}
