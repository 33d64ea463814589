package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"reviewlens/api/admission"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
)

// A client that disconnects releases all resources of its request: goroutines, its place, its
// temporary file.
func TestCancelledRequestsLeaveNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	plain, _, _ := newHandler(t, nil)
	large := "review\n" + manyRows(10_000) // 2 MB: in a temporary file
	for _, tt := range []struct{ name, path, contentType, body, key string }{
		{"texts", "/v1/score", wire.TypeJSON, `{"texts": ["good"]}`, ""},
		{"texts with a key", "/v1/score", wire.TypeJSON, `{"texts": ["good"]}`, "one"},
		{"a file", "/v1/score", wire.TypeCSV, large, ""},
		{"a file with a key", "/v1/score", wire.TypeCSV, large, "two"},
		{"a report", "/v1/report", wire.TypeCSV, large, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			check := leaks(t)
			started := make(chan struct{}, 1000)
			h := New(Options{
				Models: scoring.SingleModel(&waitingEngine{engineOf(t, plain), started}),
				Log:    slog.New(slog.DiscardHandler), File: 64 << 20})
			server := httptest.NewServer(h)
			ctx, cancel := context.WithCancel(t.Context())
			r, _ := http.NewRequestWithContext(ctx, "POST", server.URL+tt.path,
				strings.NewReader(tt.body))
			r.Header.Set("Content-Type", tt.contentType)
			if tt.key != "" {
				r.Header.Set("Idempotency-Key", tt.key)
			}
			client := &http.Client{Transport: &http.Transport{}}
			done := make(chan struct{})
			go func() {
				defer close(done)
				if response, err := client.Do(r); err == nil {
					io.Copy(io.Discard, response.Body)
					response.Body.Close()
				}
			}()
			<-started
			cancel()
			<-done
			client.CloseIdleConnections()
			server.Close()
			check()
			_, pending := h.throughput.Pending()
			if u := h.admission.Usage(); u != (admission.Usage{}) || len(h.replays.kept) != 0 ||
				pending != 0 {
				t.Errorf("%+v, %d keys and %d tokens are still taken", u,
					len(h.replays.kept), pending)
			}
			if left, _ := filepath.Glob(filepath.Join(os.TempDir(),
				"reviewlens-*")); len(left) > 0 {
				t.Errorf("files are left: %v", left)
			}
		})
	}
}

// waitingEngine scores nothing until its request is cancelled.
type waitingEngine struct {
	scoring.Engine
	started chan struct{}
}

func (e *waitingEngine) Score(ctx context.Context, _ [][][]int32) ([]reviews.Score, error) {
	e.started <- struct{}{}
	<-ctx.Done()
	return nil, ctx.Err()
}

// leaks returns a check that no new goroutines are left.
func leaks(t *testing.T) func() {
	before := runtime.NumGoroutine()
	return func() {
		t.Helper()
		// the stacks printed at go test's timeout show a leaked one
		for runtime.NumGoroutine() > before {
			time.Sleep(10 * time.Millisecond)
		}
	}
}
