package reviews

// Correction is a review whose model score a reader corrected: a line of the file of corrections
// that the page saves, and that training (build/model/prepare.py) and "reviewlens models compare
// -corrections" read.
type Correction struct {
	Title     string  `json:"title"`
	Text      string  `json:"text"`
	Sentiment string  `json:"sentiment"` // what the reader says
	Scored    string  `json:"scored"`    // what the model said, and how sure it was
	Positive  float64 `json:"positive"`  // to four decimals, as in the file with the scores
	Model     string  `json:"model"`
	File      string  `json:"file"`
	Row       int     `json:"row"`
}
