// Command stress runs the test suites many times while the machine is busy, and reports each test
// that failed at least once.
//
//	make test-stress                      10 runs of make test, 5 of make test-browser
//	make test-stress RUNS=3 BROWSER=0     3 more of the first
//	make test-stress RUNS=0 BROWSER=0     the report of the runs so far
//
// A suite is a list of targets of the Makefile; each is one step of a run. While they run, this
// process keeps -busy processors occupied. Every run is recorded in its own file under -dir with
// the commit it belongs to, so runs can be spread over several sittings: the report covers all runs
// of the current commit. An interrupted run is not recorded. A step that takes longer than -timeout
// fails, and all its processes are killed by their process IDs.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "stress:", err)
		os.Exit(1)
	}
}

// suite is a repeated list of targets of the Makefile, in order.
type suite struct {
	name  string
	steps []string
	runs  int
}

// record is one run of a suite, as stored in a file.
type record struct {
	Suite  string    `json:"suite"`
	Commit string    `json:"commit"` // as git describe names it; a changed tree ends in -dirty
	Begun  time.Time `json:"begun"`
	Busy   int       `json:"busy"` // processors kept occupied during the run
	Steps  []step    `json:"steps"`
}

// step is one target of the Makefile in a run.
type step struct {
	Target  string  `json:"target"`
	Seconds float64 `json:"seconds"`
	// seconds of user and system time, of the step and all its children
	CPU      float64  `json:"cpu"`
	Failed   bool     `json:"failed"`
	Packages []timing `json:"packages,omitempty"` // Go packages and node test files
	Failures []failed `json:"failures,omitempty"`
}

type timing struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

// failed is a test that failed, with the first lines of its output.
type failed struct {
	Name   string `json:"name"`
	Output string `json:"output"`
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("stress", flag.ContinueOnError)
	dir := flags.String("dir", "build/work/stress", "where runs are recorded")
	test := flags.String("test", "",
		"the steps of make test: targets of the Makefile, separated by spaces")
	browser := flags.String("browser", "", "the steps of make test-browser")
	runs := flags.Int("runs", 10, "how many runs of make test")
	browserRuns := flags.Int("browser-runs", 5, "how many runs of make test-browser")
	busy := flags.Int("busy", 1, "processors to keep occupied meanwhile")
	timeout := flags.Duration("timeout", 90*time.Minute, "the longest that a step may take")
	if err := flags.Parse(args); err != nil {
		return err
	}
	commit, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return fmt.Errorf("git describe: %w", err)
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	suites := []suite{
		{"make test", strings.Fields(*test), *runs},
		{"make test-browser", strings.Fields(*browser), *browserRuns},
	}
	now := strings.TrimSpace(string(commit))
	if *runs+*browserRuns > 0 {
		stop := occupy(*busy)
		defer stop()
	}
	for _, s := range suites {
		for i := range s.runs {
			r := record{Suite: s.name, Commit: now, Begun: time.Now().UTC(), Busy: *busy}
			for _, target := range s.steps {
				done, err := runStep(ctx, *dir, target, *timeout)
				if err != nil {
					return fmt.Errorf("%s, run %d, %s: %w", s.name, i+1, target, err)
				}
				fmt.Fprintf(out, "%s, run %d of %d: %s\n", s.name, i+1, s.runs, done)
				r.Steps = append(r.Steps, done)
			}
			if err := r.write(*dir); err != nil {
				return err
			}
		}
	}
	records, err := readRecords(*dir)
	if err != nil {
		return err
	}
	if report(out, records, now) {
		return fmt.Errorf("tests failed")
	}
	return nil
}

func (s step) String() string {
	result := "passed"
	if s.Failed {
		result = fmt.Sprintf("FAILED (%d tests)", len(s.Failures))
	}
	return fmt.Sprintf("%s %s in %.0f s (%.0f s of CPU)", s.Target, result, s.Seconds, s.CPU)
}

// runStep runs one target; the error is about the run, not about the tests.
func runStep(ctx context.Context, dir, target string, timeout time.Duration) (step, error) {
	log, err := os.CreateTemp(dir, target+"-*.log")
	if err != nil {
		return step{}, err
	}
	defer os.Remove(log.Name())
	defer log.Close()
	reporter, err := filepath.Abs("build/stress/reporter.mjs")
	if err != nil {
		return step{}, err
	}
	// Results of earlier runs must not be repeated from Go's cache, hence -count=1.
	cmd := exec.Command("make", "--no-print-directory", target,
		"GO_TEST=go test -timeout 20m -count=1 -json",
		"NODE_REPORT=--test-reporter="+reporter)
	cmd.Stdout, cmd.Stderr = log, log
	start := time.Now()
	late, err := runBounded(ctx, cmd, timeout, 10*time.Second)
	if ctx.Err() != nil {
		return step{}, ctx.Err()
	}
	s := step{Target: target, Seconds: time.Since(start).Seconds(), Failed: err != nil}
	if state := cmd.ProcessState; state != nil {
		s.CPU = (state.UserTime() + state.SystemTime()).Seconds()
	}
	if _, err := log.Seek(0, io.SeekStart); err != nil {
		return step{}, err
	}
	parsed, err := parse(log)
	if err != nil {
		return step{}, err
	}
	s.Packages, s.Failures = parsed.packages, parsed.failures
	switch {
	case late:
		s.Failures = append(s.Failures,
			failed{target, fmt.Sprintf("ran for longer than %v\n%s", timeout, parsed.last())})
	case s.Failed && len(s.Failures) == 0: // not a test failed, but a compiler or make
		s.Failures = []failed{{target, parsed.last()}}
	}
	return s, nil
}

// write records a run; its name orders runs by their start.
func (r record) write(dir string) error {
	data, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s-%s.json", r.Begun.Format("20060102T150405.000"),
		strings.TrimPrefix(r.Suite, "make "))
	part := filepath.Join(dir, name+".part")
	if err := os.WriteFile(part, data, 0o644); err != nil {
		return err
	}
	return os.Rename(part, filepath.Join(dir, name))
}

func readRecords(dir string) ([]record, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var records []record
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var r record
		if err := json.Unmarshal(data, &r); err != nil {
			return nil, fmt.Errorf("%s: %w; delete it to go on", name, err)
		}
		records = append(records, r)
	}
	return records, nil
}

// byTime orders timings, longest first.
func byTime(a, b timing) int {
	return cmp.Or(cmp.Compare(b.Seconds, a.Seconds), cmp.Compare(a.Name, b.Name))
}
