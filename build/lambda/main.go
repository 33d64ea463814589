// Command lambda packs the Lambda function: bin/lambda-x86_64.zip and bin/lambda-arm64.zip, each
// with the bootstrap (program, page and model) and ONNX Runtime, for the runtime provided.al2023.
// Package cross builds and checks them. The same sources and tools give the same bytes.
//
//	go run ./build/lambda [-only arm64] [-work build/work/lambda] [-out bin]
//
// libstdc++.so.6 and libgcc_s.so.1, which ONNX Runtime needs, are not packed: they are part of
// Amazon Linux 2023 (its package manager needs them), and Debian's need a newer glibc (2.36) than
// it has.
package main

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"reviewlens/build/cross"
)

// maxUnzipped is Lambda's limit for a zip and its layers.
const maxUnzipped = 250 << 20

func main() {
	only := flag.String("only", "", "`processor` to build for: x86_64 or arm64 (default: both)")
	python := flag.String("python", ".venv/bin/python", "`path` of a Python with pip")
	zig := flag.String("zig", "build/work/zig/bin/python", "`path` of the Python that has ziglang")
	work := flag.String("work", "build/work/lambda", "`folder` for what is made on the way")
	out := flag.String("out", "bin", "`folder` for the zips")
	flag.Parse()
	for _, t := range cross.Targets {
		if *only != "" && *only != t.Name {
			continue
		}
		if err := pack(t, cross.Tools{Python: *python, Zig: *zig,
			Cache: filepath.Join(*work, "zig-cache")}, filepath.Join(*work, t.Name),
			*out); err != nil {
			fmt.Fprintf(os.Stderr, "lambda, %s: %v\n", t.Name, err)
			os.Exit(1)
		}
	}
}

// pack builds, checks and zips for one processor.
func pack(t cross.Target, tools cross.Tools, dir, out string) error {
	files, err := t.Build(tools, "./api/cmd/lambda", "", dir, "bootstrap")
	if err != nil {
		return err
	}
	var unzipped int64
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		unzipped += info.Size()
	}
	if unzipped > maxUnzipped {
		return fmt.Errorf("unzipped it has %d bytes, Lambda takes %d", unzipped, maxUnzipped)
	}
	name := filepath.Join(out, "lambda-"+t.Name+".zip")
	if err := write(name, files); err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %.1f MB, %.1f MB unzipped\n", name, float64(info.Size())/1e6,
		float64(unzipped)/1e6)
	return nil
}

// write zips files. The bytes do not depend on the owner or time of the files.
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
	z.RegisterCompressor(zip.Deflate,
		func(w io.Writer) (io.WriteCloser, error) {
			return flate.NewWriter(w, flate.BestCompression)
		})
	for _, file := range files {
		header := &zip.FileHeader{Name: filepath.Base(file), Method: zip.Deflate,
			Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
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
