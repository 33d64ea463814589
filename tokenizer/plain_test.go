package tokenizer

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// plain is a slow and obvious tokenizer, in the order of the reference's steps: clean, put spaces
// around ideographs, decompose, order and strip marks, lower-case, split, cut. Only entry and the
// other facts of tables.go are shared with the fast one; these are verified by the vectors and
// reference/parity.py.
type plain struct {
	ids      map[string]int32
	lower    bool
	maxRunes int
}

func newPlain(t testing.TB, name string, c Config) plain {
	file, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	p := plain{map[string]int32{}, c.Lowercase, 100}
	for i, piece := range strings.Split(strings.TrimSuffix(string(file), "\n"), "\n") {
		p.ids[piece] = int32(i)
	}
	return p
}

// tokenize returns the IDs of text.
func (p plain) tokenize(text []byte) (ids []int32) {
	s := strings.ToValidUTF8(string(text), "\uFFFD")
	for s != "" { // up to the first special token, then that
		at, name := len(s), ""
		for _, n := range []string{"[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"} {
			if _, ok := p.ids[n]; !ok {
				continue
			}
			if i := strings.Index(s, n); i >= 0 && i < at {
				at, name = i, n
			}
		}
		for _, word := range p.words(p.normalize(s[:at])) {
			ids = append(ids, p.pieces(word)...)
		}
		if name != "" {
			ids = append(ids, p.ids[name])
		}
		s = s[at+len(name):]
	}
	return ids
}

func (p plain) normalize(s string) (out []rune) {
	for _, r := range s {
		switch class, _ := entry(r); class {
		case drop:
		case space:
			out = append(out, ' ')
		case alone:
			out = append(out, ' ', r, ' ')
		default:
			out = append(out, r)
		}
	}
	if !p.lower {
		return out
	}
	// Decomposed, with a rank for each code point: 0 for starters. Removed ones stay as -1, because
	// they keep marks apart, or, if they are marks, as rank 255, which moves nothing.
	type point struct {
		r    rune
		rank int
	}
	var points []point
	for _, r := range out {
		switch _, how := entry(r); how {
		case self:
			points = append(points, point{r, 0})
		case mark:
		case starter:
			points = append(points, point{-1, 0})
		case ordered:
			points = append(points, point{r, int(order(r))})
		case hangul:
			jamo, n := jamo(r)
			for _, r := range jamo[:n] {
				points = append(points, point{r, 0})
			}
		default:
			for _, r := range loweredText(how) {
				points = append(points, point{r, int(order(r))})
			}
		}
	}
	for i := 0; i < len(points); i++ {
		run := i
		for run < len(points) && points[run].rank > 0 {
			run++
		}
		slices.SortStableFunc(points[i:run], func(a, b point) int { return a.rank - b.rank })
		i = max(i, run-1)
	}
	out = nil
	for _, p := range points {
		if p.r >= 0 {
			out = append(out, p.r)
		}
	}
	return out
}

func (p plain) words(text []rune) (words []string) {
	word := ""
	end := func() {
		if word != "" {
			words = append(words, word)
		}
		word = ""
	}
	for _, r := range text {
		switch class, _ := entry(r); class {
		case space:
			end()
		case punct:
			end()
			words = append(words, string(r))
		default:
			word += string(r)
		}
	}
	end()
	return words
}

func (p plain) pieces(word string) (ids []int32) {
	if utf8.RuneCountInString(word) > p.maxRunes {
		return []int32{p.ids["[UNK]"]}
	}
	prefix := ""
	for word != "" {
		n := len(word)
		for n > 0 {
			if _, ok := p.ids[prefix+word[:n]]; ok {
				break
			}
			n--
		}
		if n == 0 {
			return []int32{p.ids["[UNK]"]}
		}
		ids = append(ids, p.ids[prefix+word[:n]])
		word, prefix = word[n:], "##"
	}
	return ids
}

// FuzzAppend compares the fast and the plain tokenizer, for two vocabularies, uncased and cased.
func FuzzAppend(f *testing.F) {
	for _, s := range []string{
		"Great blender, but the lid cracked!", "donaudampfschifffahrtsgesellschafts",
		"a[SEP]b [MASK", "Café e\u0301 İ ≠ 한국어 中文字",
		"a\u08d4\u200d\u1b44\u0301\u0941\U0001d15e\U0001d16d", "\xff\xed\xa0\x80a\x00b",
		strings.Repeat("a", 101), strings.Repeat("é", 100) + " x",
	} {
		f.Add([]byte(s))
	}
	type pair struct {
		name  string
		fast  *Tokenizer
		plain plain
	}
	var pairs []pair
	for _, name := range []string{"vocab.txt", "odd.txt"} {
		for _, c := range []Config{{}, {Lowercase: true}} {
			pairs = append(pairs, pair{name, open(f, name, c), newPlain(f, name, c)})
		}
	}
	buffer := []int32{-7}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		for _, p := range pairs {
			buffer = p.fast.Append(buffer[:1], text)
			if want := p.plain.tokenize(text); !slices.Equal(buffer[1:], want) || buffer[0] != -7 {
				t.Fatalf("%s, lower %v: Append(%q) = %v, want %v", p.name, p.plain.lower, text,
					buffer, want)
			} else {
				checkMost(t, p.fast, text, want)
			}
		}
		for _, p := range pairs {
			checkEncoding(t, p.fast, text)
		}
		if !bytes.Equal(text, before) {
			t.Fatalf("Append changed %q to %q", before, text)
		}
	})
}

// checkEncoding checks Encode: Append's IDs, and ranges within text that do not run backwards.
func checkEncoding(t *testing.T, tok *Tokenizer, text []byte) {
	got := tok.Encode(text)
	if ids := tok.Append(nil, text); !slices.Equal(got.IDs, ids) || len(got.Offsets) != len(ids) {
		t.Fatalf("Encode(%q) = %v, Append = %v", text, got, ids)
	}
	before := 0
	for i, o := range got.Offsets {
		if o[0] < before || o[1] <= o[0] || o[1] > len(text) {
			t.Fatalf("Encode(%q): range %d is %v in %v", text, i, o, got.Offsets)
		}
		before = o[0]
	}
}

// TestCodePoints runs each code point through both, alone, in a word, and between marks that move.
func TestCodePoints(t *testing.T) {
	fast, slow := open(t, "odd.txt", Config{Lowercase: true}), newPlain(t, "odd.txt",
		Config{Lowercase: true})
	var got []int32
	for r := range rune(utf8.MaxRune + 1) {
		// surrogates; ten unassigned planes
		if !utf8.ValidRune(r) || 0x40000 <= r && r < 0xE0000 {
			continue
		}
		text := []byte(string([]rune{r, ' ', 'a', r, 'b', ' ', 'a', 0x8d4, r, 0x1b44, 'b'}))
		got = fast.Append(got[:0], text)
		if want := slow.tokenize(text); !slices.Equal(got, want) {
			t.Errorf("Append(%q) = %v, want %v", text, got, want)
		}
	}
}

// checkMost checks AppendMost of a text that has these pieces.
func checkMost(t *testing.T, tok *Tokenizer, text []byte, pieces []int32) {
	t.Helper()
	for _, most := range []int{0, 1, len(pieces) / 2, len(pieces), len(pieces) + 1} {
		got := tok.AppendMost([]int32{-7}, text, most)[1:]
		same := min(most+1, len(pieces))
		if len(got) < same || !slices.Equal(got[:same], pieces[:same]) ||
			len(pieces) <= most && len(got) != len(pieces) {
			t.Fatalf("AppendMost(%q, %d) = %v, want the first of %v", text, most, got, pieces)
		}
	}
}

// AppendMost stops soon after the pieces it needs, whatever the text.
func TestAppendMostStops(t *testing.T) {
	tok := open(t, "vocab.txt", Config{Lowercase: true, Emoji: true})
	for _, text := range []string{"!", "a ", "😆", "😆 ", "é", "é ", "中",
		strings.Repeat("a", 90) + " "} {
		const most = 1000
		got := tok.AppendMost(nil, bytes.Repeat([]byte(text), 1<<20/len(text)), most)
		if len(got) > most+200 {
			t.Errorf("%.4q: %d pieces, want little more than %d", text, len(got), most)
		}
	}
}
