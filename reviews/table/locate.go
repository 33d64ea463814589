package table

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"reviewlens/reviews"
	"reviewlens/reviews/text"
)

// maxPreamble is the maximum number of records above the table.
const maxPreamble = 20

// namedDelimiter returns the delimiter named by a first line of "sep=;", as Excel writes and reads
// it; 0 for none.
func namedDelimiter(sample []byte, d Dialect) byte {
	d.Delimiter, d.Quoted, d.Preamble = 0, false, 0
	record, err := NewReader(bytes.NewReader(sample[:min(len(sample), 100)]), d).Read()
	if err != nil || record.Line != 1 || record.Err != nil {
		return 0
	}
	line := bytes.Trim(bytes.TrimPrefix(record.Fields[0], []byte(byteOrderMark)), `" `)
	name, ok := bytes.CutPrefix(bytes.ToLower(line), []byte("sep="))
	if !ok || len(name) == 0 || !strings.ContainsRune(",;|\t", rune(name[0])) {
		return 0
	}
	if len(bytes.Trim(name[1:], `",;|`+"\t")) > 0 { // spreadsheets pad the line to the table's width
		return 0
	}
	return name[0]
}

// sampled is a record of a sample.
type sampled struct {
	fields [][]byte // valid until the next record
	cells  []string // set once the record is kept
	quoted []bool   // cells in quotes; set by firstRecords
	filled int      // number of cells that are not empty
	line   int
	offset int64
	bytes  int64
	blank  bool // an empty line precedes it
}

// sampleRecords calls do for the records of r until it returns false, and returns the error that
// ends the records.
func sampleRecords(r *Reader, do func(sampled) bool) error {
	next := 0 // the line after the previous record
	for {
		record, err := r.Read()
		if err != nil {
			return err
		}
		s := sampled{line: record.Line, offset: record.Offset, bytes: record.Bytes,
			blank: next > 0 && record.Line > next}
		next = record.Line + r.s.lineEnds()
		s.fields = record.Fields
		for _, f := range record.Fields {
			if len(bytes.TrimSpace(f[:min(len(f), 500)])) > 0 {
				s.filled++
			}
		}
		if !do(s) {
			return nil
		}
	}
}

// keep returns the record with cells that remain valid.
func (s sampled) keep() sampled {
	s.cells = make([]string, len(s.fields))
	for i, f := range s.fields {
		s.cells[i] = string(f[:min(len(f), 500)])
	}
	s.fields = nil
	return s
}

// locate finds the position of the table: the lines above it, the rows that name its columns and,
// if the sample is the whole file, what follows it.
func locate(sample []byte, whole bool, d Dialect) Dialect {
	if !d.divided() {
		return guessHeader(sample, whole, d)
	}
	d.Preamble += sniffPreamble(sample, whole, d)
	d = guessHeader(sample, whole, d)
	if d.Surplus == 0 && !d.RowNames {
		d = chooseTable(sample, whole, d)
	}
	if d.Tables == 0 && !d.RowNames {
		if column, width := sniffSurplus(sample, whole, d); column > 0 {
			d.Surplus, d.Width = column, width
		}
	}
	return endAbove(sample, whole, d)
}

// guessHeader finds the rows that name the columns.
func guessHeader(sample []byte, whole bool, d Dialect) Dialect {
	d.Header, d.HeaderRows, d.NamesRow = sniffHeader(sample, whole, d), 0, 0
	if d.RowNames = false; !d.divided() {
		return d
	}
	t := readSample(sample, whole, d, 50)
	if t.namesRows() {
		d.Header, d.RowNames, d.Width = true, true, t.width
		return d
	}
	if rows, names := sniffHeaderRows(t.cells); d.Header || rows > 2 {
		d.Header, d.HeaderRows, d.NamesRow = true, rows, names
	}
	return d
}

// Below redetects what depends on where a table begins or how it is divided, after a change of
// either in d: its width, the column of surplus fields, and the end of the table.
func Below(ctx context.Context, source io.ReaderAt, size int64, d Dialect) (Dialect, error) {
	sample := make([]byte, min(size, SniffBytes))
	n, err := source.ReadAt(sample, 0)
	if err != nil && err != io.EOF {
		return d, err
	}
	whole := int64(n) == size
	own, ownWhole, d := firstTable(sample[:n], whole, d)
	d = endAbove(sample[:n], whole, sniffWidth(own, ownWhole, d))
	return Tail(ctx, source, size, d)
}

// firstTable makes d that of the table below its preamble, of which only the beginning is known,
// and returns the part of the sample in it; all reports whether that is the whole table.
func firstTable(sample []byte, whole bool, d Dialect) (own []byte, all bool, _ Dialect) {
	d.Until, d.Width, d.Surplus = 0, 0, 0
	if !d.divided() {
		return sample, whole, d
	}
	parts := splitTables(sample, whole, d)
	d.Tables = max(d.Tables, len(parts)-1) // others may be above
	if len(parts) < 2 {
		return sample, whole, d
	}
	d.Until = parts[0].end
	return sample[:d.Until], true, d
}

// sniffWidth guesses the number of fields of a record, and the column that takes surplus ones, in a
// sample of one table.
func sniffWidth(sample []byte, whole bool, d Dialect) Dialect {
	if !d.divided() {
		return d
	}
	t := readSample(sample, whole, d, sniffRecords)
	if t.first != t.width && t.agree >= 0.6 {
		d.Width = t.width
	}
	if d.RowNames = d.Header && t.namesRows(); d.RowNames {
		return d
	}
	if column, width := sniffSurplus(sample, whole, d); column > 0 {
		d.Surplus, d.Width = column, width
	}
	return d
}

// namesRows reports whether the first record has one field fewer than nearly all others and names
// columns whose cells are one field to the right, where the first cell differs on each row. Below a
// single name it is a number: other first fields are beginnings of texts.
func (t *sampleStats) namesRows() bool {
	below := float64(t.records - 1)
	if t.first != t.width-1 || t.agree*float64(t.records) < 0.9*below || len(t.cells) < 3 {
		return false
	}
	seen := map[string]bool{}
	for _, row := range t.cells[1:] {
		if len(row) != t.width {
			continue
		}
		if row[0] == "" || row[t.width-1] == "" || seen[row[0]] ||
			t.first == 1 && strings.Trim(row[0], "0123456789") != "" {
			return false
		}
		seen[row[0]] = true
	}
	names := t.cells[0]
	return fit(slices.Insert(slices.Clone(names), 0, ""), t.cells[1:]) > fit(names, t.cells[1:])
}

// fit returns how well the column names and the cells agree on the roles.
func fit(names []string, rows [][]string) (sum float64) {
	g := newGuesser(names, rows)
	for r := range roles {
		best := 0.0
		for i, scores := range g.scores[:min(len(names), len(g.scores))] {
			if names[i] != "" {
				best = max(best, scores[r])
			}
		}
		sum += best
	}
	return sum
}

// endAbove ends the table of d above its totals and footnotes, if the sample contains its end:
// another table follows, or the sample is the whole file.
func endAbove(sample []byte, whole bool, d Dialect) Dialect {
	if d.Until > 0 {
		sample, whole = sample[:d.Until], true
	}
	if whole && d.divided() {
		if until := footer(NewReader(bytes.NewReader(sample), d)); until > 0 {
			d.Until = until
		}
	}
	return d
}

// sniffPreamble counts the lines above the first record that can be the header: one with the most
// frequent number of fields, below records of fewer fields or mostly empty ones, as where a
// spreadsheet states the date of a report, or below a small table without reviews. Without a
// header, the lines above a table cannot be distinguished from its first rows.
func sniffPreamble(sample []byte, whole bool, d Dialect) int {
	t := readSample(sample, whole, d, 100)
	if t.width < 2 || t.wide {
		return 0
	}
	used := t.usedColumns()
	for k := range min(len(t.cells)-1, maxPreamble+1) {
		cells := t.cells[k]
		filled := filledCells(cells)
		few := filled < 2 || filled*2 <= used && (k > 0 || !isGroups(cells, t.cells[1]))
		if len(cells) < t.width || few {
			if name := nameWords(strings.Join(cells, " ")); len(name) == 1 && knownName(name) &&
				t.headerBelow(k) == 0 {
				return 0 // the header of a file whose rows have more fields than it names
			}
			continue
		}
		if !namesText(t.cells[k:]) {
			k = max(k, t.headerBelow(k))
		}
		if k == 0 || headerScore(t.cells[k], t.cells[k+1:]) < 2 {
			return 0
		}
		return t.starts[k] - d.Preamble - 1
	}
	return 0
}

// usedColumns returns the number of columns that are not blank in all records: a table of a sheet
// may begin behind blank ones.
func (t sampleStats) usedColumns() (n int) {
	for i := range t.width {
		if slices.ContainsFunc(t.cells, func(cells []string) bool {
			return i < len(cells) && strings.TrimSpace(cells[i]) != ""
		}) {
			n++
		}
	}
	return n
}

// headerBelow returns the first record below record k that names a column of reviews and has one of
// fewer fields or an almost empty one above it, as below a small table of sums, or 0.
func (t sampleStats) headerBelow(k int) int {
	for k++; k < min(len(t.cells)-1, maxPreamble+1); k++ {
		above := t.cells[k-1]
		if (len(above) < t.width || filledCells(above) < 2) && len(t.cells[k]) >= t.width &&
			headerScore(t.cells[k], t.cells[k+1:]) >= 2 && namesText(t.cells[k:]) {
			return k
		}
	}
	return 0
}

// filledCells returns the number of cells that are not blank.
func filledCells(cells []string) (n int) {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			n++
		}
	}
	return n
}

// sniffHeaderRows counts the records that name the columns; names is the index of the one with the
// names. Survey tools write the questions in a first or second row, and kinds of answers or
// identifiers below.
func sniffHeaderRows(cells [][]string) (rows, names int) {
	for i := 1; i < min(len(cells), maxHeaderRows); i++ {
		if isIdentifiers(cells[i]) {
			return i + 1, i - 1
		}
	}
	if len(cells) > 2 && headerScore(cells[0], cells[2:]) > 0 &&
		(isUnderline(cells[1], len(cells[0])) ||
			len(cells[1]) == len(cells[0]) && (areTypes(cells[1]) || areInBrackets(cells))) {
		return 2, 0
	}
	same := 1
	for same < min(len(cells), maxHeaderRows) && slices.Equal(cells[same], cells[0]) {
		same++
	}
	if same > 1 && len(cells) > same && headerScore(cells[0], cells[same:]) > 0 {
		return same, 0
	}
	if len(cells) > 2 && isGroups(cells[0], cells[1]) && headerScore(cells[1], cells[2:]) >= 2 &&
		share(cells[1], isValue) == 0 {
		return 2, 1
	}
	if len(cells) > 2 && areDefaults(cells[0]) && nameColumns(cells[1]) &&
		headerScore(cells[1], cells[2:]) >= 2 && share(cells[1], isValue) == 0 {
		return 2, 1
	}
	if len(cells) > 3 && isSubheading(cells[0], cells[1], cells[2:]) {
		return 2, 0
	}
	return 0, 0
}

// maxHeaderRows is the maximum number of records that name the columns.
const maxHeaderRows = 4

// areDefaults reports whether names are those that programs give to columns without a name: A, B;
// Column1, Column2; Unnamed: 0, Unnamed: 1. Excel and pandas write them above the header if they
// do not recognize it.
func areDefaults(names []string) bool {
	const few = 3
	first, start := "", 0
	letters, numbers := len(names) >= few, len(names) >= few
	for i, name := range names {
		name = strings.TrimSpace(name)
		letters = letters && i < 26 && name == string(rune('A'+i))
		word := strings.TrimRight(name, "0123456789")
		n, err := strconv.Atoi(name[len(word):])
		if i == 0 {
			first, start = word, n
		}
		numbers = numbers && err == nil && word == first && word != "" && n == start+i
	}
	return letters || numbers
}

// isUnderline reports whether a record below a header of that width is a line, as sqlcmd draws it.
func isUnderline(cells []string, width int) bool {
	filled, dashes := 0, 0
	for _, cell := range cells {
		cell = strings.TrimSpace(cell)
		if strings.Trim(cell, "-'") != "" { // an apostrophe guards
			return false
		}
		if cell != "" {
			filled++
			dashes += len(cell)
		}
	}
	return len(cells) == width && filled*2 > width && dashes > 2*filled
}

// columnTypes are names of types, in lower case and without a length.
var columnTypes = []string{"varchar", "nvarchar", "varchar2", "char", "string", "str", "text",
	"character", "character varying", "int", "integer", "bigint", "smallint", "tinyint", "long",
	"int32", "int64", "float", "float32", "float64", "double", "real", "decimal", "numeric",
	"number", "bool", "boolean", "date", "datetime", "datetime64", "datetime64[ns]", "time",
	"timestamp", "object", "category", "uuid", "array", "json", "enum"}

// areTypes reports whether cells are the types of columns, as databases name them: VARCHAR(255).
func areTypes(cells []string) bool {
	filled := 0
	for _, cell := range cells {
		name, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(cell)), "(")
		if name == "" {
			continue
		}
		if filled++; !slices.Contains(columnTypes, strings.TrimSpace(name)) {
			return false
		}
	}
	return filled >= 2
}

// areInBrackets reports whether each cell of the second record, and none of the others, is in
// brackets: (text), [1-5].
func areInBrackets(cells [][]string) bool {
	inBrackets := func(cell string) bool {
		cell = strings.TrimSpace(cell)
		return strings.HasPrefix(cell, "(") && strings.HasSuffix(cell, ")") ||
			strings.HasPrefix(cell, "[") && strings.HasSuffix(cell, "]")
	}
	for i, record := range cells {
		n := 0
		for _, cell := range record {
			if inBrackets(cell) {
				n++
			}
		}
		if i == 1 && (n < 2 || n < filledCells(record)) || i != 1 && n > 0 {
			return false
		}
	}
	return true
}

// isIdentifiers reports whether a record is the third header row written by Qualtrics.
func isIdentifiers(cells []string) bool {
	return share(cells, func(s string) bool { return strings.Contains(s, `"ImportId"`) }) >= 0.8
}

// isGroups reports whether a record names groups of columns that the record below it names
// individually: a group's name stands once, followed by blanks, or above each of its columns.
func isGroups(groups, names []string) bool {
	if len(groups) != len(names) || len(names) < 3 {
		return false
	}
	seen := map[string]bool{}
	for i, name := range names {
		name = strings.TrimSpace(name)
		if i == 0 && name == "" && strings.TrimSpace(groups[0]) == "" {
			continue // the index of a data frame
		}
		if name == "" || seen[name] {
			return false
		}
		seen[name] = true
	}
	filled, distinct := 0, map[string]bool{}
	for _, group := range groups {
		group = strings.TrimSpace(group)
		if group == "" {
			continue
		}
		if isValue(group) {
			return false
		}
		filled++
		distinct[group] = true
	}
	return filled > 1 && len(distinct) < len(names)
}

// isSubheading reports whether a row below the header is not part of the table: columns that are
// always filled are empty, and others have a word where the rows have numbers, dates or links, a
// word for an answer ("Open-Ended Response"), or labels where the header has one name for several.
func isSubheading(header, row []string, below [][]string) bool {
	mismatched, missing, answers, labels := 0, 0, 0, 0
	for i := range max(len(row), len(below[0])) {
		cell := ""
		if i < len(row) {
			cell = strings.TrimSpace(row[i])
		}
		f := profileColumn(below, i, "")
		typed := f.filled > 0 && max(f.numbers, f.dates, f.notText, f.rated)*10 >= f.filled*9
		label := isLabel(header, row, i)
		switch {
		case cell == "" && f.filled == len(below):
			missing++
		case cell == "":
		case !label && (isTyped(cell) || countWords(cell) > 4):
			return false
		case typed:
			mismatched++
		case namesAnswer(cell):
			answers++
		case label:
			labels++
		}
	}
	if mismatched > 0 {
		return missing > 0 && mismatched+missing >= 3
	}
	return missing >= 3 && (answers > 0 || labels > 1)
}

// isLabel reports whether a cell of a row below the header can be the label of one of several
// columns, of which the header only names the first.
func isLabel(header, row []string, i int) bool {
	unnamed := func(i int) bool {
		return i < min(len(header), len(row)) && strings.TrimSpace(header[i]) == "" &&
			strings.TrimSpace(row[i]) != ""
	}
	if !unnamed(i) && !unnamed(i+1) {
		return false
	}
	cell := strings.TrimSpace(row[i])
	_, isDate := reviews.Dates{}.Parse([]byte(cell))
	return cell != "" && len(cell) <= maxNameLength && !isNumber(cell) && !isDate && !isLink(cell)
}

// namesAnswer reports whether a cell is a word for an answer, which survey tools write below an
// open question.
func namesAnswer(cell string) bool {
	cell = strings.ToLower(cell)
	return slices.ContainsFunc([]string{"response", "antwort", "réponse", "respuesta", "resposta",
		"risposta", "antwoord", "svar", "odpowied", "yanıt", "ответ", "回答", "응답"},
		func(word string) bool { return strings.Contains(cell, word) })
}

// isTyped reports whether a cell is a value, a link or a null word.
func isTyped(cell string) bool {
	return isValue(cell) || isLink(cell) || text.IsNull([]byte(cell))
}

// isValue reports whether a cell is a number, a date or stars.
func isValue(cell string) bool {
	_, isDate := reviews.Dates{}.Parse([]byte(cell))
	_, isStars := reviews.ParseStars([]byte(cell))
	return isNumber(cell) || isDate && !isProse(cell) || isStars
}

func isNumber(cell string) bool {
	_, ok := reviews.ParseNumber(cell)
	return ok
}

// share returns the share of the filled cells for which is returns true.
func share(cells []string, is func(string) bool) float64 {
	filled, n := 0, 0
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			filled++
			if is(cell) {
				n++
			}
		}
	}
	return float64(n) / float64(max(1, filled))
}

// tailBytes is the number of bytes that Tail reads from the end of a file.
const tailBytes = 64 << 10

// Tail adds to what Sniff found in the beginning of a file of that size: the end of the table,
// before totals and footnotes, unless another table ends it. It reads the last 64 KB.
func Tail(ctx context.Context, source io.ReaderAt, size int64, d Dialect) (Dialect, error) {
	if size <= SniffBytes || d.Until > 0 || !d.divided() {
		return d, nil // Sniff saw the end, or there is none
	}
	if err := ctx.Err(); err != nil {
		return d, err
	}
	from := (size - tailBytes) &^ 3 // the start of a UTF-16 unit, with or without a mark
	tail := make([]byte, size-from)
	if n, err := source.ReadAt(tail, from); err != nil && (err != io.EOF || n < len(tail)) {
		return d, err
	}
	rows := d.Rows()
	// The first record is incomplete, and if it contained quotes, the next may be misread. So the
	// table has to be well-formed from a record on that begins a line.
	lines := rows
	lines.Quoted = false
	r := NewReader(bytes.NewReader(tail), lines)
	for range 20 {
		record, err := r.Read()
		if err != nil {
			return d, nil
		}
		at := record.Offset + record.Bytes
		if t := readSample(tail[at:], true, rows, sniffRecords); t.agree >= 0.9 && t.repaired == 0 {
			if until := footer(NewReader(bytes.NewReader(tail[at:]), rows)); until > 0 {
				d.Until = from + at + until
			}
			return d, nil
		}
	}
	return d, nil
}

// maxFooter is the maximum number of records below the table that are examined.
const maxFooter = 5

// footer returns the offset at which the table that r reads ends, 0 if it extends to the end of the
// file.
func footer(r *Reader) int64 {
	var last []sampled             // with those before the last
	var filled []int               // rows with a cell, by column
	var records, width, sparse int // sparse: rows of one cell or none
	widths := map[int]int{}
	sampleRecords(r, func(s sampled) bool {
		if len(last) > maxFooter {
			last = last[1:]
		}
		s = s.keep()
		last = append(last, s)
		records++
		if s.filled < 2 {
			sparse++
		}
		widths[len(s.cells)]++
		for i, cell := range s.cells {
			if i == len(filled) {
				filled = append(filled, 0)
			}
			if strings.TrimSpace(cell) != "" {
				filled[i]++
			}
		}
		return true
	}) // the error is that of the end of the file
	for w, n := range widths {
		if n > widths[width] || n == widths[width] && w > width {
			width = w
		}
	}
	if width < 2 || records < 3 {
		return 0
	}
	until := int64(0)
	for i := len(last) - 1; i > 0; i-- {
		s := last[i]
		short := len(s.cells) == 1 || s.filled == 1 && sparse <= maxFooter
		blank := s.blank || last[i-1].filled == 0
		switch {
		case len(s.cells) == 1 && s.cells[0] != "" && strings.Trim(s.cells[0], " \x00\x1a") == "",
			isTotal(s, filled, records, width):
			until = s.offset
		case short && blank:
			until = s.offset
		case s.filled == 0 && until > 0:
			until = s.offset
		case !short:
			return until
		}
	}
	return until
}

// isTotal reports whether a record sums up the rows: it begins with a word for a total and lacks a
// cell that the others have.
func isTotal(s sampled, filled []int, records, width int) bool {
	first := slices.IndexFunc(s.cells, func(cell string) bool { return strings.TrimSpace(cell) != "" })
	if first < 0 {
		return false
	}
	word, count, _ := strings.Cut(s.cells[first], "(")
	if strings.Trim(count, "0123456789,. )") != "" { // unlike "Total (14)"
		return false
	}
	word = strings.ToLower(strings.Trim(word, " \t:*="))
	if !strings.Contains(totalWords, " "+strings.ReplaceAll(word, " ", "_")+" ") || word == "" {
		return false
	}
	for i := range width {
		missing := i >= len(s.cells) || strings.TrimSpace(s.cells[i]) == ""
		if missing && (filled[i]+1)*20 >= (records-1)*19 {
			return true
		}
	}
	return false
}

// totalWords are the first words of rows below the table.
const totalWords = " total totals grand_total subtotal sum average avg mean count overall " +
	"total_reviews total_rows number_of_reviews average_rating avg_rating mean_rating " +
	"overall_rating average_score average_stars gesamt gesamtsumme " +
	"gesamtergebnis summe durchschnitt mittelwert anzahl somme moyenne total_général suma promedio media " +
	"total_general totale somma soma média total_geral totaal gemiddelde som razem średnia summa " +
	"medelvärde genomsnitt totalt gennemsnit i_alt toplam ortalama genel_toplam итого всего среднее сумма " +
	"всього összesen átlag celkem průměr spolu priemer ukupno prosjek yhteensä keskiarvo σύνολο " +
	"合計 総計 平均 合计 总计 总和 總計 합계 총계 평균 "
