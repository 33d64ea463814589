package api

import (
	"bufio"
	"context"
	"net/http"
	"os"
	"time"

	"reviewlens/api/admission"
	"reviewlens/api/jobs"
	"reviewlens/api/scoring"
)

// Every route that reads a body admits the request first (package admission): withAdmission for
// those that score at once, withUpload for those that only store the body. The request's context
// then holds its ticket.

// The maximum time that a body may take to be received.
const (
	bodyTime   = time.Minute      // of at most Limits.Bytes
	uploadTime = 10 * time.Minute // of a file
)

type ticketKey struct{}

// ticketOf returns the ticket of a request; nil for other work.
func ticketOf(ctx context.Context) *admission.Ticket {
	t, _ := ctx.Value(ticketKey{}).(*admission.Ticket)
	return t
}

// withAdmission admits requests that score.
func (h *Handler) withAdmission(
	handle func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return answer(func(w http.ResponseWriter, r *http.Request) error {
		r, release, err := h.admit(r)
		if err != nil {
			return err
		}
		defer release()
		return handle(w, r)
	})
}

// withUpload admits requests whose body is stored, and which need no engine.
func (h *Handler) withUpload(handle func(http.ResponseWriter, *http.Request) error) func(
	http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		r, release, err := h.admitBody(r)
		if err != nil {
			return err
		}
		defer release()
		return handle(w, r)
	}
}

// admit admits an authenticated request that scores, until release is called. It refuses an owner
// who is in debt, and a request for which there is no place, before the body is sent. The returned
// request carries its budget.
func (h *Handler) admit(r *http.Request) (in *http.Request, release func(), err error) {
	if err := h.rates.Check(scoring.Owner(r.Context())); err != nil {
		return r, nil, err
	}
	if err := h.admission.CanStart(clientOf(r)); err != nil {
		return r, nil, err
	}
	if h.budget != nil {
		r = r.WithContext(context.WithValue(r.Context(), budgetKey{}, h.budget(r)))
	}
	return h.admitBody(r)
}

func (h *Handler) admitBody(r *http.Request) (in *http.Request, release func(), err error) {
	t, err := h.admission.Admit(clientOf(r))
	if err != nil {
		return r, nil, err
	}
	return r.WithContext(context.WithValue(r.Context(), ticketKey{}, t)), t.Close, nil
}

// clientOf returns the client whose share of the limits a request counts against.
func clientOf(r *http.Request) string {
	owner := scoring.Owner(r.Context())
	return admission.Client(owner, r.RemoteAddr, owner == scoring.Local)
}

// body is a request's body while it is received, bounded by the request's ticket from the first
// byte on. Peeking at its beginning takes peekBytes of memory.
type body struct {
	*bufio.Reader
	*admission.BodyReader
}

// receive returns the body of an admitted request. The reader must set its bounds with Bound.
func receive(w http.ResponseWriter, r *http.Request) *body {
	from := ticketOf(r.Context()).Body(w, r.Body, peekBytes, bodyTime)
	return &body{bufio.NewReaderSize(from, peekBytes), from}
}

func (b *body) Read(p []byte) (int, error) { return b.Reader.Read(p) }

// start acquires a place in the engine and memory for a request whose body has been received. A
// file waits for them.
func start(r *http.Request, memory int64, wait bool) error {
	t := ticketOf(r.Context())
	if t == nil {
		return nil
	}
	if r.Header.Get("Idempotency-Key") != "" {
		memory += admission.ReplayMemory(memory, maxReplay)
	}
	return t.Start(r.Context(), memory, wait)
}

// reservedFile writes to a temporary file whose bytes are charged to the request's ticket.
type reservedFile struct {
	to     *os.File
	ticket *admission.Ticket
	left   int64 // unused part of the reservation
}

// Write reserves disk in steps of a megabyte.
func (f *reservedFile) Write(p []byte) (int, error) {
	if n := int64(len(p)); f.ticket != nil {
		if f.left < n {
			more := max(n-f.left, 1<<20)
			if err := f.ticket.ReserveDisk(more); err != nil {
				return 0, err
			}
			f.left += more
		}
		f.left -= n
	}
	return f.to.Write(p)
}

// Reserve acquires the memory for a job's file, until release is called.
func (h *Handler) Reserve(ctx context.Context, f jobs.Size) (release func(), err error) {
	size := admission.Size{Bytes: f.Bytes, Lines: f.Rows, Separators: f.Bytes / 2}
	return h.admission.Reserve(ctx, admission.FileMemory(size, 0,
		admission.Use{Report: f.Rows > 0, Topics: f.Topics}))
}
