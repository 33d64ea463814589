package engines_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/engines"
	"reviewlens/api/infer"
	"reviewlens/api/infer/infertest"
	"reviewlens/api/model"
	defaultmodel "reviewlens/api/model/default"
	"reviewlens/api/model/store"
	"reviewlens/api/model/store/storetest"
	"reviewlens/api/scoring"
)

// With the real engine: a model that does not reproduce the scores of its manifest does not replace
// a working one.
func TestRealEngines(t *testing.T) {
	library := infertest.Library(t)
	synctest.Test(t, func(t *testing.T) {
		place := store.Folder(t.TempDir())
		s := store.New(place, nil)
		good := publish(t, s, func(map[string]any) {})
		renamed := publish(t, s, func(m map[string]any) { m["accuracy"] = "another day" })
		lying := publish(t, s, func(m map[string]any) { m["golden"].([]any)[1].(map[string]any)["positive"] = json.Number("0.5") })
		storetest.Activate(t, s, good)
		set := engines.Start(engines.Options{Store: s, Log: slog.New(slog.DiscardHandler), Open: func(ctx context.Context, m *model.Model) (engines.Engine, error) {
			return infer.Open(ctx, m, infer.Options{Library: library, Streams: 1})
		}})
		defer set.Close()
		if err := set.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct{ activate, want string }{{good, good}, {renamed, renamed}, {lying, renamed}, {good, good}} {
			storetest.Activate(t, s, tt.activate)
			time.Sleep(engines.Interval + 10*time.Second)
			synctest.Wait()
			e, release, err := set.Acquire(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			results, err := scoring.Texts(t.Context(), e, []string{"A lovely kettle."}, 0)
			if got := e.Model().Manifest.ID; got != tt.want || err != nil || results[0].Sentiment != "positive" {
				t.Errorf("with %s activated, %s answers %+v, %v; want %s", tt.activate, got, results, err, tt.want)
			}
			release()
		}
	})
}

// publish puts the embedded model into a store, with another manifest.
func publish(t *testing.T, s *store.Store, edit func(manifest map[string]any)) (id string) {
	t.Helper()
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader([]byte(defaultmodel.Manifest)))
	d.UseNumber()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(d.Decode(&m))
	m["golden"] = m["golden"].([]any)[:3] // a few are enough here, and fast
	edit(m)
	data, err := json.Marshal(m)
	check(err)
	m["id"], err = model.ID(data)
	check(err)
	data, err = json.Marshal(m)
	check(err)
	dir := t.TempDir()
	files := defaultmodel.Files()
	files["manifest.json"] = data
	for name, content := range files {
		check(os.WriteFile(filepath.Join(dir, name), content, 0o666))
	}
	id, _, err = s.Publish(t.Context(), store.New(store.Folder(dir), nil))
	check(err)
	return id
}

// mostMore bounds the memory of another model of the same base, in bytes. Its file has 34.6 MB, of
// which 11.7 MB are word embeddings.
const mostMore = 35_000_000

// Models of one base share vocabulary, word embeddings and the arena of ONNX Runtime, so that
// another one takes less than its file, also after long texts: the median of three, since the
// memory that the allocators keep in reserve varies.
func TestTwoModelsInMemory(t *testing.T) {
	library := infertest.Library(t)
	s := store.New(store.Folder(t.TempDir()), nil)
	var ids []string
	for i := range 4 {
		ids = append(ids, publish(t, s, func(m map[string]any) { m["accuracy"] = i }))
	}
	storetest.Activate(t, s, ids[0])
	open := func(ctx context.Context, m *model.Model) (engines.Engine, error) {
		return infer.Open(ctx, m, infer.Options{Library: library, Streams: 2})
	}
	set := engines.Start(engines.Options{Store: s, Log: slog.New(slog.DiscardHandler), Open: open})
	defer set.Close()
	if err := set.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	texts := []string{"A lovely kettle."}
	for range 4 { // windows of maximum length, on both streams
		texts = append(texts, strings.Repeat("It boils fast, but the lid sticks. ", 100))
	}
	var first scoring.Engine
	var sizes []int
	for _, id := range ids {
		before := resident(t)
		e, release, err := set.Acquire(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		results, err := scoring.Texts(t.Context(), e, texts, 0)
		if err != nil || results[0].Positive == nil {
			t.Errorf("%s: %+v, %v", id, results, err)
		}
		if first == nil {
			first = e
			continue
		}
		sizes = append(sizes, resident(t)-before)
		if first.Model().Tokenizer != e.Model().Tokenizer {
			t.Error("each has a tokenizer of its own")
		}
	}
	slices.Sort(sizes)
	t.Logf("another model takes %.1f MB more (%.1f, %.1f)", float64(sizes[1])/1e6,
		float64(sizes[0])/1e6, float64(sizes[2])/1e6)
	if sizes[1] > mostMore {
		t.Errorf("another model takes %d bytes more, want %d at most", sizes[1], mostMore)
	}
}

// resident returns the resident memory of this process.
func resident(t *testing.T) int {
	t.Helper()
	debug.FreeOSMemory()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("needs /proc: ", err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(data))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
