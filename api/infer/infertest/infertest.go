// Package infertest provides tests with the native library that `make build` put into bin/.
package infertest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"reviewlens/api/infer"
	"reviewlens/api/model"
)

// Library returns the library's path, or skips the test with advice on how to get it.
func Library(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("the test runs outside of the repository")
		}
	}
	found, _ := filepath.Glob(filepath.Join(dir, "bin", "libonnxruntime*"+infer.Version+"*"))
	if len(found) == 0 {
		t.Skipf("needs ONNX Runtime %s in bin/; `make build` puts it there", infer.Version)
	}
	return found[0]
}

// Engine opens the embedded model, and closes it when the test ends.
func Engine(t testing.TB) *infer.Engine {
	t.Helper()
	Library(t) // skip, if at all, before the model is read
	m, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	return Start(t, m)
}

// Open opens the model in a folder, and closes it when the test ends.
func Open(t testing.TB, folder string) *infer.Engine {
	t.Helper()
	Library(t)
	m, err := model.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	return Start(t, m)
}

// Start returns an engine of m, which is closed when the test ends.
func Start(t testing.TB, m *model.Model) *infer.Engine {
	t.Helper()
	e, err := infer.Open(context.Background(), m, infer.Options{Library: Library(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}
