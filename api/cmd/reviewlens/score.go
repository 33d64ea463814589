package main

import (
	"context"
	"flag"
	"io"

	"reviewlens/api/scoring"
	"reviewlens/reviews/table"
)

const scoreUsage = `usage: reviewlens score FILE [-o FILE] [flags]

Copies a file of reviews with three columns added: sentiment (positive, negative, unsure), positive (the probability)
and windows (how many pieces the text was scored in). Every row stays, in its place.
-predict-stars adds two more, for models that have them: stars (how many the text sounds like,
1.00 to 5.00) and name (positive, negative, unsure as before; neutral from 2.5 to 3.5 stars; mixed
where parts of the text are of both signs).
-topics adds one, for models that find them: what the text speaks of, as in
bass:negative; price:positive (it takes 1.7 times as long).
The model reads English: a text in another language, or without words, is unsure whatever its
probability, and counted apart.

FILE is CSV, TSV, JSON or an Excel workbook (the sheet with the reviews), in any common encoding, packed with gzip, zip or not;
- is stdin. ` + readingUsage + `
  reviewlens score reviews.csv -o scored.csv
  reviewlens score survey.tsv -text comment -title - -o scored.tsv
  reviewlens score hotels.csv -text liked,disliked -o scored.csv

The output is what the input was, unless -format or the name after -o says else. JSON lines are an object a row; from a
table all its cells are strings. A table from JSON lines has commas, UTF-8, and a column for every member.

  reviewlens score workbook.xlsx -o scored.csv
  reviewlens score export.jsonl.gz -o scored.jsonl.gz
  reviewlens score export.jsonl.gz -o scored.csv
  reviewlens score reviews.csv -format jsonl | grep '"sentiment":"negative"'

What -o names is replaced when all is written, and keeps its mode. A new file is no more readable than FILE. Links are
followed; a pipe or a device is written to. FILE itself is refused.

Exit status: 0 every row has a score, 1 it could not be done, 2 wrong command line, 3 some rows have no score
(they are listed), 130 interrupted. With 1, 2 and 130 no output is written; the scores that a stopped run had are kept beside
it (.scored.csv.resume), and the same command goes on where it was.
`

func score(ctx context.Context, c *call) error {
	flags := flag.NewFlagSet("score", flag.ContinueOnError)
	var s scored
	s.define(flags)
	format := flags.String("format", "",
		"`csv|jsonl` of the output (default: by the name after -o, else as the input)")
	escapeFormulas := flags.Bool("guard", false,
		"put an apostrophe before cells that a spreadsheet would run as a formula")
	topics := flags.Bool("topics", false,
		"say what each text speaks of, in a column more; it takes 1.7 times as long")
	rest, done, err := c.parse(flags, scoreUsage)
	if err != nil || done {
		return err
	}
	if *topics {
		s.topics.find = wanted
	}
	want := table.Format(*format)
	switch want {
	case table.CSV, table.JSONLines:
	case "":
		switch extension(s.output) {
		case ".csv":
			want = table.CSV
		case ".jsonl", ".ndjson":
			want = table.JSONLines
		}
	default:
		return usageError("-format is %q; want csv or jsonl", *format)
	}
	return s.run(ctx, c, rest, func(_ string, file *scoring.File) (writer, error) {
		if want == "" || want == file.Dialect.Format() {
			return func(ctx context.Context, w io.Writer, t *scoring.Table) error {
				return t.Annotate(ctx, w, *escapeFormulas)
			}, nil
		}
		return func(ctx context.Context, w io.Writer, t *scoring.Table) error {
			return t.Convert(ctx, w, *escapeFormulas)
		}, nil
	})
}
