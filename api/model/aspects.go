package model

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"

	"reviewlens/api/wire"
	"reviewlens/reviews/aspects"
)

// maxShared bounds the ranges of the graph that the aspect model shares: a quantized table of word
// embeddings has three.
const maxShared = 16

// Aspects is the aspect model of a folder: a graph that runs on a model's windows, and the rule
// that derives spans from its output.
type Aspects struct {
	File        []byte  // without the ranges shared with the model's graph
	Temperature float64 // of the logits (aspects.Decode)
	Certain     float64 // a span below this probability is dropped
	Golden      []wire.GoldenMentions
	Starts      []bool // by ID: the piece begins a word

	shared []part
}

// part is a range of bytes of the model's graph that the aspect model's graph also contains.
type part struct {
	data []byte
	own  bool // false: valid until the graph's memory is freed
}

// Graph returns a copy of the whole graph.
//
// The file ends with the head of a second field "graph", whose length is that of the shared ranges:
// these are fields of a GraphProto, the initializers that both graphs have. Protobuf readers merge
// the two fields into one graph.
func (a *Aspects) Graph() []byte {
	parts := [][]byte{a.File}
	for _, p := range a.shared {
		parts = append(parts, p.data)
	}
	return slices.Concat(parts...)
}

// Shared returns the ranges of the model's graph that the aspect model also contains: initializers,
// as fields of a GraphProto. They stay valid after the graph's memory is freed if Detach was called
// before Shared.
func (a *Aspects) Shared() (parts [][]byte) {
	for _, p := range a.shared {
		parts = append(parts, p.data)
	}
	return parts
}

// RequireAspects returns a *wire.Error if the model has no aspect model and so finds no topics.
func (m *Model) RequireAspects() error {
	if m.Aspects != nil {
		return nil
	}
	return &wire.Error{Code: wire.BadParameter, Model: m.Manifest.ID,
		Detail: fmt.Sprintf("Model %s finds no topics: its folder has no aspect model. Ask "+
			"without topics, or name another model.", m.Manifest.ID)}
}

// GraphName returns the name of the model's graph among the files of a manifest: the .onnx file
// that is not the aspect model's.
func GraphName(m *wire.Manifest) string {
	for _, f := range m.Files {
		if isGraph(m, f.Name) {
			return f.Name
		}
	}
	return ""
}

func isGraph(m *wire.Manifest, name string) bool {
	return strings.HasSuffix(name, ".onnx") && (m.Aspects == nil || name != m.Aspects.File)
}

// checkAspects refuses an unusable description of an aspect model; files must be checked.
func checkAspects(m *wire.Manifest) error {
	a := m.Aspects
	size := func(name string) (bytes int64, files int) {
		for _, f := range m.Files {
			if f.Name == name {
				bytes, files = f.Bytes, files+1
			}
		}
		return bytes, files
	}
	left, _ := size(GraphName(m))
	_, files := size(a.File)
	switch {
	case files != 1 || !strings.HasSuffix(a.File, ".onnx"):
		return fmt.Errorf("file is %q, want the name of one .onnx file among files", a.File)
	case m.Tokenizer.Kind != "":
		return fmt.Errorf("tokenizer.kind is %q, want none: only the vocabulary of BERT's "+
			"tokenizer tells where words begin", m.Tokenizer.Kind)
	case !slices.Equal(a.Labels, aspects.Labels[:]):
		return fmt.Errorf("labels are %q, want %q: the order of the logits", a.Labels,
			aspects.Labels)
	case !(a.Temperature > 0) || math.IsInf(a.Temperature, 0):
		return fmt.Errorf("temperature is %v, want above 0", a.Temperature)
	case !(0 <= a.Certain && a.Certain <= 1):
		return fmt.Errorf("certain is %v, want 0 to 1", a.Certain)
	case len(a.Shared) > maxShared:
		return fmt.Errorf("shared has %d ranges, want at most %d", len(a.Shared), maxShared)
	case len(a.Golden) == 0:
		return fmt.Errorf("golden is empty, want texts with their spans: nothing could prove the " +
			"aspect model")
	}
	graph := left
	for i, r := range a.Shared {
		if r[0] < 0 || r[1] <= 0 || r[0] > graph || r[1] > graph-r[0] || r[1] > left {
			return fmt.Errorf("shared[%d] is %d bytes from %d on, want a range of the %d bytes of "+
				"%s, and no more than these in all", i, r[1], r[0], graph, GraphName(m))
		}
		left -= r[1]
	}
	for i, g := range a.Golden {
		next := 1 // after [CLS]
		for j, s := range g.Spans {
			switch {
			case s.First < next || s.Tokens < 1 || s.Tokens > aspects.MaxTokens ||
				s.First+s.Tokens > m.Window.Size-1:
				return fmt.Errorf("golden[%d].spans[%d] is %d tokens from %d on, want spans in "+
					"order, each of 1 to %d tokens within a window of %d", i, j, s.Tokens, s.First,
					aspects.MaxTokens, m.Window.Size)
			case !(0 <= s.Probability && s.Probability <= 1):
				return fmt.Errorf("golden[%d].spans[%d].probability is %v, want 0 to 1", i, j,
					s.Probability)
			}
			if _, err := aspects.ParsePolarity(s.Polarity); err != nil {
				return fmt.Errorf("golden[%d].spans[%d].polarity: %w", i, j, err)
			}
			next = s.First + s.Tokens
		}
	}
	return nil
}

// openAspects makes the aspect model from the manifest, its file and the model's graph. It refers
// to the shared ranges of the graph without copying them.
func (m *Model) openAspects(file []byte) *Aspects {
	manifest := m.Manifest.Aspects
	a := &Aspects{File: file, Temperature: manifest.Temperature, Certain: manifest.Certain,
		Golden: manifest.Golden, Starts: m.Tokenizer.Starts()}
	for _, r := range manifest.Shared {
		a.shared = append(a.shared, part{data: m.ONNX[r[0] : r[0]+r[1] : r[0]+r[1]]})
	}
	return a
}

// Detach copies the ranges that the aspect model shares with the model's graph, except those shared
// with another model (Share). After that only ONNX refers to the graph's memory.
func (m *Model) Detach() {
	if m.Aspects == nil {
		return
	}
	for i, p := range m.Aspects.shared {
		if !p.own {
			m.Aspects.shared[i] = part{bytes.Clone(p.data), true}
		}
	}
}

// ReleaseONNX drops the model's graph, whose memory may then be freed.
func (m *Model) ReleaseONNX() {
	m.Detach()
	m.ONNX = nil
}

// share lets another aspect model use a's file and the ranges that a owns, if they are equal:
// models of one base have the same word embeddings, most of an aspect model's bytes.
func (a *Aspects) share(other *Aspects) {
	if a == nil || other == nil {
		return
	}
	if bytes.Equal(a.File, other.File) {
		other.File = a.File
	}
	for i := range other.shared {
		if i < len(a.shared) && a.shared[i].own &&
			bytes.Equal(a.shared[i].data, other.shared[i].data) {
			other.shared[i] = a.shared[i]
		}
	}
}
