package tokenizer

import (
	"bytes"
	"os"
	"testing"
)

// reviews is the benchmark's input unless REVIEWS names a file of texts, one a line. So few words
// stay in the cache: on 15 MB of real reviews Append runs at 0.6 of the speed.
const reviews = `I bought this blender in March to make smoothies before work, and for the first two weeks it was wonderful. Then the lid cracked while I was screwing it on, not even tightly! The seller answered after nine days and offered me 15% off my next order. No, thanks.
Great value for $24.99. The handle feels sturdy, the cable is long enough (about 5 ft), and it doesn't scratch my countertop. Would buy again.
Don't waste your money... It stopped charging after a month & customer support keeps asking for the same photos.
My husband's been using these earbuds at the gym 4-5 times a week since Christmas; they've survived sweat, rain and one full wash cycle. Bass is a bit weak, but what do you expect at this price? Battery lasts six hours, as advertised.
ABSOLUTELY LOVE IT!!! Arrived two days early, beautifully packed. My daughter hasn't put it down since 😍
It's okay. Not as bright as in the pictures and the instructions are only in German, so assembling took us nearly three hours. Once it stood, it was solid. Three stars because one of the shelves came with a dent.
Works as described, easy to set up: plug it in, scan the code, done. The app (v2.3.1) asks for far too many permissions, though, see https://www.example.com/help?id=1234 for how to switch them off.
The café scene on the cover is lovely, but the pages are thin and ink bleeds through. Disappointing for a so-called "premium" notebook.`

func texts(b *testing.B) [][]byte {
	name := os.Getenv("REVIEWS")
	if name == "" {
		return bytes.Split([]byte(reviews), []byte("\n"))
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
