package main

import (
	"log/slog"
	"os"
	"strings"
	"testing"
)

// A server without jobs keeps none and creates no folder named "none".
func TestNoJobs(t *testing.T) {
	t.Chdir(t.TempDir())
	kept, err := openJobs("none", slog.New(slog.DiscardHandler))
	if kept != nil || err != nil {
		t.Errorf("openJobs = %v, %v", kept, err)
	}
	if entries, err := os.ReadDir("."); err != nil || len(entries) > 0 {
		t.Errorf("the folder has %v, %v", entries, err)
	}
}

// Who names a folder of jobs that another server has learns how to start this one.
func TestJobsOfAnotherServer(t *testing.T) {
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	first, err := openJobs(dir, log)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	_, err = openJobs(dir, log)
	const want = "another Reviewlens server uses this folder; -jobs names another folder, or none"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("openJobs of the same folder: %v, want %q", err, want)
	}
}
