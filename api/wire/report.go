package wire

// Report is the answer of POST /v1/report: what the rows say, counted, and why.
type Report struct {
	Model    string   `json:"model"`
	Columns  Columns  `json:"columns"` // that were read
	Rows     int      `json:"rows"`    // scored, empty and failed ones
	Scored   int      `json:"scored"`  // positive, negative and unsure ones
	Positive int      `json:"positive"`
	Negative int      `json:"negative"`
	Unsure   int      `json:"unsure"`
	Empty    int      `json:"empty"`
	Failed   int      `json:"failed"`   // too large, or no JSON object
	Cut      int      `json:"cut"`      // scored in their first Window.Max windows only
	Repeated int      `json:"repeated"` // rows whose text an earlier row has
	Share    Interval `json:"share"`    // of positive among scored

	Histogram    []int     `json:"histogram"` // scored rows by probability, in bins of equal width
	Stars        []Sum     `json:"stars"`     // five, from one star up; empty without a column of stars
	Against      int       `json:"against"`   // rows whose text says the opposite of their stars
	Unit         string    `json:"unit"`      // of Periods: day, week, month, quarter, year; "" without dates
	Periods      []Period  `json:"periods"`
	Change       *Change   `json:"change,omitempty"` // nil where there are too few dated reviews
	Products     []Product `json:"products"`         // those with the most reviews
	ProductCount int       `json:"productCount"`     // all of them
	Drivers      []Driver  `json:"drivers"`          // the phrases of complaint, then those of praise, the surest first
}

// Columns names the columns that a report was made from; "" for none, a number from 1 for one without a name.
type Columns struct {
	Text    string `json:"text"`
	Title   string `json:"title"`
	Stars   string `json:"stars"`
	Date    string `json:"date"`
	Product string `json:"product"`
	ID      string `json:"id"`
}

// Interval is a share and its 95% interval (Wilson's; in Change.By, Newcombe's).
type Interval struct {
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Sum is what the scored rows of one kind say.
type Sum struct {
	Rows     int      `json:"rows"`
	Positive int      `json:"positive"`
	Negative int      `json:"negative"`
	Unsure   int      `json:"unsure"`
	Mean     float64  `json:"mean"`  // of the probability
	Share    Interval `json:"share"` // of positive
}

// Period is a stretch of time.
type Period struct {
	From string `json:"from"` // its first day, 2024-03-04
	Sum
}

// Change sets the earlier half of the dated reviews beside the later, which begins on From.
type Change struct {
	From   string   `json:"from"`
	Before Interval `json:"before"`
	After  Interval `json:"after"`
	Delta  Interval `json:"by"` // After less Before
}

// Product is what the reviews of one product say.
type Product struct {
	Name string `json:"name"`
	Sum
}

// Driver is a phrase that reviews of one sentiment have more often than those of the other, beyond chance.
type Driver struct {
	Phrase    string   `json:"phrase"`
	Sentiment string   `json:"sentiment"` // positive or negative
	Reviews   int      `json:"reviews"`   // with the phrase, equal texts counted once
	Share     Interval `json:"share"`     // of its sentiment among these
	Rows      []Row    `json:"rows"`      // some of its sentiment that have it
}

// Row is one review with its score. Long cells are cut, and end in an ellipsis then.
type Row struct {
	Row       int     `json:"row"` // from 1, the header not counted
	Title     string  `json:"title,omitempty"`
	Text      string  `json:"text"`
	Stars     string  `json:"stars,omitempty"`
	Date      string  `json:"date,omitempty"`
	Product   string  `json:"product,omitempty"`
	ID        string  `json:"id,omitempty"`
	Sentiment string  `json:"sentiment"`
	Positive  float64 `json:"positive"`
}
