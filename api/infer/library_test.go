package infer

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestFindLibrary(t *testing.T) {
	if got, err := FindLibrary("/some/where.so"); got != "/some/where.so" || err != nil {
		t.Errorf("FindLibrary of a named path = %q, %v", got, err)
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	if _, err := FindLibrary(""); err == nil || !strings.Contains(err.Error(), "`make build` puts it beside the program") {
		t.Errorf("FindLibrary where there is none = %v, want the way out", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(cache, "reviewlens", libraries[runtime.GOOS+"/"+runtime.GOARCH].name)
	if err := os.MkdirAll(filepath.Dir(want), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(want, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if got, err := FindLibrary(""); got != want || err != nil {
		t.Errorf("FindLibrary = %q, %v, want %q", got, err, want)
	}
}

func TestWrongLibraryIsNotLoaded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lib.so")
	if err := os.WriteFile(path, []byte("another build"), 0o666); err != nil {
		t.Fatal(err)
	}
	err := acquire(path)
	if err == nil || !strings.Contains(err.Error(), "has SHA-256") || !strings.Contains(err.Error(), Version) {
		t.Errorf("acquire = %v, want both hashes and the version", err)
	}
	if err := acquire(path + ".none"); !os.IsNotExist(err) && !strings.Contains(err.Error(), "no such file") {
		t.Errorf("acquire = %v, want no such file", err)
	}
}
