package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"reviewlens/api"
	"reviewlens/api/infer/infertest"
	"reviewlens/api/jobs"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"

	"github.com/rogpeppe/go-internal/testscript"
)

// serverScript serves jobs in the test's own process, at $SERVER: server [held] [rude] [apart] [key K]. Held, jobs wait until the
// file "release" is there. Rude, a result's download breaks off every 40 bytes, and each third answer is a proxy's. Apart, files are kept
// elsewhere.
func serverScript(t *testing.T, engine func() scoring.Engine) func(ts *testscript.TestScript, neg bool, args []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		said := strings.Join(args, " ")
		folder := ts.MkAbs("jobs")
		quiet := slog.New(slog.DiscardHandler)
		kept, err := jobs.OpenLocal(folder, jobs.Defaults, quiet)
		ts.Check(err)
		options := api.Options{Models: scoring.Only(engine()), Log: quiet, Jobs: kept, File: 1 << 20}
		if strings.Contains(said, "apart") {
			options.Jobs = newApart(t, kept)
		}
		if _, key, ok := strings.Cut(said, "key "); ok {
			options.Keys, err = api.ParseKeys(key)
			ts.Check(err)
		}
		handler := api.New(options)
		var served http.Handler = handler
		if strings.Contains(said, "rude") {
			served = &rude{next: handler}
		}
		server := httptest.NewServer(served)
		ts.Setenv("SERVER", server.URL)
		stop := make(chan struct{})
		var waiting sync.WaitGroup
		waiting.Go(func() {
			for strings.Contains(said, "held") {
				if _, err := os.Stat(filepath.Join(filepath.Dir(folder), "release")); err == nil {
					break
				}
				select {
				case <-time.After(10 * time.Millisecond):
				case <-stop:
					return
				}
			}
			kept.Start(handler.Models())
		})
		ts.Defer(func() {
			close(stop)
			waiting.Wait()
			server.Close()
			if err := kept.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// rude is a way to a server that is bad.
type rude struct {
	next http.Handler
	mu   sync.Mutex
	n    int
}

func (p *rude) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.n++
	n := p.n
	p.mu.Unlock()
	if n%3 == 0 {
		http.Error(w, "<html>Bad Gateway</html>", http.StatusBadGateway)
		return
	}
	if strings.HasSuffix(r.URL.Path, "/result") {
		w = &short{ResponseWriter: w, left: 40}
	}
	p.next.ServeHTTP(w, r)
}

// short ends the connection after some bytes.
type short struct {
	http.ResponseWriter
	left int
}

func (s *short) Write(p []byte) (int, error) {
	if len(p) > s.left {
		s.ResponseWriter.Write(p[:s.left])
		http.NewResponseController(s.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	s.left -= len(p)
	return s.ResponseWriter.Write(p)
}

// A server that goes away is asked for as long as the client has patience, and then the error is that of the connection.
func TestJobClientGivesUp(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	c, err := newJobClient(server.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	c.patience = 500 * time.Millisecond
	begun := time.Now()
	_, err = c.job(t.Context(), "x")
	if _, ok := errors.AsType[*url.Error](err); !ok || time.Since(begun) < 100*time.Millisecond {
		t.Errorf("job = %v after %v", err, time.Since(begun))
	}
}

// What comes again is asked for again, for as long as the server says; what does not, is not.
func TestJobClientAsksAgain(t *testing.T) {
	asked := 0
	var answer func(w http.ResponseWriter)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		answer(w)
	}))
	defer server.Close()
	problem := func(code wire.Code, status int, retryAfter string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			if asked > 2 {
				fmt.Fprint(w, `{"id": "a", "state": "waiting"}`)
				return
			}
			w.Header().Set("Retry-After", retryAfter)
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"type": "/problems/%s", "detail": "Not now."}`, code)
		}
	}
	c, err := newJobClient(server.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		answer func(http.ResponseWriter)
		asked  int
	}{
		{"overloaded", problem(wire.Overloaded, 429, "0"), 3},
		{"a proxy's", func(w http.ResponseWriter) {
			if asked < 3 {
				w.WriteHeader(http.StatusBadGateway)
			}
			fmt.Fprint(w, `{"id": "a"}`)
		}, 3},
		{"not found", problem(wire.NotFound, 404, ""), 1},
		{"no key", problem(wire.Unauthorized, 401, ""), 1},
		{"our fault", problem(wire.Internal, 500, ""), 1},
		{"later than patience", problem(wire.Overloaded, 429, "3600"), 1},
		{"no JSON", func(w http.ResponseWriter) { fmt.Fprint(w, "<html>") }, 1},
	} {
		asked, answer = 0, tt.answer
		job, err := c.job(t.Context(), "a")
		if asked != tt.asked || (err == nil) != (tt.asked == 3) || err == nil && job.ID != "a" {
			t.Errorf("%s: asked %d times, want %d; job %+v, %v", tt.name, asked, tt.asked, job, err)
		}
	}
}

// A result that is another when the download goes on is an error, not a mixture; a server that ignores the range is read
// past what is there.
func TestJobResultGoesOn(t *testing.T) {
	const whole = "id,review,sentiment\n1,a,positive\n"
	for _, tt := range []struct {
		name string
		tag  string
		want string
	}{
		{"the whole again", `"a"`, ""},
		{"another", `"b"`, "the result changed"},
	} {
		asked := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			w.Header().Set("Content-Length", fmt.Sprint(len(whole)))
			if asked == 1 {
				w.Header().Set("ETag", `"a"`)
				io.WriteString(w, whole[:10])
				http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			}
			if r.Header.Get("Range") != "bytes=10-" || r.Header.Get("If-Range") != `"a"` {
				t.Errorf("%s: asked with %v", tt.name, r.Header)
			}
			w.Header().Set("ETag", tt.tag)
			io.WriteString(w, whole)
		}))
		c, err := newJobClient(server.URL, "")
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		err = c.result(t.Context(), "a", &out)
		if tt.want == "" && (err != nil || out.String() != whole) || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %q, %v", tt.name, out.String(), err)
		}
		server.Close()
	}
}

func TestJobClientKeepsTheKeyToItself(t *testing.T) {
	for server, want := range map[string]bool{
		"http://localhost:8000": false, "http://127.0.0.1:1": false, "http://[::1]:1": false, "https://reviews.example": false, "http://reviews.example": true,
	} {
		c, err := newJobClient(server, "k")
		if err != nil || c.exposed() != want {
			t.Errorf("%s: exposed is %v, want %v (%v)", server, !want, want, err)
		}
	}
	for _, server := range []string{"localhost:8000", "ftp://a", "http://", "http://u:p@a", "http://a?b", "::"} {
		if _, err := newJobClient(server, ""); exitStatus(err) != 2 {
			t.Errorf("%s: %v", server, err)
		}
	}
}

// lazily opens the engine when the first script wants a server.
func lazily(t *testing.T) func() scoring.Engine {
	return sync.OnceValue(func() scoring.Engine { return infertest.Engine(t) })
}
