//go:build js

package main

import (
	"syscall/js"

	"reviewlens/app/worker"
)

// unpack returns the file inside a packed one, or the sheets of a workbook. The browser stores
// them, on disk if they are large.
func unpack(kind worker.Packing, source worker.Source) (parts []worker.Part, err error) {
	packed := source.(*file).value
	switch kind {
	case worker.Gzip:
		stream := packed.Call("stream").
			Call("pipeThrough", js.Global().Get("DecompressionStream").New("gzip"))
		inside, err := await(js.Global().Get("Response").New(stream).Call("blob"))
		if err != nil {
			return nil, err
		}
		return []worker.Part{{Source: newFile(inside)}}, nil
	case worker.Workbook:
		module, err := await(js.Global().Call("workbook"))
		if err != nil {
			return nil, worker.ErrNotLoaded
		}
		sheets, err := await(module.Call("sheets", packed))
		if err != nil {
			return nil, err
		}
		for i := range sheets.Length() {
			s := sheets.Index(i)
			csv := newFile(s.Get("csv"))
			parts = append(parts, worker.Part{Name: s.Get("name").String(), Source: csv})
		}
	}
	return parts, nil
}
