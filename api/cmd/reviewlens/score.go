package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"reviewlens/reviews"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

const scoreUsage = `usage: reviewlens score FILE [-o FILE] [flags]

Copies a file of reviews (CSV, TSV or JSON lines, any common encoding, gzip or not; or the first sheet of a workbook, as CSV) with three columns added: sentiment (positive,
negative, unsure), positive (the probability) and windows (how many pieces the text was scored in). Every
row stays, in its place. FILE may be - for stdin.

  reviewlens score reviews.csv -o scored.csv
  reviewlens score survey.tsv -column comment -title - -o scored.tsv
  reviewlens score export.jsonl.gz -o scored.jsonl.gz
  reviewlens score workbook.xlsx -o scored.csv

Exit status: 0 every row has a score, 1 it could not be done, 2 wrong command line, 3 some rows have no score
(they are listed), 130 interrupted. With 1, 2 and 130 nothing is written.
`

func score(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("score", flag.ContinueOnError)
	output := flags.String("o", "-", "`file` to write; - is stdout")
	column := flags.String("column", "", "`name` (or number, from 1) of the column with the review text (default: guessed)")
	title := flags.String("title", "", "`name` (or number) of the column with the title; - for none (default: guessed)")
	guard := flags.Bool("guard", false, "put an apostrophe before cells that a spreadsheet would run as a formula")
	var engine engineFlags
	engine.define(flags)
	rest, done, err := parse(flags, args, scoreUsage, stdout)
	if err != nil || done {
		return err
	}
	if len(rest) != 1 {
		return usageError("score takes one file, or - for stdin; got %d", len(rest))
	}

	in, err := open(rest[0], stdin)
	if err == nil {
		err = in.unpack()
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	in.guard = *guard
	if err := in.understand(*column, *title); err != nil {
		return fmt.Errorf("%s: %w", in.name, err)
	}
	e, err := engine.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()

	in.join = e.Model().Manifest.Join

	begun := time.Now()
	t := newTable(e, progress(in, stderr))
	if err := in.each(func(r reviews.Record, text []byte) error { return t.add(ctx, r, text) }); err != nil {
		t.busy.Wait()
		return interrupted(ctx, fmt.Errorf("%s: %w", in.name, err))
	}
	if err := t.wait(ctx); err != nil {
		return interrupted(ctx, err)
	}
	t.bar.Finish()
	if len(t.rows) == 0 {
		return fmt.Errorf("%s: there is a header but no row below it", in.name)
	}
	write := func(w io.Writer) error { return in.annotate(ctx, w, t) }
	if strings.HasSuffix(*output, ".gz") {
		write = zipped(write)
	}
	if err := writeWhole(*output, stdout, write); err != nil {
		return interrupted(ctx, fmt.Errorf("%s: %w", *output, err))
	}
	return t.report(stderr, in, time.Since(begun))
}

// interrupted says so where that, and nothing else, is why.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return &exit{130, errors.New("interrupted; no output was written")}
	}
	return err
}

// progress draws a bar where someone sees it. Counting the rows first costs a hundredth of scoring them.
func progress(in *input, stderr io.Writer) *progressbar.ProgressBar {
	silent := progressbar.DefaultSilent(math.MaxInt64) // of unknown length it would start a spinner that races with Add
	f, ok := stderr.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return silent
	}
	rows := int64(0)
	if err := in.each(func(reviews.Record, []byte) error { rows++; return nil }); err != nil {
		return silent // the pass that scores meets it too, and tells
	}
	return progressbar.NewOptions64(rows, progressbar.OptionSetWriter(stderr), progressbar.OptionSetItsString("reviews"),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(30))
}

// input is a file of reviews that can be read from its start again and again.
type input struct {
	name        string
	file        *os.File
	close       func() error
	dialect     reviews.Dialect
	text, title int // columns; title -1 for none
	guard       bool
	join        string
}

func open(name string, stdin io.Reader) (*input, error) {
	if name == "-" {
		f, remove, err := spool(stdin)
		if err != nil {
			return nil, fmt.Errorf("stdin: %w", err)
		}
		return &input{name: "stdin", file: f, close: remove}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder; name a file in it", name)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if info.Mode().IsRegular() {
		return &input{name: name, file: f, close: f.Close}, nil
	}
	spooled, remove, err := spool(f) // a pipe, say
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &input{name: name, file: spooled, close: remove}, nil
}

// understand guesses how the file is written and where its text is, unless that is said.
func (in *input) understand(column, title string) error {
	sample := make([]byte, reviews.SniffBytes)
	n, err := in.file.ReadAt(sample, 0)
	if err != nil && err != io.EOF {
		return err
	}
	if in.dialect, err = reviews.Sniff(sample[:n], err == io.EOF); err != nil {
		return err
	}
	header, rows, err := in.head()
	if err != nil {
		return err
	}
	guess := reviews.GuessColumns(header, rows)
	in.text, in.title = guess.Text, guess.Title
	names := header
	if names == nil && len(rows) > 0 {
		names = slices.Repeat([]string{""}, len(rows[0]))
	}
	if column != "" {
		if in.text, err = find(column, names); err != nil {
			return err
		}
	}
	if in.text < 0 {
		return fmt.Errorf("no column looks like review text; name one with -column; %s", list(names))
	}
	switch title {
	case "":
	case "-":
		in.title = -1
	default:
		if in.title, err = find(title, names); err != nil {
			return err
		}
	}
	if in.title == in.text {
		in.title = -1
	}
	return nil
}

// head reads the header, nil if there is none, and the rows by which columns are guessed.
func (in *input) head() (header []string, rows [][]string, err error) {
	r := reviews.NewReader(io.NewSectionReader(in.file, 0, 1<<62), in.dialect)
	if in.dialect.Header {
		if header, err = r.Header(); err != nil {
			return nil, nil, err
		}
	}
	for len(rows) < 100 {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		row := make([]string, len(record.Fields))
		for i, f := range record.Fields {
			row[i] = string(f)
		}
		rows = append(rows, row)
	}
	return header, rows, nil
}

// find gives the index of the column of that name, or else of that number.
func find(name string, names []string) (int, error) {
	if i := slices.Index(names, name); i >= 0 {
		return i, nil
	}
	if i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(strings.TrimSpace(n), name) }); i >= 0 {
		return i, nil
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(names) {
		return n - 1, nil
	}
	return 0, fmt.Errorf("no column %q; %s", name, list(names))
}

func list(names []string) string {
	shown := make([]string, len(names))
	for i, n := range names {
		if shown[i] = strings.TrimSpace(n); shown[i] == "" {
			shown[i] = strconv.Itoa(i + 1)
		}
	}
	if len(shown) > 30 {
		shown = append(shown[:30], fmt.Sprintf("and %d more", len(names)-30))
	}
	return "columns are " + strings.Join(shown, ", ")
}

// each reads the file from its start and gives every record and its text, which is valid during the call.
func (in *input) each(do func(r reviews.Record, text []byte) error) error {
	r := reviews.NewReader(io.NewSectionReader(in.file, 0, 1<<62), in.dialect)
	var joined []byte
	field := func(fields [][]byte, i int) []byte {
		if i < 0 || i >= len(fields) {
			return nil
		}
		return fields[i]
	}
	for {
		record, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		joined = reviews.Join(joined[:0], in.join, field(record.Fields, in.title), field(record.Fields, in.text))
		if err := do(record, joined); err != nil {
			return err
		}
	}
}
