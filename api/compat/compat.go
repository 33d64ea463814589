// Package compat holds what the drop-ins share: endpoints that implement other services' protocols,
// so that their clients need only a new address.
//
//   - comprehend: Amazon Comprehend, DetectSentiment, DetectTargetedSentiment and their batches
//   - huggingface: the Inference API, text-classification
//   - tei: Text Embeddings Inference, /predict
//   - sagemaker: the SageMaker container protocol, /ping and /invocations
//
// Each translates to and from api/scoring and adds nothing to it: keys, limits, admission and
// metrics are the host's; errors have the shape that the protocol's clients expect. Labels are the
// manifest's in capitals, NEGATIVE and POSITIVE, as in Hugging Face's own sentiment model. Two
// labels leave no room for unsure: their scores express the confidence.
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

// Host is the server in which a drop-in is mounted.
type Host struct {
	Models   scoring.Models
	Limits   wire.Limits
	Requests int // maximum number of requests scored concurrently

	// Owner returns the owner of an API key; nil if the server needs no authentication. The error
	// of a key that is not accepted is a *wire.Error of code Unauthorized.
	Owner func(ctx context.Context, key string) (owner string, err error)
	// Ready returns an error if the server should receive no requests.
	Ready func() error
	// Admit admits a request whose owner is known, until release is called. The error is a
	// *wire.Error, Overloaded or RateLimited.
	Admit func(r *http.Request) (in *http.Request, release func(), err error)
	// Body reads a request's body of at most Limits.Bytes.
	Body func(w http.ResponseWriter, r *http.Request) ([]byte, error)
	// Explain returns the part of an error that a client may see and its HTTP status, and sets the
	// headers that go with it. Internal errors are logged.
	Explain func(w http.ResponseWriter, r *http.Request, err error) (*wire.Error, int)
}

// Receive authenticates a request (nil: without authentication), admits it until release is called
// and reads its body. The returned request carries its owner.
func (h *Host) Receive(w http.ResponseWriter, r *http.Request,
	authenticate func(*http.Request) (*http.Request, error),
) (in *http.Request, body []byte, release func(), err error) {
	if authenticate != nil {
		if r, err = authenticate(r); err != nil {
			return nil, nil, nil, err
		}
	}
	if in, release, err = h.Admit(r); err != nil {
		return nil, nil, nil, err
	}
	if body, err = h.Body(w, in); err != nil {
		release()
		return nil, nil, nil, err
	}
	return in, body, release, nil
}

// Key returns the key or token of a request, "Authorization: Bearer KEY" or "X-Api-Key: KEY"; ""
// for none.
func Key(r *http.Request) string {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	return r.Header.Get("X-Api-Key")
}

// Authenticate authenticates a request by its Key, and adds the owner to its context.
func (h *Host) Authenticate(r *http.Request) (*http.Request, error) {
	if h.Owner == nil {
		return r, nil
	}
	key := Key(r)
	if key == "" {
		return nil, &wire.Error{Code: wire.Unauthorized,
			Detail: `This server wants an API key: send it as "Authorization: Bearer KEY".`}
	}
	owner, err := h.Owner(r.Context(), key)
	if err != nil {
		return nil, err
	}
	return r.WithContext(scoring.WithOwner(r.Context(), owner)), nil
}

// Score scores texts, with stars if requested. A text without a score fails the request, as these
// protocols cannot represent it.
func (h *Host) Score(ctx context.Context, texts []string,
	stars bool) ([]wire.Result, *model.Model, error) {
	e, release, err := h.Models.Acquire(ctx, "")
	if err != nil {
		return nil, nil, err
	}
	defer release()
	results, err := scoring.TextsWith(ctx, e, texts, h.Limits.Tokens,
		scoring.Extras{Stars: stars})
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

// Label is a class and its score.
type Label struct {
	Label string  `json:"label"`
	Score float64 `json:"score"`
}

// Transform is a function applied to the logits.
type Transform string

// The transforms. The model's calibrated probability is the softmax; the logits are plus and minus
// half its log-odds, which is all that a softmax of two determines.
const (
	Softmax Transform = "softmax"
	Sigmoid Transform = "sigmoid"
	None    Transform = "none"
)

// Labels returns the score of each label, highest first. The manifest of an exported model may list
// the positive label first.
func Labels(m *model.Model, positive float64, transform Transform) []Label {
	const edge = 1e-15 // beyond this the log-odds exceed float64's precision
	p := min(max(positive, edge), 1-edge)
	logit := math.Log(p/(1-p)) / 2
	labels := make([]Label, len(m.Manifest.Labels))
	for i, name := range m.Manifest.Labels {
		score := transform.of(1-positive, -logit)
		if name == "positive" {
			score = transform.of(positive, logit)
		}
		labels[i] = Label{strings.ToUpper(name), score}
	}
	return highestFirst(labels)
}

// StarLabels returns the probabilities of one to five stars, highest first, under the labels of
// star models, "1 star" to "5 stars". Their logits are the logarithms, which give the same softmax.
func StarLabels(shares []float64, transform Transform) []Label {
	labels := make([]Label, len(shares))
	for i, p := range shares {
		name := fmt.Sprintf("%d stars", i+1)
		if i == 0 {
			name = "1 star"
		}
		labels[i] = Label{name, transform.of(p, math.Log(max(p, 1e-15)))}
	}
	return highestFirst(labels)
}

// of returns the score of a class with this probability and logit.
func (t Transform) of(p, logit float64) float64 {
	switch t {
	case Sigmoid:
		return 1 / (1 + math.Exp(-logit))
	case None:
		return logit
	}
	return p
}

func highestFirst(labels []Label) []Label {
	slices.SortStableFunc(labels, func(a, b Label) int { return cmp.Compare(b.Score, a.Score) })
	return labels
}

// Strings decodes a JSON list of at most most strings, and counts them before storing them.
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

// Unmarshal decodes a JSON body, with or without a byte order mark, that has no member twice. The
// error is a *wire.Error.
func Unmarshal(body []byte, v any) error {
	if err := wire.CheckUTF8(body); err != nil {
		return err
	}
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if err := json.Unmarshal(body, v); err != nil {
		return BadJSON(err)
	}
	return wire.CheckMembers(body)
}

// BadJSON describes the error in a body that json.Unmarshal refused.
func BadJSON(err error) *wire.Error {
	detail := "The body is not JSON: " + err.Error() + "."
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		detail = fmt.Sprintf("The body is not JSON, at byte %d: %s.", syntax.Offset, syntax)
	} else if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		detail = wire.WrongType(mismatch, "The body") + "."
	}
	return &wire.Error{Code: wire.BadJSON, Detail: detail}
}

// Send writes a response as JSON.
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
