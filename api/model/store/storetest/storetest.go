// Package storetest is the conformance suite of store.Place, with a Place in memory, and small
// models for both.
package storetest

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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

// withAspects returns a small model whose aspect model shares the first five bytes of the graph.
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

// variant publishes a model with a vocabulary other than that of Files.
func variant(t testing.TB, p store.Place, graph string) (id string) {
	t.Helper()
	files, id := filesOf(t, graph, vocab+"bad\n", nil)
	for name, content := range files {
		Put(t, p, id+"/"+name, content)
	}
	return id
}

// filesOf returns a model's files, after edit, if not nil, has changed them and the manifest.
func filesOf(t testing.TB, graph, vocab string,
	edit func(m *wire.Manifest, files map[string][]byte)) (files map[string][]byte, id string) {
	t.Helper()
	files = map[string][]byte{"model.onnx": []byte(graph), "vocab.txt": []byte(vocab)}
	m := wire.Manifest{
		Schema: model.Schema, Kind: "single",
		Files: []wire.File{model.Describe("model.onnx", []byte(graph)),
			model.Describe("vocab.txt", []byte(vocab))},
		Labels: []string{"negative", "positive"}, Inputs: wire.Inputs{DType: "int64"},
		Tokenizer: wire.Tokenizer{File: "vocab.txt",
			SHA256: model.Describe("", []byte(vocab)).SHA256, Lowercase: true},
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

// Put writes a small object, replacing any existing one.
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

// newPlace returns an empty Place.
type newPlace func(testing.TB) store.Place

// subtest tests one property in separate Places.
type subtest struct {
	name string
	run  func(t *testing.T, empty newPlace)
}

// Run tests every property of a Place, and of a Store in it. empty returns an empty Place.
func Run(t *testing.T, empty func(testing.TB) store.Place) {
	runAll(t, empty, []subtest{
		{"what is absent is ErrNotExist", testAbsent},
		{"Create never replaces", testCreate},
		{"ReadRange", testReadRange},
		{"of many Replaces of one version one wins", testConcurrentReplace},
		{"Folders", testFolders},

		{"publish, activate, roll back", testRollback},
		{"an aspect model comes with its model", testAspects},
		{"publishing again changes nothing, and goes on where it ended", testPublishAgain},
		{"trials", testTrials},
		{"one model folder", testModelFolder},
		{"a wrong model is an error that names the file", testWrongModel},
		{"a pointer that is none", testWrongPointer},
	})
}

func runAll(t *testing.T, empty newPlace, subtests []subtest) {
	for _, s := range subtests {
		t.Run(s.name, func(t *testing.T) { s.run(t, empty) })
	}
}

// errorContains reports whether err is an error whose text contains want.
func errorContains(err error, want string) bool {
	return err != nil && strings.Contains(err.Error(), want)
}
