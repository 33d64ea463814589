package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews/report"
	"reviewlens/reviews/table"
)

const reportUsage = `usage: reviewlens report FILE... [-o FILE] [flags]

Scores a file of reviews, as "reviewlens score" does, and writes what it says: how many are positive, whether that is
changing, why, whether the stars agree, which products stand out. Several files are read each in
its own way and reported together; a review that several have word for word counts as repeated.

  reviewlens report reviews.csv -o report.html
  reviewlens report workbook.xlsx -o report.html
  reviewlens report reviews.csv workbook.xlsx -o report.html

The report is one file that loads nothing: open it, print it, attach it to a mail. It quotes a few reviews. As JSON it is
the answer of the service's /v1/report:

  reviewlens report reviews.csv -o report.json
  reviewlens report reviews.csv -format json | python3 -m json.tool

` + readingUsage + `Name the columns that are guessed wrong, or - for none; two that hold one review are named together:

  reviewlens report survey.tsv -text comment -stars grade -date shipped -product - -o report.html
  reviewlens report hotels.csv -text liked,disliked -stars-of 10 -dayfirst -o report.html

Where the model finds topics (see "reviewlens topics -h"), the report has them; -topics my.json
with those of your own, -topics=false without.

Files that "reviewlens score" or Spark wrote have their scores: -scored takes those, in seconds, and
finds topics only where -topics asks for them.

  reviewlens report scored.parquet -scored -o report.html

FILE, and what -o names, may be an object of S3; FILE a prefix or a pattern, too, all of whose files
are reported together. Each is copied to a temporary file first.

  reviewlens report s3://bucket/reviews/ -o s3://bucket/reports/may.html

-predict-stars, for models that have them, adds how many stars the texts sound like, beside
those that were given.

Exit status: 0 every row has a score, 1 it could not be done, 2 wrong command line, 3 some rows have no score (they are
listed, and counted in the report), 130 interrupted. With 1, 2 and 130 no output is written; the scores that a stopped run had
are kept beside it (.report.html.resume), and the same command goes on where it was.
`

func reportCommand(ctx context.Context, c *call) error {
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	s := scoreCommand{many: true}
	s.define(flags)
	format := flags.String("format", "", "`html|json` of the output (default: json where the name after -o ends so, else html)")
	topics := flags.String("topics", "", "what the reviews speak of: true, false, or a `file` "+
		"with topics of your own, as JSON (default: where the model finds them)")
	flags.BoolVar(&s.given, "scored", false, "the files were scored: take their columns sentiment "+
		"and positive, and score nothing")
	sampleOf := flags.Int("sample-of", 0, "say that the files are a sample of so many `rows`")
	rest, done, err := c.parse(flags, reportUsage)
	if err != nil || done {
		return err
	}
	if s.topics, err = parseTopics(*topics); err != nil {
		return err
	}
	switch {
	case *sampleOf < 0:
		return usageError("-sample-of is %d; want a number of rows", *sampleOf)
	case s.given && s.stars:
		return usageError("-scored files have no stars to predict; leave -predict-stars out")
	case s.given && s.topics.find == whereFound:
		s.topics.find = unwanted // topics would run a model
	}
	want := *format
	if want == "" {
		if want, err = reportEndings.format(s.output, formatSettles); err != nil {
			return err
		}
	}
	if want = cmp.Or(want, "html"); want != "html" && want != "json" {
		return usageError("-format is %q; want html or json", want)
	}
	return s.run(ctx, c, rest, func(of subject) (writer, error) {
		if *sampleOf > 0 {
			rows, err := countRows(ctx, of.files)
			if err != nil {
				return nil, interrupted(ctx, err)
			}
			if rows > int64(*sampleOf) {
				return nil, usageError("-sample-of is %d, and there are %d rows; want how many "+
					"these were chosen from", *sampleOf, rows)
			}
		}
		return func(ctx context.Context, w io.Writer, t *scoring.Table) error {
			r, err := t.Report(ctx)
			if err != nil {
				return err
			}
			for _, named := range unread(s.reading.options, r) {
				fmt.Fprintf(c.stderr, "%s: %s\n", of.name, named)
			}
			printUnused(c.stderr, r)
			r.SampleOf = *sampleOf
			if want == "json" {
				e := json.NewEncoder(w)
				e.SetEscapeHTML(false)
				return e.Encode(r)
			}
			return report.Write(w, report.About{Name: filepath.Base(of.name), Made: time.Now()}, *r)
		}, nil
	})
}

var reportEndings = endings{{".html", "html"}, {".htm", "html"}, {".json", "json"}}

// unread returns messages on columns that were named but contain no such values.
func unread(options table.Options, r *wire.Report) (out []string) {
	stars := 0
	for _, s := range r.Stars {
		stars += s.Rows
	}
	if options.Stars != "" && options.Stars != "-" && stars == 0 {
		out = append(out, fmt.Sprintf("no row has from one to five stars in %q", r.Columns.Stars))
	}
	if options.Date != "" && options.Date != "-" && r.Unit == "" {
		out = append(out, fmt.Sprintf("no row has a date in %q", r.Columns.Date))
	}
	return out
}
