package main

import (
	"errors"
	"flag"
	"io"
	"slices"
	"testing"
)

func TestShellWord(t *testing.T) {
	for word, want := range map[string]string{
		"q7f-2_a.b":             "q7f-2_a.b",
		"https://host:8000/a":   "https://host:8000/a",
		"":                      "''",
		"a; rm -rf ~":           "'a; rm -rf ~'",
		"it's":                  `'it'\''s'`,
		"http://host/?a=1&b=$x": "'http://host/?a=1&b=$x'",
	} {
		if got := shellWord(word); got != want {
			t.Errorf("shellWord(%q) = %s, want %s", word, got, want)
		}
	}
}

// Flags precede and follow the arguments; after "--" there are only arguments. The settings of a
// run contain the same flags.
func TestParse(t *testing.T) {
	for _, tt := range []struct {
		args, rest       []string
		settings, output string
	}{
		{[]string{"a", "-s", "b", "-n=x"}, []string{"a", "b"}, "-n=x -s=true", ""},
		{[]string{"--", "a", "-b"}, []string{"a", "-b"}, "", ""},
		{[]string{"-n", "x", "--", "-s", "--", "-"}, []string{"-s", "--", "-"}, "-n=x", ""},
		{[]string{"a", "-s", "--", "b", "-n", "x"}, []string{"a", "b", "-n", "x"}, "-s=true", ""},
		{[]string{"a", "--", "-n"}, []string{"a", "-n"}, "", ""},
		{[]string{"-n", "--", "a", "-s"}, []string{"a"}, "-n=-- -s=true", ""},
		{[]string{"-o", "-n", "--", "-s"}, []string{"-s"}, "", "-n"},
		{[]string{"-", "--s=false", "--o=y"}, []string{"-"}, "-s=false", "y"},
		{[]string{"a", "--"}, []string{"a"}, "", ""},
		{nil, nil, "", ""},
	} {
		flags := flag.NewFlagSet("test", flag.ContinueOnError)
		flags.Bool("s", false, "")
		flags.String("n", "", "")
		output := flags.String("o", "", "")
		c := &call{args: tt.args}
		rest, _, err := c.parse(flags, "")
		if err != nil || !slices.Equal(rest, tt.rest) || *output != tt.output {
			t.Errorf("%q: %q, -o %q, %v, want %q, -o %q", tt.args, rest, *output, err, tt.rest,
				tt.output)
		}
		if got := settings(c); got != tt.settings {
			t.Errorf("%q: settings %q, want %q", tt.args, got, tt.settings)
		}
	}
}

// fullDisk is a writer that fails.
type fullDisk struct{}

var errFull = errors.New("no space left on device")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

// Help that cannot be written is an error, as any other output is.
func TestHelpIsWritten(t *testing.T) {
	lines := [][]string{{"help"}, {"models", "try", "-h"}, {"models", "status", "-h"}}
	for _, c := range commands() {
		lines = append(lines, []string{c.name, "-h"})
	}
	for _, line := range lines {
		if err := run(t.Context(), line, nil, fullDisk{}, io.Discard); !errors.Is(err, errFull) {
			t.Errorf("%q: %v, want %v", line, err, errFull)
		}
	}
}
