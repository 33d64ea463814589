package table

import (
	"fmt"
	"hash/fnv"
	"testing"
)

// Every pair of bytes that begins like a GBK character is decoded equally natively and in a
// browser, which has another decoder (make test also runs this in Node). 19 pairs that a 2022
// edition of the standard assigned are not compared: x/text has the previous edition.
func TestGBK(t *testing.T) {
	decode := newDecoder(GBK)
	newer := map[int]bool{0xA8BC: true, 0xA6EC: true, 0xA6ED: true, 0xA6F3: true, 0xFE59: true, 0xFE61: true, 0xFE66: true, 0xFE67: true, 0xFE6D: true, 0xFE7E: true, 0xFE90: true, 0xFEA0: true}
	for pair := 0xA6D9; pair <= 0xA6DF; pair++ {
		newer[pair] = true
	}
	h, bad := fnv.New64a(), 0
	for first := 0x80; first <= 0xff; first++ {
		for second := 0x20; second <= 0xff; second++ {
			if newer[first<<8|second] {
				continue
			}
			out, wrong := decode.append(nil, []byte{'<', byte(first), byte(second), '>'})
			if wrong {
				bad++
			}
			fmt.Fprintf(h, "%q", out)
		}
	}
	for _, four := range []string{"\x81\x30\x81\x30", "\x84\x31\xa4\x37", "\x90\x30\x81\x30", "\xe3\x32\x9a\x35"} {
		out, _ := decode.append(nil, []byte(four))
		fmt.Fprintf(h, "%q", out)
	}
	if got, want := fmt.Sprintf("%016x, %d bad", h.Sum64(), bad), "ea9fb81f09178bf0, 6683 bad"; got != want {
		t.Errorf("GBK reads as %s, want %s", got, want)
	}
}
