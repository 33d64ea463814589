// Package tei implements the sequence classification of Text Embeddings Inference: POST /predict,
// GET /info and /health.
//
//	{"inputs": "a text", "raw_scores": false, "truncate": false}
//
// inputs is a text, or a batch of texts each in a list of its own, [["one"], ["another"]]; the
// response is a list of {"score", "label"}, or one for each text of the batch, highest score first.
// Pairs of texts, which TEI also takes, are refused: the model reads one. raw_scores returns logits
// (see compat.Transform). A text of more than max_input_length tokens is refused, or with truncate
// scored in its first windows; truncation from the left is refused, as windows are cut from the
// right.
//
// Errors are {"error", "error_type"} with TEI's types and statuses: Validation 413 for too much
// input and 422 for an invalid request, Tokenizer 422 for a text with nothing to score, Overloaded
// 429, Unhealthy 503, Backend 424 for a fault of the server. /info returns this server's limits;
// version is that of the API implemented, and model_dtype, which TEI takes from a weights file, is
// onnx.
//
// If the server requires an API key, it is the Bearer token, as with TEI's --api-key; /health
// requires none.
package tei

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"

	"reviewlens/api/compat"
	"reviewlens/api/model"
	"reviewlens/api/wire"
	reviewtext "reviewlens/reviews/text"
)

// version is the version of TEI whose API this package implements.
const version = "1.7.1"

// New returns a handler for the paths below prefix, such as "/compat/tei".
func New(host *compat.Host, prefix string) *Handler {
	mux := http.NewServeMux()
	h := &Handler{host, mux}
	route := func(method, path string, handle func(http.ResponseWriter, *http.Request) (any, error)) {
		mux.HandleFunc(prefix+path, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != method && !(method == http.MethodGet && r.Method == http.MethodHead) {
				w.Header().Set("Allow", method)
				h.Fail(w, r, &wire.Error{Code: wire.MethodNotAllowed,
					Detail: path + " takes " + method + "."})
			} else if answer, err := handle(w, r); err != nil {
				h.Fail(w, r, err)
			} else if answer != nil {
				compat.Send(w, http.StatusOK, wire.TypeJSON, answer)
			}
		})
	}
	route(http.MethodPost, "/predict", h.predict)
	route(http.MethodGet, "/info", h.info)
	route(http.MethodGet, "/health", h.health)
	mux.HandleFunc(prefix+"/", func(w http.ResponseWriter, r *http.Request) {
		h.Fail(w, r, &wire.Error{Code: wire.NotFound,
			Detail: "The routes are /predict, /info and /health."})
	})
	return h
}

// Handler serves the protocol.
type Handler struct {
	host *compat.Host
	mux  *http.ServeMux
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// Fail writes an error with TEI's types.
func (h *Handler) Fail(w http.ResponseWriter, r *http.Request, err error) {
	e, status := h.host.Explain(w, r, err)
	kind := "Validation"
	switch {
	case status == http.StatusTooManyRequests:
		kind = "Overloaded"
	case e.Code == wire.NotReady:
		kind = "Unhealthy"
	case e.Code == wire.EmptyText:
		kind, status = "Tokenizer", http.StatusUnprocessableEntity
	case e.Code == wire.BadJSON || e.Code == wire.BadText:
		status = http.StatusUnprocessableEntity
	case status >= 500:
		kind, status = "Backend", http.StatusFailedDependency
	}
	compat.Send(w, status, wire.TypeJSON, map[string]string{"error": e.Detail, "error_type": kind})
}

func (h *Handler) health(w http.ResponseWriter, r *http.Request) (any, error) {
	if err := h.host.Ready(); err != nil {
		return nil, err
	}
	w.WriteHeader(http.StatusOK)
	return nil, nil
}

type info struct {
	ModelID               string         `json:"model_id"`
	ModelSHA              *string        `json:"model_sha"`
	ModelDType            string         `json:"model_dtype"`
	ModelType             map[string]any `json:"model_type"`
	MaxConcurrentRequests int            `json:"max_concurrent_requests"`
	MaxInputLength        int            `json:"max_input_length"`
	MaxBatchTokens        int            `json:"max_batch_tokens"`
	MaxBatchRequests      *int           `json:"max_batch_requests"`
	MaxClientBatchSize    int            `json:"max_client_batch_size"`
	AutoTruncate          bool           `json:"auto_truncate"`
	TokenizationWorkers   int            `json:"tokenization_workers"`
	Version               string         `json:"version"`
	SHA                   *string        `json:"sha"`
	DockerLabel           *string        `json:"docker_label"`
}

func (h *Handler) info(w http.ResponseWriter, r *http.Request) (any, error) {
	if _, err := h.host.Authenticate(r); err != nil {
		return nil, err
	}
	e, release, err := h.host.Models.Acquire(r.Context(), "")
	if err != nil {
		return nil, err
	}
	defer release()
	m := e.Model()
	names, numbers := map[string]string{}, map[string]int{}
	for i, label := range m.Manifest.Labels {
		label = strings.ToUpper(label)
		names[fmt.Sprint(i)], numbers[label] = label, i
	}
	return info{
		ModelID: "reviewlens", ModelSHA: &m.Manifest.ID, ModelDType: "onnx",
		ModelType:             map[string]any{"classifier": map[string]any{"id2label": names, "label2id": numbers}},
		MaxConcurrentRequests: h.host.Requests, MaxInputLength: longest(m), MaxBatchTokens: h.host.Limits.Tokens, MaxClientBatchSize: h.host.Limits.Texts,
		TokenizationWorkers: runtime.GOMAXPROCS(0), Version: version,
	}, nil
}

// longest returns the number of tokens of a text that are scored, counting [CLS] and [SEP] once.
func longest(m *model.Model) int { return m.Windows.Room() + 2 }

func (h *Handler) predict(w http.ResponseWriter, r *http.Request) (any, error) {
	r, body, release, err := h.host.Receive(w, r, h.host.Authenticate)
	if err != nil {
		return nil, err
	}
	defer release()
	in, err := decode(body, h.host.Limits.Texts)
	if err != nil {
		return nil, err
	}
	if !in.truncate {
		if err := h.fits(r.Context(), in.texts); err != nil {
			return nil, err
		}
	}
	results, m, err := h.host.Score(r.Context(), in.texts, false)
	if err != nil {
		return nil, err
	}
	transform := compat.Softmax
	if in.raw {
		transform = compat.None
	}
	answer := make([][]compat.Label, len(results))
	for i, result := range results {
		answer[i] = compat.Labels(m, *result.Positive, transform)
	}
	if in.batch {
		return answer, nil
	}
	return answer[0], nil
}

// fits refuses texts that would be truncated, before any is scored. A byte makes fewer than perByte
// tokens, also in emoji that are read as words, so most texts need not be tokenized.
func (h *Handler) fits(ctx context.Context, texts []string) error {
	e, release, err := h.host.Models.Acquire(ctx, "")
	if err != nil {
		return err
	}
	defer release()
	const perByte = 8
	most := longest(e.Model())
	for i, text := range texts {
		if len(text) < most/perByte {
			continue
		}
		// an error recurs when the text is scored
		if _, cut, _ := e.Windows(nil, reviewtext.Alone([]byte(text))); cut {
			return &wire.Error{Code: wire.TooManyTokens, Detail: fmt.Sprintf("`inputs` must have at most %d tokens; text %d has more. Set truncate to score its first ones.", most, i+1)}
		}
	}
	return nil
}

// request is the body of a request.
type request struct {
	texts         []string
	batch         bool
	raw, truncate bool
}

func decode(body []byte, maxTexts int) (in request, err error) {
	var outer struct {
		Inputs    json.RawMessage `json:"inputs"`
		Raw       bool            `json:"raw_scores"`
		Truncate  *bool           `json:"truncate"`
		Direction *string         `json:"truncation_direction"`
	}
	if err := compat.Unmarshal(body, &outer); err != nil {
		return in, err
	}
	in.raw, in.truncate = outer.Raw, outer.Truncate != nil && *outer.Truncate
	if d := outer.Direction; d != nil && in.truncate && !strings.EqualFold(*d, "right") {
		return in, &wire.Error{Code: wire.BadJSON, Detail: "truncation_direction: texts are cut from the right only."}
	}
	in.texts, in.batch, err = inputs(outer.Inputs, maxTexts)
	return in, err
}

// inputs distinguishes a text from a pair and from a batch.
func inputs(raw json.RawMessage, maxTexts int) (texts []string, batch bool, err error) {
	bad := func(detail string) ([]string, bool, error) {
		return nil, false, &wire.Error{Code: wire.BadJSON, Detail: "`inputs` " + detail + ` Send a text, or a batch as [["one"], ["another"]].`}
	}
	const pair = "has a pair of texts; this model reads one text at a time."
	if len(raw) > 0 && raw[0] == '"' {
		var text string
		err := json.Unmarshal(raw, &text)
		return []string{text}, false, err
	}
	// TEI accepts no list of more than two strings
	if texts, err := compat.Strings(raw, 3); err == nil && len(texts) > 0 {
		switch len(texts) {
		case 1:
			return texts, false, nil
		case 2:
			return bad(pair)
		}
	}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	if open, err := d.Token(); err != nil || open != json.Delim('[') {
		return bad("is missing or no text.")
	}
	for d.More() {
		if len(texts) == maxTexts {
			return nil, false, &wire.Error{Code: wire.TooManyTexts, Detail: fmt.Sprintf("batch size > maximum allowed batch size %d", maxTexts)}
		}
		var one json.RawMessage
		if err := d.Decode(&one); err != nil {
			return nil, false, compat.BadJSON(err)
		}
		list, err := compat.Strings(one, 2)
		switch {
		case err != nil || len(list) == 0:
			return bad(fmt.Sprintf("must have one list per text; see element %d.", len(texts)+1))
		case len(list) == 2:
			return bad(pair)
		}
		texts = append(texts, list[0])
	}
	if len(texts) == 0 {
		return nil, false, &wire.Error{Code: wire.EmptyText, Detail: "`inputs` cannot be empty"}
	}
	return texts, true, nil
}
