package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
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

	"github.com/rogpeppe/go-internal/testscript"
)

// serverScript serves jobs in the test's process, at $SERVER: server [held] [rude] [apart] [key K].
// held: jobs wait for the file "release". rude: a download of a result is aborted every 40 bytes,
// and each third response is a proxy's. apart: files are kept elsewhere.
func serverScript(t *testing.T, engine func() scoring.Engine) func(ts *testscript.TestScript,
	neg bool, args []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		command := strings.Join(args, " ")
		folder := ts.MkAbs("jobs")
		quiet := slog.New(slog.DiscardHandler)
		kept, err := jobs.OpenLocal(folder, jobs.Defaults, quiet)
		ts.Check(err)
		options := api.Options{Models: scoring.SingleModel(engine()), Log: quiet, Jobs: kept,
			File: 1 << 20}
		if strings.Contains(command, "apart") {
			options.Jobs = newApart(t, kept)
		}
		if _, key, ok := strings.Cut(command, "key "); ok {
			options.Keys, err = api.ParseKeys(key)
			ts.Check(err)
		}
		handler := api.New(options)
		var served http.Handler = handler
		if strings.Contains(command, "rude") {
			served = &rude{next: handler}
		}
		server := httptest.NewServer(served)
		ts.Setenv("SERVER", server.URL)
		stop := make(chan struct{})
		var waiting sync.WaitGroup
		waiting.Go(func() {
			for strings.Contains(command, "held") {
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

// rude is a handler that simulates an unreliable server.
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

// short aborts the connection after some bytes.
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

// lazily opens the engine when the first script starts a server.
func lazily(t *testing.T) func() scoring.Engine {
	return sync.OnceValue(func() scoring.Engine { return infertest.Engine(t) })
}
