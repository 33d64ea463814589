package unpack

import (
	"cmp"
	"context"
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"reviewlens/reviews/table"
)

// webTables returns the tables of a web page, as programs save them under the name of a
// spreadsheet. A table within a cell of another is separate. repaired is set if the page has bytes
// that are not UTF-8, though it should be.
func webTables(r io.ReaderAt, size int64, repaired *bool) tables {
	return func(ctx context.Context, row func(int, string, []string) error) error {
		sample, err := sampleOf(io.NewSectionReader(r, 0, size))
		if err != nil {
			return err
		}
		page := table.NewContextReader(ctx, io.NewSectionReader(r, 0, size))
		p := webParser{row: row}
		z := html.NewTokenizer(transform.NewReader(page, decoderOf(encodingOf(sample), repaired)))
		z.SetMaxBuf(maxCell)
		for {
			kind := z.Next()
			if kind == html.ErrorToken {
				err := z.Err()
				if errors.Is(err, io.EOF) {
					return p.closeAll()
				}
				if errors.Is(err, html.ErrBufferExceeded) {
					return tooLong()
				}
				return err
			}
			if err := p.token(z, kind); err != nil {
				return err
			}
		}
	}
}

// encodingName matches a page's declaration of its encoding.
var encodingName = regexp.MustCompile(`(?i)<meta\s[^>]*\bcharset\s*=\s*["']?\s*([\w:.-]+)` +
	`|^\s*<\?xml\s[^>]*\bencoding\s*=\s*["']([\w:.-]+)`)

// encodingOf returns the encoding of a page that begins with a sample: the one declared by a mark
// or a tag; else UTF-8 if the sample is valid, or Windows-1252. Browsers examine only 1 KB, but a
// page saved by a program may have more of styles and scripts before its first letter beyond ASCII.
func encodingOf(sample []byte) encoding.Encoding {
	if e, _, marked := charset.DetermineEncoding(sample, ""); marked {
		return e
	}
	if len(sample) > 1 && sample[1] == 0 {
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	} else if len(sample) > 1 && sample[0] == 0 {
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	if m := encodingName.FindSubmatch(sample); m != nil {
		e, name := charset.Lookup(string(m[1]) + string(m[2]))
		switch {
		case name == "utf-8":
			return unicode.UTF8
		case e != nil && !strings.HasPrefix(name, "utf-16"): // wrong, since the tag is ASCII
			return e
		}
	}
	for cut := 1; cut < min(utf8.UTFMax, len(sample)); cut++ { // the last character may be cut
		if end := sample[len(sample)-cut:]; utf8.RuneStart(end[0]) && !utf8.FullRune(end) {
			sample = sample[:len(sample)-cut]
			break
		}
	}
	if utf8.Valid(sample) {
		return unicode.UTF8
	}
	return charmap.Windows1252
}

// decoderOf returns a decoder of an encoding. In UTF-8, bytes that are none are Windows-1252, and
// set repaired: the sample of a long page may hold ASCII alone.
func decoderOf(e encoding.Encoding, repaired *bool) transform.Transformer {
	if e == unicode.UTF8 {
		return utf8Decoder{repaired: repaired}
	}
	return e.NewDecoder()
}

type utf8Decoder struct {
	transform.NopResetter
	repaired *bool
}

func (d utf8Decoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		r, size := utf8.DecodeRune(src[nSrc:])
		if r == utf8.RuneError && size == 1 {
			if !atEOF && !utf8.FullRune(src[nSrc:]) {
				return nDst, nSrc, transform.ErrShortSrc
			}
			r, *d.repaired = charmap.Windows1252.DecodeByte(src[nSrc]), true
		}
		if nDst+utf8.RuneLen(r) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc += size
	}
	return nDst, nSrc, nil
}

// webParser converts the tokens of a web page to rows.
type webParser struct {
	row   func(int, string, []string) error
	count int // tables so far
	open  []*webTable
	skip  atom.Atom // the element whose text is ignored
}

// webTable is an open table.
type webTable struct {
	index         int
	grid          grid
	inRow, inCell bool
	columns, rows int // spanned by the cell
	text          strings.Builder
	labels        strings.Builder // of the images and other elements of the cell
	label         string          // the last of them, and
	labelled      atom.Atom       // its element
}

// maxNested bounds the depth of nested tables.
const maxNested = 50

func (p *webParser) token(z *html.Tokenizer, kind html.TokenType) error {
	switch kind {
	case html.TextToken:
		return p.text(z)
	case html.StartTagToken, html.SelfClosingTagToken:
		return p.startTag(z, kind)
	case html.EndTagToken:
		return p.endTag(z)
	}
	return nil
}

// innermost returns the last opened of the open tables, or nil.
func (p *webParser) innermost() *webTable {
	if n := len(p.open); n > 0 {
		return p.open[n-1]
	}
	return nil
}

// text adds a text to the open cell.
func (p *webParser) text(z *html.Tokenizer) error {
	t := p.innermost()
	if t == nil || !t.inCell || p.skip != 0 {
		return nil
	}
	if t.text.Len() > maxCell {
		return tooLong()
	}
	t.text.WriteString(html.UnescapeString(string(z.Raw())))
	return nil
}

func (p *webParser) startTag(z *html.Tokenizer, kind html.TokenType) error {
	t := p.innermost()
	name, attributes := z.TagName()
	tag := atom.Lookup(name)
	switch {
	case tag == atom.Script || tag == atom.Style || tag == atom.Title:
		if kind == html.StartTagToken {
			p.skip = tag
		}
	case tag == atom.Table:
		if len(p.open) == maxNested {
			return refuse("tables stand in one another %d deep", maxNested)
		}
		p.open = append(p.open, &webTable{index: p.count})
		p.count++
	case t == nil:
	case tag == atom.Tr:
		if err := p.endRow(t); err != nil {
			return err
		}
		t.inRow = true
	case tag == atom.Td || tag == atom.Th:
		if err := t.endCell(); err != nil {
			return err
		}
		return t.startCell(z, tag, attributes)
	case t.inCell && p.skip == 0:
		if tag == atom.Br || tag == atom.P || tag == atom.Div || tag == atom.Li {
			t.text.WriteByte('\n')
		}
		return t.addLabel(z, tag, attributes)
	}
	return nil
}

func (p *webParser) endTag(z *html.Tokenizer) error {
	t := p.innermost()
	name, _ := z.TagName()
	tag := atom.Lookup(name)
	switch {
	case p.skip != 0:
		if tag == p.skip {
			p.skip = 0
		}
	case t == nil:
	case tag == atom.Td || tag == atom.Th:
		return t.endCell()
	case tag == atom.Tr:
		return p.endRow(t)
	case tag == atom.Table:
		p.open = p.open[:len(p.open)-1]
		return p.endRow(t)
	}
	return nil
}

// closeAll closes the tables that a page leaves open.
func (p *webParser) closeAll() error {
	for len(p.open) > 0 {
		t := p.open[len(p.open)-1]
		p.open = p.open[:len(p.open)-1]
		if err := p.endRow(t); err != nil {
			return err
		}
	}
	return nil
}

func (p *webParser) endRow(t *webTable) error {
	if err := t.endCell(); err != nil || !t.inRow {
		return err
	}
	t.inRow = false
	return p.row(t.index, "", t.grid.end())
}

// startCell starts a cell, which spans the columns and rows of its attributes, if any.
func (t *webTable) startCell(z *html.Tokenizer, tag atom.Atom, attributes bool) error {
	t.inRow, t.inCell, t.columns, t.rows, t.label = true, true, 1, 1, ""
	return t.addLabel(z, tag, attributes)
}

// addLabel adds the text that stands for an element without one, such as an image of stars, by its
// attributes: alt, or else aria-label or title. A label that another kind of element repeats, as an
// image does for the link around it, counts once. That of a button says what it does. The
// attributes of a cell also tell what it spans.
func (t *webTable) addLabel(z *html.Tokenizer, tag atom.Atom, attributes bool) error {
	alt, aria, title := "", "", ""
	for attributes {
		var key, value []byte
		key, value, attributes = z.TagAttr()
		switch string(key) {
		case "colspan":
			t.columns = span(string(value))
		case "rowspan":
			t.rows = span(string(value))
		case "alt":
			alt = string(value)
		case "aria-label":
			aria = string(value)
		case "title":
			title = string(value)
		}
	}
	label := cmp.Or(alt, aria, title)
	if label == "" || tag == atom.Button || label == t.label && tag != t.labelled {
		return nil
	}
	t.label, t.labelled = label, tag
	if t.labels.Len() > maxCell {
		return tooLong()
	}
	t.labels.WriteByte(' ')
	t.labels.WriteString(label)
	return nil
}

// endCell ends the cell. A cell without a text has the labels of its elements, such as a rating.
func (t *webTable) endCell() error {
	if !t.inCell {
		return nil
	}
	t.inCell = false
	cell := collapse(t.text.String())
	if cell == "" {
		cell = collapse(t.labels.String())
	}
	t.text.Reset()
	t.labels.Reset()
	return t.grid.add(cell, t.columns, t.rows)
}

// collapse replaces white space within a line by one space. Line ends of the source are kept as
// well: programs write them where the text has some.
func collapse(s string) string {
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
