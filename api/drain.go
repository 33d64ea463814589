package api

import (
	"io"
	"net/http"
	"time"
)

// A request can be refused before its body has been received: because of its Content-Length, its
// missing key, or the load. Most clients read the response only after they have sent everything.
// net/http reads at most 256 KB after a response and then closes the connection; if unread data has
// arrived meanwhile, the system resets the connection, and the client sees a broken pipe in place
// of the reason. Therefore the response is sent at once with Connection: close, and then the body
// is read and discarded for a bounded time, which is longer for a client that goes on sending.
const (
	drainFrom   = 256 << 10 // below this, net/http drains by itself and keeps the connection
	drainBytes  = 64 << 20
	drainTime   = 20 * time.Second // and the time that what has arrived takes at drainSpeed
	drainSpeed  = 1 << 20          // bytes per second
	drainPause  = 2 * time.Second  // without a byte: the client has stopped, or reads the response
	maxDraining = 64
)

// countedBody is a request's body that knows how much of it has not been read yet.
type countedBody struct {
	io.ReadCloser
	left  int64 // -1 without a Content-Length
	ended bool
}

func (s *countedBody) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if s.left >= 0 {
		s.left = max(s.left-int64(n), 0)
	}
	s.ended = s.ended || err == io.EOF
	return n, err
}

// needsDrain reports whether more may remain than net/http drains by itself.
func (s *countedBody) needsDrain() bool { return !s.ended && (s.left < 0 || s.left > drainFrom) }

// drain discards what a refused client still sends. The response has been written.
func (s *countedBody) drain(w http.ResponseWriter) {
	c := http.NewResponseController(w)
	if c.Flush() != nil {
		return
	}
	started := time.Now()
	piece := make([]byte, 64<<10)
	for taken := 0; taken < drainBytes; {
		pause := time.Now().Add(drainPause)
		end := started.Add(drainTime + time.Duration(taken)*time.Second/drainSpeed)
		if pause.After(end) {
			pause = end
		}
		if c.SetReadDeadline(pause) != nil {
			return
		}
		n, err := s.Read(piece)
		if taken += n; err != nil { // the end, or any error
			return
		}
	}
}
