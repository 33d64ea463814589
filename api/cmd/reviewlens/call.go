package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"reviewlens/api/objects"
)

// call is one invocation of a command.
type call struct {
	args           []string
	stdin          io.Reader
	stdout, stderr io.Writer

	flags *flag.FlagSet // set once the command has called parse

	anyBucket objects.Bucket // holds the client of all buckets, once created
}

// parse parses flags, which may precede and follow the arguments; everything after "--" is an
// argument. done reports that help was requested and printed.
func (c *call) parse(flags *flag.FlagSet, usage string) (rest []string, done bool, err error) {
	c.flags = flags
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	for args := c.args; ; {
		err := flags.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			var help strings.Builder
			help.WriteString(usage + "\n")
			flags.SetOutput(&help)
			flags.PrintDefaults()
			_, err := io.WriteString(c.stdout, help.String())
			return nil, true, err
		}
		if err != nil {
			return nil, false, usageError("%w; \"reviewlens %s -h\" lists the flags", err,
				flags.Name())
		}
		if _, ended := eachFlag(flags, args, func(string, string) {}); ended || flags.NArg() == 0 {
			rest = append(rest, flags.Args()...)
			if slices.Contains(rest, "") { // it would be the folder at hand, to models publish
				return nil, false, usageError("%s has an empty argument; perhaps a variable of "+
					"the shell is not set", flags.Name())
			}
			return rest, false, nil
		}
		rest = append(rest, flags.Arg(0))
		args = flags.Args()[1:]
	}
}

// eachFlag calls do for the flags at the start of args, as flag.Parse reads them. n is the number
// of args that are flags or their values, including a final "--", which ended reports.
func eachFlag(flags *flag.FlagSet, args []string, do func(name, value string)) (n int, ended bool) {
	for n < len(args) && len(args[n]) > 1 && args[n][0] == '-' {
		if args[n] == "--" {
			return n + 1, true
		}
		name, value, given := strings.Cut(strings.TrimPrefix(args[n][1:], "-"), "=")
		n++
		f := flags.Lookup(name)
		if f == nil {
			return n, false
		}
		is, ok := f.Value.(interface{ IsBoolFlag() bool })
		switch isSwitch := ok && is.IsBoolFlag(); {
		case given:
		case isSwitch:
			value = "true"
		case n < len(args):
			value = args[n]
			n++
		}
		do(name, value)
	}
	return n, false
}

// exit is an error with an exit status of its own.
type exit struct {
	status int
	error
}

func (e *exit) Unwrap() error { return e.error }

func exitStatus(err error) int {
	if e, ok := errors.AsType[*exit](err); ok {
		return e.status
	}
	if err != nil {
		return 1
	}
	return 0
}

func usageError(format string, args ...any) error { return &exit{2, fmt.Errorf(format, args...)} }

// quoteShell quotes a word so that every shell reads it literally.
func quoteShell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// shellWord quotes a word from an untrusted source, such as a server, if a shell might interpret
// it.
func shellWord(s string) string {
	if s != "" && strings.Trim(s,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:/") == "" {
		return s
	}
	return quoteShell(s)
}
