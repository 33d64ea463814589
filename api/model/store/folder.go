package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"reviewlens/api/wire"
)

// Folder is a Place in the file system. Objects appear atomically: they are written to a temporary
// file and then linked or renamed.
type Folder string

func (d Folder) String() string { return string(d) }

func (d Folder) path(name string) string { return filepath.Join(string(d), filepath.FromSlash(name)) }

// Read returns the hash of the content as its version.
func (d Folder) Read(_ context.Context, name string, maxBytes int64) ([]byte, string, error) {
	f, size, err := d.open(name)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	if size > maxBytes {
		return nil, "", fmt.Errorf("%s has %d bytes, want at most %d", d.path(name), size, maxBytes)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, "", fmt.Errorf("%s: %w", d.path(name), err)
	}
	sum := sha256.Sum256(data)
	return data, hex.EncodeToString(sum[:]), nil
}

func (d Folder) ReadRange(_ context.Context, name string, from, to int64) (io.ReadCloser, int64, error) {
	f, size, err := d.open(name)
	if err != nil {
		return nil, 0, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, from, to-from), f}, size, nil
}

func (d Folder) open(name string) (f *os.File, size int64, err error) {
	if f, err = os.Open(d.path(name)); err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", d.path(name))
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

func (d Folder) Create(_ context.Context, name string, _ wire.File, content io.ReadSeeker) error {
	if _, err := os.Lstat(d.path(name)); err == nil {
		return fmt.Errorf("%s: %w", d.path(name), fs.ErrExist)
	}
	if err := os.MkdirAll(filepath.Dir(d.path(name)), 0o777); err != nil {
		return err
	}
	temporary, err := d.write(name, content)
	if err != nil {
		return err
	}
	// unlike a rename, a link never replaces a file
	return errors.Join(os.Link(temporary, d.path(name)), os.Remove(temporary))
}

func (d Folder) Replace(ctx context.Context, name string, data []byte, version string) error {
	if err := os.MkdirAll(filepath.Dir(d.path(name)), 0o777); err != nil {
		return err
	}
	lock, err := os.OpenFile(d.path(name)+".lock", os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return err
	}
	defer lock.Close()
	if ok, err := tryLock(lock); !ok {
		// it is being changed
		return errors.Join(err, fmt.Errorf("%s: %w", d.path(name), ErrChanged))
	}
	_, now, err := d.Read(ctx, name, maxSmallBytes)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if now != version {
		return fmt.Errorf("%s: %w", d.path(name), ErrChanged)
	}
	temporary, err := d.write(name, bytes.NewReader(data))
	if err != nil {
		return err
	}
	return os.Rename(temporary, d.path(name))
}

// write writes content to a synced temporary file next to its final name.
func (d Folder) write(name string, content io.Reader) (temporary string, err error) {
	temporary = d.path(name) + "." + rand.Text()[:8] + ".part"
	f, err := os.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(f, content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(temporary))
	}
	return temporary, nil
}

func (d Folder) Folders(context.Context) (names []string, err error) {
	entries, err := os.ReadDir(string(d))
	for _, e := range entries {
		if info, err := os.Stat(d.path(e.Name())); err == nil && info.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, err
}
