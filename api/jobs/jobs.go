// Package jobs scores files while nobody waits.
//
// In goes a file of reviews (as scoring.Open takes it), whose it is, and how to read it. Out come, when it is done, the
// annotated file and the report. A job that was accepted is never lost: it is on disk before Create returns, a stopped
// or killed server begins it anew when it starts again, and what it has when it is done does not depend on that. Each
// job has one owner; to everyone else there is no such job.
//
// Service is what package api asks; Local keeps jobs in a folder of this machine, package stepfunctions on AWS. Errors that are
// a *wire.Error are the sender's.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"

	"reviewlens/api/wire"
	"reviewlens/reviews/table"
)

// Service keeps jobs. It is safe for concurrent use.
type Service interface {
	// Create reads the file to its end and keeps it, or says where it is to be uploaded (wire.Job.Upload). With a key that came before from this owner, the job of then is
	// given, again, if the request is the same; else the error is of code KeyReused.
	Create(ctx context.Context, owner string, r Request) (job wire.Job, again bool, err error)

	// Get tells where a job stands. An owner's unknown job is an error of code NotFound, here and below.
	Get(ctx context.Context, owner, id string) (wire.Job, error)

	// Open gives a part of what a finished job made; of another, the error is of code JobUnfinished.
	Open(ctx context.Context, owner, id string, part Part) (*Result, error)

	// Delete stops a job, and forgets it and its files.
	Delete(ctx context.Context, owner, id string) error

	Limits() wire.JobLimits
}

// Request is a file to score.
type Request struct {
	Body          io.Reader
	Bytes         int64  // of the file, where it is uploaded and not in Body, which Limits().Upload allows; else 0
	Column, Title string // as scoring.Open has them
	Guard         bool   // as Annotate has it
	Model         string // "" for the current one when the job begins
	Key           string // the Idempotency-Key, "" for none
}

// Part is something that a job makes.
type Part string

// The parts.
const (
	Annotated Part = "result" // the file with three columns more
	Report    Part = "report" // wire.Report
)

// Result is a part: to be read and closed, or to be fetched from URL.
type Result struct {
	io.ReadSeekCloser
	URL   string // for anyone, for a time; ReadSeekCloser is nil then, and Type ""
	Type  string // its media type
	Model string
}

// Unknown is the error for an owner's unknown job.
func Unknown() error {
	return &wire.Error{Code: wire.NotFound, Detail: "There is no such job; it may have expired or been deleted."}
}

// Reused is the error for a key that came with another request before.
func Reused() error {
	return &wire.Error{Code: wire.KeyReused, Detail: "This Idempotency-Key came with another file or other parameters before; a new request wants a new key."}
}

// Unfinished is the error of Open for a job that has made nothing yet, or never will; nil for a finished one.
func Unfinished(j wire.Job) error {
	switch j.State {
	case wire.Finished:
		return nil
	case wire.Failed:
		return &wire.Error{Code: wire.JobUnfinished, Detail: "The job failed, so it made nothing: " + j.Error.Detail}
	}
	return &wire.Error{Code: wire.JobUnfinished, Detail: fmt.Sprintf("The job is %s: %d of %d rows are done. Ask for it until it is finished.", j.State, j.Done, j.Rows)}
}

// BadFile makes a mistake in a file the sender's.
func BadFile(err error) error {
	if e, ok := errors.AsType[*table.Error](err); ok {
		return &wire.Error{Code: wire.BadFile, Detail: e.Detail}
	}
	return err
}

// Size is what is known of a file by which its memory is estimated.
type Size struct {
	Bytes int64
	Rows  int64 // 0 before they are counted
}
