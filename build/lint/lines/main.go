// Command lines counts the lines of .go, .py and .md files that are longer than 100 columns, per
// top-level folder, and fails if there are more than build/lint/lines.txt allows. With -update it
// lowers the numbers in that file to the current counts; it never raises them.
//
// A tab counts as four columns. Not counted are generated files, test data, rows of tables in
// Markdown, and lines without a space to break at, such as an address.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxColumns = 100
	limitsFile = "build/lint/lines.txt"
)

func main() {
	update := flag.Bool("update", false, "lower the numbers in "+limitsFile)
	flag.Parse()
	if err := run(*update, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "lines:", err)
		os.Exit(1)
	}
}

func run(update bool, stdout io.Writer) error {
	list, err := exec.Command("git", "ls-files", "-z", "*.go", "*.py", "*.md").Output()
	if err != nil {
		return fmt.Errorf("git ls-files: %w", err)
	}
	found := map[string]int{}
	for name := range strings.SplitSeq(strings.TrimRight(string(list), "\x00"), "\x00") {
		text, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) { // deleted, but not yet from the index
			continue
		}
		if err != nil {
			return err
		}
		found[folder(name)] += longLines(name, text)
	}
	file, err := os.ReadFile(limitsFile)
	if err != nil {
		return err
	}
	limits, err := parse(file)
	if err != nil {
		return fmt.Errorf("%s: %w", limitsFile, err)
	}
	if update {
		return os.WriteFile(limitsFile, lower(limits, found), 0o644)
	}
	return check(stdout, limits, found)
}

// folder returns the top-level folder of a file, or "." for a file outside of any.
func folder(name string) string {
	if top, _, ok := strings.Cut(name, "/"); ok {
		return top
	}
	return "."
}

// longLines counts the lines of a file that are longer than maxColumns.
func longLines(name string, text []byte) (n int) {
	if slices.Contains(strings.Split(filepath.ToSlash(name), "/"), "testdata") {
		return 0
	}
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, []byte("// Code generated ")) {
			return 0
		}
		if tooLong(line, strings.HasSuffix(name, ".md")) {
			n++
		}
	}
	return n
}

func tooLong(line []byte, markdown bool) bool {
	line = bytes.TrimRight(line, "\r\n")
	if utf8.RuneCount(line)+3*bytes.Count(line, []byte("\t")) <= maxColumns {
		return false
	}
	text := bytes.TrimSpace(line)
	return bytes.ContainsAny(text, " ") && !(markdown && bytes.HasPrefix(text, []byte("|")))
}

// parse parses lines of a folder and its limit. Lines that begin with # are comments.
func parse(file []byte) (map[string]int, error) {
	limits := map[string]int{}
	scanner := bufio.NewScanner(bytes.NewReader(file))
	for scanner.Scan() {
		line := scanner.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		var name string
		var limit int
		if _, err := fmt.Sscanf(line, "%s %d", &name, &limit); err != nil {
			return nil, fmt.Errorf("%q is not a folder and a number", line)
		}
		limits[name] = limit
	}
	return limits, scanner.Err()
}

// check reports every folder that has more long lines than its limit. A folder without a limit may
// have none.
func check(stdout io.Writer, limits, found map[string]int) error {
	var over []string
	for _, name := range slices.Sorted(maps.Keys(found)) {
		switch n, limit := found[name], limits[name]; {
		case n > limit:
			over = append(over, fmt.Sprintf("%s has %d lines of more than %d columns; %d "+
				"are allowed",
				name, n, maxColumns, limit))
		case n < limit:
			fmt.Fprintf(stdout, "%s has %d long lines of %d; lower the limit: "+
				"go run ./build/lint/lines -update\n", name, n, limit)
		}
	}
	if len(over) > 0 {
		return errors.New(strings.Join(over, "\n"))
	}
	return nil
}

// lower returns the limits file with each limit lowered to the count found, if that is less.
func lower(limits, found map[string]int) []byte {
	var b bytes.Buffer
	b.WriteString("# Lines of more than 100 columns that each folder may have: these numbers " +
		"only shrink.\n" +
		"# Lower them by: go run ./build/lint/lines -update\n")
	for _, name := range slices.Sorted(maps.Keys(limits)) {
		if n := min(limits[name], found[name]); n > 0 {
			fmt.Fprintf(&b, "%s %d\n", name, n)
		}
	}
	return b.Bytes()
}
