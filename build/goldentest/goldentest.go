// Package goldentest compares a test's output with a golden file in testdata; -update rewrites the
// file.
package goldentest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

// Compare compares got with the file testdata/name. A difference fails the test.
func Compare(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; read it, then run go test -update:\n%s\nwant\n%s", name, got, want)
	}
}

var long = regexp.MustCompile(`\d+\.\d{9,}(e-?\d+)?`)

// CompareJSON compares JSON as Compare does, numbers by their first nine digits: the last ones
// depend on the processor.
func CompareJSON(t *testing.T, name string, got []byte) {
	t.Helper()
	got = long.ReplaceAllFunc(got, func(number []byte) []byte {
		f, err := strconv.ParseFloat(string(number), 64)
		if err != nil {
			t.Fatal(err)
		}
		return strconv.AppendFloat(nil, f, 'g', 9, 64)
	})
	Compare(t, name, got)
}
