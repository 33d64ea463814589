package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name, output string
		want         []failed
		packages     []timing
		last         string
	}{
		{"a failed test fails its package too, and is reported alone", `
{"Action":"run","Package":"p/a","Test":"TestA"}
{"Action":"output","Package":"p/a","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p/a","Test":"TestA","Output":"    a_test.go:9: got 1, want 2\n"}
{"Action":"output","Package":"p/a","Test":"TestA","Output":"--- FAIL: TestA (0.01s)\n"}
{"Action":"fail","Package":"p/a","Test":"TestA","Elapsed":0.01}
{"Action":"fail","Package":"p/a","Elapsed":1.5}
{"Action":"pass","Package":"p/b","Test":"TestA","Elapsed":0.2}
{"Action":"pass","Package":"p/b","Elapsed":0.3}
{"Action":"skip","Package":"p/c","Elapsed":0}
`, []failed{{"p/a TestA", "    a_test.go:9: got 1, want 2\n--- FAIL: TestA (0.01s)"}}, []timing{{"p/a", 1.5}, {"p/b", 0.3}}, ""},
		{"a subtest", `
{"Action":"output","Package":"p","Test":"TestA/b","Output":"x\n"}
{"Action":"fail","Package":"p","Test":"TestA/b"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p"}
`, []failed{{"p TestA/b", "x"}}, nil, ""},
		{"a package that ends before its tests do", `
{"Action":"output","Package":"p","Test":"TestA","Output":"panic: test timed out\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t600.1s\n"}
{"Action":"fail","Package":"p","Elapsed":600.1}
`, []failed{{"p", "FAIL\tp\t600.1s"}}, []timing{{"p", 600.1}}, "FAIL\tp\t600.1s"},
		{"what does not compile", `
{"ImportPath":"p [p.test]","Action":"build-output","Output":"a_test.go:3: undefined: x\n"}
{"ImportPath":"p [p.test]","Action":"build-fail"}
{"Action":"fail","Package":"p","FailedBuild":"p [p.test]"}
`, []failed{{"p", "a_test.go:3: undefined: x"}}, nil, "a_test.go:3: undefined: x"},
		{"a fuzz target, in plain text", `
p FuzzA
fuzz: elapsed: 0s, gathering baseline coverage: 0/3 completed
--- FAIL: FuzzA (0.03s)
    --- FAIL: FuzzA (0.00s)
        a_test.go:5: got 1
p FuzzB
make: *** [Makefile:9: fuzz] Error 1
`, []failed{{"FuzzA", "    --- FAIL: FuzzA (0.00s)\n        a_test.go:5: got 1\np FuzzB\nmake: *** [Makefile:9: fuzz] Error 1"}}, nil, "make: *** [Makefile:9: fuzz] Error 1"},
		{"node's tests", `
cd build/node && node --test test/
{"Action":"fail","Package":"test/a.test.mjs","Test":"it works","Elapsed":2.5,"Output":"AssertionError: no\n    at a.test.mjs:9"}
{"Action":"pass","Package":"test/a.test.mjs","Test":"it holds","Elapsed":0.5,"Output":""}
`, []failed{{"test/a.test.mjs it works", "AssertionError: no\n    at a.test.mjs:9"}}, []timing{{"test/a.test.mjs", 3}}, "cd build/node && node --test test/"},
		{"no test at all", "a.go:1: syntax error\nmake: *** Error 1\n", nil, nil,
			"make: *** Error 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parse(strings.NewReader(tt.output))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.failures); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.packages, got.packages); diff != "" {
				t.Errorf("packages (-want +got):\n%s", diff)
			}
			if last := got.last(); !strings.HasSuffix(last, tt.last) ||
				(last == "") != (tt.last == "") {
				t.Errorf("last lines %q, want the end to be %q", last, tt.last)
			}
		})
	}
}

// The output of reporter.mjs is parsed by parse: both kinds of tests use one parser.
func TestReporter(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("needs node")
	}
	reporter, err := filepath.Abs("reporter.mjs")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	const file = `import { test } from "node:test"; import assert from "node:assert/strict";
test("holds", () => {}); test("breaks", () => assert.equal(1, 2)); test("waits", { skip: "not here" }, () => {});`
	if err := os.WriteFile(filepath.Join(dir, "a.test.mjs"), []byte(file), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "--test", "--test-reporter="+reporter, "a.test.mjs")
	cmd.Dir = dir
	output, _ := cmd.Output()
	actions := map[string]string{}
	for line := range strings.Lines(string(output)) {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		actions[name(e)] = e.Action
	}
	delete(actions, "a.test.mjs") // newer versions of node report the file as well
	want := map[string]string{"a.test.mjs holds": "pass", "a.test.mjs breaks": "fail",
		"a.test.mjs waits": "skip"}
	if diff := cmp.Diff(want, actions); diff != "" {
		t.Errorf("-want +got:\n%s\n%s", diff, output)
	}
	got, err := parse(strings.NewReader(string(output)))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.failures) != 1 || got.failures[0].Name != "a.test.mjs breaks" ||
		!strings.Contains(got.failures[0].Output, "1 !== 2") {
		t.Errorf("failures %q", got.failures)
	}
}

func TestReport(t *testing.T) {
	run := func(suite, commit string, failures ...failed) record {
		return record{Suite: suite, Commit: commit, Steps: []step{{
			Target: "test-go", Seconds: 10, CPU: 15, Failed: failures != nil, Failures: failures,
			Packages: []timing{{"p/slow", 7}, {"p/quick", 1}},
		}}}
	}
	dir := t.TempDir()
	for i, r := range []record{
		run("make test", "abc"), run("make test", "abc", failed{"p TestA", "first\nsecond"}),
		run("make test", "abc"),
		run("make test", "old", failed{"p TestB", "gone"}),
	} {
		r.Begun = time.Unix(int64(i), 0)
		if err := r.write(dir); err != nil {
			t.Fatal(err)
		}
	}
	records, err := readRecords(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if !report(&out, records, "abc") {
		t.Error("no failure is reported")
	}
	const want = `
Commit abc (1 runs of other commits are not counted)

make test: 3 runs, 1 tests failed at least once

  p TestA: failed in 1 of 3 runs
    | first
    | second

| step | runs | median s | longest s | median CPU s |
|---|---|---|---|---|
| test-go | 3 | 10.0 | 10.0 | 15.0 |

| package or file | median s |
|---|---|
| p/slow | 7.0 |
| p/quick | 1.0 |
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if report(&out, records, "new") {
		t.Error("failures of other commits count")
	}
}

// A step that exceeds its time ends with all its processes, including those in their own process
// groups.
func TestBounded(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("needs /proc")
	}
	pids, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pids.Close()
	defer write.Close()
	// The shell and its child ignore SIGTERM, and setsid gives the child its own group.
	cmd := exec.Command("sh", "-c",
		`trap "" TERM; setsid sh -c 'echo $$ >&3; exec sleep 1000' & echo $$ >&3; wait`)
	cmd.ExtraFiles = []*os.File{write}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := runBounded(ctx, cmd, time.Hour, time.Millisecond)
		ended <- err
	}()
	started := make([]process, 2)
	for i := range started {
		p := &started[i]
		if _, err := fmt.Fscanln(pids, &p.pid); err != nil {
			t.Fatal(err)
		}
		_, p.start, _ = stat(p.pid)
	}
	cancel()
	if err := <-ended; err == nil {
		t.Error("no error of a command that was ended")
	}
	for _, p := range started {
		if p.alive() {
			t.Errorf("process %d is still there", p.pid)
		}
	}
}
