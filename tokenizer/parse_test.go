package tokenizer

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestSettings compares Parse with testdata/settings.jsonl, and New and ParseVocab with the same
// settings.
func TestSettings(t *testing.T) {
	file, err := os.ReadFile("testdata/settings.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	vocab, err := os.ReadFile("testdata/odd.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]*Tokenizer{}
	for name, s := range map[string]struct {
		c      Config
		config string
	}{
		"keep": {Config{Lowercase: true, Accents: KeepAccents}, `{"strip_accents": false}`},
		"strip": {Config{Accents: StripAccents},
			`{"do_lower_case": false, "strip_accents": true, "tokenizer_class": "BertTokenizerFast"}`},
		"joined": {Config{Lowercase: true, JoinIdeographs: true},
			`{"tokenize_chinese_chars": false, "do_lower_case": true, "strip_accents": null, "tokenizer_class": "DistilBertTokenizer"}`},
		"joined-cased": {Config{JoinIdeographs: true},
			`{"tokenize_chinese_chars": false, "do_lower_case": false, "sep_token": {"content": "[SEP]"}, "added_tokens_decoder": {"2": {"content": "[CLS]"}}, "additional_special_tokens": ["[CLS]"]}`},
		"named": {},
	} {
		data, err := os.ReadFile("testdata/settings/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		tok, err := Parse(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = append(all[name], tok)
		if s.config != "" {
			tok, err := ParseVocab(vocab, []byte(s.config))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			all[name] = append(all[name], tok, open(t, "odd.txt", s.c))
		}
	}
	n := 0
	for data := range bytes.Lines(file) {
		n++
		var v vector
		var wants map[string]json.RawMessage
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &wants); err != nil {
			t.Fatal(err)
		}
		text := v.text(t)
		for name, toks := range all {
			var want want
			if err := json.Unmarshal(wants[name], &want); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, tok := range toks {
				if got := tok.Append(nil, text); !slices.Equal(got, want.IDs) {
					t.Errorf("%s: Append(%q) = %v, want %v", name, text, got, want.IDs)
				}
				got := tok.Encode(text)
				if name != "keep" && movesStripped(text) {
					want.Offsets = got.Offsets // see Encode
				}
				if !slices.Equal(got.IDs, want.IDs) || !slices.Equal(got.Offsets, want.Offsets) {
					t.Errorf("%s: Encode(%q) = %v, want %v", name, text, got, want)
				}
			}
		}
	}
	if n < 200 {
		t.Errorf("%d texts, want 200 or more", n)
	}
}

// TestParseNames checks that EncodePair uses a file's names around texts, and that Pieces returns
// them.
func TestParseNames(t *testing.T) {
	data, err := os.ReadFile("testdata/settings/named.json")
	if err != nil {
		t.Fatal(err)
	}
	tok, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	e := tok.EncodePair([]byte("great"), []byte("don<new>"), true)
	var got []string
	for _, id := range e.IDs {
		got = append(got, tok.Pieces()[id])
	}
	if want := []string{"<s>", "great", "</s>", "don", "<new>", "</s>"}; !slices.Equal(got, want) {
		t.Errorf("EncodePair = %q, want %q", got, want)
	}
}

func TestParseErrors(t *testing.T) {
	data, err := os.ReadFile("testdata/settings/named.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ old, with, want string }{
		{`{"version"`, `[`, "not a tokenizer.json"},
		{`"WordPiece"`, `"BPE"`, `model.type is "BPE"; supported is WordPiece`},
		{`"type":"BertNormalizer"`, `"type":"Sequence"`,
			`normalizer.type is "Sequence"; supported is BertNormalizer`},
		{`"BertPreTokenizer"`, `"Whitespace"`,
			`pre_tokenizer.type is "Whitespace"; supported is BertPreTokenizer`},
		{`"clean_text":true`, `"clean_text":false`,
			"normalizer.clean_text is false; supported is true"},
		{`"continuing_subword_prefix":"@@"`, `"continuing_subword_prefix":""`,
			"model.continuing_subword_prefix is empty"},
		{`"continuing_subword_prefix":"@@"`, `"continuing_subword_prefix":"▁"`,
			`pieces inside a word begin with "▁"; want ASCII punctuation first`},
		{`"max_input_chars_per_word":20`, `"max_input_chars_per_word":15`,
			"model.max_input_chars_per_word is 15; supported is 16 to 10000"},
		{`"max_input_chars_per_word":20`, `"max_input_chars_per_word":1000000000`,
			"supported is 16 to 10000"},
		{`"unk_token":"<unk>"`, `"unk_token":"<u>"`, "none of its 287 lines is <u>"},
		{`"TemplateProcessing"`, `"RobertaProcessing"`,
			`post_processor.type is "RobertaProcessing"; supported are TemplateProcessing and BertProcessing`},
		{`{"id":"<s>","type_id":0}`, `{"id":"<s>","type_id":2}`,
			"post_processor is not BERT's; supported is [CLS] A [SEP] B [SEP]"},
		{`"ids":[2]`, `"ids":[3]`, "post_processor is not BERT's"},
		{`"content":"<new>","single_word":false`, `"content":"<new>","single_word":true`,
			`added token "<new>" has single_word; supported is false`},
		{`"content":"<new>","single_word":false,"lstrip":false`, `"content":"<new>","lstrip":true`,
			`added token "<new>" has lstrip`},
		{`"content":"<new>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false`,
			`"content":"<new>","normalized":true`, `added token "<new>" has normalized`},
		{`"content":"<new>"`, `"content":"new"`,
			`added token "new"; supported are those that begin with ASCII punctuation`},
		{`"content":"<s>"`, `"content":"<z>"`,
			`added token "<z>" has the ID 2; its ID in the vocabulary, or the next after it, is 287`},
		{`"vocab":{`, `"vocab":{"zzz":5,`, "want each of 0 to 287 once"},
	} {
		if !strings.Contains(string(data), test.old) {
			t.Errorf("named.json has no %s", test.old)
		}
		if _, err := Parse(bytes.Replace(data, []byte(test.old), []byte(test.with),
			1)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: Parse = %v, want %q", test.with, err, test.want)
		}
	}
}

func TestParseVocabErrors(t *testing.T) {
	good := "[UNK]\n[CLS]\n[SEP]\na\n"
	for _, test := range []struct{ vocab, config, want string }{
		{good, `{`, "tokenizer_config.json: unexpected end"},
		{good, `{"tokenizer_class": "BertJapaneseTokenizer"}`,
			`tokenizer_class is "BertJapaneseTokenizer"; supported are BertTokenizer, `},
		{good, `{"do_basic_tokenize": false}`, "do_basic_tokenize is false; supported is true"},
		{good, `{"never_split": ["a"]}`, "never_split has 1 words; supported is none"},
		{good, `{"added_tokens_decoder": {"x": {}}}`, `added_tokens_decoder has "x"; want an ID`},
		{good, `{"added_tokens_decoder": {"9": {"content": "<x>"}}}`,
			`added token "<x>" has the ID 9; its ID in the vocabulary, or the next after it, is 4`},
		{good, `{"additional_special_tokens": ["<x>"]}`,
			`additional_special_tokens has "<x>", which added_tokens_decoder lacks`},
		{good, `{"sep_token": "</s>"}`, "none of its 4 lines is </s>"},
		{good + "a\n", ``, `line 5 repeats "a" of line 4`},
	} {
		if _, err := ParseVocab([]byte(test.vocab), []byte(test.config)); err == nil ||
			!strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: ParseVocab = %v, want %q", test.config, err, test.want)
		}
	}
	if tok, err := ParseVocab([]byte(good),
		[]byte(`{"added_tokens_decoder": {"4": {"content": "<x>"}}}`)); err != nil ||
		tok.Size() != 5 || !slices.Equal(tok.Append(nil, []byte("A<x>")), []int32{3, 4}) {
		t.Errorf("an added token: %v", err)
	}
}

// FuzzParse checks that no file makes Parse panic, and that a parsed one can be used.
func FuzzParse(f *testing.F) {
	data, err := os.ReadFile("testdata/settings/named.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data, []byte("<s> great"))
	f.Add([]byte(`{"model":{"type":"WordPiece","vocab":{"[UNK]":0}}}`), []byte("a"))
	f.Fuzz(func(t *testing.T, data, text []byte) {
		if tok, err := Parse(data); err == nil {
			checkEncoding(t, tok, text)
		}
	})
}
