// Package tokenizer turns review text into the token IDs a BERT model reads.
//
// The IDs are those of Hugging Face's fast tokenizer for BERT (PyPI tokenizers, the version that
// tables.go names): BertNormalizer, BertPreTokenizer and WordPiece over vocab.txt, uncased (lower case,
// accents stripped) or cased (neither). Text is cleaned of control characters, cut into words at white
// space and around punctuation and CJK ideographs, and each word into the longest pieces the vocabulary
// holds, from the left. A word that cannot be cut so, or has more than 100 code points, is one [UNK].
//
// Text is UTF-8. An invalid byte is read as U+FFFD, as Python's errors="replace" does before the
// reference sees it; the reference then removes U+FFFD like a control character, so invalid bytes
// disappear and do not end a word.
//
// A special token written out in the text ([UNK], [CLS], [SEP], [PAD], [MASK], in these capitals) is
// that one token, as in the reference and therefore in training. A reviewer who writes one changes no
// score but their own.
//
// IDs are in [0, Size()). Append adds neither [CLS] nor [SEP], cuts nothing off and cannot fail;
// tokenizer/batch makes windows. New fails on a vocabulary that cannot serve, naming the line.
//
// A Tokenizer is read-only once made and safe for concurrent use. Append allocates only to grow dst.
package tokenizer

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"unicode/utf8"
)

// Config is the normaliser's and the model's settings, as in tokenizer_config.json.
type Config struct {
	Lowercase    bool // lower-case, and strip accents with it
	MaxWordRunes int  // a longer word is [UNK]; 16 or more, 0 means 100
}

// Tokenizer holds a vocabulary in the form that lookups want.
type Tokenizer struct {
	starts table // pieces that begin a word
	inner  table // pieces after ##, without it

	bytes    [256]kind  // what Append does at a byte
	puncts   [128]int32 // the ID of an ASCII punctuation mark
	specials []special

	lower         bool
	maxRunes      int
	size          int
	unk, cls, sep int32
}

type special struct {
	text string
	id   int32
}

// kind says what Append does at a byte that begins no word of ASCII letters and digits.
type kind uint8

const (
	kindWord    kind = iota // letter or digit
	kindSpace               // skip it
	kindPunct               // it is a word
	kindBracket             // '[': a special token, or a word
	kindSlow                // not ASCII or removed: words with these go through the tables
)

// New reads vocab.txt: one piece a line, whose ID is the line's number from 0.
func New(vocab io.Reader, c Config) (*Tokenizer, error) {
	data, err := io.ReadAll(vocab)
	if err != nil {
		return nil, fmt.Errorf("read vocabulary: %w", err)
	}
	if c.MaxWordRunes != 0 && c.MaxWordRunes < 16 { // Append looks words of 15 up without counting
		return nil, fmt.Errorf("vocabulary: longest word of %d code points; want 16 or more, or 0 for 100", c.MaxWordRunes)
	}
	t := &Tokenizer{lower: c.Lowercase, maxRunes: c.MaxWordRunes}
	if t.maxRunes == 0 {
		t.maxRunes = 100
	}
	lines, inner := bytes.Count(data, []byte("\n"))+1, bytes.Count(data, []byte("\n##"))+1
	strings := make([][2]uint64, lines)
	t.starts, t.inner = makeTable(lines-inner+1, strings), makeTable(inner, strings)
	for len(data) > 0 {
		piece, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		piece = bytes.TrimSuffix(piece, []byte("\r"))
		id := int32(t.size)
		t.size++
		into, word := &t.starts, piece
		if len(piece) > 2 && piece[0] == '#' && piece[1] == '#' {
			into, word = &t.inner, piece[2:]
		}
		if first := into.add(word, id); first != id {
			return nil, fmt.Errorf("vocabulary: line %d repeats %q of line %d", id+1, piece, first+1)
		}
	}
	for _, name := range []string{"[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"} {
		if id := t.starts.get([]byte(name)); id >= 0 {
			t.specials = append(t.specials, special{name, id})
		}
	}
	for _, need := range []struct {
		name string
		id   *int32
	}{{"[UNK]", &t.unk}, {"[CLS]", &t.cls}, {"[SEP]", &t.sep}} {
		if *need.id = t.starts.get([]byte(need.name)); *need.id < 0 {
			return nil, fmt.Errorf("vocabulary: none of its %d lines is %s", t.size, need.name)
		}
	}
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
	t.bytes['['] = kindBracket
	return t, nil
}

// Size is the number of pieces.
func (t *Tokenizer) Size() int { return t.size }

// CLS is the ID that opens a window.
func (t *Tokenizer) CLS() int32 { return t.cls }

// SEP is the ID that closes a window.
func (t *Tokenizer) SEP() int32 { return t.sep }

// Append appends the IDs of text's pieces to dst, without [CLS] and [SEP].
//
// Words of up to 15 ASCII letters and digits, nearly all of them, are found, lower-cased and looked up
// in a register or two; all other words go through appendWords.
func (t *Tokenizer) Append(dst []int32, text []byte) []int32 {
	for i := 0; i < len(text); {
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
				dst, i = t.appendWords(dst, text, i)
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
			dst, i = t.appendWords(dst, text, i)
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

// asciiWord returns the 8 bytes of w with ASCII upper case lowered, and how many from the first are ASCII
// letters or digits. Bytes that are not ASCII come out changed, they are not among those.
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

// bracket returns the special token that text begins with, or '[' itself, and its bytes.
func (t *Tokenizer) bracket(text []byte) (id int32, size int) {
	for _, s := range t.specials {
		if len(text) >= len(s.text) && string(text[:len(s.text)]) == s.text {
			return s.id, len(s.text)
		}
	}
	return t.puncts['['], 1
}

// appendWords appends the pieces of the words from i on, of any characters, until it comes to ASCII that
// Append knows: white space, punctuation, or a letter or digit that begins a word. It returns where.
func (t *Tokenizer) appendWords(dst []int32, text []byte, i int) ([]int32, int) {
	var fixed [4*100 + padding]byte
	w := word{bytes: fixed[:], maxRunes: t.maxRunes}
	if need := 4*t.maxRunes + padding; need > len(fixed) {
		w.bytes = make([]byte, need)
	}
	return t.words(dst, &w, text, i)
}
