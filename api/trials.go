package api

import (
	"fmt"
	"net/http"

	"reviewlens/api/scoring"
	"reviewlens/api/trial"
	"reviewlens/api/wire"
)

// runHeader identifies the run of a request whose owner is unknown: a random text that a client
// creates for each run. A trial assigns the same model to all requests of a run.
const runHeader = "Reviewlens-Run"

// maxRunName bounds runHeader, in bytes.
const maxRunName = 64

// withRun adds the request's run to its context. It refuses a name that is too long: truncated, it
// could equal that of another run.
func withRun(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		run := r.Header.Get(runHeader)
		if len(run) > maxRunName {
			fail(w, r, &wire.Error{Code: wire.BadParameter, Detail: fmt.Sprintf(
				"%s has %d characters; it can have up to %d.", runHeader, len(run), maxRunName)})
			return
		}
		if run == "" {
			next.ServeHTTP(w, r)
			return
		}
		within := r.WithContext(scoring.WithRun(r.Context(), run))
		defer func() { r.Pattern = within.Pattern }() // for observe, also after a panic
		next.ServeHTTP(w, within)
	})
}

// Trials is the response of GET /v1/trials.
type Trials struct {
	Trials []*trial.Outcome `json:"trials"` // the running one, or none
}

// listTrials responds with the running trial: sums over all owners, no texts and no scores.
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
