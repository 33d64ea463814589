package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"reviewlens/api/scoring"
	"reviewlens/api/wire"
	"reviewlens/reviews/table"
)

// maxStarts bounds the restarts of a job after unexpected stops of the server: a job that crashes
// the server would restart forever.
const maxStarts = 5

// stallTime is how long a worker may make no progress before its job fails: it would otherwise hold
// one of few slots forever. Chunks of 256 texts are scored in seconds. A job that waits for memory
// or for its owner's rate holds no slot, and may wait for any time.
const stallTime = time.Hour

// stopTime bounds how long Close waits for a cancelled worker, which is then abandoned.
const stopTime = 5 * time.Second

// pollInterval is the interval at which Start checks for expired jobs and for a model.
const pollInterval = time.Second

// Start runs jobs until Close, a few at a time.
func (l *Local) Start(models scoring.Models) {
	l.busy.Go(func() {
		ticker := time.NewTicker(pollInterval)
		defer ticker.Stop()
		for {
			select {
			case <-l.stopped.Done():
				return
			case <-l.wake:
			case <-ticker.C:
			}
			l.sweep()
			for len(models.IDs()) > 0 {
				ctx, j, dir := l.next()
				if j == nil {
					break
				}
				l.busy.Go(func() {
					defer l.poke()
					l.run(ctx, j, dir, models)
				})
			}
		}
	})
	l.poke()
}

// poke signals that there may be work.
func (l *Local) poke() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Close stops running jobs, which restart after the next OpenLocal, and unlocks the folder. It
// waits for workers for at most stopTime.
func (l *Local) Close() error {
	l.stop()
	l.busy.Wait()
	return l.lock.Close()
}

// next takes the next job, if there is a slot for it: the oldest one of the owner with the fewest
// running jobs. The slot of a waiting job is given only to another owner's job, so that such jobs
// never outnumber the owners.
func (l *Local) next() (ctx context.Context, j *job, dir string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	running, active := map[string]int{}, 0
	for j := range l.workers {
		running[j.Owner]++
		if j.waits.Load() == 0 {
			active++
		}
	}
	if active >= l.bounds.Running {
		return nil, nil, ""
	}
	var first *job
	for _, j := range l.jobs {
		if j.State != wire.Waiting || j.cancel != nil {
			continue
		}
		if first == nil || running[j.Owner] < running[first.Owner] || running[j.Owner] == running[first.Owner] && j.Created.Before(first.Created) {
			first = j
		}
	}
	if first == nil || len(l.workers) >= l.bounds.Running && running[first.Owner] > 0 {
		return nil, nil, ""
	}
	l.workers[first] = struct{}{}
	ctx = scoring.WithWaits(scoring.WithOwner(l.stopped, first.Owner), &first.waits)
	ctx, first.cancel = context.WithCancel(ctx)
	first.done.Store(0)
	return ctx, first, first.dir
}

// run runs a job and records its outcome. dir is its folder, which no longer exists if the job was
// deleted meanwhile.
func (l *Local) run(ctx context.Context, j *job, dir string, models scoring.Models) {
	made, err := l.watch(ctx, j, dir, models)
	stopped := ctx.Err() != nil
	l.mu.Lock()
	defer l.mu.Unlock()
	j.cancel()
	j.cancel = nil
	delete(l.workers, j)
	j.MadeBytes = made
	if l.jobs[j.ID] != j { // deleted meanwhile
		l.charge(j.Owner, -j.size())
		if err := os.RemoveAll(j.dir); err != nil {
			l.log.Error("deleted job stays", "job", j.ID, "err", err)
		}
		return
	}
	switch {
	case err == nil:
		j.State, j.Starts = wire.Finished, 0
	case stopped:
		j.State, j.Starts = wire.Waiting, max(0, j.Starts-1)
	default:
		e, ok := errors.AsType[*wire.Error](err)
		if !ok {
			l.log.Error("job failed", "job", j.ID, "err", err)
			e = &wire.Error{Code: wire.Internal, Detail: "Something broke on our side; the server's log has it under the job's id."}
		}
		j.State, j.Error = wire.Failed, e.Problem(0)
	}
	if j.State != wire.Finished {
		j.MadeBytes = 0
		l.charge(j.Owner, -made)
		for _, part := range []Part{Annotated, Report} {
			os.Remove(filepath.Join(j.dir, string(part)))
		}
	}
	l.log.Info("job", "job", j.ID, "state", j.State, "rows", j.Rows)
	if err := j.write(); err != nil { // the job restarts after a crash and makes the same output
		l.log.Error("job is not noted", "job", j.ID, "err", err)
	}
}

// watch scores a job. It abandons a job that makes no progress or does not stop in time.
func (l *Local) watch(ctx context.Context, j *job, dir string, models scoring.Models) (made int64, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var stalled error
	ended := make(chan struct{})
	var late int64 // the result of score, once ended is closed
	var lateErr error
	go func() {
		defer close(ended)
		late, lateErr = l.score(ctx, j, dir, models)
	}()
	const beats = 12
	beat := time.NewTicker(stallTime / beats)
	defer beat.Stop()
	for idle, seen := 0, int64(-1); ctx.Err() == nil; {
		select {
		case <-ended:
			return late, lateErr
		case <-ctx.Done():
		case <-beat.C:
			if n := j.steps.Load(); n != seen || j.waits.Load() > 0 {
				idle, seen = 0, n
			} else if idle++; idle == beats {
				l.mu.Lock()
				rows := j.Rows
				l.mu.Unlock()
				stalled = &wire.Error{Code: wire.OutOfTime, Detail: fmt.Sprintf("The job made no progress for %v, with %d of %d rows done, and was stopped. Create it again; "+
					"if it stops there again, send the rows behind that one by themselves.", stallTime, j.done.Load(), rows)}
				cancel()
			}
		}
	}
	select {
	case <-ended:
		return late, cmp.Or(stalled, lateErr)
	case <-time.After(stopTime):
	}
	l.log.Error("job's worker does not stop; it is left alone", "job", j.ID)
	go func() { // its output is discarded
		<-ended
		l.charge(j.Owner, -late)
	}()
	return 0, cmp.Or(stalled, ctx.Err())
}

// update changes and writes a job's record, unless the job was deleted.
func (l *Local) update(j *job, change func()) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.jobs[j.ID] != j {
		return context.Canceled
	}
	change()
	return full(j.write())
}

// recovered converts a panic of do into an error: in a goroutine it would end the server.
func recovered(do func() error) (err error) {
	defer scoring.RecoverTo(&err)
	return do()
}

// score makes the parts; made is their size on disk.
func (l *Local) score(ctx context.Context, j *job, dir string, models scoring.Models) (made int64, err error) {
	defer scoring.RecoverTo(&err)
	starts := 0
	if err := l.update(j, func() { j.State, j.Starts = wire.Running, j.Starts+1; starts = j.Starts }); err != nil {
		return 0, err
	}
	if starts > maxStarts {
		l.log.Error("job abandoned: the server ended unexpectedly during each of its starts",
			"job", j.ID, "starts", maxStarts)
		return 0, &wire.Error{Code: wire.Internal, Detail: fmt.Sprintf("The server ended "+
			"unexpectedly each of the %d times that it worked on this job. Create it again; if "+
			"it fails again, send the file in smaller parts.", maxStarts)}
	}
	e, release, err := acquire(ctx, models, j.AskedModel)
	if err != nil {
		return 0, err
	}
	defer release()
	free, err := l.reserve(ctx, Size{Bytes: j.InputBytes})
	if err != nil {
		return 0, err
	}
	defer func() { free() }()
	input, err := os.Open(filepath.Join(dir, inputName))
	if err != nil {
		return 0, err
	}
	defer input.Close()
	file, err := scoring.Open(ctx, stepping{ReaderAt: input, steps: &j.steps}, j.Options)
	if err != nil {
		return 0, scoring.BadFile(err)
	}
	rows := 0
	if err := file.Each(ctx, "{text}", func(table.Record, []byte) error { rows++; return nil }); err != nil {
		return 0, scoring.BadFile(err)
	}
	if err := l.update(j, func() {
		j.Rows, j.Model, j.Type = rows, e.Model().Manifest.ID, file.Type()
		j.Reading = file.Describe(nil)
	}); err != nil {
		return 0, err
	}
	free() // the exact memory of the rows is known now
	free = func() {}
	if free, err = l.reserve(ctx, Size{Bytes: j.InputBytes, Rows: int64(rows),
		Topics: j.Topics}); err != nil {
		free = func() {}
		return 0, err
	}
	table := scoring.NewTable(e, file, l.bounds.Rows, func(rows int) {
		j.done.Add(int64(rows))
		j.steps.Add(1)
	})
	if err := table.Enable(scoring.Extras{Topics: j.Topics}); err != nil {
		return 0, err
	}
	if err := table.Score(ctx); err != nil {
		return 0, scoring.BadFile(err)
	}
	report, err := table.Report(ctx)
	if err != nil {
		return 0, scoring.BadFile(err)
	}
	if err := l.update(j, func() { j.Reading = report.Reading }); err != nil {
		return 0, err
	}
	size, err := l.writePart(dir, j.Owner, Report, &j.steps,
		func(w io.Writer) error { return json.NewEncoder(w).Encode(report) })
	made += size
	if err == nil {
		size, err = l.writePart(dir, j.Owner, Annotated, &j.steps,
			func(w io.Writer) error { return table.Annotate(ctx, w, j.Guard) })
		made += size
	}
	return made, full(err)
}

// stepping counts reads and writes as steps.
type stepping struct {
	io.ReaderAt
	io.Writer
	steps *atomic.Int64
}

// Size returns the length of the input, in bytes.
func (s stepping) Size() int64 {
	size, _ := table.SizeOf(s.ReaderAt) // if the size is unknown, reading fails and reports it
	return size
}

func (s stepping) ReadAt(p []byte, off int64) (int, error) {
	s.steps.Add(1)
	return s.ReaderAt.ReadAt(p, off)
}

func (s stepping) Write(p []byte) (int, error) {
	s.steps.Add(1)
	return s.Writer.Write(p)
}

// writePart writes a part and returns its size.
func (l *Local) writePart(dir, owner string, part Part, steps *atomic.Int64,
	write func(io.Writer) error) (int64, error) {
	r, w := io.Pipe()
	written := make(chan struct{})
	go func() {
		defer close(written)
		w.CloseWithError(recovered(func() error {
			return write(stepping{Writer: w, steps: steps})
		}))
	}()
	size, err := l.writeFile(filepath.Join(dir, string(part)), owner, r, nil)
	r.Close()
	<-written
	return size, err
}
