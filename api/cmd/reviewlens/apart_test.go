package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"reviewlens/api/jobs"
	"reviewlens/api/wire"
)

// apart keeps files elsewhere, as in a cloud: they are uploaded to and downloaded from a server of
// another name, without a key.
type apart struct {
	*jobs.Local
	store *httptest.Server

	mu       sync.Mutex
	requests map[string]jobs.Request
	owner    map[string]string
	real     map[string]string // ID to that in Local, once the file is uploaded
	puts     int
}

func newApart(t testing.TB, kept *jobs.Local) *apart {
	a := &apart{Local: kept, requests: map[string]jobs.Request{}, owner: map[string]string{},
		real: map[string]string{}}
	a.store = httptest.NewServer(a)
	t.Cleanup(a.store.Close)
	return a
}

// address returns a URL of the store, whose host name differs from the API's.
func (a *apart) address(path string) string {
	return strings.Replace(a.store.URL, "127.0.0.1", "localhost", 1) + path +
		"?X-Amz-Signature=secret"
}

func (a *apart) Limits() wire.JobLimits {
	l := a.Local.Limits()
	l.Upload = true
	return l
}

func (a *apart) Create(_ context.Context, owner string, r jobs.Request) (wire.Job, bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, was := range a.requests {
		if was.Key == r.Key && a.owner[id] == owner {
			return a.status(id), true, nil
		}
	}
	id := fmt.Sprintf("job%d", len(a.requests))
	a.requests[id], a.owner[id] = r, owner
	return a.status(id), false, nil
}

func (a *apart) status(id string) wire.Job {
	j := wire.Job{ID: id, State: wire.Waiting, Created: time.Now(),
		Expires: time.Now().Add(time.Hour)}
	if a.real[id] == "" {
		j.Upload = &wire.Upload{URL: a.address("/in/" + id),
			Headers: map[string]string{"If-None-Match": "*"}, Expires: j.Expires}
	}
	return j
}

func (a *apart) id(id string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.real[id]
}

func (a *apart) Get(ctx context.Context, owner, id string) (wire.Job, error) {
	if a.id(id) == "" {
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.status(id), nil
	}
	j, err := a.Local.Get(ctx, owner, a.id(id))
	j.ID = id
	if j.State == wire.Finished {
		j.Failed = []wire.Span{{First: 2, Last: 3}}
	}
	return j, err
}

func (a *apart) Open(_ context.Context, _, id string, part jobs.Part) (*jobs.Result, error) {
	return &jobs.Result{URL: a.address("/out/" + id + "/" + string(part))}, nil
}

func (a *apart) Delete(ctx context.Context, owner, id string) error {
	return a.Local.Delete(ctx, owner, a.id(id))
}

// ServeHTTP serves the store. The first upload is aborted; the response to the second is lost.
func (a *apart) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	way := strings.Split(r.URL.Path, "/")
	switch {
	case r.Header.Get("Authorization") != "" || r.Header.Get("X-Api-Key") != "":
		http.Error(w, "two ways to say who asks", http.StatusBadRequest)
	case r.Method == "PUT" && way[1] == "in" && r.Header.Get("If-None-Match") == "*":
		a.put(w, r, way[2])
	case r.Method == "GET" && way[1] == "out":
		result, err := a.Local.Open(r.Context(), a.owner[way[2]], a.id(way[2]), jobs.Part(way[3]))
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		defer result.Close()
		w.Header().Set("ETag", `"it"`)
		http.ServeContent(w, r, "", time.Time{}, result)
	default:
		http.Error(w, "no", http.StatusForbidden)
	}
}

func (a *apart) put(w http.ResponseWriter, r *http.Request, id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.real[id] != "" {
		w.WriteHeader(http.StatusPreconditionFailed)
		return
	}
	if a.puts++; a.puts == 1 {
		panic(http.ErrAbortHandler)
	}
	ask := a.requests[id]
	data, err := io.ReadAll(r.Body)
	if err != nil || int64(len(data)) != ask.Bytes {
		http.Error(w, "not the size that was signed", http.StatusForbidden)
		return
	}
	ask.Body, ask.Bytes = strings.NewReader(string(data)), 0
	j, _, err := a.Local.Create(r.Context(), a.owner[id], ask)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	a.real[id] = j.ID
	panic(http.ErrAbortHandler)
}
