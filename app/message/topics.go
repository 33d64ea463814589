package message

// Scheme is what a person says of topics. It holds for any file: a topic is known by the forms in
// which reviews write it, in lower case, not by a place in a list.
type Scheme struct {
	// topics that are named, pinned or put together
	Topics []OwnTopic `json:"topics,omitempty"`
	// forms of topics that are not listed
	Hidden []string `json:"hidden,omitempty"`
}

// OwnTopic is one topic as a person wants it: all of the topics that have one of its forms.
type OwnTopic struct {
	Name   string   `json:"name"`
	Forms  []string `json:"forms"`
	Pinned bool     `json:"pinned,omitempty"` // listed first, however few reviews it has
}

// Spoken is a place of a review that speaks of a topic: bytes [From, To) of its text, or of its
// title.
type Spoken struct {
	From     int    `json:"from"`
	To       int    `json:"to"`
	Title    bool   `json:"title,omitempty"`
	Polarity string `json:"polarity"` // positive, negative, neutral
	Topic    string `json:"topic"`
}
