// Package servertest runs bin/reviewlens serve for the tests of other packages.
package servertest

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"reviewlens/api/infer"
)

// Program returns the path of bin/reviewlens, and skips the test if it was not built. Tests that
// call it are two folders below the root of the repository.
func Program(t testing.TB) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "bin", "reviewlens"))
	if err != nil {
		t.Fatal(err)
	}
	native := filepath.Join(filepath.Dir(path), "libonnxruntime*"+infer.Version+"*")
	library, _ := filepath.Glob(native)
	if _, err := os.Stat(path); err != nil || len(library) == 0 {
		t.Skip("needs bin/reviewlens and ONNX Runtime beside it; `make build` puts them there")
	}
	return path
}

// Process is a running server.
type Process struct {
	*os.Process
	Log  *Log
	Done chan struct{} // closed when the process has exited

	firstLine chan string // its first line on stdout
}

// Start starts cmd, a serve command of Program, and kills it when the test ends.
func Start(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{Log: new(Log), firstLine: make(chan string, 1), Done: make(chan struct{})}
	cmd.Stderr = p.Log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.Process = cmd.Process
	t.Cleanup(p.KillAndWait)
	go func() {
		r := bufio.NewReader(stdout)
		line, _ := r.ReadString('\n')
		p.firstLine <- line
		io.Copy(io.Discard, r)
		cmd.Wait()
		close(p.Done)
	}()
	return p
}

// Address waits, for at most bound, until the server prints its address, and returns host and port.
func (p *Process) Address(t testing.TB, bound time.Duration) string {
	t.Helper()
	select {
	case line := <-p.firstLine:
		_, address, ok := strings.Cut(strings.TrimSpace(line), " is at http://")
		if !ok {
			<-p.Done
			t.Fatalf("the server did not start: %s%s", line, p.Log.End())
		}
		return address
	case <-time.After(bound):
		t.Fatalf("the server does not start: %s", p.Log.End())
	}
	panic("unreachable")
}

// KillAndWait kills the process, as kill -9 does, and waits until it has exited.
func (p *Process) KillAndWait() {
	p.Kill()
	<-p.Done
}

// Log is the stderr of a process, readable while it runs.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// End returns its last lines, for messages.
func (l *Log) End() string {
	all := l.String()
	return all[max(0, len(all)-2000):]
}
