package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"reviewlens/api/model"
	"reviewlens/api/wire"
)

// Cache stores files of models in a folder, each under its SHA-256; processes may share it.
//
// A file is renamed to its final name only when it is complete and on disk. It is verified on each
// use, and deleted if it is corrupt. A process holds a file's lock while it fetches it, so that of
// many processes that start together only one fetches. The cache is optional: with a full disk or a
// read-only folder, files are used from memory and the reason is logged.
type Cache struct {
	dir     string
	log     *slog.Logger
	max     int64         // bytes of all files; the least recently used are evicted first
	wait    time.Duration // for another process that is fetching the file
	writing sync.WaitGroup
}

const (
	// maxCacheBytes has space for some 15 full-size models.
	maxCacheBytes = 4 << 30
	// lockWait exceeds the time that a full-size model takes over a slow connection; after it, the
	// file is fetched without the cache.
	lockWait = 5 * time.Minute
	lockPoll = 20 * time.Millisecond
)

// NewCache returns a Cache in a folder, which need not exist yet.
func NewCache(dir string, log *slog.Logger) *Cache {
	return &Cache{dir: dir, log: log, max: maxCacheBytes, wait: lockWait}
}

// get returns the file from the cache, or fetches it into memory and into the cache.
func (c *Cache) get(ctx context.Context, f wire.File,
	fetch func(to io.Writer) (*memory, error)) (*memory, error) {
	name := filepath.Join(c.dir, f.SHA256)
	if m, err := open(name, f); err == nil {
		return m, nil
	}
	lock, err := c.lock(ctx, f.SHA256)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		c.log.Warn("the model's file is fetched without the cache", "file", f.Name, "err", err)
		return fetch(io.Discard)
	}
	m, err := open(name, f) // again: another process may have fetched or repaired it
	if err == nil {
		lock.Close()
		return m, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		c.log.Warn("the model's file in the cache is wrong and is fetched again", "err", err)
		if err := os.Remove(name); err != nil {
			c.log.Warn("it cannot be removed", "err", err)
		}
	}
	c.prune(f.Bytes)
	// the lock excludes other writers; the remains of a killed process are truncated
	part, err := os.Create(name + ".part")
	if err != nil {
		c.log.Warn("the model's file is fetched without the cache", "file", f.Name, "err", err)
		lock.Close()
		return fetch(io.Discard)
	}
	to := &remembering{w: part}
	m, err = fetch(to)
	if err != nil {
		part.Close()
		os.Remove(part.Name())
		lock.Close()
		return nil, err
	}
	// The bytes are verified: the model need not wait for the disk.
	c.writing.Go(func() {
		defer lock.Close()
		err := errors.Join(to.err, part.Sync(), part.Close())
		if err == nil {
			err = os.Rename(part.Name(), name)
		}
		if err != nil {
			c.log.Warn("the model's file is not kept in the cache", "file", f.Name, "err", err)
			os.Remove(part.Name())
		}
	})
	return m, nil
}

// remembering is a writer that records the first error and then discards all writes, so that the
// reader of the source need not stop.
type remembering struct {
	w   io.Writer
	err error
}

func (r *remembering) Write(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.w.Write(p)
	r.err = err
	return n, err
}

// open maps a cached file and verifies it. A file under its final name is never written to.
func open(name string, file wire.File) (*memory, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() // the mapping remains
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() != file.Bytes {
		return nil, fmt.Errorf("%s: %w", name, model.Verify(file, info.Size(), nil))
	}
	m, err := mapFile(f, file.Bytes)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(m.bytes)
	if err := model.Verify(file, info.Size(), sum[:]); err != nil {
		m.free()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	now := time.Now()
	os.Chtimes(name, now, now) // for prune; a read-only folder is not pruned either
	return m, nil
}

// lock waits until no other process fetches the file. Closing the returned file releases the lock.
func (c *Cache) lock(ctx context.Context, hash string) (*os.File, error) {
	if err := os.MkdirAll(c.dir, 0o777); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(c.dir, hash+".lock"), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, err
	}
	for start := time.Now(); ; {
		ok, err := tryLock(f)
		if ok {
			return f, nil
		}
		if err == nil && time.Since(start) > c.wait {
			err = fmt.Errorf("another process has been fetching it for %v", c.wait)
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		select {
		case <-time.After(lockPoll):
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), f.Close())
		}
	}
}

// prune removes the least recently used files, until there is space for room bytes. A file in use
// remains readable for its users.
func (c *Cache) prune(room int64) {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return // nothing to remove; creating the file reports the error
	}
	var files []fs.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil && len(e.Name()) == 64 && info.Mode().IsRegular() {
			files = append(files, info)
			room += info.Size()
		}
	}
	slices.SortFunc(files,
		func(a, b fs.FileInfo) int {
			return cmp.Compare(a.ModTime().UnixNano(), b.ModTime().UnixNano())
		})
	for _, f := range files {
		if room <= c.max {
			return
		}
		if err := os.Remove(filepath.Join(c.dir, f.Name())); err == nil {
			room -= f.Size()
		}
	}
}
