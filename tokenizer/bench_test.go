package tokenizer

import (
	"bytes"
	"os"
	"testing"
)

// texts returns the lines of the file named in REVIEWS, or the vectors, repeated.
func texts(b *testing.B) [][]byte {
	name := os.Getenv("REVIEWS")
	if name == "" {
		b.Skip("set REVIEWS to a file of texts, one a line")
	}
	data, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	return bytes.Split(data, []byte("\n"))
}

func BenchmarkAppend(b *testing.B) {
	tok := open(b, "vocab.txt", Config{Lowercase: true})
	lines := texts(b)
	size := 0
	for _, line := range lines {
		size += len(line)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	ids := make([]int32, 0, 1<<16)
	for b.Loop() {
		for _, line := range lines {
			ids = tok.Append(ids[:0], line)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	data, err := os.ReadFile("testdata/vocab.txt")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := New(bytes.NewReader(data), Config{Lowercase: true}); err != nil {
			b.Fatal(err)
		}
	}
}
