package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// report writes the failures of all recorded runs of a commit, and the time that they took. It
// reports whether a test failed.
func report(out io.Writer, records []record, commit string) (anyFailed bool) {
	runs, others := map[string]int{}, 0
	failures := map[string]map[string][]string{} // suite, test, the output of each failure
	steps, packages := map[string][]step{}, map[string][]float64{}
	for _, r := range records {
		if r.Commit != commit {
			others++
			continue
		}
		runs[r.Suite]++
		for _, s := range r.Steps {
			steps[s.Target] = append(steps[s.Target], s)
			for _, p := range s.Packages {
				packages[p.Name] = append(packages[p.Name], p.Seconds)
			}
			for _, f := range s.Failures {
				if failures[r.Suite] == nil {
					failures[r.Suite] = map[string][]string{}
				}
				failures[r.Suite][f.Name] = append(failures[r.Suite][f.Name], f.Output)
			}
		}
	}
	fmt.Fprintf(out, "\nCommit %s", commit)
	if others > 0 {
		fmt.Fprintf(out, " (%d runs of other commits are not counted)", others)
	}
	fmt.Fprintln(out)
	for _, suite := range slices.Sorted(maps.Keys(runs)) {
		fmt.Fprintf(out, "\n%s: %d runs, %d tests failed at least once\n", suite, runs[suite],
			len(failures[suite]))
		for _, name := range slices.Sorted(maps.Keys(failures[suite])) {
			anyFailed = true
			outputs := failures[suite][name]
			fmt.Fprintf(out, "\n  %s: failed in %d of %d runs\n", name, len(outputs), runs[suite])
			for line := range strings.Lines(outputs[len(outputs)-1]) {
				fmt.Fprintf(out, "    | %s\n", strings.TrimRight(line, "\n"))
			}
		}
	}
	if len(steps) == 0 {
		return anyFailed
	}
	fmt.Fprintf(out, "\n| step | runs | median s | longest s | median CPU s "+
		"|\n|---|---|---|---|---|\n")
	medianTime := func(list []step) float64 {
		return median(list, func(s step) float64 { return s.Seconds })
	}
	for _, target := range slices.SortedFunc(maps.Keys(steps), func(a, b string) int {
		return cmp.Or(cmp.Compare(medianTime(steps[b]), medianTime(steps[a])), cmp.Compare(a, b))
	}) {
		list := steps[target]
		longest := slices.MaxFunc(list,
			func(a, b step) int { return cmp.Compare(a.Seconds, b.Seconds) })
		fmt.Fprintf(out, "| %s | %d | %.1f | %.1f | %.1f |\n", target, len(list), medianTime(list),
			longest.Seconds,
			median(list, func(s step) float64 { return s.CPU }))
	}
	var longest []timing
	for name, seconds := range packages {
		longest = append(longest,
			timing{name, median(seconds, func(s float64) float64 { return s })})
	}
	slices.SortFunc(longest, byTime)
	fmt.Fprintf(out, "\n| package or file | median s |\n|---|---|\n")
	for _, p := range longest[:min(len(longest), 30)] {
		fmt.Fprintf(out, "| %s | %.1f |\n", p.Name, p.Seconds)
	}
	return anyFailed
}

// median returns the median of the values that of returns for the elements.
func median[T any](list []T, of func(T) float64) float64 {
	values := make([]float64, len(list))
	for i, v := range list {
		values[i] = of(v)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
