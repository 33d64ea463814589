package scoring

// What a Table takes of memory, in bytes. TestFootprint measures what is retained.
const (
	// RowMemory is that of a row. 32 are its own: 12, and up to 27 while append copies to a larger
	// slice. 60 are an entry of the map of distinct texts: 20 bytes, at a load of 7/16 to 7/8.
	RowMemory = 32 + 60
	// ScoredRowMemory is that of a row after DropFingerprints: 12 bytes and 2 of its stars, in
	// slices that may have room for as many again.
	ScoredRowMemory = 2 * (12 + 2)
	// ColumnMemory is that of a column: its name and its statistics.
	ColumnMemory = 2 << 10
)
