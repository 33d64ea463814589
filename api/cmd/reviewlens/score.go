package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"reviewlens/api/infer"
	"reviewlens/api/scoring"
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
(they are listed), 130 interrupted. With 1, 2 and 130 no output is written; the scores that a stopped run had are kept beside
it (.scored.csv.resume), and the same command goes on where it was.
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
	table, err := scoring.Open(in.file, *column, *title)
	if err != nil {
		return fmt.Errorf("%s: %w", in.name, err)
	}
	for _, doubt := range table.Doubts() {
		fmt.Fprintf(stderr, "%s: %s\n", in.name, doubt)
	}
	e, err := engine.open(ctx)
	if err != nil {
		return interrupted(ctx, err)
	}
	defer func() { err = errors.Join(err, e.Close()) }()

	scorer, keep, err := resume(e, *output, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, keep(err == nil || exitStatus(err) == 3)) }()

	begun := time.Now()
	bar := progress(table, stderr)
	scores := scoring.NewTable(scorer, table, 0, func(rows int) { bar.Add(rows) })
	if err := scores.Score(ctx); err != nil {
		return interrupted(ctx, fmt.Errorf("%s: %w", in.name, err))
	}
	bar.Finish()
	write := func(w io.Writer) error { return scores.Annotate(ctx, w, *guard) }
	if strings.HasSuffix(*output, ".gz") {
		write = zipped(write)
	}
	if err := writeWhole(*output, stdout, write); err != nil {
		return interrupted(ctx, fmt.Errorf("%s: %w", *output, err))
	}
	return report(stderr, in.name, scores, e.Model().Windows.Max, time.Since(begun))
}

// interrupted says so where that, and nothing else, is why.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return &exit{130, errors.New("interrupted; no output was written")}
	}
	return err
}

// resume keeps scores beside the output until it is written, so that a run which was stopped goes on when it is asked for
// again. What goes to stdout keeps none. done ends the keeping; after a whole output there is nothing to keep.
func resume(e *infer.Engine, output string, stderr io.Writer) (scorer scoring.Engine, done func(whole bool) error, err error) {
	if output == "-" {
		return e, func(bool) error { return nil }, nil
	}
	name := filepath.Join(filepath.Dir(output), "."+filepath.Base(output)+".resume")
	j, err := scoring.OpenJournal(e, name)
	if err != nil {
		return nil, nil, err
	}
	if j.Known > 0 {
		fmt.Fprintf(stderr, "going on: %d scores are kept from a run that was stopped\n", j.Known)
	}
	return j, func(whole bool) error {
		err := j.Close()
		if whole {
			return os.Remove(name)
		}
		fmt.Fprintf(stderr, "the scores so far are kept in %s; the same command goes on where it was\n", name)
		return err
	}, nil
}

// progress draws a bar where someone sees it. Counting the rows first costs a hundredth of scoring them.
func progress(f *scoring.File, stderr io.Writer) *progressbar.ProgressBar {
	silent := progressbar.DefaultSilent(math.MaxInt64) // of unknown length it would start a spinner that races with Add
	terminal, ok := stderr.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return silent
	}
	rows := int64(0)
	if err := f.Each("{text}", func(reviews.Record, []byte) error { rows++; return nil }); err != nil {
		return silent // the pass that scores meets it too, and tells
	}
	return progressbar.NewOptions64(rows, progressbar.OptionSetWriter(stderr), progressbar.OptionSetItsString("reviews"),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(30))
}

// input is a file of reviews that can be read from its start again and again.
type input struct {
	name  string
	file  *os.File
	close func() error
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

// maxListed bounds the list of rows without a score; a file of blank rows should not scroll for minutes.
const maxListed = 100

// report says what became of the rows. Rows without a score are an error of their own status: the output is
// whole, but whoever counts on a score in each row must know.
func report(stderr io.Writer, name string, t *scoring.Table, maxWindows int, took time.Duration) error {
	s := t.Summary()
	fmt.Fprintf(stderr, "%s: %d of %d rows scored in %.1f s: %d positive, %d negative, %d unsure\n", name, s.Scored, s.Rows, took.Seconds(),
		s.Positive, s.Negative, s.Unsure)
	if share := reviews.Wilson(s.Positive, s.Scored); s.Scored > 0 {
		fmt.Fprintf(stderr, "%.1f%% are positive (95%% interval %.1f%% to %.1f%%)\n", 100*share.Share, 100*share.Low, 100*share.High)
	}
	if s.Cut > 0 {
		fmt.Fprintf(stderr, "%d rows are so long that only their first %d windows were scored\n", s.Cut, maxWindows)
	}
	unscored := t.Unscored()
	for i, u := range unscored {
		if i == maxListed {
			fmt.Fprintf(stderr, "and %d more without a score\n", len(unscored)-maxListed)
			break
		}
		fmt.Fprintf(stderr, "row %d (line %d): %s\n", u.Index+1, u.Line, u.Why)
	}
	if n := len(unscored); n > 0 {
		return &exit{3, fmt.Errorf("%d of %d rows have no score", n, s.Rows)}
	}
	return nil
}
