package main

import (
	"flag"
	"io"
	"testing"

	"reviewlens/reviews/table"
)

// Every way to write a switch sets it the same.
func TestOrderOfDates(t *testing.T) {
	for arg, want := range map[string]table.Order{
		"-dayfirst": table.DayFirst, "-dayfirst=1": table.DayFirst,
		"-dayfirst=true": table.DayFirst, "-dayfirst=0": table.MonthFirst,
		"-dayfirst=false": table.MonthFirst,
		"-monthfirst":     table.MonthFirst, "-monthfirst=1": table.MonthFirst,
		"-monthfirst=true": table.MonthFirst, "-monthfirst=0": table.DayFirst,
		"-monthfirst=false": table.DayFirst,
	} {
		flags := flag.NewFlagSet("", flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		var r readingFlags
		r.define(flags)
		if err := flags.Parse([]string{arg}); err != nil || r.asked.Order != want {
			t.Errorf("%s: %v, %v, want %v", arg, r.asked.Order, err, want)
		}
	}
}
