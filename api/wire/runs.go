package wire

import (
	"encoding/json"
	"time"
)

// RunSummary is a finished run as listed.
type RunSummary struct {
	ID       string    `json:"id"` // chosen by the client, unique per user
	Name     string    `json:"name"`
	Created  time.Time `json:"created"` // stored to the millisecond
	Model    string    `json:"model"`   // ID of the model that scored
	Rows     int       `json:"rows"`
	Positive int       `json:"positive"`
	Negative int       `json:"negative"`
	Unsure   int       `json:"unsure"`
	// share of positive reviews over time, oldest first, for a sparkline
	Trend []float64 `json:"trend,omitempty"`
	// the stored summary is damaged: only ID, Name and Created are known
	Unreadable bool `json:"unreadable,omitempty"`
}

// Run is the body of PUT and the response of GET /v1/runs/{id}: a summary and its figures, a JSON
// object made by the page or the CLI. It must not contain review texts.
type Run struct {
	RunSummary
	Figures json.RawMessage `json:"figures,omitempty"`
}

// Runs is the response of GET /v1/runs.
type Runs struct {
	Runs []RunSummary `json:"runs"`           // newest first
	Next string       `json:"next,omitempty"` // cursor of the next page; "" after the last
}

// Rename is the body of PATCH /v1/runs/{id}.
type Rename struct {
	Name string `json:"name"`
}
