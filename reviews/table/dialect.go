package table

// Encodings of files.
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

// Dialect describes how a file is written. Sniff guesses it; each field can be overridden.
type Dialect struct {
	Encoding      string // one of the above; "" is UTF8
	BOM           bool   // the file begins with a byte order mark
	Delimiter     byte   // between fields; 0 if each line is one field
	Quoted        bool   // quotes enclose fields; else they are text (many TSV files)
	Header        bool   // the first record below the preamble names the columns
	DoubleEncoded bool   // each record is one quoted field that holds the record: a CSV that was written as CSV again
	// Keys is set if each line is a JSON object: the members that are its columns. Delimiter,
	// Quoted, Header and DoubleEncoded are then ignored.
	Keys []string

	// Less common settings. Zero values: '"' encloses fields and is doubled inside them.
	Quote     byte `json:",omitempty"` // encloses fields, if Quoted: an apostrophe
	Backslash bool `json:",omitempty"` // escapes a quote or a delimiter that is text
	Spaced    bool `json:",omitempty"` // blanks after a delimiter are not part of the field

	// Surplus, from 1, is the column that takes the fields of a record beyond Width, with the
	// delimiters between them: an unquoted text that contains delimiters. 0: there is none, and
	// such fields follow the others.
	Surplus int `json:",omitempty"`

	// Width is the number of fields of a record, used to repair records with bad quotes; 0 means
	// that of the first record.
	Width int `json:",omitempty"`

	// RowNames means that the first column, of names or numbers of rows, has no field in the
	// header, as R writes it: the other names are one field to the left of their cells.
	RowNames bool `json:",omitempty"`

	// Position of the table. Zero values: from the first line of the file to the last.
	Preamble   int   `json:",omitempty"` // lines above the table, including empty ones
	HeaderRows int   `json:",omitempty"` // records that name the columns, if Header; 0 means one
	NamesRow   int   `json:",omitempty"` // index of the one with the names, from 0
	Tables     int   `json:",omitempty"` // other tables in the sample, above or below
	Until      int64 `json:",omitempty"` // end of the table, before totals and footnotes; 0: none
}

// Rows returns the dialect of the rest of a file in d from a row on.
func (d Dialect) Rows() Dialect {
	d.BOM, d.Header, d.Preamble, d.Until, d.Tables = false, false, 0, 0, 0
	d.RowNames = false
	return d
}

// headerRows returns the number of records that name the columns.
func (d Dialect) headerRows() int {
	if !d.Header || d.Keys != nil {
		return 0
	}
	return max(1, d.HeaderRows)
}

// divided reports whether the fields of a record are separated directly in the file.
func (d Dialect) divided() bool { return d.Delimiter != 0 && !d.DoubleEncoded && d.Keys == nil }

// textQuotes reports whether '"' does not enclose anything in the file.
func (d Dialect) textQuotes() bool {
	return d.Keys == nil && d.Delimiter != 0 && (!d.Quoted || d.quote() != '"')
}

// outer returns the dialect that separates records, if it differs from the one that separates
// fields.
func (d Dialect) outer() Dialect {
	if d.Keys != nil || d.DoubleEncoded {
		d.Delimiter, d.Quoted, d.Width, d.Surplus = 0, d.DoubleEncoded, 0, 0
		d.Quote, d.Backslash, d.Spaced = 0, false, false
	}
	return d
}

// quote returns the byte that encloses fields.
func (d Dialect) quote() byte {
	if d.Quote != 0 {
		return d.Quote
	}
	return '"'
}

// plain reports whether only delimiters, doubled quotes and line ends are special.
func (d Dialect) plain() bool {
	return d.quote() == '"' && !d.Backslash && !d.Spaced && d.Surplus == 0
}

// A Format is a way to write a table; Dialect has the details.
type Format string

// The formats.
const (
	CSV       Format = "csv" // every table, whatever its delimiter
	JSONLines Format = "jsonl"
)

// Format returns the format of a file in d.
func (d Dialect) Format() Format {
	if d.Keys != nil {
		return JSONLines
	}
	return CSV
}
