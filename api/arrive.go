package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"reviewlens/api/wire"
)

// A request gets its place among those that are scored once its body is there, so that who sends slowly, or means harm by
// it, keeps nobody waiting. Until then it is one of those that arrive: many, because each costs a connection and what
// came of it, of which no more is held in memory than arrivingBytes.
const (
	maxArriving   = 1024
	arrivingBytes = 256 << 20

	slowest    = 512              // bytes a second, on average, that a body must bring
	slowAfter  = 20 * time.Second // from when on it must, and how long it may bring none
	bodyTime   = time.Minute      // for a body of at most Limits.Bytes
	uploadTime = 10 * time.Minute // for a file
)

// arrivals are the requests whose bodies are on their way.
type arrivals struct {
	places chan struct{} // a token for each
	bytes  atomic.Int64  // of their bodies, in memory
}

// visit is a request's stay in the house: it arrives, it is scored, it leaves.
type visit struct {
	h      *Handler
	held   int64 // bytes of its body, in arrivals.bytes
	inside bool  // it has a place among those that are scored
	gone   bool  // it no longer arrives
}

type visitKey struct{}

// arrive gives a request a place among those that arrive.
func (h *Handler) arrive(r *http.Request) (*http.Request, *visit, error) {
	if len(h.slots) == cap(h.slots) { // before it has sent much
		return r, nil, h.overloaded()
	}
	select {
	case h.arrivals.places <- struct{}{}:
	default:
		return r, nil, &wire.Error{Code: wire.Overloaded, Detail: fmt.Sprintf("%d requests are being sent; try again in a moment.", maxArriving), RetryAfter: time.Second}
	}
	v := &visit{h: h}
	return r.WithContext(context.WithValue(r.Context(), visitKey{}, v)), v, nil
}

func (h *Handler) overloaded() *wire.Error {
	return &wire.Error{Code: wire.Overloaded, Detail: fmt.Sprintf("%d requests are being scored; try again in a moment.", maxRequests), RetryAfter: h.meter.wait()}
}

// arrived gives a request whose body is there a place among those that are scored. Who sent much waits for one.
func arrived(r *http.Request, wait bool) error {
	v, _ := r.Context().Value(visitKey{}).(*visit)
	if v == nil || v.inside {
		return nil
	}
	select {
	case v.h.slots <- struct{}{}:
	default:
		if !wait {
			return v.h.overloaded()
		}
		select {
		case v.h.slots <- struct{}{}:
		case <-r.Context().Done():
			return r.Context().Err()
		}
	}
	v.inside = true
	v.come()
	return nil
}

// come ends that it arrives.
func (v *visit) come() {
	if !v.gone {
		v.gone = true
		v.h.arrivals.bytes.Add(-v.held)
		<-v.h.arrivals.places
	}
}

// leave ends the stay.
func (v *visit) leave() {
	v.come()
	if v.inside {
		<-v.h.slots
	}
}

// coming is a body on its way. What reads it gets an error where it comes too slowly, or holds too much memory.
type coming struct {
	from   io.Reader
	w      *http.ResponseController
	visit  *visit // nil for a request that needs no place
	memory int64  // how much of it is kept in memory
	begun  time.Time
	most   time.Duration // it may take
	bytes  int64
}

// body begins to read one. At its end its connection may be silent again: a server's read timeout, which is meant for bodies,
// would also cancel a request that is scored for longer. After an error it may not for long: the rest is not waited for. Where
// there is no connection (Lambda) there is nothing to set.
func body(w http.ResponseWriter, r *http.Request, from io.Reader, memory int64, most time.Duration) *coming {
	v, _ := r.Context().Value(visitKey{}).(*visit)
	return &coming{from: from, w: http.NewResponseController(w), visit: v, memory: memory, begun: time.Now(), most: most}
}

func (c *coming) Read(p []byte) (int, error) {
	n, err := c.read(p)
	switch {
	case err == io.EOF:
		_ = c.w.SetReadDeadline(time.Time{})
	case err != nil:
		_ = c.w.SetReadDeadline(time.Now().Add(time.Second))
	}
	return n, err
}

func (c *coming) read(p []byte) (int, error) {
	now := time.Now()
	end := c.begun.Add(c.most)
	if soon := now.Add(slowAfter); soon.Before(end) {
		end = soon
	}
	_ = c.w.SetReadDeadline(end)
	n, err := c.from.Read(p)
	c.bytes += int64(n)
	if v := c.visit; v != nil && c.bytes-int64(n) < c.memory {
		v.held += int64(n)
		if v.h.arrivals.bytes.Add(int64(n)) > arrivingBytes {
			return n, &wire.Error{Code: wire.Overloaded, Detail: "Too much is being sent at a time; try again in a moment.", RetryAfter: time.Second}
		}
	}
	took := time.Since(c.begun)
	if errors.Is(err, os.ErrDeadlineExceeded) || err == nil && took > slowAfter && float64(c.bytes) < took.Seconds()*slowest {
		err = &wire.Error{Code: wire.BadBody, Detail: fmt.Sprintf("The body comes too slowly: %d bytes in %v.", c.bytes, took.Round(time.Second))}
	}
	return n, err
}
