package attacks

import (
	"bufio"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The table's requests with bytes changed, deleted and repeated, the same ones each time: none
// causes an internal error, and none ends the server.
func TestMutatedRequests(t *testing.T) {
	s := start(t, nil)
	count := 400
	if *full {
		count = 40_000
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range count {
		raw := []byte(attacks[random.IntN(len(attacks))].send.String())
		raw = raw[:min(len(raw), 4000)]
		for range 1 + random.IntN(4) {
			at := random.IntN(len(raw))
			switch random.IntN(4) {
			case 0:
				raw[at] = byte(random.Uint32())
			case 1:
				raw = append(raw[:at], raw[at+random.IntN(len(raw)-at)/8:]...)
			case 2:
				raw = append(raw[:at:at],
					append([]byte("\r\n: ;=&%,\"[{\x00")[random.IntN(13):][:1], raw[at:]...)...)
			default:
				raw = append(raw[:at:at],
					append(raw[at:at+random.IntN(len(raw)-at)/8], raw[at:]...)...)
			}
		}
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatalf("after %q: %v\n%s", raw, err, s.Log)
		}
		c.SetDeadline(time.Now().Add(wait))
		c.Write(raw)
		c.(*net.TCPConn).CloseWrite() // a length that is too large is not waited for
		if w, err := http.ReadResponse(bufio.NewReader(c), nil); err == nil {
			io.Copy(io.Discard, w.Body)
			if w.StatusCode >= 500 && w.StatusCode != http.StatusNotImplemented &&
				w.StatusCode != http.StatusHTTPVersionNotSupported {
				t.Errorf("%q answers %d", raw, w.StatusCode)
			}
		}
		c.Close()
	}
	if a := s.send(t, ask("POST", "/v1/score", texts, "Content-Type: "+
		"application/json")); a.status != 200 {
		t.Errorf("afterwards texts answer %d %s", a.status, a.body)
	}
	if log := s.Log.String(); strings.Contains(log, `"level":"ERROR"`) ||
		strings.Contains(log, "panic") {
		t.Errorf("the log has %s", log)
	}
}
