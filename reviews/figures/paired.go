package figures

// Paired is what two models, A and B, say of the same texts. Intervals are of 95%.
type Paired struct {
	Pairs     int       `json:"pairs"`
	Names     [3][3]int `json:"names"`     // by A's name, then B's: negative, unsure, positive
	Changed   Interval  `json:"changed"`   // share of pairs whose name differs
	ToSide    [2]int    `json:"toSide"`    // pairs that go to negative and to positive
	Shift     float64   `json:"shift"`     // mean of the probabilities of B less those of A
	Deviation float64   `json:"deviation"` // root of the mean square of the same

	Judged     int         `json:"judged"` // pairs of which stars say what they are
	A          PairedModel `json:"a"`
	B          PairedModel `json:"b"`
	Difference Interval    `json:"difference"` // accuracy of B less that of A
	Brier      Interval    `json:"brier"`      // Brier score of B less that of A; lower is better

	Corrected Agreement `json:"corrected"`
}

// PairedModel are the figures of one model on the texts whose stars say what they are.
type PairedModel struct {
	Accuracy         Interval `json:"accuracy"`
	Unsure           int      `json:"unsure"` // texts
	Brier            float64  `json:"brier"`
	CalibrationError float64  `json:"calibrationError"`
}

// Agreement is how often two models agree with what people said of texts whose scores they
// corrected.
type Agreement struct {
	Texts      int      `json:"texts"`
	A          int      `json:"a"` // that A gives the person's name
	B          int      `json:"b"`
	Difference Interval `json:"difference"` // share of B less that of A
}
