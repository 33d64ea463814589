// Package tokenizers opens the tokenizer of any model: tokenizer.json, or vocab.txt with
// tokenizer_config.json.
//
// BERT's is implemented by package tokenizer. Others, of the types BPE and Unigram, are supported
// for text input only: no frame carries their IDs. Models, added tokens, templates and the steps in
// aligned.go and precompiled.go return the reference's IDs (PyPI tokenizers; testdata and
// tokenizer/reference/parity.py verify this) on text whose characters both Unicode versions know.
// The rarer normalizers and pre-tokenizers are github.com/sugarme/tokenizer's, whose IDs differ on
// some texts: Inexact lists them, and callers warn. No more of it is used: of 511 unusual texts it
// tokenized 15 differently from the reference with GPT-2's settings, 132 with T5's, 461 with
// CLIP's; with a SentencePiece table it tokenized 45 of 437 differently, and gave a third wrong
// offsets.
//
// Encode accepts at most 1 MB per text, stops after 10 seconds, and turns a panic into an error. It
// cannot prevent one failure: sugarme calls log.Fatal if its own alignments are inconsistent, for
// which no text is known yet.
package tokenizers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode"

	"reviewlens/tokenizer"
)

const (
	maxFileBytes = 256 << 20 // Gemma's has 33 MB
	maxTextBytes = 1 << 20
	maxTime      = 10 * time.Second // sugarme's steps take time quadratic in the length of the text
)

// Tokenizer turns text into IDs. It is read-only and safe for concurrent use.
type Tokenizer struct {
	bert *tokenizer.Tokenizer // if nil, the other fields are set

	added        []added
	steps        step
	model        model
	single, pair []part
	trim         bool // offsets exclude the space before a word
	addSpace     bool
	pieces       map[int]string
	inexact      []string
	borrowed     []string
}

// model splits a word into tokens.
type model interface {
	tokenize(word string) ([]token, error)
	ids() vocab
}

// Open reads tokenizer.json or vocab.txt or, in a folder, whichever exists, preferring
// tokenizer.json. vocab.txt may be accompanied by tokenizer_config.json.
func Open(name string) (t *Tokenizer, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		dir := name
		name = filepath.Join(dir, "tokenizer.json")
		if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
			name = filepath.Join(dir, "vocab.txt")
		}
		if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s has neither tokenizer.json nor vocab.txt; name a folder "+
				"or a file with one of them", dir)
		}
	}
	data, err := read(name)
	if err != nil {
		return nil, err
	}
	if filepath.Ext(name) == ".json" {
		t, err = Parse(data)
	} else {
		t, err = openVocab(name, data)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

func read(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFileBytes {
		return nil, fmt.Errorf("%s has %d bytes; a tokenizer has at most %d", name, info.Size(),
			maxFileBytes)
	}
	return os.ReadFile(name)
}

func openVocab(name string, vocab []byte) (*Tokenizer, error) {
	config, err := read(filepath.Join(filepath.Dir(name), "tokenizer_config.json"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	t, err := tokenizer.ParseVocab(vocab, config)
	if err != nil {
		return nil, err
	}
	return Of(t), nil
}

// Parse parses a tokenizer.json.
func Parse(data []byte) (t *Tokenizer, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("reading it went wrong inside github.com/sugarme/tokenizer: %v; its "+
				"settings are not supported", r)
		}
	}()
	var c config
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, err
	}
	var m model
	switch c.Model.Type {
	case "WordPiece":
		t, err := tokenizer.Parse(data)
		if err != nil {
			return nil, err
		}
		return Of(t), nil
	case "BPE":
		m, err = newBPE(c.Model)
	case "Unigram":
		m, err = newUnigram(c.Model)
	default:
		err = fmt.Errorf("model.type is %q; supported are WordPiece, BPE and Unigram", c.Model.Type)
	}
	if err != nil {
		return nil, err
	}
	t = &Tokenizer{model: m, pieces: map[int]string{}}
	for piece, id := range m.ids() {
		t.pieces[id] = piece
	}
	return t, c.complete(t)
}

// Of returns a Tokenizer that wraps BERT's.
func Of(t *tokenizer.Tokenizer) *Tokenizer { return &Tokenizer{bert: t} }

// Inexact lists the settings whose IDs may differ from the reference's on unusual text.
func (t *Tokenizer) Inexact() []string { return t.inexact }

// Borrowed lists the inexact settings that run github.com/sugarme/tokenizer's code, which a server
// must not run: a text that it cannot align would end the process.
func (t *Tokenizer) Borrowed() []string { return t.borrowed }

// Around returns the special tokens before and after a single text. A template that repeats the
// text, or gives its tokens a type other than 0, is an error: windows cannot represent it.
func (t *Tokenizer) Around() (before, after []int32, err error) {
	if t.bert != nil {
		return []int32{t.bert.CLS()}, []int32{t.bert.SEP()}, nil
	}
	texts := 0
	for _, p := range t.single {
		switch {
		case p.typ != 0:
			return nil, nil, fmt.Errorf("post_processor has type_id %d in the template of a "+
				"single text, want 0", p.typ)
		case p.sequence == "A":
			texts++
		case texts == 0:
			before = append(before, p.ids...)
		default:
			after = append(after, p.ids...)
		}
	}
	if texts != 1 {
		return nil, nil, fmt.Errorf("post_processor has the text %d times in the template of a "+
			"single text, want once", texts)
	}
	return before, after, nil
}

// Size returns the largest ID plus one.
func (t *Tokenizer) Size() int {
	if t.bert != nil {
		return t.bert.Size()
	}
	largest := -1
	for id := range t.pieces {
		largest = max(largest, id)
	}
	for _, p := range t.single {
		for _, id := range p.ids {
			largest = max(largest, int(id))
		}
	}
	return largest + 1
}

// Pieces returns the piece of each ID.
func (t *Tokenizer) Pieces() func(id int32) string {
	if t.bert != nil {
		pieces := t.bert.Pieces()
		return func(id int32) string { return pieces[id] }
	}
	return func(id int32) string { return t.pieces[int(id)] }
}

// Encode returns the IDs of text, or of text and pair, with the special tokens around them if
// special is set. Offsets count bytes, as in tokenizer.EncodePair.
func (t *Tokenizer) Encode(text, pair []byte, special bool) (tokenizer.Encoding, error) {
	if t.bert != nil {
		return t.bert.EncodePair(text, pair, special), nil
	}
	if n := max(len(text), len(pair)); n > maxTextBytes {
		return tokenizer.Encoding{},
			fmt.Errorf("the text has %d KB; tokenizers that are not BERT's take at most %d", n>>10,
				maxTextBytes>>10)
	}
	type result struct {
		tokenizer.Encoding
		error
	}
	done := make(chan result, 1)
	go func() { // it cannot be stopped, only abandoned
		defer func() {
			if r := recover(); r != nil {
				done <- result{error: &Panic{r, debug.Stack()}}
			}
		}()
		e, err := t.encode(string(text), string(pair), pair != nil, special)
		done <- result{e, err}
	}()
	select {
	case r := <-done:
		return r.Encoding, r.error
	case <-time.After(maxTime):
		return tokenizer.Encoding{},
			fmt.Errorf("the text was not tokenized after %v; shorten it", maxTime)
	}
}

// Panic is an error of Encode: a panic of github.com/sugarme/tokenizer and its stack.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string {
	return fmt.Sprintf("tokenizing it went wrong inside github.com/sugarme/tokenizer: %v; leave "+
		"the text out, or change it", p.Value)
}

func (t *Tokenizer) encode(text, pair string, hasPair,
	special bool) (e tokenizer.Encoding, err error) {
	template, texts := t.single, map[string]string{"A": text}
	if hasPair {
		template, texts["B"] = t.pair, pair
	}
	if !slices.ContainsFunc(template, func(p part) bool { return p.sequence == "A" }) {
		return e, errors.New("post_processor has no place for the text in its template")
	}
	for _, p := range template {
		if p.sequence == "" {
			for _, id := range p.ids {
				if special {
					e.IDs, e.Offsets, e.Types = append(e.IDs, id), append(e.Offsets,
						[2]int{}), append(e.Types, p.typ)
				}
			}
			continue
		}
		tokens, err := t.text(texts[p.sequence])
		if err != nil {
			return e, err
		}
		for i, token := range tokens {
			if t.trim {
				token = t.trimmed(token, i == 0)
			}
			e.IDs, e.Offsets, e.Types = append(e.IDs, int32(token.id)), append(e.Offsets,
				[2]int{token.start, token.end}), append(e.Types, p.typ)
		}
	}
	return e, nil
}

// text returns the tokens of a text, with offsets in it: added tokens, and those between.
func (t *Tokenizer) text(text string) (tokens []token, err error) {
	for _, s := range split(text, t.added) {
		if s.id >= 0 {
			if t.trim { // exclude the space that lstrip and rstrip included
				s.start = s.end - len(strings.TrimLeftFunc(text[s.start:s.end], unicode.IsSpace))
				s.end = s.start + len(strings.TrimRightFunc(text[s.start:s.end], unicode.IsSpace))
			}
			tokens = append(tokens, s)
			continue
		}
		words, err := t.steps(align(text[s.start:s.end], s.start))
		if err != nil {
			return nil, err
		}
		for _, word := range words {
			if word.text == "" {
				continue
			}
			of, err := t.model.tokenize(word.text)
			if err != nil {
				return nil, err
			}
			for _, token := range of {
				o := word.offsets(token.start, token.end)
				token.start, token.end = o[0], o[1]
				tokens = append(tokens, token)
			}
		}
	}
	return tokens, nil
}
