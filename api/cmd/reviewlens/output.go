package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// writeOutput is writeWhole, packed where the name says so.
func writeOutput(name string, stdout io.Writer, write func(io.Writer) error) error {
	if strings.HasSuffix(name, ".gz") {
		write = zipped(write)
	}
	return writeWhole(name, stdout, write)
}

// writeWhole gives write a file that takes the name only when write has succeeded: before that, whatever was
// there is still there. "-" is stdout, which cannot take anything back.
func writeWhole(name string, stdout io.Writer, write func(io.Writer) error) (err error) {
	if name == "-" {
		return flushed(stdout, write)
	}
	// Beside the target, so that the rename is atomic; not os.CreateTemp, whose 0600 would stay.
	temporary := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+"."+rand.Text()[:8]+".tmp")
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temporary))
		}
	}()
	err = flushed(f, write)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(temporary, name)
}

func flushed(w io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(w, 1<<16)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

// spool copies what can be read only once into a temporary file.
func spool(r io.Reader) (f *os.File, remove func() error, err error) {
	f, remove, err = scratch()
	if err != nil {
		return nil, nil, err
	}
	if _, err := io.Copy(f, r); err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	return f, remove, nil
}
