package stepfunctions

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"reviewlens/api/jobs"
	"reviewlens/api/objects"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews/topics"
)

// fetches is the number of parts fetched concurrently.
const fetches = 32

// finish joins the parts in the order of the file and writes the outputs of the job. Rows of a
// range without a part have no scores and are listed; finish returns their number. If no range has
// a part, the job fails.
func (w *work) finish() (without int, err error) {
	var p plan
	if _, err := w.bucket.getJSON(w.ctx, w.folder+"plan.json", &p); err != nil {
		return 0, err
	}
	var ranges []chunk
	if _, err := w.bucket.getJSON(w.ctx, w.folder+"ranges.json", &ranges); err != nil {
		return 0, err
	}
	e, release, err := w.Models.Acquire(w.ctx, p.Model)
	if err != nil {
		return 0, err
	}
	defer release()
	input, err := w.input(p.Input)
	if err != nil {
		return 0, err
	}
	defer input.Close()
	file, err := scoring.Open(w.ctx, input, w.record.Options.AfterDecoding(p.Decoded))
	if err != nil {
		return 0, scoring.BadFile(err)
	}
	table, lost, err := w.assemble(e, file, ranges)
	if err != nil {
		return 0, err
	}
	if len(lost) == 1 && lost[0].First == 1 && lost[0].Last == p.Rows {
		w.Log.Error("no range of the job could be scored", "job", w.record.ID)
		return p.Rows, &wire.Error{Code: wire.Internal, Detail: "Something broke on our side: no row of the file could be scored, though it was tried again and again."}
	}
	report, err := table.Report(w.ctx)
	if err != nil {
		return 0, scoring.BadFile(err)
	}
	if err := w.putJSON(string(jobs.Report), report); err != nil {
		return 0, err
	}
	out := objects.NewWriter(w.ctx, &w.bucket.Bucket, w.folder+string(jobs.Annotated), file.Type())
	if err := table.Annotate(w.ctx, out, w.record.Guard); err != nil {
		return 0, scoring.BadFile(err)
	}
	if err := out.Close(); err != nil {
		return 0, err
	}
	if err := w.written(w.folder + string(jobs.Annotated)); err != nil {
		return 0, err
	}
	if w.Rows {
		if err := w.keepRows(table, p.Model); err != nil {
			return 0, err
		}
	}
	for _, rows := range lost {
		without += rows.Last - rows.First + 1
	}
	return without, w.putJSON("end.json", end{Failed: lost})
}

// assemble reads the parts and returns the rows without one as lost.
func (w *work) assemble(e scoring.Engine, file *scoring.File, ranges []chunk) (*scoring.Table, []wire.Span, error) {
	keys := make([]string, len(ranges))
	if err := w.bucket.list(w.ctx, w.folder+"parts/", func(key string) {
		name, _, _ := strings.Cut(strings.TrimPrefix(key, w.folder+"parts/"), "-")
		if n, err := strconv.Atoi(name); err == nil && n >= 0 && n < len(keys) {
			keys[n] = key
		}
	}); err != nil {
		return nil, nil, err
	}
	assembly := scoring.NewAssembly(e, file)
	if err := assembly.FindTopics(w.record.Topics, topics.Scheme{}); err != nil {
		return nil, nil, err
	}
	var lost []wire.Span
	row := 1
	for from := 0; from < len(ranges); from += fetches {
		some := ranges[from:min(from+fetches, len(ranges))]
		parts, err := w.fetch(keys[from : from+len(some)])
		if err != nil {
			return nil, nil, err
		}
		for i, r := range some {
			if parts[i] == nil {
				assembly.MarkFailed(r.Rows)
				lost = appendRows(lost, row, r.Rows)
			} else if rows, err := assembly.Add(parts[i]); err != nil || rows != r.Rows {
				return nil, nil, errors.Join(fmt.Errorf("%s has %d rows, want %d", keys[from+i], rows, r.Rows), err)
			}
			row += r.Rows
		}
	}
	return assembly.Table(), lost, nil
}

// fetch reads objects concurrently; the data of an empty key is nil.
func (w *work) fetch(keys []string) ([][]byte, error) {
	parts, errs := make([][]byte, len(keys)), make([]error, len(keys))
	var busy sync.WaitGroup
	for i, key := range keys {
		if key != "" {
			busy.Go(func() { parts[i], _, errs[i] = w.bucket.get(w.ctx, key, 0, 0) })
		}
	}
	busy.Wait()
	return parts, errors.Join(errs...)
}

// appendRows appends a span of rows, merging it with an adjacent last one.
func appendRows(list []wire.Span, first, rows int) []wire.Span {
	if n := len(list); n > 0 && list[n-1].Last == first-1 {
		list[n-1].Last += rows
		return list
	}
	return append(list, wire.Span{First: first, Last: first + rows - 1})
}
