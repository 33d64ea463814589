// Command fuzz runs every fuzz target of the module for a bounded number of inputs.
//
//	go run ./build/fuzz -time 2000x
//	go run ./build/fuzz -time 10m -dependencies ./reviews
//
// go test -fuzz takes one target at a time and links its package's tests anew for each. This
// command links each package once and runs its targets from that program. Coverage counters, which
// guide the fuzzer to new inputs, are compiled into the packages of this module; with -dependencies
// into all packages, as go test -fuzz does, which compiles every dependency a second time (minutes
// from an empty cache).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

const module = "reviewlens"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, diagnostics io.Writer) (err error) {
	flags := flag.NewFlagSet("fuzz", flag.ContinueOnError)
	bound := flags.String("time", "2000x", "inputs for each target (2000x), or a time (10m)")
	dependencies := flags.Bool("dependencies", false,
		"count coverage in all packages, not only in those of this module")
	if err := flags.Parse(args); err != nil {
		return err
	}
	patterns := flags.Args()
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	packages, err := list(ctx, patterns, diagnostics)
	if err != nil {
		return err
	}
	cache, err := exec.CommandContext(ctx, "go", "env", "GOCACHE").Output()
	if err != nil {
		return fmt.Errorf("go env GOCACHE: %w", err)
	}
	dir, err := os.MkdirTemp("", "reviewlens-fuzz-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for _, p := range packages {
		program := filepath.Join(dir, "fuzz.test")
		build := exec.CommandContext(ctx, "go", "test", "-c", "-ldflags=-s -w", "-o", program)
		if *dependencies {
			build.Args = append(build.Args, "-fuzz=.")
		} else {
			build.Args = append(build.Args, "-gcflags="+module+"/...=-d=libfuzzer")
		}
		build.Args = append(build.Args, p.ImportPath)
		build.Stdout, build.Stderr = diagnostics, diagnostics
		if err := build.Run(); err != nil {
			return fmt.Errorf("%s: %w", strings.Join(build.Args, " "), err)
		}
		for _, target := range p.targets {
			fmt.Fprintln(out, p.ImportPath, target)
			// The same flags, folder and corpus as in go test -fuzz.
			fuzz := exec.CommandContext(ctx, program, "-test.run=^$", "-test.fuzz=^"+target+"$",
				"-test.fuzztime="+*bound,
				"-test.fuzzminimizetime=50x", "-test.fuzzcachedir="+
					path.Join(strings.TrimSpace(string(cache)), "fuzz", p.ImportPath))
			fuzz.Dir = p.Dir
			fuzz.Stdout, fuzz.Stderr = out, diagnostics
			// it ends its workers itself
			fuzz.Cancel = func() error { return fuzz.Process.Signal(os.Interrupt) }
			if err := fuzz.Run(); err != nil {
				return fmt.Errorf("%s %s: %w", p.ImportPath, target, err)
			}
		}
	}
	return nil
}

// pkg is a package with fuzz targets, as go list describes it.
type pkg struct {
	ImportPath   string
	Dir          string
	TestGoFiles  []string
	XTestGoFiles []string
	targets      []string
}

// list returns the packages that have fuzz targets. It finds them in the source: go test -list
// would link every package's tests.
func list(ctx context.Context, patterns []string, diagnostics io.Writer) (found []pkg, err error) {
	cmd := exec.CommandContext(ctx, "go",
		append([]string{"list", "-json=ImportPath,Dir,TestGoFiles,XTestGoFiles"}, patterns...)...)
	cmd.Stderr = diagnostics
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	for d := json.NewDecoder(strings.NewReader(string(output))); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		for _, name := range slices.Concat(p.TestGoFiles, p.XTestGoFiles) {
			targets, err := targetsOf(filepath.Join(p.Dir, name))
			if err != nil {
				return nil, err
			}
			p.targets = append(p.targets, targets...)
		}
		if len(p.targets) > 0 {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no fuzz targets in %s", strings.Join(patterns, " "))
	}
	return found, nil
}

// targetsOf returns the functions of a file that go test considers fuzz targets.
func targetsOf(name string) (targets []string, err error) {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, declaration := range file.Decls {
		f, ok := declaration.(*ast.FuncDecl)
		if ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Fuzz") &&
			len(f.Type.Params.List) == 1 {
			targets = append(targets, f.Name.Name)
		}
	}
	return targets, nil
}
