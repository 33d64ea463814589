package main

import (
	"context"
	"flag"
	"log/slog"

	"reviewlens/api/infer"
	"reviewlens/api/model"
)

// engineFlags are the flags of every command that scores.
type engineFlags struct {
	model, library, cache string
	streams               int
}

func (f *engineFlags) define(flags *flag.FlagSet) {
	flags.StringVar(&f.model, "model", "", "another `model`: its folder, s3://bucket/prefix, or a store of many of either kind (default: the one inside the program)")
	flags.StringVar(&f.library, "ort", "", "`path` of the native ONNX Runtime library (default: beside the program, then the user's cache)")
	flags.StringVar(&f.cache, "cache", "", "`folder` that keeps models of s3:// (default: the user's cache)")
	flags.IntVar(&f.streams, "streams", 0, "windows scored at a time (default: one a usable CPU)")
}

// open opens the engine of the one model, or of a store's current one.
func (f *engineFlags) open(ctx context.Context) (*infer.Engine, error) {
	if f.streams < 0 {
		return nil, usageError("-streams is %d; want 1 or more", f.streams)
	}
	switch {
	case f.model == "":
		defer infer.Preload(f.library)()
		m, err := model.Default()
		if err != nil {
			return nil, err
		}
		return f.infer(ctx, m, slog.Default())
	case !isStore(f.model):
		defer infer.Preload(f.library)()
		m, err := model.Open(f.model)
		if err != nil {
			return nil, err
		}
		return f.infer(ctx, m, slog.Default())
	}
	s, err := openStore(ctx, f.model, f.cache, "", slog.Default())
	if err != nil {
		return nil, err
	}
	defer s.Close()
	current, err := s.Current(ctx)
	if err != nil {
		return nil, err
	}
	m, free, err := s.Load(ctx, current.ID)
	if err != nil {
		return nil, err
	}
	defer free()
	return f.infer(ctx, m, slog.Default())
}

func (f *engineFlags) infer(ctx context.Context, m *model.Model, log *slog.Logger) (*infer.Engine, error) {
	if t := m.Text(); t != nil && len(t.Inexact()) > 0 {
		log.Warn("token IDs may differ from Hugging Face's on unusual text", "model", m.Manifest.ID, "because", t.Inexact())
	}
	return infer.Open(ctx, m, infer.Options{Library: f.library, Streams: f.streams})
}
