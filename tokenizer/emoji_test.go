package tokenizer

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// readEmoji returns the words of emoji.txt by code point.
func readEmoji(t testing.TB) map[rune]string {
	file, err := os.ReadFile("emoji.txt")
	if err != nil {
		t.Fatal(err)
	}
	words := map[rune]string{}
	for line := range strings.Lines(string(file)) {
		point, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		r, err := strconv.ParseUint(point, 16, 32)
		if !ok || err != nil || name == "" {
			t.Fatalf("emoji.txt has the line %q", line)
		}
		words[rune(r)] = name
	}
	if len(words) < 1300 {
		t.Fatalf("emoji.txt has %d lines", len(words))
	}
	return words
}

// replaceEmoji replaces emoji by their words in emoji.txt, as in the text given to the reference.
func replaceEmoji(words map[rune]string, text []byte) []byte {
	var out []byte
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch name, ok := words[r]; {
		case ok:
			out = fmt.Appendf(out, " %s ", name)
		case 0x1F3FB <= r && r <= 0x1F3FF:
			out = append(out, ' ')
		default:
			out = append(out, text[i:i+size]...)
		}
		i += size
	}
	return out
}

// TestEmojiTable compares emoji_table.go with emoji.txt, for every code point.
func TestEmojiTable(t *testing.T) {
	words := readEmoji(t)
	names := strings.Split(strings.TrimSuffix(emojiNames, "\n"), "\n")
	for r := range rune(utf8.MaxRune + 1) {
		got := ""
		if line := emojiLine(r); line >= 0 {
			got = names[line]
		}
		if got != words[r] {
			t.Errorf("%U is %q, in emoji.txt %q", r, got, words[r])
		}
	}
	if len(names) != len(words) {
		t.Errorf("%d names, in emoji.txt %d", len(names), len(words))
	}
}

// TestEmojiVectors compares a tokenizer that reads emoji with the reference's IDs and ranges.
func TestEmojiVectors(t *testing.T) {
	uncased := open(t, "vocab.txt", Config{Lowercase: true, Emoji: true})
	cased := open(t, "vocab.txt", Config{Emoji: true})
	for i, v := range readVectors(t, "emoji.jsonl", 150) {
		text := v.text(t)
		for _, c := range []struct {
			name string
			tok  *Tokenizer
			want want
		}{{"uncased", uncased, v.Uncased}, {"cased", cased, v.Cased}} {
			c.tok.check(t, fmt.Sprintf("line %d, %s", i+1, c.name), text, c.want)
		}
	}
}

// FuzzEmoji checks that reading emoji equals tokenizing the text with emoji replaced by words; that
// the text may be cut before and after each emoji; and that nothing changes without emoji.
func FuzzEmoji(f *testing.F) {
	for _, s := range []string{
		"", "so good😍so bad😡", "👍🏽👍", "👩‍💻 ❤️", "[SE🏽P] [SEP]👍[SEP]", "a\u08d4👍\u1b44b",
		"\xf0\x9f\x91\xf0\x9f\x91\x8d\x8d",
		"字👍字 ℹ ⭐", strings.Repeat("a", 100) + "👎", "A👍\u0301 ‼⁉ ™ →",
	} {
		f.Add([]byte(s))
	}
	words := readEmoji(f)
	type pair struct{ plain, emoji *Tokenizer }
	var pairs []pair
	for _, name := range []string{"vocab.txt", "odd.txt"} {
		for _, lower := range []bool{false, true} {
			pairs = append(pairs, pair{open(f, name, Config{Lowercase: lower}),
				open(f, name, Config{Lowercase: lower, Emoji: true})})
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		has := false
		for _, p := range pairs {
			got := p.emoji.Append(nil, text)
			if want := p.plain.Append(nil, replaceEmoji(words, text)); !slices.Equal(got, want) {
				t.Fatalf("lower %v: Append(%q) = %v, want %v", p.plain.lower, text, got, want)
			}
			checkEncoding(t, p.emoji, text)
			var parts []int32
			from := 0
			for i, size := 0, 0; i < len(text); i += size {
				var r rune
				r, size = utf8.DecodeRune(text[i:])
				if IsEmoji(r) {
					has = true
					parts = p.emoji.Append(parts, text[from:i])
					parts = p.emoji.Append(parts, text[i:i+size])
					from = i + size
				}
			}
			if parts = p.emoji.Append(parts, text[from:]); !slices.Equal(parts, got) {
				t.Fatalf("cut at emoji: Append(%q) = %v, whole %v", text, parts, got)
			}
			plain := p.plain.Append(nil, text)
			if !has && !bytes.Contains(text, []byte("\xf0\x9f\x8f")) && !slices.Equal(got, plain) {
				t.Fatalf("no emoji: Append(%q) = %v, want %v", text, got, plain)
			}
		}
		if HasEmoji(text) != has {
			t.Fatalf("HasEmoji(%q) = %v", text, !has)
		}
		if !bytes.Equal(text, before) {
			t.Fatalf("Append changed %q to %q", before, text)
		}
	})
}

// TestEmojiEncode checks that the pieces of an emoji's words have its range.
func TestEmojiEncode(t *testing.T) {
	tok := open(t, "vocab.txt", Config{Lowercase: true, Emoji: true})
	pieces := tok.Pieces()
	for text, want := range map[string]string{
		"ok👍🏽, no": "ok:ok thumbs:👍 up:👍 ,:, no:no",
		"so❤️bad":  "so:so heart:❤ bad:bad",
	} {
		e := tok.Encode([]byte(text))
		var got []string
		for i, id := range e.IDs {
			got = append(got, pieces[id]+":"+text[e.Offsets[i][0]:e.Offsets[i][1]])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("Encode(%q): %s, want %s", text, got, want)
		}
	}
}

// TestEmojiAllocations checks that texts of emoji need no allocation beyond the IDs.
func TestEmojiAllocations(t *testing.T) {
	tok := open(t, "vocab.txt", Config{Lowercase: true, Emoji: true})
	random := rand.New(rand.NewPCG(1, 2))
	var all []rune
	for r := range readEmoji(t) {
		all = append(all, r, 'a'+rune(random.IntN(26)), ' ')
	}
	buffer := make([]int32, 0, 1<<16)
	plain := []byte("Great blender, but the lid’s cracked! “Très” bon.")
	for _, text := range [][]byte{plain, []byte(string(all))} {
		if n := testing.AllocsPerRun(10, func() { buffer = tok.Append(buffer[:0], text) }); n != 0 {
			t.Errorf("%.20q: %v allocations", text, n)
		}
	}
}
