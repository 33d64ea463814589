package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"

	"reviewlens/api/scoring"
	"reviewlens/reviews/table"
)

// readingUsage describes readingFlags in the usage of every command that has them.
const readingUsage = `How FILE is read is guessed, and said on stderr; what is doubtful names the flag
that settles it. -strict makes every doubt an error.
`

// readingFlags are the flags that override how a file is read.
type readingFlags struct {
	options table.Options
	sheet   string // of a workbook
}

func (r *readingFlags) define(flags *flag.FlagSet) {
	for _, o := range scoring.Options {
		set := func(value string) error {
			if o.Name == "dayfirst" {
				return r.setDayFirst(value)
			}
			return scoring.SetOption(&r.options, o.Name, value)
		}
		if o.Value == "" {
			flags.BoolFunc(flagName(o.Name), o.About, set)
		} else {
			flags.Func(flagName(o.Name), o.About, set)
		}
	}
	flags.Func("column", "`name` of the column with the text, as -text",
		func(value string) error { return scoring.SetOption(&r.options, "text", value) })
	flags.BoolFunc("monthfirst", "in dates, 3/4/2024 is in March, as -dayfirst=false", r.setMonthFirst)
	flags.StringVar(&r.sheet, "sheet", "",
		"`name` (or number, from 1) of a workbook's sheet (default: the one with reviews)")
}

func (r *readingFlags) setMonthFirst(value string) error {
	if first, err := strconv.ParseBool(value); err == nil {
		value = strconv.FormatBool(!first)
	}
	return r.setDayFirst(value)
}

// setDayFirst refuses -dayfirst together with a contradicting -monthfirst, instead of letting the
// last flag win.
func (r *readingFlags) setDayFirst(value string) error {
	before := r.options.Order
	err := scoring.SetOption(&r.options, "dayfirst", value)
	if err == nil && before != table.GuessOrder && r.options.Order != before {
		return errors.New("-dayfirst and -monthfirst contradict each other; give one of them")
	}
	return err
}

func flagName(option string) string { return strings.ReplaceAll(option, "_", "-") }

// describeDoubt returns a doubt with the flag that settles it.
func describeDoubt(d table.Doubt) string {
	if d.Option == "" {
		return d.Detail
	}
	return d.Detail + "; -" + flagName(d.Option) + " settles it"
}

// asFlags rewords an error of -strict to name flags.
func asFlags(err error) error {
	e, ok := errors.AsType[*table.Error](err)
	if !ok || len(e.Doubts) == 0 {
		return err
	}
	doubts := make([]string, len(e.Doubts))
	for i, doubt := range e.Doubts {
		doubts[i] = describeDoubt(doubt)
	}
	return errors.New("-strict: " + strings.Join(doubts, "\n-strict: "))
}

// printReading prints how a file is read.
func printReading(stderr io.Writer, name string, r *table.Reading) {
	fmt.Fprintf(stderr, "%s: %s\n", name, r.Sentence())
	for _, doubt := range r.Doubts() {
		fmt.Fprintf(stderr, "%s: %s\n", name, describeDoubt(doubt))
	}
}
