package tokenizer

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
)

// vector is a line of testdata/vectors.jsonl, which reference/vectors.py writes: a text and the
// reference's result.
type vector struct {
	Text                string
	Base64              string // if the text is not UTF-8
	Uncased, Odd, Cased want
}

type want struct {
	IDs     []int32
	Offsets [][2]int
}

func (v vector) text(t *testing.T) []byte {
	if v.Base64 == "" {
		return []byte(v.Text)
	}
	b, err := base64.StdEncoding.DecodeString(v.Base64)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readVectors(t *testing.T, name string, least int) (vectors []vector) {
	file, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(file))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatalf("%s:%d: %v", name, len(vectors)+1, err)
		}
		vectors = append(vectors, v)
	}
	if len(vectors) < least {
		t.Fatalf("%s has %d vectors, want %d or more", name, len(vectors), least)
	}
	return vectors
}

func open(t testing.TB, name string, c Config) *Tokenizer {
	file, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	tok, err := New(file, c)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// TestVectors compares the tokenizer with the reference's IDs and ranges.
func TestVectors(t *testing.T) {
	uncased := open(t, "vocab.txt", Config{Lowercase: true})
	odd := open(t, "odd.txt", Config{Lowercase: true})
	cased := open(t, "odd.txt", Config{})
	for i, v := range readVectors(t, "vectors.jsonl", 500) {
		text := v.text(t)
		for _, c := range []struct {
			name string
			tok  *Tokenizer
			want want
		}{{"uncased", uncased, v.Uncased}, {"odd", odd, v.Odd}, {"cased", cased, v.Cased}} {
			c.tok.check(t, fmt.Sprintf("line %d, %s", i+1, c.name), text, c.want)
		}
	}
}

// movesStripped reports whether a run of marks in text has both kept and stripped ones.
func movesStripped(text []byte) bool {
	var kept, stripped bool
	for _, r := range string(text) {
		class, how := entry(r)
		switch {
		case class == drop:
		case how == mark:
			stripped = true
		case how == ordered:
			kept = true
		default:
			kept, stripped = false, false
		}
		if kept && stripped {
			return true
		}
	}
	return false
}

// check compares the result of t with that of the reference.
func (tok *Tokenizer) check(t *testing.T, where string, text []byte, want want) {
	t.Helper()
	if got := tok.Append(nil, text); !slices.Equal(got, want.IDs) {
		t.Errorf("%s: Append(%q) = %v, want %v", where, text, got, want.IDs)
	}
	got := tok.Encode(text)
	if tok.lower && movesStripped(text) {
		want.Offsets = got.Offsets // see Encode
	}
	if !slices.Equal(got.IDs, want.IDs) || !slices.Equal(got.Offsets, want.Offsets) {
		t.Errorf("%s: Encode(%q) = %v, want %v", where, text, got, want)
	}
}
