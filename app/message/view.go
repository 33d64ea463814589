package message

import "reviewlens/api/wire"

// View selects the rows of the file that the page shows: its numbers cover them, its list contains
// them. The zero value selects all rows.
type View struct {
	// returned in its events; a later view replaces an earlier one
	ID      int      `json:"id"`
	Filters []Filter `json:"filters,omitempty"` // a row passes all of them
	Sort    string   `json:"sort,omitempty"`    // of the list
	// by decreasing value; rows without a value are last either way
	Down bool `json:"down,omitempty"`
}

// Orders of a View.
const (
	ByRow      = "" // the order of the file
	ByPositive = "positive"
	ByStars    = "stars"
	ByDate     = "date"
	ByText     = "text" // equal texts are adjacent
)

// Filter selects rows. By determines which of the other fields are used.
type Filter struct {
	By     string  `json:"by"`
	Value  string  `json:"value,omitempty"`
	Low    float64 `json:"low,omitempty"` // [Low, High)
	High   float64 `json:"high,omitempty"`
	From   string  `json:"from,omitempty"` // [From, To), days as 2024-03-04; "" is open
	To     string  `json:"to,omitempty"`
	Column int     `json:"column,omitempty"`
	Label  string  `json:"label,omitempty"` // as the page shows it; the worker does not read it

	// positive or negative: for OfTopic, only mentions of that polarity
	Polarity string `json:"polarity,omitempty"`
}

// Kinds of Filter.
const (
	Sentiment   = "sentiment"   // Value; "" selects rows without a score
	Probability = "probability" // Low, High
	Stars       = "stars"       // Low: whole stars, as they are counted
	Days        = "days"        // From, To
	OfProduct   = "product"     // Value
	OfOthers    = "others"      // products that Summary.Products does not name
	Phrase      = "phrase"      // Value, as in Driver
	AgainstIt   = "against"     // the text says the opposite of its stars
	Repeats     = "repeats"     // texts in more than one row
	Troubled    = "troubled"    // empty, failed or cut
	// the model cannot read the text; Value is a language, "" for any reason
	SetApart    = "apart"
	Cell        = "cell"        // Column, Value
	OtherCells  = "other cells" // Column: values beyond the MaxValues most frequent
	IsCorrected = "corrected"   // by a reader
	OfTopic     = "topic"       // Value, as in Topic; Polarity
	// Value: words that are all in the title or the text; those in quotes, verbatim
	Words = "words"
	// each text once: the first of equal ones that pass the other filters
	Once = "once"
)

// Selection is the number of rows of a view, and their figures. Done is false during the search.
type Selection struct {
	ID     int      `json:"id"`
	Rows   int      `json:"rows"`
	Done   bool     `json:"done"`
	Looked float64  `json:"looked"` // share of the file that was searched
	Sum    wire.Sum `json:"sum"`    // of the scored rows

	// The scored rows that the view leaves out, and by how much the share of positive differs from
	// theirs; nil during the search, and if either side has no scored row.
	Rest  *wire.Sum      `json:"rest,omitempty"`
	Delta *wire.Interval `json:"by,omitempty"`
}

// Filtered holds the figures of a view whose filters leave rows out; Progress has those of all
// rows. Phrases and changes are present once Done: the file is read for them once no more scores
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
	More   bool    `json:"more,omitempty"` // text or fields are longer than shown here
	Same   int     `json:"same,omitempty"` // reviews with its text, if it is corrected
	// the adjacent rows in the list; 0 for none
	Previous int `json:"previous,omitempty"`
	Next     int `json:"next,omitempty"`

	Spoken []TopicMention `json:"spoken,omitempty"` // in order, those of the title first
}

// Field is one cell of a review and the name of its column.
type Field struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Column int    `json:"column"`
}

// MaxWhole is the number of bytes shown of one review's text, MaxField of each other field.
const (
	MaxWhole = 64 << 10
	MaxField = 2000
)

// Explained gives the reasons for one score: of a typed text (ID) or of a row of the file (Row). It
// is sent twice: with the sentences, and again once the words are known.
type Explained struct {
	ID     int  `json:"id,omitempty"`
	Row    int  `json:"row,omitempty"`
	Done   bool `json:"done"`
	Unread bool `json:"unread,omitempty"` // there is no explanation
	// of the text as shown, in order; concatenated they are its beginning
	Sentences []Sentence `json:"sentences"`
	Rest      string     `json:"rest,omitempty"` // the remainder, which was not examined
	// whose removal changes the score most, by decreasing effect
	Words []Word `json:"words,omitempty"`
	// what the words were removed from: "text", or "sentence" if the text is long; "" if Words is
	// empty and not all words that may count were tried
	Of       string `json:"of,omitempty"`
	Language string `json:"language,omitempty"` // of the text, if it is certainly not English
}

// Sentence is a part of a text with its own score; Sentiment is "" if it has none. Marks are the
// positions of Words in it.
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

// Word is a word of a text and its effect: the probability of being positive with the word minus
// that without it.
type Word struct {
	Text   string  `json:"text"`
	Effect float64 `json:"effect"`
}
