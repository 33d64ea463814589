// Package jobs scores files while nobody waits.
//
// In goes a file of reviews (as scoring.Open takes it), whose it is, and how to read it. Out come, when it is done, the
// annotated file and the report. A job that was accepted is never lost: it is on disk before Create returns, a stopped
// or killed server begins it anew when it starts again, and what it has when it is done does not depend on that. Each
// job has one owner; to everyone else there is no such job.
//
// Service is what package api asks; Local keeps jobs in a folder of this machine. Errors that are a *wire.Error are the
// sender's.
package jobs

import (
	"context"
	"io"

	"reviewlens/api/wire"
)

// Service keeps jobs. It is safe for concurrent use.
type Service interface {
	// Create reads the file to its end and keeps it. With a key that came before from this owner, the job of then is
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

// Result is a part, to be read and closed.
type Result struct {
	io.ReadSeekCloser
	Type  string // its media type
	Model string
}

func unknown() error {
	return &wire.Error{Code: wire.NotFound, Detail: "There is no such job; it may have expired or been deleted."}
}
