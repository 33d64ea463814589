package tempfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"testing"
)

func TestNothingIsLeftByName(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir) // Windows
	f, err := Create()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, "a private review"); err != nil {
		t.Fatal(err)
	}
	if left := names(t, dir); len(left) > 0 && runtime.GOOS != "windows" {
		t.Errorf("while it is open there is %q", left)
	}
	got := make([]byte, 16)
	if _, err := f.ReadAt(got, 0); err != nil || string(got) != "a private review" {
		t.Errorf("read %q, %v", got, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if left := names(t, dir); len(left) > 0 {
		t.Errorf("after Close there is %q", left)
	}
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestNoFolder(t *testing.T) {
	dir := t.TempDir() + "/none"
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir) // Windows
	_, err := Create()
	if _, ok := errors.AsType[*fs.PathError](err); !ok || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("Create = %v", err)
	}
}
