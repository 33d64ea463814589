package main

import (
	"flag"
	"io"
	"strings"
	"testing"

	"reviewlens/reviews/table"
)

// All spellings of a switch have the same effect.
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
		if err := flags.Parse([]string{arg}); err != nil || r.options.Order != want {
			t.Errorf("%s: %v, %v, want %v", arg, r.options.Order, err, want)
		}
	}
}

// The last of two contradicting flags does not win.
func TestColumnsNamedTwice(t *testing.T) {
	const texts = `"pros" is named already; name the parts of one text together: pros,cons`
	for _, tt := range []struct {
		args []string
		want string // the error
	}{
		{[]string{"-text", "pros", "-text", "cons"}, texts},
		{[]string{"-text", "pros", "-column", "cons"}, texts},
		{[]string{"-column", "pros", "-text", "cons"}, texts},
		{[]string{"-stars", "a", "-stars", "b"}, `"a" is named already`},
		{[]string{"-title", "a", "-title", "-"}, `"a" is named already`},
		{[]string{"-text", "pros", "-column", "pros", "-title", "a", "-title", "a"}, ""},
	} {
		flags := flag.NewFlagSet("", flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		var r readingFlags
		r.define(flags)
		err := flags.Parse(tt.args)
		if tt.want == "" && err != nil ||
			tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%q: %v, want %q", tt.args, err, tt.want)
		}
	}
}
