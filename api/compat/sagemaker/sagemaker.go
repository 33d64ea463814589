// Package sagemaker implements the protocol of an Amazon SageMaker container that serves a model,
// for endpoints and batch transform: GET /ping, and POST /invocations with one of
//
//	application/json    {"inputs": "a text"} or {"inputs": ["one", "another"]}, as Hugging Face's
//	                    containers take it
//	application/jsonl   a text a line, as {"inputs": "a text"} or "a text"; also
//	                    application/jsonlines and x-ndjson
//	application/vnd.reviewlens.frame   token IDs of this model (tokenizer/batch), answered by a
//	                    frame of scores
//	text/csv            without a header, as SageMaker sends it; the text is the first column
//
// The response has the type of the request and one result per text, in order: [{"label", "score"},
// ...], a line of {"label", "score"}, or label,score. A line or row that has nothing to score or is
// not UTF-8 keeps its place, as {"error"} or with empty fields; in JSON it fails the request, as
// the list cannot represent it. Empty lines are skipped. Errors are {"error": "..."}, which
// SageMaker returns as the model's message.
//
// There is no authentication: only SageMaker can reach the container, and it has checked IAM.
package sagemaker

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"

	"reviewlens/api/compat"
	"reviewlens/api/compat/huggingface"
	"reviewlens/api/model"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews/table"
)

// Handler serves the two routes.
type Handler struct{ host *compat.Host }

// New returns a handler.
func New(host *compat.Host) *Handler { return &Handler{host} }

// Ping reports whether the container can take requests: 200 or 503 with an empty body.
func (h *Handler) Ping(w http.ResponseWriter, r *http.Request) {
	if err := h.host.Ready(); err != nil {
		_, status := h.host.Explain(w, r, err)
		w.WriteHeader(status)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// Invocations scores texts.
func (h *Handler) Invocations(w http.ResponseWriter, r *http.Request) {
	answer, contentType, err := h.answer(w, r)
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	w.Write(answer)
}

// Fail writes an error as a JSON object.
func (h *Handler) Fail(w http.ResponseWriter, r *http.Request, err error) {
	e, status := h.host.Explain(w, r, err)
	compat.Send(w, status, wire.TypeJSON, map[string]string{"error": e.Detail})
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request) (answer []byte, contentType string, err error) {
	f, contentType := formatOf(r.Header.Get("Content-Type"))
	if contentType == wire.TypeFrame {
		r, body, release, err := h.host.Receive(w, r, nil)
		if err != nil {
			return nil, "", err
		}
		defer release()
		answer, err := scoring.Frame(r.Context(), h.host.Models, body, h.host.Limits)
		return answer, wire.TypeScores, err
	}
	if f == nil {
		return nil, "", &wire.Error{Code: wire.UnsupportedType, Detail: "Content-Type should be application/json, application/jsonl or text/csv."}
	}
	r, body, release, err := h.host.Receive(w, r, nil)
	if err != nil {
		return nil, "", err
	}
	defer release()
	rows, err := f.read(body, h.host.Limits.Texts)
	if err != nil {
		return nil, "", err
	}
	texts := make([]string, len(rows))
	for i, row := range rows {
		texts[i] = row.text
	}
	e, release, err := h.host.Models.Acquire(r.Context(), "")
	if err != nil {
		return nil, "", err
	}
	defer release()
	results, err := scoring.Texts(r.Context(), e, texts, h.host.Limits.Tokens)
	if err != nil {
		return nil, "", err
	}
	for i, result := range results {
		if rows[i].err == nil && result.Error != nil {
			rows[i].err = result.Error.Err()
		} else if rows[i].err == nil {
			rows[i].positive = *result.Positive
		}
	}
	answer, err = f.write(rows, e.Model())
	return answer, contentType, err
}

// row is a text and its result.
type row struct {
	text     string
	err      *wire.Error
	positive float64
}

func (r row) label(m *model.Model) compat.Label {
	return compat.Labels(m, r.positive, compat.Softmax)[0]
}

// format encodes texts and their results.
type format struct {
	read  func(body []byte, maxTexts int) ([]row, error)
	write func(rows []row, m *model.Model) ([]byte, error)
}

// formatOf returns the format for a content type, and the content type of the response.
func formatOf(header string) (*format, string) {
	contentType, _, err := mime.ParseMediaType(header)
	if err != nil {
		return nil, ""
	}
	switch contentType {
	case wire.TypeJSON:
		return &format{readJSON, writeJSON}, contentType
	case wire.TypeJSONLines, "application/jsonlines", "application/x-jsonlines", "application/x-ndjson":
		return &format{readLines, writeLines}, contentType
	case wire.TypeCSV:
		return &format{readCSV, writeCSV}, contentType
	case wire.TypeFrame:
		return nil, contentType
	}
	return nil, ""
}

func readJSON(body []byte, maxTexts int) ([]row, error) {
	var in struct {
		Inputs json.RawMessage `json:"inputs"`
	}
	if err := compat.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	texts, err := huggingface.Inputs(in.Inputs, maxTexts)
	if err != nil {
		return nil, err
	}
	rows := make([]row, len(texts))
	for i, text := range texts {
		rows[i].text = text
	}
	return rows, nil
}

func writeJSON(rows []row, m *model.Model) ([]byte, error) {
	labels := make([]compat.Label, len(rows))
	for i, r := range rows {
		if r.err != nil {
			return nil, r.err
		}
		labels[i] = r.label(m)
	}
	return json.Marshal(labels)
}

func readLines(body []byte, maxTexts int) (rows []row, err error) {
	for line := range bytes.Lines(bytes.TrimPrefix(body, []byte("\ufeff"))) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if len(rows) == maxTexts {
			return nil, tooMany(maxTexts)
		}
		rows = append(rows, readLine(line, len(rows)+1))
	}
	return rows, nil
}

func readLine(line []byte, number int) (r row) {
	var object struct {
		Inputs *string `json:"inputs"`
	}
	if line[0] == '"' {
		object.Inputs = &r.text
	}
	var into any = &object
	if object.Inputs != nil {
		into = object.Inputs
	}
	if err := compat.Unmarshal(line, into); err != nil {
		e, _ := errors.AsType[*wire.Error](err)
		return row{err: &wire.Error{Code: e.Code,
			Detail: fmt.Sprintf("Line %d: %s", number, e.Detail)}}
	}
	if object.Inputs == nil {
		return row{err: &wire.Error{Code: wire.BadJSON, Detail: fmt.Sprintf(`Line %d has no "inputs".`, number)}}
	}
	return row{text: *object.Inputs}
}

func writeLines(rows []row, m *model.Model) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	for _, r := range rows {
		var line any = map[string]string{}
		if r.err != nil {
			line = map[string]string{"error": r.err.Detail}
		} else {
			line = r.label(m)
		}
		if err := e.Encode(line); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

func readCSV(body []byte, maxTexts int) (rows []row, err error) {
	reader := table.NewReader(bytes.NewReader(body), table.Dialect{BOM: bytes.HasPrefix(body, []byte("\ufeff")), Delimiter: ',', Quoted: true})
	for {
		record, err := reader.Read()
		switch {
		case err == io.EOF:
			return rows, nil
		case err != nil:
			return nil, err
		case len(rows) == maxTexts:
			return nil, tooMany(maxTexts)
		case record.Err != nil:
			rows = append(rows, row{err: &wire.Error{Code: wire.BadFile, Detail: record.Err.Detail}})
		default:
			r := row{text: string(record.Fields[0])}
			sent := body[record.Offset : record.Offset+record.Bytes]
			if bad, is := errors.AsType[*wire.Error](wire.CheckUTF8(sent)); is {
				r = row{err: bad}
			}
			rows = append(rows, r)
		}
	}
}

func writeCSV(rows []row, m *model.Model) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	for _, r := range rows {
		line := []string{"", ""}
		if r.err == nil {
			label := r.label(m)
			line = []string{label.Label, strconv.FormatFloat(label.Score, 'f', 4, 64)}
		}
		if err := w.Write(line); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

func tooMany(maxTexts int) *wire.Error {
	return &wire.Error{Code: wire.TooManyTexts, Detail: fmt.Sprintf("There are more than %d texts. Send fewer at a time: a smaller MaxPayloadInMB for a batch transform.", maxTexts)}
}
