// Package unpack extracts the table from a file that is not plain text: gzip or zip, a workbook or
// another spreadsheet, a web page, a JSON document, a Parquet file. The result is a temporary file
// of bounded size, in a text format that package table reads.
//
// It is one package because every form ends in the same CSV, with the same bounds and the same
// choice among several tables, and may be packed in another.
package unpack

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"reviewlens/api/tempfile"
	"reviewlens/reviews/table"
)

const (
	maxUnpacked = 64 << 30 // bytes; gzip can hold a thousand times its size
	maxLayers   = 4        // packing layers: a document in gzip in a zip archive
)

// Table is the table extracted from a file.
type Table struct {
	*tempfile.File
	Size  int64
	Notes []string // which parts were read and which were not, for people

	Doubts []table.Doubt

	Named bool // its first line names the columns; else that must be guessed
	UTF8  bool // it was written here, not in an encoding of the file
}

// noteRepaired adds a note if a page had bytes that are not of its encoding.
func (t *Table) noteRepaired(repaired bool) {
	if repaired {
		t.Notes = append(t.Notes,
			"Some bytes of the page are not UTF-8: they were read as Windows-1252.")
	}
}

// Open returns the table in a file of size bytes; nil if the file is plain text itself. sheet is
// the name of the sheet of a workbook, or its number from 1; "" selects the one with reviews.
// encoding is that of a JSON document; "" detects it. If the file cannot be read, the error is a
// *table.Error that states its form and the way out. The caller closes the table.
func Open(
	ctx context.Context, name string, r io.ReaderAt, size int64, sheet, encoding string,
) (*Table, error) {
	var out *Table
	var notes []string
	var doubts []table.Doubt
	workbook := false
	for range maxLayers {
		next, inside, err := open(ctx, name, r, size, sheet, encoding, &workbook)
		if next == nil && err == nil {
			if sheet != "" && !workbook {
				err = errors.Join(noSheets, closed(out))
				out = nil
			}
			return out, err
		}
		if out != nil {
			err = errors.Join(err, out.Close())
		}
		if err != nil {
			if next != nil {
				err = errors.Join(err, next.Close())
			}
			return nil, err
		}
		notes, doubts = append(notes, next.Notes...), append(doubts, next.Doubts...)
		next.Notes, next.Doubts = notes, doubts
		next.UTF8 = next.UTF8 || out != nil && out.UTF8
		if inside == "" { // the table consists of lines now
			if sheet != "" {
				return nil, errors.Join(noSheets, next.Close())
			}
			return next, nil
		}
		if next.UTF8 {
			encoding = ""
		}
		out, name, r, size = next, inside, next, next.Size
	}
	return nil, errors.Join(&table.Error{Detail: "This is packed more than four times. Unpack it first."}, out.Close())
}

var noSheets = &table.Error{Detail: "-sheet is given, but this is not a workbook"}

func closed(t *Table) error {
	if t == nil {
		return nil
	}
	return t.Close()
}

// open undoes one layer; inside is the name of its content, "" if that is not to be unpacked again.
func open(
	ctx context.Context, name string, r io.ReaderAt, size int64, sheet, encoding string,
	workbook *bool,
) (_ *Table, inside string, _ error) {
	sample, err := sampleOf(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, "", err
	}
	base := strings.TrimSuffix(name, path.Ext(name))
	form := table.DetectForm(name, sample)
	switch form {
	case table.Plain:
		return nil, "", nil
	case table.Gzip:
		t, err := write(func(w io.Writer, _ *Table) error { return gunzip(ctx, w, r, size) })
		return t, base, err
	case table.Zip:
		part, note, err := onePart(ctx, r, size)
		if err != nil {
			return nil, "", err
		}
		t, err := write(func(w io.Writer, t *Table) error {
			t.Notes = append(t.Notes, note)
			return copyPart(ctx, w, part)
		})
		return t, part.Name, err
	case table.Workbook:
		*workbook = true
		t, err := openSheet(ctx, r, size, sheet)
		return t, base + ".csv", err
	case table.MHTML:
		t, err := write(func(w io.Writer, t *Table) error {
			repaired := false
			err := writePages(ctx, w, r, size, &repaired)
			t.noteRepaired(repaired)
			return err
		})
		return t, cmp.Or(name, "page.html"), err
	case table.WebPage:
		*workbook = true
		t, err := write(func(w io.Writer, t *Table) error {
			t.UTF8 = true
			repaired := false
			err := writeTable(ctx, w, size, sheet, t, webTables(r, size, &repaired))
			t.noteRepaired(repaired)
			return err
		})
		if errors.Is(err, errNoTable) {
			err = refuse("%s", form.Refusal(name))
		}
		return t, base + ".csv", err
	case table.OpenDocument:
		*workbook = true
		t, err := write(func(w io.Writer, t *Table) error {
			t.UTF8 = true
			return writeTable(ctx, w, size, sheet, t, sheetTables(r, size))
		})
		if errors.Is(err, errNoTable) {
			err = refuse("This OpenDocument file holds no rows.")
		}
		return t, base + ".csv", err
	case table.Parquet:
		t, err := write(func(w io.Writer, t *Table) error {
			t.Named, t.UTF8 = true, true
			return writeParquet(ctx, w, r, size)
		})
		return t, base + ".csv", err
	case table.JSONDocument, table.DrawnTable:
		t, err := write(func(w io.Writer, t *Table) error {
			records, err := table.WriteDocument(ctx, w, r, size, encoding)
			t.Notes, t.UTF8 = append(t.Notes, records.String()), records.Decoded
			return err
		})
		return t, "", err
	}
	return nil, "", &table.Error{Detail: form.Refusal(name)}
}

// openSheet returns a sheet of a workbook, chosen as Open does.
func openSheet(ctx context.Context, r io.ReaderAt, size int64, sheet string) (*Table, error) {
	t, err := write(func(w io.Writer, t *Table) error {
		t.UTF8 = true
		return writeSheet(ctx, w, r, size, sheet, t)
	})
	_, named := errors.AsType[*table.Error](err)
	_, ours := errors.AsType[*fs.PathError](err) // of a temporary file
	if err != nil && !named && !ours && ctx.Err() == nil {
		err = fmt.Errorf("%w; unpack it if it is no workbook, or save the sheet as CSV", err)
	}
	return t, err
}

// sampleOf reads the sample that DetectForm needs.
func sampleOf(r io.Reader) ([]byte, error) {
	sample := make([]byte, table.SniffBytes)
	n, err := io.ReadFull(r, sample)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return sample[:n], err
}

// write returns the table that what writes.
func write(what func(io.Writer, *Table) error) (*Table, error) {
	f, err := tempfile.Create()
	if err != nil {
		return nil, err
	}
	t := &Table{File: f}
	w := bufio.NewWriterSize(f, 64<<10)
	if err = what(w, t); err == nil {
		err = w.Flush()
	}
	if err == nil {
		t.Size, err = f.Seek(0, io.SeekEnd)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return t, nil
}

func gunzip(ctx context.Context, w io.Writer, r io.ReaderAt, size int64) error {
	z, err := gzip.NewReader(bufio.NewReader(io.NewSectionReader(r, 0, size)))
	if err != nil {
		return err
	}
	return copyBounded(ctx, w, z)
}

// copyBounded copies unpacked data, up to maxUnpacked.
func copyBounded(ctx context.Context, w io.Writer, r io.Reader) error {
	n, err := io.Copy(w, table.NewContextReader(ctx, io.LimitReader(r, maxUnpacked+1)))
	if n > maxUnpacked {
		return fmt.Errorf("it unpacks to more than %d bytes", int64(maxUnpacked))
	}
	return err
}
