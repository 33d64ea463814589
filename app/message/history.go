package message

import "reviewlens/api/wire"

// PastRuns lists the runs that have ended, the newest first: those kept on this device, and those
// given to the server.
type PastRuns struct {
	Runs  []PastRun `json:"runs"`
	Here  bool      `json:"here"`  // this device can keep runs
	There bool      `json:"there"` // so can the server
	// on the server, runs belong to anyone who can reach it
	Anyone  bool `json:"anyone"`
	Looking bool `json:"looking,omitempty"` // the server has not answered yet
	// the server requires authentication for its runs
	Locked bool `json:"locked,omitempty"`
	// the server has older ones that are not in Runs
	More    bool         `json:"more,omitempty"`
	Problem *Problem     `json:"problem,omitempty"` // why the server's are not in Runs
	SignIn  *wire.SignIn `json:"signIn,omitempty"`  // with Locked: nil for a key
	Deleted string       `json:"deleted,omitempty"` // name of the run that RestoreRun brings back
	Removed string       `json:"removed,omitempty"` // ID of the open file's run, if it was deleted
}

// PastRun is a run that has ended.
type PastRun struct {
	wire.RunSummary
	Share wire.Interval `json:"share"` // of positive among scored
	Here  bool          `json:"here"`  // kept on this device
	There bool          `json:"there"` // kept on the server

	Summary *Summary `json:"summary,omitempty"` // with EventRun only; without reviews
}
