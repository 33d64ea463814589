// Command site builds the page's files in web/dist, from where the server embeds them:
//
//	go run ./build/site
//
// It compiles the two WASM programs, bundles the charts, renders the first screen as HTML, adds a
// hash to the names of files that may be cached for ever, and compresses with Brotli what benefits
// from it. web/dist is replaced as a whole. Expensive results (compiling, compressing) are cached
// by content in build/work/site, so a build without changes takes less than a second. The sizes are
// printed, and a page over its budget is an error.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"

	defaultmodel "reviewlens/api/model/default"
)

// budget is the maximum number of compressed bytes that a browser loads before it can score a
// review; workerBudget is the part of the worker's program, including the vocabulary.
const (
	budget       = 5_000_000
	workerBudget = 1_620_000
)

const (
	dist = "web/dist"
	work = "build/work/site"
	node = "build/node"

	onnxruntime = node + "/node_modules/onnxruntime-web/dist"
)

// draft compresses in seconds instead of minutes, for work on the page. The result is larger, so
// the budgets are not checked.
var draft = flag.Bool("draft", false, "compress fast and hold no budget")

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "site:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	if _, err := os.Stat("go.mod"); err != nil {
		return errors.New("run it in the root of the repository: go run ./build/site")
	}
	if err := os.MkdirAll(work, 0o755); err != nil {
		return err
	}
	if err := compile(ctx); err != nil {
		return err
	}
	s, err := assemble()
	if err != nil {
		return err
	}
	if err := s.compress(ctx); err != nil {
		return err
	}
	if err := s.write(dist); err != nil {
		return err
	}
	return s.report(out)
}

// compile builds the two programs and the charts' bundle, concurrently.
func compile(ctx context.Context) error {
	vocab := sha256.Sum256([]byte(defaultmodel.Vocab))
	steps := []*exec.Cmd{
		program(ctx, "./app/cmd/pwa", "app.wasm"),
		program(ctx, "./app/cmd/worker", "worker.wasm",
			append(apart, "-ldflags=-s -w -X main.vocabSHA256="+hex.EncodeToString(vocab[:]))...),
		bundle(ctx, "web/charts.js", "charts.js"),
		bundle(ctx, "web/workbook.js", "workbook.js"),
		bundle(ctx, "web/session.js", "session.js"),
		bundle(ctx, "web/signin.js", "signin.js"),
	}
	failures := make([]error, len(steps))
	var all sync.WaitGroup
	for i, step := range steps {
		all.Go(func() {
			if text, err := step.CombinedOutput(); err != nil {
				failures[i] = fmt.Errorf("%s: %w\n%s", strings.Join(step.Args, " "), err, text)
			}
		})
	}
	all.Wait()
	if err := errors.Join(failures...); err != nil {
		return err
	}
	return errors.Join(joinFile(filepath.Join(work, "app.wasm")),
		joinFile(filepath.Join(work, "worker.wasm")))
}

// apart disables inlining in packages of the worker that are not performance-critical; it makes the
// worker 47 KB smaller.
var apart = notInlined(
	"bufio", "bytes", "context", "encoding/base64", "encoding/hex", "encoding/json", "errors",
	"fmt", "golang.org/x/text/...", "internal/bisect", "internal/filepathlite", "internal/fmtsort",
	"internal/godebug", "internal/poll", "internal/reflectlite", "internal/strconv", "io", "io/fs",
	"math/rand/v2", "os", "path", "reflect", "reviewlens/app/client", "reviewlens/app/cmd/worker",
	"reviewlens/app/journal", "reviewlens/app/worker",
	"reviewlens/app/worker/scorer", "reviewlens/reviews", "reviewlens/reviews/aspects",
	"reviewlens/reviews/changes", "reviewlens/reviews/excerpt", "reviewlens/reviews/findings",
	"reviewlens/reviews/paired",
	"reviewlens/reviews/stats", "reviewlens/reviews/text", "reviewlens/reviews/topics",
	"sort", "strconv", "strings", "sync", "syscall", "syscall/js", "time", "unicode",
)

func notInlined(packages ...string) (flags []string) {
	for _, pkg := range packages {
		flags = append(flags, "-gcflags="+pkg+"=-l")
	}
	return flags
}

func program(ctx context.Context, pkg, name string, flags ...string) *exec.Cmd {
	args := append([]string{"build", "-trimpath", "-ldflags=-s -w"}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, "-o", filepath.Join(work, name), pkg)...)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	return cmd
}

func bundle(ctx context.Context, from, name string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(node, "node_modules/.bin/esbuild"), from,
		"--bundle", "--format=esm", "--minify", "--target=es2022", "--log-level=warning",
		"--legal-comments=none",
		"--outfile="+filepath.Join(work, name))
	modules, _ := filepath.Abs(filepath.Join(node, "node_modules"))
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	return cmd
}

// site is the page's files by path, to be written all at once.
type site struct {
	files map[string][]byte
	small map[string][]byte // path -> compressed
	first []string          // what a browser loads before it can score a review
}

func (s *site) add(name string, data []byte) { s.files[name] = data }

// compress fills small. Results are cached by the hash of their input and of the program that made
// them.
func (s *site) compress(ctx context.Context) error {
	s.small = map[string][]byte{}
	kept := filepath.Join(work, "brotli")
	if err := os.MkdirAll(kept, 0o755); err != nil {
		return err
	}
	quality := "11"
	if *draft {
		quality = "4"
	}
	args := []string{filepath.Join(node, "brotli.mjs"), quality}
	encoder, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	cached := map[string]string{}
	for name, data := range s.files {
		if len(data) < 256 || slices.Contains([]string{".png", ".keep"}, path.Ext(name)) {
			continue
		}
		sum := sha256.Sum256(slices.Concat(encoder, []byte(quality), data))
		to := filepath.Join(kept, hex.EncodeToString(sum[:16])+".br")
		cached[name] = to
		if _, err := os.Stat(to); err == nil {
			continue
		}
		from := strings.TrimSuffix(to, ".br") + ".raw"
		if err := os.WriteFile(from, data, 0o644); err != nil {
			return err
		}
		defer os.Remove(from)
		args = append(args, from, to)
	}
	if len(args) > 2 {
		cmd := exec.CommandContext(ctx, "node", args...)
		cmd.Env = append(os.Environ(), fmt.Sprintf("UV_THREADPOOL_SIZE=%d", runtime.NumCPU()))
		if text, err := cmd.CombinedOutput(); err != nil {
			for _, to := range cached { // a partial result must not be taken for a complete one
				os.Remove(to)
			}
			return fmt.Errorf("compress: %w\n%s", err, text)
		}
	}
	for name, from := range cached {
		data, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if len(data) < len(s.files[name])*9/10 {
			s.small[name] = data
		}
	}
	return nil
}

// write replaces dir by the site: it writes it next to dir, then renames it.
func (s *site) write(dir string) error {
	fresh, old := dir+".new", dir+".old"
	if err := errors.Join(os.RemoveAll(fresh), os.RemoveAll(old)); err != nil {
		return err
	}
	put := func(name string, data []byte) error {
		to := filepath.Join(fresh, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o644)
	}
	for name, data := range s.files {
		if err := put(name, data); err != nil {
			return err
		}
	}
	for name, data := range s.small {
		if err := put(name+".br", data); err != nil {
			return err
		}
	}
	if err := os.Rename(dir, old); err != nil && !os.IsNotExist(err) {
		return err
	}
	if err := os.Rename(fresh, dir); err != nil {
		return errors.Join(err, os.Rename(old, dir))
	}
	return os.RemoveAll(old)
}

// report prints the sizes, largest first, and checks the page against its budget.
func (s *site) report(out io.Writer) error {
	names := make([]string, 0, len(s.files))
	for name := range s.files {
		names = append(names, name)
	}
	sent := func(name string) int {
		if small, ok := s.small[name]; ok {
			return len(small)
		}
		return len(s.files[name])
	}
	slices.SortFunc(names, func(a, b string) int { return sent(b) - sent(a) })
	fmt.Fprintf(out, "%12s %12s\n", "bytes", "as sent")
	for _, name := range names {
		if len(s.files[name]) > 0 {
			fmt.Fprintf(out, "%12d %12d  %s\n", len(s.files[name]), sent(name), name)
		}
	}
	total := 0
	for _, name := range s.first {
		total += sent(name)
	}
	if *draft {
		fmt.Fprintf(out, "%12s %12d  to score a review: a draft\n", "", total)
		return nil
	}
	for name := range s.files {
		if size := sent(name); strings.HasPrefix(name, "web/worker.") &&
			strings.HasSuffix(name, ".wasm") && size > workerBudget {
			return fmt.Errorf("%s has %d bytes, compressed; its budget is %d", name, size,
				workerBudget)
		}
	}
	fmt.Fprintf(out, "%12s %12d  to score a review (budget %d)\n", "", total, budget)
	if total > budget {
		return fmt.Errorf("the page needs %d bytes before it can score a review; its budget is %d",
			total, budget)
	}
	return nil
}
