package model

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"reviewlens/api/wire"
)

const export = "../infer/testdata/bert"

// with copies the small export and changes a file of it; empty content removes the file.
func with(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(export)); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		name = filepath.Join(dir, name)
		if content == "" {
			os.Remove(name)
		} else if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOpenReadsAnExport(t *testing.T) {
	m, err := Open(export)
	if err != nil {
		t.Fatal(err)
	}
	if w := m.Windows; w.Size != 48 || w.Max != 32 {
		t.Errorf("windows are %+v", w)
	}
	if !slices.Equal(m.Manifest.Labels, []string{"positive", "negative"}) ||
		!m.Manifest.Tokenizer.Lowercase {
		t.Errorf("manifest is %+v", m.Manifest)
	}
	if id, err := ID(m.ManifestJSON); err != nil || id != m.Manifest.ID || len(id) != 12 {
		t.Errorf("id is %q, want %q, %v", m.Manifest.ID, id, err)
	}
	// Uncased, cased, or a graph one folder down: another model.
	cased, err := Open(with(t,
		map[string]string{"tokenizer_config.json": `{"do_lower_case": false}`}))
	if err != nil || cased.Manifest.Tokenizer.Lowercase || cased.Manifest.ID == m.Manifest.ID {
		t.Errorf("cased: %v", err)
	}
	dir := with(t, nil)
	if err := os.Mkdir(filepath.Join(dir, "onnx"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "model.onnx"),
		filepath.Join(dir, "onnx/model_quantized.onnx")); err != nil {
		t.Fatal(err)
	}
	if again, err := Open(dir); err != nil || again.Manifest.ID != m.Manifest.ID {
		t.Errorf("with the graph in onnx/: %v", err)
	}
}

func TestTokenizerJSONGivesTheSameModel(t *testing.T) {
	vocab, err := os.ReadFile(filepath.Join(export, "vocab.txt"))
	if err != nil {
		t.Fatal(err)
	}
	tokenizerJSON := func(more string) string {
		var b strings.Builder
		b.WriteString(`{"added_tokens": [], "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
			"pre_tokenizer": {"type": "BertPreTokenizer"},
			"post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
			"model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {`)
		for i, piece := range strings.Fields(string(vocab)) {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(`"` + piece + `": ` + strconv.Itoa(i))
		}
		s := b.String() + "}}}"
		if more != "" {
			s = strings.Replace(s, `"added_tokens": []`, more, 1)
		}
		return s
	}
	want, err := Open(export)
	if err != nil {
		t.Fatal(err)
	}
	special :=
		`"added_tokens": [{"id": 0, "content": "[PAD]", "special": true}, {"id": 1, "content": "[UNK]", "special": true}, {"id": 2, "content": "[CLS]", "special": true}, {"id": 3, "content": "[SEP]", "special": true}, {"id": 4, "content": "[MASK]", "special": true}]`
	got, err := Open(with(t,
		map[string]string{"vocab.txt": "", "tokenizer_config.json": "",
			"tokenizer.json": tokenizerJSON(special)}))
	if err != nil {
		t.Fatal(err)
	}
	if got.Manifest.ID != want.Manifest.ID {
		t.Errorf("id is %s, of vocab.txt it is %s", got.Manifest.ID, want.Manifest.ID)
	}
	kept := strings.Replace(tokenizerJSON(special), `"strip_accents": null`,
		`"strip_accents": false`, 1)
	// a browser could not compute the same token IDs
	textOnly, err := Open(with(t, map[string]string{"tokenizer.json": kept}))
	if err != nil || textOnly.Tokenizer != nil ||
		textOnly.Manifest.Tokenizer.Kind != wire.TextOnly || textOnly.Windows != want.Windows {
		t.Fatalf("accents kept: %+v, %v", textOnly, err)
	}
	windows, _, err := textOnly.Cut(nil, []byte("good"))
	if same, _, _ := want.Cut(nil, []byte("good")); err != nil ||
		!slices.EqualFunc(windows, same, slices.Equal) {
		t.Errorf("accents kept: windows %v, %v, want %v", windows, err, same)
	}
}

func TestOpenRefusesAnExport(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no names", map[string]string{
			"config.json": `{"id2label": {"0": "LABEL_0", "1": "LABEL_1"}, "max_position_embeddings": 48}`}, "want two labels, one called negative and one positive"},
		{"three labels", map[string]string{
			"config.json": `{"id2label": {"0": "negative", "1": "neutral", "2": "positive"}, "max_position_embeddings": 48}`}, "want two labels"},
		{"twice the same", map[string]string{
			"config.json": `{"id2label": {"0": "POSITIVE", "1": "pos"}, "max_position_embeddings": 48}`}, "want two labels"},
		{"no labels", map[string]string{"config.json": `{"max_position_embeddings": 48}`},
			"id2label"},
		{"not JSON", map[string]string{"config.json": `{`}, "config.json"},
		{"no positions", map[string]string{
			"config.json": `{"id2label": {"0": "negative", "1": "positive"}}`},
			"max_position_embeddings is 0"},
		{"no tokenizer", map[string]string{"vocab.txt": ""},
			"neither tokenizer.json nor vocab.txt"},
		{"no graph", map[string]string{"model.onnx": ""}, "there is none of model.onnx"},
		{"a tokenizer that is none",
			map[string]string{"tokenizer.json": `{"model": {"type": "BPE", "vocab": {}}}`},
			"tokenizer.json: "},
		{"a setting that is not ours",
			map[string]string{
				"tokenizer.json": `{"pre_tokenizer": {"type": "Digits", "individual_digits": true}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}`}, "tokenizer.json: pre_tokenizer Digits: "},
		{"types", map[string]string{
			"tokenizer.json": `{"post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 1}}], "pair": []}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}`}, "tokenizer.json: post_processor has type_id 1"},
		{"more IDs than the model has",
			map[string]string{
				"tokenizer.json": `{"added_tokens": [{"id": 9000, "content": "<x>"}], "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}`}, "IDs up to 9000, but vocab_size in config.json is"},
		{"accents kept, without tokenizer.json",
			map[string]string{
				"tokenizer_config.json": `{"do_lower_case": true, "strip_accents": false}`},
			"tokenizer_config.json has accents"},
	} {
		if _, err := Open(with(t, test.files)); err == nil ||
			!strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: Open = %v, want %q", test.name, err, test.want)
		}
	}
}

// A model whose tokenizer is not BERT's: its own special tokens surround each window, and it has
// fewer positions than its table.
func TestOpenReadsAnExportWithAnotherTokenizer(t *testing.T) {
	for _, name := range []string{"roberta", "xlmr"} {
		m, err := Open("../infer/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if m.Tokenizer != nil || m.Text() == nil || m.Manifest.Tokenizer.Kind != wire.TextOnly ||
			m.Windows.Size != 48 {
			t.Errorf("%s: manifest %+v", name, m.Manifest)
		}
		if id, err := ID(m.ManifestJSON); err != nil || id != m.Manifest.ID {
			t.Errorf("%s: id is %q, want %q, %v", name, m.Manifest.ID, id, err)
		}
		text := []byte(strings.Repeat("the lid cracked ", 40))
		windows, cut, err := m.Cut(nil, text)
		if err != nil || cut || len(windows) < 2 {
			t.Fatalf("%s: %d windows, cut %v, %v", name, len(windows), cut, err)
		}
		whole, err := m.Text().Encode(text, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		var joined []int32
		for i, w := range windows {
			if w[0] != 0 || w[len(w)-1] != 2 || len(w) > m.Windows.Size { // <s>, </s>
				t.Errorf("%s: window %d is %v, want at most %d between 0 and 2", name, i, w,
					m.Windows.Size)
			}
			joined = append(joined, w[1:len(w)-1]...)
		}
		if !slices.Equal(joined, whole.IDs) {
			t.Errorf("%s: windows hold %v, want %v", name, joined, whole.IDs)
		}
		if windows, _, err := m.Cut(nil, nil); err != nil || len(windows) != 0 {
			t.Errorf("%s: an empty text has windows %v, %v", name, windows, err)
		}
		if _, _, err := m.Cut(nil, make([]byte, 2<<20)); err == nil ||
			err.(*wire.Error).Code != wire.BadText {
			t.Errorf("%s: a text of 2 MB: %v", name, err)
		}
	}
}
