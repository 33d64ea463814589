package main

import (
	"context"
	"flag"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// bash itself returns what it would offer.
func TestBashCompletion(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash")
	}
	script := bashCompletion(completions())
	const files = "files" // readline completes them
	for _, tt := range []struct{ line, want string }{
		{"reviewlens sc", "score"},
		{"reviewlens s", "score serve submit"},
		{"reviewlens score -ti", "-title"},
		{"reviewlens score r", files},
		{"reviewlens score reviews.csv -f", "-format"},
		{"reviewlens score -format ", "csv jsonl parquet"},
		{"reviewlens report a.csv -format j", "json"},
		{"reviewlens report a.csv -o ", files},
		{"reviewlens report a.csv -stars ", ""},
		{"reviewlens score -guard ", files}, // a switch takes no value
		{"reviewlens models pub", "publish " + files},
		{"reviewlens models -k", "-kms-key"},
		{"reviewlens models publish -k", "-kms-key"},
		{"reviewlens models compare -", "-h -a -b -cache -column -corrections -date -dayfirst " +
			"-encoding -format -header-rows -lines-above -monthfirst -o -ort -product -sheet " +
			"-stars -stars-of -store -strict -text -title"},
		{"reviewlens models compare a.csv -format ", "html json text"},
		{"reviewlens models compare a.csv -b ", files},
		{"reviewlens models compare r", files},
		{"reviewlens models try store ID -sh", "-shadow -share"},
		{"reviewlens compare -k", ""},
		{"reviewlens completion ", "bash fish zsh"},
		{"reviewlens serve ", ""},
		{"reviewlens version -", "-h"},
		{"reviewlens nothing ", ""},
	} {
		words := strings.Split(tt.line, " ")
		quoted := make([]string, len(words))
		for i, w := range words {
			quoted[i] = quoteShell(w)
		}
		program := script + "\ncompopt() { echo files; }\nCOMP_WORDS=(" +
			strings.Join(quoted, " ") +
			")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_reviewlens\nprintf '%s\\n' " +
			"\"${COMPREPLY[@]}\"\n"
		// compgen fails if nothing matches
		out, err := exec.Command(bash, "--norc", "-uc", program).CombinedOutput()
		got, want := strings.Fields(string(out)), strings.Fields(tt.want)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q (%v)", tt.line, got, want, err)
		}
	}
}

// Every script has every command with every flag that the command parses, and each installed shell
// accepts its script.
func TestCompletionsAreWhole(t *testing.T) {
	for shell, script := range map[string]string{"bash": bashCompletion(completions()),
		"zsh": zshCompletion(completions()), "fish": fishCompletion(completions())} {
		for _, command := range commands() {
			c := &call{args: []string{"-h"}, stdout: io.Discard, stderr: io.Discard}
			if err := command.run(context.Background(), c); err != nil || c.flags == nil ||
				c.flags.Name() != command.name {
				t.Fatalf("%s -h: %v, flags %+v", command.name, err, c.flags)
			}
			if !strings.Contains(script, command.name) {
				t.Errorf("%s: no %s", shell, command.name)
			}
			c.flags.VisitAll(func(f *flag.Flag) {
				if written := map[string]string{"bash": "-" + f.Name, "zsh": "'-" + f.Name +
					"[", "fish": "from " + command.name + "' -o " + f.Name +
					" "}[shell]; !strings.Contains(script, written) {
					t.Errorf("%s: %s has no -%s", shell, command.name, f.Name)
				}
			})
		}
		path, err := exec.LookPath(shell)
		if err != nil {
			t.Logf("%s's own reading of its script needs %s", shell, shell)
			continue
		}
		check := exec.Command(path, "-n")
		check.Stdin = strings.NewReader(script)
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%s does not read its script: %v\n%s", shell, err, out)
		}
	}
}
