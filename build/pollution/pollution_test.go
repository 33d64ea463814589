package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// reached is the current mean score of our files; raise it as the reader improves. refused is the
// number of files that get no score.
const (
	reached = 9.911
	refused = 0
)

func TestReading(t *testing.T) {
	s := &scores{}
	none := 0
	for _, f := range generate() {
		score := Measure(f.Clean, read(f.Data))
		s.add(f.Class, f.Name, score, 1)
		if score == 0 {
			none++
		}
	}
	if s.simple() < reached || none > refused {
		var b bytes.Buffer
		s.print(&b, true)
		t.Errorf("%.4f with %d refused, want %.4f and at most %d\n%s", s.simple(), none,
			float64(reached), refused, b.String())
	}
	t.Logf("%.4f, %d refused, %d files", s.simple(), none, len(s.files))
}

func TestGenerate(t *testing.T) {
	first, second := generate(), generate()
	if !reflect.DeepEqual(first, second) {
		t.Error("two runs differ")
	}
	if len(first) < 120 {
		t.Errorf("%d files, want 120 or more", len(first))
	}
	names := map[string]bool{}
	for _, f := range first {
		if names[f.Name] {
			t.Errorf("%s is there twice", f.Name)
		}
		names[f.Name] = true
		if got := Measure(f.Clean, f.Clean); got != Best {
			t.Errorf("%s: the clean file scores %v of itself", f.Name, got)
		}
	}
}

func TestMeasure(t *testing.T) {
	for _, c := range []struct {
		name          string
		clean, loaded string
		refused       bool
		want          float64
	}{
		{"the same", "a,b\n1,2\n", "\"a\",\"b\"\r\n\"1\",\"2\"\r\n", false, 10},
		{"refused", "a,b\n1,2\n", "", true, 0},
		{"nothing is wanted", "", "x\n", false, 10},
		{"nothing was read", "a,b\n1,2\n", "", false, 1},
		// Header: 1 of 2, and 1 of the 1 found. Records: all. Cells: 1 of 4, and 1 of the 2 found.
		{"one column", "a,b\n1,2\n", "a\n12\n", false,
			1 + (0.5 + 1 + 2.0/3) + 3 + (0.25 + 0.5 + 1.0/3)},
		{"blanks around", "a,b\n1,2\n", "a , b\n 1,2 \n", false, 10},
		{"quotes in a cell", "a\n\"say \"\"x\"\"\"\n", "a\nsay \"x\"\n", false, 10},
	} {
		loaded := []byte(c.loaded)
		if c.refused {
			loaded = nil
		}
		if got := Measure([]byte(c.clean), loaded); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// The files of a folder are weighted and grouped; the files written here get their scores there.
func TestPollockFolder(t *testing.T) {
	folder := t.TempDir()
	if err := writeFiles(folder); err != nil {
		t.Fatal(err)
	}
	weights := []byte(`{"source_.csv": 3, "few_rows_no_bytes.csv": 1}`)
	if err := os.WriteFile(filepath.Join(folder, "pollock_weights.json"), weights,
		0o600); err != nil {
		t.Fatal(err)
	}
	s, err := scorePollock(folder)
	if err != nil {
		t.Fatal(err)
	}
	source := fileNamed(t, "source ")
	want := (3*Measure(source.Clean, read(source.Data)) + Measure(nil, read(nil))) / 4
	if len(s.files) != len(generate()) || math.Abs(s.weighted()-want) > 1e-9 {
		t.Errorf("%d files, weighted %v; want %d, %v", len(s.files), s.weighted(), len(generate()),
			want)
	}
}

func fileNamed(t *testing.T, name string) File {
	t.Helper()
	for _, f := range generate() {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no file %q", name)
	return File{}
}
