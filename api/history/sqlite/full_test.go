package sqlite

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reviewlens/api/history"
)

// A full disk has a separate error, and leaves the existing runs unchanged. SQLite's bound on a
// file's pages stands for the disk.
func TestFullDisk(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "history.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.db.SetMaxOpenConns(1) // the bound is per connection
	if _, err := s.db.Exec("PRAGMA max_page_count = 40"); err != nil {
		t.Fatal(err)
	}
	run := history.Run{RunSummary: history.Summary{ID: "small", Name: "n",
		Created: time.UnixMilli(1)}}
	if err := s.Put(t.Context(), "u", run); err != nil {
		t.Fatal(err)
	}
	run.ID, run.Figures = "large", []byte(`{"x":"`+strings.Repeat("y", 250_000)+`"}`)
	if err := s.Put(t.Context(), "u", run); !errors.Is(err, history.ErrFull) {
		t.Errorf("Put on a full disk = %v", err)
	}
	if list, _, err := s.List(t.Context(), "u", "", 10); err != nil || len(list) != 1 ||
		list[0].ID != "small" {
		t.Errorf("List = %v, %v", list, err)
	}
}
