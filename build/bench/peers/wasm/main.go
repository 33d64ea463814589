//go:build js

// Command wasm is package measure in a worker of the browser; see worker.mjs.
package main

import (
	"encoding/json"
	"syscall/js"

	"reviewlens/build/bench/peers/measure"
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
	js.Global().Set("goCSV", js.FuncOf(func(_ js.Value, args []js.Value) any { return text(measure.CSV(bytes(args[0]))) }))
	select {}
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
