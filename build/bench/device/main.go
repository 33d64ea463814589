// Command device compares scoring on the device with transformers.js: the page and that library in
// one Chromium, over the same texts, with one and with two threads.
//
//	make bench-device
//
// The page scores a CSV in private mode, with at most one and two sessions, timed from the click to
// the complete results, charts included. Its sessions are also timed alone, from token IDs to
// logits, since the page itself uses the processors. transformers.js runs in a worker of a
// cross-origin isolated page, on WASM: the same model, exits included, and DistilBERT of 6 layers
// of 768 in int8, its default model (with random weights here, which take the same time). It is
// called with one text at a time and with batches of 8 of similar lengths. Each candidate scores a
// few reviews first as a warm-up. Rounds are interleaved; ratios are medians of the rounds' ratios.
// On a busy machine, processor time is more reliable than elapsed time.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"reviewlens/api/model"
	"reviewlens/build/bench/machine"
	"reviewlens/build/bench/synthetic"
)

const folder = "build/work/device"

// warmUp is how many reviews each candidate scores before the timed ones.
const warmUp = 20

func main() {
	rounds := flag.Int("rounds", 2, "interleaved rounds")
	count := flag.Int("reviews", 600, "reviews a round")
	flag.Parse()
	if err := run(os.Stdout, *rounds, *count); err != nil {
		fmt.Fprintln(os.Stderr, "device:", err)
		os.Exit(1)
	}
}

// measured is the output of browser.mjs.
type measured struct {
	Browser, Transformers, Runtime string
	Ways                           []way
}

// way is one candidate, with one result per round.
type way struct {
	Who, Model     string
	Threads, Batch int
	Results        []struct {
		Seconds, Processor float64 // elapsed time; time of all processes of the browser
		Names              []string
	}
}

func run(out io.Writer, rounds, count int) error {
	texts := synthetic.Texts(count)
	list, err := json.Marshal(texts)
	if err != nil {
		return err
	}
	windows, err := windowsOf(texts)
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{
		"texts.json": list, "reviews.csv": synthetic.File(count),
		"warm.csv": synthetic.File(warmUp), "windows.json": windows,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o666); err != nil {
			return err
		}
	}
	var printed bytes.Buffer
	browser := exec.Command("node", "build/bench/device/browser.mjs", folder, fmt.Sprint(rounds),
		fmt.Sprint(warmUp))
	browser.Stdout, browser.Stderr = &printed, os.Stderr
	if err := browser.Run(); err != nil {
		return fmt.Errorf("browser.mjs: %w", err)
	}
	var m measured
	if err := json.Unmarshal(printed.Bytes(), &m); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s, %d processors, Chromium %s, transformers.js %s (onnxruntime-web %s); "+
		"%d invented reviews\n\n", machine.Processor(), runtime.NumCPU(), m.Browser,
		m.Transformers, m.Runtime, count)
	table(out, m.Ways, count)
	return nil
}

// windowsOf returns the windows of all texts as JSON.
func windowsOf(texts []string) ([]byte, error) {
	m, err := model.Default()
	if err != nil {
		return nil, err
	}
	var windows [][]int32
	for _, text := range texts {
		if windows, _, err = m.Cut(windows, []byte(text)); err != nil {
			return nil, err
		}
	}
	return json.Marshal(windows)
}

// seconds returns the elapsed time of each round, cpu the processor time.
func (w way) seconds() (all []float64) {
	for _, r := range w.Results {
		all = append(all, r.Seconds)
	}
	return all
}

func (w way) cpu() (all []float64) {
	for _, r := range w.Results {
		all = append(all, r.Processor)
	}
	return all
}

// table writes one line per candidate, and the comparisons of them. The first two are the page
// without topics, as the others are, and the third is the page with topics; its sessions alone are
// the next two.
func table(out io.Writer, ways []way, count int) {
	one, two, theirs := ways[0], ways[1], ways[5:]
	fmt.Fprint(out, "| who | model | threads | texts a Run | reviews/s | slowest to fastest round "+
		"| processor, ms a review | Reviewlens with as many threads is | labels that differ "+
		"|\n|---|---|---|---|---|---|---|---|---|\n")
	for _, w := range ways {
		ours := ways[w.Threads-1]
		differ := "-"
		if w.Model == one.Model && len(w.Results[0].Names) > 0 {
			n := 0
			for i, name := range w.Results[0].Names {
				// the others have no band between the labels
				if o := one.Results[0].Names[i]; o != name && o != "unsure" {
					n++
				}
			}
			differ = fmt.Sprintf("%d of %d", n, count)
		}
		rate := func(seconds float64) float64 { return float64(count) / seconds }
		fmt.Fprintf(out, "| %s | %s | %d | %d | %.1f | %.1f to %.1f | %.1f | %.2fx | %s |\n", w.Who,
			w.Model, w.Threads, w.Batch, rate(machine.Median(w.seconds())),
			rate(slices.Max(w.seconds())),
			rate(slices.Min(w.seconds())), 1000*machine.Median(w.cpu())/float64(count),
			ratio(w.seconds(), ours.seconds()), differ)
	}
	fmt.Fprintf(out, "\nFrom 1 to 2 sessions: %.2fx by the clock, %.2fx the processor's time of a "+
		"review; the sessions alone %.2fx by the clock.\n", ratio(one.seconds(), two.seconds()),
		ratio(two.cpu(), one.cpu()), ratio(ways[3].seconds(), ways[4].seconds()))
	for _, model := range []string{"served", "distilbert"} {
		clock, cpu := 0.0, 0.0
		for _, w := range theirs {
			if w.Model != model {
				continue
			}
			if r := ratio(w.seconds(), two.seconds()); clock == 0 || r < clock {
				clock = r
			}
			if r := ratio(w.cpu(), one.cpu()); cpu == 0 || r < cpu {
				cpu = r
			}
		}
		fmt.Fprintf(out, "Two sessions beside transformers.js at its best, %s: %.2fx by the "+
			"clock; its least processor time of a review is %.2fx ours.\n", model, clock, cpu)
	}
}

// ratio returns the median over the rounds of a's value divided by b's.
func ratio(a, b []float64) float64 {
	each := make([]float64, len(a))
	for i := range a {
		each[i] = a[i] / b[i]
	}
	return machine.Median(each)
}
