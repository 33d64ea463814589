package table

import (
	"bytes"
	"encoding/binary"
	"path"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Form is the kind of a file, regardless of its name.
type Form string

// Forms that hold a readable table: Sniff and Reader read Plain, WriteDocument rewrites
// JSONDocument and DrawnTable, and the others are packed.
const (
	Plain        Form = "text" // CSV, TSV, JSON lines and whatever else is text
	JSONDocument Form = "JSON document"
	Gzip         Form = "gzip"
	Zip          Form = "zip"
	Workbook     Form = "workbook" // .xlsx
	WebPage      Form = "web page" // with tables, such as those that programs save as .xls
	MHTML        Form = "web page in MIME"
	OpenDocument Form = "OpenDocument file"
	Parquet      Form = "Parquet file"
	DrawnTable   Form = "table drawn with lines" // as mysql, psql and Markdown write them
)

// Forms that this package does not read.
const (
	xmlWorkbook Form = "XML spreadsheet"
	xmlDocument Form = "XML document"
	blocks      Form = "file of records over several lines"
	ruled       Form = "table in columns of spaces"
	markup      Form = "table in the markup of a document"
	script      Form = "script"
	statements  Form = "SQL script"
	mail        Form = "mail"
	numbers     Form = "Numbers document"
	oldWorkbook Form = "old Excel workbook"
	binaryBook  Form = "binary Excel workbook"
	locked      Form = "workbook with a password"
	document    Form = "Word document"
	columnar    Form = "columnar data file"
	statistics  Form = "data file of a statistics program"
	utf32       Form = "text in UTF-32"
	database    Form = "database"
	pdf         Form = "PDF"
	picture     Form = "picture"
	archive     Form = "archive"
)

// magics are the first bytes of binary forms.
var magics = []struct {
	magic string
	form  Form
}{
	{"\x1f\x8b", Gzip},
	{"\xd0\xcf\x11\xe0", oldWorkbook},
	{"%PDF", pdf},
	{"\x89PNG", picture},
	{"\xff\xd8\xff", picture},
	{"SQLite format 3", database},
	{"PAR1", Parquet},
	{"ARROW1", columnar},
	{"Obj\x01", columnar}, // Avro
	{"<stata_dta>", statistics},
	{"$FL2@(#)", statistics},   // SPSS
	{"@relation ", statistics}, // Weka
	{"@RELATION ", statistics},
	{"{\\rtf", document},
	{"\xff\xfe\x00\x00", utf32}, // UTF-16 has no such first character
	{"\x00\x00\xfe\xff", utf32},
	{"7z\xbc\xaf\x27\x1c", archive},
	{"Rar!\x1a\x07", archive},
	{"\xfd7zXZ\x00", archive},
	{"\x28\xb5\x2f\xfd", archive}, // Zstandard
	{"BZh", archive},
}

// DetectForm detects the form of a file from its name and its first bytes, SniffBytes of them or
// all. The bytes decide; the name distinguishes forms with the same beginning, and may be empty.
func DetectForm(name string, sample []byte) Form {
	if len(sample) > SniffBytes {
		sample = sample[:SniffBytes]
	}
	return detectForm(name, sample, len(sample) < SniffBytes, true)
}

// detectForm treats JSON lines with records inside them as a document only if envelopes is set:
// they can also be read as lines.
func detectForm(name string, sample []byte, whole, envelopes bool) Form {
	for _, m := range magics {
		if !bytes.HasPrefix(sample, []byte(m.magic)) {
			continue
		}
		if m.magic == "BZh" && (len(sample) < 10 || string(sample[4:10]) != "1AY&SY") {
			continue
		}
		if m.form == oldWorkbook {
			return oleForm(name, sample)
		}
		return m.form
	}
	if bytes.HasPrefix(sample, []byte("PK\x03\x04")) || bytes.HasPrefix(sample, []byte("PK\x05\x06")) {
		return zipForm(name, sample)
	}
	if isTar(sample) {
		return archive
	}
	d := Dialect{Quoted: true}
	var err error
	if d.Encoding, d.BOM, err = sniffEncoding(sample, whole); err != nil {
		return Plain // Sniff returns the error
	}
	head := sample
	if d.Encoding == UTF16LE || d.Encoding == UTF16BE {
		head = decodeUTF16(nil, sample[:len(sample)&^1], d.Encoding)
	}
	head = bytes.TrimLeft(head, byteOrderMark+" \t\r\n")
	if form := markupForm(name, head); form != Plain {
		return form
	}
	if isDrawn(head) {
		return DrawnTable
	}
	if form := linesForm(head); form != Plain {
		return form
	}
	if beginsJSON(name, head) {
		if lines := sniffJSON(sample, whole, d) != nil; !lines || envelopes && isEnvelope(sample, d) {
			return JSONDocument
		}
	}
	return Plain
}

// isTar reports whether a sample begins with the header of a tar archive: a name followed by zeros,
// and a mark. The header's few non-text bytes would otherwise pass for stray ones.
func isTar(sample []byte) bool {
	const mark = 257 // its offset
	return len(sample) >= 512 && bytes.HasPrefix(sample[mark:], []byte("ustar")) &&
		bytes.IndexByte(sample[:mark], 0) > 0
}

// oleForm distinguishes the forms of old Office programs by the names of their streams, if these
// are in the sample. A workbook that is named .xlsx is encrypted.
func oleForm(name string, sample []byte) Form {
	has := func(stream string) bool {
		return bytes.Contains(sample, []byte(strings.Join(strings.Split(stream, ""), "\x00")))
	}
	switch ext := strings.ToLower(path.Ext(name)); {
	case ext == ".xlsx" || ext == ".xlsm" || ext == ".xlsb" || has("EncryptedPackage"):
		return locked
	case ext == ".msg" || has("__nameid_version"):
		return mail
	case ext == ".doc" || has("WordDocument"):
		return document
	}
	return oldWorkbook
}

// zipForm distinguishes zip-based forms by the names of the first entries.
func zipForm(name string, sample []byte) Form {
	switch strings.ToLower(path.Ext(name)) {
	case ".xlsx", ".xlsm":
		return Workbook
	case ".xlsb":
		return binaryBook
	case ".numbers":
		return numbers
	}
	if len(sample) > 30 && bytes.HasPrefix(sample[30:], []byte("mimetypeapplication/vnd.oasis.opendocument")) {
		return OpenDocument
	}
	for i, parts := 0, 0; i+30 <= len(sample) && string(sample[i:i+4]) == "PK\x03\x04" && parts < 30; parts++ {
		size := int(binary.LittleEndian.Uint32(sample[i+18:]))
		length := int(binary.LittleEndian.Uint16(sample[i+26:]))
		extra := int(binary.LittleEndian.Uint16(sample[i+28:]))
		part := sample[i+30 : min(i+30+length, len(sample))]
		switch {
		case bytes.HasPrefix(part, []byte("xl/")):
			return Workbook
		case bytes.HasPrefix(part, []byte("word/")):
			return document
		case string(part) == "Index/Document.iwa":
			return numbers
		case string(part) == "[Content_Types].xml" && strings.EqualFold(path.Ext(name), ".xls"):
			return Workbook
		}
		if i += 30 + length + extra + size; size == 0 || size > len(sample) { // or after the entry
			next := bytes.Index(sample[min(i, len(sample)):], []byte("PK\x03\x04"))
			if next < 0 {
				break
			}
			i += next
		}
	}
	return Zip
}

// markupForm detects web pages and XML by how they begin: text in a table may contain tags, but the
// table begins with the name of a column.
func markupForm(name string, head []byte) Form {
	const looked = 4 << 10
	top := bytes.ToLower(head[:min(len(head), looked)])
	has := func(word string) bool { return bytes.Contains(top, []byte(word)) }
	if has("mime-version:") && has("multipart/related") && headerField(top) {
		return MHTML // as browsers, Excel and SSRS save pages, also under the name .xls
	}
	if len(top) == 0 || top[0] != '<' {
		return Plain
	}
	switch tag := tagOf(top); {
	case slices.Contains([]string{"!doctype", "html", "head", "body", "table", "meta", "style"}, tag):
		return WebPage
	case strings.EqualFold(path.Ext(name), ".xml") && len(tag) > 0 && isLetter(tag[0]):
		return xmlDocument
	case tag != "?xml" && tag != "!--" && tag != "workbook":
		// two tags in a row, neither of which occurs in text
		rest := bytes.TrimLeft(top[max(bytes.IndexByte(top, '>'), 0)+1:], " \t\r\n")
		if len(rest) > 1 && rest[0] == '<' && isLetter(rest[1]) && len(tag) > 5 &&
			isLetter(tag[0]) && tag != "strong" && tag != "center" {
			return xmlDocument
		}
		return Plain
	case has("urn:schemas-microsoft-com:office:spreadsheet"):
		return xmlWorkbook
	case has("<html") || has("<table"):
		return WebPage
	case tag == "?xml":
		return xmlDocument
	}
	return Plain
}

// headerField reports whether text begins like a message: with the name of a field and a colon.
func headerField(top []byte) bool {
	name, _, ok := bytes.Cut(top, []byte(":"))
	return ok && slices.Contains([]string{"mime-version", "from", "subject", "date", "content-type",
		"snapshot-content-location", "x-document-type"}, string(name))
}

// linesForm detects text written in lines that are not rows or single texts.
func linesForm(head []byte) Form {
	lines := bytes.SplitN(head[:min(len(head), 16<<10)], []byte("\n"), 100)
	first := strings.TrimSpace(string(lines[0]))
	if strings.HasPrefix(first, "{|") || strings.HasPrefix(first, `\begin{`) {
		return markup
	}
	name, value, ok := strings.Cut(first, "=")
	value = strings.TrimSpace(value)
	if ok && !strings.ContainsAny(name, ",;\t\"'{}[]") &&
		(value == "[" || value == "{" || beginsJSON("", []byte(value))) {
		return script
	}
	call, value, ok := strings.Cut(first, "(") // JSONP
	named := strings.IndexFunc(call, func(r rune) bool { return !isIdentifier(r) }) < 0
	if ok && named && call != "" && beginsJSON("", []byte(value)) {
		return script
	}
	for _, line := range lines[:min(len(lines), 3)] { // the header, possibly below another line
		words := strings.Fields(string(line))
		if len(words) > 1 && len(bytes.Trim(line, "-= \r")) == 0 &&
			len(words[0])+len(words[1]) > 3 {
			return ruled
		}
	}
	if isSQL(lines) {
		return statements
	}
	if isMail(lines) {
		return mail
	}
	return blocksForm(lines[:max(1, len(lines)-1)])
}

// isIdentifier reports whether r may occur in a JavaScript name.
func isIdentifier(r rune) bool {
	return r == '_' || r == '$' || r == '.' || r < utf8.RuneSelf && isLetter(byte(r)) ||
		r >= '0' && r <= '9'
}

// isSQL reports whether lines begin with statements that create a table and fill it. A dump that
// fills it from separate lines (COPY) is read as those lines.
func isSQL(lines [][]byte) bool {
	begins := false
	for _, line := range lines {
		words := strings.Fields(strings.ToUpper(string(line[:min(len(line), 1000)])))
		if len(words) == 0 || !begins && strings.HasPrefix(words[0], "--") {
			continue
		}
		if words[0] == "COPY" && strings.HasPrefix(words[len(words)-1], "STDIN") {
			return false
		}
		values := func(w string) bool { return strings.HasPrefix(w, "VALUES") }
		switch first := strings.Join(words[:min(len(words), 2)], " "); {
		case first == "CREATE TABLE" && len(words) > 2,
			first == "INSERT INTO" && slices.ContainsFunc(words, values):
			begins = true
		case !begins && !inList(strings.ToLower(words[0]),
			" set use drop lock begin begin; start pragma alter truncate ") &&
			!strings.HasPrefix(words[0], "/*"):
			return false
		}
	}
	return begins
}

// isMail reports whether lines begin with the fields of a message, alone or as the first of a
// mailbox: the sender's, and two others that all messages have.
func isMail(lines [][]byte) bool {
	fields := map[string]bool{}
	for i, line := range lines {
		text := strings.TrimRight(string(line), "\r")
		if text == "" {
			break
		}
		if text[0] == ' ' || text[0] == '\t' { // continues the previous field
			continue
		}
		name, _, ok := strings.Cut(text, ":")
		if i == 0 && beginsMailbox(text) {
			name = "mailbox"
		} else if !ok || strings.ContainsAny(name, " ,;\t|\"") {
			return false
		}
		if name = strings.ToLower(name); inList(name, " mailbox from to subject date message-id "+
			"received return-path delivered-to mime-version content-type ") {
			fields[name] = true
		}
	}
	return fields["from"] && len(fields) >= 3
}

// beginsMailbox reports whether a line states, as in a mailbox, who sent a message and when.
func beginsMailbox(line string) bool {
	words := strings.Fields(line)
	return len(words) > 3 && words[0] == "From" && inList(words[2], " Mon Tue Wed Thu Fri Sat Sun ")
}

// blocksForm detects records of one "name: value" a line, separated by an empty line, a dash (YAML)
// or a row of asterisks (mysql).
func blocksForm(lines [][]byte) Form {
	names := map[string]int{}
	named, others, marks := 0, 0, 0
	for _, line := range lines {
		text := strings.TrimSpace(string(line))
		if text == "" || text == "---" || strings.HasPrefix(text, "****") || isSection(text) {
			marks++
			continue
		}
		if named == 0 && strings.HasPrefix(text, "-[ ") && strings.Contains(text, " 1 ]-") {
			return blocks // of psql
		}
		if rest, ok := strings.CutPrefix(text, "- "); ok {
			text = rest
			marks++
		}
		at := strings.IndexAny(text, ":=")
		name := strings.TrimRight(text[:max(at, 0)], " ")
		if at < 0 || len(name) > 40 || strings.ContainsAny(name, ",;\t|\"{}[]") ||
			!isLetter(text[0]) {
			others++ // a text may continue below
			continue
		}
		names[name]++
		named++
	}
	again := 0 // repeated names
	for _, n := range names {
		if n > 1 {
			again++
		}
	}
	if marks > 0 && again > 1 && named >= 2*len(names)-1 && named > 4*others {
		return blocks
	}
	return Plain
}

// isSection reports whether a line is the head of a section, as in TOML and INI: [reviews].
func isSection(line string) bool {
	name := strings.Trim(line, "[]")
	return len(line) <= 60 && line[0] == '[' && line[len(line)-1] == ']' && name != "" &&
		!strings.ContainsAny(name, "[],;\t|\"{}")
}

// tagOf returns the name of the tag that b begins with.
func tagOf(b []byte) string {
	if bytes.HasPrefix(b, []byte("<!--")) {
		return "!--"
	}
	b = b[1:]
	if end := bytes.IndexAny(b, " \t\r\n/>"); end >= 0 {
		return string(b[:end])
	}
	return ""
}

// beginsJSON reports whether text begins like an object or an array of values, in strict JSON or as
// printed by programs.
func beginsJSON(name string, head []byte) bool {
	if len(head) < 2 || head[0] != '{' && head[0] != '[' {
		return false
	}
	if strings.EqualFold(path.Ext(name), ".json") {
		return true
	}
	rest := bytes.TrimLeft(head[1:], " \t\r\n")
	if head[0] == '[' {
		if len(rest) == 0 || rest[0] != '[' {
			return len(rest) > 0 && rest[0] == '{'
		}
		inner := bytes.TrimLeft(rest[1:], " \t\r\n")
		return len(inner) > 0 && inner[0] == '"' || beginsJSON("", rest)
	}
	if len(rest) == 0 {
		return false
	}
	switch c := rest[0]; {
	case c == '"' || c == '\'':
		end := bytes.IndexByte(rest[1:], c)
		if end < 0 {
			return len(rest) > maxNameLength
		}
		rest = rest[end+2:]
	case c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z':
		end := bytes.IndexFunc(rest, func(r rune) bool {
			return r != '_' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
		})
		rest = rest[max(end, 0):]
	default:
		return false
	}
	rest = bytes.TrimLeft(rest, " \t\r\n")
	return len(rest) > 0 && rest[0] == ':'
}

// isEnvelope reports whether JSON lines are not the records themselves: lines without a text, or a
// single line, that contain arrays of records, like API responses, or objects by their keys.
func isEnvelope(sample []byte, d Dialect) bool {
	d.Delimiter, d.Quoted, d.Header = 0, false, false
	r := NewReader(bytes.NewReader(sample), d)
	var lines jsonTable
	arrays, texts, objects := false, false, 0 // objects: members that are objects
	lists := map[string]*jsonTable{}
	for lines.count < jsonSamples {
		rec, err := r.Read()
		if err != nil || rec.Err != nil {
			break
		}
		line := bytes.Clone(rec.Fields[0])
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		lines.add(line)
		jsonMembers(line, func(_, value []byte) {
			if _, ok := wrapped(value); !ok && isObject(value) {
				objects++
			}
			if lines.count == 1 && len(value) > 1 && value[0] == '[' {
				list := jsonTable{}
				list.addAll("", value)
				texts = texts || list.holdsTexts(3)
			}
		})
		jsonCells(line, func(key, value []byte) {
			if holdsRecords(key, value) {
				arrays = true
				addList(lists, string(key), value)
			}
		})
	}
	for _, list := range lists {
		if list.count > lines.count && lines.holds(list) {
			return true
		}
	}
	if lines.count == 1 && texts && lines.text() < 0 {
		return true
	}
	return arrays && (lines.count == 1 || lines.text() < 0) || objects > 1 && lines.count == 1
}

// addList adds the records of a list to the table with its name.
func addList(lists map[string]*jsonTable, name string, list []byte) {
	t := lists[name]
	if t == nil {
		if len(lists) == jsonPaths {
			return
		}
		t = &jsonTable{path: strings.Split(name, "."), listed: true}
		lists[name] = t
	}
	t.addAll(t.path[len(t.path)-1], list)
}

// addAll adds the objects and texts of an array with that name.
func (t *jsonTable) addAll(name string, list []byte) {
	rawElements(list, func(record []byte) {
		switch record[0] {
		case '{':
			t.add(record)
		case '"':
			t.add(stringRecord(name, record))
		}
	})
}

// holdsRecords reports whether a member is an array of objects or of arrays, or an array of texts
// that is named for reviews.
func holdsRecords(key, value []byte) bool {
	if len(value) < 2 || value[0] != '[' {
		return false
	}
	value = bytes.TrimLeft(value[1:], " \t\r\n")
	return len(value) > 0 && (value[0] == '{' || value[0] == '[' ||
		value[0] == '"' && namesTexts(string(key[bytes.LastIndexByte(key, '.')+1:])))
}

// Refusal returns what a file of that form and name is and what to do instead, for readers of Plain
// alone; "" for Plain.
func (f Form) Refusal(name string) string {
	saved := ""
	if ext := strings.ToLower(path.Ext(name)); ext != "" {
		saved = " saved as " + ext
	}
	switch f {
	case Plain:
		return ""
	case JSONDocument:
		return "This is a JSON document, not one object a line. Write one object a line: jq -c '.[]' reviews.json > reviews.jsonl"
	case DrawnTable:
		return "This is a table that is drawn with lines. " +
			"Write it as CSV: mysql --batch, psql --csv."
	case Gzip:
		return "This file is packed with gzip. Unpack it first."
	case Zip:
		return "This is a zip archive, not text. Unpack it and take the table inside."
	case Workbook:
		return "This is a workbook, not text. Save the sheet as CSV."
	case WebPage, MHTML:
		return "This is a web page" + saved + ", not a table. Open it in a spreadsheet program and save it as .xlsx or CSV."
	case xmlWorkbook:
		return "This is an XML spreadsheet" + saved + ", which is not read. Open it in a spreadsheet program and save it as .xlsx or CSV."
	case xmlDocument:
		return "This is an XML document" + saved + ", not a table. Export the reviews as CSV, .xlsx or JSON."
	case blocks:
		return "This has records of a name and a value in each line, " +
			"not a table. Export the reviews as CSV or JSON."
	case ruled:
		return "This is a table whose columns are made of spaces. " +
			"Export it as CSV: .mode csv in sqlite3, set markup csv on in SQL*Plus."
	case markup:
		return "This is a table in the markup of a document. Export the reviews as CSV."
	case statements:
		return "This is a script of SQL. Export the table as CSV: mysql --batch, psql --csv, " +
			"or the export of phpMyAdmin."
	case mail:
		return "This is mail" + saved + ", not a table. Export the messages as CSV, with a " +
			"column for their text, or save the table that is attached."
	case script:
		return "This is a script, not JSON. " +
			"Remove what stands before the first bracket, and name the file .json."
	case OpenDocument:
		return "This is an OpenDocument file (.ods), which is not read. Save the sheet as .xlsx or CSV."
	case numbers:
		return "This is a Numbers document, which is not read. Export it as .xlsx or CSV."
	case oldWorkbook:
		return "This is an old Excel workbook (.xls), not text. Save the sheet as .xlsx or CSV."
	case locked:
		return "This workbook is protected by a password. " +
			"Open it, remove the password, and save it again."
	case statistics:
		return "This is a data file of Stata, SPSS or Weka, not text. Export the reviews as CSV."
	case utf32:
		return "This is text in UTF-32, which is not read. Save it in UTF-8."
	case binaryBook:
		return "This is a binary Excel workbook (.xlsb), which is not read. Save it as .xlsx or CSV."
	case Parquet:
		return "This is a Parquet file, not text. The command line reads it (reviewlens score, " +
			"report and table); here, export the reviews as CSV or JSON lines."
	case columnar:
		return "This is a data file of Arrow or Avro, not text. Export the reviews as CSV or JSON lines."
	case database:
		return "This is a database, not text. Export the reviews as CSV."
	case archive:
		return "This is an archive that is not unpacked here. Unpack it and take the table inside, or pack it as .zip or .gz."
	}
	return "This is a " + string(f) + ", not a table. Export the reviews as CSV."
}

// decodeUTF16 appends b, of even length, as UTF-8. An unpaired surrogate half at the end is
// dropped.
func decodeUTF16(dst, b []byte, encoding string) []byte {
	var high rune
	for ; len(b) > 1; b = b[2:] {
		c := rune(binary.LittleEndian.Uint16(b))
		if encoding == UTF16BE {
			c = rune(binary.BigEndian.Uint16(b))
		}
		if high != 0 {
			if r := utf16.DecodeRune(high, c); r != utf8.RuneError {
				dst, high = utf8.AppendRune(dst, r), 0
				continue
			}
			dst, high = utf8.AppendRune(dst, utf8.RuneError), 0
		}
		if c >= 0xd800 && c < 0xdc00 {
			high = c
			continue
		}
		dst = utf8.AppendRune(dst, c)
	}
	return dst
}
