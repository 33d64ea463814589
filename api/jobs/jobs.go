// Package jobs scores files in the background.
//
// The input is a file of reviews (as for scoring.Open), its owner, and how to read it. The output
// of a finished job is the annotated file and the report. An accepted job is never lost: it is on
// disk before Create returns, a stopped or killed server restarts it, and the result does not
// depend on that. Each job belongs to one owner and is invisible to all others.
//
// Service is the interface that package api uses; Local stores jobs in a folder of this machine,
// package stepfunctions on AWS. Errors of type *wire.Error are the client's mistakes.
package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"reviewlens/api/wire"
	"reviewlens/reviews/table"
)

// Service manages jobs. It is safe for concurrent use.
type Service interface {
	// Create reads the file to its end and stores it, or returns where to upload it
	// (wire.Job.Upload). If the owner has used the key before, Create returns that job, with again
	// set, provided the request is the same; otherwise the error's code is KeyReused.
	Create(ctx context.Context, owner string, r Request) (job wire.Job, again bool, err error)

	// Get returns the state of a job. For all methods, if the owner has no such job, the error's
	// code is NotFound.
	Get(ctx context.Context, owner, id string) (wire.Job, error)

	// List returns the owner's jobs, newest first.
	List(ctx context.Context, owner string) ([]wire.Job, error)

	// Open opens a part of a finished job; for another job the error's code is JobUnfinished.
	Open(ctx context.Context, owner, id string, part Part) (*Result, error)

	// Delete stops a job and deletes it with its files.
	Delete(ctx context.Context, owner, id string) error

	Limits() wire.JobLimits
}

// Request is a file to score.
type Request struct {
	Body io.Reader
	// size of a file that will be uploaded rather than sent in Body, if Limits().Upload; else 0
	Bytes   int64
	Options table.Options // as for scoring.Open
	Guard   bool          // as for Annotate
	// also find the topics of the reviews, see scoring.Table.FindTopics
	Topics bool
	Model  string // "" for the model that is current when the job starts
	// Assigned is the model that a trial assigns to a request that names none. It is not part of
	// the digest, so a repetition with the same key is the same request even after the trial.
	Assigned string
	Key      string // the Idempotency-Key, "" for none
}

// Digest writes what distinguishes requests with the same Idempotency-Key, except the file. Options
// that were added later are written only if set, so that older requests keep their digests.
func (r Request) Digest(w io.Writer) error {
	fmt.Fprintf(w, "%q %q %v %q ", r.Options.Text, r.Options.Title, r.Guard, r.Model)
	if r.Topics {
		io.WriteString(w, "topics ")
	}
	more := r.Options
	more.Text, more.Title = "", ""
	if more == (table.Options{}) {
		return nil
	}
	return json.NewEncoder(w).Encode(more)
}

// Part is an output of a job.
type Part string

// The parts of a job's output.
const (
	Annotated Part = "result" // the file with three more columns, or four with topics
	Report    Part = "report" // wire.Report
)

// Result is a part, either to be read and closed, or to be downloaded from URL.
type Result struct {
	io.ReadSeekCloser
	URL   string // accessible to anyone, for a limited time; ReadSeekCloser is nil and Type "" then
	Type  string // media type
	Model string
}

// Newest sorts jobs as List returns them.
func Newest(list []wire.Job) {
	slices.SortFunc(list, func(a, b wire.Job) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
	})
}

// NotFoundError returns the error for a job that does not exist for the owner.
func NotFoundError() error {
	return &wire.Error{Code: wire.NotFound, Detail: "There is no such job; it may have expired or been deleted."}
}

// KeyReusedError returns the error for a key that was used with another request.
func KeyReusedError() error {
	return &wire.Error{Code: wire.KeyReused, Detail: "This Idempotency-Key came with another file or other parameters before; use a new key for a new request."}
}

// TooManyJobsError returns the error for an owner who has reached the limit of jobs; there may be
// room after retryAfter.
func TooManyJobsError(have int, retryAfter time.Duration) error {
	return &wire.Error{Code: wire.TooManyJobs, RetryAfter: retryAfter,
		Detail: fmt.Sprintf("You have %d jobs here, which is the limit; delete one that you no "+
			"longer need. With a key, or signed in, GET /v1/jobs lists them.", have)}
}

// TooLarge returns the error for a file to be uploaded that has more bytes than the limit.
func TooLarge(size, limit int64) error {
	return &wire.Error{Code: wire.BodyTooLarge, Detail: fmt.Sprintf("The file has %d bytes; the "+
		"limit is %d. Cut it in parts, or put it into a bucket and score it there with make bulk.",
		size, limit)}
}

// LargeRecordsError returns the error for a JSON document whose records, one a line, exceed the
// limit in bytes.
func LargeRecordsError(limit int64) error {
	return &wire.Error{Code: wire.BodyTooLarge, Detail: fmt.Sprintf("The records of the document "+
		"have more than the limit of %d bytes. Cut it in parts.", limit)}
}

// UnfinishedError returns the error of Open for a job without output; nil for a finished job.
func UnfinishedError(j wire.Job) error {
	switch j.State {
	case wire.Finished:
		return nil
	case wire.Failed:
		return &wire.Error{Code: wire.JobUnfinished, Detail: "The job failed, without output: " + j.Error.Detail}
	}
	return &wire.Error{Code: wire.JobUnfinished, Detail: fmt.Sprintf("The job is %s: %d of %d rows are done. Poll it until it is finished.", j.State, j.Done, j.Rows)}
}

// Size is the size of a file, from which its memory is estimated.
type Size struct {
	Bytes  int64
	Rows   int64 // 0 until they have been counted
	Topics bool
}
