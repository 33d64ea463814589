package table

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"reviewlens/reviews"
)

// decoder converts the bytes of a field, as the scanner has them, to UTF-8.
type decoder struct {
	from  bytesDecoder // nil: they are UTF-8
	twice bool         // ... encoded twice

	// western is set once append has decoded invalid UTF-8 as Windows-1252: the file has two
	// encodings.
	western bool
}

// bytesDecoder converts a complete byte slice to UTF-8, with U+FFFD for invalid bytes.
type bytesDecoder interface {
	Bytes(b []byte) ([]byte, error)
}

func newDecoder(name string) decoder {
	switch name {
	case Windows1252:
		return decoder{from: charmap.Windows1252.NewDecoder()}
	case UTF8Twice:
		return decoder{twice: true}
	}
	return decoder{from: newLegacy(name)}
}

// hasNoUTF8 reports whether b has non-ASCII bytes that may be Windows-1252 letters, and contains no
// UTF-8 character beyond ASCII, not even a partial one at its end.
func hasNoUTF8(b []byte) bool {
	beyond := false
	if len(b) > 0 && b[len(b)-1]|1 == 0xc3 || bytes.IndexByte(b, 0xff) >= 0 || bytes.IndexByte(b, 0xfe) >= 0 {
		return false
	}
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		switch {
		case size > 1:
			return false
		case r == utf8.RuneError:
			beyond = true
		}
		b = b[size:]
	}
	return beyond
}

// append appends b as UTF-8. bad reports whether invalid bytes became U+FFFD, or western is set.
func (d *decoder) append(dst, b []byte) (out []byte, bad bool) {
	if d.twice {
		if once, ok := decodeTwice(b); ok {
			return append(dst, once...), false
		}
	}
	if d.from != nil {
		if decoded, err := d.from.Bytes(b); err == nil {
			return appendMeant(dst, decoded)
		}
	}
	if d.from == nil && !d.twice && hasNoUTF8(b) {
		if decoded, err := charmap.Windows1252.NewDecoder().Bytes(b); err == nil &&
			!bytes.ContainsRune(decoded, utf8.RuneError) {
			d.western = true
			return append(dst, decoded...), true
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

// appendMeant appends the output of a decoder, with one U+FFFD for each run of invalid bytes and
// private-use characters, between which decoders differ.
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

// decodeTwice undoes one of two encodings of a text: its characters, as bytes of Windows-1252, are
// UTF-8. ok is false if they are not.
func decodeTwice(b []byte) (once []byte, ok bool) {
	if reviews.IsASCII(b) {
		return b, true
	}
	once = make([]byte, 0, len(b))
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		c, known := byteOf1252(r)
		if !known || r == utf8.RuneError {
			return nil, false
		}
		once, b = append(once, c), b[size:]
	}
	return once, utf8.Valid(once)
}

// byteOf1252 returns the byte of a character in Windows-1252, where undefined bytes map to
// themselves.
func byteOf1252(r rune) (byte, bool) {
	if r < 0x100 && (r < 0x80 || r > 0x9f) || r == 0x81 || r == 0x8d || r == 0x8f || r == 0x90 || r == 0x9d {
		return byte(r), true
	}
	return charmap.Windows1252.EncodeRune(r)
}

// guessEncoding returns the encoding of a sample that is neither UTF-16 nor UTF-8, from the
// arrangement of its non-ASCII bytes: in pairs within the ranges of frequent characters in East
// Asian encodings, in runs as in Cyrillic, or isolated between ASCII letters, where it matters
// which of them are letters. Column names that are known in another encoding override the guess.
func guessEncoding(sample []byte) string {
	name := guessEastAsian(sample)
	if name == "" {
		name = guessSingleByte(sample)
	}
	return byNames(sample, name)
}

// guessEastAsian returns "" if non-ASCII bytes do not form pairs, or are too few.
func guessEastAsian(sample []byte) string {
	var (
		pairs, kana, low, early, gb, hangul, traditional, eucKana int
		halfWidth, brokenSJIS, brokenGBK, brokenEUC               int
	)
	for i := 0; i+1 < len(sample); i++ {
		c, d := sample[i], sample[i+1]
		if c < 0x80 {
			continue
		}
		if c >= 0xa1 && c <= 0xdf && d < 0x80 && d != 0x5c && (d < 0x40 || d > 0x7e) {
			halfWidth++ // only Shift-JIS has single bytes
		}
		switch {
		case c == 0x80 || c == 0xff || d < 0x40 || d == 0x7f || d == 0xff:
			brokenGBK++
			brokenSJIS++
			brokenEUC++
			continue
		case d < 0xa1 || c < 0xa1:
			brokenEUC++
		}
		if c >= 0xa1 && c <= 0xdf && d < 0xa1 && d >= 0x80 || c > 0xfc || d > 0xfc || c == 0xa0 {
			brokenSJIS++
		}
		pairs++
		switch {
		case c == 0x82 && d >= 0x9f && d <= 0xf1, c == 0x83 && d <= 0x96, c == 0x81 && d <= 0x5b:
			kana++
		case c < 0xa1:
			early++
		}
		if d < 0x7f {
			low++
		}
		if c == 0xa4 && d >= 0xa1 && d <= 0xf3 || c == 0xa5 && d >= 0xa1 && d <= 0xf6 {
			eucKana++
		}
		if c >= 0xa1 && c <= 0xf7 && d >= 0xa1 {
			gb++
		}
		if c >= 0xb0 && c <= 0xc8 && d >= 0xa1 {
			hangul++
		}
		if c >= 0xa4 && c <= 0xc6 || c == 0xa1 {
			traditional++
		}
		i++
	}
	of := func(n, share int) bool { return n*100 >= pairs*share }
	switch {
	case pairs < 2:
		return ""
	case of(kana, 25) && brokenSJIS*10 <= pairs:
		return ShiftJIS
	case brokenGBK > 0:
		return ""
	case of(eucKana, 25) && brokenEUC*10 <= pairs:
		return EUCJP
	case of(hangul, 85) && of(gb, 98):
		return EUCKR
	case of(low, 15) && of(traditional, 75) && early*50 <= pairs:
		return Big5
	case of(gb, 80):
		return GBK
	}
	return ""
}

// guessSingleByte always returns an encoding: Windows-1252 defines nearly all bytes.
func guessSingleByte(sample []byte) string {
	isLetter := func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
	var high, beside int // non-ASCII bytes, and those next to another
	var inWord [256]int  // non-ASCII bytes after or before an ASCII letter
	for i, c := range sample {
		if c < 0x80 {
			continue
		}
		high++
		before := i > 0 && sample[i-1] >= 0x80
		after := i+1 < len(sample) && sample[i+1] >= 0x80
		if before || after {
			beside++
		}
		if i > 0 && isLetter(sample[i-1]) || i+1 < len(sample) && isLetter(sample[i+1]) {
			inWord[c]++
		}
	}
	sum := func(bytes ...byte) (n int) {
		for _, c := range bytes {
			n += inWord[c]
		}
		return n
	}
	between := func(from, to int) (n int) {
		for c := from; c <= to; c++ {
			n += inWord[c]
		}
		return n
	}
	if high >= 6 && beside*10 >= high*7 {
		upper, lower := 0, 0
		for _, c := range sample {
			switch {
			case c >= 0xe0:
				lower++
			case c >= 0xc0:
				upper++
			}
		}
		if (lower+upper)*10 >= high*8 {
			if upper > lower {
				return KOI8R // its lower-case letters are where Windows-1251 has capitals
			}
			return Windows1251
		}
	}
	western := between(0xc0, 0xff)
	// Mac Roman has its accented letters where Windows-1252 has quotes and dashes, which also occur
	// next to letters, but hardly between them.
	mac := between(0x80, 0x9f) - sum(0x91, 0x92, 0x93, 0x94, 0x96, 0x97, 0x85, 0x80, 0x99, 0x9a, 0x9e, 0x8a, 0x8e) + sum(0xa7)
	macQuotes := sum(0xd5, 0xd2, 0xd3, 0xd0, 0xd1)
	if mac+macLetters(sample)+macQuotes > 2*(western-macQuotes) {
		return Macintosh
	}
	all := western + between(0x8a, 0x8f) + between(0x9a, 0x9f) + sum(0xa3, 0xa5, 0xaf, 0xb3, 0xb9, 0xbf, 0xbe, 0xbc)
	polish := sum(0xb3, 0xb9, 0xbf, 0xa3, 0xaf, 0x9c, 0x9f, 0x8c)
	czech := sum(0xec, 0xf8, 0x9e, 0x9a, 0xf9, 0x9d, 0xef, 0xf5, 0xfb, 0xe8)
	nordic := sum(0xe5, 0xe6, 0xc5, 0xc6)
	french := sum(0xe9, 0xea, 0xe0, 0xe7) // é is Czech, too, but rarer than ě and ř
	turkish := sum(0xf0, 0xfd, 0xfe, 0xd0, 0xdd, 0xde)
	icelandic := sum(0xe1, 0xed, 0xf3, 0xe6) // and Czech
	romanian := sum(0xe3, 0xee)
	switch {
	case sum(0xf0, 0xfe) > 0 && sum(0xfd) > 0 && turkish*4 >= western && icelandic+romanian == 0:
		return Windows1254
	case polish*5 >= all && polish > 0,
		nordic == 0 && sum(0xec, 0xf8, 0x9e, 0x9d) > 1 && czech*10 >= all*4 && french*2 < czech,
		nordic == 0 && sum(0xf5, 0xfb) > 1 && sum(0xe3, 0xe7) == 0 && sum(0xf5, 0xfb)*20 >= all && western > french*4:
		return Windows1250
	}
	return Windows1252
}

// macLetters counts the bytes between two lower-case ASCII letters that are quotes or letters in
// Windows-1252 and accented letters in Mac Roman.
func macLetters(sample []byte) (n int) {
	isSmall := func(c byte) bool { return 'a' <= c && c <= 'z' }
	for i := 1; i+1 < len(sample); i++ {
		switch sample[i] {
		case 0x91, 0x93, 0x94, 0x96, 0x97, 0x85, 0x80, 0x99, 0x8a, 0x8e, 0x9a, 0x9e:
			if isSmall(sample[i-1]) && isSmall(sample[i+1]) {
				n++
			}
		}
	}
	return n
}

// looksTwice reports whether nearly all non-ASCII characters in a sample of valid UTF-8 are UTF-8
// that was encoded again.
func looksTwice(sample []byte) bool {
	twice, other := 0, 0
	for i := 0; i < len(sample); {
		if sample[i] < utf8.RuneSelf {
			i++
			continue
		}
		from := i
		for i < len(sample) && sample[i] >= utf8.RuneSelf {
			i++
		}
		if i == len(sample) {
			break // it may be cut
		}
		if once, ok := decodeTwice(sample[from:i]); ok && len(once) < i-from {
			twice++
		} else {
			other++
		}
	}
	return twice >= 2 && other*10 <= twice
}
