package main

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The same files give the same bytes, regardless of their times and places; Lambda must be able to
// execute them.
func TestWriteIsReproducible(t *testing.T) {
	var zips [2][]byte
	for i := range zips {
		dir := t.TempDir()
		var files []string
		for _, name := range []string{"bootstrap", "libx.so"} {
			file := filepath.Join(dir, name)
			if err := os.WriteFile(file, bytes.Repeat([]byte(name), 1000),
				[]os.FileMode{0o600, 0o777}[i]); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(file, time.Time{}, time.Unix(int64(i)*1e9, 0)); err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		name := filepath.Join(dir, "out", "x.zip")
		if err := write(name, files); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		zips[i] = data
	}
	if !bytes.Equal(zips[0], zips[1]) {
		t.Error("the same files gave different zips")
	}
	z, err := zip.NewReader(bytes.NewReader(zips[0]), int64(len(zips[0])))
	if err != nil {
		t.Fatal(err)
	}
	if len(z.File) != 2 || z.File[0].Name != "bootstrap" || z.File[0].Mode() != 0o755 {
		t.Errorf("the zip begins with %s, %v", z.File[0].Name, z.File[0].Mode())
	}
}
