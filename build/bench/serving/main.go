// Command serving compares the service with its alternatives on the same reviews, weights and two
// cores, in one run.
//
//	make bench-serving
//
// The competitors are Reviewlens over HTTP; hugot, Python's onnxruntime with tokenizers,
// @huggingface/transformers in Node and the transformers pipeline on torch, each as its
// documentation calls it in batches and at the best of a sweep (batch, threads, streams); and, as
// the ceiling, a bare ONNX Runtime loop over token IDs made beforehand, the best of the same sweep.
//
// All score the reviews with two files of the same int8 weights (files.py): all, which runs all
// layers, and served, which exits early if the result is certain; torch has the weights as floats.
// Each scenario has its own process, which stays loaded and waits while others run. A round gives
// every scenario the same share of the reviews, in an order that is rotated by one per round; all
// rounds together give each review once to every scenario. A turn repeats its share until it lasts
// a few seconds. The table has medians and extremes of the rounds, and accuracy if the reviews have
// labels.
//
// A competitor reads one turn per line and answers each with a line, {"seconds": s, "positive": [p,
// ...]}; it creates what the turn's settings need and warms up before its clock starts.
package main

import (
	"encoding/json"
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

	"reviewlens/api/infer"
	"reviewlens/build/bench/library"
	"reviewlens/build/bench/machine"
)

const (
	folder  = "build/work/serving"
	here    = "build/bench/serving"
	python  = "build/model/.venv/bin/python"
	ceiling = "ceiling" // first argument, which makes this program that competitor
	threads = 2
	turnFor = 4 * time.Second // at least, of a measured turn
)

func main() {
	rounds := flag.Int("rounds", 5, "interleaved rounds; each has a share of the reviews")
	count := flag.Int("reviews", 2000, "reviews in all rounds together")
	sweep := flag.Int("sweep", 96, "reviews on which each setting of the sweep is tried")
	only := flag.String("only", "", "comma-separated parts of names: leave the other peers out")
	flag.Parse()
	var err error
	if flag.Arg(0) == ceiling {
		err = answer(os.Stdin, os.Stdout)
	} else {
		err = run(os.Stdout, *rounds, *count, *sweep, *only)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "serving:", err)
		os.Exit(1)
	}
}

// turn is a request to a competitor.
type turn struct {
	File       string `json:"file"`
	Batch      int    `json:"batch"`
	Threads    int    `json:"threads"`
	Streams    int    `json:"streams"`
	Sorted     bool   `json:"sorted"`     // by length, longest first
	Documented bool   `json:"documented"` // nothing set except the batch size
	From       int    `json:"from"`
	Count      int    `json:"count"`
	Passes     int    `json:"passes"`
}

func (t turn) String() string {
	batch := "one text at a time"
	if t.Batch > 1 {
		batch = fmt.Sprintf("batches of %d", t.Batch)
		if t.Sorted {
			batch += " sorted by length"
		}
	}
	if t.Documented {
		return batch
	}
	return fmt.Sprintf("%s, %d x %d threads", batch, t.Streams, t.Threads)
}

type result struct {
	Seconds  float64   `json:"seconds"`
	Positive []float64 `json:"positive"`
}

// competitor describes a competitor: how its processes are started and which settings are tried.
type competitor struct {
	name       string
	command    []string
	prefix     string   // of the names of its model folders
	files      []string // all, served
	documented bool     // also has a variant as documented
	torch      bool     // supports one stream only
}

func run(out io.Writer, rounds, count, sweep int, only string) error {
	native, err := prepare()
	if err != nil {
		return err
	}
	reviews, what, err := load(count)
	if err != nil {
		return err
	}
	count = len(reviews)
	share := count / rounds
	if share == 0 {
		return fmt.Errorf("%d reviews are too few for %d rounds", count, rounds)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	competitors := []competitor{
		{name: "bare ONNX Runtime loop", command: []string{self, ceiling},
			files: []string{"all", "served"}},
		{name: "hugot", command: []string{folder + "/../hugot", folder,
			filepath.Join(folder, "lib")}, prefix: "hf-", files: []string{"all", "served"},
			documented: true},
		{name: "Python onnxruntime + tokenizers",
			command: []string{python, here + "/competitor.py", "onnxruntime", folder},
			prefix:  "hf-", files: []string{"all", "served"}, documented: true},
		{name: "@huggingface/transformers, Node",
			command: []string{"node", here + "/competitor.mjs", folder}, prefix: "hf-",
			files: []string{"all", "served"}, documented: true},
		{name: "transformers pipeline, torch",
			command: []string{python, here + "/competitor.py", "transformers", folder},
			prefix:  "hf-", files: []string{"all"}, documented: true, torch: true},
	}
	competitors = slices.DeleteFunc(competitors, func(p competitor) bool {
		if p.name == "hugot" {
			if _, err := os.Stat(p.command[0]); err != nil {
				fmt.Fprintln(out, "hugot is left out: its Rust tokenizer could not be built; it "+
					"needs cargo (apt-get install cargo).")
				return true
			}
		}
		return only != "" && p.prefix != "" && !slices.ContainsFunc(strings.Split(only, ","),
			func(part string) bool { return strings.Contains(p.name, part) })
	})

	fmt.Fprintf(out, "%s, %d usable CPUs, %s/%s; %s\n", machine.Processor(), runtime.GOMAXPROCS(0),
		runtime.GOOS, runtime.GOARCH, versions())
	fmt.Fprintf(out, "%d reviews (%s) in %d rounds of %d; the sweep tries %d\n\n", share*rounds,
		what, rounds, share, sweep)

	scenarios, err := assemble(competitors, native, sweep)
	defer func() {
		for _, w := range scenarios {
			w.stop()
		}
	}()
	if err != nil {
		return err
	}
	for round := range rounds {
		start := time.Now()
		for i := range scenarios {
			w := scenarios[(i+round)%len(scenarios)]
			if err := w.measure(round*share, share); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
		}
		fmt.Fprintf(os.Stderr, "round %d of %d took %.0f s\n", round+1, rounds,
			time.Since(start).Seconds())
	}
	table(out, scenarios, reviews[:share*rounds])
	for _, w := range scenarios {
		if w.server != nil && w.file == "served" {
			return latency(out, w.server, native, reviews)
		}
	}
	return nil
}

// prepare locates the library and creates the model folders.
func prepare() (native string, err error) {
	if native, err = library.Find(); err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder+"/lib", 0o777); err != nil { // as hugot requires
		return "", err
	}
	if _, err := os.Stat(folder + "/made"); err != nil {
		return "", fmt.Errorf("%w; `make bench-serving` makes it", err)
	}
	link := folder + "/lib/libonnxruntime.so"
	os.Remove(link)
	return native, os.Symlink(native, link)
}

// assemble starts the service with both files, finds each competitor's best settings, and starts a
// process for each scenario.
func assemble(competitors []competitor, native string,
	sweep int) (scenarios []*scenario, err error) {
	for _, file := range []string{"served", "all"} {
		s, err := startServer(native, filepath.Join(folder, file))
		if err != nil {
			return scenarios, err
		}
		scenarios = append(scenarios,
			&scenario{name: "Reviewlens over HTTP", file: file,
				how: "256 texts a request, 4 in flight", server: s})
	}
	start := time.Now()
	for _, p := range competitors {
		c, err := begin(p.command)
		if err != nil {
			return scenarios, fmt.Errorf("%s: %w", p.name, err)
		}
		var settings []turn
		if p.documented {
			settings = append(settings,
				turn{File: p.prefix + "all", Batch: 32, Threads: threads, Streams: 1,
					Documented: true})
		}
		for _, file := range p.files {
			best, fastest := turn{}, 0.0
			for _, t := range candidates(p, file) {
				t.Count, t.Passes = sweep, 1
				r, err := c.call(t)
				if err != nil {
					c.stop()
					return scenarios, fmt.Errorf("%s, %v: %w", p.name, t, err)
				}
				if rate := float64(sweep) / r.Seconds; rate > fastest {
					best, fastest = t, rate
				}
			}
			settings = append(settings, best)
		}
		c.stop()
		for _, t := range settings {
			c, err := begin(p.command)
			if err != nil {
				return scenarios, err
			}
			scenarios = append(scenarios,
				&scenario{name: p.name, file: strings.TrimPrefix(t.File, p.prefix), how: t.String(),
					turn: t, child: c, bare: p.prefix == ""})
		}
	}
	fmt.Fprintf(os.Stderr, "the sweep took %.0f s\n", time.Since(start).Seconds())
	for _, w := range scenarios { // the warm-up determines how often a turn repeats its share
		if err := w.warm(sweep); err != nil {
			return scenarios, fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return scenarios, nil
}

// candidates returns the sweep: single texts and sorted batches, on one stream per core or on one
// stream of all cores.
func candidates(p competitor, file string) (turns []turn) {
	for _, streams := range []int{threads, 1} {
		if p.torch && streams > 1 {
			continue
		}
		for _, batch := range []int{1, 8, 16} {
			turns = append(turns,
				turn{File: p.prefix + file, Batch: batch, Sorted: batch > 1, Streams: streams,
					Threads: threads / streams})
		}
	}
	return turns
}

// versions names the versions that were measured.
func versions() string {
	list := []string{"ONNX Runtime " + infer.Version, runtime.Version()}
	text, _ := exec.Command(python, "-c", "import onnxruntime, tokenizers, torch, transformers "+
		"as t; print(f'onnxruntime {onnxruntime.__version__}, tokenizers "+
		"{tokenizers.__version__}, torch {torch.__version__}, transformers {t.__version__}')").
		Output()
	list = append(list, strings.TrimSpace(string(text)))
	var lock struct {
		Packages map[string]struct{ Version string }
	}
	raw, _ := os.ReadFile("build/bench/competitors/package-lock.json")
	json.Unmarshal(raw, &lock)
	for _, name := range []string{"@huggingface/transformers", "onnxruntime-node"} {
		list = append(list, name+" "+lock.Packages["node_modules/"+name].Version)
	}
	mod, _ := os.ReadFile(here + "/hugot/go.mod")
	for line := range strings.Lines(string(mod)) {
		if _, version, ok := strings.Cut(line, "knights-analytics/hugot "); ok {
			list = append(list, "hugot "+strings.TrimSpace(version))
		}
	}
	return strings.Join(list, ", ")
}
