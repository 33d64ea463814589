// Package storetest is the conformance suite of store.Place, with a Place in memory, and small
// models for both.
package storetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"reviewlens/api/model"
	"reviewlens/api/model/store"
	"reviewlens/api/wire"
	"reviewlens/reviews/aspects"
)

const vocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\n##ness\n"

// Files returns a small model with the given graph, which cannot be run: its files by name, and its
// ID.
func Files(t testing.TB, graph string) (files map[string][]byte, id string) {
	t.Helper()
	return filesOf(t, graph, vocab, nil)
}

// withAspects is a small model with an aspect model that shares the first five bytes of the graph.
func withAspects(t testing.TB, graph, aspectGraph string) (files map[string][]byte, id string) {
	t.Helper()
	return filesOf(t, graph, vocab, func(m *wire.Manifest, files map[string][]byte) {
		files["aspects.onnx"] = []byte(aspectGraph)
		m.Files = append(m.Files, model.Describe("aspects.onnx", files["aspects.onnx"]))
		m.Aspects = &wire.Aspects{File: "aspects.onnx", Shared: [][2]int64{{0, 5}},
			Labels: aspects.Labels[:], Temperature: 1,
			Golden: []wire.GoldenMentions{{Text: "good"}}}
	})
}

// Variant publishes a model with another vocabulary than those of Files.
func Variant(t testing.TB, p store.Place, graph string) (id string) {
	t.Helper()
	files, id := filesOf(t, graph, vocab+"bad\n", nil)
	for name, content := range files {
		Put(t, p, id+"/"+name, content)
	}
	return id
}

// filesOf returns a model's files, once edit, if any, has changed them and the manifest.
func filesOf(t testing.TB, graph, vocab string,
	edit func(m *wire.Manifest, files map[string][]byte)) (files map[string][]byte, id string) {
	t.Helper()
	files = map[string][]byte{"model.onnx": []byte(graph), "vocab.txt": []byte(vocab)}
	m := wire.Manifest{
		Schema: model.Schema, Kind: "single",
		Files:  []wire.File{model.Describe("model.onnx", []byte(graph)), model.Describe("vocab.txt", []byte(vocab))},
		Labels: []string{"negative", "positive"}, Inputs: wire.Inputs{DType: "int64"},
		Tokenizer:   wire.Tokenizer{File: "vocab.txt", SHA256: model.Describe("", []byte(vocab)).SHA256, Lowercase: true},
		Join:        "{text}",
		Window:      wire.Window{Size: 128, Max: 32, Combine: "mean"},
		Temperature: 1, Unsure: [2]float64{0.4, 0.6},
		Golden: []wire.Golden{{Text: "goodness", Positive: 0.9}},
	}
	if edit != nil {
		edit(&m, files)
	}
	data, err := json.Marshal(m)
	if err == nil {
		m.ID, err = model.ID(data)
	}
	if err == nil {
		data, err = json.Marshal(m)
	}
	if err != nil {
		t.Fatal(err)
	}
	files[store.ManifestName] = data
	return files, m.ID
}

// Folder returns a folder with the model of Files.
func Folder(t testing.TB, graph string) (place store.Folder, id string) {
	t.Helper()
	files, id := Files(t, graph)
	return folderOf(t, files), id
}

func folderOf(t testing.TB, files map[string][]byte) store.Folder {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return store.Folder(dir)
}

// Publish publishes the model of Files to a store.
func Publish(t testing.TB, s *store.Store, graph string) (id string) {
	t.Helper()
	from, want := Folder(t, graph)
	id, _, err := s.Publish(t.Context(), store.New(from, nil))
	if err != nil || id != want {
		t.Fatalf("Publish = %q, %v, want %q", id, err, want)
	}
	return id
}

// Activate makes a model current.
func Activate(t testing.TB, s *store.Store, id string) {
	t.Helper()
	if p, err := s.Activate(t.Context(), id); err != nil || p.ID != id {
		t.Fatalf("Activate(%s) = %+v, %v", id, p, err)
	}
}

// Put writes a small object, whatever it replaces.
func Put(t testing.TB, p store.Place, name string, data []byte) {
	t.Helper()
	_, version, err := p.Read(t.Context(), name, 1<<20)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if err := p.Replace(t.Context(), name, data, version); err != nil {
		t.Fatal(err)
	}
}

// Run tests every property of a Place, and of a Store in it. empty returns an empty Place.
func Run(t *testing.T, empty func(testing.TB) store.Place) {
	create := func(t *testing.T, p store.Place, name, content string) error {
		return p.Create(t.Context(), name, model.Describe(name, []byte(content)), strings.NewReader(content))
	}
	t.Run("what is absent is ErrNotExist", func(t *testing.T) {
		p := empty(t)
		if _, _, err := p.Read(t.Context(), "a/b", 9); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Read = %v", err)
		}
		if _, _, err := p.ReadRange(t.Context(), "a/b", 0, 9); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("ReadRange = %v", err)
		}
	})
	t.Run("Create never replaces", func(t *testing.T) {
		p := empty(t)
		if err := create(t, p, "a/b", "first"); err != nil {
			t.Fatal(err)
		}
		if err := create(t, p, "a/b", "later"); !errors.Is(err, fs.ErrExist) {
			t.Errorf("Create = %v, want ErrExist", err)
		}
		if data, _, err := p.Read(t.Context(), "a/b", 5); string(data) != "first" || err != nil {
			t.Errorf("Read = %q, %v", data, err)
		}
		if _, _, err := p.Read(t.Context(), "a/b", 4); err == nil || !strings.Contains(err.Error(), "5 bytes, want at most 4") {
			t.Errorf("Read of at most 4 = %v", err)
		}
	})
	t.Run("ReadRange", func(t *testing.T) {
		p := empty(t)
		if err := create(t, p, "x", "0123456789"); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			from, to int64
			want     string
		}{{0, 10, "0123456789"}, {3, 5, "34"}, {9, 10, "9"}, {8, 20, "89"}, {12, 20, ""}} {
			body, size, err := p.ReadRange(t.Context(), "x", tt.from, tt.to)
			if err != nil || size != 10 {
				t.Errorf("ReadRange(%d, %d) = size %d, %v", tt.from, tt.to, size, err)
				continue
			}
			if data, err := io.ReadAll(body); string(data) != tt.want || errors.Join(err, body.Close()) != nil {
				t.Errorf("ReadRange(%d, %d) = %q, %v, want %q", tt.from, tt.to, data, err, tt.want)
			}
		}
	})
	t.Run("of many Replaces of one version one wins", func(t *testing.T) {
		p := empty(t)
		for round := range 3 {
			_, version, err := p.Read(t.Context(), "x", 99)
			if round > 0 && err != nil {
				t.Fatal(err)
			}
			var wins atomic.Int32
			var writers sync.WaitGroup
			for i := range 8 {
				writers.Go(func() {
					switch err := p.Replace(t.Context(), "x", fmt.Appendf(nil, "round %d, writer %d", round, i), version); {
					case err == nil:
						wins.Add(1)
					case !errors.Is(err, store.ErrChanged):
						t.Errorf("Replace = %v", err)
					}
				})
			}
			writers.Wait()
			if wins.Load() != 1 {
				t.Errorf("round %d: %d of 8 won, want 1", round, wins.Load())
			}
		}
	})
	t.Run("Folders", func(t *testing.T) {
		p := empty(t)
		for _, name := range []string{"top", "b/1", "a/1", "a/2"} {
			if err := create(t, p, name, "x"); err != nil {
				t.Fatal(err)
			}
		}
		names, err := p.Folders(t.Context())
		slices.Sort(names)
		if !slices.Equal(names, []string{"a", "b"}) || err != nil {
			t.Errorf("Folders = %q, %v", names, err)
		}
	})

	t.Run("publish, activate, roll back", func(t *testing.T) {
		s := store.New(empty(t), nil)
		if _, err := s.Current(t.Context()); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Current of nothing = %v", err)
		}
		if _, err := s.Rollback(t.Context()); err == nil {
			t.Error("Rollback of nothing works")
		}
		a, b := Publish(t, s, "graph a"), Publish(t, s, "graph b")
		if ids, err := s.List(t.Context()); !slices.Equal(ids, slices.Sorted(slices.Values([]string{a, b}))) || err != nil {
			t.Errorf("List = %q, %v, want %s and %s", ids, err, a, b)
		}
		Activate(t, s, a)
		if _, err := s.Rollback(t.Context()); err == nil || !strings.Contains(err.Error(), "no model was current before") {
			t.Errorf("Rollback of the first = %v", err)
		}
		Activate(t, s, b)
		Activate(t, s, b) // again: Previous is unchanged
		for _, want := range []string{a, b} {
			p, err := s.Rollback(t.Context())
			if err != nil || p.ID != want {
				t.Errorf("Rollback = %+v, %v, want %s", p, err, want)
			}
			if now, err := s.Current(t.Context()); now != p || err != nil {
				t.Errorf("Current = %+v, %v, want %+v", now, err, p)
			}
		}
		m, free, err := s.Load(t.Context(), a)
		if err != nil || string(m.ONNX) != "graph a" || string(m.Vocab) != vocab {
			t.Fatalf("Load = %+v, %v", m, err)
		}
		free()
		if m.ONNX != nil || string(m.Vocab) != vocab {
			t.Errorf("after free: ONNX %q, Vocab %q", m.ONNX, m.Vocab)
		}
	})
	t.Run("an aspect model comes with its model", func(t *testing.T) {
		s := store.New(empty(t), nil)
		files, _ := withAspects(t, "graph a", "aspects")
		id, _, err := s.Publish(t.Context(), store.New(folderOf(t, files), nil))
		if err != nil {
			t.Fatal(err)
		}
		m, free, err := s.Load(t.Context(), id)
		if err != nil || string(m.ONNX) != "graph a" || m.Aspects == nil {
			t.Fatalf("Load = %+v, %v", m, err)
		}
		shared := m.Aspects.Shared()
		free()
		if got := string(slices.Concat(shared...)); got != "graph" {
			t.Errorf("after free: the aspect model shares %q", got)
		}
		if got := string(m.Aspects.Graph()); m.ONNX != nil || got != "aspectsgraph" {
			t.Errorf("after free: ONNX %q, the aspect model %q", m.ONNX, got)
		}
	})
	t.Run("publishing again changes nothing, and goes on where it ended", func(t *testing.T) {
		p := empty(t)
		_, id := Files(t, "graph")
		// all that an interrupted Publish wrote
		if err := create(t, p, id+"/model.onnx", "graph"); err != nil {
			t.Fatal(err)
		}
		s := store.New(p, nil)
		if ids, err := s.List(t.Context()); len(ids) > 0 || err != nil {
			t.Errorf("List = %q, %v, want none: there is no manifest", ids, err)
		}
		if _, err := s.Activate(t.Context(), id); err == nil || !strings.Contains(err.Error(), "publish it first") {
			t.Errorf("Activate = %v", err)
		}
		from, _ := Folder(t, "graph")
		for i, want := range []bool{true, false} {
			if _, fresh, err := s.Publish(t.Context(), store.New(from, nil)); fresh != want || err != nil {
				t.Errorf("Publish, time %d = %v, %v, want %v", i+1, fresh, err, want)
			}
		}
		Put(t, p, id+"/model.onnx", []byte("grXph"))
		if _, _, err := s.Publish(t.Context(), store.New(from, nil)); err == nil || !strings.Contains(err.Error(), "is there, with other content") {
			t.Errorf("Publish over another = %v", err)
		}
	})
	t.Run("trials", func(t *testing.T) { trials(t, empty) })
	t.Run("one model folder", func(t *testing.T) {
		p := empty(t)
		files, id := Files(t, "graph")
		for name, content := range files {
			Put(t, p, name, content)
		}
		s := store.New(p, nil)
		if now, err := s.Current(t.Context()); now != (store.Pointer{ID: id}) || err != nil {
			t.Fatalf("Current = %+v, %v", now, err)
		}
		if ids, err := s.List(t.Context()); !slices.Equal(ids, []string{id}) || err != nil {
			t.Errorf("List = %q, %v", ids, err)
		}
		m, free, err := s.Load(t.Context(), id)
		if err != nil || string(m.ONNX) != "graph" {
			t.Fatalf("Load = %v, %v", m, err)
		}
		free()
		if _, err := s.Activate(t.Context(), id); err == nil || !strings.Contains(err.Error(), "one model's folder") {
			t.Errorf("Activate = %v", err)
		}
	})
	t.Run("a wrong model is an error that names the file", func(t *testing.T) {
		other, _ := Files(t, "other")
		for _, tt := range []struct{ name, file, content, want string }{
			{"cut short", "model.onnx", "gra", "model.onnx has 3 bytes, want 5"},
			{"too long", "model.onnx", "graphs", "model.onnx has 6 bytes, want 5"},
			{"one letter", "model.onnx", "grapH", "model.onnx has SHA-256"},
			{"vocabulary", "vocab.txt", strings.ToUpper(vocab), "vocab.txt has SHA-256"},
			{"another's manifest", store.ManifestName, string(other[store.ManifestName]), "manifest.json: id is"},
			{"no manifest at all", store.ManifestName, "<html>", "manifest.json: invalid character"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				p := empty(t)
				s := store.New(p, nil)
				id := Publish(t, s, "graph")
				Put(t, p, id+"/"+tt.file, []byte(tt.content))
				m, _, err := s.Load(t.Context(), id)
				if err == nil || !strings.Contains(err.Error(), tt.want) || m != nil {
					t.Errorf("Load = %v, %v, want an error with %q", m, err, tt.want)
				}
			})
		}
		p := empty(t)
		files, id := Files(t, "graph")
		Put(t, p, id+"/"+store.ManifestName, files[store.ManifestName])
		if _, _, err := store.New(p, nil).Load(t.Context(), id); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "model.onnx") {
			t.Errorf("Load without a graph = %v", err)
		}
		if _, _, err := store.New(p, nil).Load(t.Context(), "../"+id[3:]); err == nil || !strings.Contains(err.Error(), "not a model's id") {
			t.Errorf("Load of a path = %v", err)
		}
	})
	t.Run("a pointer that is none", func(t *testing.T) {
		for content, want := range map[string]string{
			`{"id": "../../secret"}`:                `names "../../secret"`,
			`{"id":`:                                "current.json: unexpected end",
			string(bytes.Repeat([]byte{' '}, 5000)): "5000 bytes, want at most 4096",
		} {
			p := empty(t)
			Put(t, p, store.PointerName, []byte(content))
			if now, err := store.New(p, nil).Current(t.Context()); err == nil || !strings.Contains(err.Error(), want) || now.ID != "" {
				t.Errorf("Current of %.30q = %+v, %v, want %q", content, now, err, want)
			}
		}
	})
}
