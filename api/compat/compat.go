// Package compat holds what the drop-ins share: endpoints that speak other services' protocols, so that a client of
// theirs needs a new address and nothing else.
//
//   - comprehend: Amazon Comprehend, DetectSentiment and BatchDetectSentiment
//   - huggingface: the Inference API, text-classification
//   - tei: Text Embeddings Inference, /predict
//   - sagemaker: what a SageMaker container answers, /ping and /invocations
//
// Each translates to and from api/scoring and adds nothing to it: keys, limits, places and metrics are the host's, errors
// have the shape that the protocol's clients read. Labels are the manifest's in capitals, NEGATIVE and POSITIVE: the names
// that Hugging Face's own sentiment model has. Two labels leave no room for unsure: their scores say how sure the model is.
package compat

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"reviewlens/api/model"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// Host is the server that a drop-in is mounted in.
type Host struct {
	Models   scoring.Models
	Limits   wire.Limits
	Requests int // that are scored at a time

	// Owner says whose an API key is; nil where the server asks for none.
	Owner func(key string) (owner string, ok bool)
	// Ready says why the server should get no requests, if so.
	Ready func() error
	// Enter gives a request whose owner is known a place among those that are scored, until leave is called. The error is
	// a *wire.Error, Overloaded or RateLimited.
	Enter func(r *http.Request) (in *http.Request, leave func(), err error)
	// Body reads a request's body of at most Limits.Bytes.
	Body func(w http.ResponseWriter, r *http.Request) ([]byte, error)
	// Explain says what a client may know of an error, and its HTTP status, and sets the headers that go with it. What is
	// the server's fault is logged.
	Explain func(w http.ResponseWriter, r *http.Request, err error) (*wire.Error, int)
}

// Take takes a request in: who finds out whose it is (nil: nobody asks), then there is a place for it, until leave is called, and then
// its body is read. The request it gives knows its owner.
func (h *Host) Take(w http.ResponseWriter, r *http.Request, who func(*http.Request) (*http.Request, error)) (in *http.Request, body []byte, leave func(), err error) {
	if who != nil {
		if r, err = who(r); err != nil {
			return nil, nil, nil, err
		}
	}
	if in, leave, err = h.Enter(r); err != nil {
		return nil, nil, nil, err
	}
	if body, err = h.Body(w, in); err != nil {
		leave()
		return nil, nil, nil, err
	}
	return in, body, leave, nil
}

// Bearer lets through who shows a key as "Authorization: Bearer KEY", and says whose it is in the request's context.
func (h *Host) Bearer(r *http.Request) (*http.Request, error) {
	if h.Owner == nil {
		return r, nil
	}
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || key == "" {
		return nil, &wire.Error{Code: wire.Unauthorized, Detail: "This server wants an API key as the token."}
	}
	owner, ok := h.Owner(strings.TrimSpace(key))
	if !ok {
		return nil, &wire.Error{Code: wire.Unauthorized, Detail: "This token is not one of this server's API keys."}
	}
	return r.WithContext(scoring.WithOwner(r.Context(), owner)), nil
}

// Score scores texts, all of them: one without a score refuses the request, as these protocols have no place for it.
func (h *Host) Score(ctx context.Context, texts []string) ([]wire.Result, *model.Model, error) {
	e, release, err := h.Models.Acquire("")
	if err != nil {
		return nil, nil, err
	}
	defer release()
	results, err := scoring.Texts(ctx, e, texts, h.Limits.Tokens)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range results {
		if r.Error != nil {
			return nil, nil, r.Error.Err()
		}
	}
	return results, e.Model(), nil
}

// Label is one class and its score.
type Label struct {
	Label string  `json:"label"`
	Score float64 `json:"score"`
}

// Transform is what becomes of logits.
type Transform string

// The transforms. The model's calibrated probability is the softmax; the logits are half its log-odds, with either sign,
// which is all that a softmax of two can tell of them.
const (
	Softmax Transform = "softmax"
	Sigmoid Transform = "sigmoid"
	None    Transform = "none"
)

// Labels gives a score to each label, the higher first.
func Labels(m *model.Model, positive float64, transform Transform) []Label {
	const edge = 1e-15 // from where on float64 has no log-odds
	p := min(max(positive, edge), 1-edge)
	logit := math.Log(p/(1-p)) / 2
	score := func(p, logit float64) float64 {
		switch transform {
		case Sigmoid:
			return 1 / (1 + math.Exp(-logit))
		case None:
			return logit
		}
		return p
	}
	labels := []Label{
		{strings.ToUpper(m.Manifest.Labels[0]), score(1-positive, -logit)},
		{strings.ToUpper(m.Manifest.Labels[1]), score(positive, logit)},
	}
	slices.SortStableFunc(labels, func(a, b Label) int { return cmp.Compare(b.Score, a.Score) })
	return labels
}

// Strings reads a JSON list of strings, counted before they are kept.
func Strings(list []byte, most int) ([]string, error) {
	d := json.NewDecoder(bytes.NewReader(list))
	if open, err := d.Token(); err != nil || open != json.Delim('[') {
		return nil, &wire.Error{Code: wire.BadJSON, Detail: "There should be a list of strings."}
	}
	var texts []string
	for d.More() {
		if len(texts) == most {
			return nil, &wire.Error{Code: wire.TooManyTexts, Detail: fmt.Sprintf("There are more than %d texts. Send fewer at a time.", most)}
		}
		token, err := d.Token()
		text, ok := token.(string)
		if err != nil || !ok {
			return nil, &wire.Error{Code: wire.BadJSON, Detail: fmt.Sprintf("Text %d is not a string.", len(texts)+1)}
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// Unmarshal reads a body of JSON, with a byte order mark or without. The error is a *wire.Error.
func Unmarshal(body []byte, v any) error {
	if err := json.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), v); err != nil {
		return BadJSON(err)
	}
	return nil
}

// BadJSON says what is wrong with a body that json.Unmarshal refused.
func BadJSON(err error) *wire.Error {
	detail := "The body is not JSON: " + err.Error() + "."
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		detail = fmt.Sprintf("The body is not JSON, at byte %d: %s.", syntax.Offset, syntax)
	} else if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		where, found, want := "The body", mismatch.Value, mismatch.Type.Kind().String()
		if mismatch.Field != "" {
			where = strconv.Quote(mismatch.Field)
		}
		found, _, _ = strings.Cut(found, " ") // of a number it also has the digits
		if want == "struct" {
			want = "object"
		}
		detail = fmt.Sprintf("%s is JSON of type %s; it should be of type %s.", where, found, want)
	}
	return &wire.Error{Code: wire.BadJSON, Detail: detail}
}

// Send writes an answer as JSON.
func Send(w http.ResponseWriter, status int, contentType string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and finite numbers always marshal
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}
