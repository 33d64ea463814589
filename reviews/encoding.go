package reviews

import (
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// decoder turns a field's bytes, as the scanner has them, into UTF-8.
type decoder struct {
	from *encoding.Decoder // nil: they are UTF-8
}

func newDecoder(name string) decoder {
	switch name {
	case Windows1252:
		return decoder{charmap.Windows1252.NewDecoder()}
	case GBK: // GB 18030 holds GBK and GB 2312
		return decoder{simplifiedchinese.GB18030.NewDecoder()}
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
			return append(dst, decoded...), containsReplacement(decoded)
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

func containsReplacement(b []byte) bool {
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError {
			return true
		}
		b = b[size:]
	}
	return false
}
