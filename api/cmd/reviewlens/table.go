package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"reviewlens/api/scoring"
	"reviewlens/reviews/table"
)

const tableUsage = `usage: reviewlens table FILE [-o FILE]

Writes the table in a file as it is understood: how it is encoded, where fields and records end, which
quotes are text. The output is plain CSV (RFC 4180): UTF-8, commas, CRLF. What any program reads then is
what "reviewlens score" reads.

  reviewlens table reviews.csv -o clean.csv
  reviewlens table workbook.xlsx | head -3

` + readingUsage + `
  reviewlens table workbook.xlsx -sheet Sheet1 -header-rows 1 -o clean.csv

Rows keep the number of fields that they have in the file. Of several header rows, the names are
joined with a blank. Nothing is scored, and no model is loaded.

Exit status: 0 done, 1 it could not be done, 2 wrong command line, 3 some rows could not be read and are
left out (the first 100 are listed), 130 interrupted. With 1, 2 and 130 no output is written.
`

func tableCommand(ctx context.Context, c *call) (err error) {
	flags := flag.NewFlagSet("table", flag.ContinueOnError)
	output := flags.String("o", "-", "`file` to write; - is stdout, and .gz packs it")
	var reading readingFlags
	reading.define(flags)
	rest, done, err := c.parse(flags, tableUsage)
	if err != nil || done {
		return err
	}
	if len(rest) != 1 {
		return usageError("table takes one file, or - for stdin; got %d", len(rest))
	}
	if _, err := tableEndings.format(*output, ""); err != nil {
		return err
	}
	out, err := c.openOutput(ctx, *output, sourceInfo(rest[0], c.stdin))
	if err != nil {
		return interrupted(ctx, err)
	}
	defer func() { err = errors.Join(err, out.close()) }()
	in, err := c.open(ctx, rest[0])
	if err == nil {
		err = in.unpack(ctx, c.stderr, reading)
	}
	if err != nil {
		return interrupted(ctx, err)
	}
	defer func() { err = errors.Join(err, in.close()) }()
	options := in.options(reading.options)
	d, err := in.sniff(ctx, options)
	if table.IsEmpty(err) {
		fmt.Fprintf(c.stderr, "%s is empty, and so is the output\n", in.name)
		return out.write(func(io.Writer) error { return nil })
	}
	if err == nil {
		err = in.reportReading(ctx, c.stderr, d, options)
	}
	if err != nil {
		return interrupted(ctx, fmt.Errorf("%s: %w", in.name, asFlags(err)))
	}
	var repaired, skipped scoring.Notes
	err = out.write(func(w io.Writer) error {
		return table.WritePlain(w, table.NewContextReader(ctx, in.all()), d, func(r table.Record) {
			if e := r.Err; e != nil {
				skipped.Add(scoring.Note{Index: e.Record - 1, Line: e.Line, What: e.Detail})
			} else {
				repaired.Add(scoring.Note{Index: r.Index, Line: r.Line, What: r.Repaired})
			}
		})
	})
	list(c.stderr, repaired, "repaired")
	list(c.stderr, skipped, "left out")
	switch {
	case err != nil:
		return out.interrupted(ctx, fmt.Errorf("%s: %w", *output, err))
	case skipped.Rows > 0:
		return &exit{3, fmt.Errorf("%d rows of %s could not be read and are left out",
			skipped.Rows, in.name)}
	}
	return nil
}

var tableEndings = endings{{".csv", "csv"}, {".tsv", "csv"}, {".txt", "csv"}}

// sniff detects the file's dialect; for JSON lines the columns are the members of all lines.
func (in *input) sniff(ctx context.Context, options table.Options) (table.Dialect, error) {
	size, err := table.SizeOf(in.file)
	if err != nil {
		return table.Dialect{}, err
	}
	sample, whole, err := table.Sample(in.file, size)
	if err != nil {
		return table.Dialect{}, err
	}
	d, err := table.Sniff(sample, whole)
	if err == nil {
		d, err = table.Place(options, sample, whole, d)
	}
	if err == nil && d.Keys != nil {
		d.Keys, err = table.Keys(in.all(), d)
	}
	if err != nil {
		return d, err
	}
	return table.Tail(ctx, in.file, size, d)
}

// reportReading prints how the file is read or, with -strict, returns an error for any doubt.
func (in *input) reportReading(ctx context.Context, to io.Writer, d table.Dialect,
	options table.Options) error {
	size, err := table.SizeOf(in.file)
	if err != nil {
		return err
	}
	options.Dialect = &d
	reading, err := table.Open(ctx, in.file, size, options)
	if err != nil {
		return err
	}
	if options.Strict {
		return (&scoring.File{Source: in.file, Reading: *reading}).RequireCertain(ctx)
	}
	printReading(to, in.name, reading)
	return nil
}

// all returns a reader of the file from its start.
func (in *input) all() io.Reader { return io.NewSectionReader(in.file, 0, 1<<62) }
