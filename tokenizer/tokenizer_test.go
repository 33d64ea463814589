package tokenizer

import (
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

// TestAppend shows the reference's results for unusual input, in pieces.
func TestAppend(t *testing.T) {
	vocab := strings.Split("[PAD] [UNK] [CLS] [SEP] [MASK] [ ] , . = great blend ##er lid sep x "+
		"##x cafe istanbul σ ##σ 中 ᄒ ##ᅡ ##ᆫ donau ##dampfschifffahrt a ##b", " ")
	tok, err := New(strings.NewReader(strings.Join(vocab, "\n")), Config{Lowercase: true})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"only space", " \t\r\n\u3000\u2028", ""},
		{"a sentence", "Great blender, great lid.", "great blend ##er , great lid ."},
		{"no way to cut it", "blends lid", "[UNK] lid"},
		{"punctuation that is missing", "lid; lid", "lid [UNK] lid"},
		{"accents", "Café CAFE\u0301", "cafe cafe"},
		{"capital dotted I", "İSTANBUL", "istanbul"},
		{"no final sigma", "ΣΣ ς", "σ ##σ [UNK]"},
		{"not equal is equal", "x≠x", "x = x"},
		{"ideographs", "a中b", "a 中 [UNK]"},
		{"a syllable", "한", "ᄒ ##ᅡ ##ᆫ"},
		{"removed", "a\x00\u00ad\u200d\ufeff\ufffd\ue000b", "a ##b"},
		{"invalid UTF-8 is removed", "a\xff\xc3b \xe2\x82", "a ##b"},
		{"special tokens", "x[SEP]x [MASK] [sep] [SEP", "x [SEP] x [MASK] [ sep ] [ sep"},
		{"a special token is found in the raw text", "[\u200dSEP]", "[ sep ]"},
		{"a long piece", "Donaudampfschifffahrt", "donau ##dampfschifffahrt"},
		{"100 code points", strings.Repeat("X", 100), "x" + strings.Repeat(" ##x", 99)},
		{"101 code points", strings.Repeat("X", 101) + " lid", "[UNK] lid"},
		{"100 that stay", strings.Repeat("x\u0301", 100) + " lid",
			"x" + strings.Repeat(" ##x", 99) + " lid"},
	}
	for _, test := range tests {
		var pieces []string
		for _, id := range tok.Append(nil, []byte(test.text)) {
			pieces = append(pieces, vocab[id])
		}
		if got := strings.Join(pieces, " "); got != test.want {
			t.Errorf("%s: Append(%q) = %s, want %s", test.name, test.text, got, test.want)
		}
	}
	if tok.Size() != len(vocab) || tok.CLS() != 2 || tok.SEP() != 3 {
		t.Errorf("Size, CLS, SEP = %d, %d, %d, want %d, 2, 3", tok.Size(), tok.CLS(), tok.SEP(),
			len(vocab))
	}
}

func TestStarts(t *testing.T) {
	vocab := strings.Split("[PAD] [UNK] [CLS] [SEP] # ## ##b great", " ")
	tok, err := New(strings.NewReader(strings.Join(vocab, "\n")), Config{})
	if err != nil {
		t.Fatal(err)
	}
	for id, starts := range tok.Starts() {
		if want := vocab[id] != "##b"; starts != want {
			t.Errorf("%q starts a word: %v", vocab[id], starts)
		}
	}
}

func TestMaxWordRunes(t *testing.T) {
	vocab := "[UNK]\n[CLS]\n[SEP]\nx\n##x\n"
	for _, most := range []int{16, 17, 100, 101, 1000} {
		tok, err := New(strings.NewReader(vocab), Config{MaxWordRunes: most})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{most - 1, most, most + 1} {
			got := tok.Append(nil, []byte(strings.Repeat("x", n)))
			if n <= most && len(got) != n || n > most && !slices.Equal(got, []int32{0}) {
				t.Errorf("MaxWordRunes %d: %d x give %d IDs", most, n, len(got))
			}
		}
	}
}

func TestNewErrors(t *testing.T) {
	good := "[UNK]\n[CLS]\n[SEP]\n"
	tests := []struct {
		name  string
		vocab io.Reader
		c     Config
		want  string
	}{
		{"empty", strings.NewReader(""), Config{}, "vocabulary: none of its 0 lines is [UNK]"},
		{"no [SEP]", strings.NewReader("[UNK]\n[CLS]\n"), Config{},
			"vocabulary: none of its 2 lines is [SEP]"},
		{"repeated", strings.NewReader(good + "a\nb\na\n"), Config{},
			`vocabulary: line 6 repeats "a" of line 4`},
		{"repeated within a word", strings.NewReader(good + "##a\na\n##a"), Config{},
			`vocabulary: line 6 repeats "##a" of line 4`},
		{"repeated, long", strings.NewReader(good + "abcdefghijklmnopqrst\nabcdefghijklmnopqrst"),
			Config{}, "line 5 repeats"},
		{"word too short", strings.NewReader(good), Config{MaxWordRunes: 15},
			"longest word of 15 code points; want 16 to 10000, or 0 for 100"},
		{"cannot read", iotest.ErrReader(errors.New("disk gone")), Config{},
			"read vocabulary: disk gone"},
	}
	for _, test := range tests {
		if _, err := New(test.vocab, test.c); err == nil ||
			!strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: New = %v, want %q", test.name, err, test.want)
		}
	}
}

// TestLines checks line ends of both kinds, none at the end, and lines that no text can contain,
// which keep their IDs.
func TestLines(t *testing.T) {
	for _, vocab := range []string{"[UNK]\n[CLS]\n[SEP]\n\n\x00\na",
		"[UNK]\r\n[CLS]\r\n[SEP]\r\n\r\n##\r\na\r\n"} {
		tok, err := New(strings.NewReader(vocab), Config{})
		if err != nil {
			t.Fatal(err)
		}
		if got := tok.Append(nil, []byte("a")); tok.Size() != 6 || !slices.Equal(got, []int32{5}) {
			t.Errorf("%q: Size %d, Append(a) = %v, want 6, [5]", vocab, tok.Size(), got)
		}
	}
}

// TestAllocations checks that there are none once dst is large enough, for text of any kind.
func TestAllocations(t *testing.T) {
	tok := open(t, "vocab.txt", Config{Lowercase: true})
	text := []byte(strings.Repeat("Great blender! Café 한국어 中文 😀 unaffable [SEP] a\u08d4\u1b44\xff "+
		strings.Repeat("x", 200), 20))
	ids := tok.Append(nil, text)
	if n := testing.AllocsPerRun(10, func() { ids = tok.Append(ids[:0], text) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestConcurrent(t *testing.T) {
	tok := open(t, "vocab.txt", Config{Lowercase: true})
	text := []byte(strings.Repeat("Great blender! Café 한국어 中文 unaffable ", 50))
	want := tok.Append(nil, text)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 50 {
				if !slices.Equal(tok.Append(nil, text), want) {
					t.Error("another goroutine gets other IDs")
				}
			}
		})
	}
	wait.Wait()
}
