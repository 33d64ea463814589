package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reviewlens/api/history"
)

// A file whose pages were overwritten is refused on opening, with the reason and the way out. An
// intact file is not.
func TestDamageIsFoundAtTheStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history.db")
	s, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		run := history.Run{RunSummary: history.Summary{ID: fmt.Sprint(i), Name: "n",
			Created: time.UnixMilli(int64(i))},
			Figures: []byte(`{"x":"` + strings.Repeat("y", 2000) + `"}`)}
		if err := s.Put(t.Context(), "u", run); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(file); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	for at := page; at < len(whole); at += page { // the first has the tables' names
		damaged := append([]byte(nil), whole...)
		for i := at; i < at+100; i++ { // the head of a page and the offsets of its cells
			damaged[i] ^= 0xff
		}
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(file)
		if err == nil {
			s.Close()
			t.Errorf("a file with a damaged page at byte %d is opened", at)
		} else if !strings.Contains(err.Error(), "damaged") ||
			!strings.Contains(err.Error(), file) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}
