package worker

import (
	"math/rand/v2"
	"testing"
)

// The index numbers hashes as a map does.
func TestIndex(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var x index
	want := map[uint64]int32{}
	for range 200_000 {
		hash := rng.Uint64N(90_000) // many repeats
		n, known := x.number(hash)
		first, seen := want[hash]
		if known != seen || seen && n != first || !seen && int(n) != len(want) {
			t.Fatalf("number(%x) = %d, %v, want %d, %v", hash, n, known, first, seen)
		}
		want[hash] = n
	}
}

func TestList(t *testing.T) {
	var l list[int]
	for i := range 3*chunk + 1 {
		l.add(i)
	}
	for i := range l.len() {
		if *l.at(i) != i {
			t.Fatalf("at(%d) = %d", i, *l.at(i))
		}
	}
	if l.clear(); l.len() != 3*chunk+1 || *l.at(chunk) != 0 {
		t.Error("clear changes the length, or nothing")
	}
}

func TestRowIsSmall(t *testing.T) {
	for _, offset := range []int64{0, 1, 1<<32 - 1, 1 << 32, 1<<48 - 1} {
		if r := newRow(offset, 7, 4.5, 3, 2); r.offset() != offset || r.facts().Stars != 4.5 ||
			r.text != 7 {
			t.Errorf("%d: %+v", offset, r)
		}
	}
}
