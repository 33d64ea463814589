package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTargetsOf(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a_test.go")
	const source = `package a
func FuzzA(f *testing.F) {}
// func FuzzCommented(f *testing.F) {}
func FuzzyHelper() {}
func (x T) FuzzMethod(f *testing.F) {}
func TestA(t *testing.T) {}
func FuzzB(f *testing.F) { f.Fuzz(func(t *testing.T, b []byte) {}) }
`
	if err := os.WriteFile(name, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := targetsOf(name)
	if diff := cmp.Diff([]string{"FuzzA", "FuzzB"}, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
}

// Every target of a package runs, from one program that is linked once and counts coverage.
func TestRun(t *testing.T) {
	var out, diagnostics bytes.Buffer
	if err := run(t.Context(), []string{"-time", "20x", "reviewlens/tokenizer/batch"}, &out,
		&diagnostics); err != nil {
		t.Fatalf("%v\n%s%s", err, out.String(), diagnostics.String())
	}
	targets, err := filepath.Glob("../../tokenizer/batch/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, name := range targets {
		found, err := targetsOf(name)
		if err != nil {
			t.Fatal(err)
		}
		want += len(found)
	}
	if got := strings.Count(out.String(), "\nPASS\n"); got != want || want == 0 {
		t.Errorf("%d targets passed, want %d:\n%s", got, want, out.String())
	}
	if all := out.String() +
		diagnostics.String(); strings.Contains(all, "not built with coverage") {
		t.Errorf("the program counts no coverage:\n%s", all)
	}
}
