package reviews

// newBlocks makes blocks of a text, whose array goes on to the end of the last, and gives what is odd in any.
func newBlocks(blocks []block, text []byte) (odd uint64) {
	if text = text[:64*len(blocks)]; hasAVX512 {
		return newBlocksAVX512(&blocks[0], &text[0], len(blocks))
	}
	return newBlocksPlain(blocks, text)
}

//go:noescape
func newBlocksAVX512(to *block, text *byte, n int) (odd uint64)
