package unpack

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"reviewlens/reviews/table"

	"github.com/xuri/excelize/v2"
)

// Bounds of a workbook, whose parts can be a thousand times larger than the file. excelize holds
// the file, all parts but large sheets and shared strings, and one row in memory; Excel itself
// takes 32,767 characters in a cell.
const (
	maxWorkbook    = 256 << 20 // the file
	maxParts       = 4 << 30   // all parts, unpacked
	maxMemoryParts = 128 << 20 // those that are held
	// one of them that is XML, which takes ten times its size when it is read
	maxMemoryPart = 16 << 20
	spooledPart   = 1 << 20 // a sheet or the shared strings above this go to a temporary file
	maxStrings    = 4 << 20 // shared strings: an offset each is held
	maxElement    = 1 << 20 // bytes from one cell or shared string to the next
)

// writeSheet writes a sheet of a workbook as CSV: the one that is named, or numbered from 1, or for
// "" the one that holds the reviews. t gets a note that says which it is where there are several,
// and a doubt where another may hold them, too.
func writeSheet(
	ctx context.Context, w io.Writer, r io.ReaderAt, size int64, named string, t *Table,
) (err error) {
	if err := checkWorkbook(ctx, r, size); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "reviewlens-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	book, err := openWorkbook(ctx, io.NewSectionReader(r, 0, size), dir)
	if err != nil {
		return err
	}
	defer book.Close()
	var sheet string
	if named != "" {
		sheet, err = namedSheet(book.GetSheetList(), named)
	} else {
		sheet, err = t.chooseSheet(ctx, book)
	}
	if err != nil {
		return err
	}
	return writeRows(ctx, w, book, sheet, math.MaxInt)
}

// namedSheet is the sheet of that name, or else of that number.
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

// chooseSheet is reviewSheet, with a note and a doubt about it.
func (t *Table) chooseSheet(ctx context.Context, book *excelize.File) (string, error) {
	sheet, others, rival, err := reviewSheet(ctx, book)
	if err != nil {
		return "", err
	}
	if len(others) > 0 {
		t.Notes = append(t.Notes, "Reviews from the sheet "+strconv.Quote(sheet)+"; not read: "+
			strings.Join(quoted(others), ", ")+".")
	}
	if rival != "" {
		detail := fmt.Sprintf("that the sheet %q is the one with the reviews is a guess: it may be %q",
			sheet, rival)
		t.Doubts = append(t.Doubts, table.Doubt{Detail: detail, Option: "sheet"})
	}
	return sheet, nil
}

const (
	maxSheets = 50  // that are looked at
	headRows  = 100 // of each
)

// reviewSheet is the sheet that looks most like reviews by its first rows, the first where several
// look alike or none does; others are those that have rows, too, and rival the one of these that
// looks nearly as much like reviews, "" for none.
func reviewSheet(
	ctx context.Context, book *excelize.File,
) (sheet string, others []string, rival string, err error) {
	sheets := book.GetSheetList()
	if len(sheets) == 0 {
		return "", nil, "", errors.New("the workbook has no sheets")
	}
	if len(sheets) == 1 {
		return sheets[0], nil, "", nil
	}
	const near = 0.7 // of the best
	best, second := -1.0, 0.0
	for _, name := range sheets[:min(len(sheets), maxSheets)] {
		var head bytes.Buffer
		if err := writeRows(ctx, &head, book, name, headRows); err != nil {
			if ctx.Err() != nil {
				return "", nil, "", ctx.Err()
			}
			continue // a chart, say
		}
		if len(bytes.Trim(head.Bytes(), ",\r\n")) == 0 {
			continue
		}
		others = append(others, name)
		sample := head.Bytes()
		how := table.ReviewsIn(sample, len(sample) < table.SniffBytes)
		switch {
		case how > best:
			best, second, sheet, rival = how, best, name, sheet
		case how > second:
			second, rival = how, name
		}
	}
	if sheet == "" {
		return sheets[0], nil, "", nil
	}
	if second <= 0 || second < near*best {
		rival = ""
	}
	others = slices.DeleteFunc(others, func(name string) bool { return name == sheet })
	return sheet, others, rival, nil
}

// writeRows writes the first rows of a sheet.
func writeRows(ctx context.Context, w io.Writer, book *excelize.File, sheet string,
	most int) error {
	rows, err := book.Rows(sheet)
	if err != nil {
		return err
	}
	defer rows.Close()
	out := csv.NewWriter(w)
	filled, empty := 0, 0 // bytes in cells, and cells without any
	for n := 1; n <= most && rows.Next(); n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		cells, err := rows.Columns()
		if err != nil {
			return err
		}
		if len(cells) > table.MaxColumns {
			return fmt.Errorf("row %d of the sheet has %d columns; a table can have %d", n,
				len(cells), table.MaxColumns)
		}
		for _, cell := range cells {
			if filled += len(cell); cell == "" {
				empty++
			}
		}
		if empty > 10<<20+20*filled {
			return fmt.Errorf("up to row %d of the sheet there are %d empty cells beside %d bytes of text; move what stands far to the right", n, empty, filled)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return errors.Join(rows.Error(), out.Error())
}

// openWorkbook unpacks a workbook's large parts to dir. excelize hears no context: it is left alone
// when ctx is done, and fails when dir is gone.
func openWorkbook(ctx context.Context, r io.Reader, dir string) (*excelize.File, error) {
	type opened struct {
		book *excelize.File
		err  error
	}
	done := make(chan opened, 1)
	go func() {
		book, err := excelize.OpenReader(r,
			excelize.Options{ShortDatePattern: "yyyy-mm-dd", UnzipSizeLimit: maxParts,
				UnzipXMLSizeLimit: spooledPart, TmpDir: dir})
		done <- opened{book, err}
	}()
	select {
	case o := <-done:
		return o.book, noWorkbook(o.err)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// noWorkbook says what a file is that begins as a workbook does, but cannot be read as one.
func noWorkbook(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("it begins as a zip archive, but is no workbook that can be read: %w", err)
}

// checkWorkbook reads a workbook's parts once, and says which would take too much memory.
func checkWorkbook(ctx context.Context, r io.ReaderAt, size int64) error {
	if size > maxWorkbook {
		return fmt.Errorf("the workbook has %d bytes; the limit is %d", size, maxWorkbook)
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return noWorkbook(err)
	}
	var all, held uint64
	for _, part := range z.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, "\\", "/"))
		n := part.UncompressedSize64
		all += n
		sheet, shared := strings.HasPrefix(name, "xl/worksheets/sheet"),
			name == "xl/sharedstrings.xml"
		switch {
		case all > maxParts || n > maxParts:
			return fmt.Errorf("its parts have more than %d bytes", int64(maxParts))
		case sheet || shared:
			element := "c"
			if shared {
				element = "si"
			}
			if err := checkPart(ctx, part, element); err != nil {
				return fmt.Errorf("%s: %w", part.Name, err)
			}
			held += min(n, spooledPart)
		default:
			held += n
			if ext := path.Ext(name); n > maxMemoryPart && (ext == ".xml" || ext == ".rels") {
				return fmt.Errorf("%s has %d bytes; the limit is %d", part.Name, n, maxMemoryPart)
			}
		}
		if held > maxMemoryParts {
			return fmt.Errorf("its parts beside the sheets have more than %d bytes; remove pictures", maxMemoryParts)
		}
	}
	return nil
}

const longestTag = 64 // bytes of a tag that tagName looks at

// tagName is the name of the tag that b begins with, without the prefix of its name space.
func tagName(b []byte) string {
	b = b[min(1, len(b)):min(longestTag, len(b))]
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

// checkPart reads a sheet or the shared strings, whose elements are cells or strings.
func checkPart(ctx context.Context, part *zip.File, element string) error {
	r, err := part.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	buf := make([]byte, 256<<10)
	// bytes of buf that may begin a tag; bytes since an element began; elements
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
			if b = b[at:]; len(b) < longestTag && err == nil {
				break
			}
			switch tagName(b) {
			case "/sheetData":
				since, element = -1<<62, "" // what follows is not read
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
