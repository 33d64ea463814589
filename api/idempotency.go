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

// Responses are kept for clients that repeat a request because its response was lost. Responses to
// files can be large: one beyond maxReplay is not kept but computed again, which gives the same
// bytes with the same model.
const (
	maxReplay   = 4 << 20
	replayBytes = 64 << 20 // of all kept responses
	replayKeys  = 10_000
	replayTime  = 24 * time.Hour
)

// idempotencyKey returns the header's value, "" without it.
func idempotencyKey(r *http.Request) (string, error) {
	keys := r.Header.Values("Idempotency-Key")
	if len(keys) == 0 {
		return "", nil
	}
	key := keys[0]
	if len(keys) > 1 || key == "" { // the client relies on it
		return "", badParameter("Idempotency-Key is empty or repeated; send one key, or none.")
	}
	const most = 255
	if len(key) > most ||
		strings.ContainsFunc(key, func(c rune) bool { return c < 0x20 || c > 0x7e }) {
		return "", &wire.Error{Code: wire.BadParameter,
			Detail: fmt.Sprintf("Idempotency-Key has %d characters; it can have up to %d, "+
				"of ASCII.", len(key), most)}
	}
	return key, nil
}

// replays caches successful responses by owner, path and key; after a failure the request may be
// sent again. Above the limits of number or size it evicts the oldest responses of the owner who
// has most, so an owner's responses are never displaced by another owner with fewer.
type replays struct {
	mu     sync.Mutex
	kept   map[replayKey]*replay
	order  list.List // of *replay, oldest first
	owners map[string]*ownerReplays
	bytes  int
}

// ownerReplays holds the cached responses of one owner.
type ownerReplays struct {
	order list.List // of *replay, oldest first
	bytes int
}

// replayKey has a field for each part, since concatenations of different parts could be equal.
type replayKey struct{ owner, path, key string }

type replay struct {
	key     replayKey
	at, own *list.Element // its positions in the list of all and in its owner's
	made    time.Time
	done    bool
	request [sha256.Size]byte
	status  int
	header  http.Header
	body    []byte
	whole   bool // body holds the complete response
}

// idempotent replays the response to an earlier request with the same key.
func (h *Handler) idempotent(handle func(http.ResponseWriter, *http.Request) error) func(
	http.ResponseWriter, *http.Request) error {
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
			h.replays.store(now, rec, [sha256.Size]byte(sum.Sum(nil)))
			success = true
		}
		return nil
	}
}

// replay writes the response to the first request.
func (h *Handler) replay(w http.ResponseWriter, r *http.Request,
	handle func(http.ResponseWriter, *http.Request) error, first *replay, sum hash.Hash) error {
	if !first.done {
		return &wire.Error{Code: wire.KeyInUse,
			Detail: "A request with this Idempotency-Key is being answered; wait for that answer."}
	}
	source, _, remove, err := h.spool(w, r, receive(w, r))
	if err != nil {
		return err
	}
	defer remove()
	body := io.NewSectionReader(source, 0, 1<<62)
	if _, err := io.Copy(sum, body); err != nil {
		return err
	}
	if [sha256.Size]byte(sum.Sum(nil)) != first.request {
		return &wire.Error{Code: wire.KeyReused,
			Detail: "This Idempotency-Key was used with another body or other parameters; a " +
				"new request needs a new key."}
	}
	w.Header().Set("Idempotency-Replayed", "true")
	if !first.whole { // it is computed again, with the model used then
		if model := first.header.Get("Reviewlens-Model"); model != "" { // a frame names its own
			query := r.URL.Query()
			query.Set("model", model)
			r.URL.RawQuery = query.Encode()
		}
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

// begin returns the earlier request with the key, or registers this one if there is none.
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

func (s *replays) store(r *replay, rec *replayRecorder, request [sha256.Size]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept[r.key] != r { // it was evicted meanwhile
		return
	}
	r.done, r.request, r.status, r.header, r.whole = true, request, rec.status, rec.Header().
		Clone(), !rec.long
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

// evict removes entries that are too old or too many. s.mu must be held.
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

// oldestOfMost returns the oldest entry of the owner who has most. There must be at least one
// entry.
func (s *replays) oldestOfMost(size func(*ownerReplays) int) *replay {
	var most *ownerReplays
	for _, o := range s.owners {
		if most == nil || size(o) > size(most) {
			most = o
		}
	}
	return most.order.Front().Value.(*replay)
}

// drop removes an entry. s.mu must be held.
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

// summed hashes the bytes that are read from a body.
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

// replayRecorder records the response, up to maxReplay bytes.
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

// Unwrap gives http.ResponseController access to the underlying writer.
func (r *replayRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
