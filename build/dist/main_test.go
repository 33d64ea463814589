package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestPackIsReproducible(t *testing.T) {
	var archives [2][]byte
	for i := range archives {
		dir := t.TempDir()
		var files []string
		for _, name := range []string{"reviewlens", "LICENSE"} {
			file := filepath.Join(dir, name)
			if err := errors.Join(os.WriteFile(file, bytes.Repeat([]byte(name), 1000),
				[]os.FileMode{0o600, 0o777}[i]),
				os.Chtimes(file, time.Time{}, time.Unix(int64(i)*1e9, 0))); err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		name := filepath.Join(dir, "x.tar.gz")
		if err := pack(name, "reviewlens-1", files); err != nil {
			t.Fatal(err)
		}
		var err error
		if archives[i], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(archives[0], archives[1]) {
		t.Error("the same files give other bytes")
	}
	z, err := gzip.NewReader(bytes.NewReader(archives[0]))
	if err != nil {
		t.Fatal(err)
	}
	for r, want := tar.NewReader(z), []struct {
		name string
		mode int64
	}{{"reviewlens-1/reviewlens", 0o755}, {"reviewlens-1/LICENSE", 0o644}}; ; want = want[1:] {
		h, err := r.Next()
		if err == io.EOF && len(want) == 0 {
			break
		}
		if err != nil || h.Name != want[0].name || h.Mode != want[0].mode {
			t.Fatalf("%+v, %v, want %+v", h, err, want)
		}
	}
}

func TestChangelog(t *testing.T) {
	got := string(changelog("v2", "v1", "api/lambda: a canary\nreviews: faster\napi, web: "+
		"both\nA subject without a path\n\n"))
	want := "# Reviewlens v2\n\nWhat changed since v1.\n\n## api\n\n- api/lambda: a canary\n- " +
		"api, web: both\n\n## everything\n\n- A subject without a path\n\n## reviews\n\n- " +
		"reviews: faster\n"
	if got != want {
		t.Errorf("changelog:\n%s\nwant:\n%s", got, want)
	}
}

func TestSums(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b", "a"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := sums(dir, io.Discard); err != nil {
		t.Fatal(err)
	}
	check, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip("needs sha256sum")
	}
	cmd := exec.Command(check, "-c", "--strict", "SHA256SUMS")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "a: OK\nb: OK\n" {
		t.Errorf("sha256sum: %s (%v)", out, err)
	}
}

// A zip from an earlier build by another Go is not part of a release.
func TestZipIsOfTheSameGo(t *testing.T) {
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	other := strings.ReplaceAll(runtime.Version(), "1", "2")
	for version, want := range map[string]string{runtime.Version(): "", other: "built by " +
		other} {
		name := filepath.Join(t.TempDir(), "lambda.zip")
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		f, err := z.Create("bootstrap")
		if err == nil {
			_, err = f.Write(bytes.ReplaceAll(self, []byte(runtime.Version()), []byte(version)))
		}
		if err := errors.Join(err, z.Close(), os.WriteFile(name, out.Bytes(), 0o666)); err != nil {
			t.Fatal(err)
		}
		if err := checkZip(name); (err == nil) != (want == "") || err != nil &&
			!strings.Contains(err.Error(), want) {
			t.Errorf("of %s: %v", version, err)
		}
	}
}
