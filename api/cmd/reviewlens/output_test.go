package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe that nobody reads is waited for until the command is interrupted.
func TestPipeWithoutReader(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := new(call).openOutput(ctx, pipe); exitStatus(err) != 130 {
		t.Errorf("openOutput = %v, want an error of status 130", err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDWR, 0) // ends the attempt to open it
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
}

func TestWithoutGroup(t *testing.T) {
	for mode, want := range map[fs.FileMode]fs.FileMode{0o640: 0o600, 0o666: 0o666, 0o664: 0o644,
		0o604: 0o604, 0o770: 0o700, 0o600: 0o600} {
		if got := withoutGroup(mode); got != want {
			t.Errorf("withoutGroup(%o) = %o, want %o", mode, got, want)
		}
	}
}
