package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"reviewlens/api/engines"
	"reviewlens/api/infer"
	"reviewlens/api/infer/remote"
	"reviewlens/api/model"
	"reviewlens/api/model/s3"
	"reviewlens/api/model/store"
	"reviewlens/api/scoring"
	"reviewlens/api/trial"
)

// openModels loads the model at where: "" is the embedded one, a relative folder is looked up in
// root, s3://bucket/prefix is a store whose current model is followed. attributes describe the
// loaded model in the log.
func openModels(ctx context.Context, where, root, away string, log *slog.Logger) (
	m scoring.Models, closeAll func() error, attributes []any, err error) {
	if away != "" && strings.HasPrefix(where, s3.Scheme) {
		return nil, nil, nil, fmt.Errorf("REVIEWLENS_ENGINE is %s and REVIEWLENS_MODEL %s: an "+
			"endpoint runs one model; leave one of the two out", away, where)
	}
	if strings.HasPrefix(where, s3.Scheme) {
		return followStore(ctx, where, log)
	}
	var one *model.Model
	if where == "" {
		one, err = model.Default()
	} else {
		if !filepath.IsAbs(where) {
			where = filepath.Join(root, where)
		}
		one, err = model.Open(where)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	if away != "" {
		e, err := remote.Open(ctx, away, one)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("REVIEWLENS_ENGINE: %w", err)
		}
		return scoring.SingleModel(e), e.Close, []any{"model", one.Manifest.ID, "engine", away}, nil
	}
	e, err := open(ctx, one, log)
	if err != nil {
		return nil, nil, nil, err
	}
	return scoring.SingleModel(e), e.Close, []any{"model", one.Manifest.ID, "streams", e.Streams(),
		"tokensPerSecond", int(e.Speed())}, nil
}

// open opens a model and logs the time of each step, the components of a cold start.
func open(ctx context.Context, m *model.Model, log *slog.Logger) (*infer.Engine, error) {
	e, err := infer.Open(ctx, m, infer.Options{})
	if err != nil {
		return nil, err
	}
	took := []any{"model", m.Manifest.ID}
	for _, p := range e.Phases() {
		took = append(took, p.Name, float64(p.Took.Microseconds())/1000)
	}
	log.Info("opened, milliseconds", took...)
	return e, nil
}

// followStore serves the current model of a bucket. Its files are cached in /tmp, which lives as
// long as the execution environment. The pointer is not polled while the process is frozen, so the
// first request after a pause may still get the previous model.
func followStore(ctx context.Context, where string, log *slog.Logger) (scoring.Models, func() error, []any, error) {
	place, err := s3.Open(ctx, where, "")
	if err != nil {
		return nil, nil, nil, err
	}
	set := engines.Start(engines.Options{
		Store: store.New(place, store.NewCache(filepath.Join(os.TempDir(), "reviewlens", "models"), log)), Log: log,
		Open: func(ctx context.Context, m *model.Model) (engines.Engine, error) {
			return open(ctx, m, log)
		},
	})
	if err := set.Ready(ctx); err != nil {
		set.Close()
		return nil, nil, nil, fmt.Errorf("no model serves: %w", err)
	}
	runner := trial.Start(trial.Options{Host: set, Log: log, Frozen: true})
	closeAll := func() error { runner.Close(); set.Close(); return nil }
	return runner, closeAll, []any{"model", set.Status().Current, "store", where}, nil
}
