// Package lambda hosts an http.Handler in AWS Lambda, behind an HTTP API or a function URL.
//
// It converts an event (payload format 2.0) to a request, and the handler's response to the
// response of the event: text unchanged, anything that is not UTF-8 as base64, complete, with
// trailers among the headers. The request's context ends before the invocation does, to leave time
// to respond; a request not finished by then gets 504. A response larger than Lambda's limit (6 MB,
// encoded) is replaced by 413. Both are problems like all others. A panic of the handler results in
// 500; the function survives. Only a payload that is not an HTTP event is an error of the
// invocation. A schedule sends {"canary": true}; its response is the result of checking the golden
// texts.
//
// Requests admitted by an authorizer carry the subject of their token (scoring.Owner).
package lambda

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"reviewlens/api"
	"reviewlens/api/trace"
	"reviewlens/api/wire"
)

// margin is the part of an invocation's time reserved for the work after the handler: encoding 6 MB
// of JSON, and Lambda's own processing of it.
const margin = 500 * time.Millisecond

// gatewayTime is how long an HTTP API waits, whatever the function's timeout; a function URL waits
// for the timeout.
const gatewayTime = 30 * time.Second

// Function handles events. It is safe for concurrent use.
type Function struct {
	Handler http.Handler
	Log     *slog.Logger
	Done    func(Invocation) // called after each event; may be nil
	Checked func(Canary)     // called after each scheduled check; may be nil
	Origin  string           // the required value of OriginHeader; "" accepts any
	invoked atomic.Bool
}

// Invocation describes one handled event.
type Invocation struct {
	Context   context.Context // of the invocation
	Request   *http.Request
	Status    int
	Bytes     int // of the payload
	Begun     time.Time
	Took      time.Duration
	First     bool // the first of this process, whose client waited for the init
	Trace     *trace.Trace
	RequestID string
}

// Budget returns the bounds on the response to a request, for api.Options: the remaining time of
// its context, and the number of bytes certain to fit after quoting and escaping.
func Budget(r *http.Request) api.Budget {
	b := api.Budget{Bytes: maxPayload * 15 / 16}
	if deadline, ok := r.Context().Deadline(); ok {
		b.Time = max(1, time.Until(deadline))
	}
	return b
}

// Invoke handles one event; aws-lambda-go calls it.
func (f *Function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	start := time.Now()
	if isCanary(payload) {
		return f.canary(ctx)
	}
	e, err := decodeEvent(payload)
	if err != nil {
		return nil, err
	}
	r, err := request(ctx, &e)
	if err != nil {
		return nil, err
	}
	within, cancel := limit(r.Context(), &e, start)
	defer cancel()
	traced, t := trace.With(within)
	r = r.WithContext(traced)

	w := newWriter()
	if f.admits(r) {
		f.serve(w, r)
	} else {
		api.Fail(w, r, &wire.Error{Code: wire.Unauthorized,
			Detail: "This address takes no direct requests; use the address of the page."})
	}
	answer, err := w.finish(r)
	if refusal, ok := errors.AsType[*wire.Error](err); ok {
		w.again()
		api.Fail(w, r, refusal)
		answer, err = w.finish(r)
	}
	if err == nil && f.Done != nil {
		f.Done(Invocation{Context: ctx, Request: r, Status: w.status, Bytes: len(answer),
			Begun: start, Took: time.Since(start),
			First: !f.invoked.Swap(true), Trace: t, RequestID: w.header.Get("X-Request-Id")})
	}
	return answer, err
}

// OriginHeader is the header that the proxy in front of the API adds to requests. The proxy removes
// it from what clients send.
const OriginHeader = "X-Reviewlens-Origin"

// admits reports whether a request came through the proxy, if that is required: an HTTP API also
// has an address of its own, and supports no web ACL. It removes the header before the handler
// runs.
func (f *Function) admits(r *http.Request) bool {
	sent := r.Header.Get(OriginHeader)
	r.Header.Del(OriginHeader)
	return f.Origin == "" || subtle.ConstantTimeCompare([]byte(sent), []byte(f.Origin)) == 1
}

// limit ends the request's context early enough to respond.
func limit(ctx context.Context, e *event, start time.Time) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !fromURL(e) {
		if at := start.Add(gatewayTime); !ok || at.Before(end) {
			end, ok = at, true
		}
	}
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end.Add(-margin))
}

// serve runs the handler. If the handler aborts a response, for which a server would break the
// connection, nothing has been sent yet, so an error replaces the response.
func (f *Function) serve(w *writer, r *http.Request) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		var refusal *wire.Error
		switch ended := r.Context().Err(); {
		case w.over:
			refusal = errTooLarge
		case errors.Is(ended, context.DeadlineExceeded):
			refusal = &wire.Error{Code: wire.OutOfTime,
				Detail: "The time for this request ended before everything was scored. Send " +
					"fewer reviews at a time, or the file to /v1/jobs."}
		case ended != nil:
			refusal = &wire.Error{Code: wire.NotReady, Detail: "The server is stopping."}
		default:
			if p == http.ErrAbortHandler {
				p = "the handler broke its answer off"
			}
			f.Log.ErrorContext(r.Context(), "request failed", "request",
				w.header.Get("X-Request-Id"), "path", r.URL.Path, "err", fmt.Sprintf(
					"panic: %v\n%s", p, debug.Stack()))
			refusal = &wire.Error{Code: wire.Internal,
				Detail: "Something broke on our side; the server's log has it under the " +
					"request's id."}
		}
		w.again()
		api.Fail(w, r, refusal)
	}()
	f.Handler.ServeHTTP(w, r)
}
