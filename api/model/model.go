// Package model loads a model folder and verifies it before it is run.
//
// A folder has manifest.json (wire.Manifest), one .onnx file and a vocabulary; another .onnx file
// is the aspect model that a manifest may name (Aspects). Loading verifies, in this order: the
// manifest's schema and settings, its ID (the hash of the manifest without it), the length and
// SHA-256 of each file, the vocabulary. An error names the file and the expected and actual values;
// a folder that fails any check returns no Model. The vocabulary is BERT's, or a tokenizer.json of
// another kind (package tokenizers); then the model accepts texts only. infer.Open, which can run
// the model, verifies that it reproduces the scores in its manifest.
//
// Default is embedded in the program, Open reads a folder, and Load accepts any other source:
// package store manages folders and buckets of many models.
package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	defaultmodel "reviewlens/api/model/default"
	"reviewlens/api/tokenizers"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/tokenizer"
	"reviewlens/tokenizer/batch"
)

// maxBytes bounds the files of a folder together: full-size fp32 DistilBERT has 268 MB.
const maxBytes = 1 << 30

// MaxManifestBytes bounds manifest.json; ours has 6 KB.
const MaxManifestBytes = 1 << 20

// Model is a folder that passed every check, with its manifest's settings in the types of our
// packages. It is read-only and safe for concurrent use.
type Model struct {
	Manifest     wire.Manifest
	ManifestJSON []byte // the bytes of the file, served unchanged
	ONNX         []byte
	Vocab        []byte
	Tokenizer    *tokenizer.Tokenizer // BERT's; nil for a model that accepts texts only
	Windows      batch.Settings

	text          *tokenizers.Tokenizer // if Tokenizer is nil
	before, after []int32               // special tokens that it adds around a text
	Rule          reviews.Rule
	Stars         *reviews.StarRule // nil for a model that does not predict stars
	Aspects       *Aspects          // nil for a folder without an aspect model
}

// Default loads the model that is embedded in the program.
func Default() (*Model, error) {
	m, err := load(func(name string, _ int64) ([]byte, error) {
		if name == "manifest.json" {
			return []byte(defaultmodel.Manifest), nil
		}
		if content, ok := defaultmodel.Files()[name]; ok {
			return content, nil
		}
		return nil, fmt.Errorf("%s: %w", name, os.ErrNotExist)
	})
	if err != nil {
		return nil, fmt.Errorf("embedded model: %w", err)
	}
	return m, nil
}

// Open loads the model in a folder: one with a manifest, or a Hugging Face export (huggingface.go).
func Open(dir string) (*Model, error) {
	if isExport(dir) {
		m, err := openExport(dir)
		if err != nil {
			return nil, fmt.Errorf("model %s, which has config.json and no manifest.json: %w", dir, err)
		}
		return m, nil
	}
	m, err := load(func(name string, maxBytes int64) ([]byte, error) { return readFile(filepath.Join(dir, name), maxBytes) })
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", dir, err)
	}
	return m, nil
}

// readFile reads a file of at most maxBytes; it checks the size before it allocates.
func readFile(name string, maxBytes int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	if info.Size() > maxBytes {
		return nil, fmt.Errorf("%s has %d bytes, want at most %d", name, info.Size(), maxBytes)
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return data, nil
}

// load reads and verifies a folder through read, which must refuse files over maxBytes.
func load(read func(name string, maxBytes int64) ([]byte, error)) (*Model, error) {
	manifest, err := read("manifest.json", MaxManifestBytes)
	if err != nil {
		return nil, err
	}
	return Load(manifest, func(file wire.File) ([]byte, error) {
		data, err := read(file.Name, file.Bytes)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(data)
		return data, Verify(file, int64(len(data)), sum[:])
	})
}

// Load returns a Model for a manifest and its files. file must verify that the content is that of
// the manifest (Verify), because it can hash while it reads.
func Load(manifest []byte, file func(wire.File) ([]byte, error)) (*Model, error) {
	checked, err := ParseManifest(manifest)
	if err != nil {
		return nil, err
	}
	m := &Model{Manifest: *checked, ManifestJSON: manifest}
	var aspects []byte
	for _, f := range m.Manifest.Files {
		data, err := file(f)
		if err != nil {
			return nil, err
		}
		switch {
		case isGraph(checked, f.Name):
			m.ONNX = data
		case strings.HasSuffix(f.Name, ".onnx"):
			aspects = data
		case f.Name == m.Manifest.Tokenizer.File:
			m.Vocab = data
		}
	}
	if m.Manifest.Tokenizer.Kind == wire.TextOnly {
		m.text, err = tokenizers.Parse(m.Vocab)
	} else {
		m.Tokenizer, err = tokenizer.New(bytes.NewReader(m.Vocab), tokenizer.Config{
			Lowercase: m.Manifest.Tokenizer.Lowercase,
			Emoji:     m.Manifest.ReadsEmoji(),
		})
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Manifest.Tokenizer.File, err)
	}
	if err := m.complete(); err != nil {
		return nil, err
	}
	if m.Manifest.Aspects != nil {
		m.Aspects = m.openAspects(aspects)
	}
	return m, nil
}

// complete derives the fields that depend on the manifest and the tokenizer.
func (m *Model) complete() (err error) {
	w := m.Manifest.Window
	m.Windows = batch.Settings{Size: w.Size, Max: w.Max}
	m.Rule = reviews.Rule{Combine: w.Combine, Temperature: m.Manifest.Temperature, Unsure: m.Manifest.Unsure}
	if m.Manifest.Stars != nil {
		m.Stars = starRule(m.Manifest.Stars)
	}
	if m.text == nil {
		return nil
	}
	if borrowed := m.text.Borrowed(); len(borrowed) > 0 {
		return fmt.Errorf("%s: %s: IDs can differ from the reference's, and some texts crash the tokenizer, so it is for \"reviewlens tokens\" only", m.Manifest.Tokenizer.File, strings.Join(borrowed, ", "))
	}
	if m.before, m.after, err = m.text.Around(); err != nil {
		return fmt.Errorf("%s: %w", m.Manifest.Tokenizer.File, err)
	}
	if least := len(m.before) + len(m.after) + 1; w.Size < least {
		return fmt.Errorf("manifest.json: window.size is %d, want %d or more: the tokenizer's special tokens and a piece", w.Size, least)
	}
	return nil
}

// Share replaces another model's tokenizer and vocabulary by m's, and the equal parts of its aspect
// model, if the tokenizers are equal, and reports whether they are. All are read-only. Neither
// model may be detached or released (Detach, ReleaseONNX) meanwhile.
func (m *Model) Share(other *Model) bool {
	if m == other || m.Manifest.Tokenizer != other.Manifest.Tokenizer {
		return false
	}
	other.Vocab, other.Tokenizer, other.text = m.Vocab, m.Tokenizer, m.text
	m.Aspects.share(other.Aspects)
	return true
}

// Text returns the tokenizer of a model that accepts texts only; nil for others.
func (m *Model) Text() *tokenizers.Tokenizer { return m.text }

// Cut tokenizes a text and cuts it into windows, appended to dst; cut reports whether the text
// continues beyond the last window. A text without a single token (empty, or only control
// characters) has no windows. For a text that the tokenizer cannot read, the error is a *wire.Error
// of code BadText; BERT's reads everything.
func (m *Model) Cut(dst [][]int32, text []byte) (windows [][]int32, cut bool, err error) {
	if t := m.Tokenizer; t != nil {
		pieces := t.AppendMost(nil, text, m.Windows.Room())
		windows, cut = m.Windows.Windows(dst, pieces, t.CLS(), t.SEP())
		return windows, cut, nil
	}
	encoding, err := m.text.Encode(text, nil, false)
	if err != nil {
		return dst, false, &wire.Error{Code: wire.BadText, Detail: "This model's tokenizer cannot read it: " + err.Error() + "."}
	}
	windows, cut = m.Windows.Between(dst, encoding.IDs, m.before, m.after)
	return windows, cut, nil
}

// Verify compares a file's length and SHA-256 with the manifest's.
func Verify(file wire.File, bytes int64, sum []byte) error {
	if bytes != file.Bytes {
		return fmt.Errorf("%s has %d bytes, want %d: it is cut short or of another model", file.Name, bytes, file.Bytes)
	}
	if hex.EncodeToString(sum) != file.SHA256 {
		return fmt.Errorf("%s has SHA-256 %x, want %s: it is damaged or of another model", file.Name, sum, file.SHA256)
	}
	return nil
}

// Describe returns the entry of a file for a manifest.
func Describe(name string, content []byte) wire.File {
	sum := sha256.Sum256(content)
	return wire.File{Name: name, Bytes: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
}
