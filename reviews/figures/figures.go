// Package figures defines the JSON types of a report on scored reviews: the response of POST
// /v1/report, the results that the page shows and saves, and the figures of a run in the history.
// Package findings builds them from counts, package report renders them.
//
// All types are plain values. Lists are never nil where findings made them, so that they are
// written as []. Dates are days, 2024-03-04.
package figures

import "encoding/json"

// Report is the response of POST /v1/report: figures of the rows of a file, and how it was read.
type Report struct {
	Model   string       `json:"model"`
	Reading *Reading     `json:"reading,omitempty"` // nil for texts without a file, and for several
	Files   []ReportFile `json:"files,omitempty"`   // for several files, in order
	Columns Columns      `json:"columns"`           // columns that were used
	Rows    int          `json:"rows"`              // scored, empty and failed ones
	// number of rows that these are a sample of; 0 if they are all
	SampleOf int `json:"sampleOf,omitempty"`
	Figures
}

// ReportFile is one of the files of a report.
type ReportFile struct {
	Name    string   `json:"name"`
	Rows    int      `json:"rows"`
	Reading *Reading `json:"reading,omitempty"`
}

// Figures holds statistics of scored rows, and the phrases that drive them.
type Figures struct {
	Scored   int      `json:"scored"` // positive, negative and unsure ones
	Positive int      `json:"positive"`
	Negative int      `json:"negative"`
	Unsure   int      `json:"unsure"`
	Unread   int      `json:"unread"` // among the unsure: in no share, chart or phrase
	Empty    int      `json:"empty"`
	Failed   int      `json:"failed"`   // rows with a reason instead of a score
	Cut      int      `json:"cut"`      // scored in their first Window.Max windows only
	Repeated int      `json:"repeated"` // rows whose text equals that of an earlier row
	Share    Interval `json:"share"`    // of positive among those scored and read

	// Why rows are unread: they have no words, or are in a language that the model does not read.
	NoWords   int        `json:"noWords"`
	Languages []Language `json:"languages"` // by decreasing number of rows

	Histogram []int `json:"histogram"` // scored rows by probability, in bins of equal width
	// five, from one star up; empty without a column of stars
	Stars []Sum `json:"stars"`
	// mean of those stars, not rounded as in Stars; 0 if none, and in runs saved before it existed
	MeanStars float64 `json:"meanStars,omitempty"`
	Against   int     `json:"against"` // rows whose text contradicts their stars
	// for a column with another scale than five: the ratings, or for 0 to 10 the net promoter score
	Ratings *Ratings `json:"ratings,omitempty"`
	NPS     *NPS     `json:"nps,omitempty"`
	// if requested: the stars that the model predicts for the texts
	Predicted *Predicted `json:"predicted,omitempty"`
	// of Periods: day, week, month, quarter, year; "" without dates
	Unit         string    `json:"unit"`
	Periods      []Period  `json:"periods"`
	Change       *Change   `json:"change,omitempty"` // nil if there are too few dated reviews
	Products     []Product `json:"products"`         // those with the most reviews
	ProductCount int       `json:"productCount"`     // total number of products
	// changes of the share of negative reviews, deteriorations first
	Changes []ChangePoint `json:"changes,omitempty"`
	// phrases of complaint, then those of praise, by decreasing confidence
	Drivers []Driver `json:"drivers"`
	// if requested: the topics of the reviews; otherwise nil
	Topics *Topics `json:"topics,omitempty"`
}

// Undecided returns the number of unsure rows among those that were read.
func (f Figures) Undecided() int { return f.Unsure - f.Unread }

// RepeatShare returns the share of scored rows that repeat an earlier one.
func (f Figures) RepeatShare() float64 { return float64(f.Repeated) / float64(max(f.Scored, 1)) }

// RepeatMuch reports whether so many rows repeat an earlier one that figures of all rows must state
// that these count.
func (f Figures) RepeatMuch() bool { return f.RepeatShare() > 0.05 }

// Ratings summarises the ratings of the rows, with a text or without one.
type Ratings struct {
	Scale string  `json:"scale"` // such as "1 to 10"
	Rows  int     `json:"rows"`  // with a rating
	Mean  float64 `json:"mean"`  // on that scale
	Stars float64 `json:"stars"` // the same on the scale of five
	Best  float64 `json:"best"`  // best rating of the scale
}

// NPS is the net promoter score of the rows with an answer from 0 to 10, with a text or without
// one: the share of promoters (9 and 10) minus that of detractors (0 to 6), in percentage points
// from -100 to 100, with its 95% interval (package stats has the formula).
type NPS struct {
	Promoters  int     `json:"promoters"`
	Passives   int     `json:"passives"` // 7 and 8
	Detractors int     `json:"detractors"`
	Score      float64 `json:"score"`
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
}

// Predicted summarises the predicted stars of the rows that the model read.
type Predicted struct {
	Rows    int     `json:"rows"`
	Mean    float64 `json:"mean"`    // of their stars, 1 to 5
	Neutral int     `json:"neutral"` // rows named neutral
	Mixed   int     `json:"mixed"`
	// mean of a row's own stars minus the predicted ones; nil if no row has both
	Difference *float64 `json:"difference,omitempty"`
}

// Reading is how a file was interpreted.
type Reading struct {
	Sentence   string     `json:"sentence"`
	Columns    Columns    `json:"columns"`
	Scale      string     `json:"scale"`     // of the stars, such as "1 to 10"; "" without stars
	DateOrder  string     `json:"dateOrder"` // "day first", "month first", "year first" or ""
	Encoding   string     `json:"encoding"`
	Delimiter  string     `json:"delimiter"` // of columns; "" for JSON lines and one text per line
	HeaderRows int        `json:"headerRows"`
	LinesAbove int        `json:"linesAbove"` // above the table
	LeftOut    []string   `json:"leftOut"`    // parts of the file outside the table
	Doubts     []Doubt    `json:"doubts"`     // guesses that should be checked
	Findings   []string   `json:"findings"`   // values of the rows that were not understood
	Confidence Confidence `json:"confidence"`
}

// Doubt is a guess that should be checked, and the parameter that settles it; "" for none.
type Doubt struct {
	Detail    string `json:"detail"`
	Parameter string `json:"parameter"`
}

// Confidence is the reliability of guesses, from 0 to 1: that the rows are divided into columns
// correctly, and that the text column is correct.
type Confidence struct {
	Table float64 `json:"table"`
	Text  float64 `json:"text"`
}

// Language counts rows that are in a language other than English.
type Language struct {
	Language string `json:"language"`
	Rows     int    `json:"rows"`
}

// Columns identifies the columns that a report was made from: "" for none, a number from 1 for one
// without a name.
type Columns struct {
	// as JSON a list with Second and More, if there are any
	Text    string   `json:"text"`
	Second  string   `json:"-"` // second part of the text, if it is in parts
	More    []string `json:"-"`
	Title   string   `json:"title"`
	Stars   string   `json:"stars"`
	Date    string   `json:"date"`
	Product string   `json:"product"`
	ID      string   `json:"id"`
}

type plainColumns Columns

// MarshalJSON writes the columns of the text as a string, or as a list if there are several.
func (c Columns) MarshalJSON() ([]byte, error) {
	if c.Second == "" {
		return json.Marshal(plainColumns(c))
	}
	return json.Marshal(struct {
		Text []string `json:"text"`
		plainColumns
	}{append([]string{c.Text, c.Second}, c.More...), plainColumns(c)})
}

// UnmarshalJSON reads the format of MarshalJSON.
func (c *Columns) UnmarshalJSON(data []byte) error {
	var in struct {
		Text json.RawMessage `json:"text"`
		plainColumns
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*c = Columns(in.plainColumns)
	switch {
	case len(in.Text) == 0:
		return nil
	case in.Text[0] != '[':
		return json.Unmarshal(in.Text, &c.Text)
	}
	var texts []string
	if err := json.Unmarshal(in.Text, &texts); err != nil {
		return err
	}
	if len(texts) > 0 {
		c.Text = texts[0]
	}
	if len(texts) > 1 {
		c.Second = texts[1]
	}
	if len(texts) > 2 {
		c.More = texts[2:]
	}
	return nil
}

// Interval is a share and its 95% confidence interval (Wilson's; in Change.Delta, Newcombe's).
type Interval struct {
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Sum summarises the scored rows of one kind.
type Sum struct {
	Rows     int      `json:"rows"`
	Positive int      `json:"positive"`
	Negative int      `json:"negative"`
	Unsure   int      `json:"unsure"`
	Unread   int      `json:"unread,omitempty"` // among the unsure, see Report
	Mean     float64  `json:"mean"`             // of the probability, without unread rows
	Share    Interval `json:"share"`            // of positive, without unread rows
}

// Read returns the number of rows that were read.
func (s Sum) Read() int { return s.Rows - s.Unread }

// Undecided returns the number of unsure rows among those that were read.
func (s Sum) Undecided() int { return s.Unsure - s.Unread }

// Period is an interval of time.
type Period struct {
	From string `json:"from"` // its first day, 2024-03-04
	Sum
}

// Change compares the earlier half of the dated reviews with the later, which begins on From.
type Change struct {
	From   string   `json:"from"`
	Before Interval `json:"before"`
	After  Interval `json:"after"`
	Delta  Interval `json:"by"` // After minus Before
}

// ChangePoint is a period from which on more or fewer reviews are negative, beyond chance.
type ChangePoint struct {
	Product string   `json:"product,omitempty"` // "" for all reviews
	From    string   `json:"from"`              // first day of the period, of the report's Unit
	Until   string   `json:"until,omitempty"`   // first day of the next change; "" for none
	Before  Interval `json:"before"`            // share of negative, since the previous change
	After   Interval `json:"after"`             // share of negative, up to Until
	Reviews int      `json:"reviews"`           // scored, in [From, Until)
	Phrases []Growth `json:"phrases"`           // complaints that came, or went, with it
}

// Growth is a phrase of complaints that is more or less frequent than before a change.
type Growth struct {
	Phrase  string   `json:"phrase"`
	Before  Interval `json:"before"`  // share of the distinct texts that complain with it
	After   Interval `json:"after"`   // the same, from the change to the next one
	Reviews [2]int   `json:"reviews"` // number of these texts, before and since
	Rows    []Row    `json:"rows"`
}

// Product summarises the reviews of one product.
type Product struct {
	Name string `json:"name"`
	Sum
}

// Driver is a phrase that is significantly more frequent in reviews of one sentiment than in those
// of the other.
type Driver struct {
	Phrase    string   `json:"phrase"`
	Sentiment string   `json:"sentiment"` // positive or negative
	Reviews   int      `json:"reviews"`   // number of distinct texts with the phrase
	Share     Interval `json:"share"`     // share of its sentiment among these
	Rows      []Row    `json:"rows"`      // examples of its sentiment
}

// Row is one review with its score. Long cells are truncated, with an ellipsis for each omission:
// at the end, or, for a text quoted for a phrase or a topic, around that.
type Row struct {
	File      string  `json:"file,omitempty"` // in a report on several files
	Row       int     `json:"row"`            // from 1, not counting the header
	Title     string  `json:"title,omitempty"`
	Text      string  `json:"text"`
	Stars     string  `json:"stars,omitempty"`
	Date      string  `json:"date,omitempty"`
	Product   string  `json:"product,omitempty"`
	ID        string  `json:"id,omitempty"`
	Sentiment string  `json:"sentiment"`
	Positive  float64 `json:"positive"`
	// if requested: the predicted stars, 1 to 5, to two decimals
	PredictedStars *float64 `json:"predictedStars,omitempty"`
}

// Topics lists the topics of reviews. Reviews are distinct texts, here and below.
type Topics struct {
	Reviews int     `json:"reviews"` // that were searched for topics
	Spoken  int     `json:"spoken"`  // of these, those that mention a topic of the list
	Others  int     `json:"others"`  // mentions of other products, which belong to no topic
	List    []Topic `json:"list"`    // by decreasing number of reviews, pinned ones first
	// sampling rate if there are more than a million distinct texts: one of so many is counted
	OneIn int `json:"oneIn,omitempty"`
	// of Reviews: negative ones, and those of them that complain about no topic of the list
	Negative    int `json:"negative,omitempty"`
	Unexplained int `json:"unexplained,omitempty"`
	// topics of the scheme that no review mentions and that are not pinned
	Unused []string `json:"unused,omitempty"`
	// pairs of topics that may be the same, for a person to decide
	Suggestions []Suggestion `json:"suggestions"`
}

// Topic is something that reviews mention, such as "space bar" or "comfort".
type Topic struct {
	Name     string   `json:"name"`
	Forms    []string `json:"forms"` // as written, the most frequent first
	Mentions int      `json:"mentions"`
	Reviews  int      `json:"reviews"`
	// of Reviews, by the sign of their mentions; mixed has both signs
	Positive int `json:"positive"`
	Negative int `json:"negative"`
	Neutral  int `json:"neutral"`
	Mixed    int `json:"mixed"`
	// number of negative reviews that praise it, and of positive ones that complain about it
	PraiseInNegative     int `json:"praiseInNegative,omitempty"`
	ComplaintsInPositive int `json:"complaintsInPositive,omitempty"`

	Share Interval `json:"share"` // share of negative and mixed among Reviews
	// praised or complained: more, or less, than all topics, beyond chance; "" for neither
	Stand string `json:"stand,omitempty"`
	// how far the share of positive reviews of the file would rise if no review complained about
	// this, in percentage points (package topics has the formula)
	Impact  float64       `json:"impact"`
	Implied bool          `json:"implied,omitempty"` // most of its mentions do not name it
	Proper  bool          `json:"proper,omitempty"`  // a proper name: of a brand or another product
	Pinned  bool          `json:"pinned,omitempty"`
	Periods []TopicPeriod `json:"periods"` // of the report's Unit; empty without dates
	// changes of the share of all reviews that complain about it, without phrases
	Changes []ChangePoint `json:"changes,omitempty"`
	Quotes  []Quote       `json:"quotes"`
}

// TopicPeriod counts the reviews of a period that mention a topic.
type TopicPeriod struct {
	From     string `json:"from"` // its first day
	Reviews  int    `json:"reviews"`
	Negative int    `json:"negative"` // including mixed ones
}

// Quote is a review that mentions a topic, at the code points of Text from Start to End.
type Quote struct {
	Row
	Start    int    `json:"start"`
	End      int    `json:"end"`
	Polarity string `json:"polarity"`
}

// Suggestion is a pair of topics that may be the same.
type Suggestion struct {
	Topics [2]string `json:"topics"`
	Like   float64   `json:"like"` // cosine of their word vectors
}
