package api

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/admission"
	"reviewlens/api/history/memory"
	"reviewlens/api/jobs"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// drip is an endless body that sends one byte per second.
type drip struct{}

func (drip) Read(p []byte) (int, error) {
	time.Sleep(time.Second)
	return copy(p, "a"), nil
}

// readingJobs is a jobs.Service that only reads the file.
type readingJobs struct{ jobs.Service }

func (readingJobs) Limits() wire.JobLimits { return wire.JobLimits{Bytes: 1 << 30} }

func (readingJobs) Create(_ context.Context, _ string, r jobs.Request) (wire.Job, bool, error) {
	_, err := io.Copy(io.Discard, r.Body)
	return wire.Job{}, false, err
}

// Many more bodies drip in than are scored at once: they do not prevent other requests from being
// served, and are eventually refused.
func TestSlowBodiesKeepNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain, _, _ := newHandler(t, nil)
		h := New(Options{Log: slog.New(slog.DiscardHandler),
			Models: scoring.SingleModel(engineOf(t, plain)), File: 1 << 20, Jobs: readingJobs{}})
		var group sync.WaitGroup
		for i := range 3 * maxRequests {
			group.Go(func() {
				path := []string{"/v1/score", "/v1/report", "/compat/hf", "/v1/jobs"}[i%4]
				contentType := []string{wire.TypeJSON, wire.TypeCSV, wire.TypePlain,
					wire.TypeFrame, "", "application/x-www-form-urlencoded",
					"application/octet-stream"}[i%7]
				if path == "/v1/jobs" && i%7 < 4 {
					contentType = wire.TypeCSV // it refuses others unread
				}
				started := time.Now()
				w := do(h, "POST", path, contentType,
					io.MultiReader(strings.NewReader("review\n"), drip{}))
				if took := time.Since(started); w.Code != 400 ||
					!strings.Contains(w.Body.String(), "too slowly") ||
					took > 2*admission.SlowAfter {
					t.Errorf("%s, %s: answered %d %s after %v", path, contentType, w.Code,
						w.Body, took)
				}
			})
		}
		time.Sleep(3 * time.Second)
		if w := do(h, "POST", "/v1/score", wire.TypeJSON,
			strings.NewReader(`{"texts": ["good"]}`)); w.Code != 200 {
			t.Errorf("beside them, another is answered %d %s", w.Code, w.Body)
		}
		group.Wait()
		if u := h.admission.Usage(); u != (admission.Usage{}) {
			t.Errorf("when all are gone, %+v is still taken", u)
		}
	})
}

// blockedWriter is the connection of a client that does not read.
type blockedWriter struct {
	*httptest.ResponseRecorder
	until chan struct{}
}

func (w blockedWriter) Write(p []byte) (int, error) {
	<-w.until
	return w.ResponseRecorder.Write(p)
}

// As many clients as there are places send files and do not read the responses. Their places are
// free once the files are scored, and the responses are complete when they are read later.
func TestSlowReadersHoldNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain, _, _ := newHandler(t, nil)
		h := New(Options{Log: slog.New(slog.DiscardHandler),
			Models: scoring.SingleModel(engineOf(t, plain)), File: 1 << 20})
		until := make(chan struct{})
		file := "review\n" + strings.Repeat("good\nbad\n", 2000)
		var group sync.WaitGroup
		for range maxRequests {
			w := blockedWriter{httptest.NewRecorder(), until}
			group.Go(func() {
				r := httptest.NewRequest("POST", "/v1/score", strings.NewReader(file))
				r.Header.Set("Content-Type", wire.TypeCSV)
				h.ServeHTTP(w, r)
				if rows := strings.Count(w.Body.String(), "\n"); w.Code != 200 || rows != 4001 {
					t.Errorf("answered %d with %d lines", w.Code, rows)
				}
			})
		}
		synctest.Wait()
		if u := h.admission.Usage(); u.Running != 0 || u.Clients != 1 || u.Memory == 0 {
			t.Errorf("while nobody reads, %+v is taken", u)
		}
		if w := do(h, "POST", "/v1/score", wire.TypeCSV, strings.NewReader(file)); w.Code != 200 {
			t.Errorf("beside them, another is answered %d %s", w.Code, w.Body)
		}
		close(until)
		group.Wait()
		if u := h.admission.Usage(); u != (admission.Usage{}) {
			t.Errorf("when all are gone, %+v is still taken", u)
		}
	})
}

// While a response is not read, the accounted memory equals that of its rows, columns and replay
// copy, even if the rows were in a document of one line.
func TestSlowReadersAreAccounted(t *testing.T) {
	const rows = 50_000
	object := `{"review":"good"}`
	for _, tt := range []struct {
		name, contentType, body string
		lines                   int64 // bytes of what is read
	}{
		{"CSV", wire.TypeCSV, "review\n" + strings.Repeat("good\n", rows), 7 + 5*rows},
		{"a document of one line", wire.TypeJSONLines,
			"[" + strings.Repeat(object+",", rows-1) + object + "]",
			int64(len(object)+1) * rows},
	} {
		for _, key := range []string{"", "one"} {
			t.Run(tt.name+" "+key, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					slowReader(t, tt.contentType, tt.body, key, tt.lines, rows)
				})
			})
		}
	}
}

func slowReader(t *testing.T, contentType, body, key string, lines, rows int64) {
	plain, _, _ := newHandler(t, nil)
	h := New(Options{Log: slog.New(slog.DiscardHandler),
		Models: scoring.SingleModel(engineOf(t, plain)), File: 8 << 20})
	until := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		r := httptest.NewRequest("POST", "/v1/score", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(blockedWriter{w, until}, r)
		if w.Code != 200 {
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
	})
	synctest.Wait()
	want := admission.AnswerMemory(admission.Size{Bytes: lines, Lines: rows}, 0, false) +
		admission.ColumnsMemory(1)
	if key != "" {
		want += admission.ReplayMemory(lines, maxReplay)
	}
	if u := h.admission.Usage(); u.Running != 0 || u.Memory < want || u.Memory > 2*want {
		t.Errorf("while nobody reads, %+v is taken, want %d bytes at least", u, want)
	}
	close(until)
	group.Wait()
}

// Bodies of runs are admitted like all others: they are counted, and ended when they are too slow.
func TestRunsAreAdmitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain, _, _ := newHandler(t, nil)
		h := New(Options{Log: slog.New(slog.DiscardHandler),
			Models: scoring.SingleModel(engineOf(t, plain)), History: memory.New()})
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				w := do(h, []string{"PUT", "PATCH"}[i%2], "/v1/runs/a", wire.TypeJSON,
					io.MultiReader(strings.NewReader(`{"name": "`), drip{}))
				if w.Code != 400 || !strings.Contains(w.Body.String(), "too slowly") {
					t.Errorf("answered %d %s", w.Code, w.Body)
				}
			})
		}
		synctest.Wait()
		if u := h.admission.Usage(); u.Arriving != 20 || u.Memory == 0 {
			t.Errorf("%+v is taken, want 20 that arrive", u)
		}
		group.Wait()
		if u := h.admission.Usage(); u != (admission.Usage{}) {
			t.Errorf("when all are gone, %+v is still taken", u)
		}
	})
}

// A file that can never fit into the server's memory is refused with that reason; one that fits
// only alone waits.
func TestMemoryBoundsFiles(t *testing.T) {
	plain, _, _ := newHandler(t, nil)
	h := New(Options{Log: slog.New(slog.DiscardHandler),
		Models: scoring.SingleModel(engineOf(t, plain)),
		File:   1 << 30, Memory: 320 << 20})
	w := do(h, "POST", "/v1/score", wire.TypeCSV,
		strings.NewReader("review\n"+strings.Repeat("a\n", 1<<20)))
	if e, _ := wire.DecodeProblem(w.Body.Bytes()); w.Code != 413 || e.Code != wire.TooMuchWork {
		t.Errorf("a file of a million rows is answered %d %s", w.Code, w.Body)
	}
	if w := do(h, "POST", "/v1/score", wire.TypeCSV,
		strings.NewReader("review\n"+strings.Repeat("a\n", 1000))); w.Code != 200 {
		t.Errorf("a small file is answered %d %s", w.Code, w.Body)
	}
	if u := h.admission.Usage(); u != (admission.Usage{}) {
		t.Errorf("%+v is still taken", u)
	}
}

// A client whose body is displaced gets the reason. The deadline that ends its body also ends the
// request's context, which must not be mistaken for a client that left.
func TestDisplacedBodyIsAnswered(t *testing.T) {
	for _, header := range []string{"Content-Type: text/csv\r\n", ""} { // "": it is peeked at
		t.Run(header, func(t *testing.T) { displaced(t, header) })
	}
}

func displaced(t *testing.T, header string) {
	plain, _, _ := newHandler(t, nil)
	h := New(Options{Log: slog.New(slog.DiscardHandler),
		Models: scoring.SingleModel(engineOf(t, plain)),
		File:   1 << 20})
	h.admission = admission.New(admission.Limits{Arriving: 2, Running: maxRequests}, h.throughput)
	server := httptest.NewServer(h)
	defer server.Close()
	head := "POST /v1/score HTTP/1.1\r\nHost: x\r\n" + header + "Content-Length: 1000\r\n\r\n"
	const part = "review\ngood\n"
	answers := make(chan string, 2)
	for range 2 {
		c, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, head+part)
		go func() {
			first := make([]byte, 12)
			io.ReadFull(c, first)
			answers <- string(first)
		}()
	}
	for h.admission.Usage().Memory < 2*2*int64(len(part)) { // both bodies are read
		time.Sleep(time.Millisecond)
	}
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	client := &http.Client{
		Transport: &http.Transport{DialContext: from.DialContext, DisableKeepAlives: true}}
	w, err := client.Post(server.URL+"/v1/score", wire.TypeCSV, strings.NewReader(part))
	if err != nil {
		t.Skipf("this machine has no second loopback address: %v", err)
	}
	w.Body.Close()
	if got := <-answers; w.StatusCode != 200 || got != "HTTP/1.1 429" {
		t.Errorf("the newcomer is answered %d, the displaced client %q", w.StatusCode, got)
	}
}
