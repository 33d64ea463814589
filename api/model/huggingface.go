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

	"reviewlens/api/tokenizers"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/tokenizer"
)

// A folder without manifest.json may be an export of Hugging Face's tools: a graph, config.json
// with the names of its two labels, and tokenizer.json or vocab.txt. Its manifest is generated
// here: files are hashed as they are read, which identifies the model but verifies nothing, and
// there are no golden texts. Windows are as long as the model has positions; probabilities are the
// model's own, uncalibrated.

// graphs lists where exporters put the graph; the first that exists is used.
var graphs = []string{"model.onnx", "model_quantized.onnx", "onnx/model.onnx",
	"onnx/model_quantized.onnx"}

// exportConfig is the part of config.json that is used.
type exportConfig struct {
	ID2Label  map[string]string `json:"id2label"`
	Positions int               `json:"max_position_embeddings"`
	ModelType string            `json:"model_type"`
	PadID     int               `json:"pad_token_id"`
	VocabSize int               `json:"vocab_size"`
}

// afterPadding lists the models whose positions begin after the ID of the padding token, so that
// 514 positions allow 512 tokens.
var afterPadding = []string{"camembert", "data2vec-text", "ibert", "longformer", "luke", "mpnet",
	"roberta", "roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl", "xmod"}

// positions returns the maximum number of tokens of an input.
func (c exportConfig) positions() int {
	if slices.Contains(afterPadding, c.ModelType) {
		return c.Positions - c.PadID - 1
	}
	return c.Positions
}

// isExport reports whether dir has a config.json, but no manifest.json.
func isExport(dir string) bool {
	_, ours := os.Stat(filepath.Join(dir, "manifest.json"))
	_, theirs := os.Stat(filepath.Join(dir, "config.json"))
	return errors.Is(ours, fs.ErrNotExist) && theirs == nil
}

// openExport loads an exported folder.
func openExport(dir string) (*Model, error) {
	raw, err := readFile(filepath.Join(dir, "config.json"), MaxManifestBytes)
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
	size := min(config.positions(), 512)
	if size < 8 {
		return nil, fmt.Errorf("config.json: max_position_embeddings is %d, which leaves %d "+
			"tokens, want 8 or more", config.Positions, size)
	}
	m := &Model{}
	if err := m.setTokenizer(dir); err != nil {
		return nil, err
	}
	t := m.text
	if t == nil {
		t = tokenizers.Of(m.Tokenizer)
	}
	if ids := t.Size(); config.VocabSize > 0 && ids > config.VocabSize {
		return nil, fmt.Errorf("the tokenizer has IDs up to %d, but vocab_size in config.json is "+
			"%d: they are not of one model", ids-1, config.VocabSize)
	}
	graph := slices.IndexFunc(graphs,
		func(name string) bool { _, err := os.Stat(filepath.Join(dir, name)); return err == nil })
	if graph < 0 {
		return nil, fmt.Errorf("there is none of %s", strings.Join(graphs, ", "))
	}
	if m.ONNX, err = readFile(filepath.Join(dir, graphs[graph]), maxBytes); err != nil {
		return nil, err
	}
	vocab := Describe(m.Manifest.Tokenizer.File, m.Vocab)
	m.Manifest = wire.Manifest{
		Schema: Schema, Kind: "single", Labels: labels, Join: "{title}. {text}",
		Files: []wire.File{Describe("model.onnx", m.ONNX), vocab},
		Tokenizer: wire.Tokenizer{Kind: m.Manifest.Tokenizer.Kind, File: vocab.Name,
			SHA256: vocab.SHA256, Lowercase: m.Manifest.Tokenizer.Lowercase},
		Window:      wire.Window{Size: size, Max: 32, Combine: reviews.Mean},
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
	if err := m.complete(); err != nil {
		return nil, err
	}
	return m, nil
}

// labels returns the labels in the order of the logits.
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
		return nil, fmt.Errorf(
			`id2label is %v, want two labels, one called negative and one positive, as {"0": "NEGATIVE", "1": "POSITIVE"}`, c.ID2Label)
	}
	return found, nil
}

// setTokenizer reads tokenizer.json, or vocab.txt with tokenizer_config.json. If a vocabulary and a
// lowercase setting describe the tokenizer completely, it becomes a vocabulary, as browsers use it;
// any other tokenizer.json is kept, and the model accepts texts only.
func (m *Model) setTokenizer(dir string) (err error) {
	read := func(name string) ([]byte, error) {
		const most = 64 << 20
		data, err := readFile(filepath.Join(dir, name), most)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return data, err
	}
	to := &m.Manifest.Tokenizer
	whole, err := read("tokenizer.json")
	if err != nil {
		return err
	}
	if whole == nil {
		config, err := read("tokenizer_config.json")
		if err != nil {
			return err
		}
		if m.Vocab, err = read("vocab.txt"); err != nil {
			return err
		}
		if m.Vocab == nil {
			return errors.New("there is neither tokenizer.json nor vocab.txt")
		}
		if m.Tokenizer, err = tokenizer.ParseVocab(m.Vocab, config); err != nil {
			return fmt.Errorf("vocab.txt: %w", err)
		}
		to.File = "vocab.txt"
		var plain bool
		if to.Lowercase, plain, err = settings(m.Tokenizer, m.Vocab); err == nil && !plain {
			err = errors.New("tokenizer_config.json has accents or ideographs treated in another " +
				"way than BERT's uncased or cased; the tokenizer.json of such a model is read, " +
				"for texts only")
		}
		return err
	}
	var file struct {
		Model struct {
			Type  string
			Vocab json.RawMessage
		}
	}
	if err := json.Unmarshal(whole, &file); err != nil {
		return fmt.Errorf("tokenizer.json: %w", err)
	}
	if file.Model.Type == "WordPiece" {
		if m.Tokenizer, err = tokenizer.Parse(whole); err != nil {
			return fmt.Errorf("tokenizer.json: %w", err)
		}
		if m.Vocab, err = lines(file.Model.Vocab); err != nil {
			return fmt.Errorf("tokenizer.json: %w", err)
		}
		to.File = "vocab.txt"
		var plain bool
		if to.Lowercase, plain, err = settings(m.Tokenizer, m.Vocab); err != nil || plain {
			return err
		}
		m.Tokenizer = nil
	}
	m.Vocab, to.File, to.Kind = whole, "tokenizer.json", wire.TextOnly
	if m.text, err = tokenizers.Parse(whole); err != nil {
		return fmt.Errorf("tokenizer.json: %w", err)
	}
	return nil
}

// lines returns a vocabulary in the format of vocab.txt.
func lines(vocab json.RawMessage) ([]byte, error) {
	var ids map[string]int
	if err := json.Unmarshal(vocab, &ids); err != nil {
		return nil, err
	}
	pieces := make([]string, len(ids)) // Parse has verified that each ID occurs once
	for piece, id := range ids {
		pieces[id] = piece
	}
	return []byte(strings.Join(pieces, "\n") + "\n"), nil
}

// settings reports whether t is the tokenizer defined by vocab and a lowercase setting: a manifest
// can describe no other, and a browser would compute other IDs than the server.
func settings(t *tokenizer.Tokenizer, vocab []byte) (lowercase, plain bool, err error) {
	for _, lowercase := range []bool{true, false} {
		same, err := tokenizer.New(strings.NewReader(string(vocab)),
			tokenizer.Config{Lowercase: lowercase})
		if err != nil {
			return false, false, fmt.Errorf("vocabulary: %w", err)
		}
		if reflect.DeepEqual(t, same) {
			return lowercase, true, nil
		}
	}
	return false, false, nil
}
