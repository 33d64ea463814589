package storetest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"reviewlens/api/model"
	"reviewlens/api/model/store"
)

// create creates an object with a text as its content.
func create(t *testing.T, p store.Place, name, content string) error {
	t.Helper()
	return p.Create(t.Context(), name, model.Describe(name, []byte(content)),
		strings.NewReader(content))
}

func testAbsent(t *testing.T, empty newPlace) {
	p := empty(t)
	if _, _, err := p.Read(t.Context(), "a/b", 9); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read = %v", err)
	}
	if _, _, err := p.ReadRange(t.Context(), "a/b", 0, 9); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadRange = %v", err)
	}
}

func testCreate(t *testing.T, empty newPlace) {
	p := empty(t)
	if err := create(t, p, "a/b", "first"); err != nil {
		t.Fatal(err)
	}
	if err := create(t, p, "a/b", "later"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Create = %v, want ErrExist", err)
	}
	if data, _, err := p.Read(t.Context(), "a/b", 5); string(data) != "first" || err != nil {
		t.Errorf("Read = %q, %v", data, err)
	}
	if _, _, err := p.Read(t.Context(), "a/b", 4); !errorContains(err, "5 bytes, want at most 4") {
		t.Errorf("Read of at most 4 = %v", err)
	}
}

func testReadRange(t *testing.T, empty newPlace) {
	p := empty(t)
	if err := create(t, p, "x", "0123456789"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		from, to int64
		want     string
	}{{0, 10, "0123456789"}, {3, 5, "34"}, {9, 10, "9"}, {8, 20, "89"}, {12, 20, ""}} {
		body, size, err := p.ReadRange(t.Context(), "x", tt.from, tt.to)
		if err != nil || size != 10 {
			t.Errorf("ReadRange(%d, %d) = size %d, %v", tt.from, tt.to, size, err)
			continue
		}
		data, err := io.ReadAll(body)
		if string(data) != tt.want || errors.Join(err, body.Close()) != nil {
			t.Errorf("ReadRange(%d, %d) = %q, %v, want %q", tt.from, tt.to, data, err, tt.want)
		}
	}
}

func testConcurrentReplace(t *testing.T, empty newPlace) {
	p := empty(t)
	for round := range 3 {
		_, version, err := p.Read(t.Context(), "x", 99)
		if round > 0 && err != nil {
			t.Fatal(err)
		}
		var wins atomic.Int32
		var writers sync.WaitGroup
		for i := range 8 {
			writers.Go(func() {
				content := fmt.Appendf(nil, "round %d, writer %d", round, i)
				switch err := p.Replace(t.Context(), "x", content, version); {
				case err == nil:
					wins.Add(1)
				case !errors.Is(err, store.ErrChanged):
					t.Errorf("Replace = %v", err)
				}
			})
		}
		writers.Wait()
		if wins.Load() != 1 {
			t.Errorf("round %d: %d of 8 won, want 1", round, wins.Load())
		}
	}
}

func testFolders(t *testing.T, empty newPlace) {
	p := empty(t)
	for _, name := range []string{"top", "b/1", "a/1", "a/2"} {
		if err := create(t, p, name, "x"); err != nil {
			t.Fatal(err)
		}
	}
	names, err := p.Folders(t.Context())
	slices.Sort(names)
	if !slices.Equal(names, []string{"a", "b"}) || err != nil {
		t.Errorf("Folders = %q, %v", names, err)
	}
}
