//go:build js

package main

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall/js"

	"reviewlens/app/journal"
)

// opfs is a directory of the origin private file system. Its files are read and written in place,
// on this thread, and are open in one tab at a time.
type opfs struct{ directory js.Value }

// openFolder opens the directory in which runs are kept; nil if the browser has none (some in
// private windows).
func openFolder() journal.Folder {
	storage := js.Global().Get("navigator").Get("storage")
	if !storage.Truthy() || !storage.Get("getDirectory").Truthy() {
		return nil
	}
	root, err := await(storage.Call("getDirectory"))
	if err != nil {
		return nil
	}
	directory, err := await(root.Call("getDirectoryHandle", "runs", map[string]any{"create": true}))
	if err != nil || !js.Global().Get("FileSystemFileHandle").Get("prototype").
		Get("createSyncAccessHandle").Truthy() {
		return nil
	}
	return &opfs{directory}
}

func (o *opfs) List() (names []string, err error) {
	for keys := o.directory.Call("keys"); ; {
		next, err := await(keys.Call("next"))
		if err != nil || next.Get("done").Bool() {
			return names, err
		}
		names = append(names, next.Get("value").String())
	}
}

func (o *opfs) Open(name string) (journal.File, error) {
	entry, err := await(o.directory.Call("getFileHandle", name, map[string]any{"create": true}))
	if err != nil {
		return nil, err
	}
	access, err := await(entry.Call("createSyncAccessHandle"))
	if err != nil {
		return nil, err
	}
	return &handle{value: access}, nil
}

func (o *opfs) Remove(name string) error {
	_, err := await(o.directory.Call("removeEntry", name))
	if err != nil {
		if _, absent := await(o.directory.Call("getFileHandle", name)); absent != nil {
			return nil
		}
	}
	return err
}

func (o *opfs) Space() (used, free int64) {
	storage := js.Global().Get("navigator").Get("storage")
	if !storage.Get("estimate").Truthy() { // Safari before 17
		return 0, 0
	}
	estimate, err := await(storage.Call("estimate"))
	if err != nil {
		return 0, 0
	}
	used = int64(estimate.Get("usage").Float())
	return used, int64(estimate.Get("quota").Float()) - used
}

// handle is a FileSystemSyncAccessHandle.
type handle struct {
	value js.Value

	mu     sync.Mutex
	buffer js.Value // of the last requested size
}

// bytes returns a Uint8Array of n bytes, valid until the next call. a.mu is held.
func (a *handle) bytes(n int) js.Value {
	if !a.buffer.Truthy() || a.buffer.Length() < n {
		a.buffer = js.Global().Get("Uint8Array").New(max(n, 64<<10))
	}
	return a.buffer.Call("subarray", 0, n)
}

func (a *handle) ReadAt(p []byte, at int64) (n int, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.bytes(len(p))
	read, err := a.call("read", b, map[string]any{"at": float64(at)})
	if err != nil {
		return 0, err
	}
	n = js.CopyBytesToGo(p, b.Call("subarray", 0, read.Int()))
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (a *handle) WriteAt(p []byte, at int64) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.bytes(len(p))
	js.CopyBytesToJS(b, p)
	written, err := a.call("write", b, map[string]any{"at": float64(at)})
	if err != nil {
		return 0, err
	}
	if n := written.Int(); n < len(p) {
		return n, errors.New("the device has no room left")
	}
	return len(p), nil
}

func (a *handle) Truncate(size int64) error {
	_, err := a.call("truncate", float64(size))
	return err
}

func (a *handle) Size() (int64, error) {
	size, err := a.call("getSize")
	if err != nil {
		return 0, err
	}
	return int64(size.Float()), nil
}

func (a *handle) Flush() error {
	_, err := a.call("flush")
	return err
}

func (a *handle) Close() error {
	_, err := a.call("close")
	return err
}

// call converts what a method throws into an error.
func (a *handle) call(method string, args ...any) (value js.Value, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("%s a kept file: %v", method, thrown)
		}
	}()
	return a.value.Call(method, args...), nil
}
