package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"reviewlens/api/wire"
	"reviewlens/reviews/table"
)

const (
	schema     = 1
	recordName = "job.json"
	inputName  = "input"
)

// record is the persistent state of a job.
type record struct {
	Schema int    `json:"schema"`
	ID     string `json:"id"`
	Owner  string `json:"owner"`
	Key    string `json:"key,omitempty"`  // hash of its Idempotency-Key
	Body   string `json:"body,omitempty"` // hash of its request
	table.Options
	Guard      bool          `json:"guard,omitempty"`
	Topics     bool          `json:"topics,omitempty"`
	AskedModel string        `json:"askedModel,omitempty"`
	State      wire.JobState `json:"state"`
	Reading    *wire.Reading `json:"reading,omitempty"` // nil in records of earlier versions
	// number of starts that did not end in a deliberate stop
	Starts     int           `json:"starts"`
	Created    time.Time     `json:"created"`
	Model      string        `json:"model,omitempty"`
	Rows       int           `json:"rows"`
	Type       string        `json:"type,omitempty"` // media type of the result
	InputBytes int64         `json:"inputBytes"`
	MadeBytes  int64         `json:"madeBytes"` // of result and report
	Error      *wire.Problem `json:"error,omitempty"`
}

// job is a record and its volatile state. All fields but the atomic ones are guarded by the mutex
// of its Local.
type job struct {
	record
	dir     string
	done    atomic.Int64 // rows
	steps   atomic.Int64 // reads, writes and scored chunks: progress for the watchdog
	waits   atomic.Int64 // current waits for memory or the owner's rate
	open    int          // parts being read
	deleted bool
	cancel  context.CancelFunc // set while it is running
}

func (j *job) size() int64 { return j.InputBytes + j.MadeBytes }

// public returns the job as shown to its owner.
func (j *job) public(age time.Duration) wire.Job {
	out := wire.Job{ID: j.ID, State: j.State, Rows: j.Rows, Done: int(j.done.Load()), Model: j.Model,
		Created: j.Created, Expires: j.Created.Add(age), Error: j.Error, Reading: j.Reading}
	if j.State == wire.Finished {
		out.Done = j.Rows
	}
	return out
}

// readJob reads a job's folder. A job that was running becomes waiting again.
func readJob(dir string) (*job, error) {
	data, err := os.ReadFile(filepath.Join(dir, recordName))
	if err != nil {
		return nil, err
	}
	j := &job{dir: dir}
	if err := json.Unmarshal(data, &j.record); err != nil {
		return nil, fmt.Errorf("%s: %w", recordName, err)
	}
	if j.Schema != schema || j.ID != filepath.Base(dir) {
		return nil, fmt.Errorf("%s: schema %d and id %q; want %d and the folder's name", recordName, j.Schema, j.ID, schema)
	}
	if j.State == wire.Running {
		j.State = wire.Waiting
	}
	switch j.State {
	case wire.Waiting, wire.Finished:
		if err := j.verify(); err != nil {
			j.State, j.Error = wire.Failed, damagedError().Problem(0)
		}
	case wire.Failed:
		if j.Error == nil {
			return nil, fmt.Errorf("%s: it failed without an error", recordName)
		}
	default:
		return nil, fmt.Errorf("%s: there is no state %q", recordName, j.State)
	}
	// The sizes are those of the files, not those in the record.
	var missing error
	if j.InputBytes, missing = j.fileSize(inputName); missing != nil {
		j.InputBytes = 0
	}
	j.MadeBytes = 0
	for _, part := range []Part{Annotated, Report} {
		if j.State == wire.Waiting { // incomplete when the server ended: made again
			os.Remove(filepath.Join(dir, string(part)))
			continue
		}
		if size, err := j.fileSize(string(part)); err == nil {
			j.MadeBytes += size
		}
	}
	return j, nil
}

// damagedError returns the error for a job whose files are not as they were written.
func damagedError() *wire.Error {
	return &wire.Error{Code: wire.Internal,
		Detail: "The files of this job were damaged on the server; send the file again."}
}

// verify compares the files with the record.
func (j *job) verify() error {
	names, want := []string{inputName}, j.InputBytes
	if j.State == wire.Finished {
		names, want = []string{string(Annotated), string(Report)}, j.MadeBytes
	}
	total := int64(0)
	for _, name := range names {
		size, err := j.fileSize(name)
		if err != nil {
			return err
		}
		total += size
	}
	if total != want {
		return fmt.Errorf("%v have %d bytes, not %d as when they were written", names, total, want)
	}
	return nil
}

func (j *job) fileSize(name string) (int64, error) {
	info, err := os.Lstat(filepath.Join(j.dir, name))
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, fmt.Errorf("%s is not a regular file", name)
	}
	return info.Size(), nil
}

// write writes the record atomically.
func (j *job) write() (err error) {
	data, err := json.Marshal(&j.record)
	if err != nil {
		return err
	}
	name := filepath.Join(j.dir, recordName)
	f, err := os.OpenFile(name+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return errors.Join(os.Rename(name+".tmp", name), syncDir(j.dir))
}

// syncDir makes a folder's directory entries durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
