package main

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"

	"reviewlens/api/tempfile"

	"github.com/xuri/excelize/v2"
)

// maxUnpacked bounds what comes out of a packed file: gzip can hold a thousand times its size.
const maxUnpacked = 64 << 30

// unpack puts what is inside a gzip file or a workbook in the place of the file.
func (in *input) unpack() error {
	var magic [4]byte
	in.file.ReadAt(magic[:], 0)
	switch {
	case magic[0] == 0x1f && magic[1] == 0x8b:
		z, err := gzip.NewReader(bufio.NewReader(io.NewSectionReader(in.file, 0, 1<<62)))
		if err != nil {
			return fmt.Errorf("%s: %w", in.name, err)
		}
		return in.replace(func(w io.Writer) error {
			n, err := io.Copy(w, io.LimitReader(z, maxUnpacked+1))
			if n > maxUnpacked {
				return fmt.Errorf("it unpacks to more than %d bytes", maxUnpacked)
			}
			return err
		})
	case string(magic[:]) == "PK\x03\x04":
		book, err := excelize.OpenReader(io.NewSectionReader(in.file, 0, 1<<62), excelize.Options{UnzipSizeLimit: 4 << 30})
		if err != nil {
			return fmt.Errorf("%s is a zip archive, but no workbook that can be read: %w; unpack it, or save the sheet as CSV", in.name, err)
		}
		defer book.Close()
		return in.replace(func(w io.Writer) error { return firstSheet(w, book) })
	}
	return nil
}

// firstSheet writes a workbook's first sheet as CSV.
func firstSheet(w io.Writer, book *excelize.File) error {
	rows, err := book.Rows(book.GetSheetName(0))
	if err != nil {
		return err
	}
	defer rows.Close()
	out := csv.NewWriter(w)
	for rows.Next() {
		cells, err := rows.Columns()
		if err != nil {
			return err
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return errors.Join(rows.Error(), out.Error())
}

// replace makes what write writes the input.
func (in *input) replace(write func(io.Writer) error) error {
	f, remove, err := scratch()
	if err != nil {
		return err
	}
	if err := flushed(f, write); err != nil {
		return errors.Join(fmt.Errorf("%s cannot be unpacked: %w", in.name, err), remove())
	}
	packed := in.close
	in.file, in.close = f, func() error { return errors.Join(remove(), packed()) }
	return nil
}

// zipped packs what write writes.
func zipped(write func(io.Writer) error) func(io.Writer) error {
	return func(w io.Writer) error {
		z := gzip.NewWriter(w)
		return errors.Join(write(z), z.Close())
	}
}

// scratch is a temporary file; remove closes and deletes it.
func scratch() (f *os.File, remove func() error, err error) {
	kept, err := tempfile.Create()
	if err != nil {
		return nil, nil, err
	}
	return kept.File, kept.Close, nil
}
