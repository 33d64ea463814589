package api

import (
	"net/http"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// maxReports bounds the reports that are counted at a time of files which are not small: each may hold a million phrases,
// some 200 MB. The next waits.
const maxReports = 2

// report scores what score does and answers what it says (wire.Report) rather than the scores. A frame has no words to
// count.
func (h *Handler) report(w http.ResponseWriter, r *http.Request) error {
	in, err := h.read(w, r)
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
		in.file, in.small = scoring.TextsFile(in.texts), true
		rows = Limits.Texts
	}
	e, release, err := h.models.Acquire(r.URL.Query().Get("model"))
	if err != nil {
		return err
	}
	defer release()
	ctx, err := h.admit(r.Context(), e, in.file)
	if err != nil {
		return err
	}
	table := scoring.NewTable(e, in.file, rows, nil)
	if err := table.Score(ctx); err != nil {
		return badFile(err)
	}
	if !in.small {
		select {
		case h.reports <- struct{}{}:
			defer func() { <-h.reports }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	report, err := table.Report(ctx)
	if err != nil {
		return badFile(err)
	}
	sendJSON(w, r, report)
	return nil
}
