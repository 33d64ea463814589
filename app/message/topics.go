package message

// Scheme holds a person's own topics, laid over those that are found (package topics has the rules,
// and what a scheme may hold).
type Scheme struct {
	Version int        `json:"version"` // SchemeVersion
	Topics  []OwnTopic `json:"topics"`
}

// SchemeVersion is the version of the schemes that the page makes.
const SchemeVersion = 1

// OwnTopic is a topic of a person: all that its terms name, in all of their forms.
type OwnTopic struct {
	Name    string   `json:"name"`
	Terms   []string `json:"terms,omitempty"`
	Phrases []string `json:"phrases,omitempty"`
	Pinned  bool     `json:"pinned,omitempty"`
	Hidden  bool     `json:"hidden,omitempty"`
	Apart   bool     `json:"apart,omitempty"` // its terms are of no topic that would have them
}

// TopicsCost is how many times as long a run takes that finds topics, too.
const TopicsCost = 1.7

// LongestTopicName is how many characters a topic's name may have.
const LongestTopicName = 64

// Spoken is a place of a review that speaks of a topic: bytes [From, To) of its text, or of its
// title.
type Spoken struct {
	From     int    `json:"from"`
	To       int    `json:"to"`
	Title    bool   `json:"title,omitempty"`
	Polarity string `json:"polarity"` // positive, negative, neutral
	Topic    string `json:"topic"`
}
