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
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"reviewlens/api/jobclient"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews/stats"
)

const submitUsage = `usage: reviewlens submit FILE [-server URL] [-o FILE] [flags]

Gives a file of reviews to a server, which scores it as a job, waits for it and fetches the same rows with sentiment, positive
and windows added, as "reviewlens score" writes them. FILE is what score takes; - is stdin.
What comes back is JSON lines where FILE is JSON, and CSV else: -o names no other format.

  reviewlens submit reviews.csv -o scored.csv
  reviewlens submit survey.tsv -server http://localhost:8000 -text comment -o scored.tsv

` + readingUsage + `
The texts go to the server. Once the output is written, the job is deleted there; without that, after a week.

Ctrl-C stops the waiting, not the job. The same command goes on, and makes no second job of the same file; so does -job, which
does not send the file again. -cancel ends a job and deletes its files:

  reviewlens submit -job JOB -o scored.csv
  reviewlens submit -cancel JOB

Where the server wants an API key or a token, it is taken from REVIEWLENS_API_KEY in the environment.

Exit status: 0 every row has a score, 1 it could not be done, 2 wrong command line, 3 some rows have no score, 130 interrupted.
With 1, 2 and 130 no output is written.
`

func submit(ctx context.Context, c *call) (err error) {
	flags := flag.NewFlagSet("submit", flag.ContinueOnError)
	s := submission{call: c}
	flags.StringVar(&s.server, "server", "http://localhost:8000", "`URL` of the server")
	flags.StringVar(&s.output, "o", "-", "`file` to write; - is stdout, and .gz packs it")
	s.reading.define(flags)
	flags.BoolVar(&s.guard, "guard", false,
		"put an apostrophe before cells that a spreadsheet would run as a formula")
	flags.BoolVar(&s.topics, "topics", false,
		"say what each text speaks of, in a column more; it takes 1.7 times as long")
	flags.StringVar(&s.job, "job", "",
		"`id` of a job that is there already, to be waited for and fetched")
	cancel := flags.String("cancel", "", "`id` of a job to end and delete")
	rest, done, err := c.parse(flags, submitUsage)
	if err != nil || done {
		return err
	}
	files := 1
	if s.job != "" || *cancel != "" {
		files = 0
	}
	switch {
	case s.job != "" && *cancel != "":
		return usageError("submit takes -job or -cancel, not both")
	case len(rest) != files:
		return usageError("submit takes one file, or - for stdin, or none with -job and "+
			"-cancel; got %d", len(rest))
	}
	if files == 0 {
		if err := refuseShape(flags); err != nil {
			return err
		}
	}
	if _, err := submitEndings.format(s.output, ""); err != nil {
		return err
	}
	// The key is not a flag, because all users of the machine can read those.
	if s.client, err = jobclient.New(s.server, os.Getenv("REVIEWLENS_API_KEY")); err != nil {
		return usageError("-server: %w", err)
	}
	if s.client.Exposed() {
		fmt.Fprintf(c.stderr,
			"%s is not https: whoever is on the way reads the key and the reviews\n", s.server)
	}
	if *cancel != "" {
		if err := s.client.Delete(ctx, *cancel); err != nil {
			return interrupted(ctx, err)
		}
		fmt.Fprintf(c.stderr, "job %s is deleted\n", *cancel)
		return nil
	}
	var source fs.FileInfo
	if s.job == "" {
		source = sourceInfo(rest[0], c.stdin)
	}
	if s.out, err = c.openOutput(ctx, s.output, source); err != nil {
		return interrupted(ctx, err)
	}
	defer func() { err = errors.Join(err, s.out.close()) }()
	if s.job != "" {
		s.name = "job " + s.job
		return s.fetch(ctx)
	}
	if err := s.send(ctx, rest[0]); err != nil {
		return interrupted(ctx, err)
	}
	return s.fetch(ctx)
}

// submitEndings lists the extensions that servers write, without Parquet.
var submitEndings = endings{{".csv", "csv"}, {".tsv", ""}, {".tab", ""}, {".txt", ""},
	{".jsonl", "jsonl"}, {".ndjson", "jsonl"}}

// refuseShape refuses flags that define a job if the job already exists.
func refuseShape(flags *flag.FlagSet) (err error) {
	flags.Visit(func(f *flag.Flag) {
		if !slices.Contains([]string{"job", "cancel", "server", "o"}, f.Name) {
			err = usageError("-%s says how a file is scored, and the job is there already; leave "+
				"it out, or submit the file again", f.Name)
		}
	})
	return err
}

// submission is the state of a file that a server scores as a job.
type submission struct {
	*call
	client         *jobclient.Client
	server, output string
	out            *output
	reading        readingFlags
	guard, topics  bool
	job            string // its ID
	name           string // of the file
}

// send creates a job for the file.
func (s *submission) send(ctx context.Context, file string) (err error) {
	in, err := s.open(ctx, file)
	if err == nil {
		err = in.unpack(ctx, s.stderr, s.reading)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	s.name = in.name
	// report errors in the file before it is sent
	options := in.options(s.reading.options)
	table, err := scoring.Open(ctx, in.file, options)
	if err != nil {
		return fmt.Errorf("%s: %w", in.name, asFlags(err))
	}
	// a server responds in the format of the input
	if err := checkEnding(s.output, table.Dialect.Format()); err != nil {
		return err
	}
	if err := table.CheckGuard(s.guard); err != nil {
		return usageError("%s: -guard: %w", in.name, err)
	}
	printReading(s.stderr, in.name, &table.Reading)
	info, err := in.file.Stat()
	if err != nil {
		return err
	}
	model, apart, err := s.prepare(ctx, info.Size())
	if err != nil {
		return err
	}
	u := jobclient.Upload{
		ContentType: table.Type(), Query: scoring.Query(options), Size: info.Size(),
		Apart: apart,
	}
	if s.guard {
		u.Query.Set("guard", "1")
	}
	if s.topics {
		u.Query.Set("topics", "1")
	}
	// The same command makes the same key, so the server has one job for it; another model makes
	// another job.
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q %q ", u.ContentType, u.Query.Encode(), model)
	if _, err := io.Copy(sum, io.NewSectionReader(in.file, 0, u.Size)); err != nil {
		return fmt.Errorf("%s: %w", in.name, err)
	}
	u.Key = hex.EncodeToString(sum.Sum(nil))
	bar := newBytesBar(s.stderr, u.Size)
	u.Body = func() io.Reader {
		bar.Reset()
		return io.TeeReader(io.NewSectionReader(in.file, 0, u.Size), bar)
	}
	job, again, err := s.client.Create(ctx, u)
	if err == nil {
		err = s.client.Put(ctx, job, u)
	}
	bar.Finish()
	if err != nil {
		return fmt.Errorf("%s: %w", in.name, err)
	}
	s.job = job.ID
	if again {
		fmt.Fprintf(s.stderr, "%s was there already, as job %s\n", s.name, s.job)
	} else {
		fmt.Fprintf(s.stderr, "%s is job %s\n", s.name, s.job)
	}
	return nil
}

// prepare checks the server's limits before the file is sent. It returns the ID of the model, and
// whether the file is uploaded to a separate address.
func (s *submission) prepare(ctx context.Context, size int64) (model string, apart bool,
	err error) {
	config, err := s.client.Config(ctx)
	if e, ok := errors.AsType[net.Error](err); ok && ctx.Err() == nil {
		return "", false, fmt.Errorf("%w; is a server running there? -server names another one", e)
	}
	if e, ok := errors.AsType[*wire.Error](err); ok && e.Code == wire.NotFound {
		return "", false, fmt.Errorf("%w -server should be the page's address, without /v1", e)
	}
	if err != nil {
		return "", false, err
	}
	switch {
	case config.Auth == "key" && !s.client.HasKey():
		return "", false, fmt.Errorf("%s wants an API key; put it into REVIEWLENS_API_KEY",
			s.server)
	case config.Jobs == nil:
		return "", false, fmt.Errorf("%s accepts no jobs; send the file to its /v1/score, or use "+
			"\"reviewlens score\"", s.server)
	case size > config.Jobs.Bytes:
		return "", false, fmt.Errorf("%s has %d bytes; %s takes at most %d: split it", s.name, size,
			s.server, config.Jobs.Bytes)
	}
	models, err := s.client.Models(ctx)
	if err != nil || len(models) == 0 {
		return "", config.Jobs.Upload, err
	}
	return models[0], config.Jobs.Upload, nil
}

// fetch waits for the job, writes its result and deletes it.
func (s *submission) fetch(ctx context.Context) error {
	start := time.Now()
	job, err := s.wait(ctx)
	if err != nil {
		return s.detached(ctx, err)
	}
	if job.State == wire.Failed {
		return fmt.Errorf("%s: %s; \"%s\" deletes it, so that the file can be submitted again",
			s.name, job.Error.Detail, s.command("-cancel"))
	}
	report, err := s.client.Report(ctx, s.job)
	if err == nil {
		err = s.out.write(func(w io.Writer) error { return s.client.Result(ctx, s.job, w) })
	}
	if err != nil {
		return s.detached(ctx, err)
	}
	if err := s.client.Delete(ctx, s.job); err != nil { // the output is complete nevertheless
		fmt.Fprintf(s.stderr, "job %s stays on the server for a week: %v\n", s.job, err)
	}
	sums := stats.Summary{
		Rows: report.Rows, Scored: report.Scored, Positive: report.Positive,
		Negative: report.Negative,
		Unsure:   report.Unsure, Unread: report.Unread,
	}
	printCounts(s.stderr, s.name, sums, report.NoWords, report.Languages, time.Since(start))
	if report.Reading != nil {
		for _, finding := range report.Reading.Findings {
			fmt.Fprintln(s.stderr, finding)
		}
	}
	for _, f := range job.Failed {
		fmt.Fprintf(s.stderr,
			"%s: rows %d to %d could not be scored, though it was tried again and again; submit "+
				"them again\n", s.name, f.First, f.Last)
	}
	if n := report.Rows - report.Scored; n > 0 {
		return &exit{3, fmt.Errorf("%d of %d rows have no score", n, report.Rows)}
	}
	return nil
}

// wait polls the job until it is finished or failed.
func (s *submission) wait(ctx context.Context) (wire.Job, error) {
	const most = 2 * time.Second
	pause := 100 * time.Millisecond
	bar := newBar(io.Discard, nil)
	for shown := false; ; pause = min(pause*3/2, most) {
		job, err := s.client.Job(ctx, s.job)
		if err != nil {
			return job, err
		}
		if job.Rows > 0 && !shown {
			bar, shown = newBar(s.stderr, func() (int64, error) { return int64(job.Rows), nil }),
				true
		}
		bar.Set(job.Done)
		if job.State == wire.Finished || job.State == wire.Failed {
			bar.Finish()
			return job, nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return job, ctx.Err()
		}
	}
}

// detached adds to err how to resume: the job continues on the server.
func (s *submission) detached(ctx context.Context, err error) error {
	if e, ok := errors.AsType[*wire.Error](err); ok && e.Code == wire.NotFound {
		return err
	}
	on := fmt.Sprintf("the job stays on the server:\n  %s   waits for it and fetches it\n  %s "+
		"  ends it", s.command("-job"), s.command("-cancel"))
	if e := interrupted(ctx, err); exitStatus(e) == 130 {
		return &exit{130, fmt.Errorf("%w; %s", e, on)}
	}
	return fmt.Errorf("%s: %w; %s", s.name, err, on)
}

// command returns the command line that resumes the job.
func (s *submission) command(flag string) string {
	words := []string{"reviewlens submit", flag, shellWord(s.job)}
	if s.server != s.flags.Lookup("server").DefValue {
		words = append(words, "-server", shellWord(s.server))
	}
	if flag == "-job" && s.output != "-" {
		words = append(words, "-o", quoteShell(s.output))
	}
	return strings.Join(words, " ")
}
