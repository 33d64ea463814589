package api

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"

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
	if err := h.answer(w, r); err != nil {
		fail(w, r, err)
	}
}

// answer reads what was sent as what it says it is, or, where it says nothing (curl says "form" of whatever it sends), as what it looks like.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request) error {
	body := bufio.NewReaderSize(r.Body, peekBytes)
	contentType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Header.Get("Content-Type") == "" || err == nil && slices.Contains(saysNothing, contentType) {
		head, _ := body.Peek(peekBytes) // an error comes again when the body is read
		if contentType, err = detect(head), nil; contentType == wire.TypeCSV && !bytes.ContainsAny(head, "\r\n") {
			contentType = "" // a form, or a file that curl -d made one line of
		}
	}
	if err != nil {
		contentType = ""
	}
	whole := func(answer func(http.ResponseWriter, *http.Request, []byte) error) error {
		body, err := readBody(w, r, body)
		if err != nil {
			return err
		}
		return answer(w, r, body)
	}
	switch contentType {
	case wire.TypeFrame:
		return whole(h.scoreFrame)
	case wire.TypeJSON:
		return whole(h.scoreJSON)
	case "text/plain":
		return whole(h.scoreLines)
	case wire.TypeCSV, "text/tab-separated-values", wire.TypeJSONLines, "application/x-ndjson", "application/jsonlines", "application/x-jsonlines":
		return h.scoreFile(w, r, body)
	}
	return &wire.Error{Code: wire.UnsupportedType, Detail: fmt.Sprintf("Content-Type is %s; this takes %s with {\"texts\": [...]}, %s, %s, text/plain with a review a line, or %s. With curl, send a file by --data-binary @file.",
		quote(r.Header.Get("Content-Type")), wire.TypeJSON, wire.TypeCSV, wire.TypeJSONLines, wire.TypeFrame)}
}

// peekBytes is how much of a body detect sees.
const peekBytes = 4 << 10

var saysNothing = []string{"application/octet-stream", "application/x-www-form-urlencoded", "binary/octet-stream"}

// detect tells what a body is from its first bytes: "" for nothing at all.
func detect(head []byte) string {
	trimmed := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case len(trimmed) == 0:
		return ""
	case bytes.HasPrefix(head, []byte("RVL")):
		return wire.TypeFrame
	case trimmed[0] == '{':
		line, _, more := bytes.Cut(trimmed, []byte("\n"))
		if more && json.Valid(line) && !bytes.Contains(line, []byte(`"texts"`)) {
			return wire.TypeJSONLines
		}
		return wire.TypeJSON
	}
	return wire.TypeCSV
}

// readBody reads a body of at most Limits.Bytes, and refuses a longer one by its word before reading it.
func readBody(w http.ResponseWriter, r *http.Request, from io.Reader) ([]byte, error) {
	if r.ContentLength > int64(Limits.Bytes) {
		return nil, tooLarge(int64(Limits.Bytes))
	}
	limited := http.MaxBytesReader(w, io.NopCloser(from), int64(Limits.Bytes))
	var body []byte
	var err error
	if r.ContentLength >= 0 {
		body = make([]byte, r.ContentLength)
		_, err = io.ReadFull(limited, body)
	} else {
		body, err = io.ReadAll(limited)
	}
	if err != nil {
		return nil, bodyError(r, err, int64(Limits.Bytes))
	}
	return body, nil
}

// bodyError says why a body could not be read.
func bodyError(r *http.Request, err error, limit int64) error {
	if r.Context().Err() != nil {
		return r.Context().Err()
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(limit)
	}
	return &wire.Error{Code: wire.BadBody, Detail: "The body broke off before it was whole: " + err.Error() + "."}
}

func tooLarge(limit int64) *wire.Error {
	return &wire.Error{Code: wire.BodyTooLarge, Detail: fmt.Sprintf("The body has more than the limit of %.1f MB. Send fewer reviews at a time.", float64(limit)/(1<<20))}
}

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
	return h.answerTexts(w, r, inputs)
}

func (h *Handler) answerTexts(w http.ResponseWriter, r *http.Request, texts []string) error {
	e, release, err := h.models.Acquire("")
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
