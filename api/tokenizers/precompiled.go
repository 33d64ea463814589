package tokenizers

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// charsmap is SentencePiece's table of replacements: a double array (darts-clone) over UTF-8 whose
// values are positions in a buffer of NUL-terminated texts.
type charsmap struct {
	units []uint32
	texts string
}

func newCharsmap(text string) (c charsmap, err error) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return c, err
	}
	if len(data) < 4 || uint64(binary.LittleEndian.Uint32(data)) > uint64(len(data)-4) {
		return c, errors.New("it is cut short")
	}
	size := int(binary.LittleEndian.Uint32(data))
	for i := 4; i+4 <= 4+size; i += 4 {
		c.units = append(c.units, binary.LittleEndian.Uint32(data[i:]))
	}
	c.texts = string(data[4+size:])
	return c, nil
}

// find returns the replacement of the shortest prefix of s in the table, as the reference does.
func (c charsmap) find(s string) (string, bool) {
	at := func(i uint32) uint32 {
		if int(i) < len(c.units) {
			return c.units[i]
		}
		return 1 << 31 // not a byte
	}
	offset := func(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }
	node := offset(at(0))
	for _, b := range []byte(s) {
		unit := at(node ^ uint32(b))
		if b == 0 || unit&(1<<31|0xFF) != uint32(b) {
			return "", false
		}
		node = node ^ uint32(b) ^ offset(unit)
		if unit>>8&1 == 1 {
			from := at(node) &^ (1 << 31)
			if int(from) > len(c.texts) {
				return "", false
			}
			text, _, _ := strings.Cut(c.texts[from:], "\x00")
			return text, true
		}
	}
	return "", false
}

// precompiled replaces what the table contains: grapheme clusters of up to 5 bytes, else single
// characters.
func precompiled(c charsmap) step {
	return func(a aligned) ([]aligned, error) {
		var out builder
		for at, state := 0, -1; at < len(a.text); {
			cluster, _, _, next := uniseg.FirstGraphemeClusterInString(a.text[at:], state)
			state = next
			if with, ok := c.find(cluster); ok && len(cluster) < 6 {
				out.add(with, a.slice(at, at+len(cluster)))
				at += len(cluster)
				continue
			}
			for end := at + len(cluster); at < end; {
				_, size := utf8.DecodeRuneInString(a.text[at:])
				with, ok := c.find(a.text[at : at+size])
				if !ok {
					with = a.text[at : at+size]
				}
				out.add(with, a.slice(at, at+size))
				at += size
			}
		}
		return out.done(), nil
	}
}
