package scoring

// Memory that a Table retains, in bytes, as measured by TestFootprint.
const (
	// RowMemory is that of a row: 32 for itself (12, up to 27 while append copies to a larger
	// slice) and 60 for an entry of the map of distinct texts (20 bytes, at a load of 7/16 to 7/8).
	RowMemory = 32 + 60
	// ScoredRowMemory is that of a row after DropFingerprints: 12 bytes and 2 for its stars, in
	// slices with up to twice the capacity.
	ScoredRowMemory = 2 * (12 + 2)
	// ColumnMemory is that of a column: its name and its statistics.
	ColumnMemory = 2 << 10
)
