// Package lambdatest simulates Lambda for tests: the Runtime API from which a bootstrap gets its
// events (version 2018-06-01, as documented by AWS), and an HTTP API's conversions of requests to
// events and of results to responses.
//
// Like Lambda, it serves one process at a time, and refuses responses that Lambda would refuse. It
// does not freeze the process between events, nor kill it when an event times out.
package lambdatest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxPayload is Lambda's limit in either direction.
const maxPayload = 6_291_556

// Runtime is the Runtime API of one function.
type Runtime struct {
	server *http.Server
	addr   string
	next   chan *invocation
	ready  chan struct{} // closed when the first event is requested
	once   sync.Once

	frozen   chan struct{} // closed when the function is ready for its snapshot
	freeze   sync.Once
	restored chan struct{} // closed by Restore
	refused  chan string   // the function's report of a failed restore

	mu      sync.Mutex
	pending map[string]*invocation
	count   int
}

type invocation struct {
	id       string
	event    []byte
	deadline time.Time
	trace    string
	done     chan outcome
}

type outcome struct {
	payload []byte
	err     error
}

// Failure is the error that a function reports instead of a response.
type Failure struct{ Body string }

func (f *Failure) Error() string { return "the function failed: " + f.Body }

// Start listens on a free port of the loopback interface.
func Start() (*Runtime, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Runtime{addr: l.Addr().String(), next: make(chan *invocation), ready: make(chan struct{}),
		pending: make(map[string]*invocation),
		frozen:  make(chan struct{}), restored: make(chan struct{}), refused: make(chan string, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", r.hand)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response",
		func(w http.ResponseWriter, q *http.Request) { r.take(w, q, false) })
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error",
		func(w http.ResponseWriter, q *http.Request) { r.take(w, q, true) })
	mux.HandleFunc("GET /2018-06-01/runtime/restore/next",
		func(w http.ResponseWriter, q *http.Request) {
			r.freeze.Do(func() { close(r.frozen) })
			select {
			case <-r.restored:
			case <-q.Context().Done():
			}
		})
	mux.HandleFunc("POST /2018-06-01/runtime/restore/error",
		func(w http.ResponseWriter, q *http.Request) {
			body, _ := io.ReadAll(q.Body)
			w.WriteHeader(http.StatusAccepted)
			r.refused <- string(body)
		})
	r.server = &http.Server{Handler: mux}
	go r.server.Serve(l)
	return r, nil
}

// Addr returns the value of AWS_LAMBDA_RUNTIME_API.
func (r *Runtime) Addr() string { return r.addr }

// Ready is closed when the function requests its first event: its init is complete.
func (r *Runtime) Ready() <-chan struct{} { return r.ready }

// Frozen is closed when the function is ready for its snapshot, as with SnapStart after its init.
func (r *Runtime) Frozen() <-chan struct{} { return r.frozen }

// Restore resumes the function, as in a process restored from the snapshot. It must be called once.
func (r *Runtime) Restore() { close(r.restored) }

// Refused receives the function's report of a failed restore.
func (r *Runtime) Refused() <-chan string { return r.refused }

// Close closes all connections.
func (r *Runtime) Close() error { return r.server.Close() }

// Invoke sends the function an event and returns its response, or a *Failure if it reported an
// error.
func (r *Runtime) Invoke(ctx context.Context, event []byte, timeout time.Duration) ([]byte, error) {
	if len(event) > maxPayload {
		return nil, fmt.Errorf("the event has %d bytes, Lambda takes %d", len(event), maxPayload)
	}
	r.mu.Lock()
	r.count++
	i := &invocation{id: fmt.Sprintf("00000000-0000-4000-8000-%012d", r.count), event: event,
		deadline: time.Now().Add(timeout),
		trace: fmt.Sprintf("Root=1-67000000-%024d;Parent=%016d;Sampled=1", r.count,
			r.count), done: make(chan outcome, 1)}
	r.pending[i.id] = i
	r.mu.Unlock()
	select {
	case r.next <- i:
	case <-ctx.Done():
		return nil, fmt.Errorf("the function asks for no event: %w", ctx.Err())
	}
	select {
	case o := <-i.done:
		return o.payload, o.err
	case <-ctx.Done():
		return nil, fmt.Errorf("the function gives no answer: %w", ctx.Err())
	}
}

// hand sends the function its next event.
func (r *Runtime) hand(w http.ResponseWriter, q *http.Request) {
	r.once.Do(func() { close(r.ready) })
	select {
	case i := <-r.next:
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", i.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn",
			"arn:aws:lambda:eu-central-1:123456789012:function:reviews")
		h.Set("Lambda-Runtime-Trace-Id", i.trace)
		h.Set("Content-Type", "application/json")
		w.Write(i.event)
	case <-q.Context().Done():
	}
}

// take receives the result of an event.
func (r *Runtime) take(w http.ResponseWriter, q *http.Request, failed bool) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return // the function disconnected
	}
	r.mu.Lock()
	i := r.pending[q.PathValue("id")]
	delete(r.pending, q.PathValue("id"))
	r.mu.Unlock()
	switch {
	case i == nil:
		http.Error(w, "no such invocation", http.StatusBadRequest)
		return
	case failed:
		i.done <- outcome{err: &Failure{string(body)}}
	case len(body) > maxPayload:
		i.done <- outcome{err: fmt.Errorf("the answer has %d bytes, Lambda takes %d", len(body),
			maxPayload)}
		http.Error(w, strings.ToLower(http.StatusText(http.StatusRequestEntityTooLarge)),
			http.StatusRequestEntityTooLarge)
		return
	default:
		i.done <- outcome{payload: body}
	}
	w.WriteHeader(http.StatusAccepted)
}
