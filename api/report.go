package api

import (
	"math"
	"net/http"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// report scores the same inputs as score, but responds with a summary (wire.Report). It does not
// accept frames, which contain no words to count.
func (h *Handler) report(w http.ResponseWriter, r *http.Request) error {
	extras, err := parseExtras(r.URL.Query())
	if err != nil {
		return err
	}
	in, err := h.read(w, r, true)
	if err != nil {
		return err
	}
	defer in.close()
	if in.frame != nil {
		return &wire.Error{Code: wire.UnsupportedType, Detail: "A report is made of words, which a frame of token IDs does not have; send texts or a file."}
	}
	rows := maxRows
	if in.file == nil {
		if len(in.texts) == 0 {
			return &wire.Error{Code: wire.EmptyText, Detail: "There are no texts to report on."}
		}
		in.file = scoring.TextsFile(in.texts)
		rows = Limits.Texts
	}
	e, release, err := h.models.Acquire(r.Context(), r.URL.Query().Get("model"))
	if err != nil {
		return err
	}
	defer release()
	table := scoring.NewTable(e, in.file, rows, nil)
	if err := table.Enable(extras); err != nil {
		return err
	}
	ctx, err := h.measure(r.Context(), e, in.file, extras)
	if err != nil {
		return err
	}
	if err := table.Score(ctx); err != nil {
		return scoring.BadFile(err)
	}
	report, err := table.Report(ctx)
	if err != nil {
		return scoring.BadFile(err)
	}
	if t := ticketOf(r.Context()); t != nil {
		t.Scored(math.MaxInt64)
	}
	w.Header().Set("Reviewlens-Model", e.Model().Manifest.ID)
	sendJSON(w, r, report)
	return nil
}
