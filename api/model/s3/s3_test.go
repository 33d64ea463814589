package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"reviewlens/api/model"
	"reviewlens/api/model/s3"
	"reviewlens/api/model/store"
	"reviewlens/api/model/store/storetest"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

func TestPlace(t *testing.T) {
	bucket := serve(t)
	n := 0
	storetest.Run(t, func(t testing.TB) store.Place {
		n++
		return bucket.open(t, fmt.Sprintf("s3://models/place/%d/", n), "")
	})
}

func TestBucketWithoutPrefix(t *testing.T) {
	s := store.New(serve(t).open(t, "s3://models", ""), nil)
	id := storetest.Publish(t, s, "graph")
	storetest.Activate(t, s, id)
	if p, err := s.Current(t.Context()); p.ID != id || err != nil || s.String() != "s3://models" {
		t.Errorf("Current of %s = %+v, %v", s, p, err)
	}
}

func TestMistakes(t *testing.T) {
	bucket := serve(t)
	for _, address := range []string{"s3://", "s3:///x", "models"} {
		if _, err := s3.Open(t.Context(), address, ""); err == nil ||
			!strings.Contains(err.Error(), "want s3://bucket") {
			t.Errorf("Open(%q) = %v", address, err)
		}
	}
	s := store.New(bucket.open(t, "s3://nobucket/x", ""), nil)
	if _, err := s.Current(t.Context()); err == nil ||
		!strings.Contains(err.Error(), "NoSuchBucket") || store.Absent(err) {
		t.Errorf("Current of no bucket = %v", err)
	}
	bucket.fault(func(w http.ResponseWriter, r *http.Request) bool {
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
		return true
	})
	s = store.New(bucket.open(t, "s3://models/x", ""), nil)
	if _, err := s.Current(t.Context()); err == nil ||
		!strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("Current of a forbidden bucket = %v", err)
	}
	t.Setenv("AWS_ENDPOINT_URL", "")
	t.Setenv("AWS_REGION", "")
	if _, err := s3.Open(t.Context(), "s3://models", ""); err == nil ||
		!strings.Contains(err.Error(), "AWS_REGION") {
		t.Errorf("Open without a region = %v", err)
	}
}

func TestKMSKeyIsSentWithEveryWrite(t *testing.T) {
	bucket := serve(t)
	var puts, encrypted, conditional atomic.Int32
	bucket.fault(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut {
			puts.Add(1)
			if r.Header.Get("X-Amz-Server-Side-Encryption") == "aws:kms" &&
				r.Header.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id") == "alias/models" {
				encrypted.Add(1)
			}
			if r.Header.Get("If-None-Match") == "*" || r.Header.Get("If-Match") != "" {
				conditional.Add(1)
			}
		}
		return false
	})
	s := store.New(bucket.open(t, "s3://models/kms", "alias/models"), nil)
	storetest.Activate(t, s, storetest.Publish(t, s, "graph"))
	if n := puts.Load(); n != 4 || encrypted.Load() != n || conditional.Load() != n {
		t.Errorf("%d writes, %d of them encrypted and %d conditional, want 4 of each", n,
			encrypted.Load(), conditional.Load())
	}
}

// big is a graph of three ranges.
var big = strings.Repeat("0123456789abcdef", 20<<20/16)

// Whatever transient faults S3 has, Load returns the model.
func TestFaultsThatPass(t *testing.T) {
	for _, tt := range []struct {
		name string
		// n is the number of such requests before
		fault func(n int32, w http.ResponseWriter, r *http.Request) bool
	}{
		{"503", func(n int32, w http.ResponseWriter, r *http.Request) bool {
			if n < 5 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return n < 5
		}},
		{"cut in the middle", func(n int32, w http.ResponseWriter, r *http.Request) bool {
			if n < 3 {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-8388607/%d", len(big)))
				w.Header().Set("Content-Length", "8388608")
				w.WriteHeader(http.StatusPartialContent)
				io.WriteString(w, big[:1<<20])
			}
			return n < 3
		}},
		{"connection lost", func(n int32, w http.ResponseWriter, r *http.Request) bool {
			if n < 3 {
				panic(http.ErrAbortHandler)
			}
			return false
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bucket := serve(t)
			s := store.New(bucket.open(t, "s3://models/x", ""), store.NewCache(t.TempDir(), quiet))
			id := storetest.Publish(t, s, big)
			var requests atomic.Int32
			bucket.fault(func(w http.ResponseWriter, r *http.Request) bool {
				return isGraph(r) && tt.fault(requests.Add(1)-1, w, r)
			})
			m, free, err := s.Load(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			defer free()
			if string(m.ONNX) != big {
				t.Error("the graph is another")
			}
			s.Close()
		})
	}
}

// A write whose response was lost succeeds when its retry finds its own object. An object that
// another wrote meanwhile stays.
func TestReplaceWithoutAnswer(t *testing.T) {
	bucket := serve(t)
	p := bucket.open(t, "s3://models/x", "")
	var lost atomic.Int32
	bucket.fault(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut && lost.Add(1)%2 == 1 {
			bucket.pass(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		return false
	})
	version := ""
	for i := range 2 { // created, then replaced
		content := fmt.Appendf(nil, "content %d", i)
		if err := p.Replace(t.Context(), "name", content, version); err != nil {
			t.Fatalf("Replace %d = %v", i, err)
		}
		data, now, err := p.Read(t.Context(), "name", 99)
		if err != nil || !bytes.Equal(data, content) || int(lost.Load()) != 2*(i+1) {
			t.Fatalf("Read = %q, %v after %d writes", data, err, lost.Load())
		}
		version = now
	}
	err := p.Replace(t.Context(), "name", []byte("another"), "")
	if data, _, _ := p.Read(t.Context(), "name", 99); !errors.Is(err, store.ErrChanged) ||
		string(data) != "content 1" {
		t.Errorf("Replace of what is there = %v, which is %q", err, data)
	}
}

// A body that stalls ends with the context: package store abandons a range in the same way, and
// retries it.
func TestStallEndsWithItsContext(t *testing.T) {
	bucket := serve(t)
	s := store.New(bucket.open(t, "s3://models/x", ""), nil)
	id := storetest.Publish(t, s, big)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	bucket.fault(func(w http.ResponseWriter, r *http.Request) bool {
		if !isGraph(r) {
			return false
		}
		w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-8388607/%d", len(big)))
		w.Header().Set("Content-Length", "8388608")
		w.WriteHeader(http.StatusPartialContent)
		io.WriteString(w, big[:1<<20])
		w.(http.Flusher).Flush()
		cancel() // the client is, or will be, waiting for the rest
		<-r.Context().Done()
		return true
	})
	if m, _, err := s.Load(ctx, id); !errors.Is(err, context.Canceled) || m != nil {
		t.Errorf("Load = %v, %v", m, err)
	}
}

// Bytes that are not the model's are refused, whatever S3 reports about them, and are not cached.
func TestFaultsThatStay(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"wrong bytes", "model.onnx has SHA-256"},
		{"shorter", "model.onnx has 9000000 bytes, want 20971520"},
		{"no ranges", "does not answer ranges"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bucket := serve(t)
			dir := t.TempDir()
			s := store.New(bucket.open(t, "s3://models/x", ""), store.NewCache(dir, quiet))
			id := storetest.Publish(t, s, big)
			bucket.fault(func(w http.ResponseWriter, r *http.Request) bool {
				if !isGraph(r) {
					return false
				}
				var from, to int
				fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &to)
				size, body := len(big), []byte(big[from:to+1])
				switch tt.name {
				case "wrong bytes":
					body[len(body)/2] ^= 1
				case "shorter":
					size = 9_000_000
				case "no ranges":
					io.WriteString(w, big)
					return true
				}
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, size))
				w.WriteHeader(http.StatusPartialContent)
				w.Write(body)
				return true
			})
			m, _, err := s.Load(t.Context(), id)
			if err == nil || !strings.Contains(err.Error(), tt.want) || m != nil {
				t.Errorf("Load = %v, %v, want %q", m, err, tt.want)
			}
			s.Close()
			for _, kept := range []string{"", ".part"} {
				if _, err := os.Stat(filepath.Join(dir, model.Describe("", []byte(big)).SHA256+
					kept)); err == nil {
					t.Errorf("the cache keeps the wrong file, named %q", kept)
				}
			}
		})
	}
}

// Every process gets the model, and only one fetches it; a process killed meanwhile leaves nothing
// harmful.
func TestProcessesShareTheCache(t *testing.T) {
	bucket := serve(t)
	cache := t.TempDir()
	id := storetest.Publish(t, store.New(bucket.open(t, "s3://models/x", ""), nil), big)
	process := func(ctx context.Context) (*exec.Cmd, *bytes.Buffer) {
		cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestHelperLoads$")
		cmd.Env = append(os.Environ(), "HELPER_ID="+id, "HELPER_CACHE="+cache)
		out := new(bytes.Buffer)
		cmd.Stdout, cmd.Stderr = out, out
		return cmd, out
	}

	// Killed in progress: the first range is written, the others never arrive.
	bucket.fault(func(w http.ResponseWriter, r *http.Request) bool {
		if isGraph(r) && !strings.HasPrefix(r.Header.Get("Range"), "bytes=0-") {
			<-r.Context().Done()
			return true
		}
		return false
	})
	victim, _ := process(t.Context())
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		victim.Process.Kill()
		victim.Wait()
	})
	for ; ; time.Sleep(10 * time.Millisecond) { // go test's own timeout is the bound
		parts, _ := filepath.Glob(filepath.Join(cache, "*.part"))
		if len(parts) == 1 {
			if info, err := os.Stat(parts[0]); err == nil && info.Size() >= 8<<20 {
				break
			}
		}
	}
	victim.Process.Kill()
	victim.Wait()

	var ranges atomic.Int32
	bucket.fault(func(w http.ResponseWriter, r *http.Request) bool {
		if isGraph(r) {
			ranges.Add(1)
		}
		return false
	})
	var running sync.WaitGroup
	for range 3 {
		running.Go(func() {
			cmd, out := process(t.Context())
			if err := cmd.Run(); err != nil || !strings.Contains(out.String(), "has the model") {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	running.Wait()
	if n := ranges.Load(); n != 3 {
		t.Errorf("%d ranges were asked for by 3 processes, want 3: those of one", n)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "*.part")); len(left) > 0 {
		t.Errorf("left in the cache: %q", left)
	}
}

// TestHelperLoads is the process of TestProcessesShareTheCache.
func TestHelperLoads(t *testing.T) {
	id := os.Getenv("HELPER_ID")
	if id == "" {
		return // an ordinary run of the tests
	}
	p, err := s3.Open(t.Context(), "s3://models/x", "")
	if err != nil {
		t.Fatal(err)
	}
	s := store.New(p, store.NewCache(os.Getenv("HELPER_CACHE"), slog.Default()))
	m, free, err := s.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if string(m.ONNX) == big {
		fmt.Println("has the model")
	}
	free()
	s.Close()
}

var quiet = slog.New(slog.DiscardHandler)

func isGraph(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "model.onnx")
}

// bucket simulates S3 in this process, with the bucket models.
type bucket struct {
	broken atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
	pass   http.HandlerFunc // S3
}

// fault sets a function called before each request; true means that it has responded.
func (b *bucket) fault(f func(http.ResponseWriter, *http.Request) bool) { b.broken.Store(&f) }

func serve(t testing.TB) *bucket {
	t.Helper()
	b := new(bucket)
	backend := s3mem.New()
	if err := backend.CreateBucket("models"); err != nil {
		t.Fatal(err)
	}
	b.pass = gofakes3.New(backend).Server().ServeHTTP
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := b.broken.Load(); f != nil && (*f)(w, r) {
			return
		}
		b.pass(w, r)
	}))
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "test",
		"AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		t.Setenv(name, value)
	}
	return b
}

func (b *bucket) open(t testing.TB, address, kmsKey string) store.Place {
	t.Helper()
	p, err := s3.Open(t.Context(), address, kmsKey)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
