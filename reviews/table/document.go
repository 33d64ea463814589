package table

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// WriteDocument rewrites a JSON document or a drawn table of size bytes as JSON lines. It reads the
// document twice: to find the records and to write them. The output is UTF-8 if the document is
// UTF-8 or UTF-16, or if ASCII bytes are parts of other characters (GBK, Big5, Shift_JIS), else in
// the encoding of the document. known is that encoding, or "" to detect it. UTF-16 is always
// detected.
func WriteDocument(
	ctx context.Context, w io.Writer, r io.ReaderAt, size int64, known string,
) (records Records, err error) {
	sample := make([]byte, min(size, SniffBytes))
	n, err := r.ReadAt(sample, 0)
	if err != nil && err != io.EOF {
		return Records{}, err
	}
	encoding, _, err := sniffEncoding(sample[:n], int64(n) == size)
	if err != nil {
		return Records{}, err
	}
	wide := encoding == UTF16LE || encoding == UTF16BE
	if !wide && known != "" {
		encoding = known
	}
	open := func() io.Reader {
		all := io.NewSectionReader(r, 0, size)
		switch {
		case wide:
			return &utf16Reader{r: all, encoding: encoding}
		case inPairs(encoding): // a backslash may be the second byte of a character
			return &pairsReader{r: all, decode: newDecoder(encoding)}
		}
		return all
	}
	if detectForm("", sample[:n], int64(n) == size, false) == DrawnTable {
		records, err = writeDrawn(w, NewContextReader(ctx, open()))
	} else {
		if records, err = findRecords(ctx, open()); err != nil {
			return Records{}, err
		}
		err = writeRecords(ctx, w, open(), &records)
	}
	records.Decoded = wide || inPairs(encoding)
	return records, err
}

// String describes which records of a document are read and which are not.
func (r Records) String() string {
	where := "the JSON document"
	if r.kind == drawnRecords {
		where = "the table that is drawn with lines"
	}
	if r.Name() != "" {
		where = strconv.Quote(r.Name())
	}
	note := fmt.Sprintf("Reviews from %s (%s %s)", where, group(r.Count), r.what())
	const shown = 5
	var others []string
	for _, name := range r.Others[:min(len(r.Others), shown)] {
		if name == "" {
			name = "the outermost objects"
		} else {
			name = strconv.Quote(name)
		}
		others = append(others, name)
	}
	if more := len(r.Others) - shown; more > 0 {
		others = append(others, strconv.Itoa(more)+" more")
	}
	if len(others) > 0 {
		note += "; also found: " + strings.Join(others, ", ")
	}
	return note + "."
}

// utf16Reader decodes UTF-16 to UTF-8.
type utf16Reader struct {
	r        io.Reader
	encoding string
	buf      [8 << 10]byte
	kept     int // undecoded bytes at the start of buf
	out      []byte
	decoded  []byte // the whole buffer of out
	err      error
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		n, err := io.ReadFull(u.r, u.buf[u.kept:])
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		u.err = err
		n += u.kept
		end := n &^ 1
		if end >= 2 && err == nil && u.isHigh(end-2) { // the next read has its other half
			end -= 2
		}
		u.decoded = decodeUTF16(u.decoded[:0], u.buf[:end], u.encoding)
		u.out = u.decoded
		u.kept = copy(u.buf[:], u.buf[end:n])
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

// isHigh reports whether the unit at i is the first half of a surrogate pair.
func (u *utf16Reader) isHigh(i int) bool {
	if u.encoding == UTF16LE {
		i++
	}
	return u.buf[i]&0xfc == 0xd8
}

// pairsReader decodes an encoding of one or more bytes a character to UTF-8.
type pairsReader struct {
	r      io.Reader
	decode decoder
	buf    []byte // read but not decoded
	out    []byte
	space  []byte // the whole buffer of out
	err    error
}

// pairsRead is the minimum that pairsReader decodes at once.
const pairsRead = 64 << 10

func (p *pairsReader) Read(b []byte) (int, error) {
	for len(p.out) == 0 {
		if p.err != nil {
			return 0, p.err
		}
		from := len(p.buf)
		p.buf = slices.Grow(p.buf, pairsRead)[:from+pairsRead]
		n, err := io.ReadFull(p.r, p.buf[from:])
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		p.err, p.buf = err, p.buf[:from+n]
		// No character continues with a byte below '0', so the buffer can be cut after one.
		end := 1 + bytes.LastIndexFunc(p.buf, func(r rune) bool { return r < '0' })
		if err != nil || len(p.buf) > MaxRecord {
			end = len(p.buf)
		}
		p.space, _ = p.decode.append(p.space[:0], p.buf[:end])
		p.out = p.space
		p.buf = p.buf[:copy(p.buf, p.buf[end:])]
	}
	n := copy(b, p.out)
	p.out = p.out[n:]
	return n, nil
}

// ReviewScore estimates whether a table beginning with sample holds reviews, for comparison with
// other tables of the same file. It returns the confidence that one of its columns is the text, 0
// if none is. One column or a few rows count for less: a title page has them, too.
func ReviewScore(sample []byte, whole bool) float64 {
	d, err := Sniff(sample, whole)
	if err != nil {
		return 0
	}
	r := NewReader(strings.NewReader(string(sample)), d)
	header, err := r.Header()
	if err != nil {
		return 0
	}
	var rows [][]string
	for len(rows) < 100 {
		record, err := r.Read()
		if err != nil {
			break
		}
		row := make([]string, len(record.Fields))
		for i, cell := range record.Fields {
			row[i] = string(cell)
		}
		rows = append(rows, row)
	}
	return reviewScore(header, rows)
}

// Sheets chooses the sheet of a workbook that looks most like reviews: the first one if several
// look alike.
type Sheets struct {
	Best   string   // "" if no sheet has rows
	Others []string // other sheets with rows
	// Rival is the one of Others with the columns of Best, or else one that looks nearly as much
	// like reviews; "" for none.
	Rival string

	filled []weighedSheet
	best   float64
}

// weighedSheet is a sheet with rows, and how much it looks like reviews.
type weighedSheet struct {
	name, header string
	how          float64
}

// Add weighs a sheet by its first rows, as CSV; whole means that they are all of its rows.
func (s *Sheets) Add(name string, head []byte, whole bool) {
	if len(bytes.Trim(head, ",\r\n")) == 0 {
		return
	}
	const near = 0.7 // of the best score
	header, _, _ := bytes.Cut(head, []byte("\n"))
	now := weighedSheet{name, string(header), ReviewScore(head, whole)}
	if s.filled = append(s.filled, now); len(s.filled) == 1 || now.how > s.best {
		s.best, s.Best = now.how, name
	}
	best := s.filled[slices.IndexFunc(s.filled, func(f weighedSheet) bool {
		return f.name == s.Best
	})]
	s.Others, s.Rival = nil, ""
	nearest := near * s.best
	for _, f := range s.filled {
		if f.name == s.Best {
			continue
		}
		s.Others = append(s.Others, f.name)
		how := f.how
		if how > 0 && f.header == best.header {
			how++
		}
		if how > 0 && how >= nearest && (s.Rival == "" || how > nearest) {
			s.Rival, nearest = f.name, how
		}
	}
}

// Note returns which sheet is read and which are not; "" if there is only one.
func (s *Sheets) Note() string {
	if len(s.Others) == 0 {
		return ""
	}
	quoted := make([]string, len(s.Others))
	for i, name := range s.Others {
		quoted[i] = strconv.Quote(name)
	}
	return "Reviews from the sheet " + strconv.Quote(s.Best) + "; not read: " +
		strings.Join(quoted, ", ") + "."
}

// Doubt returns the doubt that another sheet may hold the reviews; "" for none.
func (s *Sheets) Doubt() string {
	if s.Rival == "" {
		return ""
	}
	return fmt.Sprintf("that the sheet %q is the one with the reviews is a guess: it may be %q",
		s.Best, s.Rival)
}

// reviewScore is ReviewScore for the first rows of a table.
func reviewScore(header []string, rows [][]string) float64 {
	if len(rows) == 0 {
		return 0
	}
	columns, sure := GuessColumns(header, rows)
	if columns.Text < 0 {
		return 0
	}
	confidence := sure.Text
	if max(len(header), len(rows[0])) == 1 {
		confidence /= 2
	}
	return confidence * float64(len(rows)) / float64(len(rows)+5)
}
