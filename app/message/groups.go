package message

import "reviewlens/api/wire"

// MaxValues is how many values of a column are told apart: those with the most rows.
const MaxValues = 50

// Groups is what the scored rows say by their value in a column. While the file is read, only
// Looked is set.
type Groups struct {
	Column      int            `json:"column"`
	Done        bool           `json:"done"`
	Looked      float64        `json:"looked"` // share of the file
	Values      []wire.Product `json:"values"` // most rows of the file first
	Others      wire.Sum       `json:"others"` // of all values beyond
	OtherValues int            `json:"otherValues"`
	Empty       wire.Sum       `json:"empty"`
}

// Pair is two groups of rows: those that pass the filters A, and those that pass B; or those of two
// runs that have ended.
type Pair struct {
	ID   int       `json:"id"` // given back
	A    []Filter  `json:"a,omitempty"`
	B    []Filter  `json:"b,omitempty"`
	Runs [2]string `json:"runs"` // IDs; "" where the rows are those of the open file
}

// Comparison sets B beside A. Until Done, only Looked is set.
type Comparison struct {
	ID     int           `json:"id"`
	Done   bool          `json:"done"`
	Looked float64       `json:"looked"` // share of the file
	A      wire.Sum      `json:"a"`
	B      wire.Sum      `json:"b"`
	Both   int           `json:"both"` // scored rows of both groups, counted in neither
	Delta  wire.Interval `json:"by"`   // share of positive, B less A
	// the largest differences first; of runs, the phrases that stand out in both
	Shifts []Shift `json:"shifts"`

	Only [2][]wire.Driver `json:"only"` // of runs, the phrases that stand out in one of them
	// of runs, the topics of both by the share of reviews that complain about each
	Topics []Shift `json:"topics,omitempty"`
	// of runs that two models have scored, their IDs: that of A, that of B
	Models []string `json:"models,omitempty"`
}

// Shift is a phrase that reviews of one sentiment have more often in one group than in the other,
// beyond chance.
type Shift struct {
	Phrase    string `json:"phrase"`
	Sentiment string `json:"sentiment"` // negative or positive: complaint or praise
	// share of the group's distinct texts that have it so
	A     wire.Interval `json:"a"`
	B     wire.Interval `json:"b"`
	Delta wire.Interval `json:"by"`
	Rows  []Row         `json:"rows"` // an example
}
