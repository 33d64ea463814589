// Command dist builds the files of a release in bin/dist: for each processor of Linux an archive
// with program and native library, an SBOM (CycloneDX) and a wheel for Spark; the zips of the
// Lambda function, CHANGELOG.md since the previous release, and SHA256SUMS.
//
//	make dist
//
// The same sources and tools give the same bytes. Page and model are inside the program. macOS has
// no archive: ONNX Runtime is pinned for it, and `make build` makes the two files there, but cgo
// needs Apple's SDK, which may not be given away.
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"reviewlens/build/cross"
)

const (
	folder = "bin/dist"
	work   = "build/work/dist"
)

func main() {
	version := flag.String("version", "unknown", "`name` of the release")
	tool := flag.String("sbom", "", "`module@version` of cyclonedx-gomod's command")
	wheels := flag.Bool("wheels", false, "make the wheels for Spark and nothing else")
	flag.Parse()
	if err := run(*version, *tool, *wheels); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

func run(version, tool string, wheelsOnly bool) error {
	if err := errors.Join(os.RemoveAll(folder), os.MkdirAll(folder, 0o777)); err != nil {
		return err
	}
	tools := cross.Tools{Python: ".venv/bin/python", Zig: "build/work/zig/bin/python", Cache: "build/work/lambda/zig-cache"}
	for _, t := range cross.Targets {
		files, err := t.Build(tools, "./api/cmd/reviewlens", "-X main.version="+version, filepath.Join(work, t.Name), "reviewlens")
		if err != nil {
			return err
		}
		if _, err := wheel(folder, version, t.Machine, files); err != nil {
			return err
		}
		if wheelsOnly {
			continue
		}
		name := "reviewlens-" + version + "-linux-" + t.GOARCH
		if err := pack(filepath.Join(folder, name+".tar.gz"), name, append(files, "LICENSE", "NOTICE", "deploy/reviewlens.service")); err != nil {
			return err
		}
		if err := sbom(tool, version, files[0], "build/node/package-lock.json", filepath.Join(folder, name+".cdx.json")); err != nil {
			return err
		}
	}
	if wheelsOnly {
		return sums(folder, os.Stdout)
	}
	for _, t := range cross.Targets {
		if err := checkZip("bin/lambda-" + t.Name + ".zip"); err != nil {
			return err
		}
		if err := copyFile("bin/lambda-"+t.Name+".zip", filepath.Join(folder, "reviewlens-"+version+"-lambda-"+t.Name+".zip")); err != nil {
			return fmt.Errorf("%w; `make lambda` makes it", err)
		}
	}
	since, log, err := history()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "CHANGELOG.md"), changelog(version, since, log), 0o666); err != nil {
		return err
	}
	return sums(folder, os.Stdout)
}

// pack writes files into a .tar.gz, below a folder. The bytes do not depend on the owner or time of
// the files.
func pack(name, folder string, files []string) (err error) {
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	z, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	for i, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		mode := int64(0o644)
		if i == 0 { // the program
			mode = 0o755
		}
		header := &tar.Header{Name: folder + "/" + filepath.Base(file), Mode: mode, Size: int64(len(data)), ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
		if err := t.WriteHeader(header); err != nil {
			return err
		}
		if _, err := t.Write(data); err != nil {
			return err
		}
	}
	return errors.Join(t.Close(), z.Close())
}

// checkZip rejects a function that was built with another Go than this program: one that was built
// earlier, when make had no other.
func checkZip(name string) (err error) {
	z, err := zip.OpenReader(name)
	if err != nil {
		return fmt.Errorf("%w; `make lambda` makes it", err)
	}
	defer func() { err = errors.Join(err, z.Close()) }()
	f, err := z.Open("bootstrap")
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	program, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	info, err := buildinfo.Read(bytes.NewReader(program))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if info.GoVersion != runtime.Version() {
		return fmt.Errorf("%s was built by %s, the release is built by %s; delete it and run `make lambda`", name, info.GoVersion, runtime.Version())
	}
	return nil
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}

// history returns the release before this commit, "" for none, and the subjects of the commits
// since, newest first.
func history() (since, log string, err error) {
	if tag, err := exec.Command("git", "describe", "--tags", "--abbrev=0", "HEAD^").Output(); err == nil {
		since = strings.TrimSpace(string(tag))
	}
	args := []string{"log", "--no-merges", "--format=%s"}
	if since != "" {
		args = append(args, since+"..HEAD")
	}
	out, err := exec.Command("git", args...).Output()
	if err != nil {
		return "", "", fmt.Errorf("git log: %w", err)
	}
	return since, string(out), nil
}

// changelog sorts subjects ("path: what") by the part of the tree that they name.
func changelog(version, since, log string) []byte {
	parts := map[string][]string{}
	for subject := range strings.Lines(log) {
		subject = strings.TrimSpace(subject)
		if subject == "" {
			continue
		}
		part := "everything"
		if where, _, ok := strings.Cut(subject, ": "); ok {
			part, _, _ = strings.Cut(where, ",")
			part, _, _ = strings.Cut(part, "/")
		}
		parts[part] = append(parts[part], subject)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Reviewlens %s\n", version)
	if since != "" {
		fmt.Fprintf(&b, "\nWhat changed since %s.\n", since)
	}
	names := make([]string, 0, len(parts))
	for name := range parts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "\n## %s\n\n", name)
		for _, subject := range parts[name] {
			fmt.Fprintf(&b, "- %s\n", subject)
		}
	}
	return b.Bytes()
}

// sums writes SHA256SUMS of a folder's files, in the format of `sha256sum -c`, and prints it.
func sums(folder string, show io.Writer) error {
	entries, err := os.ReadDir(folder) // sorted
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(data), e.Name())
	}
	show.Write(b.Bytes())
	return os.WriteFile(filepath.Join(folder, "SHA256SUMS"), b.Bytes(), 0o666)
}
