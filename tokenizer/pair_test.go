package tokenizer

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestEncodePair compares pairs, special tokens and truncation with testdata/pairs.jsonl, which
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
			Text     string
			Pair     *string
			Special  bool
			Max      int
			Truncate Truncate
			Refused  bool
			IDs      []int32
			Types    []int8
			Offsets  [][2]int
		}
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		var pair []byte
		if v.Pair != nil {
			pair = append([]byte{}, *v.Pair...)
		}
		got, err := tok.EncodePair([]byte(v.Text), pair,
			Options{Special: v.Special, MaxTokens: v.Max, Truncate: v.Truncate})
		if v.Refused != (err != nil) || !slices.Equal(got.IDs, v.IDs) ||
			!slices.Equal(got.Types, v.Types) || !slices.Equal(got.Offsets, v.Offsets) {
			t.Errorf("EncodePair = %v, %v, want %s", got, err, line)
		}
	}
	if n < 500 {
		t.Errorf("%d lines, want 500 or more", n)
	}
}

func TestEncodePairErrors(t *testing.T) {
	tok := open(t, "vocab.txt", Config{Lowercase: true})
	for _, test := range []struct {
		pair []byte
		o    Options
		want string
	}{
		{nil, Options{Special: true, MaxTokens: 1},
			"a limit of 1 tokens leaves no room for [CLS] and [SEP]; want 2 or more"},
		{nil, Options{MaxTokens: -1}, "a limit of -1 tokens"},
		{[]byte{}, Options{Special: true, MaxTokens: 2}, "want 3 or more"},
		{nil, Options{MaxTokens: 1, Truncate: "longest"}, `no way to truncate is called "longest"`},
		{nil, Options{MaxTokens: 1, Truncate: OnlySecond},
			"only_second would leave nothing of that text"},
		{[]byte("a a a"), Options{MaxTokens: 3, Truncate: OnlyFirst},
			"only_first would leave nothing of that text: together they are 2 tokens too long; " +
				"use longest_first"},
	} {
		if _, err := tok.EncodePair([]byte("a a"), test.pair, test.o); err == nil ||
			!strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: EncodePair = %v, want %q", test.o, err, test.want)
		}
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
