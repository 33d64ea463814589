package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"reviewlens/api/infer/infertest"
)

// An interrupt ends a command while it waits for input that does not come, with status 130 and
// without an output.
func TestInterruptWhileWaiting(t *testing.T) {
	folder := t.TempDir()
	pipe, out := filepath.Join(folder, "pipe"), filepath.Join(folder, "out.csv")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{
		"score - -o " + out, "report - -format json -o " + out, "topics - -json -o " + out,
		"table - -o " + out, "submit - -o " + out, "tokens",
		"models compare - -b none -format json -o " + out,
		"score " + pipe + " -o " + out, "table " + pipe + " -o " + out, // nobody opens it
	} {
		ctx, interrupt := context.WithCancel(t.Context())
		silent, ask := io.Pipe()
		done := make(chan error, 1)
		go func() {
			done <- run(ctx, strings.Fields(command), silent, io.Discard, io.Discard)
		}()
		if !strings.Contains(command, pipe) {
			io.WriteString(ask, "{\"text\": \"Lovely\"}\n{") // returns once it is read
		}
		interrupt()
		if err := <-done; exitStatus(err) != 130 {
			t.Errorf("%s: %v, status %d; want 130", command, err, exitStatus(err))
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s has written an output", command)
		}
	}
}

// An interrupt has its status whatever the command is at: unpacking, or a store of models.
func TestInterruptIsReported(t *testing.T) {
	folder := t.TempDir()
	packed := filepath.Join(folder, "r.csv.gz")
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, "id,review\n1,Lovely kettle\n")
	z.Close()
	if err := os.WriteFile(packed, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"score " + packed, "report " + packed, "topics " + packed,
		"table " + packed, "submit " + packed, "models compare " + packed + " -b none",
		"score s3://bucket/r.csv -o s3://bucket/o.csv", "table s3://bucket/r.csv",
		"table " + packed + " -o s3://bucket/o.csv", "submit " + packed + " -o s3://bucket/o.csv",
		"models s3://bucket/models", "models activate s3://bucket/models 0123456789ab",
		"models try s3://bucket/models 0123456789ab", "models status s3://bucket/models"} {
		for name, value := range environmentOf("http://127.0.0.1:1") {
			t.Setenv(name, value)
		}
		ctx, interrupt := context.WithCancel(t.Context())
		interrupt()
		var stderr bytes.Buffer
		err := run(ctx, strings.Fields(command), nil, io.Discard, &stderr)
		if exitStatus(err) != 130 || !strings.Contains(err.Error(), "interrupted") {
			t.Errorf("%s: %v, status %d; want 130", command, err, exitStatus(err))
		}
	}
}

// interrupting is a writer that interrupts the command that writes to it.
type interrupting struct{ interrupt func() }

func (w interrupting) Write(p []byte) (int, error) { w.interrupt(); return len(p), nil }

// An interrupt does not deny what has been written to stdout.
func TestInterruptWhileWriting(t *testing.T) {
	large := filepath.Join(t.TempDir(), "large.csv")
	rows := "id,review\n" + strings.Repeat("1,Lovely kettle\n", 1<<16)
	if err := os.WriteFile(large, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	err := run(ctx, []string{"table", large}, nil, interrupting{interrupt}, io.Discard)
	if exitStatus(err) != 130 || err.Error() != "interrupted; the output ends early" {
		t.Errorf("table = %v, status %d", err, exitStatus(err))
	}
}

// serve that is stopped before its model is ready ends as one that is stopped later.
func TestServeIsStoppedAtItsStart(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	err := run(ctx, []string{"serve", "-addr", "127.0.0.1:0", "-history", "none", "-jobs", "none",
		"-ort", infertest.Library(t)},
		nil, io.Discard, io.Discard)
	if err != nil {
		t.Errorf("serve = %v", err)
	}
}
