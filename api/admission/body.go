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

// The minimum speed of a body.
const (
	minimumSpeed = 512 // bytes a second, on average
	// time after which minimumSpeed is enforced; also the longest pause between two bytes
	SlowAfter = 20 * time.Second
)

// BodyReader reads a request body. Read fails when the body is too slow, when there is no
// memory for it, or when another request displaces it. At the end of the body it clears the
// connection's read deadline, which would otherwise cancel a request that is scored for longer.
// After an error the rest of the body is not read: every later Read returns the error. On Lambda
// there is no connection, and no deadlines are set.
type BodyReader struct {
	from       io.Reader
	connection *http.ResponseController
	ticket     *Ticket // nil for a request without a ticket
	memory     int64   // number of leading bytes that are kept in memory
	start      time.Time
	most       time.Duration
	bytes      int64
	err        error // of an earlier Read
}

// Body returns a reader of the request's body that must arrive within most and whose first memory
// bytes are kept in memory. t may be nil.
func (t *Ticket) Body(w http.ResponseWriter, from io.Reader, memory int64,
	most time.Duration) *BodyReader {
	r := &BodyReader{from: from, connection: http.NewResponseController(w), ticket: t,
		memory: memory, start: time.Now(), most: most}
	if t != nil {
		t.c.mu.Lock()
		t.connected = r.connection
		t.c.mu.Unlock()
	}
	return r
}

// Bound replaces the bounds given to Body, after only the first bytes of a body have been read: its
// limits are known once its type is. The time starts again.
func (r *BodyReader) Bound(memory int64, most time.Duration) {
	r.memory, r.most, r.start = memory, most, time.Now()
}

func (r *BodyReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.read(p)
	r.err = err
	switch {
	case err == io.EOF:
		if r.ticket != nil {
			r.ticket.arrived()
		}
		_ = r.connection.SetReadDeadline(time.Time{})
	case err != nil:
		_ = r.connection.SetReadDeadline(time.Now().Add(time.Second))
	}
	return n, err
}

func (r *BodyReader) read(p []byte) (int, error) {
	now := time.Now()
	end := r.start.Add(r.most)
	if pause := now.Add(SlowAfter); pause.Before(end) {
		end = pause
	}
	_ = r.connection.SetReadDeadline(end)
	if r.ticket != nil { // after the deadline, since a displacement sets a deadline in the past
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
	took := time.Since(r.start)
	if errors.Is(err, os.ErrDeadlineExceeded) || err == nil && took > SlowAfter &&
		float64(r.bytes) < took.Seconds()*minimumSpeed {
		err = &wire.Error{Code: wire.BadBody,
			Detail: fmt.Sprintf("The body comes too slowly: %d bytes in %v.", r.bytes,
				took.Round(time.Second))}
	}
	return n, err
}
