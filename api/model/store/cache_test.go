package store_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"reviewlens/api/model"
	"reviewlens/api/model/store"
	"reviewlens/api/model/store/storetest"
)

// cached is a place in memory with one model, a cache before it, and the cache's log.
type cached struct {
	id, dir string
	place   storetest.Memory
	fetched atomic.Int32 // ranges of graphs
	log     bytes.Buffer
}

func newCached(t *testing.T, graph string) *cached {
	c := &cached{dir: filepath.Join(t.TempDir(), "not", "there", "yet")}
	c.id = storetest.Publish(t, store.New(&c.place, nil), graph)
	c.place.Fail(func(_ context.Context, name string) error {
		if strings.HasSuffix(name, ".onnx") {
			c.fetched.Add(1)
		}
		return nil
	})
	return c
}

// load loads as a separate process would.
func (c *cached) load(t *testing.T) (graph string) {
	t.Helper()
	s := store.New(&c.place, store.NewCache(c.dir, slog.New(slog.NewTextHandler(&c.log, nil))))
	m, free, err := s.Load(t.Context(), c.id)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	defer free()
	return strings.Clone(string(m.ONNX))
}

func (c *cached) file(graph string) string {
	return filepath.Join(c.dir, model.Describe("", []byte(graph)).SHA256)
}

func TestCacheIsAskedFirst(t *testing.T) {
	c := newCached(t, "graph")
	for range 3 {
		if got := c.load(t); got != "graph" {
			t.Errorf("loaded %q", got)
		}
	}
	if n := c.fetched.Load(); n != 1 || c.log.Len() > 0 {
		t.Errorf("fetched %d times, want once; log: %s", n, c.log.String())
	}
	if info, err := os.Stat(c.file("graph")); err != nil || info.Size() != 5 {
		t.Errorf("in the cache: %v, %v", info, err)
	}
}

func TestCacheThrowsAwayWhatIsWrong(t *testing.T) {
	for _, content := range []string{"grapH", "gra", "", "graph and more"} {
		c := newCached(t, "graph")
		c.load(t)
		if err := os.WriteFile(c.file("graph"), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got := c.load(t); got != "graph" {
				t.Errorf("with %q in the cache, loaded %q", content, got)
			}
		}
		if n := c.fetched.Load(); n != 2 ||
			!strings.Contains(c.log.String(), "is wrong and is fetched again") {
			t.Errorf("with %q in the cache: fetched %d times, want 2; log: %s", content, n,
				c.log.String())
		}
	}
}

// With a full disk, an impossible folder or a file that cannot be removed, the model still runs.
func TestCacheIsNotNeeded(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(c *cached) error
		want  string // in the log
	}{
		{"disk full", func(c *cached) error {
			return os.Symlink("/dev/full", c.file("graph")+".part")
		}, "no space left on device"},
		{"a file where the folder should be", func(c *cached) error {
			os.RemoveAll(c.dir)
			return os.WriteFile(c.dir, nil, 0o666)
		}, "fetched without the cache"},
		{"a folder where the file should be",
			func(c *cached) error { return os.MkdirAll(c.file("graph")+"/x", 0o777) },
			"cannot be removed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCached(t, "graph")
			if err := os.MkdirAll(c.dir, 0o777); err != nil {
				t.Fatal(err)
			}
			if err := tt.spoil(c); err != nil {
				t.Skipf("needs /dev/full and links: %v", err)
			}
			if got := c.load(t); got != "graph" || !strings.Contains(c.log.String(), tt.want) {
				t.Errorf("loaded %q; log: %s", got, c.log.String())
			}
			if left, _ := filepath.Glob(filepath.Join(c.dir, "*.part")); len(left) > 0 {
				t.Errorf("left: %q", left)
			}
		})
	}
}

func TestCacheKeepsNothingWrong(t *testing.T) {
	c := newCached(t, "graph")
	storetest.Put(t, &c.place, c.id+"/model.onnx", []byte("grapH"))
	s := store.New(&c.place, store.NewCache(c.dir, slog.Default()))
	if _, _, err := s.Load(t.Context(), c.id); err == nil ||
		!strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("Load = %v", err)
	}
	s.Close()
	if _, err := os.Stat(c.file("graph")); err == nil {
		t.Error("the wrong file is in the cache")
	}
	storetest.Put(t, &c.place, c.id+"/model.onnx", []byte("graph"))
	if got := c.load(t); got != "graph" {
		t.Errorf("loaded %q", got)
	}
}

func TestManyLoadAtOnce(t *testing.T) {
	c := newCached(t, "graph")
	s := store.New(&c.place, store.NewCache(c.dir, slog.Default()))
	var loads sync.WaitGroup
	for range 16 {
		loads.Go(func() {
			m, free, err := s.Load(t.Context(), c.id)
			if err != nil || string(m.ONNX) != "graph" {
				t.Errorf("Load = %v", err)
				return
			}
			free()
		})
	}
	loads.Wait()
	s.Close()
	if n := c.fetched.Load(); n != 1 {
		t.Errorf("fetched %d times, want once", n)
	}
}

func TestCacheIsBounded(t *testing.T) {
	c := newCached(t, "graph 0")
	old := c.file("graph 0")
	for i := range 4 {
		graph := fmt.Sprintf("graph %d", i)
		c.id = storetest.Publish(t, store.New(&c.place, nil), graph)
		cache := store.NewCache(c.dir, slog.Default())
		// two graphs of 7 bytes and the vocabulary of 37 are 51; a third does not fit
		store.SetMax(cache, 60)
		s := store.New(&c.place, cache)
		_, free, err := s.Load(t.Context(), c.id)
		if err != nil {
			t.Fatal(err)
		}
		free()
		s.Close()
		past := time.Now().Add(time.Duration(i-10) * time.Minute)
		if err := os.Chtimes(c.file(graph), past, past); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(old); err == nil {
		t.Error("the graph that nobody used for longest is still there")
	}
	if _, err := os.Stat(c.file("graph 3")); err != nil {
		t.Error(err)
	}
}
