package api

import (
	"io"
	"net/http"
	"time"
)

// A request can be refused before its body is there: too long by its word, without a key, in a full house. Most clients read the
// answer only when they have sent everything, and net/http takes no more than 256 KB after an answer and then closes the
// connection: with what came meanwhile unread, the system resets it, and the client sees a broken pipe in place of the reason. So
// the answer is sent at once, says that the connection closes, and then the body is taken and thrown away, for a while.
const (
	drainFrom   = 256 << 10 // less, net/http takes by itself, and keeps the connection
	drainBytes  = 64 << 20
	drainTime   = 20 * time.Second
	drainPause  = 2 * time.Second // without a byte: it has stopped, or reads
	maxDraining = 64
)

// sent is a request's body, which knows how much of it is not there yet.
type sent struct {
	io.ReadCloser
	left  int64 // -1 where no length was promised
	ended bool
}

func (s *sent) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if s.left >= 0 {
		s.left = max(s.left-int64(n), 0)
	}
	s.ended = s.ended || err == io.EOF
	return n, err
}

// much says that more is to come than net/http takes after an answer, or that nobody knows how much.
func (s *sent) much() bool { return !s.ended && (s.left < 0 || s.left > drainFrom) }

// drain takes what a refused client still sends. The answer is on its way.
func (s *sent) drain(w http.ResponseWriter) {
	c := http.NewResponseController(w)
	if c.Flush() != nil {
		return
	}
	end := time.Now().Add(drainTime)
	piece := make([]byte, 64<<10)
	for taken := 0; taken < drainBytes; {
		pause := time.Now().Add(drainPause)
		if pause.After(end) {
			pause = end
		}
		if c.SetReadDeadline(pause) != nil {
			return
		}
		n, err := s.Read(piece)
		if taken += n; err != nil { // the end of any kind
			return
		}
	}
}
