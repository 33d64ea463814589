package attacks

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"reviewlens/api/infer"
)

var full = flag.Bool("full", false, "run everything, in full size (minutes)")

// wait bounds everything that is waited for. A test that meets it has failed.
const wait = time.Minute

// The keys of a server that has some.
const (
	keyOne = "first-key-AAAAAAAAAAAAAAAAAAAA"
	keyTwo = "other-key-BBBBBBBBBBBBBBBBBBBB"
)

// program is bin/reviewlens; the test is skipped where it was not built.
func program(t testing.TB) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "bin", "reviewlens"))
	if err != nil {
		t.Fatal(err)
	}
	library, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "libonnxruntime*"+infer.Version+"*"))
	if _, err := os.Stat(path); err != nil || len(library) == 0 {
		t.Skip("needs bin/reviewlens and ONNX Runtime beside it; `make build` puts them there")
	}
	return path
}

// server is a running reviewlens serve.
type server struct {
	addr string
	temp string // its TMPDIR, which holds nothing else
	cmd  *exec.Cmd
	log  *lockedBuffer
	done chan struct{} // closed when the process is gone
}

// start starts a server on a free port of loopback and waits until it says where it is.
func start(t testing.TB, env []string, flags ...string) *server {
	t.Helper()
	dir := t.TempDir()
	s := &server{temp: filepath.Join(dir, "tmp"), log: new(lockedBuffer), done: make(chan struct{})}
	if err := os.Mkdir(s.temp, 0o700); err != nil {
		t.Fatal(err)
	}
	s.cmd = exec.Command(program(t), append([]string{"serve", "-addr", "127.0.0.1:0"}, flags...)...)
	s.cmd.Env = append(os.Environ(), "TMPDIR="+s.temp, "HOME="+dir, "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	s.cmd.Env = append(s.cmd.Env, env...)
	s.cmd.Stderr = s.log
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	said := make(chan string, 1)
	go func() {
		r := bufio.NewReader(stdout)
		line, _ := r.ReadString('\n')
		said <- line
		io.Copy(io.Discard, r)
		s.cmd.Wait()
		close(s.done)
	}()
	select {
	case line := <-said:
		_, addr, ok := strings.Cut(strings.TrimSpace(line), " is at http://")
		if !ok {
			t.Fatalf("the server did not start: %s%s", line, s.log)
		}
		s.addr = addr
	case <-time.After(wait):
		t.Fatalf("the server does not start: %s", s.log)
	}
	return s
}

// kill ends the process as kill -9 does, and waits until it is gone.
func (s *server) kill() {
	s.cmd.Process.Kill()
	<-s.done
}

// lockedBuffer is what a process wrote to stderr.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// request is one as it is written to the connection. Host and Content-Length are added where no
// header says otherwise.
type request struct {
	method, path string
	headers      []string
	body         string
}

// ask is a request with headers of the form "Name: value".
func ask(method, path, body string, headers ...string) request {
	return request{method, path, headers, body}
}

func (r request) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nConnection: close\r\n", r.method, r.path)
	for name, value := range map[string]string{"Host": "localhost", "Content-Length": fmt.Sprint(len(r.body))} {
		given := false
		for _, h := range r.headers {
			given = given || strings.HasPrefix(h, name+":")
		}
		if !given && (name == "Host" || r.body != "") {
			fmt.Fprintf(&b, "%s: %s\r\n", name, value)
		}
	}
	for _, h := range r.headers {
		b.WriteString(h + "\r\n")
	}
	return b.String() + "\r\n" + r.body
}

// answer is a whole answer.
type answer struct {
	status int
	header http.Header
	body   string
}

// send sends a request on a connection of its own.
func (s *server) send(t testing.TB, r request) answer {
	t.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(wait))
	if _, err := io.WriteString(c, r.String()); err != nil {
		t.Fatal(err)
	}
	w, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: r.method})
	if err != nil {
		t.Fatalf("%s %.100s: %v\n%s", r.method, r.path, err, s.log)
	}
	body, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatalf("%s %.100s: %v", r.method, r.path, err)
	}
	return answer{w.StatusCode, w.Header, string(body)}
}
