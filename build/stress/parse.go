package main

import (
	"bufio"
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strings"
)

const (
	keptLines = 20 // of the output of a failed test
	lastLines = 30 // of a step that fails without a failed test
)

// event is a line of go test -json, or of reporter.mjs.
type event struct {
	Action     string
	Package    string
	ImportPath string // of a package that is compiled, in place of Package
	Test       string
	Elapsed    float64 // seconds
	Output     string
}

// parsed is the parsed output of a step.
type parsed struct {
	packages []timing
	failures []failed
	tail     []string // its last lines that are not events
}

func (p *parsed) last() string { return strings.Join(p.tail, "\n") }

// plainFailure is how a test binary reports a failure without -json, as fuzz targets do.
var plainFailure = regexp.MustCompile(`^--- FAIL: (\S+) \(`)

// parse parses the output of a step: events of go test -json and of node's tests, one per line,
// mixed with the output of make and of other programs.
func parse(r io.Reader) (*parsed, error) {
	p := new(parsed)
	output := map[[2]string][]string{} // of each test, until its result is known
	// seconds of a package's tests; node does not report those of a file
	sum := map[string]float64{}
	var failing []failed
	plain := "" // the test that failed last in plain output: the lines after it belong to it
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			var e event
			if strings.HasPrefix(line, `{"`) && json.Unmarshal([]byte(line), &e) == nil &&
				e.Action != "" {
				plain = ""
				// a package as it is compiled for a test has the test's name after a space
				if e.Package == "" {
					e.Package, _, _ = strings.Cut(e.ImportPath, " ")
				}
				key := [2]string{e.Package, e.Test}
				switch e.Action {
				case "output", "build-output":
					// A test's output is bounded while it runs: some tests are talkative.
					if text := strings.TrimRight(e.Output, "\n"); len(output[key]) < 10*keptLines &&
						!noise(text) {
						output[key] = append(output[key], text)
					}
					if e.Action == "build-output" || e.Test == "" {
						p.note(strings.TrimRight(e.Output, "\n"))
					}
				case "fail":
					if e.Output != "" {
						output[key] = strings.Split(e.Output, "\n")
					}
					failing = append(failing, failed{name(e), first(output[key])})
				}
				if e.Action == "pass" || e.Action == "fail" || e.Action == "skip" {
					delete(output, key)
					switch {
					case e.Test == "" && e.Elapsed > 0:
						p.packages = append(p.packages, timing{e.Package, e.Elapsed})
					case e.Test != "" && !strings.Contains(e.Test, "/"):
						sum[e.Package] += e.Elapsed
					}
				}
			} else {
				p.note(line)
				if found := plainFailure.FindStringSubmatch(line); found != nil {
					plain = found[1]
					failing = append(failing, failed{Name: plain})
				} else if plain != "" {
					f := &failing[len(failing)-1]
					f.Output = first(append(strings.Split(f.Output, "\n"), line))
				}
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	for _, reported := range p.packages {
		delete(sum, reported.Name)
	}
	for name, seconds := range sum {
		if seconds > 0 {
			p.packages = append(p.packages, timing{name, seconds})
		}
	}
	slices.SortFunc(p.packages, byTime)
	// A test with a failed subtest fails, and so does its package: the innermost is the one to
	// report.
	for _, f := range failing {
		inner := func(other failed) bool {
			return strings.HasPrefix(other.Name, f.Name+"/") ||
				strings.HasPrefix(other.Name, f.Name+" ")
		}
		if !slices.ContainsFunc(failing, inner) {
			p.failures = append(p.failures, f)
		}
	}
	return p, nil
}

func name(e event) string {
	return strings.TrimSpace(e.Package + " " + e.Test)
}

// note keeps a line for steps that fail without a test.
func (p *parsed) note(line string) {
	if p.tail = append(p.tail, line); len(p.tail) > lastLines {
		p.tail = p.tail[1:]
	}
}

// noise reports whether a line is written by the test framework about every test.
func noise(line string) bool {
	line = strings.TrimSpace(line)
	for _, prefix := range []string{"=== RUN", "=== PAUSE", "=== CONT", "=== NAME"} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return line == ""
}

func first(lines []string) string {
	lines = slices.DeleteFunc(slices.Clone(lines), noise)
	return strings.Join(lines[:min(len(lines), keptLines)], "\n")
}
