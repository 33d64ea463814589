package api

import (
	"bytes"
	"container/list"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// Answers are kept for who repeats a request because its answer got lost on the way. Those of files can be large: an answer
// beyond maxReplay is not kept, and made again; with the same model it is the same.
const (
	maxReplay   = 4 << 20
	replayBytes = 64 << 20 // of all that is kept
	replayKeys  = 10_000
	replayTime  = 24 * time.Hour
)

// idempotencyKey reads the header: "" without it.
func idempotencyKey(r *http.Request) (string, error) {
	key := r.Header.Get("Idempotency-Key")
	const most = 255
	if len(key) > most || strings.ContainsFunc(key, func(c rune) bool { return c < 0x20 || c > 0x7e }) {
		return "", &wire.Error{Code: wire.BadParameter, Detail: fmt.Sprintf("Idempotency-Key has %d characters; it can have up to %d, of ASCII.", len(key), most)}
	}
	return key, nil
}

// replays keeps answers by owner, address and key. An answer that is no success is not kept: the request may be sent again.
// When there are too many or they are too large, the oldest of the owner who has most are dropped: nobody's answers displace
// another owner's who keeps less.
type replays struct {
	mu     sync.Mutex
	kept   map[replayKey]*replay
	order  list.List // of *replay, the oldest first
	owners map[string]*ownerReplays
	bytes  int
}

// ownerReplays are the answers that are kept for one owner.
type ownerReplays struct {
	order list.List // of *replay, the oldest first
	bytes int
}

// replayKey has a field for each part: joined strings of different parts could be equal.
type replayKey struct{ owner, path, key string }

type replay struct {
	key     replayKey
	at, own *list.Element // in the order of all, and of its owner's
	made    time.Time
	done    bool
	request [sha256.Size]byte
	status  int
	header  http.Header
	body    []byte
	whole   bool // all of the answer is in body
}

// idempotent answers a request that has the key of an earlier one as that was answered.
func (h *Handler) idempotent(handle func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		key, err := idempotencyKey(r)
		if err != nil {
			return err
		}
		if key == "" {
			return handle(w, r)
		}
		sum := sha256.New()
		fmt.Fprintf(sum, "%q %q ", r.URL.RawQuery, r.Header.Get("Content-Type"))
		now, first := h.replays.begin(replayKey{scoring.Owner(r.Context()), r.URL.Path, key})
		if first != nil {
			return h.replay(w, r, handle, first, sum)
		}
		success := false
		defer func() {
			if !success {
				h.replays.forget(now)
			}
		}()
		body := &summed{ReadCloser: r.Body, sum: sum}
		r.Body = body
		rec := &replayRecorder{ResponseWriter: w}
		if err := handle(rec, r); err != nil {
			return err
		}
		if (body.whole || body.bytes == r.ContentLength) && rec.status >= 200 && rec.status < 300 {
			h.replays.keep(now, rec, [sha256.Size]byte(sum.Sum(nil)))
			success = true
		}
		return nil
	}
}

// replay answers as first was.
func (h *Handler) replay(w http.ResponseWriter, r *http.Request, handle func(http.ResponseWriter, *http.Request) error, first *replay, sum hash.Hash) error {
	if !first.done {
		return &wire.Error{Code: wire.KeyInUse, Detail: "A request with this Idempotency-Key is being answered; wait for that answer."}
	}
	source, _, remove, err := h.spool(w, r, r.Body)
	if err != nil {
		return err
	}
	defer remove()
	body := io.NewSectionReader(source, 0, 1<<62)
	if _, err := io.Copy(sum, body); err != nil {
		return err
	}
	if [sha256.Size]byte(sum.Sum(nil)) != first.request {
		return &wire.Error{Code: wire.KeyReused, Detail: "This Idempotency-Key came with another body or other parameters before; a new request wants a new key."}
	}
	w.Header().Set("Idempotency-Replayed", "true")
	if !first.whole { // it is made again, with the model of then
		query := r.URL.Query()
		query.Set("model", first.header.Get("Reviewlens-Model"))
		r.URL.RawQuery = query.Encode()
		r.Body = io.NopCloser(io.NewSectionReader(source, 0, 1<<62))
		return handle(w, r)
	}
	trailers := strings.Split(strings.ReplaceAll(first.header.Get("Trailer"), " ", ""), ",")
	for name, values := range first.header {
		if !slices.Contains(trailers, name) && name != "X-Request-Id" {
			w.Header()[name] = values
		}
	}
	if !r.ProtoAtLeast(1, 1) {
		w.Header().Set("Content-Length", strconv.Itoa(len(first.body))) // see scoreFile
	}
	w.WriteHeader(first.status)
	w.Write(first.body)
	for _, name := range trailers {
		if value := first.header.Get(name); value != "" {
			w.Header().Set(name, value)
		}
	}
	return nil
}

// begin gives the request that came with a key before; without one, this is it.
func (s *replays) begin(key replayKey) (now, first *replay) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept, s.owners = map[replayKey]*replay{}, map[string]*ownerReplays{}
	}
	s.evict()
	if first := s.kept[key]; first != nil {
		copied := *first
		return nil, &copied
	}
	now = &replay{key: key, made: time.Now()}
	now.at = s.order.PushBack(now)
	owner := s.owners[key.owner]
	if owner == nil {
		owner = &ownerReplays{}
		s.owners[key.owner] = owner
	}
	now.own = owner.order.PushBack(now)
	s.kept[key] = now
	return now, nil
}

func (s *replays) keep(r *replay, rec *replayRecorder, request [sha256.Size]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept[r.key] != r { // so many came meanwhile that it was dropped
		return
	}
	r.done, r.request, r.status, r.header, r.whole = true, request, rec.status, rec.Header().Clone(), !rec.long
	if r.whole {
		r.body = rec.body.Bytes()
		s.bytes += cap(r.body)
		s.owners[r.key.owner].bytes += cap(r.body)
	}
	s.evict()
}

func (s *replays) forget(r *replay) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept[r.key] == r {
		s.drop(r)
	}
}

// evict drops what is old or too much. s.mu is held.
func (s *replays) evict() {
	for e := s.order.Front(); e != nil; e = s.order.Front() {
		oldest := e.Value.(*replay)
		if time.Since(oldest.made) <= replayTime {
			break
		}
		s.drop(oldest)
	}
	for s.bytes > replayBytes {
		s.drop(s.oldestOfMost(func(o *ownerReplays) int { return o.bytes }))
	}
	for len(s.kept) > replayKeys {
		s.drop(s.oldestOfMost(func(o *ownerReplays) int { return o.order.Len() }))
	}
}

// oldestOfMost gives the oldest answer of the owner who has most. There is one.
func (s *replays) oldestOfMost(size func(*ownerReplays) int) *replay {
	var most *ownerReplays
	for _, o := range s.owners {
		if most == nil || size(o) > size(most) {
			most = o
		}
	}
	return most.order.Front().Value.(*replay)
}

// drop forgets an answer. s.mu is held.
func (s *replays) drop(r *replay) {
	s.order.Remove(r.at)
	delete(s.kept, r.key)
	s.bytes -= cap(r.body)
	owner := s.owners[r.key.owner]
	owner.order.Remove(r.own)
	if owner.bytes -= cap(r.body); owner.order.Len() == 0 {
		delete(s.owners, r.key.owner)
	}
}

// summed notes what is read of a body.
type summed struct {
	io.ReadCloser
	sum   hash.Hash
	bytes int64
	whole bool // read to its end
}

func (h *summed) Read(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	h.sum.Write(p[:n])
	h.bytes += int64(n)
	h.whole = h.whole || err == io.EOF
	return n, err
}

// replayRecorder keeps what is answered, up to maxReplay.
type replayRecorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
	long   bool
}

func (r *replayRecorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *replayRecorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	if r.long = r.long || r.body.Len()+len(p) > maxReplay; r.long {
		r.body = bytes.Buffer{}
	} else {
		r.body.Write(p)
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach what is below.
func (r *replayRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
