package phrases

import "golang.org/x/sys/cpu"

// canClassify reports whether newBlocksAVX512 can run. It requires what reviews/table requires, so
// that a processor uses all vector code or none.
var canClassify = cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasBMI2 && cpu.X86.HasPOPCNT &&
	cpu.X86.HasPCLMULQDQ &&
	cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI2

// newBlocks classifies the blocks of a text, whose array extends to the end of the last, and
// returns the union of their odd bits.
func newBlocks(blocks []block, text []byte) (odd uint64) {
	if text = text[:64*len(blocks)]; canClassify {
		return newBlocksAVX512(&blocks[0], &text[0], len(blocks))
	}
	return newBlocksPlain(blocks, text)
}

//go:noescape
func newBlocksAVX512(to *block, text *byte, n int) (odd uint64)
