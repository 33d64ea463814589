package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"reviewlens/api/compare"
	"reviewlens/api/infer"
	"reviewlens/api/model"
	"reviewlens/api/model/store"
	"reviewlens/api/scoring"
)

const compareUsage = `usage: reviewlens models compare FILE -a MODEL -b MODEL [flags]

Scores the reviews of a file with two models and tells what would change if B replaced A: how many
reviews change their name, which model agrees more often with the stars, calibration, speed and size
of both, and the reviews that change most. Corrections that the page saved are counted beside the
stars.

  reviewlens models compare reviews.csv -a default -b FOLDER
  reviewlens models compare reviews.csv -store s3://bucket/models -a current -b ID -o compare.html
  reviewlens models compare reviews.csv -a old -b new -stars overall -o compare.json
  reviewlens models compare reviews.csv -b new -corrections reviews-corrections.jsonl

A MODEL is "default" (the one inside the program), a folder, or with -store an id of that store,
"current" or "previous". Output is text; with -o NAME.html a page to print or send, with -o NAME.json
all figures and the sums they come from.
`

func compareModels(ctx context.Context, c *call) error {
	flags := flag.NewFlagSet("models compare", flag.ContinueOnError)
	var f compareFlags
	f.define(flags)
	rest, done, err := c.parse(flags, compareUsage)
	if err != nil || done {
		return err
	}
	if len(rest) != 1 {
		return usageError("models compare takes one file; got %d", len(rest))
	}
	if f.b == "" {
		return usageError("-b is missing: the model to compare with %s", f.a)
	}
	write, err := compareWriter(f.format, f.file.output)
	if err != nil {
		return err
	}
	var corrections compare.Corrections
	if f.corrections != "" {
		if corrections, err = readCorrections(f.corrections); err != nil {
			return err
		}
	}
	return f.run(ctx, c, rest[0], corrections, write)
}

// compareFlags holds the flags of models compare.
type compareFlags struct {
	file                scoreCommand // only its output and reading have flags
	a, b, store         string
	corrections, format string
	library, cache      string
}

func (f *compareFlags) define(flags *flag.FlagSet) {
	f.file.defineOutput(flags)
	f.file.reading.define(flags)
	flags.StringVar(&f.a, "a", "default", "the `model` that is served")
	flags.StringVar(&f.b, "b", "", "the `model` that may replace it")
	flags.StringVar(&f.store, "store", "",
		"`store` of models whose ids -a and -b name: a folder or s3://bucket/prefix")
	flags.StringVar(&f.corrections, "corrections", "",
		"`file` of corrections that the page saved: what people said of reviews of FILE")
	flags.StringVar(&f.format, "format", "",
		"`text|html|json` of the output (default: by the name after -o, else text)")
	defineLibrary(flags, &f.library)
	defineCache(flags, &f.cache)
}

// run scores the reviews of source with both models and writes the comparison.
func (f *compareFlags) run(ctx context.Context, c *call, source string,
	corrections compare.Corrections, write func(*compare.Report, io.Writer) error) (err error) {
	out, err := c.openOutput(ctx, f.file.output, sourceInfo(source, c.stdin),
		sourceInfo(f.corrections, c.stdin))
	if err != nil {
		return interrupted(ctx, err)
	}
	defer func() { err = errors.Join(err, out.close()) }()
	in, file, err := f.file.openFile(ctx, c, source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close()) }()

	var models *store.Store
	if f.store != "" {
		if models, err = openStore(ctx, f.store, f.cache, "", slog.Default()); err != nil {
			return err
		}
		defer models.Close()
	}
	var sides [2]compare.Side
	for i, name := range []string{f.a, f.b} {
		e, close, err := f.openEngine(ctx, models, name)
		if err != nil {
			return interrupted(ctx, err)
		}
		defer close()
		sides[i] = compare.Side{Name: name, Engine: e}
	}
	bar := newBar(c.stderr, func() (int64, error) {
		rows, err := countRows(ctx, []*scoring.File{file})
		return 2 * rows, err
	})
	report, err := compare.Files(ctx, in.name, file, sides[0], sides[1], corrections,
		func(rows int) { bar.Add(rows) })
	if err != nil {
		return interrupted(ctx, fmt.Errorf("%s: %w", in.name, err))
	}
	bar.Finish()
	return out.write(func(w io.Writer) error { return write(report, w) })
}

func readCorrections(name string) (compare.Corrections, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	corrections, err := compare.ReadCorrections(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return corrections, nil
}

// compareWriter returns the writer for format or, if it is empty, for the extension of the output.
func compareWriter(format, output string) (func(*compare.Report, io.Writer) error, error) {
	if format == "" {
		var err error
		if format, err = compareEndings.format(output, formatSettles); err != nil {
			return nil, err
		}
	}
	switch format {
	case "", "text":
		return (*compare.Report).WriteText, nil
	case "html":
		return (*compare.Report).WriteHTML, nil
	case "json":
		return func(r *compare.Report, w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetEscapeHTML(false)
			return e.Encode(r)
		}, nil
	}
	return nil, usageError("-format is %q; want text, html or json", format)
}

var compareEndings = endings{{".txt", "text"}, {".html", "html"}, {".htm", "html"},
	{".json", "json"}}

// openEngine opens the engine of the model that -a or -b names. models is the store of -store, or
// nil.
func (f *compareFlags) openEngine(ctx context.Context, models *store.Store,
	name string) (*infer.Engine, func(), error) {
	var m *model.Model
	free := func() {}
	var err error
	switch {
	case name == "default":
		m, err = model.Default()
	case models != nil && !filepath.IsAbs(name) && filepath.Base(name) == name:
		id := name
		if name == "current" || name == "previous" {
			p, err := models.Current(ctx)
			if err != nil {
				return nil, nil, err
			}
			if id = p.ID; name == "previous" {
				id = p.Previous
			}
			if id == "" {
				return nil, nil, fmt.Errorf("%s has no %s model", models, name)
			}
		}
		m, free, err = models.Load(ctx, id)
	default:
		if _, absent := os.Stat(name); absent != nil && model.IsID(name) {
			return nil, nil, usageError("%s is the id of a model; name its store with -store", name)
		}
		m, err = model.Open(name)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("model %s: %w", name, err)
	}
	e, err := infer.Open(ctx, m, infer.Options{Library: f.library})
	if err != nil {
		free()
		return nil, nil, fmt.Errorf("model %s: %w", name, err)
	}
	return e, func() { e.Close(); free() }, nil
}
