package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"reviewlens/api/tempfile"
)

// maxUnpacked bounds what comes out of a packed file: gzip can hold a thousand times its size.
const maxUnpacked = 64 << 30

// unpack puts what is inside a gzip file or a workbook in the place of the file.
func (in *input) unpack(ctx context.Context) error {
	var magic [4]byte
	in.file.ReadAt(magic[:], 0)
	packed := &contextReader{ctx, io.NewSectionReader(in.file, 0, 1<<62)}
	switch {
	case magic[0] == 0x1f && magic[1] == 0x8b:
		z, err := gzip.NewReader(bufio.NewReader(packed))
		if err != nil {
			return fmt.Errorf("%s: %w", in.name, err)
		}
		return in.replace(func(w io.Writer) error {
			n, err := io.Copy(w, &contextReader{ctx, io.LimitReader(z, maxUnpacked+1)})
			if n > maxUnpacked {
				return fmt.Errorf("it unpacks to more than %d bytes", maxUnpacked)
			}
			return err
		})
	case string(magic[:]) == "PK\x03\x04":
		info, err := in.file.Stat()
		if err != nil {
			return err
		}
		err = in.replace(func(w io.Writer) error { return firstSheet(ctx, w, in.file, info.Size()) })
		if err != nil && ctx.Err() == nil {
			err = fmt.Errorf("%w; unpack it if it is no workbook, or save the sheet as CSV", err)
		}
		return err
	}
	return nil
}

// contextReader fails once its context is done.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r *contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
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
