// Package sagemaker implements the protocol of an Amazon SageMaker container that serves a model,
// for endpoints and batch transform: GET /ping, and POST /invocations with one of
//
//	application/json    {"inputs": "a text"} or {"inputs": ["one", "another"]}, with "parameters"
//	                    or without, as Hugging Face's containers take it
//	application/jsonl   a text a line, as {"inputs": "a text"}, with "parameters" or without, or
//	                    "a text"; also application/jsonlines and x-ndjson
//	application/vnd.reviewlens.frame   token IDs of this model (tokenizer/batch), answered by a
//	                    frame of scores
//	text/csv            the text is the first column; without a header, as SageMaker sends it,
//	                    unless the type is "text/csv; header=present"
//
// The response has the type of the request and one result per text, in order: [{"label", "score"},
// ...], a line of {"label", "score"}, or label,score. The parameters are those of package
// huggingface. With top_k, a text has a list of labels instead of one, and that list is the whole
// response if "inputs" is a text. A line or row that has nothing to score or is not UTF-8 keeps its
// place, as {"error"} or with empty fields; in JSON it fails the request, as the list cannot
// represent it. Empty lines are skipped, and a header has no result. Errors are {"error": "..."},
// which SageMaker returns as the model's message.
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
	f, contentType, err := formatOf(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, "", err
	}
	if contentType == wire.TypeFrame {
		r, body, release, err := h.host.Receive(w, r, nil)
		if err != nil {
			return nil, "", err
		}
		defer release()
		answer, err := scoring.Frame(r.Context(), h.host.Models, body, h.host.Limits)
		return answer, wire.TypeScores, err
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
	of       huggingface.Parameters
	alone    bool // it is the request's only one, and not in a list
	err      *wire.Error
	positive float64
}

// labels returns the labels of the text, highest score first.
func (r row) labels(m *model.Model) []compat.Label {
	labels := compat.Labels(m, r.positive, r.of.Transform)
	return labels[:min(r.of.Top, len(labels))]
}

// result returns the labels if top_k was given, else the first.
func (r row) result(m *model.Model) any {
	if r.of.HasTop {
		return r.labels(m)
	}
	return r.labels(m)[0]
}

// parametersOf decodes the parameters of a request or a line.
func parametersOf(raw json.RawMessage) (huggingface.Parameters, error) {
	p, err := huggingface.ParseParameters(raw)
	if err == nil && p.AllScores {
		err = &wire.Error{Code: wire.BadJSON,
			Detail: `return_all_scores is not supported. "top_k": null returns all scores.`}
	}
	return p, err
}

// format encodes texts and their results.
type format struct {
	read  func(body []byte, maxTexts int) ([]row, error)
	write func(rows []row, m *model.Model) ([]byte, error)
}

// formatOf returns the format for a content type, nil for frames, and the content type of the
// response.
func formatOf(header string) (*format, string, error) {
	contentType, params, err := mime.ParseMediaType(header)
	if err != nil {
		contentType = ""
	}
	switch contentType {
	case wire.TypeJSON:
		return &format{readJSON, writeJSON}, contentType, nil
	case wire.TypeJSONLines, "application/jsonlines", "application/x-jsonlines",
		"application/x-ndjson":
		return &format{readLines, writeLines}, contentType, nil
	case wire.TypeCSV:
		switch params["header"] {
		case "", "absent":
			return &format{readCSV(false), writeCSV}, contentType, nil
		case "present":
			return &format{readCSV(true), writeCSV}, contentType, nil
		}
		return nil, "", &wire.Error{Code: wire.UnsupportedType,
			Detail: "header in Content-Type should be present or absent."}
	case wire.TypeFrame:
		return nil, contentType, nil
	}
	return nil, "", &wire.Error{Code: wire.UnsupportedType,
		Detail: "Content-Type should be application/json, application/jsonl or text/csv."}
}

func readJSON(body []byte, maxTexts int) ([]row, error) {
	var in struct {
		Inputs     json.RawMessage `json:"inputs"`
		Parameters json.RawMessage `json:"parameters"`
	}
	if err := compat.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	of, err := parametersOf(in.Parameters)
	if err != nil {
		return nil, err
	}
	texts, err := huggingface.Inputs(in.Inputs, maxTexts)
	if err != nil {
		return nil, err
	}
	rows := make([]row, len(texts))
	for i, text := range texts {
		rows[i] = row{text: text, of: of, alone: in.Inputs[0] == '"'}
	}
	return rows, nil
}

func writeJSON(rows []row, m *model.Model) ([]byte, error) {
	results := make([]any, len(rows))
	for i, r := range rows {
		if r.err != nil {
			return nil, r.err
		}
		results[i] = r.result(m)
	}
	if rows[0].alone && rows[0].of.HasTop {
		return json.Marshal(results[0])
	}
	return json.Marshal(results)
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

func readLine(line []byte, number int) row {
	fail := func(detail string) row {
		return row{err: &wire.Error{Code: wire.BadJSON,
			Detail: fmt.Sprintf("Line %d%s", number, detail)}}
	}
	var object struct {
		Inputs     *string         `json:"inputs"`
		Parameters json.RawMessage `json:"parameters"`
	}
	var err error
	if line[0] == '"' {
		err = compat.Unmarshal(line, &object.Inputs)
	} else {
		err = compat.Unmarshal(line, &object)
	}
	var of huggingface.Parameters
	if err == nil {
		of, err = parametersOf(object.Parameters)
	}
	if e, is := errors.AsType[*wire.Error](err); is {
		return fail(": " + e.Detail)
	}
	if object.Inputs == nil {
		return fail(` has no "inputs".`)
	}
	return row{text: *object.Inputs, of: of}
}

func writeLines(rows []row, m *model.Model) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	for _, r := range rows {
		var line any = map[string]string{}
		if r.err != nil {
			line = map[string]string{"error": r.err.Detail}
		} else {
			line = r.result(m)
		}
		if err := e.Encode(line); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// readCSV returns the function that reads CSV with a header or without.
func readCSV(header bool) func(body []byte, maxTexts int) ([]row, error) {
	return func(body []byte, maxTexts int) ([]row, error) {
		return readRecords(body, maxTexts, header)
	}
}

func readRecords(body []byte, maxTexts int, header bool) (rows []row, err error) {
	noParameters, _ := huggingface.ParseParameters(nil)
	reader := table.NewReader(bytes.NewReader(body), table.Dialect{
		BOM: bytes.HasPrefix(body, []byte("\ufeff")), Delimiter: ',', Quoted: true})
	for {
		record, err := reader.Read()
		switch {
		case err == io.EOF:
			return rows, nil
		case err != nil:
			return nil, err
		case header && record.Err != nil: // it may hold rows
			return nil, &wire.Error{Code: wire.BadFile, Detail: record.Err.Detail}
		case header:
			header = false
		case len(rows) == maxTexts:
			return nil, tooMany(maxTexts)
		case record.Err != nil:
			rows = append(rows, row{err: &wire.Error{Code: wire.BadFile, Detail: record.Err.Detail}})
		default:
			r := row{text: string(record.Fields[0]), of: noParameters}
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
			label := r.labels(m)[0]
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
