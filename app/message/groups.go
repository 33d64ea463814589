package message

import "reviewlens/api/wire"

// MaxValues is the number of values of a column that are distinguished: those with the most rows.
const MaxValues = 50

// Groups holds the figures of the scored rows by their value in a column. While the file is read,
// only Looked is set.
type Groups struct {
	Column      int            `json:"column"`
	Done        bool           `json:"done"`
	Looked      float64        `json:"looked"` // share of the file
	Values      []wire.Product `json:"values"` // by decreasing rows of the file
	Others      wire.Sum       `json:"others"` // of all further values
	OtherValues int            `json:"otherValues"`
	Empty       wire.Sum       `json:"empty"`
}

// CompareRequest is two groups of rows: those that pass the filters A, and those that pass B; or
// those of two runs that have ended.
type CompareRequest struct {
	ID   int       `json:"id"` // returned in the answer
	A    []Filter  `json:"a,omitempty"`
	B    []Filter  `json:"b,omitempty"`
	Runs [2]string `json:"runs"` // IDs; "" if the rows are those of the open file
}

// Comparison compares B with A. Until Done, only Looked is set.
type Comparison struct {
	ID     int           `json:"id"`
	Done   bool          `json:"done"`
	Looked float64       `json:"looked"` // share of the file
	A      wire.Sum      `json:"a"`
	B      wire.Sum      `json:"b"`
	Both   int           `json:"both"` // scored rows of both groups, counted in neither
	Delta  wire.Interval `json:"by"`   // share of positive, B minus A
	// the largest differences first; of runs, the phrases that stand out in both
	Shifts []Shift `json:"shifts"`

	Only [2][]wire.Driver `json:"only"` // of runs, the phrases that stand out in one of them
	// of runs, the topics of both by the share of reviews that complain about each
	Topics []Shift `json:"topics,omitempty"`
	// of runs that two models have scored, their IDs: that of A, that of B
	Models []string `json:"models,omitempty"`
}

// Shift is a phrase that is more frequent, beyond chance, in reviews of one sentiment in one group
// than in the other.
type Shift struct {
	Phrase    string `json:"phrase"`
	Sentiment string `json:"sentiment"` // negative or positive: complaint or praise
	// share of the group's distinct texts that have it with that sentiment
	A     wire.Interval `json:"a"`
	B     wire.Interval `json:"b"`
	Delta wire.Interval `json:"by"`
	Rows  []Row         `json:"rows"` // an example
}
