package table

import vector "github.com/segmentio/asm/utf8"

// isUTF8 is utf8.Valid in the fastest available implementation.
func isUTF8(b []byte) bool {
	if hasAVX512 && len(b) > 0 {
		return isUTF8AVX512(&b[0], len(b), &pairs)
	}
	return vector.Valid(b)
}

// isUTF8AVX512 reports whether n bytes are UTF-8, according to pairs.
//
//go:noescape
func isUTF8AVX512(b *byte, n int, pairs *[3][16]byte) bool

// Possible errors of a byte and the previous one. The two and three bytes before them determine
// whether a third or fourth byte must follow; if so, continued is right, else wrong.
const (
	missing   = 1 << iota // a first byte, not followed by a continuation byte
	extra                 // a continuation byte after ASCII
	overlong2             // C0, C1
	overlong3             // E0 80 to 9F
	overlong4             // F0 80 to 8F, and F5 to FF 80 to 8F, which are too large
	surrogate             // ED A0 to BF
	tooLarge              // F4 to FF 90 to BF
	continued             // two continuation bytes
)

// pairs maps the high nibble of the previous byte, its low nibble, and the high nibble of the byte
// to possible errors; those in all three are actual (Keiser and Lemire, Validating UTF-8 in less
// than one instruction per byte, 2021).
var pairs = func() (t [3][16]byte) {
	add := func(mistake, fromBefore, toBefore, from, to int) {
		for before := fromBefore; before <= toBefore; before++ {
			for b := from; b <= to; b += 16 {
				t[0][before>>4] |= byte(mistake)
				t[1][before&15] |= byte(mistake)
				t[2][b>>4] |= byte(mistake)
			}
		}
	}
	add(missing, 0xc0, 0xff, 0x00, 0x7f)
	add(missing, 0xc0, 0xff, 0xc0, 0xff)
	add(extra, 0x00, 0x7f, 0x80, 0xbf)
	add(overlong2, 0xc0, 0xc1, 0x80, 0xbf)
	add(overlong3, 0xe0, 0xe0, 0x80, 0x9f)
	add(overlong4, 0xf0, 0xf0, 0x80, 0x8f)
	add(overlong4, 0xf5, 0xff, 0x80, 0x8f)
	add(surrogate, 0xed, 0xed, 0xa0, 0xbf)
	add(tooLarge, 0xf4, 0xff, 0x90, 0xbf)
	add(continued, 0x80, 0xbf, 0x80, 0xbf)
	return t
}()
