// Command hugot scores reviews with knights-analytics/hugot on ONNX Runtime, for `make
// bench-serving`: it reads one turn per line on stdin and writes one answer per line on stdout, as
// described in package main of the parent folder. It is a separate module to keep the product's
// small, and is built with -tags ORT and the tokenizers library.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/knights-analytics/hugot"
	"github.com/knights-analytics/hugot/options"
	"github.com/knights-analytics/hugot/pipelines"
)

type turn struct {
	File                    string
	Batch, Threads, Streams int
	Sorted, Documented      bool
	From, Count, Passes     int
}

// ready is a pipeline and the settings that it was made with; hugot has one session per process.
type ready struct {
	file       string
	threads    int
	documented bool
	session    *hugot.Session
	pipeline   *pipelines.TextClassificationPipeline
}

func main() {
	if err := serve(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "hugot:", err)
		os.Exit(1)
	}
}

// serve answers turns. folder has a model folder for each File and texts.json, library is the
// folder of libonnxruntime.so.
func serve(folder, library string) error {
	raw, err := os.ReadFile(filepath.Join(folder, "texts.json"))
	if err != nil {
		return err
	}
	var reviews []struct{ Text string }
	if err := json.Unmarshal(raw, &reviews); err != nil {
		return err
	}
	var r ready
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var t turn
		if err := json.Unmarshal(lines.Bytes(), &t); err != nil {
			return err
		}
		if r.pipeline == nil || r.file != t.File || r.threads != t.Threads ||
			r.documented != t.Documented {
			if r, err = prepare(r, folder, library, t); err != nil {
				return err
			}
		}
		texts := make([]string, t.Count)
		for i := range texts {
			texts[i] = reviews[t.From+i].Text
		}
		// a warm-up, for what is initialized at first use
		if _, err := score(r.pipeline, texts[:min(len(texts), 8)], t); err != nil {
			return err
		}
		start := time.Now()
		var positive []float64
		for range t.Passes {
			if positive, err = score(r.pipeline, texts, t); err != nil {
				return err
			}
		}
		seconds := time.Since(start).Seconds()
		answer, err := json.Marshal(map[string]any{"seconds": seconds, "positive": positive})
		if err != nil {
			return err
		}
		fmt.Printf("%s\n", answer)
	}
	return lines.Err()
}

// prepare creates the pipeline as in the README's first example, or with the settings that its
// chapter on tuning recommends.
func prepare(old ready, folder, library string, t turn) (r ready, err error) {
	if old.session != nil {
		if err := old.session.Destroy(); err != nil {
			return r, err
		}
	}
	r = ready{file: t.File, threads: t.Threads, documented: t.Documented}
	with := []options.WithOption{options.WithOnnxLibraryPath(library)}
	if !t.Documented {
		with = append(with, options.WithIntraOpNumThreads(t.Threads),
			options.WithInterOpNumThreads(1), options.WithCPUMemArena(
				false), options.WithMemPattern(false))
	}
	if r.session, err = hugot.NewORTSession(with...); err != nil {
		return r, err
	}
	r.pipeline, err = hugot.NewPipeline(r.session, hugot.TextClassificationConfig{
		ModelPath: filepath.Join(folder, t.File), Name: "reviews", OnnxFilename: "model.onnx",
		Options: []hugot.TextClassificationOption{pipelines.WithSoftmax()},
	})
	return r, err
}

// score runs batches of texts on as many goroutines as there are streams.
func score(p *pipelines.TextClassificationPipeline, texts []string, t turn) ([]float64, error) {
	order := make([]int, len(texts))
	for i := range order {
		order[i] = i
	}
	if t.Sorted {
		slices.SortStableFunc(order, func(a, b int) int { return len(texts[b]) - len(texts[a]) })
	}
	batches := slices.Collect(slices.Chunk(order, t.Batch))
	positive := make([]float64, len(texts))
	errs := make([]error, t.Streams)
	var next atomic.Int64
	var streams sync.WaitGroup
	for s := range t.Streams {
		streams.Go(func() {
			for {
				at := int(next.Add(1)) - 1
				if at >= len(batches) {
					return
				}
				var some []string
				for _, i := range batches[at] {
					some = append(some, texts[i])
				}
				out, err := p.RunPipeline(some)
				if err != nil {
					errs[s] = err
					return
				}
				for j, i := range batches[at] {
					best := out.ClassificationOutputs[j][0]
					positive[i] = float64(best.Score)
					if best.Label != "positive" {
						positive[i] = 1 - positive[i]
					}
				}
			}
		})
	}
	streams.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return positive, nil
}
