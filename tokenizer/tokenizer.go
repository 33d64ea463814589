// Package tokenizer turns review text into the token IDs a BERT model reads.
//
// The IDs are those of Hugging Face's fast tokenizer for BERT (PyPI tokenizers, the version that
// tables.go names): BertNormalizer, BertPreTokenizer and WordPiece over vocab.txt, in lower case or
// not, with accents or without. Text is cleaned of control characters, cut into words at white
// space and around punctuation and CJK ideographs, and each word into the longest pieces the
// vocabulary holds, from the left. A word that cannot be cut so, or has more than 100 code points,
// is one [UNK].
//
// Text is UTF-8. An invalid byte is read as U+FFFD, as Python's errors="replace" does before the
// reference sees it; the reference then removes U+FFFD like a control character, so invalid bytes
// disappear and do not end a word.
//
// A special token spelled out in the text ([UNK], [CLS], [SEP], [PAD], [MASK], in these capitals)
// is that one token, as in the reference and therefore in training. A reviewer who writes one
// affects only their own score.
//
// With Config.Emoji an emoji is read as its words in emoji.txt, as if it were replaced by them with
// a space on either side, and a skin tone as a space. The pieces of these words have the range of
// the emoji. Variation selectors and joiners are treated as by the reference.
//
// IDs are in [0, Size()). Append adds neither [CLS] nor [SEP], does not truncate and cannot fail;
// tokenizer/batch makes windows. New returns an error naming the line of an unusable vocabulary.
//
// A Tokenizer is read-only once made and safe for concurrent use. Append allocates only to grow
// dst.
package tokenizer

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// Config holds the settings of the normaliser and the model. Parse and ParseVocab read them from
// the files of models.
type Config struct {
	Lowercase      bool
	Accents        Accents // treatment of accents; the zero value strips them with Lowercase
	JoinIdeographs bool    // CJK ideographs are not split into words of their own
	Emoji          bool    // read emoji as words, see emoji.txt; otherwise like any other symbol
	MaxWordRunes   int     // a longer word is [UNK]; 16 to 10,000, 0 means 100
	Names          Names
}

// Names holds the vocabulary's names of the special tokens, and the prefix of pieces inside a word.
// Each begins with ASCII punctuation, as no word does. The zero value means [UNK], [CLS], [SEP],
// [PAD], [MASK] and ##.
type Names struct {
	UNK, CLS, SEP, PAD, MASK string
	Prefix                   string
}

func (n Names) orDefault() Names {
	for _, f := range []struct {
		name  *string
		value string
	}{{&n.UNK, "[UNK]"}, {&n.CLS, "[CLS]"}, {&n.SEP, "[SEP]"}, {&n.PAD, "[PAD]"}, {&n.MASK, "[MASK]"}, {&n.Prefix, "##"}} {
		if *f.name == "" {
			*f.name = f.value
		}
	}
	return n
}

// Tokenizer holds a vocabulary in a form that is fast to look up.
type Tokenizer struct {
	starts table // pieces that begin a word
	inner  table // pieces after ##, without it
	prefix string

	bytes    [256]kind  // Append's action for a byte
	puncts   [128]int32 // the ID of an ASCII punctuation mark
	specials []special

	emoji         *emoji // nil without Config.Emoji
	lower         bool
	accents       Accents
	join          bool
	maxRunes      int
	size          int
	unk, cls, sep int32
}

type special struct {
	text string
	id   int32
}

// kind is Append's action for a byte that does not begin a word of ASCII letters and digits.
type kind uint8

const (
	kindWord    kind = iota // letter or digit
	kindSpace               // skip it
	kindPunct               // a word of its own
	kindBracket             // may begin a special token, as '['; otherwise a word of its own
	kindSlow                // not ASCII or removed: words with these use the tables
)

// New reads vocab.txt: one piece a line, whose ID is the line's number, from 0.
func New(vocab io.Reader, c Config) (*Tokenizer, error) {
	data, err := io.ReadAll(vocab)
	if err != nil {
		return nil, fmt.Errorf("read vocabulary: %w", err)
	}
	c.Names = c.Names.orDefault()
	return build(lines(data), c, []string{c.Names.UNK, c.Names.CLS, c.Names.SEP, c.Names.PAD, c.Names.MASK}, nil)
}

func lines(data []byte) [][]byte {
	pieces := make([][]byte, 0, bytes.Count(data, []byte("\n"))+1)
	for len(data) > 0 {
		piece, rest, _ := bytes.Cut(data, []byte("\n"))
		pieces = append(pieces, bytes.TrimSuffix(piece, []byte("\r")))
		data = rest
	}
	return pieces
}

// build makes a Tokenizer of the pieces, by ID. Pieces named in inText are matched in the raw text;
// so are those of added, which have the IDs after the pieces'.
func build(pieces [][]byte, c Config, inText, added []string) (*Tokenizer, error) {
	if c.MaxWordRunes != 0 && (c.MaxWordRunes < 16 || c.MaxWordRunes > 10_000) { // Append looks words of 15 up without counting
		return nil, fmt.Errorf("vocabulary: longest word of %d code points; want 16 to 10000, or 0 for 100", c.MaxWordRunes)
	}
	t := &Tokenizer{lower: c.Lowercase, accents: c.Accents, join: c.JoinIdeographs, maxRunes: c.MaxWordRunes, prefix: c.Names.Prefix}
	if t.maxRunes == 0 {
		t.maxRunes = 100
	}
	if !punctFirst(t.prefix) {
		return nil, fmt.Errorf("vocabulary: pieces inside a word begin with %q; want ASCII punctuation first, like ##", t.prefix)
	}
	t.size = len(pieces) + len(added)
	prefix, inner := []byte(t.prefix), 0
	for _, piece := range pieces {
		if bytes.HasPrefix(piece, prefix) {
			inner++
		}
	}
	strings := make([][2]uint64, len(pieces))
	t.starts, t.inner = makeTable(len(pieces)-inner+2, strings), makeTable(inner+1, strings)
	for i, piece := range pieces {
		into, word := &t.starts, piece
		if len(piece) > len(prefix) && bytes.HasPrefix(piece, prefix) {
			into, word = &t.inner, piece[len(prefix):]
		}
		if first := into.add(word, int32(i)); first != int32(i) {
			return nil, fmt.Errorf("vocabulary: line %d repeats %q of line %d", i+1, piece, first+1)
		}
	}
	for _, need := range []struct {
		name string
		id   *int32
	}{{c.Names.UNK, &t.unk}, {c.Names.CLS, &t.cls}, {c.Names.SEP, &t.sep}} {
		if *need.id = t.starts.get([]byte(need.name)); *need.id < 0 {
			return nil, fmt.Errorf("vocabulary: none of its %d lines is %s", len(pieces), need.name)
		}
	}
	for _, name := range inText {
		if id := t.starts.get([]byte(name)); id >= 0 {
			t.specials = append(t.specials, special{name, id})
		}
	}
	for i, name := range added {
		t.specials = append(t.specials, special{name, int32(len(pieces) + i)})
	}
	// The longest wins; the order does not depend on how they are named. The stable sort makes the
	// worker's program 13 KB smaller.
	slices.SortStableFunc(t.specials, func(a, b special) int {
		return cmp.Or(len(b.text)-len(a.text), cmp.Compare(a.text, b.text))
	})
	for b := range t.bytes {
		t.bytes[b] = kindSlow
		if b >= utf8.RuneSelf {
			continue
		}
		switch class, _ := entry(rune(b)); class {
		case letter:
			t.bytes[b] = kindWord
		case space:
			t.bytes[b] = kindSpace
		case punct:
			t.bytes[b] = kindPunct
			if t.puncts[b] = t.starts.get([]byte{byte(b)}); t.puncts[b] < 0 {
				t.puncts[b] = t.unk
			}
		}
	}
	for _, s := range t.specials {
		if !punctFirst(s.text) {
			return nil, fmt.Errorf("vocabulary: special token %q; want ASCII punctuation first, like [SEP]", s.text)
		}
		t.bytes[s.text[0]] = kindBracket
	}
	if c.Emoji {
		t.emoji = makeEmoji(t)
	}
	return t, nil
}

// punctFirst reports whether s begins with ASCII punctuation.
func punctFirst(s string) bool {
	if s == "" || s[0] >= utf8.RuneSelf {
		return false
	}
	class, _ := entry(rune(s[0]))
	return class == punct
}

// Size returns the number of IDs.
func (t *Tokenizer) Size() int { return t.size }

// CLS returns the ID that opens a window.
func (t *Tokenizer) CLS() int32 { return t.cls }

// SEP returns the ID that closes a window.
func (t *Tokenizer) SEP() int32 { return t.sep }

// Append appends the IDs of text's pieces to dst, without [CLS] and [SEP].
func (t *Tokenizer) Append(dst []int32, text []byte) []int32 {
	return t.append(dst, text, math.MaxInt)
}

// AppendMost is like Append but stops early: for a text of more than most pieces it appends at
// least most+1, of which the first most are exact. A byte can have several pieces, so this bounds
// the memory that a text of megabytes takes.
func (t *Tokenizer) AppendMost(dst []int32, text []byte, most int) []int32 {
	return t.append(dst, text, len(dst)+most+1)
}

// append is Append that stops once dst has at least enough pieces.
//
// Words of up to 15 ASCII letters and digits, nearly all of them, are found, lower-cased and looked
// up in a register or two; all other words go through appendWords.
func (t *Tokenizer) append(dst []int32, text []byte, enough int) []int32 {
	for i := 0; i < len(text) && len(dst) < enough; {
		if b := text[i]; t.bytes[b] != kindWord {
			switch t.bytes[b] {
			case kindSpace:
				i++
			case kindPunct:
				dst = append(dst, t.puncts[b])
				i++
			case kindBracket:
				id, size := t.bracket(text[i:])
				dst = append(dst, id)
				i += size
			default:
				dst, i = t.appendWords(dst, text, i, enough)
			}
			continue
		}
		var w uint64
		if i+8 <= len(text) {
			w = binary.LittleEndian.Uint64(text[i:])
		} else {
			w = loadTail(text, i)
		}
		low, n := asciiWord(w)
		if !t.lower {
			low = w
		}
		var high uint64
		if n < 8 {
			low &= 1<<(8*n&63) - 1
		} else {
			high, n = t.asciiEnd(text, i+8)
			n += 8
		}
		end, next := i+n, kindSpace
		if end < len(text) {
			next = t.bytes[text[end]]
		}
		if n == 16 || next == kindSlow {
			dst, i = t.appendWords(dst, text, i, enough)
			continue
		}
		if id := t.starts.find(low, high); id >= 0 {
			dst = append(dst, id)
		} else {
			dst = t.appendPieces(dst, low, high, n)
		}
		i = end
		if next == kindSpace {
			i++
		}
	}
	return dst
}

// asciiEnd returns the ASCII letters and digits at i, up to 8 of them, and how many there are.
func (t *Tokenizer) asciiEnd(text []byte, i int) (high uint64, n int) {
	w := loadTail(text, i)
	high, n = asciiWord(w)
	if !t.lower {
		high = w
	}
	return high & (1<<(8*n) - 1), n
}

// loadTail returns the bytes of text from i on, up to 8, as a little-endian number.
func loadTail(text []byte, i int) (w uint64) {
	if i+8 <= len(text) {
		return binary.LittleEndian.Uint64(text[i:])
	}
	for shift := 0; i < len(text); shift += 8 {
		w |= uint64(text[i]) << shift
		i++
	}
	return w
}

// asciiWord returns the 8 bytes of w with ASCII upper case lowered, and how many of the first ones
// are ASCII letters or digits. Bytes that are not ASCII are changed, but not counted.
//
// All bytes at once: adding 0x80-x to a byte below 0x80 sets its top bit if it is x or more.
func asciiWord(w uint64) (low uint64, n int) {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	low = w &^ tops
	upper := (low + (0x80-'A')*ones) &^ (low + (0x80-'Z'-1)*ones) & tops
	low |= upper >> 2
	word := (low+(0x80-'a')*ones)&^(low+(0x80-'z'-1)*ones) | (low+(0x80-'0')*ones)&^(low+(0x80-'9'-1)*ones)
	return low, bits.TrailingZeros64(^word&tops|w&tops) / 8
}

// bracket returns the special token that text begins with, or its first byte, and its size in
// bytes.
func (t *Tokenizer) bracket(text []byte) (id int32, size int) {
	for _, s := range t.specials {
		if len(text) >= len(s.text) && string(text[:len(s.text)]) == s.text {
			return s.id, len(s.text)
		}
	}
	return t.puncts[text[0]], 1
}

// appendWords appends the pieces of the words from i, of any characters, until it reaches ASCII
// that append handles (white space, punctuation, or a letter or digit that begins a word), or until
// dst has enough. It returns the position.
func (t *Tokenizer) appendWords(dst []int32, text []byte, i, enough int) ([]int32, int) {
	var fixed [4*100 + padding]byte
	w := word{bytes: fixed[:], maxRunes: t.maxRunes, enough: enough}
	if need := 4*t.maxRunes + padding; need > len(fixed) {
		w.bytes = make([]byte, need)
	}
	return t.words(dst, &w, text, i)
}
