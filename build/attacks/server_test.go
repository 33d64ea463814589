package attacks

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reviewlens/build/servertest"
)

var full = flag.Bool("full", false, "run everything, in full size (minutes)")

// wait bounds every wait. A test that reaches it has failed.
const wait = time.Minute

// The keys of a server that has some.
const (
	keyOne = "first-key-AAAAAAAAAAAAAAAAAAAA"
	keyTwo = "other-key-BBBBBBBBBBBBBBBBBBBB"
)

// program returns the path of bin/reviewlens, and skips the test if it was not built.
func program(t testing.TB) string { return servertest.Program(t) }

// server is a running reviewlens serve.
type server struct {
	*servertest.Process
	addr string
	temp string // its TMPDIR, for it alone
}

// start starts a server on a free port of loopback and waits until it prints its address.
func start(t testing.TB, env []string, flags ...string) *server {
	t.Helper()
	dir := t.TempDir()
	temp := filepath.Join(dir, "tmp")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program(t), append([]string{"serve", "-addr", "127.0.0.1:0"}, flags...)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+temp, "HOME="+dir,
		"XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	cmd.Env = append(cmd.Env, env...)
	p := servertest.Start(t, cmd)
	return &server{Process: p, addr: p.Address(t, wait), temp: temp}
}

// request is a request as written to the connection. Host and Content-Length are added unless a
// header sets them.
type request struct {
	method, path string
	headers      []string
	body         string
}

// ask returns a request with headers of the form "Name: value".
func ask(method, path, body string, headers ...string) request {
	return request{method, path, headers, body}
}

func (r request) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nConnection: close\r\n", r.method, r.path)
	for name, value := range map[string]string{"Host": "localhost",
		"Content-Length": fmt.Sprint(len(r.body))} {
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

// answer is a complete answer.
type answer struct {
	status int
	header http.Header
	body   string
}

// send sends a request on a new connection.
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
		t.Fatalf("%s %.100s: %v\n%s", r.method, r.path, err, s.Log)
	}
	body, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatalf("%s %.100s: %v", r.method, r.path, err)
	}
	return answer{w.StatusCode, w.Header, string(body)}
}
