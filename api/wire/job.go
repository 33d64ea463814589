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
	Expires time.Time `json:"expires"`         // it is deleted then, finished or not
	Error   *Problem  `json:"error,omitempty"` // why it failed
}

// JobState is where a job stands.
type JobState string

// The states of a job. A job that was running when the server stopped waits again.
const (
	Waiting  JobState = "waiting"
	Running  JobState = "running"
	Finished JobState = "finished" // result and report are there
	Failed   JobState = "failed"
)

// JobStates lists every state.
func JobStates() []JobState { return []JobState{Waiting, Running, Finished, Failed} }
