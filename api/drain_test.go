package api

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews"
)

// bodyBytes exceeds what this machine's sockets buffer for a reader that does not read.
const bodyBytes = 40 << 20

// refusals returns servers that refuse a large body by its header, before it arrives.
func refusals(t *testing.T) map[wire.Code]*httptest.Server {
	t.Helper()
	plain, _, _ := newHandler(t, nil)
	quiet := Options{Models: scoring.SingleModel(engineOf(t, plain)),
		Log: slog.New(slog.DiscardHandler)}
	locked := quiet
	locked.Keys = Keys{{1}}
	full := New(Options{
		Models: scoring.SingleModel(
			&fakeEngine{model: engineOf(t, plain).Model(),
				instead: func(ctx context.Context) ([]reviews.Score, error) {
					return nil, ctx.Err()
				}}), Log: quiet.Log})
	for range maxRequests {
		r := httptest.NewRequest("POST", "/", nil)
		r.RemoteAddr = "127.0.0.1:1" // every other address may have some places
		r, _, err := full.admit(r)
		if err == nil {
			err = start(r, 1, false)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	servers := map[wire.Code]*httptest.Server{
		wire.BodyTooLarge: httptest.NewServer(New(quiet)),
		wire.Unauthorized: httptest.NewServer(New(locked)),
		wire.Overloaded:   httptest.NewServer(full),
	}
	for _, s := range servers {
		t.Cleanup(s.Close)
	}
	return servers
}

// A client that sends its whole body before it reads, as most do, gets the reason for the refusal.
func TestRefusedWhileItSends(t *testing.T) {
	body := bytes.Repeat([]byte("a"), bodyBytes)
	for code, server := range refusals(t) {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, chunked %v", code, chunked), func(t *testing.T) {
				c, err := net.Dial("tcp", server.Listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				c.SetDeadline(time.Now().Add(time.Minute))
				length, before, after := fmt.Sprintf("Content-Length: %d", len(body)), "", ""
				if chunked {
					length, before, after = "Transfer-Encoding: chunked", fmt.Sprintf("%x\r\n",
						len(body)), "\r\n0\r\n\r\n"
				}
				fmt.Fprintf(c, "POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: "+
					"application/json\r\n%s\r\n\r\n%s", length, before)
				if n, err := c.Write(body); err != nil {
					t.Fatalf("%d bytes were sent, then %v", n, err)
				}
				io.WriteString(c, after)
				w, err := http.ReadResponse(bufio.NewReader(c), nil)
				if err != nil {
					t.Fatal(err)
				}
				answer, err := io.ReadAll(w.Body)
				if e, ok := wire.DecodeProblem(answer); err != nil || !ok ||
					e.Code != code || !w.Close {
					t.Errorf("answered %s %q, %v", w.Status, answer, err)
				}
			})
		}
	}
}

// The same holds for common clients.
func TestRefusedClients(t *testing.T) {
	body := bytes.Repeat([]byte("a"), bodyBytes)
	const python = `import http.client, sys
c = http.client.HTTPConnection(sys.argv[1], timeout=60)
c.request("POST", "/v1/score", sys.stdin.buffer.read(), {"Content-Type": "application/json"})
print(c.getresponse().read().decode())`
	for code, server := range refusals(t) {
		t.Run(string(code), func(t *testing.T) {
			w, err := http.Post(server.URL+"/v1/score", wire.TypeJSON, bytes.NewReader(body))
			if err != nil {
				t.Fatalf("Go: %v", err)
			}
			defer w.Body.Close()
			if answer, err := io.ReadAll(w.Body); err != nil ||
				!strings.Contains(string(answer), string(code)) {
				t.Errorf("Go: %q, %v", answer, err)
			}
			for _, client := range [][]string{
				{"python3", "-c", python, server.Listener.Addr().String()},
				{"curl", "-sS", server.URL + "/v1/score", "-H", "Content-Type: application/json",
					"--data-binary", "@-"},
				{"curl", "-sS", server.URL + "/v1/score", "-H", "Content-Type: application/json",
					"-H", "Expect:", "--data-binary", "@-"},
			} {
				path, err := exec.LookPath(client[0])
				if err != nil {
					t.Logf("needs %s: not tried", client[0])
					continue
				}
				cmd := exec.Command(path, client[1:]...)
				cmd.Stdin = bytes.NewReader(body)
				if answer, err := cmd.CombinedOutput(); err != nil ||
					!strings.Contains(string(answer), string(code)) {
					t.Errorf("%s: %q, %v", strings.Join(client, " "), answer, err)
				}
			}
		})
	}
}

// Refusing a small body does not close its connection, and an endless one is not read forever.
func TestRefusedKeepsTheConnection(t *testing.T) {
	server := refusals(t)[wire.Unauthorized]
	for range 2 {
		w, err := http.Post(server.URL+"/v1/score", wire.TypeJSON,
			strings.NewReader(`{"texts": ["good"]}`))
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, w.Body)
		w.Body.Close()
		if w.StatusCode != http.StatusUnauthorized || w.Close {
			t.Errorf("answered %s, and the connection closes: %v", w.Status, w.Close)
		}
	}
	c, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(c, "POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: "+
		"application/json\r\nContent-Length: %d\r\n\r\n", 1<<40)
	piece := make([]byte, 1<<20)
	for n := 0; ; n += len(piece) {
		if _, err := c.Write(piece); err != nil {
			break
		}
		if n > 2*drainBytes {
			t.Fatalf("%d MB of a body that was refused are taken", n>>20)
		}
	}
}

// slowUpload delivers a body at some bytes per second, and is also the response's writer.
type slowUpload struct {
	http.ResponseWriter
	left, speed int
	deadline    time.Time
}

func (s *slowUpload) FlushError() error                 { return nil }
func (s *slowUpload) SetReadDeadline(t time.Time) error { s.deadline = t; return nil }
func (s *slowUpload) Close() error                      { return nil }

func (s *slowUpload) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	if time.Now().After(s.deadline) {
		return 0, os.ErrDeadlineExceeded
	}
	n := min(len(p), s.left)
	s.left -= n
	time.Sleep(time.Duration(n) * time.Second / time.Duration(s.speed))
	return n, nil
}

// A refused body that takes longer than drainTime is read to its end if the client sends it at the
// speed of a common connection; a trickle is not.
func TestDrainOfSlowUpload(t *testing.T) {
	for speed, whole := range map[int]bool{5 << 18: true, 1 << 18: false} {
		synctest.Test(t, func(t *testing.T) {
			s := &slowUpload{left: drainBytes - 1, speed: speed}
			(&countedBody{ReadCloser: s, left: -1}).drain(s)
			if (s.left == 0) != whole {
				t.Errorf("at %d KB/s %d MB are left", speed>>10, s.left>>20)
			}
		})
	}
}
