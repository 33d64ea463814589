package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"reviewlens/api/model"
	defaultmodel "reviewlens/api/model/default"
	"reviewlens/api/model/s3"
	"reviewlens/api/model/store"
	"reviewlens/api/wire"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

const bucketAddress = "s3://models/ours"

// bucket is an S3 server in this process, with the program's own model in it as the current one.
type bucket struct {
	url    string
	id     string
	broken atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
	graphs atomic.Int64 // requested ranges of the graph
}

// fault sets a function that is called before each request; it returns true if it has answered.
// Faults that need only the graph check for it.
func (b *bucket) fault(f func(http.ResponseWriter, *http.Request) bool) { b.broken.Store(&f) }

func isGraph(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "model.onnx")
}

func serveBucket(t *testing.T) *bucket {
	t.Helper()
	b := new(bucket)
	backend := s3mem.New()
	if err := backend.CreateBucket("models"); err != nil {
		t.Fatal(err)
	}
	fake := gofakes3.New(backend).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isGraph(r) {
			b.graphs.Add(1)
		}
		if f := b.broken.Load(); f != nil && (*f)(w, r) {
			return
		}
		fake.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	b.url = server.URL
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": b.url,
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-central-1", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		t.Setenv(name, value) // the server inherits them
	}
	place, err := s3.Open(t.Context(), bucketAddress, "")
	if err != nil {
		t.Fatal(err)
	}
	b.id = publish(t, store.New(place, nil), writeModel(t, 1))
	return b
}

// publish uploads the model of a folder to a store and makes it current.
func publish(t *testing.T, to *store.Store, folder string) (id string) {
	t.Helper()
	ctx := context.Background()
	id, _, err := to.Publish(ctx, store.New(store.Folder(folder), nil))
	if err == nil {
		_, err = to.Activate(ctx, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// writeModel writes a folder with the program's own model, or, for another temperature (multiplied
// by times), one whose scores are nearer to a half by a rule that the golden scores follow.
func writeModel(t *testing.T, times float64) (folder string) {
	t.Helper()
	folder = t.TempDir()
	manifest := []byte(defaultmodel.Manifest)
	if times != 1 {
		var m map[string]any
		if err := json.Unmarshal(manifest, &m); err != nil {
			t.Fatal(err)
		}
		m["temperature"] = m["temperature"].(float64) * times
		for _, g := range m["golden"].([]any) {
			golden := g.(map[string]any)
			p := golden["positive"].(float64)
			golden["positive"] = 1 / (1 + math.Exp(-math.Log(p/(1-p))/times))
		}
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if m["id"], err = model.ID(data); err != nil {
			t.Fatal(err)
		}
		if manifest, err = json.Marshal(m); err != nil {
			t.Fatal(err)
		}
	}
	files := defaultmodel.Files()
	files["manifest.json"] = manifest
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// S3 fails for a while: the server starts all the same, and serves the right model, as its scores
// show.
func TestS3Faults(t *testing.T) {
	long(t)
	all := corpus(t)
	for _, tt := range []struct {
		name string
		// n: requested ranges of the graph, including this one
		fault func(n int64, w http.ResponseWriter, r *http.Request) bool
	}{
		{"503 to the first ten requests",
			func(n int64, w http.ResponseWriter, r *http.Request) bool {
				if n <= 10 {
					w.WriteHeader(http.StatusServiceUnavailable)
					io.WriteString(w, "<Error><Code>SlowDown</Code></Error>")
				}
				return n <= 10
			}},
		{"ranges that end after a megabyte",
			func(n int64, w http.ResponseWriter, r *http.Request) bool {
				if n > 6 {
					return false
				}
				part(w, r, 1<<20)
				return true
			}},
		{"wrong bytes at first", func(n int64, w http.ResponseWriter, r *http.Request) bool {
			if n > 3 {
				return false
			}
			part(w, r, -1)
			return true
		}},
		{"ranges that stop in the middle",
			func(n int64, w http.ResponseWriter, r *http.Request) bool {
				if n > 2 {
					return false
				}
				part(w, r, 1<<20, r.Context().Done())
				return true
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := serveBucket(t)
			b.fault(func(w http.ResponseWriter, r *http.Request) bool {
				return isGraph(r) && tt.fault(b.graphs.Load(), w, r)
			})
			s := start(t, "-model", bucketAddress)
			s.awaitReady(t)
			all.checkTexts(t, "once it is ready",
				s.ask("POST", "/v1/score", wire.TypeJSON, all.texts(0, 30)), 0, 30)
			s.stop()
			saw(t, "S3: "+tt.name, "ready after %d requests for ranges, scores right",
				b.graphs.Load())
		})
	}
}

// part answers a range with its first most bytes only, or, for -1, with all bytes and one wrong; it
// waits for the channels before it ends.
func part(w http.ResponseWriter, r *http.Request, most int, wait ...<-chan struct{}) {
	var from, to int
	fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &to)
	body := append([]byte(nil), defaultmodel.ONNX[from:to+1]...)
	w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, len(defaultmodel.ONNX)))
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(http.StatusPartialContent)
	if most < 0 {
		body[len(body)/2] ^= 1
		most = len(body)
	}
	w.Write(body[:min(most, len(body))])
	w.(http.Flusher).Flush()
	for _, done := range wait {
		<-done
	}
	if most < len(body) {
		panic(http.ErrAbortHandler)
	}
}
