package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// long writes two lines of JSON, the second of BYTES bytes: long FILE BYTES.
func long(ts *testscript.TestScript, neg bool, args []string) {
	size := 0
	fmt.Sscan(args[1], &size)
	line := `{"text": "` + strings.Repeat("a", size-len(`{"text": ""}`)) + `"}`
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("{\"text\": \"a\"}\n"+line+"\n"), 0o666))
}

// TestReplaceInvalid compares with the results of Python's bytes.decode("utf-8", "replace").
func TestReplaceInvalid(t *testing.T) {
	for in, want := range map[string]string{
		"é":                        "é",
		"a\xff":                    "a\ufffd",
		"\xe2\x82x":                "\ufffdx",
		"\xe2\x82":                 "\ufffd",
		"\xf0\x9f\x98 \x80":        "\ufffd \ufffd",
		"\xed\xa0\xbd":             "\ufffd\ufffd\ufffd",
		"\xf4\x90\x80\x80":         "\ufffd\ufffd\ufffd\ufffd",
		"\xc0\x80":                 "\ufffd\ufffd",
		"\xf0\x9f\xf0\x9f\x98\x80": "\ufffd😀",
	} {
		if got := string(replaceInvalid([]byte(in))); got != want {
			t.Errorf("replaceInvalid(%q) = %q, want %q", in, got, want)
		}
	}
}
