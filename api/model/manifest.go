package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"reviewlens/api/wire"
	"reviewlens/reviews"
)

// ParseManifest parses manifest.json and verifies everything that does not need the files: its
// settings and its ID.
func ParseManifest(data []byte) (*wire.Manifest, error) {
	m := new(wire.Manifest)
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("manifest.json: %w", err)
	}
	if err := check(m); err != nil {
		return nil, fmt.Errorf("manifest.json: %w", err)
	}
	id, err := ID(data)
	if err != nil {
		return nil, fmt.Errorf("manifest.json: %w", err)
	}
	if id != m.ID {
		return nil, fmt.Errorf("manifest.json: id is %q, want %q, which is the hash of its content: it was edited after it was made", m.ID, id)
	}
	return m, nil
}

// Schema is the version of manifests that this program supports: 2, whose windows do not overlap.
const Schema = 2

// check refuses a manifest with unsupported or invalid settings.
func check(m *wire.Manifest) error {
	if m.Schema != Schema {
		return fmt.Errorf("schema is %d, want %d: the folder was made for another version of this program, make it anew", m.Schema, Schema)
	}
	// a cascade exits early inside its graph: it is run like any other
	if m.Kind != "single" && m.Kind != "cascade" {
		return fmt.Errorf("kind is %q, want single or cascade", m.Kind)
	}
	if !slices.Equal(m.Labels, []string{"negative", "positive"}) {
		return fmt.Errorf("labels are %q, want negative, positive: the order of the logits", m.Labels)
	}
	if m.Inputs.DType != "int32" && m.Inputs.DType != "int64" {
		return fmt.Errorf("inputs.dtype is %q, want int32 or int64", m.Inputs.DType)
	}
	if !strings.Contains(m.Join, "{text}") {
		return fmt.Errorf("join is %q, want a template with {text}", m.Join)
	}
	if err := checkFiles(m); err != nil {
		return err
	}
	if kind := m.Tokenizer.Kind; kind != "" && kind != wire.TextOnly {
		return fmt.Errorf("tokenizer.kind is %q, want %q or none", kind, wire.TextOnly)
	}
	switch emoji := m.Tokenizer.Emoji; {
	case emoji != "" && emoji != wire.EmojiNames:
		return fmt.Errorf("tokenizer.emoji is %q, want %q or none", emoji, wire.EmojiNames)
	case emoji != "" && m.Tokenizer.Kind != "":
		return fmt.Errorf("tokenizer.emoji is %q and tokenizer.kind %q, want one of them: only "+
			"BERT's vocabulary reads emoji as words", emoji, m.Tokenizer.Kind)
	}
	w := m.Window
	switch { // 512 is the number of positions of BERT models; 32 windows bound the cost of one text
	case w.Size <= 2 || w.Size > 512:
		return fmt.Errorf("window.size is %d, want 3 to 512", w.Size)
	case w.Max < 1 || w.Max > 32:
		return fmt.Errorf("window.max is %d, want 1 to 32", w.Max)
	case w.Combine != reviews.Mean && w.Combine != reviews.Stouffer:
		return fmt.Errorf("window.combine is %q, want %s or %s", w.Combine, reviews.Mean,
			reviews.Stouffer)
	case !(m.Temperature > 0) || math.IsInf(m.Temperature, 0):
		return fmt.Errorf("temperature is %v, want above 0", m.Temperature)
	case !(0 <= m.Unsure[0] && m.Unsure[0] <= m.Unsure[1] && m.Unsure[1] <= 1):
		return fmt.Errorf("unsure is %v, want 0 <= lo <= hi <= 1", m.Unsure)
	case len(m.Golden) == 0:
		return fmt.Errorf("golden is empty, want texts with their scores: nothing could prove the model")
	}
	if m.Stars != nil {
		if n := len(m.Stars.Bias); n != 5 {
			return fmt.Errorf("stars.bias has %d numbers, want 5", n)
		}
		if err := starRule(m.Stars).Check(); err != nil {
			return fmt.Errorf("stars: %w", err)
		}
	}
	if m.Aspects != nil {
		if err := checkAspects(m); err != nil {
			return fmt.Errorf("aspects: %w", err)
		}
	}
	for i, g := range m.Golden {
		if !(0 <= g.Positive && g.Positive <= 1) {
			return fmt.Errorf("golden[%d].positive is %v, want 0 to 1", i, g.Positive)
		}
	}
	return nil
}

func starRule(s *wire.Stars) *reviews.StarRule {
	return &reviews.StarRule{Temperature: s.Temperature, Bias: [5]float64(s.Bias)}
}

func checkFiles(m *wire.Manifest) error {
	graphs, vocabularies, left := 0, 0, int64(maxBytes)
	for i, f := range m.Files {
		if f.Name == "" || f.Name != filepath.Base(f.Name) || strings.ContainsAny(f.Name, `/\`) || f.Name == ".." {
			return fmt.Errorf("files[%d].name is %q, want the name of a file in the folder", i, f.Name)
		}
		if f.Bytes <= 0 || f.Bytes > left {
			return fmt.Errorf("files[%d].bytes of %s is %d, want 1 to %d, which is left of %d for all", i, f.Name, f.Bytes, left, int64(maxBytes))
		}
		left -= f.Bytes
		if isGraph(m, f.Name) {
			graphs++
		}
		if f.Name == m.Tokenizer.File {
			vocabularies++
			if f.SHA256 != m.Tokenizer.SHA256 {
				return fmt.Errorf("tokenizer.sha256 is %s, but files has %s for %s", m.Tokenizer.SHA256, f.SHA256, f.Name)
			}
		}
	}
	if graphs != 1 || vocabularies != 1 {
		return fmt.Errorf("files has %d .onnx%s and %d of tokenizer.file %q, want one of each",
			graphs, besideAspects(m), vocabularies, m.Tokenizer.File)
	}
	return nil
}

// besideAspects returns the part of a message that names the .onnx file that is not counted.
func besideAspects(m *wire.Manifest) string {
	if m.Aspects == nil {
		return ""
	}
	return fmt.Sprintf(" beside aspects.file %q", m.Aspects.File)
}

// IsID reports whether s has the form of a model's ID. Other strings must not become part of an
// object's name.
func IsID(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789abcdef") == ""
}

// ID computes a manifest's ID: the first 12 hex digits of the SHA-256 of the manifest without its
// ID, as canonical JSON. Canonical is the output of Python's json.dumps(m, ensure_ascii=False,
// sort_keys=True, separators=(",", ":")); numbers keep the digits that they have in the file.
func ID(manifest []byte) (string, error) {
	d := json.NewDecoder(bytes.NewReader(manifest))
	d.UseNumber() // float64 would change the digits
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		return "", err
	}
	delete(m, "id")
	sum := sha256.Sum256(appendCanonical(nil, m))
	return hex.EncodeToString(sum[:])[:12], nil
}

func appendCanonical(dst []byte, v any) []byte {
	switch v := v.(type) {
	case map[string]any:
		dst = append(dst, '{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, key), ':')
			dst = appendCanonical(dst, v[key])
		}
		return append(dst, '}')
	case []any:
		dst = append(dst, '[')
		for i, element := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendCanonical(dst, element)
		}
		return append(dst, ']')
	case string:
		return appendString(dst, v)
	case json.Number:
		return append(dst, v...)
	case bool:
		return fmt.Appendf(dst, "%t", v)
	default: // nil: the decoder returns no other type
		return append(dst, "null"...)
	}
}

// appendString appends s as JSON, without encoding/json's escapes of <, >, &, U+2028 and U+2029.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= ' ':
			dst = append(dst, c)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c == '\b':
			dst = append(dst, `\b`...)
		case c == '\f':
			dst = append(dst, `\f`...)
		default:
			dst = fmt.Appendf(dst, `\u%04x`, c)
		}
	}
	return append(dst, '"')
}
