package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"

	"reviewlens/api/model/store"
	"reviewlens/api/trial"
)

const tryUsage = `usage: reviewlens models try STORE ID [flags]

Tries a published model, the challenger, beside the current one. Servers of the store notice within
half a minute:

  -shadow  of the texts that the current model scores, the challenger reads this share as well.
           Nobody sees its scores; they are compared with those of the current model and, in files,
           with the stars
  -share   this share of API keys and signed-in people (of runs, where there are none) is answered
           by the challenger, always the same ones. Nobody at first: look at what the shadow says
           before you raise it

A challenger that is proven worse, fails, is twice as slow or does not reproduce its golden scores
is stopped by the servers. The same command again changes the trial that runs.

  reviewlens models try s3://bucket/models ID              read 5% of the texts for a week
  reviewlens models status s3://bucket/models              what came out so far
  reviewlens models try s3://bucket/models ID -share 10%   now a tenth of the owners get it
  reviewlens models promote s3://bucket/models             make it current; "rollback" goes back
  reviewlens models stop s3://bucket/models
`

func tryModel(ctx context.Context, c *call) error {
	flags := flag.NewFlagSet("models try", flag.ContinueOnError)
	share := flags.String("share", "",
		"`share` of owners or runs that get the challenger, 0% to 50% (default: 0%, or as it is)")
	shadow := flags.String("shadow", "",
		"`share` of the other texts that it reads unseen, 0% to 20% (default: 5%, or as it is)")
	length := flags.String("for", "",
		"`time` from now until the trial ends: 7d, 12h (default: 7d, or as it is)")
	auto := flags.Bool("auto", false,
		"promote the challenger once it is ready: not worse after 2,000 texts with stars and a day")
	cache := new(string)
	defineCache(flags, cache)
	kmsKey := flags.String("kms-key", "",
		"`key` of AWS KMS that encrypts what is written (default: the bucket's setting)")
	rest, done, err := c.parse(flags, tryUsage)
	if err != nil || done {
		return err
	}
	if len(rest) != 2 {
		return usageError(`models try takes a store and a model's id; got %q`, rest)
	}
	var change store.TrialChange
	if change.Share, err = parseShare("share", *share); err != nil {
		return err
	}
	if change.Shadow, err = parseShare("shadow", *shadow); err != nil {
		return err
	}
	if *length != "" {
		d, err := parseDays(*length)
		if err != nil {
			return err
		}
		change.For = &d
	}
	if isSet(flags, "auto") {
		change.Auto = auto
	}
	s, err := openStore(ctx, rest[0], *cache, *kmsKey, slog.New(slog.NewTextHandler(c.stderr, nil)))
	if err != nil {
		return err
	}
	defer s.Close()
	t, err := s.Try(ctx, rest[1], change)
	if err != nil {
		return changedMeanwhile(err)
	}
	fmt.Fprintf(c.stdout, "%s is tried against %s until %s UTC: %s of owners and runs get it, and "+
		"it reads %s of the other texts unseen\n", t.Model, t.Pointer.ID,
		t.Until.UTC().Format(time.DateTime), store.Percent(t.Share), store.Percent(t.Shadow))
	return nil
}

// changedMeanwhile explains what to do if another operator changed the store first.
func changedMeanwhile(err error) error {
	if errors.Is(err, store.ErrChanged) {
		return fmt.Errorf("%w: someone else changed the store; look (reviewlens models status), "+
			"and run the command again", err)
	}
	return err
}

// parseShare parses a share such as 10% or 0.1; nil for "".
func parseShare(name, text string) (*float64, error) {
	if text == "" {
		return nil, nil
	}
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	share, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return nil, usageError("-%s is %q; want a share such as 10%%", name, text)
	}
	if !percent && share >= 1 { // 10 meant as 10%, or a slip: a factor of 100
		return nil, usageError("-%s is %s; write %s%% for percent", name, text, number)
	}
	if percent {
		share /= 100
	}
	if share == 0 {
		share = 0 // not -0, which would be printed so
	}
	return &share, nil
}

// parseDays parses a duration that may be in days.
func parseDays(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseFloat(days, 64)
		if errors.Is(err, strconv.ErrRange) || err == nil && math.Abs(n) >= 1e4 {
			return 0, usageError("-for is %q; a trial lasts %dd at most", text,
				store.MaxTrial/(24*time.Hour))
		}
		if err == nil && !math.IsNaN(n) {
			return time.Duration(n * 24 * float64(time.Hour)), nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, usageError("-for is %q; want a time such as 7d or 12h", text)
	}
	return d, nil
}

// trialStore parses a command that takes only a store, and opens it; nil if help was requested.
func trialStore(ctx context.Context, c *call, flags *flag.FlagSet, usage string) (*store.Store,
	error) {
	kmsKey := flags.String("kms-key", "",
		"`key` of AWS KMS that encrypts what is written (default: the bucket's setting)")
	rest, done, err := c.parse(flags, usage)
	if err != nil || done {
		return nil, err
	}
	if len(rest) != 1 {
		return nil, usageError("%s takes a store; got %q", flags.Name(), rest)
	}
	return openStore(ctx, rest[0], "", *kmsKey, slog.New(slog.NewTextHandler(c.stderr, nil)))
}

const statusUsage = `usage: reviewlens models status STORE [-format text|json]

Tells what came out of the trial of a store so far, on all servers: how many texts get another
name, which model agrees more often with the stars, how fast each is, and what the trial's rule
says. It may be looked at as often as one likes: the intervals hold at every look.
`

func trialStatus(ctx context.Context, c *call) error {
	flags := flag.NewFlagSet("models status", flag.ContinueOnError)
	format := flags.String("format", "text", "`text|json` of the output")
	s, err := trialStore(ctx, c, flags, statusUsage)
	if err != nil || s == nil {
		return err
	}
	defer s.Close()
	if *format != "text" && *format != "json" {
		return usageError("-format is %q; want text or json", *format)
	}
	report, err := trial.Read(ctx, s)
	if err != nil {
		return err
	}
	if report == nil {
		return fmt.Errorf("%s has no trial; \"reviewlens models try\" begins one", s)
	}
	if *format == "json" {
		return json.NewEncoder(c.stdout).Encode(report)
	}
	return report.WriteText(messageWriter{c.stdout})
}

const promoteUsage = `usage: reviewlens models promote STORE

Makes the challenger of the trial that runs the current model, and so ends the trial. Servers take
it within half a minute, without a pause: they have it open already. Runs that have begun end with
their model. "reviewlens models rollback" takes it back.
`

func promoteModel(ctx context.Context, c *call) error {
	flags := flag.NewFlagSet("models promote", flag.ContinueOnError)
	s, err := trialStore(ctx, c, flags, promoteUsage)
	if err != nil || s == nil {
		return err
	}
	defer s.Close()
	p, err := s.Promote(ctx, "")
	if err != nil {
		return changedMeanwhile(err)
	}
	fmt.Fprintf(c.stdout, "%s is current; %s was before\n", p.ID, p.Previous)
	return nil
}

const stopUsage = `usage: reviewlens models stop STORE [-why TEXT]

Ends the trial that runs. Owners who had the challenger get the current model again, within half a
minute; runs that have begun end with their model.
`

func stopTrial(ctx context.Context, c *call) error {
	flags := flag.NewFlagSet("models stop", flag.ContinueOnError)
	why := flags.String("why", "", "`reason` that status shows")
	s, err := trialStore(ctx, c, flags, stopUsage)
	if err != nil || s == nil {
		return err
	}
	defer s.Close()
	t, err := s.StopTrial(ctx, "", store.Ending{Why: *why})
	if err != nil {
		return changedMeanwhile(err)
	}
	fmt.Fprintf(c.stdout, "the trial of %s is stopped; %s answers all requests\n", t.Model,
		t.Pointer.ID)
	return nil
}
