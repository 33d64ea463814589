package sqlite_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"reviewlens/api/history"
	"reviewlens/api/history/historytest"
	"reviewlens/api/history/sqlite"
)

func TestStore(t *testing.T) {
	historytest.Run(t, func(t testing.TB) history.Store {
		return open(t, filepath.Join(t.TempDir(), "folder", "history.db"))
	})
}

func open(t testing.TB, file string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRunsOutliveTheProcess(t *testing.T) {
	file := filepath.Join(t.TempDir(), "what? 100%.db") // characters that a URL would misread
	s := open(t, file)
	want := history.Run{RunSummary: history.Summary{ID: "a", Name: "May",
		Created: time.UnixMilli(5), Rows: 1, Positive: 1}}
	if err := s.Put(t.Context(), "u", want); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v; want it readable by its owner only", info.Mode(), err)
	}
	s = open(t, file)
	defer s.Close()
	if got, err := s.Get(t.Context(), "u", "a"); err != nil || got.Name != "May" {
		t.Errorf("Get = %+v, %v", got, err)
	}
}

// Two servers on one file wait for each other instead of failing.
func TestTwoProcesses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history.db")
	var busy sync.WaitGroup
	for _, s := range []*sqlite.Store{open(t, file), open(t, file)} {
		defer s.Close()
		for worker := range 4 {
			busy.Go(func() {
				for i := range 25 {
					run := history.Run{RunSummary: history.Summary{ID: "r", Name: "n",
						Created: time.UnixMilli(int64(i + worker))}}
					if err := s.Put(t.Context(), "u", run); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
	}
	busy.Wait()
}

func TestOpenRefuses(t *testing.T) {
	newer := filepath.Join(t.TempDir(), "newer.db")
	db, err := sql.Open("sqlite", newer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA user_version = 9"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	text := filepath.Join(t.TempDir(), "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("This is no database. ", 100)),
		0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{newer: "version 9 and this program knows 1",
		text: "not a database", t.TempDir(): "is a directory"} {
		if s, err := sqlite.Open(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open = %v, %v, want an error with %q", s, err, want)
		}
	}
}

// A damaged run hides no other one, and does not shift the pages.
func TestDamagedRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history.db")
	s := open(t, file)
	defer s.Close()
	ids := []string{"newest", "cut", "empty", "figures", "oldest"}
	for i, id := range ids {
		run := history.Run{RunSummary: history.Summary{ID: id, Name: "run " + id,
			Created: time.UnixMilli(int64(100 - i)), Rows: 1, Positive: 1}, Figures: []byte(`{}`)}
		if err := s.Put(t.Context(), "u", run); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, damage := range []string{
		"UPDATE runs SET summary = substr(summary, 1, 20) WHERE id = 'cut'",
		"UPDATE runs SET summary = '{}' WHERE id = 'empty'",
		"UPDATE runs SET figures = '{' WHERE id = 'figures'",
	} {
		if _, err := db.Exec(damage); err != nil {
			t.Fatal(err)
		}
	}
	cursor := ""
	for i, id := range ids {
		list, next, err := s.List(t.Context(), "u", cursor, 1)
		if err != nil || len(list) != 1 || (next == "") != (i == len(ids)-1) {
			t.Fatalf("List, page %d = %v, %q, %v", i, list, next, err)
		}
		damaged := id == "cut" || id == "empty"
		if r := list[0]; r.ID != id || r.Name != "run "+id || r.Unreadable != damaged ||
			r.Created.UnixMilli() != int64(100-i) || (r.Rows == 0) != damaged {
			t.Errorf("List, page %d = %+v", i, r)
		}
		cursor = next
	}
	for _, id := range ids[1:4] {
		if _, err := s.Get(t.Context(), "u", id); !errors.Is(err, history.ErrUnreadable) {
			t.Errorf("Get(%s) = %v, want ErrUnreadable", id, err)
		}
		if err := s.Delete(t.Context(), "u", id); err != nil {
			t.Errorf("Delete(%s) = %v", id, err)
		}
	}
}
