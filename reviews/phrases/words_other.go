//go:build !amd64

package phrases

// newBlocks makes blocks of a text, whose array goes on to the end of the last, and gives what is
// odd in any.
func newBlocks(blocks []block, text []byte) (odd uint64) { return newBlocksPlain(blocks, text) }
