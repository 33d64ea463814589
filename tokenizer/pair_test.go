package tokenizer

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestEncodePair compares pairs and special tokens with testdata/pairs.jsonl, which
// reference/vectors.py writes.
func TestEncodePair(t *testing.T) {
	tok := open(t, "vocab.txt", Config{Lowercase: true})
	file, err := os.ReadFile("testdata/pairs.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range bytes.Lines(file) {
		n++
		var v struct {
			Text    string
			Pair    *string
			Special bool
			IDs     []int32
			Types   []int8
			Offsets [][2]int
		}
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		var pair []byte
		if v.Pair != nil {
			pair = append([]byte{}, *v.Pair...)
		}
		got := tok.EncodePair([]byte(v.Text), pair, v.Special)
		if !slices.Equal(got.IDs, v.IDs) || !slices.Equal(got.Types, v.Types) ||
			!slices.Equal(got.Offsets, v.Offsets) {
			t.Errorf("EncodePair = %v, want %s", got, line)
		}
	}
	if n < 18 {
		t.Errorf("%d lines, want 18 or more", n)
	}
}

// TestPieces checks that Pieces is the vocabulary that New read.
func TestPieces(t *testing.T) {
	for _, name := range []string{"vocab.txt", "odd.txt"} {
		file, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Split(strings.TrimSuffix(string(file), "\n"), "\n")
		if got := open(t, name, Config{}).Pieces(); !slices.Equal(got, want) {
			t.Errorf("%s: Pieces differ from the %d lines", name, len(want))
		}
	}
}
