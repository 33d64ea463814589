package wire

import "time"

// Job is a file that is scored while nobody waits: the answer of POST /v1/jobs and GET /v1/jobs/{id}.
type Job struct {
	ID      string    `json:"id"`
	State   JobState  `json:"state"`
	Rows    int       `json:"rows"`            // of the file; 0 until they are counted
	Done    int       `json:"done"`            // rows that are finished
	Model   string    `json:"model,omitempty"` // whose scores these are; "" until it has begun
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`          // it is deleted then, finished or not
	Upload  *Upload   `json:"upload,omitempty"` // where the file is wanted; nil once it is there
	Error   *Problem  `json:"error,omitempty"`  // why it failed
	Failed  []Span    `json:"failed,omitempty"` // rows of a finished job that could not be scored, though it was tried again and again
}

// Upload is where a job's file is to be sent, by PUT, with these headers and no authorization of the sender's.
type Upload struct {
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Expires time.Time         `json:"expires"` // asking for the job gives another
}

// Span is rows, counted from 1.
type Span struct {
	First int `json:"first"`
	Last  int `json:"last"`
}

// JobState is where a job stands.
type JobState string

// The states of a job. A job that was running when the server stopped waits again.
const (
	Waiting  JobState = "waiting" // for its turn, or for its file: then Upload says where
	Running  JobState = "running"
	Finished JobState = "finished" // result and report are there
	Failed   JobState = "failed"
)

// JobStates lists every state.
func JobStates() []JobState { return []JobState{Waiting, Running, Finished, Failed} }
