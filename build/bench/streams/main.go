// Command streams measures how many windows should run at a time for a number of processors
// (infer.Options.Streams).
//
//	make bench-streams
//
// For 1, 2, 4 and 6 processors, as far as the machine has them, it starts a process that is limited
// to these (taskset), and scores the same synthetic reviews with one stream, one stream per
// processor and one more, in interleaved rounds. For 4 and 6 processors that the machine lacks, the
// rate is extrapolated from the step between the last two measured numbers, and marked.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"time"

	"reviewlens/api/infer"
	"reviewlens/api/model"
	"reviewlens/build/bench/library"
	"reviewlens/build/bench/synthetic"
)

func main() {
	rounds := flag.Int("rounds", 5, "interleaved rounds")
	count := flag.Int("reviews", 400, "reviews a round")
	streams := flag.Int("streams", 0, "be the process that scores with so many streams")
	flag.Parse()
	do := func() error { return run(os.Stdout, *rounds, *count) }
	if *streams > 0 {
		do = func() error { return score(os.Stdout, *streams, *count) }
	}
	if err := do(); err != nil {
		fmt.Fprintln(os.Stderr, "streams:", err)
		os.Exit(1)
	}
}

// score prints reviews per second.
func score(out io.Writer, streams, count int) error {
	native, err := library.Find()
	if err != nil {
		return err
	}
	m, err := model.Default()
	if err != nil {
		return err
	}
	e, err := infer.Open(context.Background(), m, infer.Options{Library: native, Streams: streams})
	if err != nil {
		return err
	}
	defer e.Close()
	var texts [][][]int32
	for _, text := range synthetic.Texts(count) {
		windows, _, _ := e.Windows(nil, []byte(text))
		texts = append(texts, windows)
	}
	if _, err := e.Score(context.Background(), texts[:min(len(texts), 50)]); err != nil {
		return err
	}
	start := time.Now()
	if _, err := e.Score(context.Background(), texts); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(float64(count) / time.Since(start).Seconds())
}

// setting is a number of processors and a number of streams on them.
type setting struct{ processors, streams int }

func run(out io.Writer, rounds, count int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var settings []setting
	for _, n := range []int{1, 2, 4, 6} {
		if n > runtime.NumCPU() {
			break
		}
		for _, streams := range slices.Compact([]int{1, n, n + 1}) {
			settings = append(settings, setting{n, streams})
		}
	}
	rates := map[setting][]float64{}
	for range rounds {
		for _, s := range settings {
			text, err := exec.Command("taskset", "-c", fmt.Sprintf("0-%d", s.processors-1), self,
				"-streams", strconv.Itoa(s.streams), "-reviews", strconv.Itoa(count)).Output()
			if err != nil {
				return fmt.Errorf("taskset (of util-linux) with %+v: %w", s, err)
			}
			var rate float64
			if err := json.Unmarshal(text, &rate); err != nil {
				return err
			}
			rates[s] = append(rates[s], rate)
		}
	}
	median := func(s setting) float64 {
		r := slices.Sorted(slices.Values(rates[s]))
		return r[len(r)/2]
	}
	fmt.Fprintf(out, "%s/%s, ONNX Runtime %s; %d invented reviews, %d rounds\n\n| processors | "+
		"streams | reviews/s | slowest to fastest round "+
		"|\n|---|---|---|---|\n", runtime.GOOS, runtime.GOARCH, infer.Version, count, rounds)
	for _, s := range settings {
		fmt.Fprintf(out, "| %d | %d | %.1f | %.1f to %.1f |\n", s.processors, s.streams, median(s),
			slices.Min(rates[s]), slices.Max(rates[s]))
	}
	last := settings[len(settings)-1].processors
	if last == 1 {
		return nil
	}
	most, before := median(setting{last, last}), median(setting{last / 2, last / 2})
	for _, n := range []int{4, 6} {
		if n > last {
			fmt.Fprintf(out, "| %d | %d | %.1f | extrapolated: each processor more adds as much "+
				"as from %d to %d |\n", n, n, most+
				(most-before)*float64(n-last)/float64(last-last/2), last/2, last)
		}
	}
	return nil
}
