package jobclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"reviewlens/api/wire"
)

// If a server disappears, the client retries for its patience, and then returns the error of the
// connection.
func TestGivesUp(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	c, err := New(server.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	c.patience = 500 * time.Millisecond
	start := time.Now()
	_, err = c.Job(t.Context(), "x")
	if _, ok := errors.AsType[*url.Error](err); !ok || time.Since(start) < 100*time.Millisecond {
		t.Errorf("job = %v after %v", err, time.Since(start))
	}
}

// A server that accepts a request, and neither answers nor reads on, is given up. One that is slow,
// but sends something now and then, is not.
func TestSilence(t *testing.T) {
	const patience = 300 * time.Millisecond
	var release chan struct{}
	silent := func(_ http.ResponseWriter, r *http.Request) { <-release }
	for name, tt := range map[string]struct {
		serve http.HandlerFunc
		ask   func(context.Context, *Client) error
		fails bool
	}{
		"a configuration": {silent, func(ctx context.Context, c *Client) error {
			_, err := c.Config(ctx)
			return err
		}, true},
		"an upload": {silent, func(ctx context.Context, c *Client) error {
			const size = 64 << 20 // more than the buffers of a connection
			_, _, err := c.Create(ctx, Upload{Size: size, Body: func() io.Reader {
				return io.LimitReader(zeros{}, size)
			}})
			return err
		}, true},
		"an upload elsewhere": {silent, func(ctx context.Context, c *Client) error {
			return c.Put(ctx, wire.Job{ID: "a", Upload: &wire.Upload{URL: c.server.String()}},
				Upload{Body: func() io.Reader { return strings.NewReader("") }})
		}, true},
		"half a result": {func(w http.ResponseWriter, r *http.Request) {
			if w.Header().Set("Content-Length", "8"); r.Header.Get("Range") == "" {
				io.WriteString(w, "half")
				w.(http.Flusher).Flush()
			}
			<-release
		}, result, true},
		"a slow result": {func(w http.ResponseWriter, r *http.Request) {
			for range 8 {
				io.WriteString(w, "a")
				w.(http.Flusher).Flush()
				time.Sleep(patience / 4)
			}
		}, result, false},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(tt.serve)
			defer server.Close()
			release = make(chan struct{})
			defer close(release)
			c, err := New(server.URL, "")
			if err != nil {
				t.Fatal(err)
			}
			c.patience = patience
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			err = tt.ask(ctx, c)
			if _, is := errors.AsType[*silenceError](err); is != tt.fails || !is && err != nil {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func result(ctx context.Context, c *Client) error { return c.Result(ctx, "a", io.Discard) }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// Transient failures are retried, after the server's delay; others are not.
func TestAsksAgain(t *testing.T) {
	requests := 0
	var answer func(w http.ResponseWriter)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		answer(w)
	}))
	defer server.Close()
	problem := func(code wire.Code, status int, retryAfter string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			if requests > 2 {
				fmt.Fprint(w, `{"id": "a", "state": "waiting"}`)
				return
			}
			w.Header().Set("Retry-After", retryAfter)
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"type": "/problems/%s", "detail": "Not now."}`, code)
		}
	}
	c, err := New(server.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name     string
		answer   func(http.ResponseWriter)
		requests int
	}{
		{"overloaded", problem(wire.Overloaded, 429, "0"), 3},
		{"a proxy's", func(w http.ResponseWriter) {
			if requests < 3 {
				w.WriteHeader(http.StatusBadGateway)
			}
			fmt.Fprint(w, `{"id": "a"}`)
		}, 3},
		{"S3's", func(w http.ResponseWriter) {
			if requests < 3 {
				w.WriteHeader(http.StatusInternalServerError)
				fmt.Fprint(w, "<Error><Code>InternalError</Code></Error>")
				return
			}
			fmt.Fprint(w, `{"id": "a"}`)
		}, 3},
		{"not found", problem(wire.NotFound, 404, ""), 1},
		{"no key", problem(wire.Unauthorized, 401, ""), 1},
		{"our fault", problem(wire.Internal, 500, ""), 1},
		{"later than patience", problem(wire.Overloaded, 429, "3600"), 1},
		{"no JSON", func(w http.ResponseWriter) { fmt.Fprint(w, "<html>") }, 1},
	} {
		requests, answer = 0, tt.answer
		job, err := c.Job(t.Context(), "a")
		if requests != tt.requests || (err == nil) != (tt.requests == 3) ||
			err == nil && job.ID != "a" {
			t.Errorf("%s: %d requests, want %d; job %+v, %v", tt.name, requests, tt.requests, job,
				err)
		}
	}
}

// A job that is gone after a lost response was deleted by that request. After a refusal, or at
// first, it was not there.
func TestDeletesOnce(t *testing.T) {
	lose := func(w http.ResponseWriter) { panic(http.ErrAbortHandler) }
	proxy := func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }
	busy := func(w http.ResponseWriter) {
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, `{"type": "/problems/overloaded", "detail": "Not now."}`)
	}
	gone := func(w http.ResponseWriter) {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"type": "/problems/not-found", "detail": "There is no such job."}`)
	}
	for _, tt := range []struct {
		name    string
		answers []func(http.ResponseWriter)
		deleted bool
	}{
		{"gone at first", []func(http.ResponseWriter){gone}, false},
		{"after a lost response", []func(http.ResponseWriter){lose, gone}, true},
		{"after a proxy's", []func(http.ResponseWriter){proxy, gone}, true},
		{"lost, then refused", []func(http.ResponseWriter){lose, busy, gone}, true},
		{"after a refusal", []func(http.ResponseWriter){busy, gone}, false},
	} {
		requests := 0
		server := httptest.NewServer(http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) {
				requests++
				tt.answers[min(requests, len(tt.answers))-1](w)
			}))
		c, err := New(server.URL, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Delete(t.Context(), "a"); (err == nil) != tt.deleted {
			t.Errorf("%s: Delete = %v", tt.name, err)
		}
		server.Close()
	}
}

// A result that changes during the download is an error, not a mixture; if a server ignores the
// range, the part that exists is skipped.
func TestResultGoesOn(t *testing.T) {
	const whole = "id,review,sentiment\n1,a,positive\n"
	for _, tt := range []struct {
		name string
		tag  string
		want string
	}{
		{"the whole again", `"a"`, ""},
		{"another", `"b"`, "the result changed"},
	} {
		requests := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests++
			w.Header().Set("Content-Length", fmt.Sprint(len(whole)))
			if requests == 1 {
				w.Header().Set("ETag", `"a"`)
				io.WriteString(w, whole[:10])
				http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			}
			if r.Header.Get("Range") != "bytes=9-" || r.Header.Get("If-Range") != `"a"` {
				t.Errorf("%s: asked with %v", tt.name, r.Header)
			}
			w.Header().Set("ETag", tt.tag)
			io.WriteString(w, whole)
		}))
		c, err := New(server.URL, "")
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		err = c.Result(t.Context(), "a", &out)
		if tt.want == "" && (err != nil || out.String() != whole) ||
			tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %q, %v", tt.name, out.String(), err)
		}
		server.Close()
	}
}

// A connection that breaks after the last byte of a result, but before its end, has brought all of
// it.
func TestResultBreaksAtItsEnd(t *testing.T) {
	const whole = "id,review,sentiment\n1,a,positive\n"
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"a"`)
		if requests++; requests > 1 {
			http.ServeContent(w, r, "", time.Time{}, strings.NewReader(whole))
			return
		}
		io.WriteString(w, whole) // in chunks, as a proxy sends it
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	defer server.Close()
	c, err := New(server.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := c.Result(t.Context(), "a", &out); err != nil || out.String() != whole ||
		requests != 2 {
		t.Errorf("after %d requests %q, %v", requests, out.String(), err)
	}
}

func TestKeepsTheKeyToItself(t *testing.T) {
	for server, want := range map[string]bool{
		"http://localhost:8000": false, "http://127.0.0.1:1": false, "http://[::1]:1": false,
		"https://reviews.example": false, "http://reviews.example": true,
	} {
		c, err := New(server, "k")
		if err != nil || c.Exposed() != want {
			t.Errorf("%s: exposed is %v, want %v (%v)", server, !want, want, err)
		}
	}
	for _, server := range []string{"localhost:8000", "ftp://a", "http://", "http://u:p@a",
		"http://a?b", "::"} {
		if _, err := New(server, ""); err == nil {
			t.Errorf("%s: %v", server, err)
		}
	}
}

// An address that redirects to another is refused with that one: Go would follow the redirection of
// a POST with a GET, which lists jobs.
func TestRedirected(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"auth": "none"}`)
	}))
	defer server.Close()
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, server.URL+r.URL.Path, http.StatusMovedPermanently)
	}))
	defer front.Close()
	c, err := New(front.URL+"/reviews", "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Config(t.Context())
	want := front.URL + "/reviews redirects to " + server.URL + "/reviews; give that address"
	if err == nil || err.Error() != want {
		t.Errorf("config = %v, want %s", err, want)
	}
}

// A file that is sent again, after a failure or by another process, is the same run in a trial.
func TestNamesItsRun(t *testing.T) {
	var runs []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if runs = append(runs, r.Header.Get("Reviewlens-Run")); len(runs) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, `{"id": "a", "state": "waiting"}`)
	}))
	defer server.Close()
	c, err := New(server.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, _, err := c.Create(t.Context(), Upload{Key: "of this file", Size: 1,
			Body: func() io.Reader { return strings.NewReader("x") }})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(runs) != 3 || runs[0] != "of this file" || runs[1] != runs[0] || runs[2] != runs[0] {
		t.Errorf("runs = %q", runs)
	}
}

// An address that has expired before the upload is refused for good; the job has another one.
func TestExpiredAddress(t *testing.T) {
	for _, expired := range []bool{true, false} {
		var server *httptest.Server
		sent := 0
		server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == "GET":
				fmt.Fprintf(w, `{"id": "a", "state": "waiting", "upload": {"url": "%s/new"}}`,
					server.URL)
			case r.URL.Path == "/new" && expired:
				sent++
			default:
				w.WriteHeader(http.StatusForbidden)
			}
		}))
		defer server.Close()
		c, err := New(server.URL, "")
		if err != nil {
			t.Fatal(err)
		}
		until := time.Now().Add(-time.Second)
		if !expired {
			until = time.Now().Add(time.Hour)
		}
		err = c.Put(t.Context(), wire.Job{ID: "a", Upload: &wire.Upload{URL: server.URL + "/old",
			Expires: until}}, Upload{Size: 1,
			Body: func() io.Reader { return strings.NewReader("x") }})
		if (err == nil) != expired || sent == 1 != expired {
			t.Errorf("expired %v: %v, sent %d times", expired, err, sent)
		}
	}
}
