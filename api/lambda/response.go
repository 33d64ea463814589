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

// maxPayload is the most bytes that Lambda takes as an answer, all of its JSON counted.
const maxPayload = 6_291_556

var errTooLarge = &wire.Error{Code: wire.TooMuchWork,
	Detail: "The answer has more than the 6 MB that may be sent at once. Send fewer reviews at a time, or the file to /v1/jobs."}

// response is what an HTTP API and a function URL want as the answer to an event.
type response struct {
	StatusCode      int               `json:"statusCode"`
	Headers         map[string]string `json:"headers"`
	Cookies         []string          `json:"cookies,omitempty"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
}

// writer collects an answer, in the place of a connection. Answers cannot be streamed, so that headers set late still
// arrive: trailers become headers.
type writer struct {
	header http.Header // the handler's
	sent   http.Header // as they were when the status was written
	status int
	body   bytes.Buffer
	over   bool // the body is larger than any answer may be
}

func newWriter() *writer { return &writer{header: make(http.Header)} }

func (w *writer) Header() http.Header { return w.header }

// Flush has nothing to do; it is here so that handlers that flush need not care where they run.
func (w *writer) Flush() {}

func (w *writer) WriteHeader(status int) {
	if w.status == 0 && status >= 200 { // those below come before the answer
		w.status, w.sent = status, w.header.Clone()
	}
}

// Write fails once the answer is too large, so that no more is scored for it.
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

// again forgets the answer, so that another can take its place. Headers that describe the body go with it.
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

// finish gives the answer to r as Lambda wants it. errTooLarge says that it is none.
func (w *writer) finish(r *http.Request) ([]byte, error) {
	if w.over {
		return nil, errTooLarge
	}
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	body := w.body.Bytes()
	if r.Method == http.MethodHead || w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		body = nil
	}
	if w.sent.Get("Content-Type") == "" && len(body) > 0 {
		w.sent.Set("Content-Type", http.DetectContentType(body)) // as net/http does; Lambda's own guess is JSON
	}
	w.trailers()
	answer := response{StatusCode: w.status, Headers: make(map[string]string, len(w.sent)), Cookies: w.sent["Set-Cookie"]}
	for name, values := range w.sent {
		switch name {
		case "Set-Cookie", "Content-Length", "Transfer-Encoding", "Connection", "Trailer": // the host's own
		default:
			answer.Headers[name] = strings.Join(values, ", ")
		}
	}
	// Whether bytes survive JSON is asked of the bytes, not of their type: CSV may be in any encoding.
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
