package api

import (
	"net/http"

	"reviewlens/api/scoring"
	"reviewlens/api/trial"
)

// RunHeader names the run that a request belongs to, where nobody knows its owner: a random text
// that a client makes for each run. A trial gives all requests of a run the same model.
const RunHeader = "Reviewlens-Run"

// maxRunName bounds what is read of RunHeader.
const maxRunName = 64

// withRun puts the run of a request into its context.
func withRun(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if run := r.Header.Get(RunHeader); run != "" {
			r = r.WithContext(scoring.WithRun(r.Context(), run[:min(len(run), maxRunName)]))
		}
		next.ServeHTTP(w, r)
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
