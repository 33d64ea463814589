// Command reviewlens scores reviews: in a page that it serves, or from a file to a file.
//
// Results go to stdout, talk to stderr. Exit status: 0 done; 1 it could not be done, and no output was
// written; 2 the command line is wrong; 3 the output is whole, but some rows have no score (they are
// listed); 130 interrupted, and no output was written. Only tokens writes as it reads: with 1 and 130, its output
// ends early.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"reviewlens/api/infer"
	"reviewlens/api/model"
)

var version = "" // set by the linker; a plain `go build` has what the module knows

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "reviewlens:", err)
	}
	os.Exit(exitStatus(err))
}

const help = `Reviewlens tells how customers feel, from their reviews.

  reviewlens serve                          the page, at http://localhost:8000
  reviewlens score reviews.csv -o out.csv   the same rows, with sentiment, positive and windows added
  reviewlens tokens < texts.jsonl           token IDs and byte offsets of {"text": "..."} a line
  reviewlens models s3://bucket/prefix      the models of a store; publish, activate and rollback change it
  reviewlens version

"reviewlens score -h", and -h after any other of these, tells more.
`

// run is the program.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	name := ""
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	switch name {
	case "serve":
		return serve(ctx, args, stdout, stderr)
	case "score":
		return score(ctx, args, stdin, stdout, stderr)
	case "tokens":
		return tokens(ctx, args, stdin, stdout, stderr)
	case "models":
		return models(ctx, args, stdout, stderr)
	case "version":
		return printVersion(stdout)
	case "help", "-h", "-help", "--help":
		_, err := io.WriteString(stdout, help)
		return err
	case "":
		io.WriteString(stderr, help)
		return &exit{2, errors.New("no command")}
	}
	return usageError("no command %q; there are serve, score, tokens, models and version", name)
}

func printVersion(stdout io.Writer) error {
	v := version
	if info, ok := debug.ReadBuildInfo(); v == "" && ok {
		v = info.Main.Version
	}
	m, err := model.Default()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "reviewlens %s, model %s, ONNX Runtime %s\n", v, m.Manifest.ID, infer.Version)
	return err
}

// exit is an error with a status of its own.
type exit struct {
	status int
	error
}

func (e *exit) Unwrap() error { return e.error }

func exitStatus(err error) int {
	if e, ok := errors.AsType[*exit](err); ok {
		return e.status
	}
	if err != nil {
		return 1
	}
	return 0
}

func usageError(format string, args ...any) error { return &exit{2, fmt.Errorf(format, args...)} }

// parse reads flags that may stand before and after the arguments. done says that help was asked for and given.
func parse(flags *flag.FlagSet, args []string, usage string, stdout io.Writer) (rest []string, done bool, err error) {
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	for {
		err := flags.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			io.WriteString(stdout, usage+"\n")
			flags.SetOutput(stdout)
			flags.PrintDefaults()
			return nil, true, nil
		}
		if err != nil {
			return nil, false, usageError("%w; \"reviewlens %s -h\" lists the flags", err, flags.Name())
		}
		if flags.NArg() == 0 {
			return rest, false, nil
		}
		rest = append(rest, flags.Arg(0))
		args = flags.Args()[1:]
	}
}

// engineFlags are the flags of every command that scores.
type engineFlags struct {
	model, library, cache string
	streams               int
}

func (f *engineFlags) define(flags *flag.FlagSet) {
	flags.StringVar(&f.model, "model", "", "another `model`: its folder, s3://bucket/prefix, or a store of many of either kind (default: the one inside the program)")
	flags.StringVar(&f.library, "ort", "", "`path` of the native ONNX Runtime library (default: beside the program, then the user's cache)")
	flags.StringVar(&f.cache, "cache", "", "`folder` that keeps models of s3:// (default: the user's cache)")
	flags.IntVar(&f.streams, "streams", 0, "windows scored at a time (default: one a usable CPU)")
}

// open opens the engine of the one model, or of a store's current one.
func (f *engineFlags) open(ctx context.Context) (*infer.Engine, error) {
	if f.streams < 0 {
		return nil, usageError("-streams is %d; want 1 or more", f.streams)
	}
	switch {
	case f.model == "":
		m, err := model.Default()
		if err != nil {
			return nil, err
		}
		return f.infer(ctx, m)
	case !isStore(f.model):
		m, err := model.Open(f.model)
		if err != nil {
			return nil, err
		}
		return f.infer(ctx, m)
	}
	s, err := openStore(ctx, f.model, f.cache, "", slog.Default())
	if err != nil {
		return nil, err
	}
	defer s.Close()
	current, err := s.Current(ctx)
	if err != nil {
		return nil, err
	}
	m, free, err := s.Load(ctx, current.ID)
	if err != nil {
		return nil, err
	}
	defer free()
	return f.infer(ctx, m)
}

func (f *engineFlags) infer(ctx context.Context, m *model.Model) (*infer.Engine, error) {
	return infer.Open(ctx, m, infer.Options{Library: f.library, Streams: f.streams})
}
