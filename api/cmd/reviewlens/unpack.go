package main

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"reviewlens/api/scoring"
	"reviewlens/api/tempfile"
	"reviewlens/api/unpack"
	"reviewlens/reviews/table"
)

// unpack replaces a packed file, a workbook or a JSON document by the table inside it, and prints
// what was taken.
func (in *input) unpack(ctx context.Context, stderr io.Writer, how readingFlags) error {
	info, err := in.file.Stat()
	if err != nil {
		return err
	}
	inside, err := unpack.Open(ctx, in.name, in.file, info.Size(), how.sheet,
		how.options.Encoding)
	if e, ok := errors.AsType[*table.Error](err); ok {
		return fmt.Errorf("%s: %w", in.name, e)
	}
	if err != nil {
		return fmt.Errorf("%s cannot be unpacked: %w", in.name, temporary(err))
	}
	if inside == nil {
		return nil
	}
	for _, note := range inside.Notes {
		fmt.Fprintf(stderr, "%s: %s\n", in.name, note)
	}
	if len(inside.Doubts) > 0 && how.options.Strict {
		err := asFlags(scoring.DoubtsError(inside.Doubts))
		return errors.Join(fmt.Errorf("%s: %w", in.name, err), inside.Close())
	}
	for _, doubt := range inside.Doubts {
		fmt.Fprintf(stderr, "%s: %s\n", in.name, describeDoubt(doubt))
	}
	packed := in.close
	in.packed, in.file, in.named, in.utf8 = in.file, inside.File.File, inside.Named, inside.UTF8
	in.close = func() error { return errors.Join(inside.Close(), packed()) }
	return nil
}

// zipped returns a function that compresses with gzip what write writes.
func zipped(write func(io.Writer) error) func(io.Writer) error {
	return func(w io.Writer) error {
		z := gzip.NewWriter(w)
		return errors.Join(write(z), z.Close())
	}
}

// scratch creates a temporary file; remove closes and deletes it.
func scratch() (f *os.File, remove func() error, err error) {
	kept, err := tempfile.Create()
	if err != nil {
		return nil, nil, err
	}
	return kept.File, kept.Close, nil
}
