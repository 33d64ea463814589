// Package store keeps models where many servers find them, and records which one is current.
//
// A Place is a folder or a bucket's prefix. It is either one model folder,
//
//	manifest.json model.onnx vocab.txt, perhaps aspects.onnx
//
// or a store of many, each under its ID, and a pointer to the current one:
//
//	current.json                  {"id": "...", "previous": "...", "time": "..."}
//	<id>/manifest.json <id>/model.onnx <id>/vocab.txt, perhaps <id>/aspects.onnx
//	trial.json                    Trial: a model that is compared with the current one
//	trials/<trial>/<n>.json       the servers' counts of it (api/trial)
//
// Objects under an ID are immutable: Publish writes the files first and the manifest last, each
// only if it does not exist, so a model with a manifest is complete and publishing again is
// harmless. Only the pointer, the trial and its counts are replaced, each only if it is unchanged
// since it was read. Load verifies what it reads as model.Open does: a missing, truncated or
// corrupt file is an error that names it. Files of a remote place are fetched in parallel ranges,
// hashed as they arrive, and kept in a Cache under their hash.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"sync"
	"time"
	"weak"

	"reviewlens/api/model"
	"reviewlens/api/wire"
)

// Place stores named objects. Names are relative paths with slashes. For a missing object the error
// is fs.ErrNotExist, for a forbidden one fs.ErrPermission; any other error may be transient.
type Place interface {
	// Read returns a small object, and its version for Replace; it refuses one over maxBytes.
	Read(ctx context.Context, name string, maxBytes int64) (data []byte, version string, err error)
	// ReadRange returns the bytes [from, to) of an object, and the length of the whole object.
	ReadRange(ctx context.Context, name string, from, to int64) (body io.ReadCloser, size int64, err error)
	// Create writes an object of the file's length and hash atomically; fs.ErrExist if there is
	// one.
	Create(ctx context.Context, name string, file wire.File, content io.ReadSeeker) error
	// Replace writes a small object if its version is unchanged, "" for none; else the error is
	// ErrChanged.
	Replace(ctx context.Context, name string, data []byte, version string) error
	// Folders lists the distinct first elements of names with a slash.
	Folders(ctx context.Context) ([]string, error)
	// String returns the place's name for messages.
	String() string
}

// ErrChanged reports that the object was replaced since it was read.
var ErrChanged = errors.New("changed meanwhile")

// Names of the objects that identify a place for models.
const (
	ManifestName = "manifest.json"
	PointerName  = "current.json"
)

const (
	maxPointerBytes = 4 << 10
	maxSmallBytes   = 64 << 10         // of a replaceable object
	smallTimeout    = 30 * time.Second // for a manifest or a pointer
)

// Pointer names the current model of a store. For a single model folder, only ID is set.
type Pointer struct {
	ID       string    `json:"id"`
	Previous string    `json:"previous,omitempty"` // the model that was current before
	Time     time.Time `json:"time,omitzero"`
}

// Store reads and writes models in a place. It is safe for concurrent use, also by several
// processes.
type Store struct {
	place Place
	cache *Cache
	fetch fetchOptions

	mu sync.Mutex
	// models whose tokenizers others can share, while an engine uses them
	loaded []weak.Pointer[model.Model]
	// ID of the model in the place itself, if that is one model folder; "" until read
	root  string
	whole map[string]bool // IDs known to have a manifest
}

// New returns a Store. Without a cache, files are read from the place each time, as suits a folder.
func New(p Place, c *Cache) *Store {
	return &Store{place: p, cache: c, fetch: defaultFetch, whole: make(map[string]bool)}
}

func (s *Store) String() string { return s.place.String() }

// Current returns a pointer to the current model.
func (s *Store) Current(ctx context.Context) (Pointer, error) {
	p, _, err := s.pointer(ctx)
	if err == nil || !Absent(err) {
		return p, err
	}
	// no pointer; the place may be a single model folder
	data, rootErr := s.readSmall(ctx, ManifestName, model.MaxManifestBytes)
	if rootErr != nil {
		return Pointer{}, fmt.Errorf("%s has no current model: %w", s.place, errors.Join(err, rootErr))
	}
	m, err := model.ParseManifest(data)
	if err != nil {
		return Pointer{}, fmt.Errorf("%s: %w", s.place, err)
	}
	s.mu.Lock()
	s.root = m.ID
	s.mu.Unlock()
	return Pointer{ID: m.ID}, nil
}

// Absent reports whether an object is, or may be, missing: a bucket that may not be listed reports
// missing objects as forbidden.
func Absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
}

func (s *Store) pointer(ctx context.Context) (p Pointer, version string, err error) {
	ctx, cancel := context.WithTimeout(ctx, smallTimeout)
	defer cancel()
	data, version, err := s.place.Read(ctx, PointerName, maxPointerBytes)
	if err != nil {
		return p, "", err
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return p, "", fmt.Errorf("%s: %s: %w; delete it, then activate a model", s.place,
			PointerName, err)
	}
	if !model.IsID(p.ID) {
		return Pointer{}, "", fmt.Errorf("%s: %s names %.40q, want a model's id; delete it, "+
			"then activate a model", s.place, PointerName, p.ID)
	}
	return p, version, nil
}

func (s *Store) readSmall(ctx context.Context, name string, maxBytes int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, smallTimeout)
	defer cancel()
	data, _, err := s.place.Read(ctx, name, maxBytes)
	return data, err
}

// List returns the sorted IDs of the complete models.
func (s *Store) List(ctx context.Context) ([]string, error) {
	names, err := s.place.Folders(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, id := range names {
		if !model.IsID(id) {
			continue
		}
		s.mu.Lock()
		whole := s.whole[id]
		s.mu.Unlock()
		if !whole {
			if _, err := s.readSmall(ctx, path.Join(id, ManifestName), model.MaxManifestBytes); Absent(err) {
				continue // being published
			} else if err != nil {
				return nil, err
			}
			s.mu.Lock()
			s.whole[id] = true
			s.mu.Unlock()
		}
		ids = append(ids, id)
	}
	s.mu.Lock()
	root := s.root
	s.mu.Unlock()
	if root != "" && !slices.Contains(ids, root) {
		ids = append(ids, root)
	}
	slices.Sort(ids)
	return ids, nil
}

// Manifest returns a model's manifest, as bytes and decoded.
func (s *Store) Manifest(ctx context.Context, id string) ([]byte, *wire.Manifest, error) {
	data, m, _, err := s.manifest(ctx, id)
	return data, m, err
}

// manifest also returns the model's folder within the place.
func (s *Store) manifest(ctx context.Context, id string) (data []byte, m *wire.Manifest, folder string, err error) {
	s.mu.Lock()
	if id != s.root {
		folder = id
	}
	s.mu.Unlock()
	if data, err = s.readSmall(ctx, path.Join(folder, ManifestName), model.MaxManifestBytes); err != nil {
		return nil, nil, "", err
	}
	if m, err = model.ParseManifest(data); err != nil {
		return nil, nil, "", err
	}
	if m.ID != id {
		return nil, nil, "", fmt.Errorf("manifest.json: id is %s, want %s", m.ID, id)
	}
	return data, m, folder, nil
}

// Load reads and verifies a model. Its graph is outside the Go heap, mapped from a cached file if
// there is one: call free once a session has been built from it, or when it is not needed; the
// graph must not be used afterwards.
func (s *Store) Load(ctx context.Context, id string) (m *model.Model, free func(), err error) {
	if !model.IsID(id) {
		return nil, nil, fmt.Errorf("%.40q is not a model's id", id)
	}
	data, manifest, folder, err := s.manifest(ctx, id)
	if err != nil {
		return nil, nil, fmt.Errorf("model %s of %s: %w", id, s.place, err)
	}
	name := model.GraphName(manifest)
	var graph *memory
	m, err = model.Load(data, func(f wire.File) ([]byte, error) {
		content, err := s.file(ctx, path.Join(folder, f.Name), f)
		if err != nil {
			return nil, err
		}
		if f.Name == name {
			graph = content
			return content.bytes, nil
		}
		defer content.free() // the rest is smaller and lives as long as the model
		return slices.Clone(content.bytes), nil
	})
	free = func() {
		if m != nil {
			m.ReleaseONNX()
		}
		if graph != nil {
			graph.free()
		}
		graph = nil
	}
	if err != nil {
		free()
		return nil, nil, fmt.Errorf("model %s of %s: %w", id, s.place, err)
	}
	s.share(m)
	return m, free, nil
}

// share lets m use the tokenizer, the word embeddings and the aspect model of an open model that
// has the same: two models of one base, as in a trial, keep them once. The parts that are not
// shared are copied from m's graph, so that a session that reads them in place outlives the graph.
func (s *Store) share(m *model.Model) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loaded = slices.DeleteFunc(s.loaded, func(p weak.Pointer[model.Model]) bool {
		other := p.Value()
		return other == nil || other.Share(m)
	})
	m.Detach()
	s.loaded = append(s.loaded, weak.Make(m))
}

func (s *Store) file(ctx context.Context, name string, f wire.File) (*memory, error) {
	get := func(to io.Writer) (*memory, error) { return fetch(ctx, s.place, name, f, to, s.fetch) }
	if s.cache == nil {
		return get(io.Discard)
	}
	return s.cache.get(ctx, f, get)
}

// Close waits until fetched files are written to the cache.
func (s *Store) Close() {
	if s.cache != nil {
		s.cache.writing.Wait()
	}
}
