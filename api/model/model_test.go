package model

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"reviewlens/api/wire"
	"reviewlens/reviews/aspects"
)

// The ID is Python's: hashlib.sha256(json.dumps(m, ensure_ascii=False, sort_keys=True,
// separators=(",", ":")).encode()).hexdigest()[:12], of m without its ID.
func TestIDEqualsPython(t *testing.T) {
	manifest := `{
		"id": "is left out",
		"schema": 1, "join": "{title}. {text}", "temperature": 1.0, "tiny": 1e-07,
		"accuracy": {"b": [1, 2.5, null, true], "a": "<\u00e9> & \u2028 \u007f \u0001 \" \\ \b\f\n\r\t / \ud83d\ude00"},
		"\u00e9": "x", "z": {}, "Z": []
	}`
	got, err := ID([]byte(manifest))
	if want := "b13fd387f7af"; err != nil || got != want {
		t.Errorf("ID = %q, %v, want %q", got, err, want)
	}
}

func TestDefaultIsWhole(t *testing.T) {
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	if m.Tokenizer.Size() < 1000 || len(m.ONNX) == 0 {
		t.Errorf("vocabulary of %d pieces, graph of %d bytes", m.Tokenizer.Size(), len(m.ONNX))
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, manifest(), nil)
	m, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if string(m.ONNX) != graph || string(m.Vocab) != vocab || m.Windows.Size != 128 || m.Rule.Unsure != [2]float64{0.4, 0.6} {
		t.Errorf("Open = %+v", m)
	}
}

func TestOpenRefuses(t *testing.T) {
	edit := func(f func(*wire.Manifest)) wire.Manifest { m := manifest(); f(&m); return m }
	for _, tt := range []struct {
		name     string
		manifest wire.Manifest
		spoil    func(dir string) error
		want     string // in the error
	}{
		{"no folder", manifest(), os.RemoveAll, "manifest.json: no such file"},
		{"no graph", manifest(), func(dir string) error { return os.Remove(dir + "/model.onnx") }, "model.onnx: no such file"},
		{"a folder for a file", manifest(), func(dir string) error {
			os.Remove(dir + "/model.onnx")
			return os.Mkdir(dir+"/model.onnx", 0o777)
		}, "model.onnx is not a regular file"},
		{"graph cut short", manifest(), func(dir string) error { return os.Truncate(dir+"/model.onnx", 5) }, "model.onnx has 5 bytes, want 11"},
		{"graph too long", manifest(), func(dir string) error { return os.WriteFile(dir+"/model.onnx", make([]byte, 99), 0o666) }, "model.onnx has 99 bytes, want at most 11"},
		{"one bit flipped", manifest(), func(dir string) error { return os.WriteFile(dir+"/model.onnx", []byte("not A graph"), 0o666) }, "model.onnx has SHA-256"},
		{"manifest edited", manifest(), func(dir string) error {
			data, _ := os.ReadFile(dir + "/manifest.json")
			return os.WriteFile(dir+"/manifest.json", []byte(strings.Replace(string(data), `"temperature":1`, `"temperature":2`, 1)), 0o666)
		}, "it was edited after it was made"},
		{"manifest cut short", manifest(), func(dir string) error { return os.Truncate(dir+"/manifest.json", 40) }, "manifest.json: unexpected end"},
		{"repeated piece", manifest(), func(dir string) error {
			write(t, dir, manifest(), map[string]string{"vocab.txt": "[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\ngood\n"})
			return nil
		}, "vocab.txt"},

		{"later schema", edit(func(m *wire.Manifest) { m.Schema = 3 }), nil, "schema is 3, want 2"},
		{"kind", edit(func(m *wire.Manifest) { m.Kind = "ensemble" }), nil, `kind is "ensemble"`},
		{"labels turned round", edit(func(m *wire.Manifest) { m.Labels = []string{"positive", "negative"} }), nil, "labels are"},
		{"float inputs", edit(func(m *wire.Manifest) { m.Inputs.DType = "float32" }), nil, `inputs.dtype is "float32"`},
		{"join without text", edit(func(m *wire.Manifest) { m.Join = "{title}" }), nil, `join is "{title}"`},
		{"path out of the folder", edit(func(m *wire.Manifest) { m.Files[0].Name = "../model.onnx" }), nil, "files[0].name"},
		{"file of no bytes", edit(func(m *wire.Manifest) { m.Files[0].Bytes = 0 }), nil, "files[0].bytes of model.onnx is 0"},
		{"more bytes than any model", edit(func(m *wire.Manifest) { m.Files[0].Bytes = 1<<30 - 5 }), nil, "files[1].bytes of vocab.txt is 36, want 1 to 5"},
		{"no vocabulary", edit(func(m *wire.Manifest) { m.Files = m.Files[:1] }), nil, "want one of each"},
		{"two hashes for the vocabulary", edit(func(m *wire.Manifest) { m.Tokenizer.SHA256 = "00" }), nil, "tokenizer.sha256 is 00"},
		{"window too small", edit(func(m *wire.Manifest) { m.Window.Size = 2 }), nil, "window.size is 2, want 3 to 512"},
		{"window too large", edit(func(m *wire.Manifest) { m.Window.Size = 513 }), nil, "window.size is 513"},
		{"no windows", edit(func(m *wire.Manifest) { m.Window.Max = 0 }), nil, "window.max is 0"},
		{"max combine", edit(func(m *wire.Manifest) { m.Window.Combine = "max" }), nil, `window.combine is "max"`},
		{"four stars", edit(func(m *wire.Manifest) {
			m.Stars = &wire.Stars{Temperature: 1, Bias: make([]float64, 4)}
		}), nil, "stars.bias has 4 numbers, want 5"},
		{"stars without temperature", edit(func(m *wire.Manifest) {
			m.Stars = &wire.Stars{Bias: make([]float64, 5)}
		}), nil, "stars: temperature 0"},
		{"emoji unknown", edit(func(m *wire.Manifest) { m.Tokenizer.Emoji = "pictures" }), nil,
			`tokenizer.emoji is "pictures", want "names"`},
		{"emoji of another tokenizer", edit(func(m *wire.Manifest) {
			m.Tokenizer.Emoji, m.Tokenizer.Kind = wire.EmojiNames, wire.TextOnly
		}), nil, "want one of them"},
		{"temperature zero", edit(func(m *wire.Manifest) { m.Temperature = 0 }), nil, "temperature is 0"},
		{"band turned round", edit(func(m *wire.Manifest) { m.Unsure = [2]float64{0.6, 0.4} }), nil, "unsure is"},
		{"nothing golden", edit(func(m *wire.Manifest) { m.Golden = nil }), nil, "golden is empty"},
		{"golden above one", edit(func(m *wire.Manifest) { m.Golden[0].Positive = 1.5 }), nil, "golden[0].positive is 1.5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, tt.manifest, nil)
			if tt.spoil != nil {
				if err := tt.spoil(dir); err != nil {
					t.Fatal(err)
				}
			}
			m, err := Open(dir)
			if err == nil || !strings.Contains(err.Error(), tt.want) || m != nil {
				t.Errorf("Open = %v, %v, want an error with %q", m, err, tt.want)
			}
		})
	}
}

const aspectGraph = "half a graph"

// withAspects returns manifest with an aspect model that shares the first word of the graph.
func withAspects() wire.Manifest {
	m := manifest()
	m.Files = append([]wire.File{file("aspects.onnx", aspectGraph)}, m.Files...)
	m.Aspects = &wire.Aspects{File: "aspects.onnx", Shared: [][2]int64{{4, 7}, {0, 3}},
		Labels: aspects.Labels[:], Temperature: 1.5, Certain: 0.4,
		Golden: []wire.GoldenMentions{{Text: "good", Spans: []wire.GoldenSpan{
			{First: 1, Tokens: 1, Polarity: "positive", Probability: 0.9}}}}}
	return m
}

func TestOpenAspects(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, withAspects(), map[string]string{"aspects.onnx": aspectGraph})
	m, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if string(m.ONNX) != graph || string(m.Aspects.File) != aspectGraph ||
		m.Aspects.Certain != 0.4 || m.Aspects.Temperature != 1.5 ||
		!slices.Equal(m.Aspects.Starts, []bool{true, true, true, true, true, false}) {
		t.Errorf("Open = %+v, aspects %+v", m, m.Aspects)
	}
	for range 2 {
		if got, want := string(m.Aspects.Graph()), aspectGraph+"a graphnot"; got != want {
			t.Errorf("the graph is %q, want %q", got, want)
		}
		m.ReleaseONNX()
	}
}

// What two models share is in memory once, whichever of them is released first.
func TestShareAspects(t *testing.T) {
	open := func() *Model {
		dir := t.TempDir()
		write(t, dir, withAspects(), map[string]string{"aspects.onnx": aspectGraph})
		m, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	a, early, late := open(), open(), open()
	if !a.Share(early) {
		t.Fatal("nothing is shared")
	}
	a.ReleaseONNX()
	a.Share(late)
	late.ReleaseONNX()
	early.ReleaseONNX()
	for i, p := range a.Aspects.shared {
		if &p.data[0] != &late.Aspects.shared[i].data[0] {
			t.Errorf("range %d is copied though another model owns it", i)
		}
		if &p.data[0] == &early.Aspects.shared[i].data[0] {
			t.Errorf("range %d is of a graph that may be gone", i)
		}
	}
	for _, m := range []*Model{a, early, late} {
		if &m.Aspects.File[0] != &a.Aspects.File[0] {
			t.Error("the file is there twice")
		}
		if got, want := string(m.Aspects.Graph()), aspectGraph+"a graphnot"; got != want {
			t.Errorf("the graph is %q, want %q", got, want)
		}
	}
}

func TestOpenRefusesAspects(t *testing.T) {
	span := func(s wire.GoldenSpan) func(*wire.Manifest) {
		return func(m *wire.Manifest) { m.Aspects.Golden[0].Spans[0] = s }
	}
	for _, tt := range []struct {
		name string
		edit func(m *wire.Manifest)
		want string // in the error
	}{
		{"no such file", func(m *wire.Manifest) { m.Files = m.Files[1:] },
			`aspects: file is "aspects.onnx", want the name of one .onnx file among files`},
		{"no name", func(m *wire.Manifest) { m.Aspects.File = "" },
			"files has 2 .onnx beside aspects.file"},
		{"the model itself", func(m *wire.Manifest) {
			m.Aspects.File, m.Files = "model.onnx", m.Files[1:]
		}, `files has 0 .onnx beside aspects.file "model.onnx"`},
		{"the vocabulary", func(m *wire.Manifest) {
			m.Aspects.File, m.Files = "vocab.txt", m.Files[1:]
		}, `aspects: file is "vocab.txt"`},
		{"twice", func(m *wire.Manifest) { m.Files = append(m.Files, m.Files[0]) },
			"aspects: file is"},
		{"two graphs", func(m *wire.Manifest) {
			m.Files = append(m.Files, file("other.onnx", graph))
		}, "files has 2 .onnx beside"},
		{"labels", func(m *wire.Manifest) { m.Aspects.Labels = []string{"O", "B", "I"} },
			"aspects: labels are"},
		{"temperature", func(m *wire.Manifest) { m.Aspects.Temperature = 0 },
			"aspects: temperature is 0"},
		{"certain", func(m *wire.Manifest) { m.Aspects.Certain = 1.01 },
			"aspects: certain is 1.01"},
		{"nothing golden", func(m *wire.Manifest) { m.Aspects.Golden = nil },
			"aspects: golden is empty"},
		{"tokenizer", func(m *wire.Manifest) { m.Tokenizer.Kind = wire.TextOnly },
			"aspects: tokenizer.kind is"},
		{"beyond the graph", func(m *wire.Manifest) { m.Aspects.Shared[0] = [2]int64{5, 7} },
			"aspects: shared[0] is 7 bytes from 5 on, want a range of the 11 bytes of model.onnx"},
		{"far beyond the graph", func(m *wire.Manifest) {
			m.Aspects.Shared[0] = [2]int64{math.MaxInt64, math.MaxInt64}
		}, "aspects: shared[0] is"},
		{"before the graph", func(m *wire.Manifest) { m.Aspects.Shared[1] = [2]int64{-1, 2} },
			"aspects: shared[1] is"},
		{"no bytes", func(m *wire.Manifest) { m.Aspects.Shared[1] = [2]int64{1, 0} },
			"aspects: shared[1] is"},
		{"more than the graph in all", func(m *wire.Manifest) {
			m.Aspects.Shared = [][2]int64{{0, 8}, {0, 8}}
		}, "aspects: shared[1] is 8 bytes from 0 on"},
		{"many ranges", func(m *wire.Manifest) { m.Aspects.Shared = make([][2]int64, 17) },
			"aspects: shared has 17 ranges, want at most 16"},
		{"[CLS] in a span", span(wire.GoldenSpan{First: 0, Tokens: 1, Polarity: "neutral"}),
			"aspects: golden[0].spans[0] is 1 tokens from 0 on"},
		{"an empty span", span(wire.GoldenSpan{First: 1, Tokens: 0, Polarity: "neutral"}),
			"is 0 tokens from 1 on"},
		{"beyond the window", span(wire.GoldenSpan{First: 120, Tokens: 8, Polarity: "neutral"}),
			"is 8 tokens from 120 on"},
		{"a polarity", span(wire.GoldenSpan{First: 1, Tokens: 1, Polarity: "mixed"}),
			`golden[0].spans[0].polarity: "mixed" is no polarity`},
		{"a probability", span(wire.GoldenSpan{First: 1, Tokens: 1, Probability: 2}),
			"golden[0].spans[0].probability is 2"},
		{"spans that overlap", func(m *wire.Manifest) {
			s := &m.Aspects.Golden[0].Spans
			*s = append(*s, (*s)[0])
		}, "golden[0].spans[1] is 1 tokens from 1 on"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, m := t.TempDir(), withAspects()
			tt.edit(&m)
			write(t, dir, m, map[string]string{"aspects.onnx": aspectGraph, "other.onnx": graph})
			opened, err := Open(dir)
			if err == nil || !strings.Contains(err.Error(), tt.want) || opened != nil {
				t.Errorf("Open = %v, %v, want an error with %q", opened, err, tt.want)
			}
		})
	}
}

// Emoji are read if the manifest has the setting; without it, nothing changes.
func TestEmoji(t *testing.T) {
	for emoji, want := range map[string]string{"": "[UNK]", wire.EmojiNames: "good thumbs up"} {
		dir, m := t.TempDir(), manifest()
		m.Tokenizer.Emoji = emoji
		words := strings.NewReplacer("good\n", "good\nthumbs\nup\n").Replace(vocab)
		write(t, dir, m, map[string]string{"vocab.txt": words})
		opened, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		windows, _, err := opened.Cut(nil, []byte("good👍🏽"))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		pieces := opened.Tokenizer.Pieces()
		for _, id := range windows[0][1 : len(windows[0])-1] {
			got = append(got, pieces[id])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("emoji %q: %q, want %q", emoji, got, want)
		}
	}
}

const (
	graph = "not a graph" // loading does not parse it
	vocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\n##ness\n"
)

func manifest() wire.Manifest {
	return wire.Manifest{
		Schema: Schema, Kind: "single",
		Files:  []wire.File{file("model.onnx", graph), file("vocab.txt", vocab)},
		Labels: []string{"negative", "positive"}, Inputs: wire.Inputs{DType: "int64"},
		Tokenizer:   wire.Tokenizer{File: "vocab.txt", SHA256: file("", vocab).SHA256, Lowercase: true},
		Join:        "{title}. {text}",
		Window:      wire.Window{Size: 128, Max: 32, Combine: "mean"},
		Temperature: 1, Unsure: [2]float64{0.4, 0.6},
		Golden: []wire.Golden{{Text: "goodness", Positive: 0.9}},
	}
}

func file(name, content string) wire.File {
	sum := sha256.Sum256([]byte(content))
	return wire.File{Name: name, Bytes: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
}

// write creates a folder of m with its correct ID; files replace content and its entries in m.
func write(t *testing.T, dir string, m wire.Manifest, files map[string]string) {
	t.Helper()
	content := map[string]string{"model.onnx": graph, "vocab.txt": vocab}
	for name, replaced := range files {
		content[name] = replaced
		for i := range m.Files {
			if m.Files[i].Name == name {
				m.Files[i] = file(name, replaced)
			}
		}
		if name == m.Tokenizer.File {
			m.Tokenizer.SHA256 = file("", replaced).SHA256
		}
	}
	data, err := json.Marshal(m)
	if err == nil {
		m.ID, err = ID(data)
	}
	if err == nil {
		data, err = json.Marshal(m)
	}
	if err != nil {
		t.Fatal(err)
	}
	content["manifest.json"] = string(data)
	for name, text := range content {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
