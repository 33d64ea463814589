package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"

	"reviewlens/api/infer"
	"reviewlens/api/model"
)

// engineFlags holds the flags of every command that scores.
type engineFlags struct {
	model, library, cache string
	remote                string // of serve: an endpoint that runs the model
	streams               int
	id                    string // the model wanted, "" for any
}

func (f *engineFlags) define(flags *flag.FlagSet) {
	flags.StringVar(&f.model, "model", "", "another `model`: its folder, s3://bucket/prefix, or a store of many of either kind (default: the one inside the program)")
	defineLibrary(flags, &f.library)
	defineCache(flags, &f.cache)
	flags.IntVar(&f.streams, "streams", 0, "windows scored at a time (default: one a usable CPU)")
}

// defineLibrary defines -ort.
func defineLibrary(flags *flag.FlagSet, path *string) {
	flags.StringVar(path, "ort", "", "`path` of the native ONNX Runtime library (default: beside "+
		"the program, then the user's cache)")
}

// defineCache defines -cache.
func defineCache(flags *flag.FlagSet, folder *string) {
	flags.StringVar(folder, "cache", "",
		"`folder` that keeps models of s3:// (default: the user's cache)")
}

// maxStreams is more than any machine has CPUs. Each stream takes memory and time at the start.
const maxStreams = 1024

func (f *engineFlags) checkStreams() error {
	if f.streams < 0 || f.streams > maxStreams {
		return usageError("-streams is %d; want 1 to %d, or 0 for one a usable CPU", f.streams,
			maxStreams)
	}
	return nil
}

// open opens the engine of the given model, or of a store's current one.
func (f *engineFlags) open(ctx context.Context) (*infer.Engine, error) {
	if err := f.checkStreams(); err != nil {
		return nil, err
	}
	if !isStore(f.model) {
		defer infer.Preload(f.library)()
	}
	m, free, err := f.load(ctx)
	if err != nil {
		return nil, err
	}
	defer free()
	return f.infer(ctx, m, slog.Default())
}

// load loads the model. Its memory outside the heap is valid until free is called.
func (f *engineFlags) load(ctx context.Context) (m *model.Model, free func(), err error) {
	switch {
	case f.model == "":
		m, err = model.Default()
	case !isStore(f.model):
		m, err = model.Open(f.model)
	default:
		return f.loadFromStore(ctx)
	}
	if err != nil {
		return nil, nil, err
	}
	if f.id != "" && m.Manifest.ID != f.id {
		return nil, nil, fmt.Errorf("the model is %s; -model-id wants %s", m.Manifest.ID, f.id)
	}
	return m, func() {}, nil
}

func (f *engineFlags) loadFromStore(ctx context.Context) (*model.Model, func(), error) {
	s, err := openStore(ctx, f.model, f.cache, "", slog.Default())
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	id := f.id
	if id == "" {
		current, err := s.Current(ctx)
		if err != nil {
			return nil, nil, err
		}
		id = current.ID
	}
	return s.Load(ctx, id)
}

func (f *engineFlags) infer(ctx context.Context, m *model.Model, log *slog.Logger) (*infer.Engine, error) {
	if t := m.Text(); t != nil && len(t.Inexact()) > 0 {
		log.Warn("token IDs may differ from Hugging Face's on unusual text", "model", m.Manifest.ID, "because", t.Inexact())
	}
	return infer.Open(ctx, m, infer.Options{Library: f.library, Streams: f.streams})
}

// remoteModel loads the local part (tokenizer, manifest) of a model that runs on an endpoint.
func (f *engineFlags) remoteModel(ctx context.Context) (*model.Model, error) {
	if isStore(f.model) {
		return nil, usageError("-engine runs one model: the one inside, or a folder after -model; "+
			"%s is a store of many", f.model)
	}
	m, _, err := f.load(ctx) // nothing outside the heap
	return m, err
}
