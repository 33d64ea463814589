// Package tempfile makes temporary files that outlive no process, however it ends: what people wrote
// is not to lie in TMPDIR after a kill -9, a crash or a power cut.
//
// A file has lost its name before the first byte is written, so the system frees it when the last
// descriptor is closed. Windows deletes no open file; there the name goes when the file is closed.
package tempfile

import (
	"errors"
	"os"
)

// File is a temporary file of mode 0600. Name is of no use.
type File struct {
	*os.File
	named bool // it still has to be removed
}

// Create makes an empty file in os.TempDir.
func Create() (*File, error) {
	f, err := os.CreateTemp("", "reviewlens-*")
	if err != nil {
		return nil, err
	}
	return &File{f, os.Remove(f.Name()) != nil}, nil
}

// Close gives the file's room back.
func (f *File) Close() error {
	err := f.File.Close()
	if f.named {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}
