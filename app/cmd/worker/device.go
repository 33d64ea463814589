//go:build js

package main

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"sync"
	"syscall/js"

	"reviewlens/api/wire"
	"reviewlens/app/client"
	"reviewlens/app/worker/scorer"
	"reviewlens/reviews/aspects"
)

// device is web/device.js, in a worker of its own, which is started on first use.
type device struct {
	mu      sync.Mutex
	worker  js.Value
	last    int
	waiting map[int]chan js.Value
}

// call sends a message and returns the answer to it; between receives the progress before it.
func (d *device) call(ctx context.Context, what string, message map[string]any,
	between func(js.Value)) (js.Value, error) {
	d.mu.Lock()
	if !d.worker.Truthy() {
		d.waiting = map[int]chan js.Value{}
		d.worker = js.Global().Call("device")
		d.worker.Set("onmessage", js.FuncOf(func(_ js.Value, args []js.Value) any {
			data := args[0].Get("data")
			d.mu.Lock()
			defer d.mu.Unlock()
			if to := d.waiting[data.Get("id").Int()]; to != nil {
				select {
				case to <- data:
				default: // the previous progress was not read yet
				}
			}
			return nil
		}))
		d.worker.Set("onerror", js.FuncOf(func(_ js.Value, args []js.Value) any {
			args[0].Call("preventDefault") // else this worker fails, too, in some browsers
			d.mu.Lock()
			defer d.mu.Unlock()
			for _, to := range d.waiting {
				close(to)
			}
			d.waiting, d.worker = nil, js.Undefined()
			return nil
		}))
	}
	d.last++
	id := d.last
	answer := make(chan js.Value, 4096)
	d.waiting[id] = answer
	message["id"], message["what"] = id, what
	d.worker.Call("postMessage", message)
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		delete(d.waiting, id)
		d.mu.Unlock()
	}()
	for {
		select {
		case <-ctx.Done():
			return js.Undefined(), ctx.Err()
		case data, alive := <-answer:
			switch {
			case !alive:
				return js.Undefined(),
					&client.Unavailable{Err: errors.New("the part of the page that scores on " +
						"this device could not start")}
			case data.Get("have").Type() == js.TypeNumber:
				between(data)
				continue
			case data.Get("error").Type() != js.TypeString:
				return data.Get("result"), nil
			}
			status, err := data.Get("status").Int(), errors.New(data.Get("error").String())
			switch {
			case status == 401:
				return js.Undefined(),
					&wire.Error{Code: wire.Unauthorized, Detail: "This server wants an API key."}
			case status == 0, status == 429, status >= 500:
				return js.Undefined(), &client.Unavailable{Status: status, Err: err}
			}
			return js.Undefined(), err
		}
	}
}

func (d *device) Load(ctx context.Context, m wire.Manifest, key string,
	progress func(have, all int64)) (parallel int, err error) {
	most, err := d.call(ctx, "load", graph(m, "/model", "model.onnx", key), onProgress(progress))
	if err == nil {
		parallel = most.Int()
	}
	return parallel, err
}

func (d *device) LoadAspects(ctx context.Context, m wire.Manifest, key string,
	progress func(have, all int64)) error {
	message := graph(m, "/aspects", m.Aspects.File, key)
	message["model"] = graph(m, "/model", "model.onnx", key)
	shared := make([]any, len(m.Aspects.Shared))
	for i, r := range m.Aspects.Shared {
		shared[i] = []any{float64(r[0]), float64(r[1])}
	}
	message["shared"] = shared
	_, err := d.call(ctx, "loadAspects", message, onProgress(progress))
	return err
}

// graph describes a graph of a model: its URL, hash and key.
func graph(m wire.Manifest, path, file, key string) map[string]any {
	out := map[string]any{"url": "/v1/models/" + m.ID + path, "sha256": "", "key": key}
	for _, f := range m.Files {
		if f.Name == file {
			out["sha256"] = f.SHA256
		}
	}
	return out
}

func onProgress(progress func(have, all int64)) func(js.Value) {
	return func(data js.Value) {
		progress(int64(data.Get("have").Float()), int64(data.Get("all").Float()))
	}
}

func (d *device) Run(ctx context.Context, dtype string, window []int32) (l scorer.Logits,
	err error) {
	result, err := d.run(ctx, "run", dtype, window)
	if err == nil {
		at := func(i int) float32 { return float32(result.Index(i).Float()) }
		l.Sentiment = [2]float32{at(0), at(1)}
		for i := range l.Stars[:min(len(l.Stars), result.Length()-2)] {
			l.Stars[i] = at(2 + i)
		}
	}
	return l, err
}

func (d *device) Tags(ctx context.Context, dtype string, window []int32) ([]float32, error) {
	result, err := d.run(ctx, "tags", dtype, window)
	if err != nil {
		return nil, err
	}
	bytes := make([]byte, 4*aspects.Tags*len(window))
	if n := js.CopyBytesToGo(bytes, result); n != len(bytes) {
		return nil, errors.New("the aspect model gave no tag for each token")
	}
	tags := make([]float32, len(bytes)/4)
	for i := range tags {
		tags[i] = math.Float32frombits(binary.LittleEndian.Uint32(bytes[4*i:]))
	}
	return tags, nil
}

// run runs a graph on a window.
func (d *device) run(ctx context.Context, what, dtype string, window []int32) (js.Value, error) {
	ids := js.Global().Get("Int32Array").New(len(window))
	for i, id := range window {
		ids.SetIndex(i, id)
	}
	return d.call(ctx, what, map[string]any{"ids": ids, "dtype": dtype}, func(js.Value) {})
}
