package tokenizers

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// TestVectors compares tokenizers with testdata/vectors.jsonl, which testdata/vectors.py writes.
func TestVectors(t *testing.T) {
	file, err := os.ReadFile("testdata/vectors.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	open := map[string]*Tokenizer{}
	for line := range bytes.Lines(file) {
		var v struct {
			File, Text string
			Pair       *string
			Special    bool
			IDs        []int32
			Types      []int8
			Offsets    [][2]int
		}
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		tok := open[v.File]
		if tok == nil {
			if tok, err = Open("testdata/" + v.File + ".json"); err != nil {
				t.Fatal(err)
			}
			if tok.Inexact() != nil {
				t.Errorf("%s: Inexact = %v", v.File, tok.Inexact())
			}
			open[v.File] = tok
		}
		var pair []byte
		if v.Pair != nil {
			pair = append([]byte{}, *v.Pair...)
		}
		got, err := tok.Encode([]byte(v.Text), pair, v.Special)
		if err != nil || !slices.Equal(got.IDs, v.IDs) || !slices.Equal(got.Types, v.Types) {
			t.Errorf("%s: Encode(%q, %q, %v) = %v, %v, want %v, %v", v.File, v.Text, pair,
				v.Special, got, err, v.IDs, v.Types)
		}
		// what changes together has one range; in the reference each character has its own
		composes := map[string]bool{"xlm": true, "xlmr": true, "albert": true}
		if !composes[v.File] && !slices.Equal(got.Offsets, v.Offsets) {
			t.Errorf("%s: Encode(%q, %q, %v) = %v, want %v", v.File, v.Text, pair, v.Special,
				got.Offsets, v.Offsets)
		}
	}
	if len(open) != 8 {
		t.Errorf("vectors of %d tokenizers, want 8", len(open))
	}
}

// edited returns a tokenizer.json of testdata with one text in it replaced.
func edited(t *testing.T, name, old, with string) string {
	data, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(data, []byte(old)) {
		t.Fatalf("%s.json has no %s", name, old)
	}
	file := filepath.Join(t.TempDir(), "tokenizer.json")
	if err := os.WriteFile(file, bytes.Replace(data, []byte(old), []byte(with), 1),
		0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestOpenErrors(t *testing.T) {
	for _, test := range []struct{ name, old, with, want string }{
		{"clip", `"type":"BPE"`, `"type":"WordLevel"`,
			`model.type is "WordLevel"; supported are WordPiece, BPE and Unigram`},
		{"clip", `"dropout":null`, `"dropout":0.1`,
			"model.dropout is 0.1, so that IDs would be random; set it to null"},
		{"clip", `"unk_token":"<unk>"`, `"unk_token":"<u>"`,
			`model.unk_token is "<u>", which is not in model.vocab`},
		{"clip", `"merges":[[`, `"merges":[["q","qq"],[`,
			`merge 0, of "q" and "qq", is not of tokens in model.vocab`},
		{"clip", `"merges":[[`, `"merges":["a b c",[`, "model.merges"},
		{"t5", `"unk_id":3`, `"unk_id":3000`, "model.unk_id is 3000, outside model.vocab"},
		{"t5", `"type":"Metaspace"`, `"type":"Metaspice"`,
			`pre_tokenizer: type "Metaspice" is not supported`},
		{"t5", `"type":"TemplateProcessing"`, `"type":"Template"`,
			`post_processor.type is "Template"; supported are`},
		{"t5", `"id":"<s>","type_id":0`, `"id":"<cls>","type_id":0`,
			`post_processor.special_tokens lacks "<cls>"`},
		// it panics
		{"xlm", `"type":"NFKC"`, `"type":"Nmt"`,
			"reading it went wrong inside github.com/sugarme/tokenizer"},
		{"xlmr", `"precompiled_charsmap":"`, `"precompiled_charsmap":"/w`,
			"normalizer: precompiled_charsmap: "},
		{"xlm", `"type":"NFKC"`, `"type":"Precompiled","precompiled_charsmap":"//8AAAA="`,
			"normalizer: precompiled_charsmap: it is cut short"},
		{"xlm", `"type":"NFKC"`, `"type":"Replace","pattern":{"Regex":"a(?!b)"},"content":"c"`,
			"what RE2 reads is supported"},
	} {
		file := edited(t, test.name, test.old, test.with)
		if _, err := Open(file); err == nil || !strings.Contains(err.Error(), test.want) ||
			!strings.HasPrefix(err.Error(), file) {
			t.Errorf("%s: Open = %v, want the file and %q", test.with, err, test.want)
		}
	}
	if _, err := Open(t.TempDir()); err == nil ||
		!strings.Contains(err.Error(), "has neither tokenizer.json nor vocab.txt") {
		t.Errorf("empty folder: Open = %v", err)
	}
}

// TestInexact checks that sugarme's steps are listed, and return IDs.
func TestInexact(t *testing.T) {
	tok, err := Open(edited(t, "clip", `{"type":"Whitespace"}`,
		`{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"Whitespace"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := tok.Inexact(); !slices.Equal(got, []string{"pre_tokenizer Digits"}) ||
		!slices.Equal(tok.Borrowed(), got) {
		t.Errorf("Inexact = %v, Borrowed = %v", got, tok.Borrowed())
	}
	got, err := tok.Encode([]byte("the lid 55"), nil, false)
	if err != nil || got.Offsets[0] != [2]int{0, 3} ||
		got.Offsets[len(got.Offsets)-1] != [2]int{9, 10} {
		t.Errorf("Encode = %v, %v", got, err)
	}
}

func TestEncodeErrors(t *testing.T) {
	tok, err := Open("testdata/clip.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tok.Encode(bytes.Repeat([]byte("a"), maxTextBytes+1), nil, false); err == nil ||
		!strings.Contains(err.Error(), "take at most 1024") {
		t.Errorf("a large text: %v", err)
	}
	tok.steps = func(a aligned) ([]aligned, error) { panic("index out of range") }
	_, err = tok.Encode([]byte("a"), nil, false)
	if p, ok := errors.AsType[*Panic](err); !ok ||
		!strings.Contains(err.Error(), "index out of range") || len(p.Stack) == 0 {
		t.Errorf("a panic: %v", err)
	}
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan bool)
		tok.steps = func(a aligned) ([]aligned, error) { <-stuck; return nil, nil }
		if _, err := tok.Encode([]byte("a"), nil, false); err == nil ||
			!strings.Contains(err.Error(), "not tokenized after 10s") {
			t.Errorf("a loop: %v", err)
		}
		close(stuck)
	})
}

// FuzzEncode checks that any text has IDs with ranges within it.
func FuzzEncode(f *testing.F) {
	var all []*Tokenizer
	for _, name := range []string{"roberta", "llama", "clip", "prefix", "t5", "xlm", "xlmr",
		"albert"} {
		tok, err := Open("testdata/" + name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, tok)
	}
	f.Add([]byte("\xff\xe2\x82x"))
	f.Add([]byte("<s> it's  <mask>\xff e\u0301"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, tok := range all {
			e, err := tok.Encode(text, nil, true)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range e.Offsets {
				if o[0] < 0 || o[1] < o[0] || o[1] > len(text) {
					t.Fatalf("Encode(%q): %v", text, e.Offsets)
				}
			}
		}
	})
}

// Around and the IDs between are those of Encode with special tokens; Size exceeds every ID.
func TestAround(t *testing.T) {
	for _, name := range []string{"roberta", "llama", "clip", "prefix", "t5", "xlm"} {
		tok, err := Open("testdata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		before, after, err := tok.Around()
		if err != nil {
			t.Fatal(err)
		}
		whole, err := tok.Encode([]byte("the lid <mask>"), nil, true)
		if err != nil {
			t.Fatal(err)
		}
		bare, err := tok.Encode([]byte("the lid <mask>"), nil, false)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(whole.IDs, slices.Concat(before, bare.IDs, after)) {
			t.Errorf("%s: %v around %v, want %v", name, [2][]int32{before, after},
				bare.IDs, whole.IDs)
		}
		if size, most := tok.Size(), int(slices.Max(whole.IDs)); size <= most {
			t.Errorf("%s: Size = %d with an ID %d", name, size, most)
		}
	}
	for _, test := range []struct{ old, with, want string }{
		{`"single":[{"SpecialToken"`,
			`"single":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken"`,
			"has the text 2 times"},
		{`"id":"</s>","type_id":0`, `"id":"</s>","type_id":2`, "has type_id 2"},
	} {
		tok, err := Open(edited(t, "t5", test.old, test.with))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := tok.Around(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: Around = %v, want %q", test.with, err, test.want)
		}
	}
}
