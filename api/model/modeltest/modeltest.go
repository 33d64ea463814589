// Package modeltest gives tests models to build on.
package modeltest

import (
	"bytes"
	"sync"
	"testing"

	"reviewlens/api/model"
	"reviewlens/tokenizer"
)

var loaded = sync.OnceValues(model.Default)

// Plain is the default model as one that says positive or negative and no more: no stars, no
// topics, and emoji are no words to it. Each call gives another copy.
func Plain(t testing.TB) *model.Model {
	t.Helper()
	whole, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	m := *whole
	m.Stars, m.Manifest.Stars, m.Aspects, m.Manifest.Aspects = nil, nil, nil, nil
	m.Manifest.Tokenizer.Emoji = ""
	m.Tokenizer, err = tokenizer.New(bytes.NewReader(m.Vocab),
		tokenizer.Config{Lowercase: m.Manifest.Tokenizer.Lowercase})
	if err != nil {
		t.Fatal(err)
	}
	return &m
}
