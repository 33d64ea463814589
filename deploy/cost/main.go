// Command cost estimates what scoring reviews costs on AWS, and simulates bursts of requests.
//
//	go run ./deploy/cost [-reviews 1e6] [-tokens 142] [-memory 1769] [-arch arm64] [-alone]   a month's bill, beside others'
//	go run ./deploy/cost -brief ...                                                           three lines, as `make deploy` shows
//	go run ./deploy/cost -hour 1e7 ...                                                        this many reviews within an hour
//	go run ./deploy/cost -bulk                                 10^6 to 10^10 of them, in bulk
//	go run ./deploy/cost -engine glue -bytes 1e12 [-packed]    a line about files of this size
//
// Prices and times are read by package bill, queues are package load's.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"

	defaultmodel "reviewlens/api/model/default"
	"reviewlens/api/wire"
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
	flags.SetOutput(io.Discard) // the error contains it
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
	bulk := flags.Bool("bulk", false, "10^6 to 10^10 reviews beside the data")
	engine := flags.String("engine", "", "local, lambda, batch, glue, flex or emr, for -bytes")
	bytes := flags.Float64("bytes", 0, "of files of reviews")
	packed := flags.Bool("packed", false, "the files are Parquet or packed with gzip")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w; `go doc ./deploy/cost` has the flags", err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is no flag; `go doc ./deploy/cost` has them", flags.Arg(0))
	}
	if err := w.Check(); err != nil {
		return err
	}
	if given(flags, "hour") && !(*hour > 0 && *hour <= math.MaxFloat64) {
		return fmt.Errorf("%v reviews in an hour; give a number above 0", *hour)
	}
	beside, err := bill.Bulks()
	if err != nil {
		return err
	}
	switch {
	case *bulk:
		tokens := beside.Tokens
		if given(flags, "tokens") {
			tokens = w.Tokens
		}
		bulkTable(out, prices, beside, tokens)
		return nil
	case *engine != "":
		if !(*bytes >= 0) {
			return fmt.Errorf("-bytes is %v", *bytes)
		}
		return ofBytes(out, prices, beside, *engine, *bytes, *packed)
	case *hour > 0:
		err = inAnHour(out, prices, times, w, *hour)
	case *brief:
		err = inBrief(out, prices, times, w)
	default:
		err = report(out, prices, times, w)
	}
	return errors.Join(err, noteOtherModel(out, times.Model))
}

// noteOtherModel prints a note if times were measured with another model than the deployed one.
func noteOtherModel(out io.Writer, measured string) error {
	var served wire.Manifest
	if err := json.Unmarshal([]byte(defaultmodel.Manifest), &served); err != nil {
		return err
	}
	if measured == served.ID {
		return nil
	}
	_, err := fmt.Fprintf(out, "Times are those of model %s, not of the one here, %s: "+
		"make bench-cost measures it\n", measured, served.ID)
	return err
}

// given reports whether a flag was set.
func given(flags *flag.FlagSet, name string) (is bool) {
	flags.Visit(func(f *flag.Flag) { is = is || f.Name == name })
	return is
}
