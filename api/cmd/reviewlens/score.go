package main

import (
	"cmp"
	"context"
	"flag"
	"io"
	"path"
	"slices"
	"strings"

	"reviewlens/api/pack"
	"reviewlens/api/scoring"
	"reviewlens/api/unpack"
	"reviewlens/reviews/table"

	"github.com/parquet-go/parquet-go"
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

FILE is CSV, TSV, JSON, Parquet or an Excel workbook (the sheet with the reviews), in any common
encoding, packed with gzip, zip or not;
- is stdin. ` + readingUsage + `
  reviewlens score reviews.csv -o scored.csv
  reviewlens score survey.tsv -text comment -title - -o scored.tsv
  reviewlens score hotels.csv -text liked,disliked -o scored.csv

The output is what the input was, CSV of a workbook and JSON lines of any JSON, unless -format or
the name after -o says else. JSON lines are an object a row; from a table all its cells are strings.
A table from JSON lines has commas, UTF-8, and a column for every member.

  reviewlens score workbook.xlsx -o scored.csv
  reviewlens score export.jsonl.gz -o scored.jsonl.gz
  reviewlens score export.jsonl.gz -o scored.csv
  reviewlens score reviews.csv -format jsonl | grep '"sentiment":"negative"'

Parquet is written as well: the columns of a Parquet file keep their types, those of any other are
text. FILE and what -o names may be objects of S3 (region and credentials as AWS's own tools find
them). A prefix, or a pattern whose * stays within a folder, gives an object for each that it names;
the same command goes on with those that are not there yet, and its exit status is that of all.

  reviewlens score reviews.csv -o scored.parquet
  reviewlens score s3://bucket/may.parquet -o s3://bucket/may-scored.parquet
  reviewlens score s3://bucket/reviews/ -o s3://bucket/scored/
  reviewlens score 's3://bucket/reviews/2024-*.csv' -o s3://bucket/of-2024/ -format parquet

An object is copied to a temporary file first. It is made once all of it is written, and replaces
none. What was scored of it until then is kept in the user's cache.

What -o names is replaced when all is written, and keeps its mode. A new file is no more readable than FILE. Links are
followed; a pipe or a device is written to. FILE itself is refused.

Exit status: 0 every row has a score, 1 it could not be done, 2 wrong command line, 3 some rows have no score
(the first 100 are listed), 130 interrupted. With 1, 2 and 130 no output is written; the scores that a stopped run had are kept beside
it (.scored.csv.resume), and the same command goes on where it was.
`

func score(ctx context.Context, c *call) error {
	flags := flag.NewFlagSet("score", flag.ContinueOnError)
	var s scoreCommand
	s.define(flags)
	format := flags.String("format", "",
		"`csv|jsonl|parquet` of the output (default: by the name after -o, else as the input)")
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
	case "", table.CSV, table.JSONLines, parquetFormat:
	default:
		return usageError("-format is %q; want csv, jsonl or parquet", *format)
	}
	if want == "" {
		if _, err := scoreEndings.format(s.output, formatSettles); err != nil {
			return err
		}
	}
	s.rename = func(key string) (string, error) { return scoredKey(key, want) }
	return s.run(ctx, c, rest, func(of subject) (writer, error) {
		want, err := s.format(c, of, want)
		_, packed := unzipped(of.output)
		switch {
		case err != nil:
			return nil, err
		case *escapeFormulas && want != table.CSV:
			return nil, usageError("-guard is for files that spreadsheets run formulas of, and "+
				"the output is %s", want)
		case want == parquetFormat && packed:
			return nil, usageError("-o %s: a Parquet file is packed inside; name it without .gz",
				of.output)
		case want == parquetFormat:
			return func(ctx context.Context, w io.Writer, t *scoring.Table) error {
				typed, err := of.in.parquet(ctx)
				if err != nil {
					return err
				}
				return pack.Write(ctx, w, t, typed)
			}, nil
		case want == of.file.Dialect.Format():
			return func(ctx context.Context, w io.Writer, t *scoring.Table) error {
				return t.Annotate(ctx, w, *escapeFormulas)
			}, nil
		}
		return func(ctx context.Context, w io.Writer, t *scoring.Table) error {
			return t.Convert(ctx, w, *escapeFormulas)
		}, nil
	})
}

// format returns the output's format: asked if set, else that of its name, else the input's.
// Parquet is never printed on a terminal.
func (s *scoreCommand) format(c *call, of subject, requested table.Format) (table.Format, error) {
	has := of.file.Dialect.Format()
	named := formats[extension(of.output)]
	if requested != "" || named != "" {
		return cmp.Or(requested, named), nil
	}
	if of.output == s.output { // names below a prefix are derived from the inputs
		if err := checkEnding(of.output, has); err != nil {
			return "", err
		}
	}
	if _, shown := terminal(c.stdout); shown && of.output == "-" ||
		slices.Contains(delimited, extension(of.output)) {
		return has, nil
	}
	is, err := of.in.isParquet()
	if is {
		return parquetFormat, nil
	}
	return has, err
}

// parquetFormat is an output format in addition to those that package table writes.
const parquetFormat table.Format = "parquet"

// formats maps extensions to formats.
var formats = map[string]table.Format{".csv": table.CSV, ".jsonl": table.JSONLines,
	".ndjson": table.JSONLines, ".parquet": parquetFormat}

// delimited lists the extensions of text that is written as the input is.
var delimited = []string{".tsv", ".tab", ".txt"}

// scoreEndings lists the extensions that score writes.
var scoreEndings = endings{{".csv", "csv"}, {".tsv", ""}, {".tab", ""}, {".txt", ""},
	{".jsonl", "jsonl"}, {".ndjson", "jsonl"}, {".parquet", "parquet"}}

// scoredKey returns the output's name for an object below a prefix: the same, with another
// extension if -format requires it. For JSON the output is JSON lines.
func scoredKey(key string, want table.Format) (string, error) {
	is := extension(key)
	inside, packed := unzipped(key)
	switch {
	case want == "" && is == ".json":
		inside = strings.TrimSuffix(inside, path.Ext(inside)) + ".jsonl"
		if packed {
			inside += ".gz"
		}
		return inside, nil
	case want == formats[is] && want != "":
		return key, nil
	case want != "":
		return strings.TrimSuffix(inside, path.Ext(inside)) + "." + string(want), nil
	case formats[is] != "", slices.Contains(delimited, is):
		return key, nil
	}
	return "", usageError("%s: files of its kind are read, not written; say what is, with "+
		"-format csv, jsonl or parquet", key)
}

// isParquet reports whether the input is a Parquet file that is not inside another file.
func (in *input) isParquet() (bool, error) {
	if in.packed == nil {
		return false, nil
	}
	sample := make([]byte, 64)
	n, err := in.packed.ReadAt(sample, 0)
	if err == io.EOF {
		err = nil
	}
	return table.DetectForm("", sample[:n]) == table.Parquet, err
}

// parquet returns the input as a Parquet file, or nil if it is none or is inside another file.
func (in *input) parquet(ctx context.Context) (*parquet.File, error) {
	if in.packed == nil {
		return nil, nil
	}
	info, err := in.packed.Stat()
	if err != nil {
		return nil, err
	}
	return unpack.OpenParquet(ctx, in.packed, info.Size())
}
