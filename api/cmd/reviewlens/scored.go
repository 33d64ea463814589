package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"reviewlens/api/infer"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews/findings"
	"reviewlens/reviews/report"
	"reviewlens/reviews/stats"
	"reviewlens/reviews/table"
)

// scoreCommand is the common part of score, report and topics: it reads and scores files of
// reviews, then writes an output.
type scoreCommand struct {
	output  string
	many    bool // accepts several files
	stars   bool // predicted
	topics  topicsOption
	reading readingFlags
	engine  engineFlags
	given   bool // the files contain their scores

	// maps an input's name to an output's, both below a prefix; nil: not supported
	rename func(key string) (string, error)
}

func (s *scoreCommand) define(flags *flag.FlagSet) {
	s.defineOutput(flags)
	s.reading.define(flags)
	s.engine.define(flags)
	flags.BoolVar(&s.stars, "predict-stars", false, predictStarsUsage)
}

func (s *scoreCommand) defineOutput(flags *flag.FlagSet) {
	flags.StringVar(&s.output, "o", "-", "`file` to write; - is stdout, and .gz packs it")
}

const predictStarsUsage = "say how many stars a text sounds like, and name it by them: neutral, " +
	"mixed"

// writer writes the output of a scored table.
type writer func(ctx context.Context, w io.Writer, table *scoring.Table) error

// subject is the input to be scored: one file, or the first of several.
type subject struct {
	name   string // of all files
	output string
	in     *input
	file   *scoring.File
	files  []*scoring.File // all files
}

// chooser selects the writer for a file once its kind is known.
type chooser func(subject) (writer, error)

// opener opens an engine; close is called when it is no longer needed.
type opener func(context.Context) (e *infer.Engine, close func() error, err error)

// resumer wraps an engine, so that texts whose scores are known are not scored again.
type resumer func(*infer.Engine) (scoring.Engine, error)

// run scores the files and writes the output, all or nothing. For an S3 prefix or pattern it writes
// one output per file, unless the command combines many files in one.
func (s *scoreCommand) run(ctx context.Context, c *call, names []string,
	choose chooser) (err error) {
	switch {
	case s.many && len(names) == 0:
		return usageError("%s takes a file or several, or - for stdin", c.flags.Name())
	case !s.many && len(names) != 1:
		return usageError("%s takes one file, or - for stdin; got %d", c.flags.Name(), len(names))
	}
	if err := s.checkPlaces(names); err != nil {
		return err
	}
	if !s.many && manyObjects(names[0]) {
		return s.runEach(ctx, c, names[0], choose)
	}
	var files []string
	for _, name := range names {
		if !manyObjects(name) {
			files = append(files, name)
			continue
		}
		a, _ := parsePlace(name)
		found, err := c.expand(ctx, name)
		if err != nil {
			return interrupted(ctx, err)
		}
		for _, o := range found {
			files = append(files, place{a.bucket, o.Key}.String())
		}
	}
	return s.scoreOnce(ctx, c, files, s.open, choose)
}

// scoreOnce scores files and writes one output.
func (s *scoreCommand) scoreOnce(ctx context.Context, c *call, files []string, open opener,
	choose chooser) (err error) {
	var sources []fs.FileInfo
	for _, name := range files {
		sources = append(sources, sourceInfo(name, c.stdin))
	}
	if s.topics.file != "" {
		sources = append(sources, sourceInfo(s.topics.file, nil))
	}
	out, err := c.openOutput(ctx, s.output, sources...)
	if err != nil {
		return interrupted(ctx, err)
	}
	defer func() { err = errors.Join(err, out.close()) }()
	resume, done, err := openResume(out, c.stderr)
	if err != nil {
		return err
	}
	written := false
	defer func() { err = errors.Join(err, done(written)) }()
	of, closeFiles, err := s.openFiles(ctx, c, files)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeFiles()) }()
	write, err := choose(of)
	if err != nil {
		return err
	}
	e, closeEngine, err := open(ctx)
	if err != nil {
		return interrupted(ctx, err)
	}
	defer func() { err = errors.Join(err, closeEngine()) }()
	if s.given {
		resume = takeScores(ctx, c.stderr, of.files)
	}
	scorer, err := resume(e)
	if err != nil {
		return interrupted(ctx, err)
	}
	start := time.Now()
	t, err := s.score(ctx, c.stderr, e, scorer, of)
	if err != nil {
		return err
	}
	if err := out.write(func(w io.Writer) error { return write(ctx, w, t) }); err != nil {
		return out.interrupted(ctx, fmt.Errorf("%s: %w", s.output, err))
	}
	written = true
	return summarize(c.stderr, of.name, t, e.Model().Windows.Max, time.Since(start))
}

// openFiles opens the files to be scored. close closes them, the last one first.
func (s *scoreCommand) openFiles(ctx context.Context, c *call, names []string) (of subject,
	close func() error, err error) {
	of.output = s.output
	var opened []*input
	close = func() (err error) {
		for _, in := range slices.Backward(opened) {
			err = errors.Join(err, in.close())
		}
		return err
	}
	for _, name := range names {
		in, file, err := s.openFile(ctx, c, name)
		if err != nil {
			return subject{}, nil, errors.Join(err, close())
		}
		opened = append(opened, in)
		if len(names) > 1 {
			file.Name = in.name
		}
		of.files = append(of.files, file)
	}
	of.in, of.file, of.name = opened[0], of.files[0], opened[0].name
	if len(names) > 1 {
		of.name = together(of.files)
	}
	return of, close, nil
}

// score scores all rows with scorer, which is e or a wrapper of it, and shows a progress bar.
func (s *scoreCommand) score(ctx context.Context, stderr io.Writer, e *infer.Engine,
	scorer scoring.Engine, of subject) (*scoring.Table, error) {
	bar := newBar(stderr, func() (int64, error) { return countRows(ctx, of.files) })
	t := scoring.NewTableOf(scorer, of.files, 0, func(rows int) { bar.Add(rows) })
	if err := t.PredictStars(s.stars); err != nil {
		return nil, err
	}
	if err := s.topics.enable(stderr, e, t); err != nil {
		return nil, err
	}
	if err := t.Score(ctx); err != nil {
		return nil, interrupted(ctx, fmt.Errorf("%s: %w", of.name, err))
	}
	bar.Finish()
	return t, nil
}

// countRows counts the rows of files, which takes a hundredth of the time of scoring.
func countRows(ctx context.Context, files []*scoring.File) (rows int64, err error) {
	for _, file := range files {
		if err := file.Each(ctx, "{text}",
			func(table.Record, []byte) error { rows++; return nil }); err != nil {
			return rows, err
		}
	}
	return rows, nil
}

// takeScores returns a resumer that reads the scores contained in files.
func takeScores(ctx context.Context, stderr io.Writer, files []*scoring.File) resumer {
	return func(e *infer.Engine) (scoring.Engine, error) {
		given := scoring.NewGiven(e)
		return given, readGiven(ctx, stderr, given, files)
	}
}

// readGiven reads the scores contained in files.
func readGiven(ctx context.Context, stderr io.Writer, given *scoring.Given,
	files []*scoring.File) error {
	for _, file := range files {
		if err := given.Read(ctx, file); err != nil {
			if file.Name != "" {
				err = fmt.Errorf("%s: %w", file.Name, err)
			}
			return err
		}
	}
	if given.Missing > 0 {
		fmt.Fprintf(stderr, "%d rows have a text and no score; they are counted as without a "+
			"text\n", given.Missing)
	}
	if given.Differing > 0 {
		fmt.Fprintf(stderr, "%d rows have another score than an equal text before them, as CPUs "+
			"of two kinds give it; the first one counts for all\n", given.Differing)
	}
	return nil
}

// open opens the engine that the flags select.
func (s *scoreCommand) open(ctx context.Context) (*infer.Engine, func() error, error) {
	e, err := s.engine.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	return e, e.Close, nil
}

// together returns a name for several files.
func together(files []*scoring.File) string {
	first := filepath.Base(files[0].Name)
	if len(files) == 2 {
		return first + " and " + filepath.Base(files[1].Name)
	}
	return fmt.Sprintf("%s and %d more files", first, len(files)-1)
}

// openFile opens the file to be scored and prints how it is read. The caller must close in.
func (s *scoreCommand) openFile(ctx context.Context, c *call, name string) (in *input,
	file *scoring.File,
	err error) {
	in, err = c.open(ctx, name)
	if err != nil {
		return nil, nil, interrupted(ctx, err)
	}
	if err = in.unpack(ctx, c.stderr, s.reading); err == nil {
		if file, err = scoring.Open(ctx, in.file, in.options(s.reading.options)); err != nil {
			err = fmt.Errorf("%s: %w", in.name, asFlags(err))
		}
	}
	if err != nil {
		return nil, nil, errors.Join(interrupted(ctx, err), in.close())
	}
	printReading(c.stderr, in.name, &file.Reading)
	return in, file, nil
}

// unzipped returns the name without .gz, and whether it had that extension.
func unzipped(name string) (inside string, packed bool) {
	const ending = ".gz"
	if n := len(name) - len(ending); n >= 0 && strings.EqualFold(name[n:], ending) {
		return name[:n], true
	}
	return name, false
}

// extension returns a name's extension in lower case, ignoring .gz. It returns "" for no extension,
// for digits only, as in reviews-2024.05, and for more letters than any format has, as mktemp
// creates.
func extension(name string) string {
	const longest = len(".parquet")
	name, _ = unzipped(name)
	is := strings.ToLower(filepath.Ext(name))
	if len(is) < 2 || len(is) > longest || strings.Trim(is[1:], "0123456789") == "" ||
		len(is) == len(name) || os.IsPathSeparator(name[len(name)-len(is)-1]) {
		return ""
	}
	return is
}

// interrupted replaces err by an exit status of 130 if it was caused by an interrupt.
func interrupted(ctx context.Context, err error) error {
	if isInterrupt(ctx, err) {
		return &exit{130, errors.New("interrupted; no output was written")}
	}
	return err
}

// isInterrupt reports whether err was caused by an interrupt.
func isInterrupt(ctx context.Context, err error) bool {
	return ctx.Err() != nil && errors.Is(err, context.Canceled)
}

// openResume opens the file that stores scores until the output is complete, so that running the
// command again resumes: next to the output or, for an S3 object, in the user's cache; a stream has
// none. It fails if another run with the same output holds its lock. done closes the file, and
// deletes it if the output was written.
func openResume(out *output, stderr io.Writer) (resume resumer, done func(written bool) error,
	err error) {
	if out.stream != nil {
		return func(e *infer.Engine) (scoring.Engine, error) { return e, nil },
			func(bool) error { return nil }, nil
	}
	name, err := resumeName(out)
	if err != nil {
		return nil, nil, err
	}
	j, err := scoring.OpenJournal(name)
	switch {
	case errors.Is(err, scoring.ErrJournalInUse):
		return nil, nil, fmt.Errorf("another run is writing %s (it has locked %s); wait for it, "+
			"or name another output", out.name, name)
	case errors.Is(err, syscall.ENAMETOOLONG):
		return nil, nil, usageError("-o %s: the name is too long for the scores that are kept "+
			"beside it, in .NAME.resume; shorten it", out.name)
	case err != nil:
		return nil, nil, err
	}
	resume = func(e *infer.Engine) (scoring.Engine, error) {
		if err := j.Resume(e); err != nil {
			return nil, err
		}
		if j.Known > 0 {
			fmt.Fprintf(stderr, "going on: %d scores are kept from a run that was stopped\n",
				j.Known)
		}
		return j, nil
	}
	return resume, func(written bool) error {
		if written {
			return j.Remove()
		}
		kept, err := j.Close()
		// otherwise it ended before scoring, and the same command would fail again
		if kept && j.Engine != nil {
			fmt.Fprintf(stderr,
				"the scores so far are kept in %s; the same command goes on where it was\n", name)
		}
		return err
	}, nil
}

// resumeName returns the name of the file that stores the scores of an output.
func resumeName(out *output) (string, error) {
	if out.object == nil {
		return out.beside("." + filepath.Base(out.path) + ".resume"), nil
	}
	dir, err := cacheFolder()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, "resume")
	sum := sha256.Sum256([]byte(out.name))
	return filepath.Join(dir, hex.EncodeToString(sum[:8])+".resume"), os.MkdirAll(dir, 0o700)
}

// summarize prints the counts of a run. It returns an error with exit status 3 if rows have no
// score, because the output is complete but scripts may rely on a score in every row.
func summarize(stderr io.Writer, name string, t *scoring.Table, maxWindows int,
	took time.Duration) error {
	s := t.Summary()
	noWords, languages := findings.Languages(s.Reasons)
	printCounts(stderr, name, s, noWords, languages, took)
	if s.Cut > 0 {
		fmt.Fprintf(stderr, "%d rows are so long that only their first %d windows were scored\n",
			s.Cut, maxWindows)
	}
	for i, found := range t.Findings() {
		for _, doubt := range found.Doubts() {
			if of := t.Files()[i].Name; of != "" {
				doubt = of + ": " + doubt
			}
			fmt.Fprintln(stderr, doubt)
		}
	}
	repaired, unscored := t.Repaired(), t.Unscored()
	list(stderr, repaired, "repaired")
	list(stderr, unscored, "without a score")
	if n := s.Rows - s.Scored; n > 0 { // also of a file whose scores were given, and not all
		return &exit{3, fmt.Errorf("%d of %d rows have no score", n, s.Rows)}
	}
	return nil
}

// list prints the noted rows and the number of further ones.
func list(stderr io.Writer, notes scoring.Notes, what string) {
	for _, note := range notes.First {
		of := ""
		if note.File != "" {
			of = note.File + ", "
		}
		fmt.Fprintf(stderr, "%srow %d (line %d): %s\n", of, note.Index+1, note.Line, note.What)
	}
	if n := notes.Rows - len(notes.First); n > 0 {
		fmt.Fprintf(stderr, "and %d more %s\n", n, what)
	}
}

// printCounts prints the counts by sentiment, and the rows that the model could not read.
func printCounts(stderr io.Writer, name string, s stats.Summary, noWords int,
	languages []wire.Language, took time.Duration) {
	fmt.Fprintf(stderr, "%s: %d of %d rows scored in %.1f s: %d positive, %d negative, %d unsure\n",
		name, s.Scored, s.Rows, took.Seconds(), s.Positive, s.Negative, s.Unsure)
	if total := s.Total(); total.Read() > 0 {
		share := total.Share()
		fmt.Fprintf(stderr, "%.1f%% are positive (95%% interval %.1f%% to %.1f%%)\n",
			100*share.Share, 100*share.Low, 100*share.High)
	}
	if apart := report.Apart(s.Unread, noWords, languages); apart != "" {
		fmt.Fprintln(stderr, apart)
	}
}
