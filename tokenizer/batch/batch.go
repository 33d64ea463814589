// Package batch cuts a text's token IDs into windows and encodes many texts as a binary frame.
//
// A window is the input of one run of the model: [CLS], pieces, [SEP]. A longer text is cut into as
// few windows as it fits in, all of one length (Settings.Windows); each is scored on its own, and
// the model's manifest states how many are cut and how their scores combine. They have one length
// because a short last window would weigh as much as all before it, and no overlap because it only
// adds cost (build/model/evaluate.py --windows).
//
// # Frame, version 1
//
// All numbers are little-endian and unsigned, nothing is aligned, nothing follows the last field.
// A request, "application/vnd.reviewlens.frame":
//
//	"RVL"
//	version  u8       1
//	flags    u8       bit 0: IDs are u32, else u16; bit 1: request stars; bit 2: request spans;
//	                  other bits 0
//	model    u8 + n   length and bytes of the model's id
//	texts    u32      number of texts
//	windows  u16 × texts     number of windows of each text, 1 or more
//	lengths  u16 × windows   number of IDs of each window of each text in turn, [CLS] and [SEP] counted, 2 or more
//	IDs      u16 or u32 × lengths
//
// The answer, "application/vnd.reviewlens.scores", one score a text in the request's order:
//
//	"RVS"
//	version  u8       1
//	model    u8 + n   length and bytes of the model's id
//	texts    u32      number of texts
//	scores   (status u8, positive f32) × texts
//
// Status 0 is Scored, any other an error code (Failed); positive is the calibrated probability in
// [0, 1], 0 if there is none. A change of the layout raises the version.
//
// If stars are requested the answer has version 2, which is version 1 with
//
//	scores   (status u8, positive f32, stars u16) × texts
//
// Stars are hundredths, 100 to 500, plus 0x8000 if windows have both signs; 0 if there are none.
//
// If spans are requested it has version 3, which is version 2 with
//
//	scores   (status u8, positive f32, stars u16, count u8, spans) × texts
//	spans    (window u8, first u16, tokens u8, polarity u8, probability u8) × count
//
// A span is an aspect that the text names (package aspects): tokens from first ([CLS] is 0) in the
// window of that index, in the text's order. Polarity 0 is positive, 1 negative, 2 neutral;
// probability is in 255ths. Stars are 0 if only spans are requested. Only the sender, who has the
// text, can tell what a span says.
//
// The decoders accept any bytes: they check every count against the limits and the available bytes
// before they allocate, and every ID against the vocabulary, and return a *wire.Error that names
// the text (from 1) and the byte (from 0). Their results do not share memory with their input. The
// encoders return an error, a plain one, only for values that the layout cannot represent.
package batch

import (
	"fmt"
	"slices"
)

// Settings holds the manifest's window settings. Size counts [CLS] and [SEP]; at most Max windows
// are cut.
type Settings struct{ Size, Max int }

// Room returns how many pieces of a text fit in its windows; the rest is not read.
func (s Settings) Room() int { return (s.Size - 2) * s.Max }

// Check returns an error if settings from outside are invalid. Windows may panic on such settings.
func (s Settings) Check() error {
	const most = 1<<16 - 1 // the frame's u16
	switch {
	case s.Size < 3 || s.Size > most:
		return fmt.Errorf("window size %d; want 3 (one piece between [CLS] and [SEP]) to %d", s.Size, most)
	case s.Max < 1 || s.Max > most:
		return fmt.Errorf("at most %d windows; want 1 to %d", s.Max, most)
	}
	return nil
}

// Windows cuts pieces (without [CLS], [SEP]) into windows, each [CLS] ... [SEP], and appends them
// to dst: as few as hold the pieces, with lengths that differ by one piece at most; no windows
// without pieces. cut is set if the text is longer than Max windows. The windows of one call share
// one new array; they do not retain pieces.
func (s Settings) Windows(dst [][]int32, pieces []int32, cls, sep int32) (windows [][]int32, cut bool) {
	return s.Between(dst, pieces, []int32{cls}, []int32{sep})
}

// Between is like Windows, for models that need other IDs before and after the pieces than one
// [CLS] and one [SEP]. Size counts them all, and must leave room for a piece.
func (s Settings) Between(dst [][]int32, pieces, before, after []int32) (windows [][]int32, cut bool) {
	if len(pieces) == 0 {
		return dst, false
	}
	body := s.Size - len(before) - len(after)
	if cut = len(pieces) > body*s.Max; cut {
		pieces = pieces[:body*s.Max]
	}
	n := (len(pieces) + body - 1) / body
	dst = slices.Grow(dst, n)
	ids := make([]int32, 0, len(pieces)+n*(s.Size-body))
	for w := range n {
		from := len(ids)
		ids = append(ids, before...)
		ids = append(ids, pieces[w*len(pieces)/n:(w+1)*len(pieces)/n]...)
		ids = append(ids, after...)
		dst = append(dst, ids[from:len(ids):len(ids)])
	}
	return dst, cut
}

// Lengths returns the lengths of the windows of a text with the given number of pieces.
func (s Settings) Lengths(pieces int) []int {
	pieces = min(pieces, s.Room())
	n := (pieces + s.Size - 3) / (s.Size - 2)
	lengths := make([]int, n)
	for w := range lengths {
		lengths[w] = (w+1)*pieces/n - w*pieces/n + 2
	}
	return lengths
}

// Tokens returns the number of tokens in windows.
func Tokens(windows [][]int32) (n int) {
	for _, w := range windows {
		n += len(w)
	}
	return n
}

// Fingerprint is a hash of a text's windows, the same everywhere: texts with equal fingerprints are
// scored once. The probability that two of a million texts collide is below 1e-26. It is no defence
// against a sender who builds two such texts; they would only spoil that sender's own scores.
type Fingerprint [2]uint64

// FingerprintOf returns the fingerprint of windows.
func FingerprintOf(windows [][]int32) Fingerprint {
	// Two chains with different odd factors (2^64 over the golden ratio; over pi), each step a
	// bijection of the state, so that two texts that differ in one ID never collide; including the
	// windows' lengths separates their boundaries.
	a, b := uint64(0x243F6A8885A308D3), uint64(0x13198A2E03707344)
	step := func(v uint64) {
		a = (a ^ v) * 0x9E3779B97F4A7C15
		a ^= a >> 29
		b = (b + v) * 0x517CC1B727220A95
		b ^= b >> 32
	}
	for _, w := range windows {
		step(uint64(len(w)) << 32)
		for _, id := range w {
			step(uint64(uint32(id)))
		}
	}
	return Fingerprint{finish(a), finish(b)}
}

func finish(h uint64) uint64 {
	h *= 0x9E3779B97F4A7C15
	h ^= h >> 32
	h *= 0x517CC1B727220A95
	return h ^ h>>29
}
