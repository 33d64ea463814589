// Package comprehend implements Amazon Comprehend: DetectSentiment, DetectTargetedSentiment and
// their batches in the protocol AWS JSON 1.1, with its limits (5,000 bytes per text, 25 texts per
// batch; here the texts must be English) and its errors.
//
// # Four classes
//
// The model has one probability of being positive; the product calls it unsure in a band around a
// half. The classes follow from it:
//
//   - With a model that predicts stars, Neutral is the probability of three stars; Positive and
//     Negative share the rest in the proportion p to 1-p, p being the probability of being
//     positive. If the engine returns no such probability (a SageMaker endpoint), the response is
//     an error.
//   - With a model without stars, Positive, Neutral and Negative are p, n and 1-p over 1+n, where
//     n = 1.5 min(p, 1-p), so that unsure is NEUTRAL (the band is [0.4, 0.6); another one is
//     stretched to it).
//   - A text with p in [0.05, 0.95) and more than one sentence is scored again by sentences (also
//     split before but, however and although; a long text, by eight runs of sentences). Mixed is
//     the greatest product of one part's Positive and another part's Negative, and the other three
//     share the rest.
//   - A text that the model cannot read, in another language or without words, is NEUTRAL.
//   - The sum is 1, and Sentiment is the leading class.
//
// Only texts that need it cost the second pass, of at most eight parts. The parts are charged as
// texts are, but metrics and trials count them as no further reviews.
//
// # Targets
//
// DetectTargetedSentiment returns the aspects of a text (package aspects), named or implied; a
// model without an aspect model returns an error. An entity is the mentions of one aspect, all of
// type ATTRIBUTE. A mention is never mixed; its polarity has its probability, and the other classes
// share the rest. Offsets are code points of the text as sent.
//
// # Keys
//
// If the server requires API keys, the key is both the access key ID and the secret access key: the
// server keeps only hashes of keys and could not verify a signature by a separate secret. So the
// key is as safe as a Bearer token: use TLS. The signature (Version 4) is verified in full:
// headers, payload, and a time within 15 minutes. Session tokens are ignored. Without keys any
// signature is accepted, as is none.
package comprehend

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"reviewlens/api/compat"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews/text"
)

// The limits of Comprehend.
const (
	maxBytes = 5000 // of a text
	maxTexts = 25   // of a batch
)

// language is the model's language; languages are those that Comprehend also supports.
const language = "en"

var languages = []string{"es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh", "zh-TW"}

const (
	target      = "Comprehend_20171127."
	service     = "comprehend"
	contentType = "application/x-amz-json-1.1"
)

// Handler serves the protocol at the path where it is mounted.
type Handler struct {
	host *compat.Host
	now  func() time.Time
}

// New returns a handler.
func New(host *compat.Host) *Handler { return &Handler{host, time.Now} }

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := h.answer(w, r)
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	setRequestID(w)
	compat.Send(w, http.StatusOK, contentType, answer)
}

// setRequestID copies the request's ID to the header that AWS's clients read.
func setRequestID(w http.ResponseWriter) {
	if id := w.Header().Get("X-Request-Id"); id != "" {
		w.Header().Set("X-Amzn-Requestid", id)
	}
}

// Fail writes an error in the format of AWS's clients.
func (h *Handler) Fail(w http.ResponseWriter, r *http.Request, err error) {
	setRequestID(w)
	f, ok := err.(*failure)
	if !ok {
		f = translate(h.host.Explain(w, r, err))
	}
	w.Header().Set("X-Amzn-Errortype", f.kind)
	compat.Send(w, f.status, contentType, map[string]string{"__type": f.kind, "Message": f.message})
}

// answer handles a request. It determines the owner before the operation.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request) (any, error) {
	if r.Method != http.MethodPost {
		return nil, unknownOperation("There is POST only.")
	}
	var s signature
	identify := func(r *http.Request) (in *http.Request, err error) {
		s, in, err = h.identify(r)
		return in, err
	}
	r, body, release, err := h.host.Receive(w, r, identify)
	if err != nil {
		return nil, err
	}
	defer release()
	if h.host.Owner != nil {
		if refusal := s.check(r, body, s.key, service, h.now()); refusal != nil {
			return nil, refusal
		}
	}
	operation, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), target)
	if !ok {
		return nil, unknownOperation("This speaks AWS JSON 1.1: the header X-Amz-Target should be " +
			target + "DetectSentiment, DetectTargetedSentiment, or Batch before one of them.")
	}
	handle := map[string]func(*http.Request, request) (any, error){
		"DetectSentiment":              one(h.sentiments),
		"BatchDetectSentiment":         batch(h.sentiments, sentimentItem),
		"DetectTargetedSentiment":      one(h.targets),
		"BatchDetectTargetedSentiment": batch(h.targets, targetedItem),
	}[operation]
	if handle == nil {
		return nil, unknownOperation("There are DetectSentiment, DetectTargetedSentiment and " +
			"their batches only.")
	}
	var in request
	if err := compat.Unmarshal(body, &in); err != nil {
		return nil, &failure{"SerializationException", http.StatusBadRequest, err.Error()}
	}
	return handle(r, in)
}

// identify returns the owner of the key that a request claims to be signed with. The signature is
// verified after the body has been read.
func (h *Handler) identify(r *http.Request) (s signature, in *http.Request, err error) {
	if h.host.Owner == nil {
		return s, r, nil
	}
	s, refusal := parseSignature(r.Header.Get("Authorization"))
	if refusal != nil {
		return s, nil, refusal
	}
	owner, err := h.host.Owner(r.Context(), s.key)
	if e, ok := errors.AsType[*wire.Error](err); ok && e.Code == wire.Unauthorized {
		return s, nil, &failure{"UnrecognizedClientException", http.StatusBadRequest, "The access key id is not one of this server's API keys."}
	}
	if err != nil {
		return s, nil, err
	}
	return s, r.WithContext(scoring.WithOwner(r.Context(), owner)), nil
}

// request is the input of all operations.
type request struct {
	Text         string
	TextList     json.RawMessage
	LanguageCode string
}

type detected struct {
	Sentiment      string
	SentimentScore sentimentScore
}

func sentimentItem(i int, d detected) any {
	return struct {
		Index int
		detected
	}{i, d}
}

func targetedItem(i int, t targeted) any {
	return struct {
		Index int
		targeted
	}{i, t}
}

type batchError struct {
	Index        int
	ErrorCode    string
	ErrorMessage string
}

type batchAnswer struct {
	ResultList []any
	ErrorList  []batchError
}

// outcome is the result for a text; both are nil if it has nothing to score.
type outcome[T any] struct {
	found  *T
	failed *wire.Error // an internal error
}

// failureOf returns the error of a result without a score if it is internal, else nil.
func failureOf(r wire.Result) *wire.Error {
	if r.Error != nil {
		if err := r.Error.Err(); err.Code == wire.Internal {
			return err
		}
	}
	return nil
}

// one returns a handler for one text.
func one[T any](all func(*http.Request, []string) ([]outcome[T], error)) func(*http.Request,
	request) (any, error) {
	return func(r *http.Request, in request) (any, error) {
		if err := in.checkText(); err != nil {
			return nil, err
		}
		found, err := all(r, []string{in.Text})
		if err != nil {
			return nil, err
		}
		switch o := found[0]; {
		case o.found != nil:
			return o.found, nil
		case o.failed != nil:
			return nil, o.failed
		}
		return nil, invalid("Text has nothing to score.")
	}
}

func (in request) checkText() error {
	if in.Text == "" {
		return invalid("Text is missing or empty.")
	}
	if err := in.checkLanguage(); err != nil {
		return err
	}
	if len(in.Text) > maxBytes {
		return &failure{"TextSizeLimitExceededException", http.StatusBadRequest, tooLong(in.Text)}
	}
	return nil
}

// batch returns a handler for several texts, with an item for each that has something to score.
func batch[T any](all func(*http.Request, []string) ([]outcome[T], error),
	item func(i int, t T) any) func(*http.Request, request) (any, error) {
	return func(r *http.Request, in request) (any, error) {
		list, err := in.list()
		if err != nil {
			return nil, err
		}
		texts := slices.Clone(list)
		for i, text := range texts {
			if len(text) > maxBytes {
				texts[i] = ""
			}
		}
		found, err := all(r, texts)
		if err != nil {
			return nil, err
		}
		answer := batchAnswer{[]any{}, []batchError{}}
		for i, o := range found {
			switch {
			case o.found != nil:
				answer.ResultList = append(answer.ResultList, item(i, *o.found))
			case o.failed != nil:
				answer.ErrorList = append(answer.ErrorList,
					batchError{i, "INTERNAL_SERVER_ERROR", o.failed.Detail})
			case len(list[i]) > maxBytes:
				answer.ErrorList = append(answer.ErrorList,
					batchError{i, "TEXT_SIZE_LIMIT_EXCEEDED", tooLong(list[i])})
			default:
				answer.ErrorList = append(answer.ErrorList,
					batchError{i, "INVALID_REQUEST", "The text has nothing to score."})
			}
		}
		return answer, nil
	}
}

// list returns the texts of a batch.
func (in request) list() ([]string, error) {
	if err := in.checkLanguage(); err != nil {
		return nil, err
	}
	list, err := compat.Strings(in.TextList, maxTexts)
	if e, ok := err.(*wire.Error); ok && e.Code == wire.TooManyTexts {
		return nil, &failure{"BatchSizeLimitExceededException", http.StatusBadRequest, fmt.Sprintf("TextList has more than %d documents. Try your request again with fewer documents.", maxTexts)}
	} else if err != nil {
		return nil, invalid("TextList: " + err.Error())
	}
	if len(list) == 0 {
		return nil, invalid("TextList is empty.")
	}
	return list, nil
}

func (in request) checkLanguage() error {
	switch {
	case in.LanguageCode == language:
		return nil
	case slices.Contains(languages, in.LanguageCode):
		return &failure{"UnsupportedLanguageException", http.StatusBadRequest, "The model reads English: LanguageCode should be " + language + "."}
	}
	return invalid("LanguageCode should be " + language + "; it is missing, or a language that Comprehend does not know either.")
}

func tooLong(text string) string {
	return fmt.Sprintf("Input text size exceeds limit: the text has %d bytes, and may have %d.", len(text), maxBytes)
}

// sentiments classifies texts. The same engine scores all of them, and those that may be mixed a
// second time by their parts.
func (h *Handler) sentiments(r *http.Request, texts []string) ([]outcome[detected], error) {
	e, release, err := h.host.Models.Acquire(r.Context(), "")
	if err != nil {
		return nil, err
	}
	defer release()
	extras := scoring.Extras{Stars: e.Model().Stars != nil}
	results, err := scoring.TextsWith(scoring.WithMoreToCome(r.Context()), e, texts,
		h.host.Limits.Tokens, extras)
	if err != nil {
		return nil, err
	}
	if extras.Stars && slices.ContainsFunc(results, withoutShares) {
		return nil, invalid("The current model's probability of three stars, which is Neutral, " +
			"is not known here: the model runs on an endpoint that returns none.")
	}
	var pieces []string
	count := make([]int, len(texts)) // number of parts of each text
	for i, result := range results {
		p := result.Positive
		if p != nil && *p >= mixedFrom && *p < mixedTo && result.Unread == "" {
			if cut := parts(string(text.Clean([]byte(texts[i])))); len(cut) > 1 {
				pieces = append(pieces, cut...)
				count[i] = len(cut)
			}
		}
	}
	var scored []wire.Result
	if len(pieces) > 0 {
		second := scoring.WithParts(scoring.WithAccepted(r.Context()))
		if scored, err = scoring.TextsWith(second, e, pieces, h.host.Limits.Tokens,
			extras); err != nil {
			return nil, err
		}
	}
	rule := e.Model().Rule
	all := make([]outcome[detected], len(texts))
	for i, result := range results {
		if result.Positive == nil {
			all[i].failed = failureOf(result)
			continue
		}
		var of []sentimentScore
		for _, part := range scored[:count[i]] {
			if part.Positive != nil && part.Unread == "" {
				of = append(of, classify(rule, part))
			}
		}
		scored = scored[count[i]:]
		s := classify(rule, result).withMixed(of)
		all[i].found = &detected{s.name(rule, result), s}
	}
	return all, nil
}

// withoutShares reports whether a readable text has stars without their probabilities.
func withoutShares(r wire.Result) bool {
	return r.Stars != nil && r.StarShares == nil && r.Unread == ""
}
