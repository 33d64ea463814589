// Package cross builds programs of this module for either processor of Linux, on any machine.
//
// cgo needs a C compiler for the other processor, and a glibc no newer than Amazon Linux 2023's
// (2.34), which Debian 12, Ubuntu 22.04 and later have, too: zig provides both. ONNX Runtime is
// placed next to the program. The result is checked: it needs no newer glibc, and no library that
// those systems lack. The same sources and tools give the same bytes.
package cross

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Target is a processor, with its names in different tools.
type Target struct {
	Name    string // Lambda's
	GOARCH  string
	zig     string
	Machine string // Python wheels'
}

// Targets are the processors for which ONNX Runtime is pinned.
var Targets = []Target{
	{"x86_64", "amd64", "x86_64-linux-gnu." + Glibc, "x86_64"},
	{"arm64", "arm64", "aarch64-linux-gnu." + Glibc, "aarch64"},
}

// Tools has the paths of the tools.
type Tools struct {
	Python string // one with pip
	Zig    string // a Python that has ziglang
	Cache  string // zig's cache folder
}

// Build builds a program and returns the files to ship: it and the native library, both in dir,
// which contains nothing else.
func (t Target) Build(tools Tools, pkg, ldflags, dir, name string) (files []string, err error) {
	zig, err := filepath.Abs(tools.Zig)
	if err != nil {
		return nil, err
	}
	cache, err := filepath.Abs(tools.Cache)
	if err != nil {
		return nil, err
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	program := filepath.Join(dir, name)
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", ldflags+" -s -w -buildid=", "-o", program, pkg)
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+t.GOARCH, "CGO_ENABLED=1", "CC="+zig+" -m ziglang cc -target "+t.zig,
		"ZIG_GLOBAL_CACHE_DIR="+cache, "ZIG_LOCAL_CACHE_DIR="+cache)
	if err := run(build); err != nil {
		return nil, err
	}
	fetch := exec.Command(tools.Python, "build/onnxruntime.py", dir, "Linux", t.Machine)
	if err := run(fetch); err != nil {
		return nil, err
	}
	libraries, err := filepath.Glob(filepath.Join(dir, "libonnxruntime.so.*"))
	if err != nil || len(libraries) != 1 {
		return nil, fmt.Errorf("%s has the libraries %q, want one (%v)", dir, libraries, err)
	}
	files = append([]string{program}, libraries...)
	for _, file := range files {
		needs, err := check(file, t.GOARCH, Glibc)
		if err != nil {
			return nil, err
		}
		info, err := os.Stat(file)
		if err != nil {
			return nil, err
		}
		fmt.Printf("%s: %s has %.1f MB, needs glibc %s\n", t.Name, filepath.Base(file), float64(info.Size())/1e6, needs)
	}
	return files, nil
}

func run(cmd *exec.Cmd) error {
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(cmd.Path), err)
	}
	return nil
}
