package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/tokenizer/batch"
)

func (h *Handler) score(w http.ResponseWriter, r *http.Request) {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	default:
		fail(w, r, &wire.Error{Code: wire.Overloaded, Detail: fmt.Sprintf("%d requests are being scored; try again in a moment.", maxRequests)})
		return
	}
	contentType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	answer := h.scoreJSON
	switch {
	case err == nil && contentType == wire.TypeFrame:
		answer = h.scoreFrame
	case err == nil && contentType == wire.TypeJSON:
	default:
		fail(w, r, &wire.Error{Code: wire.UnsupportedType, Detail: fmt.Sprintf("Content-Type is %s; this takes %s with {\"texts\": [...]}, or %s.",
			quote(r.Header.Get("Content-Type")), wire.TypeJSON, wire.TypeFrame)})
		return
	}
	body, err := readBody(w, r)
	if err == nil {
		err = answer(w, r, body)
	}
	if err != nil {
		fail(w, r, err)
	}
}

// readBody reads a body of at most Limits.Bytes, and refuses a longer one by its word before reading it.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > int64(Limits.Bytes) {
		return nil, &wire.Error{Code: wire.BodyTooLarge, Detail: fmt.Sprintf("The body has %s; the limit is %s. Send fewer texts at a time.",
			megabytes(r.ContentLength), megabytes(int64(Limits.Bytes)))}
	}
	limited := http.MaxBytesReader(w, r.Body, int64(Limits.Bytes))
	var body []byte
	var err error
	if r.ContentLength >= 0 {
		body = make([]byte, r.ContentLength)
		_, err = io.ReadFull(limited, body)
	} else {
		body, err = io.ReadAll(limited)
	}
	switch {
	case err == nil:
		return body, nil
	case r.Context().Err() != nil:
		return nil, r.Context().Err()
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &wire.Error{Code: wire.BodyTooLarge, Detail: fmt.Sprintf("The body has more than %s. Send fewer texts at a time.", megabytes(int64(Limits.Bytes)))}
	}
	return nil, &wire.Error{Code: wire.BadBody, Detail: "The body broke off before it was whole: " + err.Error() + "."}
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/(1<<20)) }

// scoreFrame answers token IDs. Every ID was checked by the time the model sees it.
func (h *Handler) scoreFrame(w http.ResponseWriter, r *http.Request, body []byte) error {
	e, release, err := h.models.Acquire(batch.RequestModel(body))
	if err != nil {
		return err
	}
	defer release()
	m := e.Model()
	request, err := batch.DecodeRequest(body, batch.Limits{
		Texts: Limits.Texts, Windows: m.Windows.Max, Length: m.Windows.Size, Tokens: Limits.Tokens, Vocab: m.Tokenizer.Size(),
	})
	if refusal, ok := errors.AsType[*wire.Error](err); ok {
		refusal.Model = m.Manifest.ID // a frame that does not fit may be one for another model
	}
	if err != nil {
		return err
	}
	if request.Model != m.Manifest.ID { // none was named
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

// scoreJSON answers texts.
func (h *Handler) scoreJSON(w http.ResponseWriter, r *http.Request, body []byte) error {
	inputs, err := decodeTexts(body)
	if err != nil {
		return err
	}
	e, release, err := h.models.Acquire("")
	if err != nil {
		return err
	}
	defer release()
	results, err := scoring.Texts(r.Context(), e, inputs, Limits.Tokens)
	if err != nil {
		return err
	}
	sendJSON(w, r, wire.ScoreResponse{Model: e.Model().Manifest.ID, Results: results})
	return nil
}

// decodeTexts reads a ScoreRequest token by token, so that texts are counted before they are kept. Other
// fields are left for later versions.
func decodeTexts(body []byte) (texts []string, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	if err := expect(d, json.Delim('{')); err != nil {
		return nil, err
	}
	found := false
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, badJSON(d, err)
		}
		if key != "texts" {
			var skip json.RawMessage
			if err := d.Decode(&skip); err != nil {
				return nil, badJSON(d, err)
			}
			continue
		}
		found = true
		if err := expect(d, json.Delim('[')); err != nil {
			return nil, err
		}
		for d.More() {
			if len(texts) == Limits.Texts {
				return nil, &wire.Error{Code: wire.TooManyTexts, Detail: fmt.Sprintf("There are more than %d texts. Send fewer at a time.", Limits.Texts)}
			}
			token, err := d.Token()
			if err != nil {
				return nil, badJSON(d, err)
			}
			text, ok := token.(string)
			if !ok {
				return nil, &wire.Error{Code: wire.BadJSON, Detail: fmt.Sprintf("Text %d, which ends at byte %d, is not a string.", len(texts)+1, d.InputOffset())}
			}
			texts = append(texts, text)
		}
		if err := expect(d, json.Delim(']')); err != nil {
			return nil, err
		}
	}
	if err := expect(d, json.Delim('}')); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, &wire.Error{Code: wire.BadJSON, Detail: fmt.Sprintf("Something follows the object, from byte %d on.", d.InputOffset())}
	}
	if !found {
		return nil, &wire.Error{Code: wire.BadJSON, Detail: `There is no "texts"; the body should be {"texts": ["one review", "another"]}.`}
	}
	return texts, nil
}

func expect(d *json.Decoder, want json.Delim) error {
	token, err := d.Token()
	if err != nil {
		return badJSON(d, err)
	}
	if token != want {
		return &wire.Error{Code: wire.BadJSON, Detail: fmt.Sprintf(`At byte %d stands no %s; the body should be {"texts": ["one review", "another"]}.`, d.InputOffset(), want)}
	}
	return nil
}

func badJSON(d *json.Decoder, err error) error {
	at, why := d.InputOffset(), "it ends too early"
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		at, why = syntax.Offset, err.Error()
	}
	return &wire.Error{Code: wire.BadJSON, Detail: fmt.Sprintf("The body is not JSON, at byte %d: %s.", at, why)}
}
