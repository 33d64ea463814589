// Package lambda hosts an http.Handler in AWS Lambda, behind an HTTP API or a function URL.
//
// An event (payload format 2.0) becomes a request, the handler's answer the answer to the event: text as it is, anything that
// is not UTF-8 as base64, whole, with its trailers among the headers. The request's context ends before the invocation does,
// so that there is time for an answer; what the handler could not finish by then is answered with 504. An answer that is
// larger than Lambda takes (6 MB, encoded) is answered with 413. Both are problems like all others. A panic of the handler is
// answered with 500; the function lives on. Only what is no HTTP event at all is an error of the invocation; {"canary": true}, which
// a schedule sends, is answered with what a check of the golden texts found.
//
// Requests that an authorizer has let through carry the subject of their token (scoring.Owner).
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

// margin is kept of an invocation's time for what follows the handler: 6 MB of JSON, and Lambda's own reading of it.
const margin = 500 * time.Millisecond

// gatewayTime is how long an HTTP API waits, however long the function may take; function URLs wait as long as it does.
const gatewayTime = 30 * time.Second

// Function answers events. It is safe for concurrent use.
type Function struct {
	Handler http.Handler
	Log     *slog.Logger
	Done    func(Invocation) // told of each answered event; nil: nobody
	Checked func(Canary)     // told of each check that a schedule asked for; nil: nobody
	Origin  string           // what OriginHeader has to say for a request to be answered; "": whatever it says
	invoked atomic.Bool
}

// Invocation is one answered event.
type Invocation struct {
	Context   context.Context // of the invocation
	Request   *http.Request
	Status    int
	Bytes     int // of the payload
	Begun     time.Time
	Took      time.Duration
	First     bool // since the start of this process: its client waited for the init
	Trace     *trace.Trace
	RequestID string
}

// Budget is what the answer to a request may take, for api.Options: the time that its context has left, and as many bytes as
// are sure to fit when they are quoted and escaped.
func Budget(r *http.Request) api.Budget {
	b := api.Budget{Bytes: maxPayload * 15 / 16}
	if deadline, ok := r.Context().Deadline(); ok {
		b.Time = max(1, time.Until(deadline))
	}
	return b
}

// Invoke answers one event; it is what aws-lambda-go calls.
func (f *Function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	begun := time.Now()
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
	within, cancel := limit(r.Context(), &e, begun)
	defer cancel()
	traced, t := trace.With(within)
	r = r.WithContext(traced)

	w := newWriter()
	if f.admits(r) {
		f.serve(w, r)
	} else {
		api.Fail(w, r, &wire.Error{Code: wire.Unauthorized, Detail: "This address is answered through the page's own alone; send requests there."})
	}
	answer, err := w.finish(r)
	if refusal, ok := errors.AsType[*wire.Error](err); ok {
		w.again()
		api.Fail(w, r, refusal)
		answer, err = w.finish(r)
	}
	if err == nil && f.Done != nil {
		f.Done(Invocation{Context: ctx, Request: r, Status: w.status, Bytes: len(answer), Begun: begun, Took: time.Since(begun),
			First: !f.invoked.Swap(true), Trace: t, RequestID: w.header.Get("X-Request-Id")})
	}
	return answer, err
}

// OriginHeader is what the proxy before the API adds to a request, which it removes from what clients send.
const OriginHeader = "X-Reviewlens-Origin"

// admits reports whether a request came by the proxy, where that is asked for: an HTTP API has an address of its own beside the proxy's,
// and takes no web ACL. The header does not reach the handler.
func (f *Function) admits(r *http.Request) bool {
	said := r.Header.Get(OriginHeader)
	r.Header.Del(OriginHeader)
	return f.Origin == "" || subtle.ConstantTimeCompare([]byte(said), []byte(f.Origin)) == 1
}

// limit ends the request's context early enough for an answer.
func limit(ctx context.Context, e *event, begun time.Time) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !fromURL(e) {
		if at := begun.Add(gatewayTime); !ok || at.Before(end) {
			end, ok = at, true
		}
	}
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end.Add(-margin))
}

// serve runs the handler. Where it breaks an answer off, which a server shows by breaking the connection, nothing was sent
// yet: the reason takes the answer's place.
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
			refusal = &wire.Error{Code: wire.OutOfTime, Detail: "The time for this request ended before everything was scored. Send fewer reviews at a time, or the file to /v1/jobs."}
		case ended != nil:
			refusal = &wire.Error{Code: wire.NotReady, Detail: "The server is stopping."}
		default:
			if p == http.ErrAbortHandler {
				p = "the handler broke its answer off"
			}
			f.Log.ErrorContext(r.Context(), "request failed", "request", w.header.Get("X-Request-Id"), "path", r.URL.Path, "err", fmt.Sprintf("panic: %v\n%s", p, debug.Stack()))
			refusal = &wire.Error{Code: wire.Internal, Detail: "Something broke on our side; the server's log has it under the request's id."}
		}
		w.again()
		api.Fail(w, r, refusal)
	}()
	f.Handler.ServeHTTP(w, r)
}
