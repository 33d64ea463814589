// Package journaltest provides a journal.Folder in memory that can run out of space and be killed
// during a write.
package journaltest

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"reviewlens/app/journal"
)

// Folder is a folder in memory. The zero value is empty and unbounded.
type Folder struct {
	Quota int64 // bytes of all files; 0 for unlimited
	Kill  int64 // bytes written after which everything fails; 0 for never

	mu      sync.Mutex
	files   map[string]*content
	written int64
}

type content struct {
	data []byte
	open bool
}

// ErrKilled is the error of every call after the kill.
var ErrKilled = errors.New("killed")

// After returns the folder as the next process finds it.
func (f *Folder) After() *Folder {
	f.mu.Lock()
	defer f.mu.Unlock()
	next := &Folder{files: map[string]*content{}}
	for name, c := range f.files {
		next.files[name] = &content{data: slices.Clone(c.data)}
	}
	return next
}

func (f *Folder) dead() error {
	if f.Kill > 0 && f.written >= f.Kill {
		return ErrKilled
	}
	return nil
}

func (f *Folder) List() (names []string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for name := range f.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, f.dead()
}

func (f *Folder) Open(name string) (journal.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.files == nil {
		f.files = map[string]*content{}
	}
	c := f.files[name]
	if c == nil {
		c = &content{}
		f.files[name] = c
	}
	if c.open {
		return nil, fmt.Errorf("%s is open elsewhere", name)
	}
	c.open = true
	return &file{f, c}, f.dead()
}

func (f *Folder) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.files[name]; c != nil && c.open {
		return fmt.Errorf("%s is open", name)
	}
	delete(f.files, name)
	return f.dead()
}

func (f *Folder) Space() (used, free int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.files {
		used += int64(len(c.data))
	}
	if f.Quota == 0 {
		return used, 1 << 40
	}
	return used, f.Quota - used
}

// Written returns the number of bytes written in all.
func (f *Folder) Written() int64 { f.mu.Lock(); defer f.mu.Unlock(); return f.written }

// Data returns the bytes of a file, to be changed like a damaged disk's.
func (f *Folder) Data(name string) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.files[name]; c != nil {
		return c.data
	}
	return nil
}

type file struct {
	f *Folder
	c *content
}

func (o *file) ReadAt(p []byte, at int64) (int, error) {
	o.f.mu.Lock()
	defer o.f.mu.Unlock()
	if at >= int64(len(o.c.data)) {
		return 0, io.EOF
	}
	n := copy(p, o.c.data[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (o *file) WriteAt(p []byte, at int64) (int, error) {
	_, free := o.f.Space()
	o.f.mu.Lock()
	defer o.f.mu.Unlock()
	if err := o.f.dead(); err != nil {
		return 0, err
	}
	var err error
	if o.f.Kill > 0 && o.f.written+int64(len(p)) > o.f.Kill {
		p, err = p[:o.f.Kill-o.f.written], ErrKilled
	}
	if int64(len(p)) > free {
		p, err = p[:max(free, 0)], errors.New("over quota")
	}
	if grow := at + int64(len(p)) - int64(len(o.c.data)); grow > 0 {
		o.c.data = append(o.c.data, make([]byte, grow)...)
	}
	copy(o.c.data[at:], p)
	o.f.written += int64(len(p))
	return len(p), err
}

func (o *file) Truncate(size int64) error {
	o.f.mu.Lock()
	defer o.f.mu.Unlock()
	if err := o.f.dead(); err != nil {
		return err
	}
	o.c.data = o.c.data[:min(size, int64(len(o.c.data)))]
	return nil
}

func (o *file) Size() (int64, error) {
	o.f.mu.Lock()
	defer o.f.mu.Unlock()
	return int64(len(o.c.data)), o.f.dead()
}

func (o *file) Flush() error { o.f.mu.Lock(); defer o.f.mu.Unlock(); return o.f.dead() }

func (o *file) Close() error {
	o.f.mu.Lock()
	defer o.f.mu.Unlock()
	o.c.open = false
	return nil
}
