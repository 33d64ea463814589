package api

import (
	"fmt"
	"net/http"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// score responds to a frame with a frame, to texts with wire.ScoreResponse, and to a file with the
// file.
func (h *Handler) score(w http.ResponseWriter, r *http.Request) error {
	escapeFormulas, err := flag(r.URL.Query(), "guard")
	if err != nil {
		return err
	}
	extras, err := parseExtras(r.URL.Query())
	if err != nil {
		return err
	}
	in, err := h.read(w, r, false)
	if err != nil {
		return err
	}
	defer in.close()
	switch {
	case in.frame != nil && extras.Stars:
		return badParameter("A frame asks for stars by its flags, not by %s.", predictStars)
	case in.frame != nil && extras.Topics:
		return badParameter("A frame asks for topics by its flags, not by %s.", findTopics)
	case in.frame != nil && r.URL.Query().Get("model") != "":
		return badParameter("A frame names its model itself; leave the parameter model out.")
	case escapeFormulas && in.file == nil:
		return badParameter("The parameter guard is for files: an answer to texts or to a frame " +
			"has no cells.")
	case in.frame != nil:
		return h.scoreFrame(w, r, in.frame)
	case in.file != nil:
		if err := in.file.CheckGuard(escapeFormulas); err != nil {
			return err
		}
		return h.scoreFile(w, r, in, escapeFormulas, extras)
	}
	return h.scoreTexts(w, r, in.texts, extras)
}

// scoreFrame scores token IDs.
func (h *Handler) scoreFrame(w http.ResponseWriter, r *http.Request, body []byte) error {
	frame, err := scoring.Frame(r.Context(), h.models, body, Limits)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", wire.TypeScores)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", fmt.Sprint(len(frame)))
	_, err = w.Write(frame)
	if err != nil && r.Context().Err() == nil {
		log(r.Context()).Debug("answer not taken", "err", err)
	}
	return nil
}

// scoreTexts scores texts.
func (h *Handler) scoreTexts(w http.ResponseWriter, r *http.Request, texts []string,
	extras scoring.Extras) error {
	e, release, err := h.models.Acquire(r.Context(), r.URL.Query().Get("model"))
	if err != nil {
		return err
	}
	defer release()
	results, err := scoring.TextsWith(r.Context(), e, texts, Limits.Tokens, extras)
	if err != nil {
		return err
	}
	w.Header().Set("Reviewlens-Model", e.Model().Manifest.ID)
	sendJSON(w, r, wire.ScoreResponse{Model: e.Model().Manifest.ID, Results: results})
	return nil
}
