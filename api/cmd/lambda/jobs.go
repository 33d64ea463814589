package main

import (
	"context"
	"fmt"
	"log/slog"

	"reviewlens/api/jobs"
	"reviewlens/api/jobs/stepfunctions"
	"reviewlens/api/scoring"
)

// jobRole is the role of this function in jobs: it serves /v1/jobs, runs their steps, or neither.
type jobRole struct {
	service jobs.Service         // nil: no /v1/jobs
	steps   *stepfunctions.Steps // nil: no steps
}

// openJobs opens what the environment configures. A function that serves requests runs no steps;
// its IAM role would not allow them.
func openJobs(ctx context.Context, bucket, machine string, models scoring.Models,
	log *slog.Logger) (role jobRole, err error) {
	switch {
	case bucket != "":
		service, err := stepfunctions.Open(ctx, bucket, machine)
		if err != nil {
			return role, fmt.Errorf("REVIEWLENS_JOBS: %w", err)
		}
		role.service = service
	case machine != "":
		if role.steps, err = stepfunctions.OpenSteps(ctx, machine, models, log); err != nil {
			return role, fmt.Errorf("REVIEWLENS_JOBS_MACHINE: %w", err)
		}
	}
	return role, nil
}
