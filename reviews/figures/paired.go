package figures

// Paired is a comparison of two models, A and B, on the same texts. Intervals are 95% intervals.
type Paired struct {
	Pairs     int       `json:"pairs"`
	Names     [3][3]int `json:"names"`     // by A's name, then B's: negative, unsure, positive
	Changed   Interval  `json:"changed"`   // share of pairs whose name differs
	ToSide    [2]int    `json:"toSide"`    // pairs that move to negative and to positive
	Shift     float64   `json:"shift"`     // mean difference of the probabilities, B minus A
	Deviation float64   `json:"deviation"` // root mean square of the same

	Judged     int         `json:"judged"` // pairs whose sentiment is known from stars
	A          PairedModel `json:"a"`
	B          PairedModel `json:"b"`
	Difference Interval    `json:"difference"` // accuracy of B minus that of A
	Brier      Interval    `json:"brier"`      // Brier score of B minus that of A; lower is better

	Corrected Agreement `json:"corrected"`
}

// PairedModel holds the figures of one model on the texts whose sentiment is known from stars.
type PairedModel struct {
	Accuracy         Interval `json:"accuracy"`
	Unsure           int      `json:"unsure"` // texts
	Brier            float64  `json:"brier"`
	CalibrationError float64  `json:"calibrationError"`
}

// Agreement is how often two models agree with people on texts whose scores these people corrected.
type Agreement struct {
	Texts      int      `json:"texts"`
	A          int      `json:"a"` // for which A gives the person's name
	B          int      `json:"b"`
	Difference Interval `json:"difference"` // share of B minus that of A
}
