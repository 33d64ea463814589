//go:build js

// Command wasm exposes package measure to a worker of the browser; see worker.mjs.
package main

import (
	"encoding/json"
	"syscall/js"

	"reviewlens/build/bench/competitors/measure"
)

func main() {
	bytes := func(v js.Value) []byte {
		b := make([]byte, v.Length())
		js.CopyBytesToGo(b, v)
		return b
	}
	js.Global().Set("goTokens", js.FuncOf(func(_ js.Value, args []js.Value) any {
		r, err := measure.Tokens(bytes(args[0]), bytes(args[1]), bytes(args[2]))
		if err != nil {
			panic(err)
		}
		return text(r)
	}))
	// functions that read a file
	js.Global().Set("goReaders", js.FuncOf(func(_ js.Value, args []js.Value) any {
		file, readers := bytes(args[0]), map[string]any{}
		for name, read := range measure.Readers {
			readers[name] = js.FuncOf(func(js.Value, []js.Value) any {
				rows, fields := read(file)
				return map[string]any{"rows": rows, "fields": fields}
			})
		}
		return readers
	}))
	select {}
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
