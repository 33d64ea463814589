package admission

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"reviewlens/api/wire"
)

// How slowly a body may come.
const (
	minimumSpeed = 512              // bytes a second, on average
	SlowAfter    = 20 * time.Second // from when on that is asked, and the longest pause between two bytes
)

// slowBodyReader is a body that arrives. Read fails when it comes too slowly, when it takes memory that is not there, or when
// another request displaces it. At its end its connection may be silent again: a server's read timeout, which is meant for
// bodies, would also cancel a request that is scored for longer. After an error the rest is not waited for. Where there is no
// connection (Lambda) there is nothing to set.
type slowBodyReader struct {
	from       io.Reader
	connection *http.ResponseController
	ticket     *Ticket // nil for a request without one
	memory     int64   // the first bytes, which are kept in memory
	began      time.Time
	most       time.Duration
	bytes      int64
}

// Body reads a request's body, in most time, of which the first memory bytes are kept in memory. t may be nil.
func (t *Ticket) Body(w http.ResponseWriter, from io.Reader, memory int64, most time.Duration) io.Reader {
	r := &slowBodyReader{from: from, connection: http.NewResponseController(w), ticket: t, memory: memory, began: time.Now(), most: most}
	if t != nil {
		t.c.mu.Lock()
		t.connected = r.connection
		t.c.mu.Unlock()
	}
	return r
}

func (r *slowBodyReader) Read(p []byte) (int, error) {
	n, err := r.read(p)
	switch {
	case err == io.EOF:
		if r.ticket != nil {
			r.ticket.Arrived()
		}
		_ = r.connection.SetReadDeadline(time.Time{})
	case err != nil:
		_ = r.connection.SetReadDeadline(time.Now().Add(time.Second))
	}
	return n, err
}

func (r *slowBodyReader) read(p []byte) (int, error) {
	now := time.Now()
	end := r.began.Add(r.most)
	if pause := now.Add(SlowAfter); pause.Before(end) {
		end = pause
	}
	_ = r.connection.SetReadDeadline(end)
	if r.ticket != nil { // after the deadline, which a displacement sets to a time that is over
		if err := r.ticket.receive(0, 0); err != nil {
			return 0, err
		}
	}
	n, err := r.from.Read(p)
	kept := min(int64(n), max(0, r.memory-r.bytes))
	r.bytes += int64(n)
	if r.ticket != nil {
		if refusal := r.ticket.receive(int64(n), kept); refusal != nil && err != io.EOF {
			return n, refusal
		}
	}
	took := time.Since(r.began)
	if errors.Is(err, os.ErrDeadlineExceeded) || err == nil && took > SlowAfter && float64(r.bytes) < took.Seconds()*minimumSpeed {
		err = &wire.Error{Code: wire.BadBody, Detail: fmt.Sprintf("The body comes too slowly: %d bytes in %v.", r.bytes, took.Round(time.Second))}
	}
	return n, err
}
