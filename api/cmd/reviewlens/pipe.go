package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"time"

	"reviewlens/api/infer"
	"reviewlens/api/pipe"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

const pipeUsage = `usage: reviewlens pipe [flags] < reviews.jsonl > scores.jsonl

Scores JSON lines as they come, for Spark, a queue's worker or another program to run. A line of
stdin is {"id": ..., "text": "...", "title": "..."}; title may be left out, and id is given back as
it is. A line of stdout, in the same order, is

  {"id":7,"sentiment":"positive","positive":0.9821,"windows":1,"cut":false,"error":null}

A row without a text has null for sentiment and positive, and so has one that cannot be scored, or
whose line is not UTF-8; its error says why. A text that the model cannot read, in another language
or without words, is "unsure" and has a member unread, the reason. Nothing is guessed, and no input
gives no output. Answers to what was written so far come without waiting for more input. The scores
are those of "reviewlens score". -predict-stars adds the members stars (1 to 5) and name (positive,
negative, neutral, mixed, unsure), for models that have them; -topics adds the member mentions, what
the text speaks of, for models that find it:

  {..., "mentions":[{"text":"bass","aspect":"bass","polarity":"negative","probability":0.91}], ...}

  printf '{"id":1,"text":"Great blender!"}\n' | reviewlens pipe

A run on many machines asks for the model once, with -about, and gives each its id with -model-id:
whatever becomes current meanwhile, all of them score with the same.

Exit status: 0 every line has an answer (errors of rows are in their lines), 1 it could not go on,
2 wrong command line, 130 interrupted: every line that was read has been answered, the others were
not read.
`

func pipeCommand(ctx context.Context, c *call) (err error) {
	flags := flag.NewFlagSet("pipe", flag.ContinueOnError)
	var engine engineFlags
	engine.define(flags)
	flags.StringVar(&engine.id, "model-id", "",
		"score with the model of this `id` or not at all (of a store, instead of its current one)")
	about := flags.Bool("about", false,
		"print the ids of the model, the program and the runtime as JSON; score nothing")
	stars := flags.Bool("predict-stars", false, predictStarsUsage)
	topics := flags.Bool("topics", false,
		"say what each text speaks of; it takes 1.7 times as long")
	rest, done, err := c.parse(flags, pipeUsage)
	if err != nil || done {
		return err
	}
	if len(rest) > 0 {
		return usageError("pipe reads stdin and takes no file; got %q", rest[0])
	}
	if *about {
		return c.describe(ctx, &engine)
	}
	e, err := engine.open(ctx)
	if err != nil {
		return interrupted(ctx, err)
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	start := time.Now()
	counts, err := pipe.Score(ctx, e, c.stdin, c.stdout,
		scoring.Extras{Stars: *stars, Topics: *topics})
	if bad, ok := errors.AsType[*wire.Error](err); ok {
		return bad
	}
	fmt.Fprintf(c.stderr, "%d of %d rows scored in %.1f s, %d without text, %d failed",
		counts.Scored, counts.Rows, time.Since(start).Seconds(), counts.Empty, counts.Failed)
	if counts.Cut > 0 {
		fmt.Fprintf(c.stderr, "; of %d only the first %d windows", counts.Cut,
			e.Model().Manifest.Window.Max)
	}
	if counts.Unread > 0 {
		fmt.Fprintf(c.stderr, "; %d were not read and are unsure", counts.Unread)
	}
	fmt.Fprintln(c.stderr)
	if err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return &exit{130, errors.New("interrupted; every line that was read has been answered")}
	}
	return err
}

// describe prints the model that would score.
func (c *call) describe(ctx context.Context, engine *engineFlags) error {
	m, free, err := engine.load(ctx)
	if err != nil {
		return interrupted(ctx, err)
	}
	defer free()
	return json.NewEncoder(c.stdout).Encode(struct {
		Model   string `json:"model"`
		Version string `json:"version"`
		Runtime string `json:"runtime"`
	}{m.Manifest.ID, programVersion(), infer.Version})
}
