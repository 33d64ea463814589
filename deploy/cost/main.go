// Command cost says what reviews cost in AWS, and what becomes of very many at once.
//
//	go run ./deploy/cost [-reviews 1e6] [-tokens 154] [-memory 1769] [-arch arm64] [-alone]   a month's bill, beside others'
//	go run ./deploy/cost -brief ...                                                           three lines, as `make deploy` shows
//	go run ./deploy/cost -hour 1e7 ...                                                        so many reviews in one hour
//
// Prices and times are read by package bill, queues are package load's.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"reviewlens/deploy/cost/bill"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	prices, err := bill.List()
	if err != nil {
		return err
	}
	times, err := bill.Measurement()
	if err != nil {
		return err
	}
	flags := flag.NewFlagSet("cost", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the error says it
	w := bill.Workload{}
	flags.Float64Var(&w.Reviews, "reviews", 1e6, "a month")
	flags.Float64Var(&w.Tokens, "tokens", times.Tokens,
		"a review, mean; default: of the reviews that were measured")
	flags.IntVar(&w.Memory, "memory", 1769, "`MB` of the function")
	flags.StringVar(&w.Arch, "arch", "arm64", "arm64 or x86_64")
	flags.BoolVar(&w.Alone, "alone", false,
		"each review is a request, as from a program that has one at a time")
	brief := flags.Bool("brief", false, "three lines")
	hour := flags.Float64("hour", 0, "so many `reviews` in one hour")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w; `go doc ./deploy/cost` has the flags", err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is no flag; `go doc ./deploy/cost` has them", flags.Arg(0))
	}
	if err := w.Check(); err != nil {
		return err
	}
	switch {
	case *hour > 0:
		return inAnHour(out, prices, times, w, *hour)
	case *brief:
		return inBrief(out, prices, times, w)
	}
	return report(out, prices, times, w)
}
