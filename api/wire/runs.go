package wire

import (
	"encoding/json"
	"time"
)

// RunSummary is a finished run as a list of runs shows it.
type RunSummary struct {
	ID       string    `json:"id"` // made by whoever made the run, unique for the user
	Name     string    `json:"name"`
	Created  time.Time `json:"created"` // kept to the millisecond
	Model    string    `json:"model"`   // id of the model that scored
	Rows     int       `json:"rows"`
	Positive int       `json:"positive"`
	Negative int       `json:"negative"`
	Unsure   int       `json:"unsure"`
	Trend    []float64 `json:"trend,omitempty"` // share of positive over time, oldest first, for a sparkline
}

// Run is the body of PUT and the answer of GET /v1/runs/{id}: a summary and the figures behind it, a JSON object as the page
// or the CLI made it. Review texts do not belong in it.
type Run struct {
	RunSummary
	Figures json.RawMessage `json:"figures,omitempty"`
}

// Runs is the answer of GET /v1/runs.
type Runs struct {
	Runs []RunSummary `json:"runs"`           // the newest first
	Next string       `json:"next,omitempty"` // the cursor of the next page; "" after the last
}

// Rename is the body of PATCH /v1/runs/{id}.
type Rename struct {
	Name string `json:"name"`
}
