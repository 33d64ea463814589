package main

import (
	"context"
	"fmt"
	"log/slog"

	"reviewlens/api/jobs"
	"reviewlens/api/jobs/stepfunctions"
	"reviewlens/api/scoring"
)

// large is what this function does for large files: it answers for them, or does the work, or
// neither.
type large struct {
	service jobs.Service         // nil: no /v1/jobs
	steps   *stepfunctions.Steps // nil: no steps
}

// openJobs makes what the environment asks for. A function that answers requests does no steps: its
// role could not.
func openJobs(ctx context.Context, bucket, machine string, models scoring.Models,
	log *slog.Logger) (l large, err error) {
	switch {
	case bucket != "":
		service, err := stepfunctions.Open(ctx, bucket, machine)
		if err != nil {
			return l, fmt.Errorf("REVIEWLENS_JOBS: %w", err)
		}
		l.service = service
	case machine != "":
		if l.steps, err = stepfunctions.OpenSteps(ctx, machine, models, log); err != nil {
			return l, fmt.Errorf("REVIEWLENS_JOBS_MACHINE: %w", err)
		}
	}
	return l, nil
}
