// Command reviewlens scores reviews: in a page that it serves, or from one file to another.
//
// Results go to stdout, diagnostics to stderr. The exit status of every command:
//
//	0    success
//	1    failure; no output was written
//	2    invalid command line
//	3    the output is complete, but some rows have no score (score, report and submit list or count
//	     them)
//	130  interrupted; no output was written, and the same command resumes
//
// There are two exceptions: tokens writes as it reads, so that its output is partial after 1 and
// 130, as is that of any command to a pipe or stdout if the writing fails; serve exits with 0 when
// it is interrupted, also before it is ready.
//
// Each command is a file. It defines its flags and passes them to call.parse, which help and
// completion use as well.
//
// It is one package because its commands share how files are opened, how a model is chosen and how
// outputs are written.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"reviewlens/api/infer"
	"reviewlens/api/model"
)

var version = "" // set by the linker; otherwise the version of the module is used

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)            // a second Ctrl-C does not wait
	log.SetOutput(messageWriter{os.Stderr}) // also of slog.Default
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(messageWriter{os.Stderr}, "reviewlens:", err)
	}
	os.Exit(exitStatus(err))
}

// command is a command of the program.
type command struct {
	name, brief string
	words       string // possible arguments
	files       bool   // arguments can be files or folders
	run         func(context.Context, *call) error
}

func commands() []command {
	return []command{
		{"score", "a file of reviews with sentiment, positive and windows added to each row", "",
			true, score},
		{"report", "what a file of reviews says, as a page to read, print or send", "", true,
			reportCommand},
		{"topics", "what a file of reviews speaks of, and what people complain about", "", true,
			topicsCommand},
		{"table", "the table in a file as it is understood, as plain CSV", "", true, tableCommand},
		{"pipe", "JSON lines scored as they come, for Spark or a queue's worker to run", "", false,
			pipeCommand},
		{"serve", "the page and the service, at http://localhost:8000", "", false, serve},
		{"submit", "a large file, scored by a server while you do something else", "", true,
			submit},
		{"models", "the models of a store: publish, activate, roll back; compare and " +
			"try find out which of two is better",
			"publish activate rollback compare try status promote stop", true, models},
		{"tokens", "what a model reads: token IDs and byte offsets of texts", "", false, tokens},
		{"completion", "a script that completes all this in bash, zsh or fish", "bash zsh fish",
			false, completion},
		{"version", "versions of the program, its model and its runtime", "", false, printVersion},
	}
}

func help() string {
	var b strings.Builder
	b.WriteString("Reviewlens scores product reviews and reports how customers feel.\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  reviewlens %-11s %s\n", c.name, c.brief)
	}
	b.WriteString("\n  reviewlens score reviews.csv -o scored.csv\n  reviewlens report reviews.csv -o report.html\n\nRun \"reviewlens COMMAND -h\" for the details of a command.\n")
	return b.String()
}

// run runs the program.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		io.WriteString(stderr, help())
		return &exit{2, errors.New("no command")}
	}
	if args[0] == "help" && len(args) > 1 { // as COMMAND -h
		args = []string{args[1], "-h"}
	}
	if slices.Contains([]string{"help", "-h", "-help", "--help"}, args[0]) {
		_, err := io.WriteString(stdout, help())
		return err
	}
	if slices.Contains([]string{"-version", "--version"}, args[0]) {
		args = slices.Concat([]string{"version"}, args[1:])
	}
	var names []string
	for _, c := range commands() {
		if c.name == args[0] {
			err := c.run(ctx, &call{args: args[1:], stdin: stdin, stdout: stdout,
				stderr: messageWriter{stderr}})
			if exitStatus(err) == 1 && isInterrupt(ctx, err) {
				err = &exit{130, errors.New("interrupted")}
			}
			return err
		}
		names = append(names, c.name)
	}
	return usageError("no command %q; there are %s", args[0], strings.Join(names, ", "))
}

const versionUsage = `usage: reviewlens version

  reviewlens version
`

func printVersion(_ context.Context, c *call) error {
	rest, done, err := c.parse(flag.NewFlagSet("version", flag.ContinueOnError), versionUsage)
	if err != nil || done {
		return err
	}
	if len(rest) > 0 {
		return usageError("version takes no %q", rest[0])
	}
	m, err := model.Default()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.stdout, "reviewlens %s, model %s, ONNX Runtime %s\n", programVersion(),
		m.Manifest.ID, infer.Version)
	return err
}

func programVersion() string {
	if info, ok := debug.ReadBuildInfo(); version == "" && ok {
		return info.Main.Version
	}
	return version
}
