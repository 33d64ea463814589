package table

// Encodings that a file may have.
const (
	UTF8        = "utf-8"
	UTF16LE     = "utf-16le"
	UTF16BE     = "utf-16be"
	Windows1252 = "windows-1252"
	Windows1250 = "windows-1250" // Polish, Czech, Hungarian
	Windows1251 = "windows-1251" // Cyrillic
	KOI8R       = "koi8-r"       // Cyrillic
	KOI8U       = "koi8-u"       // Ukrainian
	IBM866      = "ibm866"       // Cyrillic, of DOS
	Windows1253 = "windows-1253" // Greek
	Windows1254 = "windows-1254" // Turkish
	Windows1255 = "windows-1255" // Hebrew
	Windows1256 = "windows-1256" // Arabic
	Windows874  = "windows-874"  // Thai
	ISO8859_2   = "iso-8859-2"   // as Windows1250
	Macintosh   = "macintosh"    // Mac Roman, which Excel for Mac still writes
	GBK         = "gbk"
	Big5        = "big5"
	ShiftJIS    = "shift_jis"
	EUCJP       = "euc-jp"
	EUCKR       = "euc-kr"
	UTF8Twice   = "utf-8 twice" // UTF-8 that was taken for Windows-1252 and encoded again: "dÃ©jÃ ".
)

// Dialect is how a file is written. Sniff guesses it; each field can be overruled.
type Dialect struct {
	Encoding      string // one of the above; "" is UTF8
	BOM           bool   // the file begins with a byte order mark
	Delimiter     byte   // between fields; 0 where a line is one field
	Quoted        bool   // quotes enclose fields; else they are text (many TSV files)
	Header        bool   // the first record below the preamble names the columns
	DoubleEncoded bool   // each record is one quoted field that holds the record: a CSV that was written as CSV again
	// Keys is set where each line is a JSON object: the members that are its columns. Delimiter,
	// Quoted, Header and DoubleEncoded then mean nothing.
	Keys []string

	// Less common settings. Zero values: '"' encloses fields and is doubled inside them.
	Quote     byte `json:",omitempty"` // encloses fields, where Quoted: an apostrophe
	Backslash bool `json:",omitempty"` // one stands before a quote or a delimiter that is text
	Spaced    bool `json:",omitempty"` // blanks behind a delimiter are no part of the field

	// Surplus, from 1, is the column that takes what a record has above Width fields, with the
	// delimiters between: a text that holds delimiters and is not quoted. 0: there is none, such
	// fields follow the others.
	Surplus int `json:",omitempty"`

	// Width is the number of fields of a record, used to repair records with bad quotes; 0: that of
	// the first record.
	Width int `json:",omitempty"`

	// RowNames says that the first column, of names or numbers of rows, has no name and no place in
	// the header, as R writes it: the other names stand one field to the left of their cells.
	RowNames bool `json:",omitempty"`

	// Where the table is. Zero values: from the first line of the file to the last.
	Preamble   int   `json:",omitempty"` // lines above the table, empty ones counted
	HeaderRows int   `json:",omitempty"` // records that name the columns, where Header; 0 is one
	NamesRow   int   `json:",omitempty"` // which of them has the names, from 0
	Tables     int   `json:",omitempty"` // other ones in the sample, above or below
	Until      int64 `json:",omitempty"` // offset behind the table: of totals, footnotes; 0: no such
}

// Rows is the dialect of what begins with a row of a file that is written in d.
func (d Dialect) Rows() Dialect {
	d.BOM, d.Header, d.Preamble, d.Until, d.Tables = false, false, 0, 0, 0
	d.RowNames = false
	return d
}

// headerRows is how many records name the columns.
func (d Dialect) headerRows() int {
	if !d.Header || d.Keys != nil {
		return 0
	}
	return max(1, d.HeaderRows)
}

// divided reports whether a record is divided into fields as it stands in the file.
func (d Dialect) divided() bool { return d.Delimiter != 0 && !d.DoubleEncoded && d.Keys == nil }

// textQuotes reports whether '"' in the file encloses nothing.
func (d Dialect) textQuotes() bool {
	return d.Keys == nil && d.Delimiter != 0 && (!d.Quoted || d.quote() != '"')
}

// outer is how records are told apart, where that is not how fields are.
func (d Dialect) outer() Dialect {
	if d.Keys != nil || d.DoubleEncoded {
		d.Delimiter, d.Quoted, d.Width, d.Surplus = 0, d.DoubleEncoded, 0, 0
		d.Quote, d.Backslash, d.Spaced = 0, false, false
	}
	return d
}

// quote is the byte that encloses fields.
func (d Dialect) quote() byte {
	if d.Quote != 0 {
		return d.Quote
	}
	return '"'
}

// plain reports whether nothing but delimiters, doubled quotes and line ends matters.
func (d Dialect) plain() bool {
	return d.quote() == '"' && !d.Backslash && !d.Spaced && d.Surplus == 0
}

// A Format is a way to write a table; a Dialect says more.
type Format string

// The formats.
const (
	CSV       Format = "csv" // every table, whatever its delimiter
	JSONLines Format = "jsonl"
)

// Format is what a file is.
func (d Dialect) Format() Format {
	if d.Keys != nil {
		return JSONLines
	}
	return CSV
}
