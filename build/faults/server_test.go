package faults

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"reviewlens/api/wire"
	"reviewlens/build/servertest"
)

var full = flag.Bool("full", false, "run everything, in the size that README.md states (minutes)")

// size returns how much of something a test does.
func size(quick, all int) int {
	if *full {
		return all
	}
	return quick
}

// long skips a test that takes longer than `make test` allows.
func long(t *testing.T) {
	t.Helper()
	if !*full {
		t.Skip("takes long: make test-faults")
	}
}

// rows are the rows of the README's table, in the order in which the tests end.
var rows struct {
	sync.Mutex
	lines []string
}

// saw records the actions and observations of a test that passed.
func saw(t *testing.T, fault, format string, args ...any) {
	t.Helper()
	if t.Failed() {
		return
	}
	line := fmt.Sprintf("| %s | %s |", fault, fmt.Sprintf(format, args...))
	t.Log(line)
	rows.Lock()
	rows.lines = append(rows.lines, line)
	rows.Unlock()
}

func TestMain(m *testing.M) {
	flag.Parse()
	reviewCount = size(600, 2000)
	status := m.Run()
	if *full && len(rows.lines) > 0 {
		fmt.Printf("\n| what breaks | what was seen |\n|---|---|\n%s\n\n",
			strings.Join(rows.lines, "\n"))
	}
	os.Exit(status)
}

// program returns the path of bin/reviewlens, and skips the test if it was not built.
func program(t testing.TB) string { return servertest.Program(t) }

// server is a running reviewlens serve.
type server struct {
	*servertest.Process
	t    testing.TB
	url  string
	addr string

	goroutines int   // without load
	memory     int64 // bytes, without load
}

// start starts a server and waits until it prints its address. Its folders are temporary unless
// flags name others.
func start(t testing.TB, flags ...string) *server {
	t.Helper()
	s := launch(t, nil, flags...)
	s.await()
	return s
}

// launch starts the process; change, if any, alters the command first.
func launch(t testing.TB, change func(*exec.Cmd), flags ...string) *server {
	t.Helper()
	dir := t.TempDir()
	args := append([]string{"serve", "-addr", "127.0.0.1:0", "-jobs", filepath.Join(dir, "jobs"),
		"-history", filepath.Join(dir, "history.db"), "-cache", filepath.Join(dir, "cache")},
		flags...)
	cmd := exec.Command(program(t), args...)
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	if change != nil {
		change(cmd)
	}
	return &server{Process: servertest.Start(t, cmd), t: t}
}

// patience bounds every wait for what must happen. It only fails with the server's log instead of
// go test's timeout; even a busy machine never needs that long.
const patience = 5 * time.Minute

// await waits for the line with the server's address.
func (s *server) await() {
	s.t.Helper()
	s.addr = s.Address(s.t, patience)
	s.url = "http://" + s.addr
}

// stop ends the server as Ctrl-C does.
func (s *server) stop() {
	s.t.Helper()
	s.Signal(os.Interrupt)
	select {
	case <-s.Done:
	case <-time.After(patience):
		s.t.Errorf("the server does not stop: %s", s.Log.End())
		s.KillAndWait()
	}
}

// client does not keep connections, so that none is left when goroutines are counted.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}

// answer is a complete answer.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send sends a request; the error is that of a broken connection.
func (s *server) send(method, path, contentType string, body io.Reader,
	headers ...string) (answer, error) {
	return s.sendBy(client, method, path, contentType, body, headers...)
}

func (s *server) sendBy(client *http.Client, method, path, contentType string, body io.Reader,
	headers ...string) (answer, error) {
	r, err := http.NewRequest(method, s.url+path, body)
	if err != nil {
		return answer{}, err
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer w.Body.Close()
	whole, err := io.ReadAll(w.Body)
	return answer{w.StatusCode, w.Header, whole}, err
}

// ask is like send, and fails the test if the connection breaks.
func (s *server) ask(method, path, contentType, body string, headers ...string) answer {
	s.t.Helper()
	a, err := s.send(method, path, contentType, strings.NewReader(body), headers...)
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s", method, path, err, s.Log.End())
	}
	return a
}

// refused checks that an answer is a problem with one of these codes.
func (a answer) refused(t testing.TB, what string, codes ...wire.Code) {
	t.Helper()
	e, ok := wire.DecodeProblem(a.body)
	if !ok || a.status < 400 {
		t.Errorf("%s: answered %d %.300s, want a problem", what, a.status, a.body)
		return
	}
	for _, code := range codes {
		if e.Code == code {
			return
		}
	}
	t.Errorf("%s: answered %d %s, want %v", what, a.status, a.body, codes)
}

// json decodes an answer of status 200.
func (a answer) json(t testing.TB, v any) {
	t.Helper()
	if a.status < 200 || a.status > 299 {
		t.Fatalf("answered %d %.300s", a.status, a.body)
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%v: %.300s", err, a.body)
	}
}

// metric returns a value of /metrics.
func (s *server) metric(name string) float64 {
	s.t.Helper()
	for line := range strings.Lines(string(s.ask("GET", "/metrics", "", "").body)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			f, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				s.t.Fatal(err)
			}
			return f
		}
	}
	s.t.Fatalf("/metrics has no %s", name)
	return 0
}

func (s *server) now() (goroutines int, memory int64) {
	s.t.Helper()
	return int(s.metric("go_goroutines")), int64(s.metric("process_resident_memory_bytes"))
}

// rest records goroutines and memory before a test, once the server has scored something and is
// warm.
func (s *server) rest(t testing.TB) {
	t.Helper()
	all := corpus(t)
	for range 3 {
		all.check(t, "at rest", s.ask("POST", "/v1/score", wire.TypeCSV, all.file(0, 60)), 0, 60)
		all.checkTexts(t, "at rest",
			s.ask("POST", "/v1/score", wire.TypeJSON, all.texts(0, 20)), 0, 20)
	}
	s.goroutines, s.memory = s.now()
}

// recovered checks that the server answers as before, and has released everything; more is the
// allowed growth of memory: the Go heap returns memory to the system slowly, and ONNX Runtime keeps
// its arenas.
func (s *server) recovered(t testing.TB, more int64) (goroutines int, memory int64) {
	t.Helper()
	all := corpus(t)
	all.checkTexts(t, "afterwards",
		s.ask("POST", "/v1/score", wire.TypeJSON, all.texts(3, 9)), 3, 9)
	all.check(t, "afterwards", s.ask("POST", "/v1/score", wire.TypeCSV, all.file(5, 50)), 5, 50)
	const slack = 4 // this connection, and goroutines of net/http for it
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		goroutines, memory = s.now()
		busy := s.metric("reviewlens_score_requests")
		if goroutines <= s.goroutines+slack && memory <= s.memory+more && busy == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Errorf("the server has %d goroutines and %d MB, %v admitted requests; it had "+
				"%d and %d MB", goroutines, memory>>20, busy, s.goroutines, s.memory>>20)
			break
		}
	}
	if _, log, found := strings.Cut(s.Log.String(), "panic"); found {
		t.Errorf("the server's log: panic%.2000s", log)
	}
	return goroutines, memory
}

// peak returns the peak memory of the process.
func (s *server) peak() int64 {
	s.t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "VmHWM:")
	var kB int64
	if _, err := fmt.Sscanf(rest, "%d kB", &kB); err != nil {
		s.t.Fatal(err)
	}
	return kB << 10
}

// ready reports whether the server is ready, and awaitReady waits for it.
func (s *server) ready() bool { return s.ask("GET", "/readyz", "", "").status == http.StatusOK }

func (s *server) awaitReady(t testing.TB) {
	t.Helper()
	for deadline := time.Now().Add(patience); !s.ready(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the server is not ready: %s", s.Log.End())
		}
		a := s.ask("POST", "/v1/score", wire.TypeJSON, `{"texts": ["Good."]}`)
		if a.status != http.StatusOK { // it may have become ready meanwhile
			a.refused(t, "a server without a model", wire.NotReady)
		}
	}
}
