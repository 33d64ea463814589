//go:build js

package main

import (
	"syscall/js"

	"reviewlens/app/worker"
)

// unpack gives the file inside a packed one. The browser keeps it, on disk where it is large.
func unpack(kind worker.Packing, source worker.Source) (worker.Source, error) {
	packed := source.(*file).value
	var inside js.Value
	var err error
	switch kind {
	case worker.Gzip:
		stream := packed.Call("stream").
			Call("pipeThrough", js.Global().Get("DecompressionStream").New("gzip"))
		inside, err = await(js.Global().Get("Response").New(stream).Call("blob"))
	case worker.Workbook:
		var module js.Value
		if module, err = await(js.Global().Call("workbook")); err == nil {
			inside, err = await(module.Call("csv", packed))
		}
	}
	if err != nil {
		return nil, err
	}
	return newFile(inside), nil
}
