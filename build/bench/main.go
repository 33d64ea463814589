// Command bench measures the overhead of the whole path (CSV reader, tokenizer, frames, HTTP,
// server) over a bare ONNX Runtime loop that runs the same, precomputed windows on the same cores.
//
//	make build && go run ./build/bench
//
// The bare loop is the ceiling, and the best of a small sweep: one window per Run or length-sorted
// padded batches, on single-threaded streams or one stream of all threads. Rounds are interleaved;
// medians and their spread are printed as a table, with the effect of padded batches on scores.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"reviewlens/api/infer"
	"reviewlens/api/model"
	"reviewlens/app/client"
	"reviewlens/build/bench/library"
	"reviewlens/build/bench/machine"
	"reviewlens/build/bench/synthetic"
	"reviewlens/reviews/table"
	"reviewlens/tokenizer/batch"

	ort "github.com/yalue/onnxruntime_go"
)

func main() {
	rounds := flag.Int("rounds", 5, "interleaved rounds")
	count := flag.Int("reviews", 600, "reviews a round")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *rounds, *count); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, rounds, count int) error {
	native, err := library.Find()
	if err != nil {
		return err
	}
	m, err := model.Default()
	if err != nil {
		return err
	}
	ort.SetSharedLibraryPath(native)
	if err := ort.InitializeEnvironment(); err != nil {
		return err
	}
	defer ort.DestroyEnvironment()

	file := synthetic.File(count)
	var texts [][][]int32
	tokens := 0
	for _, text := range synthetic.Texts(count) {
		windows, _ := m.Windows.Windows(nil, m.Tokenizer.Append(nil, []byte(text)),
			m.Tokenizer.CLS(), m.Tokenizer.SEP())
		texts = append(texts, windows)
		tokens += batch.Tokens(windows)
	}
	fmt.Fprintf(out, "%s, %d usable CPUs, %s; model %s, ONNX Runtime %s, %s\n", machine.Processor(),
		runtime.GOMAXPROCS(0), runtime.GOOS+"/"+runtime.GOARCH,
		m.Manifest.ID, infer.Version, runtime.Version())
	fmt.Fprintf(out, "%d invented reviews, %d tokens with [CLS] and [SEP], %.0f a review\n\n",
		count, tokens, float64(tokens)/float64(count))

	// The sweep: one round of each configuration, after a warm-up.
	cpus := runtime.GOMAXPROCS(0)
	var loops []*loop
	for _, threads := range slices.Compact([]int{1, cpus}) {
		for _, size := range []int{1, 8, 16} {
			l, err := newLoop(m, texts, cpus/threads, threads, size)
			if err != nil {
				return err
			}
			defer l.close()
			loops = append(loops, l)
		}
	}
	server, err := start(native)
	if err != nil {
		return err
	}
	defer server.stop()
	whole := func() ([]float64, error) { return path(ctx, m, server.url, file) }

	scenarios := []scenario{{name: "whole path: CSV to scores over HTTP", score: whole}}
	for _, l := range loops {
		scenarios = append(scenarios, scenario{name: l.name(), score: l.score})
	}
	for range rounds + 1 { // the first warms up
		for i := range scenarios {
			if err := scenarios[i].round(); err != nil {
				return fmt.Errorf("%s: %w", scenarios[i].name, err)
			}
		}
	}
	printTable(out, scenarios, count)

	exact, moved, renamed := 0.0, 0.0, 0
	for _, w := range scenarios {
		for i, p := range w.scores {
			away := math.Abs(p - scenarios[0].scores[i])
			if w.padded() {
				moved = max(moved, away)
				if m.Rule.Name(p) != m.Rule.Name(scenarios[0].scores[i]) {
					renamed++
				}
			} else {
				exact = max(exact, away)
			}
		}
	}
	fmt.Fprintf(out, "\nOne window a Run: scores differ from the service's by at most %.1e. "+
		"Padded batches move them by up to %.2f and rename %.1f%%.\n",
		exact, moved, 100*float64(renamed)/float64(4*count))
	if exact > 1e-5 {
		return fmt.Errorf("scores differ by %v, want at most 1e-5", exact)
	}
	return single(ctx, out, m, server.url, loops[0], texts)
}

// scenario is one method to score all reviews.
type scenario struct {
	name   string
	score  func() ([]float64, error)
	scores []float64
	took   []time.Duration // one per round; the first is the warm-up
}

func (w *scenario) padded() bool { return strings.Contains(w.name, "padded") }

func (w *scenario) round() (err error) {
	started := time.Now()
	w.scores, err = w.score()
	w.took = append(w.took, time.Since(started))
	return err
}

// printTable prints reviews per second: median, slowest and fastest round, and the ratio to the
// best bare loop.
func printTable(out io.Writer, scenarios []scenario, count int) {
	rates := func(w scenario) []float64 {
		var r []float64
		for _, d := range w.took[1:] {
			r = append(r, float64(count)/d.Seconds())
		}
		slices.Sort(r)
		return r
	}
	best := 0.0
	for _, w := range scenarios[1:] {
		best = max(best, machine.Median(rates(w)))
	}
	fmt.Fprintln(out, "| way | reviews/s | slowest to fastest round | of the ceiling "+
		"|\n|---|---|---|---|")
	for _, w := range scenarios {
		r := rates(w)
		fmt.Fprintf(out, "| %s | %.1f | %.1f to %.1f | %.2f |\n", w.name, machine.Median(r), r[0],
			r[len(r)-1], machine.Median(r)/best)
	}
}

// single compares one review per request with one bare Run of its window.
func single(ctx context.Context, out io.Writer, m *model.Model, url string, l *loop,
	texts [][][]int32) error {
	c := client.New(client.HTTP(url))
	var served, bare []float64
	for _, windows := range texts[:min(200, len(texts))] {
		if len(windows) != 1 {
			continue
		}
		started := time.Now()
		if _, err := c.Score(ctx,
			batch.Request{Model: m.Manifest.ID, Texts: [][][]int32{windows}}); err != nil {
			return err
		}
		served = append(served, float64(time.Since(started).Microseconds())/1000)
		started = time.Now()
		if _, err := l.logits(l.sessions[0], windows); err != nil {
			return err
		}
		bare = append(bare, float64(time.Since(started).Microseconds())/1000)
	}
	slices.Sort(served)
	slices.Sort(bare)
	fmt.Fprintf(out, "One review a request: p50 %.1f ms, p99 %.1f ms; a bare Run of the same "+
		"windows: p50 %.1f ms, so %.2f times it.\n",
		machine.Median(served), served[len(served)*99/100], machine.Median(bare),
		machine.Median(served)/machine.Median(bare))
	return nil
}

// path sends a CSV's reviews as the page does: requests of at most 256 texts and 16,000 tokens,
// three at a time.
func path(ctx context.Context, m *model.Model, url string, file []byte) ([]float64, error) {
	d, err := table.Sniff(file[:min(len(file), table.SniffBytes)], len(file) <= table.SniffBytes)
	if err != nil {
		return nil, err
	}
	r := table.NewReader(bytes.NewReader(file), d)
	header, err := r.Header()
	if err != nil {
		return nil, err
	}
	column := slices.Index(header, "review")
	c := client.New(client.HTTP(url))

	type request struct {
		first int
		texts [][][]int32
	}
	requests := make(chan request)
	var senders sync.WaitGroup
	var mu sync.Mutex
	var scores []float64
	var failed error
	for range 3 {
		senders.Go(func() {
			for q := range requests {
				answer, err := c.Score(ctx, batch.Request{Model: m.Manifest.ID, Texts: q.texts})
				mu.Lock()
				if err != nil {
					failed = err
				}
				for len(scores) < q.first+len(q.texts) {
					scores = append(scores, math.NaN())
				}
				for i, p := range answer.Positive {
					scores[q.first+i] = float64(p)
				}
				mu.Unlock()
			}
		})
	}
	next, tokens := request{}, 0
	for {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		windows, _ := m.Windows.Windows(nil, m.Tokenizer.Append(nil, record.Fields[column]),
			m.Tokenizer.CLS(), m.Tokenizer.SEP())
		size := batch.Tokens(windows)
		if len(next.texts) == 256 || tokens+size > 16_000 {
			requests <- next
			next, tokens = request{first: next.first + len(next.texts)}, 0
		}
		next.texts, tokens = append(next.texts, windows), tokens+size
	}
	requests <- next
	close(requests)
	senders.Wait()
	return scores, failed
}

// server is a running `bin/reviewlens serve` on a free port.
type server struct {
	url   string
	child *exec.Cmd
}

func start(library string) (*server, error) {
	child := exec.Command("bin/reviewlens", "serve", "-addr", "127.0.0.1:0", "-history", "none",
		"-ort", library)
	stdout, err := child.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := child.Start(); err != nil {
		return nil, fmt.Errorf("%w; run `make build` first", err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	_, url, ok := strings.Cut(strings.TrimSpace(line), "is at ")
	if err != nil || !ok {
		return nil, errors.Join(fmt.Errorf("the server says %q", line), err, child.Wait())
	}
	return &server{url, child}, nil
}

func (s *server) stop() {
	s.child.Process.Signal(os.Interrupt)
	s.child.Wait()
}
