package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"reviewlens/build/bench/machine"
)

// table prints one line per scenario: median rate, extremes, the service's rate in the same round
// (with all layers and as served) as a multiple of the scenario's, accuracy and memory. The goals
// follow.
func table(out io.Writer, scenarios []*scenario, reviews []review) {
	find := func(name, file string) *scenario {
		for _, w := range scenarios {
			if w.name == name && w.file == file {
				return w
			}
		}
		return nil
	}
	served, all := find("Reviewlens over HTTP", "served"), find("Reviewlens over HTTP", "all")
	fmt.Fprintln(out, "| who | file | how | reviews/s | slowest to fastest round | Reviewlens, "+
		"all layers, is | as served, is | accuracy % | peak MB "+
		"|\n|---|---|---|---|---|---|---|---|---|")
	for _, w := range scenarios {
		fmt.Fprintf(out, "| %s | %s | %s | %.1f | %.1f to %.1f | %.2fx | %.2fx | %s | %.0f |\n",
			w.name, w.file, w.how, machine.Median(w.rates), slices.Min(w.rates),
			slices.Max(w.rates),
			ratio(all, w), ratio(served, w), accuracy(w.scores, reviews), w.peak())
	}
	fmt.Fprintln(out, "\nRatios are medians of the rounds' ratios.")
	for _, ours := range []*scenario{all, served} {
		if bare := find("bare ONNX Runtime loop", ours.file); bare != nil {
			fmt.Fprintf(out, "Over HTTP, %s: %.3f of the ceiling. ", ours.file, ratio(ours, bare))
		}
	}
	least, batches := math.Inf(1), math.Inf(1)
	for _, w := range scenarios {
		if w.server == nil && !w.bare {
			if w.turn.Documented {
				batches = min(batches, ratio(all, w))
			} else if w.file == "all" {
				least = min(least, ratio(all, w))
			}
		}
	}
	if !math.IsInf(batches, 0) {
		fmt.Fprintf(out, "All layers: at least %.2f times every peer as documented in batches, "+
			"%.2f times every peer at its best. ", batches, least)
	}
	best := math.Inf(1)
	for _, w := range scenarios {
		if w.server == nil && !w.bare && w.file == "all" {
			best = min(best, ratio(served, w))
		}
	}
	if !math.IsInf(best, 0) {
		fmt.Fprintf(out, "As served: %.2f times the best peer with all layers.", best)
	}
	fmt.Fprintln(out)
}

// ratio returns the median over the rounds of a's rate divided by b's.
func ratio(a, b *scenario) float64 {
	var each []float64
	for i := range a.rates {
		each = append(each, a.rates[i]/b.rates[i])
	}
	return machine.Median(each)
}

func accuracy(scores []float64, reviews []review) string {
	right, known := 0, 0
	for i, p := range scores {
		if reviews[i].Label >= 0 {
			known++
			if (p >= 0.5) == (reviews[i].Label == 1) {
				right++
			}
		}
	}
	if known == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", 100*float64(right)/float64(known))
}

// single compares one review per request with bare Runs of its window: on one thread, alternating,
// and on two threads, separately, because a thread of a session's pool spins after a Run and would
// occupy a processor while the server is measured.
func single(out io.Writer, s *server, loops []*loop, texts []review) error {
	const sample = 1000
	var some []review
	var batches []*ready
	defer func() { destroy(batches) }()
	for i := 0; len(some) < sample && i < len(texts); i++ {
		windows, _ := loops[0].windows(nil, texts[i].Text)
		if len(windows) != 1 {
			continue
		}
		b, err := prepareBatch(windows, []int{0})
		if err != nil {
			return err
		}
		some, batches = append(some, texts[i]), append(batches, b)
	}
	over := make([][]float64, 3)
	time1 := func(into int, do func() error) error {
		start := time.Now()
		err := do()
		over[into] = append(over[into], float64(time.Since(start).Microseconds())/1000)
		return err
	}
	bare := func(k, i int) error {
		return time1(1+k, func() error {
			return loops[k].session.Run(batches[i].in, batches[i].out)
		})
	}
	for i, text := range some {
		if err := time1(0, func() error {
			_,
				err := s.post([]string{text.Text})
			return err
		}); err != nil {
			return err
		}
		if err := bare(0, i); err != nil {
			return err
		}
	}
	for i := range some {
		if err := bare(1, i); err != nil {
			return err
		}
	}
	one := machine.Median(over[1])
	fmt.Fprintf(out, "\nOne review a request, served file: p50 %.2f ms, p99 %.2f ms; a bare Run "+
		"of the same window on one thread: p50 %.2f ms (%.2f times it), on two %.2f ms.\n",
		machine.Median(over[0]), slices.Sorted(slices.Values(over[0]))[len(over[0])*99/100], one,
		machine.Median(over[0])/one, machine.Median(over[2]))
	return nil
}
