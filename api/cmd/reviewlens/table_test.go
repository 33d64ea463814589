package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTableInterrupted(t *testing.T) {
	folder := t.TempDir()
	in, out := filepath.Join(folder, "in.csv"), filepath.Join(folder, "out.csv")
	if err := os.WriteFile(in, []byte("id,review\n1,good\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := run(ctx, []string{"table", in, "-o", out}, strings.NewReader(""), io.Discard, io.Discard)
	if exitStatus(err) != 130 {
		t.Errorf("run = %v, want exit status 130", err)
	}
	if _, err := os.Stat(out); !os.IsNotExist(err) {
		t.Errorf("the output is there: %v", err)
	}
}

// What stands below the table is left out of a file that is larger than what is guessed by, too.
func TestTableOfALargeFile(t *testing.T) {
	folder := t.TempDir()
	in, out := filepath.Join(folder, "in.csv"), filepath.Join(folder, "out.csv")
	rows := strings.Repeat("1,5,It works as it should\n2,1,It broke at once\n", 10_000)
	file := "id,stars,review\n" + rows + "Total,3.0,\n\nMade today\n"
	if err := os.WriteFile(in, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	command := []string{"table", in, "-o", out}
	err := run(t.Context(), command, strings.NewReader(""), io.Discard, &said)
	if err != nil || !strings.Contains(said.String(), "left out: what is below the table") {
		t.Errorf("run = %v, said %q", err, said.String())
	}
	want := strings.ReplaceAll("id,stars,review\n"+rows, "\n", "\r\n")
	if got, err := os.ReadFile(out); err != nil || string(got) != want {
		t.Errorf("%d bytes, %v, want %d; the end is %q", len(got), err, len(want),
			got[max(0, len(got)-60):])
	}
}
