package table

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"reviewlens/reviews"
)

// Options is the user's settings for reading a file; unset fields are guessed.
type Options struct {
	// Text, Title, Stars, Date, Product and ID each name a column, or give its number from 1; "-"
	// is none. A column that is named for one role is not guessed to have another. Text may be
	// several, separated by commas, in the order in which they form one text: what was good and
	// what was bad; a single one is the whole text.
	Text    string `json:"column,omitempty"` // the JSON is kept in jobs
	Title   string `json:"title,omitempty"`
	Stars   string `json:"stars,omitempty"`
	Date    string `json:"date,omitempty"`
	Product string `json:"product,omitempty"`
	ID      string `json:"idColumn,omitempty"`

	// StarsOf is the best rating; if negative, its absolute value is the worst of grades of which 1
	// is the best.
	StarsOf float64 `json:"starsOf,omitempty"`
	Order   Order   `json:"order,omitempty"`

	Encoding string `json:"encoding,omitempty"` // one of Encodings

	// Position of the table: the lines above it, and the rows that name its columns; nil is
	// guessed.
	LinesAbove *int `json:"linesAbove,omitempty"`
	HeaderRows *int `json:"headerRows,omitempty"`

	Strict bool `json:"strict,omitempty"` // any doubt is an error

	Dialect *Dialect `json:"-"`
	Columns *Columns `json:"-"` // instead of names; Text may be -1
}

// AfterDecoding returns the settings for a file that was rewritten; decoded says whether it is in
// UTF-8 now (Records.Decoded), whatever encoding was set for the original.
func (a Options) AfterDecoding(decoded bool) Options {
	if decoded {
		a.Encoding = ""
	}
	return a
}

// Order is the order of day and month in a numeric date.
type Order int8

// Orders.
const (
	GuessOrder Order = iota
	DayFirst
	MonthFirst
)

// Reading is the interpretation of a file: its dialect, its columns, and how their cells are read.
// Page, command line, server and jobs all get it from Open, so that they read a file in the same
// way.
type Reading struct {
	Dialect       Dialect
	Names         []string // of the columns; "" without a header
	Columns       Columns  // -1 for none
	Confidence    Confidence
	Dates         reviews.Dates // format of Columns.Date
	DateEvidence  reviews.DateEvidence
	Scale         reviews.Scale // of Columns.Stars
	ScaleEvidence reviews.ScaleEvidence
	Head          [][]string // the first rows, from which roles are guessed
	Header        []string   // nil without a header

	options Options
	notes   bool        // the scale is German grades, since the maximum of a Note is 6
	lastDay reviews.Day // of the cells from which Dates was determined

	alone  loneTexts
	other  otherTable // with reviews, too
	unread pair       // text columns that are not read; both 0 for none
	// ratings are the columns that may hold the ratings as well as Columns.Stars.
	ratings []int
	lines   int // of a file without rows
	blocks  lineBlocks

	lateStars, lateDates lateColumn
	halfConverted        bool // the dates; see reviews.AreHalfConverted

	first int // fields of the first record, used to repair others; 0 if unknown
}

// Roles are guessed from at most headRows rows within the first headBytes bytes.
const (
	headRows  = 100
	headBytes = 4 << 20
)

// The order of dates and the scale of the stars are determined from cells of the whole file: a file
// of at most samplePlaces*sampleBytes bytes is read completely, else as many samples of it, at
// equal distances.
const (
	samplePlaces = 16
	sampleBytes  = 64 << 10
)

// Open guesses the dialect of a file of size bytes, its columns, and the formats of dates and
// stars, except for what options sets. Text is -1 if no column looks like it (see Reading.Check). A
// mistake in the file or in a name is an *Error. It reads some 6 MB at most.
func Open(ctx context.Context, source io.ReaderAt, size int64, options Options) (*Reading, error) {
	r := &Reading{options: options}
	if options.Dialect != nil {
		r.Dialect = *options.Dialect
	} else {
		sample, whole, err := Sample(source, size)
		if err != nil {
			return nil, err
		}
		if r.Dialect, err = Sniff(sample, whole); err != nil {
			return nil, err
		}
		if r.Dialect, err = Place(options, sample, whole, r.Dialect); err != nil {
			return nil, err
		}
		if r.Dialect, err = Tail(ctx, source, size, r.Dialect); err != nil {
			return nil, err
		}
	}
	if d := r.Dialect; d.divided() && (d.Tables > 0 || d.Preamble > 1) {
		sample, whole, err := Sample(source, size)
		if err != nil {
			return nil, err
		}
		r.other = otherReviews(sample, whole, d)
	}
	if err := r.readHead(ctx, io.NewSectionReader(source, 0, size)); err != nil {
		return nil, err
	}
	if len(r.Head) == 0 {
		whole := NewContextReader(ctx, io.NewSectionReader(source, 0, size))
		d := Dialect{Encoding: r.Dialect.Encoding}
		if err := each(NewReader(whole, d), func(Record) { r.lines++ }); err != nil {
			return nil, err
		}
	}
	width := 0
	for _, row := range r.Head {
		width = max(width, len(row))
	}
	if r.Names = r.Header; r.Header == nil {
		if len(r.Head) > 0 {
			width = len(r.Head[0])
		}
		r.Names = slices.Repeat([]string{""}, width)
	}
	if options.Columns != nil {
		r.Columns = *options.Columns
		r.Confidence = Confidence{Table: agreement(r.Head), Text: 1}
	} else {
		r.Confidence.Table = agreement(r.Head)
		g := guess(r.Header, r.Head)
		r.Columns, r.Confidence.Text, r.unread, r.ratings = g.columns, g.sure, g.unread, g.ratings
		if err := r.choose(options); err != nil {
			return nil, err
		}
	}
	return r, r.judge(ctx, source, size)
}

// Place overrides the encoding and the position of the table that Sniff found in a sample. If
// LinesAbove is set, the table below those lines is used, and its header, width and end are guessed
// again.
func Place(a Options, sample []byte, whole bool, d Dialect) (Dialect, error) {
	if a.Encoding != "" && a.Encoding != d.Encoding {
		cut, all := bounded(sample, whole)
		d = sniffTable(cut, all, Dialect{Encoding: a.Encoding, Quoted: true})
	}
	if a.LinesAbove == nil && a.HeaderRows == nil {
		return d, nil
	}
	if d.Keys != nil {
		return d, &Error{Detail: "this file is JSON lines, which have no rows above the first one"}
	}
	if a.LinesAbove != nil && *a.LinesAbove != d.Preamble {
		d.Preamble = *a.LinesAbove
		if d.Delimiter == 0 { // the lines above may have hidden the delimiter
			d = sniffFields(sample, whole, d)
		}
		own, all, below := firstTable(sample, whole, d)
		d = endAbove(sample, whole, sniffWidth(own, all, guessHeader(own, all, below)))
	}
	if a.HeaderRows != nil && *a.HeaderRows != d.headerRows() {
		n := *a.HeaderRows
		d.Header, d.HeaderRows, d.NamesRow = n > 0, 0, min(d.NamesRow, max(0, n-1))
		if n > 1 {
			d.HeaderRows = n
		}
	}
	return d, nil
}

// readHead reads the header and the first rows.
func (r *Reading) readHead(ctx context.Context, source io.Reader) (err error) {
	reader := NewReader(NewContextReader(ctx, source), r.Dialect)
	if r.Dialect.Header {
		if r.Header, err = reader.Header(); err != nil && err != io.EOF {
			return err
		}
	}
	for end := int64(0); len(r.Head) < headRows && end < headBytes; {
		record, err := reader.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if record.LeftOut != "" {
			continue
		}
		row := make([]string, len(record.Fields))
		for i, f := range record.Fields {
			row[i] = string(f)
		}
		r.Head = append(r.Head, row)
		r.blocks.add(record.Line)
		end = record.Offset + record.Bytes
	}
	r.first = reader.fieldScanner().width
	return nil
}

// NewRowReader returns a reader from the offset of a row on. It repairs records as NewReader does
// when it reads the whole file.
func (r *Reading) NewRowReader(source io.Reader) *Reader {
	reader := NewReader(source, r.Dialect.Rows())
	reader.fieldScanner().width = r.first
	return reader
}

// choose replaces the guessed columns by those that are named.
func (r *Reading) choose(options Options) (err error) {
	c := &r.Columns
	if options.Text != "" {
		r.Confidence.Text, r.unread = 1, pair{}
		texts, err := findTexts(options.Text, r.Names)
		if err != nil {
			return err
		}
		c.SetTexts(texts)
	}
	roles := []struct {
		what, name string
		column     *int
	}{{"title", options.Title, &c.Title}, {"stars", options.Stars, &c.Stars},
		{"date", options.Date, &c.Date}, {"product", options.Product, &c.Product},
		{"id", options.ID, &c.ID}}
	named := map[int]bool{}
	for _, role := range roles {
		switch role.name {
		case "":
			continue
		case "-":
			*role.column = -1
			continue
		}
		if *role.column, err = find(role.name, r.Names); err != nil {
			return err
		}
		if options.Text != "" && c.IsText(*role.column) {
			return &Error{Detail: fmt.Sprintf("%s is named as the text and as the %s; name "+
				"another column, or - for none", r.Name(*role.column), role.what)}
		}
		named[*role.column] = true
	}
	if options.Text == "" && c.Second > 0 { // one of two parts may be named for another role
		if named[c.Second-1] {
			c.Second = 0
		} else if named[c.Text] {
			c.Text, c.Second = c.Second-1, 0
		}
	}
	if c.Text >= 0 && options.Text == "" && named[c.Text] {
		return &Error{Detail: fmt.Sprintf("%s looks like the review text, but was named as "+
			"something else; name the text as text (-text); %s", r.Name(c.Text), list(r.Names))}
	}
	for _, role := range roles {
		again := named[*role.column] || *role.column == c.Title && role.column != &c.Title
		if c.IsText(*role.column) || role.name == "" && again {
			*role.column = -1
		}
	}
	return nil
}

// Check returns an error if the file cannot be scored as interpreted, else nil.
func (r *Reading) Check() error {
	switch {
	case len(r.Head) == 0:
		return &Error{Detail: r.noRows()}
	case r.Columns.Text < 0:
		return &Error{Detail: "no column looks like review text; name one as text (-text); " +
			list(r.Names)}
	}
	if message := r.reportedError(); message != "" {
		return &Error{Detail: fmt.Sprintf("this is the answer of a server, not "+
			"reviews: %q; ask for them again, or name the column as text (-text)", message)}
	}
	return nil
}

// noRows returns why the table has no rows, and what to do.
func (r *Reading) noRows() string {
	var parts []string
	count := func(n *int, one, more, option string) {
		switch {
		case n == nil || *n == 0:
		case *n == 1:
			parts = append(parts, "1 "+one+" "+option)
		default:
			parts = append(parts, group(*n)+" "+more+" "+option)
		}
	}
	count(r.options.LinesAbove, "is above the table", "are above the table",
		"(lines_above, -lines-above)")
	count(r.options.HeaderRows, "names the columns", "name the columns",
		"(header_rows, -header-rows)")
	if len(parts) == 0 {
		return "there is a header but no row below it; if the first line is a review, set " +
			"header_rows to 0 (-header-rows 0)"
	}
	lines := "1 line"
	if r.lines != 1 {
		lines = group(r.lines) + " lines"
	}
	return "no row is left: the file has " + lines + ", and " + strings.Join(parts, ", and ")
}

// judge determines the formats of dates and stars.
func (r *Reading) judge(ctx context.Context, source io.ReaderAt, size int64) error {
	c := r.Columns
	r.findLate()
	if c.Stars < 0 && c.Date < 0 && r.lateStars.column < 0 && r.lateDates.column < 0 {
		return nil
	}
	var dateCells, starCells evidence
	r.alone = loneTexts{text: c.Text}
	err := r.sample(ctx, source, size, func(fields [][]byte) {
		r.alone.add(fields)
		r.lateStars.add(fields)
		r.lateDates.add(fields)
		hasText := len(c.Join(nil, "{text}", fields)) > 0
		dateCells.add(fields, c.Date, hasText)
		starCells.add(fields, c.Stars, hasText)
	})
	if err != nil {
		return err
	}
	dates, stars := dateCells.deciding(), starCells.deciding()
	r.Dates, r.DateEvidence = reviews.JudgeDates(dates)
	if e := r.DateEvidence; !e.Sure() && !e.Sorted && e.DayFirst == 0 && e.YearFirst == 0 &&
		r.namesDaysFirst() {
		r.Dates.DayFirst = true
	}
	if r.options.Order != GuessOrder {
		r.Dates = reviews.Dates{DayFirst: r.options.Order == DayFirst}
	}
	r.halfConverted = reviews.AreHalfConverted(dates)
	for _, cell := range dates {
		if day, ok := r.Dates.Parse([]byte(cell)); ok {
			r.lastDay = max(r.lastDay, day)
		}
	}
	if c.Stars >= 0 {
		name := ""
		if c.Stars < len(r.Header) {
			name = r.Header[c.Stars]
		}
		if r.isNPS() {
			name += " NPS"
		}
		name += r.statedBest()
		r.Scale, r.ScaleEvidence = reviews.GuessScale(name, stars)
		if r.ScaleEvidence.Max == 6 && r.Scale.Best() == 10 && r.namesNotes() {
			r.Scale, r.ScaleEvidence = reviews.GuessScale("Gesamtnote", stars)
			r.notes = true
		}
		if of := r.options.StarsOf; of != 0 {
			r.Scale.Top, r.Scale.Grades = math.Abs(of), of < 0
			r.Scale.NPS = r.Scale.NPS && of == 10
			r.ScaleEvidence.Named = true
			if of == 5 {
				r.Scale.Top = 0
			}
		}
	}
	return nil
}

// evidence is cells of a column that decide how it is read.
type evidence struct {
	all    []string
	texted []string // of rows with a text
}

func (c *evidence) add(fields [][]byte, column int, hasText bool) {
	if column < 0 || column >= len(fields) || len(fields[column]) > 200 {
		return
	}
	cell := string(fields[column])
	if c.all = append(c.all, cell); hasText {
		c.texted = append(c.texted, cell)
	}
}

// deciding returns the cells of rows with a text, unless they are few: others may be sums below the
// reviews.
func (c *evidence) deciding() []string {
	const enough = 10
	filled := 0
	for _, cell := range c.texted {
		if strings.TrimSpace(cell) != "" {
			filled++
		}
	}
	if filled >= enough || filled*2 >= len(c.all) {
		return c.texted
	}
	return c.all
}

// namesDaysFirst reports whether the date column has a name in a language whose countries write the
// day first.
func (r *Reading) namesDaysFirst() bool {
	c := r.Columns.Date
	if c < 0 || c >= len(r.Header) {
		return false
	}
	words := nameWords(unwrapped(r.Header, r.Head)[c])
	english := slices.ContainsFunc(words, func(w string) bool {
		return inList(w,
			" date datetime dt day when created added inserted updated submitted posted "+
				"published reviewed time timestamp at ")
	})
	return slices.ContainsFunc(words, func(w string) bool {
		return w == "data" && !english || inList(w,
			" datum fecha dato tijd tarih tarihi tanggal pvm "+
				"paivamaara zeitpunkt дата ημερομηνια ngay التاريخ תאריך วันที่ ")
	})
}

// isNPS reports whether a column marks every row as an answer to the net promoter score question.
func (r *Reading) isNPS() bool {
	for i := range r.Names {
		if len(r.Head) > 0 && !slices.ContainsFunc(r.Head, func(row []string) bool {
			return i >= len(row) || !strings.EqualFold(strings.TrimSpace(row[i]), "nps")
		}) {
			return true
		}
	}
	return false
}

// statedBest returns the best rating stated by another column, constant in all rows: bestRating.
func (r *Reading) statedBest() string {
	for i, name := range r.Header {
		words := nameWords(name)
		if i == r.Columns.Stars || len(words) == 0 || len(name) > maxNameLength {
			continue
		}
		n := parseName(name, words)
		if !n.has(stars) || !n.hasWord(" best max maximum range scale ") {
			continue
		}
		if f := profileColumn(r.Head, i, ""); f.numbers > 0 && f.distinct == 1 {
			return " /" + strconv.Itoa(int(f.sum/float64(f.numbers)))
		}
	}
	return ""
}

// sample calls do with the fields of records from the whole table, in order. A sample that begins
// in the middle of the file may begin within a quoted field: a record then only counts if it has as
// many fields as the header, or else as most of the first rows.
func (r *Reading) sample(ctx context.Context, source io.ReaderAt, size int64, do func(fields [][]byte)) error {
	if until := r.Dialect.Until; until > 0 { // another table may follow
		size = min(size, until)
	}
	if size <= samplePlaces*sampleBytes {
		whole := NewContextReader(ctx, io.NewSectionReader(source, 0, size))
		return each(NewReader(whole, r.Dialect), func(rec Record) { do(rec.Fields) })
	}
	width := r.width()
	for i := range samplePlaces {
		from := (size - sampleBytes) / (samplePlaces - 1) * int64(i) &^ 1 // UTF-16 has two bytes
		place := NewContextReader(ctx, io.NewSectionReader(source, from, sampleBytes))
		reader := r.NewRowReader(place)
		if i == 0 {
			reader = NewReader(place, r.Dialect)
		}
		var last [][]byte // the previous record, which is complete
		first := i > 0
		err := each(reader, func(rec Record) {
			if last != nil {
				do(last)
				last = nil
			}
			if !first && rec.Err == nil && len(rec.Fields) == width {
				last = make([][]byte, width)
				for i, f := range rec.Fields {
					last[i] = slices.Clone(f[:min(len(f), 256)])
				}
			}
			first = false
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// width returns the number of fields a record should have.
func (r *Reading) width() int {
	if r.Header != nil {
		return len(r.Header)
	}
	counts := map[int]int{}
	most := 0
	for _, row := range r.Head {
		counts[len(row)]++
		if counts[len(row)] > counts[most] {
			most = len(row)
		}
	}
	return most
}

// each calls do for all records.
func each(reader *Reader, do func(Record)) error {
	for {
		record, err := reader.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if record.LeftOut == "" {
			do(record)
		}
	}
}

// Name returns a column's name in quotes, or its number if it has none.
func (r *Reading) Name(i int) string {
	if name := r.name(i); name != "" {
		return strconv.Quote(name)
	}
	return "column " + strconv.Itoa(i+1)
}

// label returns a column's name as shown in a choice.
func (r *Reading) label(i int) string {
	if name := r.name(i); name != "" {
		return name
	}
	return "Column " + strconv.Itoa(i+1)
}

// name returns a column's name, truncated; "" if it has none.
func (r *Reading) name(i int) string {
	if i < 0 || i >= len(r.Names) {
		return ""
	}
	name := strings.ToValidUTF8(strings.TrimSpace(r.Names[i]), "\uFFFD")
	return reviews.Clip([]byte(name), 120)
}

// find returns the index of the column with that name, or else with that number.
func find(name string, names []string) (int, error) {
	i, err := lookUp(name, names)
	if i < 0 && err == nil {
		err = &Error{Detail: fmt.Sprintf("no column %q; %s", name, list(names))}
	}
	return i, err
}

// lookUp is like find, but returns -1 if there is no such column. It fails only if several columns
// have the name.
func lookUp(name string, names []string) (int, error) {
	at := called(name, names)
	if len(at) == 1 {
		return at[0], nil
	}
	if len(at) > 1 {
		return -1, ambiguous(name, at)
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(names) {
		return n - 1, nil
	}
	return -1, nil
}

// called returns the columns with that name: an exact match, or else ignoring case.
func called(name string, names []string) (at []int) {
	for i, n := range names {
		if n == name {
			at = append(at, i)
		}
	}
	if at != nil {
		return at
	}
	for i, n := range names {
		if strings.EqualFold(strings.TrimSpace(n), name) {
			at = append(at, i)
		}
	}
	return at
}

// ambiguous returns the error for a name that several columns have.
func ambiguous(name string, at []int) error {
	numbers := make([]string, len(at))
	for i, column := range at {
		numbers[i] = strconv.Itoa(column + 1)
	}
	last := len(at) - 1
	return &Error{Detail: fmt.Sprintf("%q is the name of columns %s and %s; give the number", name,
		strings.Join(numbers[:last], ", "), numbers[last])}
}

// findTexts returns the index of the column with that name or number, or of each of several
// separated by commas: the longest match, as names may contain commas.
func findTexts(name string, names []string) (found []int, err error) {
	const most = 1000 // maximum number of parts
	parts := strings.SplitN(name, ",", most)
	for len(parts) > 0 {
		n, at := len(parts), -1 // a name may contain commas
		for ; n > 0 && at < 0; n-- {
			part := strings.TrimSpace(strings.Join(parts[:n], ","))
			if at, err = lookUp(part, names); err != nil {
				return nil, err
			}
		}
		if at < 0 && found == nil {
			_, err = find(name, names)
			return nil, err
		}
		if at < 0 {
			_, err = find(strings.TrimSpace(parts[0]), names)
			return nil, err
		}
		if slices.Contains(found, at) {
			return nil, &Error{Detail: fmt.Sprintf("the text is named twice: %q", name)}
		}
		found, parts = append(found, at), parts[n+1:]
	}
	return found, nil
}

func list(names []string) string {
	shown := make([]string, len(names))
	for i, n := range names {
		if shown[i] = strings.TrimSpace(n); shown[i] == "" {
			shown[i] = strconv.Itoa(i + 1)
		}
	}
	if len(shown) > 30 {
		shown = append(shown[:30], fmt.Sprintf("and %d more", len(names)-30))
	}
	return "columns are " + strings.Join(shown, ", ")
}

// SizeOf returns the size of a source.
func SizeOf(source io.ReaderAt) (int64, error) {
	switch s := source.(type) {
	case interface{ Size() int64 }:
		return s.Size(), nil
	case interface{ Stat() (fs.FileInfo, error) }:
		info, err := s.Stat()
		if err != nil {
			return 0, err
		}
		return info.Size(), nil
	}
	return bisect(source)
}

// bisect finds the end of a source by reading some sixty single bytes.
func bisect(source io.ReaderAt) (int64, error) {
	has := func(at int64) (bool, error) {
		n, err := source.ReadAt(make([]byte, 1), at)
		if err == io.EOF {
			err = nil
		}
		return n == 1, err
	}
	low, high := int64(0), int64(1) // low bytes exist
	for {
		if there, err := has(high - 1); err != nil {
			return 0, err
		} else if !there || high == 1<<62 {
			break
		}
		low, high = high, 2*high
	}
	for low+1 < high {
		middle := low + (high-low)/2
		there, err := has(middle - 1)
		if err != nil {
			return 0, err
		}
		if there {
			low = middle
		} else {
			high = middle
		}
	}
	return low, nil
}
