// Package huggingface implements the text-classification task of Hugging Face's Inference API and
// Inference Endpoints: huggingface_hub.InferenceClient with the address as its model, or a POST of
//
//	{"inputs": "a text", "parameters": {"top_k": 1}}
//
// inputs is a text or a list of texts; the response has a list of {"label", "score"} for each text,
// highest score first. top_k keeps the first of them, function_to_apply is softmax (the default:
// calibrated probabilities), sigmoid or none (see compat.Transform); other parameters and options
// are ignored. A long text is scored in windows, not refused. A request with a text that has
// nothing to score is refused. Errors are {"error": "..."}.
//
// If the server requires an API key, it is the client's token.
package huggingface

import (
	"encoding/json"
	"errors"
	"net/http"

	"reviewlens/api/compat"
	"reviewlens/api/wire"
)

// Handler serves the protocol at the path where it is mounted.
type Handler struct {
	host  *compat.Host
	stars bool
}

// New returns a handler whose labels are the manifest's.
func New(host *compat.Host) *Handler { return &Handler{host: host} }

// NewStars returns a handler whose labels are "1 star" to "5 stars", as those of models that
// predict stars. It refuses requests while the current model has no stars.
func NewStars(host *compat.Host) *Handler { return &Handler{host, true} }

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := h.answer(w, r)
	if err == nil {
		compat.Send(w, http.StatusOK, wire.TypeJSON, answer)
		return
	}
	h.Fail(w, r, err)
}

// Fail writes an error in the format of the protocol's clients.
func (h *Handler) Fail(w http.ResponseWriter, r *http.Request, err error) {
	e, status := h.host.Explain(w, r, err)
	if e.Code == wire.MethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
	compat.Send(w, status, wire.TypeJSON, map[string]string{"error": e.Detail})
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request) ([][]compat.Label, error) {
	if r.Method != http.MethodPost {
		return nil, &wire.Error{Code: wire.MethodNotAllowed,
			Detail: `POST {"inputs": "a text"} here.`}
	}
	r, body, release, err := h.host.Receive(w, r, h.host.Authenticate)
	if err != nil {
		return nil, err
	}
	defer release()
	in, err := decode(body, h.host.Limits.Texts)
	if err != nil {
		return nil, err
	}
	results, m, err := h.host.Score(r.Context(), in.texts, h.stars)
	if err != nil {
		return nil, err
	}
	answer := make([][]compat.Label, len(results))
	for i, result := range results {
		var labels []compat.Label
		if h.stars {
			if result.StarShares == nil {
				return nil, &wire.Error{Code: wire.BadParameter, Model: m.Manifest.ID,
					Detail: "The current model returns no probabilities of stars here."}
			}
			labels = compat.StarLabels(result.StarShares, in.Transform)
		} else {
			labels = compat.Labels(m, *result.Positive, in.Transform)
		}
		answer[i] = labels[:min(in.Top, len(labels))]
	}
	return answer, nil
}

// request is the body of a request.
type request struct {
	texts []string
	Parameters
}

func decode(body []byte, maxTexts int) (in request, err error) {
	var raw struct {
		Inputs     json.RawMessage `json:"inputs"`
		Parameters json.RawMessage `json:"parameters"`
	}
	if err := compat.Unmarshal(body, &raw); err != nil {
		return in, err
	}
	if in.texts, err = Inputs(raw.Inputs, maxTexts); err != nil {
		return in, err
	}
	in.Parameters, err = ParseParameters(raw.Parameters)
	return in, err
}

// Parameters are those of the task.
type Parameters struct {
	Top       int  // maximum number of labels of a text
	HasTop    bool // top_k is one of them, also if it is null
	AllScores bool // return_all_scores is one of them
	Transform compat.Transform
}

// ParseParameters decodes "parameters"; raw is nil or null if there are none.
func ParseParameters(raw json.RawMessage) (p Parameters, err error) {
	const all = 5 // the task's default, and the maximum number of labels
	p = Parameters{Top: all, Transform: compat.Softmax}
	if len(raw) == 0 {
		return p, nil
	}
	var in struct {
		TopK  *int              `json:"top_k"`
		Apply *compat.Transform `json:"function_to_apply"`
	}
	var given struct {
		TopK      json.RawMessage `json:"top_k"`
		AllScores json.RawMessage `json:"return_all_scores"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return p, &wire.Error{Code: wire.BadJSON,
				Detail: wire.WrongType(mismatch, `"parameters"`) + "."}
		}
		return p, compat.BadJSON(err)
	}
	if err := json.Unmarshal(raw, &given); err != nil {
		return p, compat.BadJSON(err)
	}
	p.HasTop, p.AllScores = given.TopK != nil, given.AllScores != nil
	if in.TopK != nil {
		if p.Top = *in.TopK; p.Top < 1 {
			return p, &wire.Error{Code: wire.BadJSON, Detail: "top_k should be 1 or more."}
		}
	}
	if in.Apply != nil {
		switch p.Transform = *in.Apply; p.Transform {
		case compat.Softmax, compat.Sigmoid, compat.None:
		default:
			return p, &wire.Error{Code: wire.BadJSON,
				Detail: "function_to_apply should be softmax, sigmoid or none."}
		}
	}
	return p, nil
}

// Inputs decodes a text or a list of texts.
func Inputs(raw json.RawMessage, maxTexts int) ([]string, error) {
	var text string
	if len(raw) > 0 && raw[0] == '"' {
		err := json.Unmarshal(raw, &text)
		return []string{text}, err
	}
	texts, err := compat.Strings(raw, maxTexts)
	if e, ok := errors.AsType[*wire.Error](err); ok && e.Code == wire.BadJSON {
		return nil, &wire.Error{Code: wire.BadJSON,
			Detail: `"inputs" should be a text or a list of texts. ` + e.Detail}
	}
	if err == nil && len(texts) == 0 {
		return nil, &wire.Error{Code: wire.EmptyText, Detail: `"inputs" is an empty list.`}
	}
	return texts, err
}
