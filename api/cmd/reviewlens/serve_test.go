package main

import (
	"log/slog"
	"os"
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
