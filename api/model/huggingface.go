package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/tokenizer"
	"reviewlens/tokenizer/batch"
)

// A folder without manifest.json may be what Hugging Face's exporters leave: a graph, config.json with the names of
// its two labels, and tokenizer.json or vocab.txt. Its manifest is made here: files are hashed as they are read, which
// names the model but proves nothing of it, and there are no golden texts. Windows are as long as the positions that the
// model has; probabilities are as the model gives them, uncalibrated.

// graphs are where exporters put the graph, the first that is there counts.
var graphs = []string{"model.onnx", "model_quantized.onnx", "onnx/model.onnx", "onnx/model_quantized.onnx"}

// exportConfig is what config.json tells.
type exportConfig struct {
	ID2Label  map[string]string `json:"id2label"`
	Positions int               `json:"max_position_embeddings"`
}

// isExport says whether dir has no manifest.json, but a config.json.
func isExport(dir string) bool {
	_, ours := os.Stat(filepath.Join(dir, "manifest.json"))
	_, theirs := os.Stat(filepath.Join(dir, "config.json"))
	return errors.Is(ours, fs.ErrNotExist) && theirs == nil
}

// openExport loads such a folder.
func openExport(dir string) (*Model, error) {
	const small = 64 << 20 // for everything but the graph
	raw, err := readFile(filepath.Join(dir, "config.json"), small)
	if err != nil {
		return nil, err
	}
	var config exportConfig
	if err := json.Unmarshal(raw, &config); err != nil {
		return nil, fmt.Errorf("config.json: %w", err)
	}
	labels, err := config.labels()
	if err != nil {
		return nil, fmt.Errorf("config.json: %w", err)
	}
	size := min(config.Positions, 512)
	if size < 8 {
		return nil, fmt.Errorf("config.json: max_position_embeddings is %d, want 8 or more", config.Positions)
	}
	m := &Model{}
	if m.Tokenizer, m.Vocab, err = exportTokenizer(dir, small); err != nil {
		return nil, err
	}
	lowercase, err := plain(m.Tokenizer, m.Vocab)
	if err != nil {
		return nil, err
	}
	graph := slices.IndexFunc(graphs, func(name string) bool { _, err := os.Stat(filepath.Join(dir, name)); return err == nil })
	if graph < 0 {
		return nil, fmt.Errorf("there is none of %s", strings.Join(graphs, ", "))
	}
	if m.ONNX, err = readFile(filepath.Join(dir, graphs[graph]), maxBytes); err != nil {
		return nil, err
	}
	vocab := Describe("vocab.txt", m.Vocab)
	m.Manifest = wire.Manifest{
		Schema: Schema, Kind: "single", Labels: labels, Join: "{title}. {text}",
		Files:       []wire.File{Describe("model.onnx", m.ONNX), vocab},
		Tokenizer:   wire.Tokenizer{File: vocab.Name, SHA256: vocab.SHA256, Lowercase: lowercase},
		Window:      wire.Window{Size: size, Max: 32, Combine: "mean"},
		Temperature: 1, Unsure: [2]float64{0.4, 0.6}, Golden: []wire.Golden{},
	}
	draft, err := json.Marshal(m.Manifest)
	if err != nil {
		return nil, err
	}
	if m.Manifest.ID, err = ID(draft); err != nil {
		return nil, err
	}
	if m.ManifestJSON, err = json.Marshal(m.Manifest); err != nil {
		return nil, err
	}
	w := m.Manifest.Window
	m.Windows = batch.Settings{Size: w.Size, Max: w.Max}
	m.Rule = reviews.Rule{Combine: w.Combine, Temperature: 1, Unsure: m.Manifest.Unsure}
	return m, nil
}

// labels gives the names in the order of the logits.
func (c exportConfig) labels() ([]string, error) {
	names := []string{c.ID2Label["0"], c.ID2Label["1"]}
	found := make([]string, 2)
	for i, name := range names {
		switch strings.ToLower(name) {
		case "negative", "neg":
			found[i] = "negative"
		case "positive", "pos":
			found[i] = "positive"
		}
	}
	if len(c.ID2Label) != 2 || found[0] == "" || found[1] == "" || found[0] == found[1] {
		return nil, fmt.Errorf(`id2label is %v, want two labels, one called negative and one positive, as {"0": "NEGATIVE", "1": "POSITIVE"}`, c.ID2Label)
	}
	return found, nil
}

// exportTokenizer reads tokenizer.json, or vocab.txt with tokenizer_config.json, and gives the vocabulary as vocab.txt has it.
func exportTokenizer(dir string, most int64) (t *tokenizer.Tokenizer, vocab []byte, err error) {
	read := func(name string) ([]byte, error) {
		data, err := readFile(filepath.Join(dir, name), most)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return data, err
	}
	whole, err := read("tokenizer.json")
	if err != nil {
		return nil, nil, err
	}
	if whole == nil {
		vocab, err := read("vocab.txt")
		if err != nil {
			return nil, nil, err
		}
		if vocab == nil {
			return nil, nil, errors.New("there is neither tokenizer.json nor vocab.txt")
		}
		config, err := read("tokenizer_config.json")
		if err != nil {
			return nil, nil, err
		}
		t, err := tokenizer.ParseVocab(vocab, config)
		if err != nil {
			return nil, nil, fmt.Errorf("vocab.txt: %w", err)
		}
		return t, vocab, nil
	}
	if t, err = tokenizer.Parse(whole); err != nil {
		return nil, nil, fmt.Errorf("tokenizer.json: %w", err)
	}
	var file struct {
		Model struct{ Vocab map[string]int }
	}
	if err := json.Unmarshal(whole, &file); err != nil {
		return nil, nil, fmt.Errorf("tokenizer.json: %w", err)
	}
	pieces := make([]string, len(file.Model.Vocab)) // Parse has proved that each ID is there once
	for piece, id := range file.Model.Vocab {
		pieces[id] = piece
	}
	return t, []byte(strings.Join(pieces, "\n") + "\n"), nil
}

// plain says whether t is the tokenizer that vocab and a choice of lowercase make: that is all that a manifest can say, and
// what a browser makes of it. Another would give other IDs there than here.
func plain(t *tokenizer.Tokenizer, vocab []byte) (lowercase bool, err error) {
	for _, lowercase := range []bool{true, false} {
		same, err := tokenizer.New(strings.NewReader(string(vocab)), tokenizer.Config{Lowercase: lowercase})
		if err != nil {
			return false, fmt.Errorf("vocabulary: %w", err)
		}
		if reflect.DeepEqual(t, same) {
			return lowercase, nil
		}
	}
	return false, errors.New("the tokenizer has added tokens, or accents or ideographs treated in another way than BERT's uncased or cased: a browser could not make the same token IDs")
}
