package wire

// Manifest describes a model folder (manifest.json). It is written only by build/model, read and
// verified only by api/model, and sent to the page by GET /v1/model.
type Manifest struct {
	Schema int    `json:"schema"`
	ID     string `json:"id"` // first 12 hex digits of the SHA-256 of the manifest without it
	// single, or cascade: its graph exits after an earlier layer if the score is clear
	Kind        string     `json:"kind"`
	Files       []File     `json:"files"`
	Labels      []string   `json:"labels"` // in the order of the logits
	Inputs      Inputs     `json:"inputs"`
	Tokenizer   Tokenizer  `json:"tokenizer"`
	Join        string     `json:"join"` // how title and text are joined, e.g. "{title}. {text}"
	Window      Window     `json:"window"`
	Temperature float64    `json:"temperature"`
	Unsure      [2]float64 `json:"unsure"`            // a probability in [lo, hi) is unsure
	Stars       *Stars     `json:"stars,omitempty"`   // nil: the graph does not predict stars
	Aspects     *Aspects   `json:"aspects,omitempty"` // nil: the folder has no aspect model
	Golden      []Golden   `json:"golden"`
	Fast        any        `json:"fast,omitempty"` // layers after which most windows exit the graph
	Accuracy    any        `json:"accuracy,omitempty"`
}

// English reports whether the model is known to read English only, as those of this project do. A
// manifest without golden texts was made from an export of another project (api/model), whose
// languages are not known.
func (m *Manifest) English() bool { return len(m.Golden) > 0 }

// ReadsEmoji reports whether the model reads emoji as words.
func (m *Manifest) ReadsEmoji() bool { return m.Tokenizer.Emoji == EmojiNames }

// File is one file of the model folder.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Inputs describes the graph's inputs.
type Inputs struct {
	DType string `json:"dtype"` // int32 or int64
}

// TextOnly is the kind of a tokenizer that only servers implement: its file is a tokenizer.json.
// Such a model accepts texts, but no frames of token IDs.
const TextOnly = "tokenizer.json"

// EmojiNames means that emoji are read as words, those of tokenizer/emoji.txt.
const EmojiNames = "names"

// Tokenizer identifies the vocabulary and how text is normalised for it.
type Tokenizer struct {
	// "": File is the vocabulary of BERT's tokenizer; or TextOnly
	Kind      string `json:"kind,omitempty"`
	File      string `json:"file"`
	SHA256    string `json:"sha256"`
	Lowercase bool   `json:"lowercase"`
	// "": an emoji is a symbol like others; or EmojiNames
	Emoji string `json:"emoji,omitempty"`
}

// Window describes how a text is cut: into as few windows of even length as can hold it. Size is
// the maximum length, including [CLS] and [SEP]; at most Max windows of a text are scored.
type Window struct {
	Size    int    `json:"size"`
	Max     int    `json:"max"`
	Combine string `json:"combine"` // mean or stouffer: see reviews.Rule
}

// Stars describes the graph's output "stars": logits of one to five stars of each window. A text's
// distribution is the softmax of (their mean + Bias) / Temperature.
type Stars struct {
	Temperature float64   `json:"temperature"`
	Bias        []float64 `json:"bias"` // five numbers
}

// Golden is a text with the score that the model must give it.
type Golden struct {
	Text     string  `json:"text"`
	Positive float64 `json:"positive"`
}

// Aspects describes the aspect model of a folder: a second graph over the same windows, loaded on
// first use, whose output "tags" has the logits of each token's tag, (1, T, Labels).
type Aspects struct {
	// File lacks the word embeddings, which are those of the model's .onnx file: the graph is File
	// followed by these ranges of that file, {offset, bytes}, in order.
	File   string     `json:"file"`
	Shared [][2]int64 `json:"shared,omitempty"`
	// Labels are O, B-positive, I-positive, B-negative, I-negative, B-neutral, I-neutral.
	Labels      []string         `json:"labels"`
	Temperature float64          `json:"temperature"` // of the tags' logits
	Certain     float64          `json:"certain"`     // a mention below this probability is dropped
	Golden      []GoldenMentions `json:"golden"`
	Accuracy    any              `json:"accuracy,omitempty"`
}

// Bounds on the difference from the manifest of a golden text's score, and of the probability of a
// mention in one, since kinds of CPU differ (api/infer).
const (
	GoldenTolerance        = 0.15
	GoldenMentionTolerance = 0.25
)

// GoldenMentions is a text with the spans that the aspect model must find in it, in tokens of its
// one window, [CLS] being 0.
type GoldenMentions struct {
	Text  string       `json:"text"`
	Spans []GoldenSpan `json:"spans"`
}

// GoldenSpan is a span of GoldenMentions.
type GoldenSpan struct {
	First       int     `json:"first"`
	Tokens      int     `json:"tokens"`
	Polarity    string  `json:"polarity"`
	Probability float64 `json:"probability"`
}
