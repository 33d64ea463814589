package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"time"

	"reviewlens/api/model"
	"reviewlens/api/wire"
)

// Publish copies the current model of another store or folder under its ID: files first, the
// manifest last. fresh is false if everything existed already and was verified. Activate makes the
// model current.
func (s *Store) Publish(ctx context.Context, from *Store) (id string, fresh bool, err error) {
	current, err := from.Current(ctx)
	if err != nil {
		return "", false, err
	}
	id = current.ID
	defer func() {
		if err != nil {
			err = fmt.Errorf("publish %s to %s: %w", id, s.place, err)
		}
	}()
	manifest, m, folder, err := from.manifest(ctx, id)
	if err != nil {
		return id, false, err
	}
	for _, f := range m.Files {
		content, err := from.file(ctx, path.Join(folder, f.Name), f)
		if err != nil {
			return id, false, err
		}
		created, err := s.create(ctx, path.Join(id, f.Name), f, content.bytes)
		content.free()
		if err != nil {
			return id, false, err
		}
		fresh = fresh || created
	}
	created, err := s.create(ctx, path.Join(id, ManifestName),
		model.Describe(ManifestName, manifest), manifest)
	return id, fresh || created, err
}

// create writes an object, or verifies the existing one.
func (s *Store) create(ctx context.Context, name string, f wire.File,
	content []byte) (created bool, err error) {
	err = s.place.Create(ctx, name, f, bytes.NewReader(content))
	if !errors.Is(err, fs.ErrExist) {
		return err == nil, err
	}
	there, err := fetch(ctx, s.place, name, f, io.Discard, s.fetch)
	if err != nil {
		return false, fmt.Errorf("%s is there, with other content; remove it and publish again: %w",
			name, err)
	}
	there.free()
	return false, nil
}

// Activate makes a published model current. Servers notice at their next poll; a server that cannot
// run it keeps its model.
func (s *Store) Activate(ctx context.Context, id string) (Pointer, error) {
	if !model.IsID(id) {
		return Pointer{}, fmt.Errorf("%.40q is not a model's id", id)
	}
	return s.point(ctx, func(Pointer) (string, error) { return id, nil })
}

// Rollback makes the previous model current. A second Rollback undoes the first.
func (s *Store) Rollback(ctx context.Context) (Pointer, error) {
	return s.point(ctx, func(p Pointer) (string, error) {
		if p.ID == "" {
			return "", fmt.Errorf("%s has no current model", s.place)
		}
		if p.Previous == "" {
			return "", fmt.Errorf("%s: no model was current before %s", s.place, p.ID)
		}
		return p.Previous, nil
	})
}

// point replaces the pointer by one to the model that choose returns.
func (s *Store) point(ctx context.Context, choose func(Pointer) (string, error)) (Pointer, error) {
	p, version, err := s.pointer(ctx)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return p, err
	}
	if version == "" {
		if _, err := s.readSmall(ctx, ManifestName, model.MaxManifestBytes); err == nil {
			return p, fmt.Errorf("%s is one model's folder, not a store of many", s.place)
		}
	}
	id, err := choose(p)
	if err != nil {
		return p, err
	}
	_, m, err := s.Manifest(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		return p, fmt.Errorf("%s has no model %s, or only a part of one; publish it first",
			s.place, id)
	}
	if err != nil {
		return p, fmt.Errorf("model %s of %s: %w", id, s.place, err)
	}
	if m.ID == p.ID {
		return p, nil // nothing to write, and Previous is unchanged
	}
	next := Pointer{ID: id, Previous: p.ID, Time: time.Now().UTC().Truncate(time.Second)}
	data, err := json.Marshal(next)
	if err != nil {
		return p, err
	}
	if err := s.place.Replace(ctx, PointerName, append(data, '\n'), version); err != nil {
		return p, fmt.Errorf("%s: %w", s.place, err)
	}
	return next, nil
}
