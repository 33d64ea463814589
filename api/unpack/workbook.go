package unpack

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"reviewlens/reviews/table"
)

// Bounds of a workbook, whose parts can be a thousand times larger than the file. The parts other
// than the sheets and the shared strings are in memory, with some rows and an offset for each
// shared string; Excel itself takes 32,767 characters in a cell.
const (
	maxWorkbook    = 256 << 20 // the file
	maxParts       = 4 << 30   // all parts, unpacked
	maxMemoryParts = 128 << 20 // all parts in memory
	// an XML part in memory, which takes ten times its size when it is parsed
	maxMemoryPart = 16 << 20
	maxStrings    = 4 << 20  // shared strings
	maxElement    = 1 << 20  // bytes from one cell or shared string to the next
	maxRow        = 64 << 20 // bytes of a row
)

// writeSheet writes a sheet of a workbook as CSV: the one that is named, or numbered from 1, or for
// "" the one with the reviews. If there are several, it adds a note on the chosen one to t, and a
// doubt if another may have reviews as well. It adds a doubt if formulas have no results.
func writeSheet(
	ctx context.Context, w io.Writer, r io.ReaderAt, size int64, named string, t *Table,
) (err error) {
	book, err := openWorkbook(ctx, r, size)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.close()) }()
	var sheet string
	if named != "" {
		sheet, err = namedSheet(book.sheets(), named)
	} else {
		sheet, err = t.chooseSheet(ctx, book)
	}
	if err != nil {
		return err
	}
	if err := writeRows(ctx, w, book, sheet, math.MaxInt); err != nil {
		return err
	}
	if doubt := book.noResult.doubt(); doubt != "" {
		t.Doubts = append(t.Doubts, table.Doubt{Detail: doubt})
	}
	return nil
}

// namedSheet returns the sheet with that name, or else that number.
func namedSheet(sheets []string, named string) (string, error) {
	if slices.Contains(sheets, named) {
		return named, nil
	}
	same := func(sheet string) bool { return strings.EqualFold(strings.TrimSpace(sheet), named) }
	if i := slices.IndexFunc(sheets, same); i >= 0 {
		return sheets[i], nil
	}
	if n, err := strconv.Atoi(named); err == nil && n >= 1 && n <= len(sheets) {
		return sheets[n-1], nil
	}
	return "", refuse("no sheet %q; sheets are %s", named, strings.Join(quoted(sheets), ", "))
}

func quoted(names []string) (out []string) {
	for _, name := range names[:min(len(names), maxSheets)] {
		out = append(out, strconv.Quote(name))
	}
	return out
}

const (
	maxSheets = 50  // sheets examined
	headRows  = 100 // rows examined in each
)

// chooseSheet returns the visible sheet whose first rows look most like reviews, or the first one
// if none does, and adds a note and a doubt about it.
func (t *Table) chooseSheet(ctx context.Context, book *workbook) (string, error) {
	sheets := book.sheets()
	if len(sheets) == 0 {
		return "", errors.New("the workbook has no sheets")
	}
	if len(sheets) == 1 {
		return sheets[0], nil
	}
	shown := slices.DeleteFunc(slices.Clone(sheets), func(name string) bool {
		visible, err := book.GetSheetVisible(name)
		return err == nil && !visible
	})
	if len(shown) == 0 {
		shown = sheets
	}
	var choice table.Sheets
	for _, name := range shown[:min(len(shown), maxSheets)] {
		var head bytes.Buffer
		if err := writeRows(ctx, &head, book, name, headRows); err != nil {
			if ctx.Err() != nil {
				return "", ctx.Err()
			}
			continue // a chart, for example
		}
		choice.Add(name, head.Bytes(), head.Len() < table.SniffBytes)
	}
	if choice.Best == "" {
		return shown[0], nil
	}
	if note := choice.Note(); note != "" {
		t.Notes = append(t.Notes, note)
	}
	if hidden := len(sheets) - len(shown); hidden > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("Hidden sheets (%d) are not looked at; "+
			"name one to read it.", hidden))
	}
	if doubt := choice.Doubt(); doubt != "" {
		t.Doubts = append(t.Doubts, table.Doubt{Detail: doubt, Option: "sheet"})
	}
	return choice.Best, nil
}

// writeRows writes the first rows of a sheet, at most most.
func writeRows(ctx context.Context, w io.Writer, book *workbook, sheet string,
	most int) error {
	out := newRowWriter(w)
	n, filled, empty := 0, 0, 0 // rows; bytes in cells; empty cells
	err := book.rows(ctx, sheet, func(cells []string) (bool, error) {
		if n++; len(cells) > table.MaxColumns {
			return false, fmt.Errorf("row %d of the sheet has %d columns; a table can have %d", n,
				len(cells), table.MaxColumns)
		}
		for _, cell := range cells {
			if filled += len(cell); cell == "" {
				empty++
			}
		}
		if empty > 10<<20+20*filled {
			return false, fmt.Errorf("up to row %d of the sheet there are %d empty cells "+
				"beside %d bytes of text; move what stands far to the right", n, empty, filled)
		}
		return n < most, out.write(cells)
	})
	return errors.Join(err, out.flush())
}

// noWorkbook returns the error for a file that begins as a workbook but cannot be read as one.
func noWorkbook(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("it begins as a zip archive, but is no workbook that can be read: %w", err)
}

// checkWorkbook reads a workbook's parts once, returns an error if one would take too much memory,
// and returns those with rows and with shared strings.
func checkWorkbook(ctx context.Context, z *zip.Reader) (sheets map[*zip.File]bool,
	shared *zip.File, err error) {
	sheets = map[*zip.File]bool{}
	var all, held uint64
	for _, part := range z.File {
		n := part.UncompressedSize64
		if all += n; all > maxParts || n > maxParts {
			return nil, nil, fmt.Errorf("its parts have more than %d bytes", int64(maxParts))
		}
		root, err := rootOf(part)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", part.Name, err)
		}
		switch root {
		case "worksheet":
			sheets[part] = true
			err = checkPart(ctx, part, "c")
		case "sst":
			shared = part
			err = checkPart(ctx, part, "si")
		default:
			held += n
			if n > maxMemoryPart && isXML(part) {
				return nil, nil, fmt.Errorf("%s has %d bytes; the limit is %d", part.Name, n,
					maxMemoryPart)
			}
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", part.Name, err)
		}
		if held > maxMemoryParts {
			return nil, nil, fmt.Errorf("its parts beside the sheets have more than %d bytes; "+
				"remove pictures", maxMemoryParts)
		}
	}
	return sheets, shared, nil
}

// isXML reports whether a part's name is that of an XML file.
func isXML(part *zip.File) bool {
	ext := strings.ToLower(path.Ext(part.Name))
	return ext == ".xml" || ext == ".rels"
}

const maxTagBytes = 64 // bytes of a tag that tagName looks at

// tagName returns the name of the tag at the start of b, without its namespace prefix.
func tagName(b []byte) string {
	b = b[min(1, len(b)):min(maxTagBytes, len(b))]
	end := ""
	if len(b) > 0 && b[0] == '/' {
		b, end = b[1:], "/"
	}
	if i := bytes.IndexAny(b, " \t\r\n/>"); i >= 0 {
		b = b[:i]
	}
	if _, local, ok := bytes.Cut(b, []byte(":")); ok {
		b = local
	}
	return end + string(b)
}

// checkPart checks a sheet or the shared strings, whose elements are cells or strings.
func checkPart(ctx context.Context, part *zip.File, element string) error {
	r, err := openXML(part)
	if err != nil {
		return err
	}
	defer r.Close()
	buf := make([]byte, 256<<10)
	// bytes of buf that may begin a tag; bytes since the start of an element; elements
	kept, since, count := 0, 0, 0
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(r, buf[kept:])
		b := buf[:kept+n]
		for len(b) > 0 {
			at := bytes.IndexByte(b, '<')
			if at < 0 {
				at = len(b)
			}
			if since += at; since > maxElement {
				return fmt.Errorf("a cell has more than %d bytes", maxElement)
			}
			if b = b[at:]; len(b) < maxTagBytes && err == nil {
				break
			}
			switch tagName(b) {
			case "/sheetData":
				since, element = -1<<62, "" // the rest is not read
			case element:
				since, count = 0, count+1
			}
			since++
			b = b[min(1, len(b)):]
		}
		if element == "si" && count > maxStrings {
			return fmt.Errorf("there are more than %d different texts", maxStrings)
		}
		if err != nil {
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				return nil
			}
			return err
		}
		kept = copy(buf, b)
	}
}
