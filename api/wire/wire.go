// Package wire holds what crosses the network: the JSON requests and answers, the model's
// manifest and the typed error. It is pure (no HTTP, no disk), so that the browser and the server
// make and read the very same values. The binary frame has its own package, tokenizer/batch.
package wire

// Content types of POST /v1/score.
const (
	TypeFrame     = "application/vnd.reviewlens.frame"  // request: token IDs, tokenizer/batch
	TypeScores    = "application/vnd.reviewlens.scores" // answer to a frame
	TypeJSON      = "application/json"
	TypeCSV       = "text/csv"          // a file: the answer is the file with three columns more
	TypeJSONLines = "application/jsonl" // the same
	TypePlain     = "text/plain"        // request: a review a line
	TypeProblem   = "application/problem+json"
)

// ScoreRequest is the JSON body of POST /v1/score.
type ScoreRequest struct {
	Texts []string `json:"texts"`
}

// ScoreResponse answers a ScoreRequest: one result a text, in order.
type ScoreResponse struct {
	Model   string   `json:"model"`
	Results []Result `json:"results"`
}

// Result is one text's score, or the reason why it has none.
type Result struct {
	Sentiment string   `json:"sentiment,omitempty"` // positive, negative or unsure
	Positive  *float64 `json:"positive,omitempty"`  // calibrated probability in [0, 1]
	Windows   int      `json:"windows,omitempty"`   // how many pieces the text was scored in
	Cut       bool     `json:"cut,omitempty"`       // scored in its first Window.Max windows only
	Error     *Problem `json:"error,omitempty"`
}

// Config is the answer of GET /v1/config: what a page must know before its first request.
type Config struct {
	Auth    string     `json:"auth"` // none, key or oidc
	Limits  Limits     `json:"limits"`
	Jobs    *JobLimits `json:"jobs,omitempty"`   // nil where there are none
	SignIn  *SignIn    `json:"signIn,omitempty"` // with auth oidc
	History bool       `json:"history"`          // runs can be kept here, /v1/runs
	Cost    *Cost      `json:"cost,omitempty"`   // of 1,000 tokens; nil where it is not known yet
}

// SignIn is what a page needs to have people sign in at an OpenID provider: authorization code with PKCE, without a secret.
// The ID token then goes with each request, as a key would.
type SignIn struct {
	Issuer    string `json:"issuer"`
	Client    string `json:"client"`        // the page's name there
	Authorize string `json:"authorize"`     // endpoint
	Token     string `json:"token"`         // endpoint
	End       string `json:"end,omitempty"` // endpoint of signing out there, if it has one (RP-initiated logout)
	Scope     string `json:"scope"`
}

// JobLimits are the server's bounds on jobs.
type JobLimits struct {
	Bytes  int64 `json:"bytes"`            // of a file
	Jobs   int   `json:"jobs"`             // of one owner
	Hours  int   `json:"hours"`            // that one is kept
	Upload bool  `json:"upload,omitempty"` // POST /v1/jobs?bytes=..., without a body, says where to upload the file
}

// Cost is what 1,000 tokens take, for an estimate. The seconds are this server's lately, or of its self-test, with all of
// its processors busy and nobody else asking.
type Cost struct {
	Seconds float64 `json:"seconds"`
	Price   float64 `json:"price"` // in US dollars; 0 where nothing is charged by use
}

// Models is the answer of GET /v1/models.
type Models struct {
	Models []string `json:"models"` // ids, the current one first
}

// Limits are the server's bounds on one request; a request over one is refused whole.
type Limits struct {
	Bytes  int   `json:"bytes"`  // of a body of texts or token IDs
	File   int64 `json:"file"`   // of a body that is a file
	Texts  int   `json:"texts"`  // in a request
	Tokens int   `json:"tokens"` // of all windows in a request
}
