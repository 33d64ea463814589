package api

import (
	"errors"
	"fmt"
	"net/http"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/tokenizer/batch"
)

// score responds to a frame with a frame, to texts with wire.ScoreResponse, and to a file with the
// file.
func (h *Handler) score(w http.ResponseWriter, r *http.Request) error {
	escapeFormulas, err := flag(r.URL.Query(), "guard")
	if err != nil {
		return err
	}
	in, err := h.read(w, r, false)
	if err != nil {
		return err
	}
	defer in.close()
	switch {
	case in.frame != nil:
		return h.scoreFrame(w, r, in.frame)
	case in.file != nil:
		return h.scoreFile(w, r, in, escapeFormulas)
	}
	return h.scoreTexts(w, r, in.texts)
}

// scoreFrame scores token IDs. Every ID has been checked before the model sees it.
func (h *Handler) scoreFrame(w http.ResponseWriter, r *http.Request, body []byte) error {
	e, release, err := h.models.Acquire(r.Context(), batch.RequestModel(body))
	if err != nil {
		return err
	}
	defer release()
	m := e.Model()
	if m.Tokenizer == nil {
		return &wire.Error{Code: wire.NoFrames, Model: m.Manifest.ID, Detail: "This model has a tokenizer of its own and takes texts, not token IDs. Send a file, or " + `{"texts": [...]}.`}
	}
	request, err := batch.DecodeRequest(body, batch.Limits{
		Texts: Limits.Texts, Windows: m.Windows.Max, Length: m.Windows.Size, Tokens: Limits.Tokens, Vocab: m.Tokenizer.Size(),
	})
	if refusal, ok := errors.AsType[*wire.Error](err); ok {
		refusal.Model = m.Manifest.ID // a frame that does not fit may be intended for another model
	}
	if err != nil {
		return err
	}
	if request.Model != m.Manifest.ID { // the request named no model
		return scoring.Unknown(request.Model, m.Manifest.ID)
	}
	scores, err := e.Score(r.Context(), request.Texts)
	if err != nil {
		return err
	}
	answer := batch.Scores{Model: m.Manifest.ID, Status: make([]byte, len(scores)), Positive: make([]float32, len(scores))}
	for i, s := range scores {
		answer.Positive[i] = float32(s.Positive)
	}
	frame, err := batch.AppendScores(nil, answer)
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
func (h *Handler) scoreTexts(w http.ResponseWriter, r *http.Request, texts []string) error {
	e, release, err := h.models.Acquire(r.Context(), r.URL.Query().Get("model"))
	if err != nil {
		return err
	}
	defer release()
	results, err := scoring.Texts(r.Context(), e, texts, Limits.Tokens)
	if err != nil {
		return err
	}
	sendJSON(w, r, wire.ScoreResponse{Model: e.Model().Manifest.ID, Results: results})
	return nil
}
