package table

import (
	"bytes"
	"math/rand"
	"strings"
	"testing"
)

func TestCountLF(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	for range 10_000 {
		b := make([]byte, rng.Intn(40))
		for i := range b {
			b[i] = "\n\n\x0b\x8a\x09\xffab"[rng.Intn(8)]
		}
		if got, want := countLF(b), bytes.Count(b, []byte("\n")); got != want {
			t.Fatalf("countLF(%q) = %d, want %d", b, got, want)
		}
	}
}

func TestFree(t *testing.T) {
	for n := range 600 {
		for _, special := range []string{"", ",", "\n", "\r", "\r\n", ",\n", "\n,"} {
			b := []byte(strings.Repeat("x", n) + special + strings.Repeat("y", n%7) + ",")
			want := indexSpecial(b, ',')
			if got := free(b, ',', true); got != want {
				t.Errorf("%d bytes before %q: %d are free", n, special, got)
			}
			if got := freeWords(b, ','); got != want&^31 {
				t.Errorf("%d bytes before %q: %d are free in whole steps", n, special, got)
			}
		}
		for _, in := range []string{"", "\n", "\r", "\xa2\x8a é"} {
			b := []byte(strings.Repeat("x", n) + in + strings.Repeat("y", n%40) + `"` + strings.Repeat("z", n%50) + "\n")
			quote := bytes.IndexByte(b, '"') &^ 31
			if got, control := freeOfQuotes(b); got != quote || (control&highs != 0) != bytes.ContainsAny(b[:quote], "\r\n") {
				t.Errorf("%q: %d bytes are free of quotes, control is %x", b, got, control)
			}
		}
	}
	if got := free(make([]byte, 1000), ',', false); got != 1000 {
		t.Errorf("of 1000 bytes %d are free", got)
	}
}
