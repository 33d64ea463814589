package reviews

import (
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// decoder turns a field's bytes, as the scanner has them, into UTF-8.
type decoder struct {
	from bytesDecoder // nil: they are UTF-8
}

// bytesDecoder turns the whole of some bytes into UTF-8; what means nothing becomes U+FFFD.
type bytesDecoder interface {
	Bytes(b []byte) ([]byte, error)
}

func newDecoder(name string) decoder {
	switch name {
	case Windows1252:
		return decoder{charmap.Windows1252.NewDecoder()}
	case GBK:
		return decoder{newGBK()}
	}
	return decoder{}
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// append appends b as UTF-8; bad says that bytes which mean nothing became U+FFFD.
func (d decoder) append(dst, b []byte) (out []byte, bad bool) {
	if d.from != nil {
		if decoded, err := d.from.Bytes(b); err == nil {
			return appendMeant(dst, decoded)
		}
	}
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		bad = bad || r == utf8.RuneError && size == 1
		dst = utf8.AppendRune(dst, r)
		b = b[size:]
	}
	return dst, bad
}

// appendMeant appends what a decoder made, with one U+FFFD for each run of what means nothing: bytes that are no character, and
// characters of private use, which decoders tell apart differently.
func appendMeant(dst, decoded []byte) (out []byte, bad bool) {
	replaced := false
	for len(decoded) > 0 {
		r, size := utf8.DecodeRune(decoded)
		if r == utf8.RuneError || r >= 0xE000 && r <= 0xF8FF {
			if !replaced {
				dst = utf8.AppendRune(dst, utf8.RuneError)
			}
			replaced, bad = true, true
		} else {
			dst, replaced = append(dst, decoded[:size]...), false
		}
		decoded = decoded[size:]
	}
	return dst, bad
}
