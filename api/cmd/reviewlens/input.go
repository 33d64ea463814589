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

// asked returns the reading options a, completed by what is known of the unpacked input.
func (in *input) asked(a table.Asked) table.Asked {
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
		f, remove, err := spool(table.NewContextReader(ctx, c.stdin))
		if err != nil {
			return nil, fmt.Errorf("stdin: %w", err)
		}
		return &input{name: "stdin", file: f, close: remove}, nil
	}
	if isObject(name) {
		return c.openObject(ctx, name)
	}
	f, err := os.Open(name)
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
	spooled, remove, err := spool(table.NewContextReader(ctx, f)) // such as a pipe
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &input{name: name, file: spooled, close: remove}, nil
}
