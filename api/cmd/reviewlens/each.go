package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"reviewlens/api/infer"
	"reviewlens/api/objects"
	"reviewlens/api/scoring"
)

// eachRun is the content of _reviewlens.json, which describes the run that writes to an output
// prefix.
type eachRun struct {
	Input    string `json:"input"`
	Files    int    `json:"files"`
	Listing  string `json:"listing"` // SHA-256 of the files' keys, sizes and ETags
	Model    string `json:"model"`
	Settings string `json:"settings"` // flags that affect the output
	Done     bool   `json:"done"`

	// The number of files with unscored rows, over all attempts; it determines the exit status. A
	// file is counted before its output exists, so that none is missed; one that is scored again
	// counts twice.
	Without int `json:"without,omitempty"`
}

const eachName = "_reviewlens.json"

// checkPlaces refuses an S3 output that is an input, or would become one in the next run.
func (s *scoreCommand) checkPlaces(names []string) error {
	if !isObject(s.output) {
		return nil
	}
	out, err := parsePlace(s.output)
	if err != nil {
		return err
	}
	for _, name := range names {
		a, err := parsePlace(name)
		switch {
		case !isObject(name):
		case err != nil:
			return err
		case a == out:
			return usageError("-o %s is the input; name another", s.output)
		case a.bucket == out.bucket && manyObjects(name) && a.has(out.key):
			return usageError("-o %s lies inside the input %s, and would be read by the next run; "+
				"name a place beside it", s.output, name)
		}
	}
	return nil
}

// runEach scores the objects of a prefix or pattern, each to an object below the output's prefix.
// Existing outputs are skipped, so that the same command resumes an interrupted run.
func (s *scoreCommand) runEach(ctx context.Context, c *call, name string,
	choose chooser) (err error) {
	in, out, err := s.eachPlaces(c, name)
	if err != nil {
		return err
	}
	found, err := c.expand(ctx, name)
	if err != nil {
		return interrupted(ctx, err)
	}
	outputs, err := s.outputsOf(found, in, out)
	if err != nil {
		return err
	}
	e, closeEngine, err := s.open(ctx)
	if err != nil {
		return interrupted(ctx, err)
	}
	defer func() { err = errors.Join(err, closeEngine()) }()
	b, err := c.bucket(ctx, out.bucket)
	if err != nil {
		return err
	}
	run := eachRun{Input: name, Files: len(found), Listing: listingOf(found),
		Model: e.Model().Manifest.ID, Settings: settings(c)}
	there, err := claim(ctx, b, out, &run)
	if err != nil {
		return interrupted(ctx, err)
	}
	if run.Done {
		fmt.Fprintf(c.stderr, "all %d files were scored to %s before\n", len(found), s.output)
		return run.complete()
	}
	note := func(of subject) (writer, error) {
		write, err := choose(of)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, w io.Writer, t *scoring.Table) error {
			if err := write(ctx, w, t); err != nil || t.Unscored().Rows == 0 {
				return err
			}
			run.Without++
			return putRun(ctx, b, out, run, false)
		}, nil
	}
	scored := 0
	for i, o := range found {
		if there[outputs[i].key] {
			continue
		}
		fmt.Fprintf(c.stderr, "file %d of %d: %s\n", i+1, len(found), o.Key)
		of := *s
		of.output = outputs[i].String()
		shared := func(context.Context) (*infer.Engine, func() error, error) {
			return e, func() error { return nil }, nil
		}
		err := of.scoreOnce(ctx, c, []string{place{in.bucket, o.Key}.String()}, shared, note)
		if err != nil && exitStatus(err) != 3 { // 3: rows without a score, already noted
			if scored+len(there) > 0 {
				fmt.Fprintf(c.stderr, "%d of %d files are in %s; the same command goes on with "+
					"the others\n", scored+len(there), len(found), s.output)
			}
			return err
		}
		scored++
	}
	run.Done = true
	if err := putRun(ctx, b, out, run, false); err != nil {
		return interrupted(ctx, err)
	}
	fmt.Fprintf(c.stderr, "%d files were scored to %s", scored, s.output)
	if len(there) > 0 {
		fmt.Fprintf(c.stderr, ", %d had been before", len(there))
	}
	fmt.Fprintln(c.stderr)
	return run.complete()
}

// complete returns an error with exit status 3 unless all rows of all files have a score.
func (r eachRun) complete() error {
	if r.Without == 0 {
		return nil
	}
	return &exit{3, fmt.Errorf("%d of %d files have rows without a score",
		min(r.Without, r.Files), r.Files)}
}

// eachPlaces returns the places of runEach's inputs and outputs, if the command supports it.
func (s *scoreCommand) eachPlaces(c *call, name string) (in, out place, err error) {
	if in, err = parsePlace(name); err != nil {
		return in, out, err
	}
	if s.rename == nil {
		return in, out, usageError("%s takes one file, and %s may be many", c.flags.Name(), name)
	}
	out, err = parsePlace(s.output)
	if !isObject(s.output) || err != nil || !out.isPrefix() {
		return in, out, usageError("%s may be many files; -o wants a prefix for as many, such as "+
			"s3://bucket/scored/", name)
	}
	return in, out, nil
}

// outputsOf returns the output below out for each object of in. No two may be the same, and none
// may be an input of the next run.
func (s *scoreCommand) outputsOf(found []objects.Info, in, out place) (outputs []place, err error) {
	from := map[string]string{eachName: ""} // by the name below out
	for _, o := range found {
		rest, err := s.rename(strings.TrimPrefix(o.Key, in.root().key))
		if err != nil {
			return nil, err
		}
		if other, ok := from[rest]; ok {
			return nil, fmt.Errorf("%s and %s would both be %s%s", other, o.Key, s.output, rest)
		}
		from[rest] = o.Key
		to := place{out.bucket, out.key + rest}
		if in.bucket == out.bucket && in.has(to.key) {
			return nil, usageError("-o %s: %s lies inside the input %s, and would be read by the "+
				"next run", s.output, to.key, in)
		}
		outputs = append(outputs, to)
	}
	return outputs, nil
}

// listingOf returns a digest that identifies a set of objects.
func listingOf(found []objects.Info) string {
	h := sha256.New()
	for _, o := range found {
		fmt.Fprintf(h, "%q %d %s\n", o.Key, o.Size, o.ETag)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// settings returns the given flags that affect the output, sorted by name.
func settings(c *call) string {
	var all []string
	note := func(name, value string) {
		switch name {
		case "o", "ort", "cache", "streams", "model": // the model is identified by its ID
		default:
			all = append(all, "-"+name+"="+value)
		}
	}
	for args := c.args; ; {
		n, ended := eachFlag(c.flags, args, note)
		if ended || n == len(args) {
			break
		}
		args = args[n+1:] // after an argument
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// claim records this run in the output's prefix and returns the objects that it has already
// written. It refuses a prefix that contains anything else.
func claim(ctx context.Context, b *objects.Bucket, out place, run *eachRun) (map[string]bool,
	error) {
	there := map[string]bool{}
	for o, err := range b.List(ctx, out.key) {
		if err != nil {
			return nil, fmt.Errorf("-o: %w", denied(err, rightsToList))
		}
		there[o.Key] = true
	}
	if !there[out.key+eachName] {
		for key := range there {
			return nil, fmt.Errorf("-o %s is not empty: there is %s; name another prefix, or "+
				"remove what is there", out, key)
		}
		err := putRun(ctx, b, out, *run, true)
		if errors.Is(err, fs.ErrExist) {
			err = fmt.Errorf("another run began to write to %s", out)
		}
		return there, err
	}
	delete(there, out.key+eachName)
	was, err := getRun(ctx, b, out)
	if err != nil {
		return nil, err
	}
	now := *run
	now.Done, now.Without = was.Done, was.Without
	if was != now {
		return nil, fmt.Errorf("-o %s has the scores of another run (of %s, %d files, model %s, "+
			"flags %q); name another prefix, or remove what is there", out, was.Input, was.Files,
			was.Model, was.Settings)
	}
	*run = now
	return there, nil
}

func putRun(ctx context.Context, b *objects.Bucket, out place, run eachRun, first bool) error {
	w := objects.NewWriter(ctx, b, out.key+eachName, "application/json")
	w.New = first
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	if err := e.Encode(run); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("-o: %w", denied(err, rightsToWrite))
	}
	return nil
}

func getRun(ctx context.Context, b *objects.Bucket, out place) (run eachRun, err error) {
	info, err := b.Head(ctx, out.key+eachName)
	if err != nil {
		return run, err
	}
	const most = 1 << 20
	r := objects.NewReader(ctx, b, info)
	defer r.Close()
	data, err := io.ReadAll(io.NewSectionReader(r, 0, min(info.Size, most)))
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		err = d.Decode(&run)
	}
	if err != nil {
		return run, fmt.Errorf("%s%s is not of this command: %w", out, eachName, err)
	}
	return run, nil
}
