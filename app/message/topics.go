package message

// Scheme holds a user's own topics, which override the detected ones (package topics has the rules,
// and what a scheme may hold).
type Scheme struct {
	Version int        `json:"version"` // SchemeVersion
	Topics  []OwnTopic `json:"topics"`
}

// SchemeVersion is the version of the schemes that the page writes.
const SchemeVersion = 1

// OwnTopic is a user's topic: everything that its terms name, in all their forms.
type OwnTopic struct {
	Name    string   `json:"name"`
	Terms   []string `json:"terms,omitempty"`
	Phrases []string `json:"phrases,omitempty"`
	Pinned  bool     `json:"pinned,omitempty"`
	Hidden  bool     `json:"hidden,omitempty"`
	Apart   bool     `json:"apart,omitempty"` // its terms take nothing with them

	ApartTerms []string `json:"apartTerms,omitempty"` // those of its terms that do not, either
}

// TopicsCost is the factor by which finding topics lengthens a run.
const TopicsCost = 1.7

// MaxTopicName is the maximum length of a topic's name in characters.
const MaxTopicName = 64

// TopicMention is a mention of a topic in a review: bytes [From, To) of its text, or of its title.
type TopicMention struct {
	From     int    `json:"from"`
	To       int    `json:"to"`
	Title    bool   `json:"title,omitempty"`
	Polarity string `json:"polarity"` // positive, negative, neutral
	Topic    string `json:"topic"`
}
