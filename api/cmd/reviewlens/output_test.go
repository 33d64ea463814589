package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"reviewlens/reviews/table"
)

// Opening a pipe without a reader waits until the command is interrupted.
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

func TestExtension(t *testing.T) {
	for name, want := range map[string]string{
		"scored.csv": ".csv", "SCORED.CSV": ".csv", "scored.csv.gz": ".csv", "S.JSONL.GZ": ".jsonl",
		"a.b/scored": "", "scored": "", "scored.gz": "", ".scored": "", "a/.scored": "",
		".scored.csv": ".csv", "reviews-2024.05": "", "v1.2.csv": ".csv", "tmp.Zk3N0Pq7Ab": "",
		"scored.": "", "-": "", ".": "", "..": "", "": "", ".gz": "", "a.7z": ".7z",
		"s3://bucket/a.b/": "", "s3://my.bucket/scored": "", "s3://bucket/a.parquet": ".parquet",
	} {
		if got := extension(name); got != want {
			t.Errorf("extension(%q) = %q, want %q", name, got, want)
		}
	}
}

// The name of an output below a prefix has the extension of its format.
func TestScoredKey(t *testing.T) {
	for _, tt := range []struct {
		key  string
		want table.Format
		name string // "" is refused
	}{
		{"a/b.csv", "", "a/b.csv"}, {"b.tsv.gz", "", "b.tsv.gz"}, {"b.parquet", "", "b.parquet"},
		{"a/b.json", "", "a/b.jsonl"}, {"b.json.GZ", "", "b.jsonl.gz"}, {"b.xlsx", "", ""},
		{"b", "", ""}, {"b.CSV.GZ", table.CSV, "b.CSV.GZ"},
		{"b.csv.gz", parquetFormat, "b.parquet"}, {"b.json", table.JSONLines, "b.jsonl"}, {"b.xlsx", table.CSV, "b.csv"},
	} {
		if got, err := scoredKey(tt.key, tt.want); got != tt.name || (err == nil) != (got != "") {
			t.Errorf("scoredKey(%q, %q) = %q, %v, want %q", tt.key, tt.want, got, err, tt.name)
		}
	}
}

// A full disk of temporary files is said with the way to another one.
func TestTemporary(t *testing.T) {
	full := &fs.PathError{Op: "write", Path: "reviewlens-1", Err: syscall.ENOSPC}
	want := "write reviewlens-1: no space left on device; TMPDIR names another folder for " +
		"temporary files"
	if got := temporary(full); got.Error() != want || !errors.Is(got, syscall.ENOSPC) {
		t.Errorf("temporary = %q, want %q", got, want)
	}
	if got := temporary(io.EOF); got != io.EOF {
		t.Errorf("temporary = %v, want %v", got, io.EOF)
	}
}
