package message

import "reviewlens/api/wire"

// View says which rows of the file the page shows: its numbers are of these, its list has them. The
// zero value is of all rows.
type View struct {
	// given back with what belongs to it; a later view replaces an earlier
	ID      int      `json:"id"`
	Filters []Filter `json:"filters,omitempty"` // a row passes all of them
	Sort    string   `json:"sort,omitempty"`    // of the list
	// largest first; rows without a value are last either way
	Down bool `json:"down,omitempty"`
}

// Orders of a View.
const (
	ByRow      = "" // as in the file
	ByPositive = "positive"
	ByStars    = "stars"
	ByDate     = "date"
	ByText     = "text" // equal texts side by side
)

// Filter lets some rows pass. By says which of the other fields count.
type Filter struct {
	By     string  `json:"by"`
	Value  string  `json:"value,omitempty"`
	Low    float64 `json:"low,omitempty"` // [Low, High)
	High   float64 `json:"high,omitempty"`
	From   string  `json:"from,omitempty"` // [From, To), days as 2024-03-04; "" is open
	To     string  `json:"to,omitempty"`
	Column int     `json:"column,omitempty"`
	Label  string  `json:"label,omitempty"` // as the page shows it; the worker does not read it

	// positive or negative: of OfTopic, those that speak so of it
	Polarity string `json:"polarity,omitempty"`
}

// Kinds of Filter.
const (
	Sentiment   = "sentiment"   // Value; "" are rows without a score
	Probability = "probability" // Low, High
	Stars       = "stars"       // Low: whole stars, as they are counted
	Days        = "days"        // From, To
	OfProduct   = "product"     // Value
	OfOthers    = "others"      // products that Summary.Products does not name
	Phrase      = "phrase"      // Value, as a Driver has it
	AgainstIt   = "against"     // the text says the opposite of its stars
	Repeats     = "repeats"     // texts that stand in more than one row
	Troubled    = "troubled"    // empty, failed or cut
	// the model cannot read the text; Value is a language, "" for whatever the reason
	SetApart    = "apart"
	Cell        = "cell"        // Column, Value
	OtherCells  = "other cells" // Column: values beyond the MaxValues most frequent
	IsCorrected = "corrected"   // by a reader
	OfTopic     = "topic"       // Value, as a Topic is named; Polarity
	// Value: words that all stand in the title or the text; what is in quotes, as it stands
	Words = "words"
	// each text once: of equal ones that pass the other filters, the first
	Once = "once"
)

// Selection is how many rows a view has, and what they say. Done is false while they are being
// looked for.
type Selection struct {
	ID     int      `json:"id"`
	Rows   int      `json:"rows"`
	Done   bool     `json:"done"`
	Looked float64  `json:"looked"` // share of the file that was looked at
	Sum    wire.Sum `json:"sum"`    // of the scored ones

	// The scored rows that the view leaves out, and by how much the share of positive differs from
	// theirs; nil while rows are looked for, and where either side has no scored row.
	Rest  *wire.Sum      `json:"rest,omitempty"`
	Delta *wire.Interval `json:"by,omitempty"`
}

// Filtered is what the rows of a view say, where its filters leave rows out: what a Progress says
// of all. Phrases and changes are there once Done: the file is read for them once no more scores
// arrive. Meanwhile only Looked is sent.
type Filtered struct {
	ID      int      `json:"id"` // of the View
	Done    bool     `json:"done"`
	Looked  float64  `json:"looked,omitempty"` // share of the file that was read
	Summary *Summary `json:"summary,omitempty"`
}

// Whole is one review with all its fields, the answer to Show.
type Whole struct {
	Row    Row     `json:"row"` // its text cut to MaxWhole
	Fields []Field `json:"fields"`
	More   bool    `json:"more,omitempty"` // text or fields go on beyond what is here
	Same   int     `json:"same,omitempty"` // reviews that have its text, where it is corrected
	// the rows before and after it in the list; 0 for none
	Previous int `json:"previous,omitempty"`
	Next     int `json:"next,omitempty"`

	Spoken []Spoken `json:"spoken,omitempty"` // in order, of the title first
}

// Field is one cell of a review and the name of its column.
type Field struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Column int    `json:"column"`
}

// MaxWhole is how many bytes of one review's text, MaxField of each other field, are shown.
const (
	MaxWhole = 64 << 10
	MaxField = 2000
)

// Explained is what lies behind one score: of a typed text (ID) or of a row of the file (Row). It
// is sent twice: with the sentences, and when the words are known too.
type Explained struct {
	ID     int  `json:"id,omitempty"`
	Row    int  `json:"row,omitempty"`
	Done   bool `json:"done"`
	Unread bool `json:"unread,omitempty"` // there are no reasons
	// of the text as it is shown, in order; put together they are its beginning
	Sentences []Sentence `json:"sentences"`
	Rest      string     `json:"rest,omitempty"` // what follows and was not looked at
	// whose removal moves the score most, the strongest first
	Words []Word `json:"words,omitempty"`
	// what the words were left out of: "text", or "sentence" where the text is long; "" where none
	// is among Words, and not all that may count were left out
	Of       string `json:"of,omitempty"`
	Language string `json:"language,omitempty"` // of the text, if it is surely not English
}

// Sentence is a part of a text with its own score; Sentiment is "" where it has none. Marks are
// places of Words in it.
type Sentence struct {
	Text  string `json:"text"`
	Marks []Mark `json:"marks,omitempty"` // in order
	Scored
}

// Mark is a word in a sentence: bytes [From, To).
type Mark struct {
	From   int     `json:"from"`
	To     int     `json:"to"`
	Effect float64 `json:"effect"`
}

// Word is a word of a text and by how much it moves the probability of being positive: with it less
// without it.
type Word struct {
	Text   string  `json:"text"`
	Effect float64 `json:"effect"`
}
