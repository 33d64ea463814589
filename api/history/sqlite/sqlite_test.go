package sqlite_test

import (
	"database/sql"
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
