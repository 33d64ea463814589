package table

import (
	"bytes"
	"math/rand"
	"strings"
	"testing"
	"unicode/utf8"
)

// The automaton, and the vector code, accept what utf8.Valid does: four of the bytes at the bounds
// of what may follow what, in every order, at each place of a step of eight bytes and of blocks of
// 64, alone and among ASCII.
func TestValidUTF8(t *testing.T) {
	const bounds = "\x00\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5\xff"
	const n = len(bounds)
	letters := strings.Repeat("é", 128)
	block := make([]byte, 256)
	accepted := 0
	for i := range n * n * n * n {
		four := []byte{bounds[i%n], bounds[i/n%n], bounds[i/n/n%n], bounds[i/n/n/n]}
		want := utf8.Valid(four)
		if want {
			accepted++
		}
		before := i % 9
		for _, b := range [][]byte{four, append(bytes.Repeat([]byte("a"), before), four...), append(append(bytes.Repeat([]byte("a"), before), four...), "beside it, forty letters that are all ASCII"...)} {
			if got := validUTF8(b); got != want {
				t.Fatalf("validUTF8(%q) = %v", b, got)
			}
			if got := isUTF8(b); got != want {
				t.Fatalf("isUTF8(%q) = %v", b, got)
			}
		}
		b := append(append(append(append(block[:0], "a"[:i%2]...), letters[:2*(i/2%68)]...), four...), letters[:2*(i%36)]...)
		if got := isUTF8(b); got != want {
			t.Fatalf("isUTF8(%q) = %v", b, got)
		}
	}
	if accepted < 1000 {
		t.Errorf("only %d of the samples are UTF-8", accepted)
	}
	rng := rand.New(rand.NewSource(1))
	for range 50_000 {
		b := []byte(strings.Repeat("naïve 很好😀 plain letters ", 1+rng.Intn(3)))
		b[rng.Intn(len(b))] = byte(rng.Intn(256))
		b = b[rng.Intn(len(b)):]
		b = b[:rng.Intn(len(b)+1)]
		if want := utf8.Valid(b); validUTF8(b) != want || isUTF8(b) != want {
			t.Fatalf("%q: validUTF8 says %v, isUTF8 %v, want %v", b, validUTF8(b), isUTF8(b), want)
		}
	}
}
