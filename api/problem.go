package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"reviewlens/api/wire"
)

// status maps every wire.Code to an HTTP status; a test checks that it is complete.
var status = map[wire.Code]int{
	wire.BadFrame:         http.StatusBadRequest,
	wire.BadJSON:          http.StatusBadRequest,
	wire.BadFile:          http.StatusBadRequest,
	wire.BadBody:          http.StatusBadRequest,
	wire.BodyTooLarge:     http.StatusRequestEntityTooLarge,
	wire.TooManyTexts:     http.StatusRequestEntityTooLarge,
	wire.TooManyTokens:    http.StatusRequestEntityTooLarge,
	wire.IDOutOfRange:     http.StatusBadRequest,
	wire.EmptyText:        http.StatusBadRequest,
	wire.BadText:          http.StatusBadRequest,
	wire.NoFrames:         http.StatusUnsupportedMediaType,
	wire.UnknownModel:     http.StatusConflict,
	wire.UnknownVersion:   http.StatusConflict,
	wire.UnsupportedType:  http.StatusUnsupportedMediaType,
	wire.BadParameter:     http.StatusBadRequest,
	wire.TooMuchWork:      http.StatusRequestEntityTooLarge,
	wire.KeyInUse:         http.StatusConflict,
	wire.KeyReused:        http.StatusUnprocessableEntity,
	wire.JobUnfinished:    http.StatusConflict,
	wire.TooManyJobs:      http.StatusTooManyRequests,
	wire.StorageFull:      http.StatusInsufficientStorage,
	wire.RateLimited:      http.StatusTooManyRequests,
	wire.Unauthorized:     http.StatusUnauthorized,
	wire.CrossOrigin:      http.StatusForbidden,
	wire.UnknownHost:      http.StatusMisdirectedRequest,
	wire.NotFound:         http.StatusNotFound,
	wire.MethodNotAllowed: http.StatusMethodNotAllowed,
	wire.Overloaded:       http.StatusTooManyRequests,
	wire.NotReady:         http.StatusServiceUnavailable,
	wire.OutOfTime:        http.StatusGatewayTimeout,
	wire.Internal:         http.StatusInternalServerError,
}

// Fail writes an error as the response, for a host that cannot send what the Handler wrote.
func Fail(w http.ResponseWriter, r *http.Request, err error) { fail(w, r, err) }

// explain returns the part of an error that a client may see and its HTTP status, and sets the
// headers that go with it. It is the only way from an error to a client: fail, and drop-ins whose
// errors have another shape, write what it returns.
func explain(w http.ResponseWriter, r *http.Request, err error) (*wire.Error, int) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		// the client is gone, so there is nobody to respond to and nothing is wrong
		panic(http.ErrAbortHandler)
	}
	// the host's deadline (Lambda)
	if errors.Is(err, context.DeadlineExceeded) && r.Context().Err() != nil {
		err = &wire.Error{Code: wire.OutOfTime,
			Detail: "The time for this request ended before it was done. Send fewer reviews at a " +
				"time, or try again."}
	}
	e, ok := errors.AsType[*wire.Error](err)
	if !ok { // an internal error: the operator gets the cause, the client does not
		log(r.Context()).LogAttrs(r.Context(), slog.LevelError, "request failed", loggedPath(r),
			slog.Any("err", err))
		e = &wire.Error{Code: wire.Internal,
			Detail: "Something broke on our side; the server's log has it under the request's id."}
	}
	code, ok := status[e.Code]
	if !ok {
		code = http.StatusInternalServerError
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	if code == http.StatusUnauthorized && header.Get("WWW-Authenticate") == "" {
		header.Set("WWW-Authenticate", `Bearer realm="reviewlens"`)
	}
	for _, name := range []string{"ETag", "Content-Encoding", "Content-Length"} {
		header.Del(name) // headers of the response that this one replaces
	}
	if code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable {
		header.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(e.RetryAfter.Seconds())))))
	}
	return e, code
}

// fail writes an error to a client: as a problem, or as the failer of the request does.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	if f, ok := r.Context().Value(failerKey{}).(failer); ok {
		f.Fail(w, r, err)
		return
	}
	e, code := explain(w, r, err)
	writeProblem(w, e, code)
}

// writeProblem writes an error as a problem with a status.
func writeProblem(w http.ResponseWriter, e *wire.Error, code int) {
	body, err := json.Marshal(e.Problem(code))
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	w.Header().Set("Content-Type", wire.TypeProblem)
	w.WriteHeader(code)
	w.Write(append(body, '\n'))
}

func notFound(w http.ResponseWriter, r *http.Request) {
	fail(w, r, &wire.Error{Code: wire.NotFound, Detail: "There is nothing at " +
		quote(r.URL.Path) + "."})
}

// notAllowed responds for a route that exists with other methods.
func notAllowed(methods ...string) http.HandlerFunc {
	allow := strings.Join(methods, ", ")
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		fail(w, r, &wire.Error{Code: wire.MethodNotAllowed,
			Detail: fmt.Sprintf("%s does not take %s; it takes %s.", quote(r.URL.Path),
				quote(r.Method), allow)})
	}
}

// quote formats what a client sent: quoted, escaped and truncated.
func quote(s string) string {
	return strconv.Quote(cut(s, 60))
}

// sendJSON writes a response that is computed each time and must not be cached.
func sendJSON(w http.ResponseWriter, r *http.Request, v any) { writeJSON(w, r, http.StatusOK, v) }

func writeJSON(w http.ResponseWriter, r *http.Request, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", wire.TypeJSON)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}

// serve writes a response that never changes, with an ETag, and 304 to clients that have it.
func serve(w http.ResponseWriter, r *http.Request, contentType, tag, cache string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("ETag", `"`+tag+`"`)
	w.Header().Set("Cache-Control", cache)
	http.ServeContent(&conditional{ResponseWriter: w}, r, "", time.Time{}, bytes.NewReader(body))
}

// conditional writes refusals of http.ServeContent as problems.
type conditional struct {
	http.ResponseWriter
	refused bool
}

func (c *conditional) WriteHeader(code int) {
	detail := map[int]string{
		http.StatusPreconditionFailed:           "It is another than If-Match asks for.",
		http.StatusRequestedRangeNotSatisfiable: "The Range lies outside of it, or is none.",
	}[code]
	if detail == "" {
		c.ResponseWriter.WriteHeader(code)
		return
	}
	c.refused = true
	c.Header().Set("Cache-Control", "no-store")
	for _, name := range []string{"Content-Encoding", "Content-Length"} {
		c.Header().Del(name) // of what this problem replaces
	}
	writeProblem(c.ResponseWriter, &wire.Error{Code: wire.BadParameter, Detail: detail}, code)
}

func (c *conditional) Write(p []byte) (int, error) {
	if c.refused {
		return len(p), nil // drop the text of net/http
	}
	return c.ResponseWriter.Write(p)
}

func (c *conditional) Unwrap() http.ResponseWriter { return c.ResponseWriter }
