// Command lambda packs the Lambda function: bin/lambda-x86_64.zip and bin/lambda-arm64.zip, each with the bootstrap (program,
// page and model) and ONNX Runtime, for the runtime provided.al2023.
//
// cgo needs a C compiler for the other processor, and a glibc no newer than Amazon Linux 2023's (2.34): zig is both. What comes
// out is checked before it is packed (check). The same sources and tools give the same bytes.
//
//	go run ./build/lambda [-only arm64]
//
// libstdc++.so.6 and libgcc_s.so.1, which ONNX Runtime wants, are not packed: they are part of Amazon Linux 2023 (its package
// manager needs them), and Debian's want a newer glibc (2.36) than it has.
package main

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// target is a processor, in the words of those who name it.
type target struct {
	name    string // Lambda's
	goarch  string
	zig     string
	machine string // the wheel's
}

var targets = []target{
	{"x86_64", "amd64", "x86_64-linux-gnu." + glibc, "x86_64"},
	{"arm64", "arm64", "aarch64-linux-gnu." + glibc, "aarch64"},
}

// maxUnzipped is what Lambda takes of a zip and its layers.
const maxUnzipped = 250 << 20

const work = "build/work/lambda"

func main() {
	only := flag.String("only", "", "`processor` to build for: x86_64 or arm64 (default: both)")
	python := flag.String("python", ".venv/bin/python", "`path` of a Python with pip")
	zig := flag.String("zig", "build/work/zig/bin/python", "`path` of the Python that has ziglang")
	flag.Parse()
	for _, t := range targets {
		if *only != "" && *only != t.name {
			continue
		}
		if err := pack(t, *python, *zig); err != nil {
			fmt.Fprintf(os.Stderr, "lambda, %s: %v\n", t.name, err)
			os.Exit(1)
		}
	}
}

// pack builds, checks and zips for one processor.
func pack(t target, python, zig string) error {
	dir := filepath.Join(work, t.name)
	zig, err := filepath.Abs(zig)
	if err != nil {
		return err
	}
	cache, err := filepath.Abs(filepath.Join(work, "zig-cache"))
	if err != nil {
		return err
	}
	bootstrap := filepath.Join(dir, "bootstrap")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid=", "-o", bootstrap, "./api/cmd/lambda")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+t.goarch, "CGO_ENABLED=1", "CC="+zig+" -m ziglang cc -target "+t.zig,
		"ZIG_GLOBAL_CACHE_DIR="+cache, "ZIG_LOCAL_CACHE_DIR="+cache)
	if err := run(build); err != nil {
		return err
	}
	if err := run(exec.Command(python, "build/onnxruntime.py", dir, "Linux", t.machine)); err != nil {
		return err
	}
	libraries, err := filepath.Glob(filepath.Join(dir, "libonnxruntime.so.*"))
	if err != nil || len(libraries) != 1 {
		return fmt.Errorf("%s has the libraries %q, want one (%v)", dir, libraries, err)
	}
	files := append([]string{bootstrap}, libraries...)
	var unzipped int64
	for _, file := range files {
		needs, err := check(file, t.goarch, glibc)
		if err != nil {
			return err
		}
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		unzipped += info.Size()
		fmt.Printf("%s: %s has %.1f MB, needs glibc %s\n", t.name, filepath.Base(file), float64(info.Size())/1e6, needs)
	}
	if unzipped > maxUnzipped {
		return fmt.Errorf("unzipped it has %d bytes, Lambda takes %d", unzipped, maxUnzipped)
	}
	name := "bin/lambda-" + t.name + ".zip"
	if err := write(name, files); err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %.1f MB, %.1f MB unzipped\n", name, float64(info.Size())/1e6, float64(unzipped)/1e6)
	return nil
}

func run(cmd *exec.Cmd) error {
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(cmd.Path), err)
	}
	return nil
}

// write zips files, whoever made them and whenever, into the same bytes.
func write(name string, files []string) (err error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	out, err := os.Create(name + ".part")
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, out.Close()); err == nil {
			err = os.Rename(name+".part", name)
		}
	}()
	z := zip.NewWriter(out)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	for _, file := range files {
		header := &zip.FileHeader{Name: filepath.Base(file), Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
		header.SetMode(0o755)
		w, err := z.CreateHeader(header)
		if err != nil {
			return err
		}
		in, err := os.Open(file)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, in)
		if err := errors.Join(err, in.Close()); err != nil {
			return err
		}
	}
	return z.Close()
}
