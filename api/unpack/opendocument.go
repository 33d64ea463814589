package unpack

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"reviewlens/reviews/table"
)

// The XML namespaces of OpenDocument 1.3.
const (
	tableNames  = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
	textNames   = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
	officeNames = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
)

// maxRows bounds the rows of all sheets; LibreOffice has as many in one. A document stores equal
// consecutive rows once, with their number.
const maxRows = 1 << 24

// sheetTables returns the sheets of an OpenDocument spreadsheet.
func sheetTables(r io.ReaderAt, size int64) tables {
	return func(ctx context.Context, row func(int, string, []string) error) error {
		z, err := zip.NewReader(r, size)
		if err != nil {
			return err
		}
		content, err := z.Open("content.xml")
		if err != nil {
			return err
		}
		defer content.Close()
		bounded := &tokenReader{
			r: io.LimitReader(table.NewContextReader(ctx, content), maxParts)}
		p := sheetParser{row: row, index: -1}
		d := xml.NewDecoder(bounded)
		for {
			bounded.left = maxToken
			token, err := d.RawToken()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := p.token(token); err != nil {
				return err
			}
		}
	}
}

// maxToken bounds the bytes read for one token, which xml.Decoder keeps in memory. A permitted cell
// with an entity for each of its letters is shorter.
const maxToken = 8 * maxCell

// tokenReader reads at most left bytes.
type tokenReader struct {
	r    io.Reader
	left int
}

func (t *tokenReader) Read(p []byte) (int, error) {
	if t.left <= 0 {
		return 0, tooLong()
	}
	n, err := t.r.Read(p[:min(len(p), t.left)])
	t.left -= n
	return n, err
}

// sheetParser converts the tokens of a spreadsheet to rows. It does not resolve namespace prefixes,
// which are the same in all programs.
type sheetParser struct {
	row   func(int, string, []string) error
	index int
	name  string

	grid     grid
	inCell   bool
	value    string // of a number or a date; the text shows it in the format of a locale
	repeat   int    // repetitions of the cell
	text     strings.Builder
	lines    int // paragraphs of the cell
	empty    int // empty cells since the last non-empty one
	again    int // repetitions of the row
	rows     int // of all sheets; an empty row is not repeated
	skipping int // depth within a note, which is not part of the cell's text
}

func (p *sheetParser) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.CharData:
		if p.inCell && p.lines > 0 && p.skipping == 0 {
			p.text.Write(t)
		}
	case xml.StartElement:
		if err := p.start(t); err != nil {
			return err
		}
	case xml.EndElement:
		return p.end(t.Name)
	}
	if p.text.Len() > maxCell {
		return tooLong()
	}
	return nil
}

func is(name xml.Name, space, local string) bool {
	prefix := map[string]string{"table": tableNames, "text": textNames,
		"office": officeNames}[name.Space]
	return name.Local == local && prefix == space
}

func (p *sheetParser) start(t xml.StartElement) error {
	attr := func(space, local string) string {
		for _, a := range t.Attr {
			if is(a.Name, space, local) {
				return a.Value
			}
		}
		return ""
	}
	switch {
	case is(t.Name, officeNames, "annotation"):
		p.skipping++
	case is(t.Name, tableNames, "table"):
		p.index++
		p.name = attr(tableNames, "name")
	case is(t.Name, tableNames, "table-row"):
		p.again, p.empty = spanUpTo(attr(tableNames, "number-rows-repeated"), maxRows+1), 0
	case is(t.Name, tableNames, "table-cell"), is(t.Name, tableNames, "covered-table-cell"):
		p.inCell, p.lines = true, 0
		p.repeat = spanUpTo(attr(tableNames, "number-columns-repeated"), table.MaxColumns+1)
		switch attr(officeNames, "value-type") {
		case "date":
			p.value = attr(officeNames, "date-value")
		case "float":
			p.value = attr(officeNames, "value")
		default:
			p.value = ""
		}
	case !p.inCell || p.skipping > 0:
	case is(t.Name, textNames, "p"):
		if p.lines++; p.lines > 1 {
			p.text.WriteByte('\n')
		}
	case is(t.Name, textNames, "s"):
		p.text.WriteString(strings.Repeat(" ", span(attr(textNames, "c"))))
	case is(t.Name, textNames, "tab"):
		p.text.WriteByte('\t')
	case is(t.Name, textNames, "line-break"):
		p.text.WriteByte('\n')
	}
	return nil
}

func (p *sheetParser) end(name xml.Name) error {
	switch {
	case is(name, officeNames, "annotation"):
		p.skipping = max(0, p.skipping-1)
	case is(name, tableNames, "table-cell"), is(name, tableNames, "covered-table-cell"):
		if !p.inCell {
			return nil
		}
		p.inCell = false
		cell := p.text.String()
		p.text.Reset()
		if p.value != "" {
			cell = p.value
		}
		if cell == "" { // sheets end with a thousand of these
			p.empty += min(p.repeat, maxSpan)
			return nil
		}
		for ; p.empty > 0; p.empty-- {
			if err := p.grid.add("", 1, 1); err != nil {
				return err
			}
		}
		for range p.repeat {
			if err := p.grid.add(cell, 1, 1); err != nil {
				return err
			}
		}
	case is(name, tableNames, "table-row"):
		cells := p.grid.end()
		if len(cells) == 0 {
			p.again = 1 // and with a million of these
		}
		if p.rows += p.again; p.rows > maxRows {
			return refuse("the sheet has more than %d rows", maxRows)
		}
		for range p.again {
			if err := p.row(p.index, p.name, cells); err != nil {
				return err
			}
		}
	}
	return nil
}
