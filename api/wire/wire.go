// Package wire defines the data on the network: the JSON requests and responses, the model's
// manifest and the typed error. It is pure (no HTTP, no disk), so that the browser and the server
// encode and decode the same types. The binary frame has a separate package, tokenizer/batch.
package wire

// Content types of POST /v1/score.
const (
	TypeFrame     = "application/vnd.reviewlens.frame"  // request: token IDs, tokenizer/batch
	TypeScores    = "application/vnd.reviewlens.scores" // response to a frame
	TypeJSON      = "application/json"
	TypeCSV       = "text/csv"          // a file: the response is the file with three more columns
	TypeJSONLines = "application/jsonl" // the same
	TypePlain     = "text/plain"        // request: one review per line
	TypeProblem   = "application/problem+json"
)

// ScoreRequest is the JSON body of POST /v1/score.
type ScoreRequest struct {
	Texts []string `json:"texts"`
}

// ScoreResponse is the response to a ScoreRequest: one result per text, in order.
type ScoreResponse struct {
	Model   string   `json:"model"`
	Results []Result `json:"results"`
}

// Result is the score of a text, or the reason why it has none.
type Result struct {
	Sentiment string   `json:"sentiment,omitempty"` // positive, negative or unsure
	Positive  *float64 `json:"positive,omitempty"`  // calibrated probability in [0, 1]
	// if requested: predicted stars, 1 to 5, to two decimals, and the name derived from them:
	// positive, negative, neutral, mixed or unsure
	Stars *float64 `json:"stars,omitempty"`
	Name  string   `json:"name,omitempty"`
	// probabilities of one to five stars; Stars is their mean
	StarShares []float64 `json:"starShares,omitempty"`
	// if requested: the aspects of the text, in its order
	Mentions []Mention `json:"mentions,omitzero"`
	// number of windows in which the text was scored
	Windows int  `json:"windows,omitempty"`
	Cut     bool `json:"cut,omitempty"` // scored in its first Window.Max windows only
	// why the model cannot read the text, which is then unsure: "no words", or "language: German"
	Unread string   `json:"unread,omitempty"`
	Error  *Problem `json:"error,omitempty"`
}

// Mention is an aspect that a text mentions, at the code points [Start, End) of the text as sent.
type Mention struct {
	Text        string  `json:"text"` // without markup, and with single spaces
	Start       int     `json:"start"`
	End         int     `json:"end"`
	Aspect      string  `json:"aspect"`      // the aspect: the text in lower case, or implied
	Polarity    string  `json:"polarity"`    // positive, negative or neutral
	Probability float64 `json:"probability"` // that the mention is right
	// about another product, reported from others, claimed by the maker, or to be found elsewhere
	Other bool `json:"other,omitempty"`
}

// Config is the response of GET /v1/config: what a page needs before its first request.
type Config struct {
	Auth    string     `json:"auth"` // none, key or oidc
	Limits  Limits     `json:"limits"`
	Jobs    *JobLimits `json:"jobs,omitempty"`   // nil if the server has no jobs
	SignIn  *SignIn    `json:"signIn,omitempty"` // with auth oidc
	History bool       `json:"history"`          // runs can be stored here, /v1/runs
	Cost    *Cost      `json:"cost,omitempty"`   // of 1,000 tokens; nil while unknown
	Models  []string   `json:"models,omitempty"` // if there are several: Models.Models
	// a trial is running and counts corrections of readers (POST /v1/corrections)
	Corrections bool `json:"corrections,omitempty"`
}

// SignIn is the data that a page needs to sign people in at an OpenID provider: authorization code
// with PKCE, without a secret. The ID token is then sent with each request, as a key would be.
type SignIn struct {
	Issuer    string `json:"issuer"`
	Client    string `json:"client"`    // the page's client ID
	Authorize string `json:"authorize"` // endpoint
	Token     string `json:"token"`     // endpoint
	// end-session endpoint (RP-initiated logout), if the provider has one
	End   string `json:"end,omitempty"`
	Scope string `json:"scope"`
}

// JobLimits are the server's limits on jobs.
type JobLimits struct {
	Bytes int64 `json:"bytes"` // of a file
	Jobs  int   `json:"jobs"`  // per owner
	Hours int   `json:"hours"` // until a job is deleted
	// POST /v1/jobs?bytes=..., without a body, returns where to upload the file
	Upload bool `json:"upload,omitempty"`
}

// Cost is the cost of 1,000 tokens, for an estimate. Seconds follows this server's recent
// throughput, or its self-test, with all processors busy and no other requests.
type Cost struct {
	Seconds float64 `json:"seconds"`
	Price   float64 `json:"price"` // in US dollars; 0 if use is free
}

// Counted is the response of POST /v1/corrections.
type Counted struct {
	Counted int `json:"counted"` // texts; those corrected recently are omitted
}

// Models is the response of GET /v1/models.
type Models struct {
	Models []string `json:"models"` // IDs, the current one first
}

// Limits are the server's limits on one request; a request that exceeds one is refused whole.
type Limits struct {
	Bytes  int   `json:"bytes"`  // of a body of texts or token IDs
	File   int64 `json:"file"`   // of a body that is a file
	Texts  int   `json:"texts"`  // in a request
	Tokens int   `json:"tokens"` // of all windows in a request
}
