//go:build js

package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"sync"
	"syscall/js"

	"reviewlens/app/message"
)

// file reads a File of the browser. Reads block the calling goroutine, not the event loop.
type file struct {
	value js.Value
	size  int64

	mu     sync.Mutex
	reader js.Value // of a stream whose position is next
	next   int64
	chunk  js.Value // read from it, and not yet consumed
	// all of chunk's buffer, for the next read; undefined if the browser allocates its own
	buffer js.Value
}

func newFile(v js.Value) *file { return &file{value: v, size: int64(v.Get("size").Float())} }

func (f *file) Size() int64 { return f.size }

// streamed is the minimum size of a read that is assumed to be one of a sequence. Sequential reads
// share one stream: every slice of a file opens a pipe of its own, and a gigabyte of them takes
// hundreds of MB before the browser collects them.
const (
	streamed     = 64 << 10
	streamBuffer = 256 << 10
)

func (f *file) ReadAt(p []byte, offset int64) (int, error) {
	if offset >= f.size {
		return 0, io.EOF
	}
	if len(p) >= streamed {
		return f.readOn(p, offset)
	}
	end := min(offset+int64(len(p)), f.size)
	buffer, err := await(f.value.Call("slice", float64(offset), float64(end)).Call("arrayBuffer"))
	if err != nil {
		return 0, err
	}
	n := js.CopyBytesToGo(p, js.Global().Get("Uint8Array").New(buffer))
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// readOn reads from the stream, which is reopened if the last read did not end at offset.
func (f *file) readOn(p []byte, offset int64) (n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.reader.Truthy() || f.next != offset {
		if f.reader.Truthy() {
			f.reader.Call("cancel")
		}
		f.reader, f.buffer = openReader(f.value.Call("slice", float64(offset)).Call("stream"))
		f.next, f.chunk = offset, js.Undefined()
	}
	for n < len(p) {
		if !f.chunk.Truthy() || f.chunk.Length() == 0 {
			var args []any
			if f.buffer.Truthy() {
				args = []any{f.buffer} // transferred, and returned
			}
			part, err := await(f.reader.Call("read", args...))
			if err != nil {
				f.reader = js.Undefined()
				return n, err
			}
			if part.Get("done").Bool() {
				return n, io.EOF
			}
			f.chunk = part.Get("value")
			if f.buffer.Truthy() {
				f.buffer = js.Global().Get("Uint8Array").New(f.chunk.Get("buffer"))
			}
		}
		k := js.CopyBytesToGo(p[n:], f.chunk)
		f.chunk = f.chunk.Call("subarray", k)
		n, f.next = n+k, f.next+int64(k)
	}
	return n, nil
}

// openReader reads a stream into one reused buffer, if the browser can.
func openReader(stream js.Value) (reader, buffer js.Value) {
	defer func() {
		if recover() != nil {
			reader, buffer = stream.Call("getReader"), js.Undefined()
		}
	}()
	return stream.Call("getReader", map[string]any{"mode": "byob"}), js.Global().Get("Uint8Array").
		New(streamBuffer)
}

// await blocks until promise settles.
func await(promise js.Value) (value js.Value, err error) {
	done := make(chan struct{})
	resolve := js.FuncOf(func(_ js.Value, args []js.Value) any {
		value = args[0]
		close(done)
		return nil
	})
	reject := js.FuncOf(func(_ js.Value, args []js.Value) any {
		err = fmt.Errorf("%s", args[0].Get("message").String())
		close(done)
		return nil
	})
	defer resolve.Release()
	defer reject.Release()
	promise.Call("then", resolve, reject)
	<-done
	return value, err
}

// digest returns the browser's SHA-256, nil if it has none.
func digest() func(data []byte) (string, error) {
	subtle := js.Global().Get("crypto").Get("subtle")
	if !subtle.Truthy() {
		return nil
	}
	return func(data []byte) (string, error) {
		given := js.Global().Get("Uint8Array").New(len(data))
		js.CopyBytesToJS(given, data)
		sum, err := await(subtle.Call("digest", "SHA-256", given))
		if err != nil {
			return "", err
		}
		var bytes [32]byte
		js.CopyBytesToGo(bytes[:], js.Global().Get("Uint8Array").New(sum))
		return hex.EncodeToString(bytes[:]), nil
	}
}

// blob collects a download. Its bytes go to the browser in parts, which the browser may keep on
// disk, so a large file does not grow this program's memory.
type blob struct {
	parts []any
	part  []byte
}

const blobPart = 1 << 20

func (b *blob) Write(p []byte) (int, error) {
	b.part = append(b.part, p...)
	if len(b.part) >= blobPart {
		b.flush()
	}
	return len(p), nil
}

func (b *blob) flush() {
	if len(b.part) == 0 {
		return
	}
	bytes := js.Global().Get("Uint8Array").New(len(b.part))
	js.CopyBytesToJS(bytes, b.part)
	b.parts = append(b.parts, js.Global().Get("Blob").New([]any{bytes}))
	b.part = b.part[:0]
}

func (b *blob) Done(name string) error {
	b.flush()
	whole := js.Global().Get("Blob").New(b.parts, map[string]any{"type": "text/csv"})
	post(message.Event{Name: message.EventDownload, File: name}, whole)
	return nil
}

// newYield returns a function that returns after the event loop has run once. A message to oneself
// takes some 0.05 ms; browsers delay timers to 4 ms.
func newYield() func() {
	channel := js.Global().Get("MessageChannel").New()
	waiting := make(chan chan struct{}, 1024)
	channel.Get("port1").Set("onmessage", js.FuncOf(func(js.Value, []js.Value) any {
		close(<-waiting)
		return nil
	}))
	return func() {
		done := make(chan struct{})
		waiting <- done
		channel.Get("port2").Call("postMessage", nil)
		<-done
	}
}
