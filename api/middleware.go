package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"reviewlens/api/trace"
	"reviewlens/api/wire"
)

// policy lets the page run its own scripts and WASM, in workers too, and connect to its own server,
// but nothing else. Styles may be inline because charts and pages set style attributes; scripts may
// not.
const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' " +
	"blob:; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; " +
	"frame-ancestors 'none'"

// policyFor also lets the page request tokens from the identity provider.
func policyFor(s *wire.SignIn) string {
	if s == nil {
		return policy
	}
	u, err := url.Parse(s.Token)
	if err != nil {
		return policy
	}
	return policy + "; connect-src 'self' " + u.Scheme + "://" + u.Host
}

// secure sets the headers of every response. The opener and embedder policies isolate the page from
// other origins (crossOriginIsolated), as it loads only its own resources. Sign-in opens the
// provider in a window that shares nothing with the page; the answer is received on a channel.
func secure(policy string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Embedder-Policy", "require-corp")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		next.ServeHTTP(w, r)
	})
}

type logKey struct{}

// log returns the request's logger, which adds the request's ID.
func log(ctx context.Context) *slog.Logger {
	if l, ok := ctx.Value(logKey{}).(*slog.Logger); ok {
		return l
	}
	return slog.Default()
}

// loggedPath is the path of a request for the log, truncated to a fixed length.
func loggedPath(r *http.Request) slog.Attr { return slog.String("path", cut(r.URL.Path, 200)) }

func cut(s string, most int) string {
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

// observe assigns each request an ID, logs its outcome, and turns a panic into an internal error.
// It logs the route and the beginning of the path, but neither query nor body, which may contain
// what people wrote. Requests for the page's files are logged at debug level.
func observe(to *slog.Logger, m *metrics, next http.Handler) http.Handler {
	draining := make(chan struct{}, maxDraining)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		id := requestID(r)
		w.Header().Set("X-Request-Id", id)
		l := to.With("request", id)
		rec := &recorder{ResponseWriter: w, body: &countedBody{ReadCloser: r.Body,
			left: r.ContentLength}}
		// clears the deadline of an earlier response on the same connection
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
		r = r.WithContext(context.WithValue(r.Context(), logKey{}, l))
		r.Body = rec.body

		defer func() {
			if p := recover(); p != nil {
				if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					l.Debug("client left", loggedPath(r), "millis",
						time.Since(started).Milliseconds())
					panic(http.ErrAbortHandler)
				}
				err := fmt.Errorf("panic: %v\n%s", p, debug.Stack())
				// part of the response was sent: only breaking the connection signals the failure
				if rec.status != 0 {
					l.Error("request failed", loggedPath(r), "err", err)
					panic(http.ErrAbortHandler)
				}
				fail(rec, r, err)
			}
			route := r.Pattern // the mux's pattern, never the requested path
			if !strings.Contains(route, "/v1/") && !strings.Contains(route, "/compat/") &&
				!strings.HasSuffix(route, "/invocations") {
				route = "other"
			}
			m.request(route, rec.status, time.Since(started))
			trace.From(r.Context()).Served(route, rec.status)
			level := slog.LevelDebug
			if strings.HasPrefix(r.URL.Path, "/v1/") || strings.HasPrefix(r.URL.Path, "/compat/") ||
				r.URL.Path == "/invocations" {
				level = slog.LevelInfo
			}
			l.Log(r.Context(), level, "request", "method", cut(r.Method, 20), "route", r.Pattern,
				loggedPath(r), "status", rec.status,
				"bytes", rec.bytes, "millis", time.Since(started).Milliseconds())
			if rec.refused {
				select {
				case draining <- struct{}{}:
					defer func() { <-draining }()
					rec.body.drain(w)
				default:
				}
			}
		}()
		next.ServeHTTP(rec, r)
	})
}

// requestID returns the sender's ID if it is safe to log, else a new one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	plain := func(c rune) bool {
		return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' ||
			c == '-' || c == '_'
	}
	if id != "" && len(id) <= 64 &&
		strings.IndexFunc(id, func(c rune) bool { return !plain(c) }) < 0 {
		return id
	}
	return rand.Text()[:16]
}

// recorder records the status and size of a response.
type recorder struct {
	http.ResponseWriter
	body    *countedBody
	status  int
	bytes   int64
	refused bool // with much of the body still to be received
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
		// not on Lambda, where the body is complete
		if status >= 400 && r.body.needsDrain() &&
			http.NewResponseController(r.ResponseWriter).EnableFullDuplex() == nil {
			r.refused = true
			r.Header().Set("Connection", "close")
		}
	}
	r.ResponseWriter.WriteHeader(status)
}

// writeTime is the maximum time for a client to receive the next writePiece of a response. A client
// that reads nothing would otherwise hold its place and its connection forever.
const (
	writeTime  = time.Minute
	writePiece = 64 << 10
)

func (r *recorder) Write(p []byte) (written int, err error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	// Lambda has neither connections nor such clients
	connection := http.NewResponseController(r.ResponseWriter)
	for written < len(p) || len(p) == 0 {
		// also covers what net/http flushes after the last write
		_ = connection.SetWriteDeadline(time.Now().Add(writeTime))
		n, err := r.ResponseWriter.Write(p[written:min(written+writePiece, len(p))])
		written += n
		r.bytes += int64(n)
		if err != nil || len(p) == 0 {
			return written, err
		}
	}
	return written, nil
}

// Unwrap gives http.ResponseController access to the underlying writer.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
