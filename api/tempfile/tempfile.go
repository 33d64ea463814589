// Package tempfile creates temporary files that never outlive their process, however it ends:
// users' texts must not remain in TMPDIR after a kill -9, a crash or a power cut.
//
// A file is unlinked before the first byte is written, so the system frees it when the last
// descriptor is closed. Windows cannot delete an open file; there it is removed when it is closed.
package tempfile

import (
	"errors"
	"fmt"
	"os"
)

// File is a temporary file of mode 0600. Its Name must not be used.
type File struct {
	*os.File
	named bool // must still be removed
}

// Create creates an empty file in os.TempDir. Its error says how to name another folder, and is an
// *fs.PathError.
func Create() (*File, error) {
	f, err := os.CreateTemp("", "reviewlens-*")
	if err != nil {
		return nil, fmt.Errorf("no temporary file: %w; TMPDIR names their folder", err)
	}
	return &File{f, os.Remove(f.Name()) != nil}, nil
}

// Close frees the file's space.
func (f *File) Close() error {
	err := f.File.Close()
	if f.named {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}
