package lambda

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"

	"reviewlens/api/wire"
)

// maxPayload is Lambda's limit for a response, including all of its JSON.
const maxPayload = 6_291_556

var errTooLarge = &wire.Error{Code: wire.TooMuchWork,
	Detail: "The answer has more than the 6 MB that may be sent at once. Send fewer reviews at a " +
		"time, or the file to /v1/jobs."}

// response is the result of an event for an HTTP API or a function URL.
type response struct {
	StatusCode      int               `json:"statusCode"`
	Headers         map[string]string `json:"headers"`
	Cookies         []string          `json:"cookies,omitempty"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
}

// writer collects a response. Responses are not streamed, so headers that are set late are still
// sent: trailers become headers.
type writer struct {
	header http.Header // as the handler sets it
	sent   http.Header // a copy from when the status was written
	status int
	body   bytes.Buffer
	over   bool // the body exceeds the limit
}

func newWriter() *writer { return &writer{header: make(http.Header)} }

func (w *writer) Header() http.Header { return w.header }

// Flush does nothing; it implements http.Flusher.
func (w *writer) Flush() {}

func (w *writer) WriteHeader(status int) {
	if w.status == 0 && status >= 200 { // statuses below 200 precede the response
		w.status, w.sent = status, w.header.Clone()
	}
}

// Write fails once the response is too large, so that scoring stops.
func (w *writer) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if w.body.Len()+len(p) > maxPayload {
		w.over = true
		return 0, errTooLarge
	}
	return w.body.Write(p)
}

// again discards the response and the headers that describe its body, so that another response can
// replace it.
func (w *writer) again() {
	w.status, w.sent, w.over = 0, nil, false
	w.body = bytes.Buffer{}
	for name := range w.header {
		if strings.HasPrefix(name, "Content-") && name != "Content-Security-Policy" {
			w.header.Del(name)
		}
	}
	w.header.Del("Trailer")
}

// finish encodes the response to r for Lambda, or returns errTooLarge.
func (w *writer) finish(r *http.Request) ([]byte, error) {
	if w.over {
		return nil, errTooLarge
	}
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	body := w.body.Bytes()
	if r.Method == http.MethodHead || w.status == http.StatusNoContent ||
		w.status == http.StatusNotModified {
		body = nil
	}
	if w.sent.Get("Content-Type") == "" && len(body) > 0 {
		// as net/http does; Lambda's own default is JSON
		w.sent.Set("Content-Type", http.DetectContentType(body))
	}
	w.trailers()
	answer := response{StatusCode: w.status, Headers: make(map[string]string, len(w.sent)),
		Cookies: w.sent["Set-Cookie"]}
	for name, values := range w.sent {
		switch name {
		// set by the host
		case "Set-Cookie", "Content-Length", "Transfer-Encoding", "Connection", "Trailer":
		default:
			answer.Headers[name] = strings.Join(values, ", ")
		}
	}
	// The bytes decide whether JSON can represent them, not their type: CSV may have any encoding.
	if utf8.Valid(body) {
		answer.Body = string(body)
	} else {
		answer.Body, answer.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	var payload bytes.Buffer
	e := json.NewEncoder(&payload)
	e.SetEscapeHTML(false) // <, > and & would take six bytes each
	if err := e.Encode(answer); err != nil {
		return nil, err
	}
	if payload.Len() > maxPayload {
		return nil, errTooLarge
	}
	return payload.Bytes(), nil
}

// trailers moves the values of announced trailers to the headers.
func (w *writer) trailers() {
	for _, list := range w.sent["Trailer"] {
		for name := range strings.SplitSeq(list, ",") {
			if values := w.header.Values(strings.TrimSpace(name)); len(values) > 0 {
				w.sent[http.CanonicalHeaderKey(strings.TrimSpace(name))] = values
			}
		}
	}
	for name, values := range w.header {
		if trailer, ok := strings.CutPrefix(name, http.TrailerPrefix); ok {
			delete(w.sent, name)
			w.sent[http.CanonicalHeaderKey(trailer)] = values
		}
	}
}
