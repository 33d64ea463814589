package api

import (
	"net/http"
	"strings"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
	"reviewlens/tokenizer/batch"
)

// correct counts readers' corrections for the running trial. The body is a frame that names the
// model whose scores were shown; the parameter "is" has the corrected sentiment of each text.
// Neither is stored.
func (h *Handler) correct(w http.ResponseWriter, r *http.Request) error {
	in, err := h.read(w, r, false)
	if err != nil {
		return err
	}
	defer in.close()
	if in.frame == nil {
		return &wire.Error{Code: wire.UnsupportedType,
			Detail: "Corrections are of token IDs: this takes " + wire.TypeFrame + "."}
	}
	e, release, err := h.models.Acquire(r.Context(), batch.RequestModel(in.frame))
	if err != nil {
		return err
	}
	request, err := scoring.DecodeFrame(e, in.frame, Limits)
	release()
	if err != nil {
		return err
	}
	names := strings.Split(r.URL.Query().Get("is"), ",")
	if len(names) != len(request.Texts) {
		return badParameter("is has %d names for %d texts; want one for each, by commas.",
			len(names), len(request.Texts))
	}
	labels := make([]reviews.Sentiment, len(names))
	for i, name := range names {
		if labels[i] = reviews.ParseSentiment(name); labels[i] == reviews.None {
			return badParameter("is has %s; want positive, negative or unsure.", quote(name))
		}
	}
	n, err := h.trials.Correct(r.Context(), h.models, request.Model, request.Texts, labels)
	if err != nil {
		return err
	}
	sendJSON(w, r, wire.Counted{Counted: n})
	return nil
}
