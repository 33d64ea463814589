package table

import "encoding/binary"

// shifts is an automaton that accepts UTF-8 (the method of Per Vognsen): a word for each byte
// holds, at the bit offset of each state, the next state, so that a byte takes a shift and a load.
var shifts = func() (t [256]uint64) {
	// The states: at the start of a character; invalid; one, two or three more bytes follow; after
	// E0, ED, F0 and F4, whose second byte has its own bounds.
	const accept, reject, one, two, three, e0, ed, f0, f4 = 0, 6, 12, 18, 24, 30, 36, 42, 48
	for i := range t {
		next := map[int]uint64{accept: reject, reject: reject, one: reject, two: reject, three: reject, e0: reject, ed: reject, f0: reject, f4: reject}
		switch c := byte(i); {
		case c < 0x80:
			next[accept] = accept
		case c < 0xc0:
			next[one], next[two], next[three] = accept, one, two
			if c >= 0xa0 {
				next[e0] = one
			} else {
				next[ed] = one
			}
			if c >= 0x90 {
				next[f0] = two
			} else {
				next[f4] = two
			}
		case c >= 0xc2 && c < 0xe0:
			next[accept] = one
		case c == 0xe0:
			next[accept] = e0
		case c == 0xed:
			next[accept] = ed
		case c >= 0xe0 && c < 0xf0:
			next[accept] = two
		case c == 0xf0:
			next[accept] = f0
		case c > 0xf0 && c < 0xf4:
			next[accept] = three
		case c == 0xf4:
			next[accept] = f4
		}
		for state, to := range next {
			t[i] |= to << state
		}
	}
	return t
}()

// validUTF8 is utf8.Valid, two to three times faster for many non-ASCII letters: it examines no
// byte twice and its branches do not depend on where characters end.
func validUTF8(b []byte) bool {
	state := uint64(0)
	for len(b) >= 8 {
		w := binary.LittleEndian.Uint64(b)
		if state&63|w&highs == 0 {
			b = b[8:]
			for len(b) >= 32 && (binary.LittleEndian.Uint64(b)|binary.LittleEndian.Uint64(b[8:])|binary.LittleEndian.Uint64(b[16:])|binary.LittleEndian.Uint64(b[24:]))&highs == 0 {
				b = b[32:]
			}
			continue
		}
		b = b[8:]
		state = shifts[byte(w)] >> (state & 63)
		state = shifts[byte(w>>8)] >> (state & 63)
		state = shifts[byte(w>>16)] >> (state & 63)
		state = shifts[byte(w>>24)] >> (state & 63)
		state = shifts[byte(w>>32)] >> (state & 63)
		state = shifts[byte(w>>40)] >> (state & 63)
		state = shifts[byte(w>>48)] >> (state & 63)
		state = shifts[byte(w>>56)] >> (state & 63)
	}
	for _, c := range b {
		state = shifts[c] >> (state & 63)
	}
	return state&63 == 0
}
