// Package modeltest provides models for tests.
package modeltest

import (
	"bytes"
	"sync"
	"testing"

	"reviewlens/api/model"
	"reviewlens/tokenizer"
)

var loaded = sync.OnceValues(model.Default)

// Plain returns the default model reduced to positive and negative: no stars, no topics, and emoji
// are not words. Each call returns another copy.
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
