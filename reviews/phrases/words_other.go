//go:build !amd64

package phrases

// newBlocks classifies the blocks of a text, whose array extends to the end of the last, and
// returns the union of their odd bits.
func newBlocks(blocks []block, text []byte) (odd uint64) { return newBlocksPlain(blocks, text) }
