package wire

import "time"

// Job is a file that is scored in the background: the response of POST /v1/jobs and GET
// /v1/jobs/{id}.
type Job struct {
	ID    string   `json:"id"`
	State JobState `json:"state"`
	Rows  int      `json:"rows"` // of the file; 0 until they have been counted
	Done  int      `json:"done"` // rows processed so far
	// the model of the scores; "" until the job has started
	Model   string    `json:"model,omitempty"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`          // when the job is deleted, finished or not
	Upload  *Upload   `json:"upload,omitempty"` // where to upload the file; nil once it has arrived
	Error   *Problem  `json:"error,omitempty"`  // why the job failed
	// how the file is read; nil until that is known. The findings are set once the job has
	// finished.
	Reading *Reading `json:"reading,omitempty"`
	// rows of a finished job without a score, although they were retried
	Failed []Span `json:"failed,omitempty"`
}

// Jobs is the response of GET /v1/jobs.
type Jobs struct {
	Jobs []Job `json:"jobs"` // newest first
}

// Upload describes how to send a job's file: by PUT, with these headers and without the sender's
// authorization.
type Upload struct {
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Expires time.Time         `json:"expires"` // after this, GET the job for a new address
}

// Span is a range of rows, counted from 1.
type Span struct {
	First int `json:"first"`
	Last  int `json:"last"`
}

// JobState is the state of a job.
type JobState string

// The states of a job. A job that was running when the server stopped is waiting again.
const (
	Waiting  JobState = "waiting" // queued, or its file has not arrived: then Upload is set
	Running  JobState = "running"
	Finished JobState = "finished" // result and report are available
	Failed   JobState = "failed"
)
