package objects

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"reviewlens/api/awsretry"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// fake simulates S3 in this process; broken, if set, responds instead when it returns true.
type fake struct {
	Bucket
	handler http.Handler
	broken  atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
}

func newFake(t *testing.T) *fake {
	backend := s3mem.New()
	if err := backend.CreateBucket("files"); err != nil {
		t.Fatal(err)
	}
	f := &fake{handler: gofakes3.New(backend).Server()}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken := f.broken.Load(); broken == nil || !(*broken)(w, r) {
			f.handler.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": server.URL,
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		t.Setenv(name, value)
	}
	c, err := Config(t.Context(), awsretry.Request)
	if err != nil {
		t.Fatal(err)
	}
	client, err := NewClient(c)
	if err != nil {
		t.Fatal(err)
	}
	f.Bucket = Bucket{client, "files"}
	return f
}

func (f *fake) breakBy(broken func(http.ResponseWriter, *http.Request) bool) {
	f.broken.Store(&broken)
}

// An object of several parts is what was written, and is read in full though responses break off.
func TestReader(t *testing.T) {
	f := newFake(t)
	want := make([]byte, 2*partBytes+12345)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range want {
		want[i] = byte(r.Uint32())
	}
	w := NewWriter(t.Context(), &f.Bucket, "big", "text/csv")
	if _, err := io.Copy(w,
		io.MultiReader(bytes.NewReader(want[:99]), bytes.NewReader(want[99:]))); err != nil {
		t.Fatal(err)
	}
	if len(w.parts) < 2 {
		t.Errorf("%d parts were sent before the end", len(w.parts))
	}
	if _, err := f.Head(t.Context(), "big"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before Close there is an object: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := f.Head(t.Context(), "big")
	if err != nil || info.Size != int64(len(want)) || info.ETag == "" {
		t.Fatalf("Head = %+v, %v", info, err)
	}
	var n atomic.Int32
	f.breakBy(func(w http.ResponseWriter, r *http.Request) bool {
		if n.Add(1) > 6 {
			return false
		}
		f.handler.ServeHTTP(&cutOff{ResponseWriter: w, left: 1 << 20}, r)
		return true
	})
	o := NewReader(t.Context(), &f.Bucket, Info{Key: "big", Size: info.Size})
	defer o.Close()
	got, err := io.ReadAll(io.NewSectionReader(o, 0, 1<<62))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("read %d of %d bytes, %v, after %d answers", len(got), len(want), err, n.Load())
	}
	if n.Load() < 6 {
		t.Errorf("only %d answers broke off", n.Load())
	}
	part := make([]byte, 10)
	if n, err := o.ReadAt(part, 5); n != 10 || err != nil || !bytes.Equal(part, want[5:15]) {
		t.Errorf("ReadAt = %d, %v", n, err)
	}
	if n, err := o.ReadAt(part, int64(len(want))-3); n != 3 || err != io.EOF {
		t.Errorf("ReadAt the end = %d, %v", n, err)
	}
	f.breakBy(forbidden)
	if _, err := o.ReadAt(part, 0); err == nil ||
		!strings.Contains(err.Error(), "s3://files/big at byte 0") ||
		!errors.Is(err, fs.ErrPermission) {
		t.Errorf("ReadAt of what is forbidden: %v", err)
	}
}

func forbidden(w http.ResponseWriter, _ *http.Request) bool {
	w.WriteHeader(http.StatusForbidden)
	io.WriteString(w, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
	return true
}

// A reader that knows the ETag requests that version and no other.
func TestReaderOfOneVersion(t *testing.T) {
	f := newFake(t)
	var requested atomic.Value
	f.breakBy(func(w http.ResponseWriter, r *http.Request) bool {
		requested.Store(r.Header.Get("If-Match"))
		w.WriteHeader(http.StatusPreconditionFailed)
		return true
	})
	o := NewReader(t.Context(), &f.Bucket, Info{Key: "a", ETag: `"was"`, Size: 10})
	_, err := o.ReadAt(make([]byte, 1), 0)
	if requested.Load() != `"was"` || err == nil || !strings.Contains(err.Error(), "replaced") {
		t.Errorf("asked for version %v: %v", requested.Load(), err)
	}
}

// An unfinished object does not exist, and its parts are discarded.
func TestAbort(t *testing.T) {
	f := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	w := NewWriter(ctx, &f.Bucket, "half", "")
	if _, err := w.Write(make([]byte, partBytes+1)); err != nil {
		t.Fatal(err)
	}
	cancel() // as by Ctrl-C
	aborted := false
	f.breakBy(func(_ http.ResponseWriter, r *http.Request) bool {
		aborted = aborted || r.Method == http.MethodDelete && r.URL.Query().Has("uploadId")
		return false
	})
	if err := w.Abort(); err != nil || !aborted {
		t.Errorf("Abort = %v; it asked S3: %t", err, aborted)
	}
	if _, err := f.Head(t.Context(), "half"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is an object: %v", err)
	}
}

// A new object does not replace one that was created meanwhile, whatever its size: S3 gets the
// condition with the request that creates the object.
func TestNew(t *testing.T) {
	f := newFake(t)
	for _, size := range []int{3, partBytes + 1} {
		w := NewWriter(t.Context(), &f.Bucket, "new", "")
		w.New = true
		if err := w.Begin(); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, size)); err != nil {
			t.Fatal(err)
		}
		requested := false
		f.breakBy(func(w http.ResponseWriter, r *http.Request) bool {
			makes := r.Method == http.MethodPost && r.URL.Query().Has("uploadId") ||
				r.Method == http.MethodPut && !r.URL.Query().Has("uploadId")
			if !makes || r.Header.Get("If-None-Match") != "*" {
				return false
			}
			requested = true
			w.WriteHeader(http.StatusPreconditionFailed)
			io.WriteString(w, "<Error><Code>PreconditionFailed</Code></Error>")
			return true
		})
		if err := w.Close(); !errors.Is(err, fs.ErrExist) || !requested {
			t.Errorf("Close of %d bytes = %v; asked with a condition: %t", size, err, requested)
		}
		f.breakBy(func(http.ResponseWriter, *http.Request) bool { return false })
	}
}

// An object that S3 created but whose response was lost is complete, though the client's retry
// finds it, or finds no upload any more.
func TestCloseWithoutAnswer(t *testing.T) {
	for _, replaces := range []bool{false, true} {
		for _, size := range []int{3, partBytes + 1} {
			f := newFake(t)
			w := NewWriter(t.Context(), &f.Bucket, "new", "")
			w.New = !replaces
			if _, err := w.Write(make([]byte, size)); err != nil {
				t.Fatal(err)
			}
			var requests atomic.Int32
			f.breakBy(func(_ http.ResponseWriter, r *http.Request) bool {
				makes := r.Method == http.MethodPost && r.URL.Query().Has("uploadId") ||
					r.Method == http.MethodPut && !r.URL.Query().Has("uploadId")
				if !makes || requests.Add(1) > 1 {
					return false
				}
				f.handler.ServeHTTP(httptest.NewRecorder(), r)
				panic(http.ErrAbortHandler)
			})
			if err := w.Close(); err != nil || requests.Load() != 2 {
				t.Errorf("Close of %d bytes, New: %t = %v, asked %d times", size, w.New, err,
					requests.Load())
			}
			if info, err := f.Head(t.Context(), "new"); err != nil || info.Size != int64(size) {
				t.Errorf("of %d bytes there are %+v, %v", size, info, err)
			}
		}
	}
}

func TestList(t *testing.T) {
	f := newFake(t)
	for _, key := range []string{"a/2", "a/b/1", "b"} {
		if err := NewWriter(t.Context(), &f.Bucket, key, "").Close(); err != nil {
			t.Fatal(err)
		}
	}
	var keys []string
	for o, err := range f.List(t.Context(), "a/") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, o.Key)
	}
	if got := strings.Join(keys, " "); got != "a/2 a/b/1" {
		t.Errorf("List = %q", got)
	}
	f.breakBy(forbidden)
	for _, err := range f.List(t.Context(), "a/") {
		if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "s3://files/a/") {
			t.Errorf("List of what is forbidden: %v", err)
		}
	}
	if _, err := f.Head(t.Context(), "b"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Head of what is forbidden: %v", err)
	}
	err := NewWriter(t.Context(), &f.Bucket, "c", "").Begin()
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Begin of what is forbidden: %v", err)
	}
}

// cutOff breaks the connection after some bytes.
type cutOff struct {
	http.ResponseWriter
	left int
}

func (c *cutOff) Write(p []byte) (int, error) {
	if len(p) > c.left {
		c.ResponseWriter.Write(p[:c.left])
		http.NewResponseController(c.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	c.left -= len(p)
	return c.ResponseWriter.Write(p)
}
