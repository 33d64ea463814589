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

// A file that another process keeps locked is busy; a client may try again.
func TestLockedFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history.db")
	s, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	run := history.Run{RunSummary: history.Summary{ID: "a", Name: "n", Created: time.UnixMilli(1)}}
	if err := s.Put(t.Context(), "u", run); err != nil {
		t.Fatal(err)
	}
	other, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.db.Begin() // takes the write lock
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	s.db.SetMaxOpenConns(1) // the timeout is per connection
	if _, err := s.db.Exec("PRAGMA busy_timeout = 1"); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"Put": s.Put(t.Context(), "u", run), "Rename": s.Rename(t.Context(), "u", "a", "b"),
		"Delete": s.Delete(t.Context(), "u", "a"), "DeleteAll": s.DeleteAll(t.Context(), "u"),
	} {
		if !errors.Is(err, history.ErrBusy) {
			t.Errorf("%s of a locked file = %v", what, err)
		}
	}
}
