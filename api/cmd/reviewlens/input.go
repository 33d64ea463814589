package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"reviewlens/reviews/table"
)

// input is a file of reviews that can be read repeatedly.
type input struct {
	name   string
	file   *os.File
	packed *os.File // the file from which file was unpacked; nil if it was not
	named  bool     // the first line is certain to name the columns
	utf8   bool     // file was written by this program, whatever the encoding of packed
	close  func() error
}

// options returns the reading options a, completed by what is known of the unpacked input.
func (in *input) options(a table.Options) table.Options {
	if in.named && a.LinesAbove == nil && a.HeaderRows == nil {
		a.LinesAbove, a.HeaderRows = new(0), new(1)
	}
	return a.AfterDecoding(in.utf8)
}

// sourceInfo returns the FileInfo of an input before it is opened, nil if there is none; open
// reports the error.
func sourceInfo(name string, stdin io.Reader) fs.FileInfo {
	if isObject(name) {
		return nil
	}
	if name != "-" {
		info, _ := os.Stat(name)
		return info
	}
	if f, ok := stdin.(*os.File); ok {
		info, _ := f.Stat()
		return info
	}
	return nil
}

// open opens an input: a file, an object of S3, or stdin for "-".
func (c *call) open(ctx context.Context, name string) (*input, error) {
	if name == "-" {
		f, remove, err := spool(newPatientReader(ctx, c.stdin))
		if err != nil {
			return nil, fmt.Errorf("stdin: %w", err)
		}
		return &input{name: "stdin", file: f, close: remove}, nil
	}
	if isObject(name) {
		return c.openObject(ctx, name)
	}
	f, err := openFile(ctx, name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder; name a file in it", name)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if info.Mode().IsRegular() {
		return &input{name: name, file: f, close: f.Close}, nil
	}
	spooled, remove, err := spool(newPatientReader(ctx, f)) // such as a pipe
	if err != nil {
		// f stays open, since a Read of it may still wait for input
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &input{name: name, file: spooled, close: remove}, f.Close()
}

// openFile opens a file. Opening a pipe blocks until its other end is open, or ctx is done.
func openFile(ctx context.Context, name string, flags int) (*os.File, error) {
	type opened struct {
		file *os.File
		err  error
	}
	done := make(chan opened, 1)
	go func() {
		f, err := os.OpenFile(name, flags, 0)
		done <- opened{f, err}
	}()
	select {
	case is := <-done:
		return is.file, is.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// patientReader is a reader whose Read returns ctx's error once ctx is done, also while it waits
// for input: a pipe may stay silent for ever, and its Read cannot be interrupted.
type patientReader struct {
	ctx    context.Context
	r      io.Reader
	buffer []byte // not the caller's: an abandoned Read may still write to it
}

func newPatientReader(ctx context.Context, r io.Reader) io.Reader {
	return &patientReader{ctx, r, make([]byte, 64<<10)}
}

func (p *patientReader) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	buffer := p.buffer[:min(len(b), len(p.buffer))]
	go func() {
		n, err := p.r.Read(buffer)
		done <- result{n, err}
	}()
	select {
	case is := <-done:
		return copy(b, buffer[:is.n]), is.err
	case <-p.ctx.Done():
		return 0, p.ctx.Err()
	}
}
