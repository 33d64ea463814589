package table

import (
	"encoding/binary"
	"math/bits"
)

// freeWords is free for WASM, in whole steps of 32 bytes.
func freeWords(b []byte, delimiter byte) int {
	d := ones * uint64(delimiter)
	rest := b
	for len(rest) >= 32 {
		w0, w1, w2, w3 := binary.LittleEndian.Uint64(rest), binary.LittleEndian.Uint64(rest[8:]), binary.LittleEndian.Uint64(rest[16:]), binary.LittleEndian.Uint64(rest[24:])
		x0, x1, x2, x3 := w0^d, w1^d, w2^d, w3^d
		if ((w0-ones*0x0e)&^w0|(w1-ones*0x0e)&^w1|(w2-ones*0x0e)&^w2|(w3-ones*0x0e)&^w3|(x0-ones)&^x0|(x1-ones)&^x1|(x2-ones)&^x2|(x3-ones)&^x3)&highs != 0 {
			break
		}
		rest = rest[32:]
	}
	return len(b) - len(rest)
}

// freeOfQuotes returns the number of leading bytes without quotes, in whole steps of 32; control
// has a bit of highs if they may contain line ends. For WASM, where the standard library examines
// four bytes at a time for each of the three.
func freeOfQuotes(b []byte) (n int, control uint64) {
	rest := b
	for len(rest) >= 32 {
		w0, w1, w2, w3 := binary.LittleEndian.Uint64(rest), binary.LittleEndian.Uint64(rest[8:]), binary.LittleEndian.Uint64(rest[16:]), binary.LittleEndian.Uint64(rest[24:])
		x0, x1, x2, x3 := w0^ones*'"', w1^ones*'"', w2^ones*'"', w3^ones*'"'
		if ((x0-ones)&^x0|(x1-ones)&^x1|(x2-ones)&^x2|(x3-ones)&^x3)&highs != 0 {
			break
		}
		control |= (w0-ones*0x0e)&^w0 | (w1-ones*0x0e)&^w1 | (w2-ones*0x0e)&^w2 | (w3-ones*0x0e)&^w3
		rest = rest[32:]
	}
	return len(b) - len(rest), control
}

// countLF is bytes.Count for line feeds, which examines single bytes in WASM.
func countLF(b []byte) (n int) {
	for ; len(b) >= 8; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		n += bits.OnesCount64(^((w&lows ^ ones*'\n') + lows | w) & highs)
	}
	for _, c := range b {
		if c == '\n' {
			n++
		}
	}
	return n
}
