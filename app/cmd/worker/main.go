//go:build js

// Command worker is the program of the page's Web Worker: package worker, with the browser's files,
// messages and event loop around it. web/worker.js starts it.
package main

import (
	"encoding/json"
	"fmt"
	"runtime/debug"
	"syscall/js"

	model "reviewlens/api/model/default"
	"reviewlens/app/client"
	"reviewlens/app/message"
	"reviewlens/app/worker"
)

// vocabSHA256 is set by build/site: hashing here would add 37 KB to the program.
var vocabSHA256 string

func main() {
	debug.SetGCPercent(25) // a browser never frees memory that a program has taken
	w := worker.New(worker.Options{
		Client:  client.New(client.Fetch),
		Vocab:   model.Vocab,
		Hash:    vocabSHA256,
		Digest:  digest(),
		Send:    func(e message.Event) { post(e, js.Undefined()) },
		NewSink: func() worker.Sink { return &blob{} },
		Yield:   newYield(),
		Device:  &device{},
		Folder:  openFolder(),
		Online: func() bool {
			return !js.Global().Get("navigator").Get("onLine").Equal(js.ValueOf(false))
		},
		Unpack: unpack,
	})

	// Callbacks of the event loop must not block, so they only enqueue; commands keep their order.
	commands := make(chan js.Value, 1024)
	receive := js.FuncOf(func(_ js.Value, args []js.Value) any {
		commands <- args[0].Get("data")
		return nil
	})
	self := js.Global()
	early := self.Get("early") // messages received while this program was loading
	self.Set("onmessage", receive)
	for i := range early.Length() {
		commands <- early.Index(i)
	}
	post(message.Event{Name: message.EventReady}, js.Undefined())

	for data := range commands {
		var c message.Command
		if err := json.Unmarshal([]byte(data.Get("json").String()), &c); err != nil {
			// page and worker are built together
			panic(fmt.Sprintf("read a command of the page: %v", err))
		}
		var source worker.Source
		if f := data.Get("file"); f.Truthy() {
			source = newFile(f)
		}
		w.Do(c, source)
	}
}

// post sends e to the page, with the bytes of a download.
func post(e message.Event, blob js.Value) {
	text, err := json.Marshal(e)
	if err != nil {
		// package message has only types that JSON can encode
		panic(fmt.Sprintf("write event %s: %v", e.Name, err))
	}
	js.Global().Call("postMessage", map[string]any{"json": string(text), "blob": blob})
}
