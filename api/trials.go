package api

import (
	"fmt"
	"net/http"

	"reviewlens/api/scoring"
	"reviewlens/api/trial"
	"reviewlens/api/wire"
)

// RunHeader names the run that a request belongs to, where nobody knows its owner: a random text
// that a client makes for each run. A trial gives all requests of a run the same model.
const RunHeader = "Reviewlens-Run"

// maxRunName bounds RunHeader, in bytes.
const maxRunName = 64

// withRun puts the run of a request into its context. It refuses a name that is too long: cut, it
// could be that of another run.
func withRun(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		run := r.Header.Get(RunHeader)
		if len(run) > maxRunName {
			fail(w, r, &wire.Error{Code: wire.BadParameter, Detail: fmt.Sprintf(
				"%s has %d characters; it can have up to %d.", RunHeader, len(run), maxRunName)})
			return
		}
		if run == "" {
			next.ServeHTTP(w, r)
			return
		}
		within := r.WithContext(scoring.WithRun(r.Context(), run))
		defer func() { r.Pattern = within.Pattern }() // what observe reads, in a panic too
		next.ServeHTTP(w, within)
	})
}

// Trials is the answer of GET /v1/trials.
type Trials struct {
	Trials []*trial.Outcome `json:"trials"` // the one that runs, or none
}

// listTrials responds with the trial that runs: sums over all owners, no texts and no scores.
func (h *Handler) listTrials(w http.ResponseWriter, r *http.Request) error {
	report, err := h.trials.Report(r.Context())
	if err != nil {
		return err
	}
	list := Trials{Trials: []*trial.Outcome{}}
	if report != nil {
		list.Trials = append(list.Trials, report)
	}
	sendJSON(w, r, list)
	return nil
}
