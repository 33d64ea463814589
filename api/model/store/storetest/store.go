package storetest

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"reviewlens/api/model/store"
)

func testRollback(t *testing.T, empty newPlace) {
	s := store.New(empty(t), nil)
	if _, err := s.Current(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Current of nothing = %v", err)
	}
	if _, err := s.Rollback(t.Context()); err == nil {
		t.Error("Rollback of nothing works")
	}
	a, b := Publish(t, s, "graph a"), Publish(t, s, "graph b")
	sorted := slices.Sorted(slices.Values([]string{a, b}))
	if ids, err := s.List(t.Context()); !slices.Equal(ids, sorted) || err != nil {
		t.Errorf("List = %q, %v, want %s and %s", ids, err, a, b)
	}
	Activate(t, s, a)
	if _, err := s.Rollback(t.Context()); !errorContains(err, "no model was current before") {
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
}

func testAspects(t *testing.T, empty newPlace) {
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
}

func testPublishAgain(t *testing.T, empty newPlace) {
	p := empty(t)
	_, id := Files(t, "graph")
	// everything that an interrupted Publish wrote
	if err := create(t, p, id+"/model.onnx", "graph"); err != nil {
		t.Fatal(err)
	}
	s := store.New(p, nil)
	if ids, err := s.List(t.Context()); len(ids) > 0 || err != nil {
		t.Errorf("List = %q, %v, want none: there is no manifest", ids, err)
	}
	if _, err := s.Activate(t.Context(), id); !errorContains(err, "publish it first") {
		t.Errorf("Activate = %v", err)
	}
	from, _ := Folder(t, "graph")
	for i, want := range []bool{true, false} {
		_, fresh, err := s.Publish(t.Context(), store.New(from, nil))
		if fresh != want || err != nil {
			t.Errorf("Publish, time %d = %v, %v, want %v", i+1, fresh, err, want)
		}
	}
	Put(t, p, id+"/model.onnx", []byte("grXph"))
	_, _, err := s.Publish(t.Context(), store.New(from, nil))
	if !errorContains(err, "is there, with other content") {
		t.Errorf("Publish over another = %v", err)
	}
}

func testModelFolder(t *testing.T, empty newPlace) {
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
	if _, err := s.Activate(t.Context(), id); !errorContains(err, "one model's folder") {
		t.Errorf("Activate = %v", err)
	}
}

func testWrongModel(t *testing.T, empty newPlace) {
	other, _ := Files(t, "other")
	for _, tt := range []struct{ name, file, content, want string }{
		{"cut short", "model.onnx", "gra", "model.onnx has 3 bytes, want 5"},
		{"too long", "model.onnx", "graphs", "model.onnx has 6 bytes, want 5"},
		{"one letter", "model.onnx", "grapH", "model.onnx has SHA-256"},
		{"vocabulary", "vocab.txt", strings.ToUpper(vocab), "vocab.txt has SHA-256"},
		{"another's manifest", store.ManifestName, string(other[store.ManifestName]),
			"manifest.json: id is"},
		{"no manifest at all", store.ManifestName, "<html>", "manifest.json: invalid character"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := empty(t)
			s := store.New(p, nil)
			id := Publish(t, s, "graph")
			Put(t, p, id+"/"+tt.file, []byte(tt.content))
			m, _, err := s.Load(t.Context(), id)
			if !errorContains(err, tt.want) || m != nil {
				t.Errorf("Load = %v, %v, want an error with %q", m, err, tt.want)
			}
		})
	}
	p := empty(t)
	files, id := Files(t, "graph")
	Put(t, p, id+"/"+store.ManifestName, files[store.ManifestName])
	_, _, err := store.New(p, nil).Load(t.Context(), id)
	if !errors.Is(err, fs.ErrNotExist) || !errorContains(err, "model.onnx") {
		t.Errorf("Load without a graph = %v", err)
	}
	_, _, err = store.New(p, nil).Load(t.Context(), "../"+id[3:])
	if !errorContains(err, "not a model's id") {
		t.Errorf("Load of a path = %v", err)
	}
}

func testWrongPointer(t *testing.T, empty newPlace) {
	for content, want := range map[string]string{
		`{"id": "../../secret"}`: `names "../../secret", want a model's id; ` +
			"delete it, then activate a model",
		`{"id":`: "current.json: unexpected end of JSON input; delete it, " +
			"then activate a model",
		strings.Repeat(" ", 5000): "5000 bytes, want at most 4096",
	} {
		p := empty(t)
		Put(t, p, store.PointerName, []byte(content))
		now, err := store.New(p, nil).Current(t.Context())
		if !errorContains(err, want) || now.ID != "" {
			t.Errorf("Current of %.30q = %+v, %v, want %q", content, now, err, want)
		}
	}
}
